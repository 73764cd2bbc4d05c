# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a host that networking does not change: hardware, product, capability, configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..world import Host
from .bindings import vim
from .network_info import runtime_info

CORES, SOCKETS, HERTZ, MEMORY = 32, 2, 2_400_000_000, 512 << 30
HOST_SETTINGS = {"Net.FollowHardwareMac": 1, "UserVars.SuppressShellWarning": 0}


def product(host: Host) -> Any:
    return _product(host.version, host.build)


@lru_cache(maxsize=16)
def _product(version: str, build: str) -> Any:
    return vim.AboutInfo(
        name="VMware ESXi",
        fullName=f"VMware ESXi {version} build-{build}",
        vendor="VMware, Inc.",
        version=version,
        build=build,
        localeVersion="INTL",
        localeBuild="000",
        osType="vmnix-x86",
        productLineId="embeddedEsx",
        apiType="HostAgent",
        apiVersion=f"{version}.0",
        licenseProductName="VMware ESX Server",
        licenseProductVersion=version.split(".")[0] + ".0",
    )


def runtime(host: Host) -> Any:
    connected = host.state.connection == "connected"
    return vim.host.RuntimeInfo(
        connectionState=host.state.connection,
        powerState="poweredOn" if connected else "unknown",
        standbyMode="none",
        inMaintenanceMode=host.state.maintenance,
        inQuarantineMode=False,
        networkRuntimeInfo=runtime_info(host) if connected else None,
        hostMaxVirtualDiskCapacity=68169720922112,
    )


def summary(host: Host, ref: Any, vcenter_address: str) -> Any:
    return vim.host.Summary(
        host=ref,
        hardware=vim.host.Summary.HardwareSummary(
            vendor=host.vendor,
            model=host.model,
            uuid=host.uuid,
            otherIdentifyingInfo=_identifiers(host),
            memorySize=MEMORY,
            cpuModel="Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz",
            cpuMhz=HERTZ // 1_000_000,
            numCpuPkgs=SOCKETS,
            numCpuCores=CORES,
            numCpuThreads=2 * CORES,
            numNics=4,
            numHBAs=1,
        ),
        runtime=runtime(host),
        config=vim.host.Summary.ConfigSummary(
            name=host.name,
            port=443,
            product=product(host),
            vmotionEnabled=bool(host.state.carriers("vmotion")),
            faultToleranceEnabled=bool(host.state.carriers("faultToleranceLogging")),
            sslThumbprint=":".join(["00"] * 20),
        ),
        quickStats=vim.host.Summary.QuickStats(
            overallCpuUsage=4200, overallMemoryUsage=131072, distributedCpuFairness=0, uptime=864_000
        ),
        overallStatus="green" if host.state.connection == "connected" else "red",
        rebootRequired=False,
        managementServerIp=vcenter_address,
    )


def _identifiers(host: Host) -> list[Any]:
    serial = "LAB" + host.uuid[:8].upper()
    return [
        vim.host.SystemIdentificationInfo(
            identifierValue=serial,
            identifierType=vim.ElementDescription(label="Service tag", summary="Service tag", key="ServiceTag"),
        )
    ]


def hardware(host: Host) -> Any:
    return vim.host.HardwareInfo(
        systemInfo=vim.host.SystemInfo(
            vendor=host.vendor,
            model=host.model,
            uuid=host.uuid,
            serialNumber="LAB" + host.uuid[:8].upper(),
            otherIdentifyingInfo=_identifiers(host),
        ),
        cpuInfo=vim.host.CpuInfo(numCpuPackages=SOCKETS, numCpuCores=CORES, numCpuThreads=2 * CORES, hz=HERTZ),
        cpuPkg=[_cpu_package(n) for n in range(SOCKETS)],
        smcPresent=False,
        memorySize=MEMORY,
        biosInfo=vim.host.BIOSInfo(
            biosVersion="2.12.4", vendor="Lab Systems", releaseDate=datetime(2023, 6, 14, tzinfo=UTC)
        ),
    )


def _cpu_package(index: int) -> Any:
    return vim.host.CpuPackage(
        index=index,
        vendor="intel",
        hz=HERTZ,
        busHz=100_000_000,
        description="Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz",
        threadId=list(range(index * CORES, (index + 1) * CORES)),
    )


@lru_cache(maxsize=1)
def capability() -> Any:
    made = vim.host.Capability()
    for name in (
        "vmotionSupported",
        "provisioningNicSelectionSupported",
        "vrNfcNicSelectionSupported",
        "encryptedVMotionSupported",
        "vmotionAcrossNetworkSupported",
        "storageVMotionSupported",
        "vmotionWithStorageVMotionSupported",
        "maintenanceModeSupported",
    ):
        setattr(made, name, True)
    return made


def config(host: Host, ref: Any) -> Any:
    """HostConfigInfo without its network parts."""
    return vim.host.ConfigInfo(
        host=ref,
        product=product(host),
        option=[vim.option.OptionValue(key=key, value=value) for key, value in HOST_SETTINGS.items()],
        service=vim.host.ServiceInfo(),
        firewall=vim.host.FirewallInfo(
            defaultPolicy=vim.host.FirewallInfo.DefaultPolicy(incomingBlocked=True, outgoingBlocked=True), ruleset=[]
        ),
    )
