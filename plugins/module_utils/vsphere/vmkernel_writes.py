# SPDX-License-Identifier: GPL-3.0-or-later
"""The writing calls for VMkernel adapters, each for one adapter of one host. (vSphere reference 6, 7)"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from ..engine.errors import Refused, Unreachable
from ..engine.wait import wait_for
from .client import VSphere
from .host_network import DEFAULT_STACK, Adapter, Host, Network
from .sdk import vim

TASK_TIMEOUT = 300.0
# How long a host may be away after its own management path was changed; vCenter's rollback needs about a minute.
RETURN_TIMEOUT = 180.0


class VmkernelWriter:
    """Writes to one host. Devices are named as planned; where the host gave another name, that one is used."""

    def __init__(self, server: VSphere, host: Host) -> None:
        self._server = server
        self._host = host
        self._network_system = server.reference(vim.host.NetworkSystem, host.network_system)
        self._vnic_manager = server.reference(vim.host.VirtualNicManager, host.vnic_manager)
        self._real_names: dict[str, str] = {}

    def create(self, wanted: Adapter) -> str:
        """Add the adapter; returns "host/device" with the device the host chose."""
        network = wanted.network
        standard = network is not None and network.type == "standard"
        spec = _spec(wanted, None if standard else network)
        if wanted.stack != DEFAULT_STACK:
            spec.netStackInstanceKey = wanted.stack
        if wanted.ipv6 or wanted.ipv6_autoconf or wanted.ipv6_dhcp:
            spec.ip.ipV6Config = _ipv6(Adapter(wanted.device, None), wanted)
        if wanted.gateway_ipv4 or wanted.gateway_ipv6:
            spec.ipRouteSpec = _route(wanted)
        # A standard port group is named by the argument, the others in the specification. (vSphere reference 6.2)
        portgroup = network.key if network and standard else ""
        device: str = self._server.call(lambda: self._network_system.AddVirtualNic(portgroup, spec))
        self._real_names[wanted.device] = device
        return f"{self._host.name}/{device}"

    def create_again(self, wanted: Adapter) -> None:
        """Add the successor of an adapter; it is reported under the name that its predecessor had."""
        self.create(wanted)

    def update(self, actual: Adapter, wanted: Adapter) -> None:
        """Address and MTU are always sent, the rest only where it differs. (vSphere reference 6.3)"""
        spec = _spec(wanted, wanted.network if wanted.network != actual.network else None)
        if (actual.ipv6, actual.ipv6_autoconf, actual.ipv6_dhcp) != (
            wanted.ipv6,
            wanted.ipv6_autoconf,
            wanted.ipv6_dhcp,
        ):
            spec.ip.ipV6Config = _ipv6(actual, wanted)
        if (actual.gateway_ipv4, actual.gateway_ipv6) != (wanted.gateway_ipv4, wanted.gateway_ipv6):
            spec.ipRouteSpec = _route(wanted)
        try:
            self._server.call(lambda: self._network_system.UpdateVirtualNic(actual.device, spec))
        except Unreachable:
            if "management" not in actual.services:
                raise
            self._wait_until_back()

    def remove(self, device: str) -> None:
        self._server.call(lambda: self._network_system.RemoveVirtualNic(device))

    def select(self, service: str, planned: str) -> None:
        device = self._real_names.get(planned, planned)
        self._server.call(lambda: self._vnic_manager.SelectVnicForNicType(service, device))

    def deselect(self, service: str, device: str) -> None:
        self._server.call(lambda: self._vnic_manager.DeselectVnicForNicType(service, device))

    def set_vsan_adapters(self, planned: Sequence[str]) -> None:
        """vSAN has its own service, which wants all adapters at once. (vSphere reference 7)"""
        if self._host.vsan_system is None:
            raise Refused(f"{self._host.name} has no vSAN service")
        system = self._server.reference(vim.host.VsanSystem, self._host.vsan_system)
        info = vim.vsan.host.ConfigInfo
        ports = [info.NetworkInfo.PortConfig(device=self._real_names.get(name, name)) for name in planned]
        config = info(networkInfo=info.NetworkInfo(port=ports))
        task = self._server.call(lambda: system.UpdateVsan_Task(config))
        self._finish(task)

    def _finish(self, task: Any) -> None:
        def ended() -> Any:
            info = self._server.read(lambda: task.info)
            return info if str(info.state) in ("success", "error") else None

        info = wait_for(ended, what=f"the vSAN change on {self._host.name}", timeout=TASK_TIMEOUT)
        if str(info.state) == "error":
            raise Refused(f"the vSAN change failed: {info.error.msg or type(info.error).__name__}")

    def _wait_until_back(self) -> None:
        """After a change of its management path a host may be away; what became of the change is read afterwards."""
        system = self._server.reference(vim.HostSystem, self._host.moid)

        def connected() -> bool | None:
            return True if str(self._server.read(lambda: system.runtime.connectionState)) == "connected" else None

        wait_for(
            connected,
            what=f"{self._host.name} to come back after its management adapter was changed",
            timeout=RETURN_TIMEOUT,
            advice="look at the host's console; vCenter may have rolled the change back",
        )


def _spec(wanted: Adapter, attach: Network | None) -> Any:
    spec = vim.host.VirtualNic.Specification(ip=_ipv4(wanted), mtu=wanted.mtu)
    if attach and attach.type == "distributed":
        spec.distributedVirtualPort = vim.dvs.PortConnection(switchUuid=attach.switch_uuid, portgroupKey=attach.key)
    elif attach and attach.type == "opaque":
        spec.opaqueNetwork = vim.host.VirtualNic.OpaqueNetworkSpec(
            opaqueNetworkId=attach.key, opaqueNetworkType=attach.opaque_type
        )
    elif attach:
        spec.portgroup = attach.key
    return spec


def _ipv4(wanted: Adapter) -> Any:
    if wanted.dhcp or not wanted.ipv4:
        return vim.host.IpConfig(dhcp=wanted.dhcp)
    interface = ipaddress.IPv4Interface(wanted.ipv4)
    return vim.host.IpConfig(dhcp=False, ipAddress=str(interface.ip), subnetMask=str(interface.netmask))


def _ipv6(actual: Adapter, wanted: Adapter) -> Any:
    """Addresses change by operations, not by replacing the list. (vSphere reference 6.5)"""
    operations = [("remove", text) for text in actual.ipv6 if text not in wanted.ipv6]
    operations += [("add", text) for text in wanted.ipv6 if text not in actual.ipv6]
    interfaces = [(operation, ipaddress.IPv6Interface(text)) for operation, text in operations]
    return vim.host.IpConfig.IpV6AddressConfiguration(
        autoConfigurationEnabled=wanted.ipv6_autoconf,
        dhcpV6Enabled=wanted.ipv6_dhcp,
        ipV6Address=[
            vim.host.IpConfig.IpV6Address(
                ipAddress=str(interface.ip),
                prefixLength=interface.network.prefixlen,
                origin="manual",
                operation=operation,
            )
            for operation, interface in interfaces
        ],
    )


def _route(wanted: Adapter) -> Any:
    """Both gateways together: one that is left out is removed. (vSphere reference 6.1)"""
    config = vim.host.IpRouteConfig(defaultGateway=wanted.gateway_ipv4, ipV6DefaultGateway=wanted.gateway_ipv6)
    return vim.host.VirtualNic.IpRouteSpec(ipRouteConfig=config)
