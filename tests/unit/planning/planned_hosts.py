# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of hosts as esxi_vmkernel_info returns them, with what planning reads."""

from __future__ import annotations

from typing import Any

DEFAULT_STACK = "defaultTcpipStack"


def adapter(
    device: str, address: str | None, *services: str, stack: str = DEFAULT_STACK, mtu: int = 1500, **more: Any
) -> dict[str, Any]:
    return {
        "device": device,
        "network": f"network of {device}",
        "stack": stack,
        "ipv4": {"mode": "static", "address": address},
        "ipv6": {"addresses": [], "autoconf": False, "dhcp": False},
        "gateway_ipv4": None,
        "gateway_ipv6": None,
        "mtu": mtu,
        "services": list(services),
        **more,
    }


def stack(name: str, gateway: str | None = None, routes: dict[str, str] | None = None) -> dict[str, Any]:
    listed = [{"network": network, "gateway": via} for network, via in (routes or {}).items()]
    return {"name": name, "gateway_ipv4": gateway, "gateway_ipv6": None, "routes": listed}


def host(
    name: str, *adapters: dict[str, Any], stacks: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "datacenter": "dc-a",
        "cluster": "compute-a",
        "connection_state": "connected",
        "version": "7.0.3",
        "adapters": list(adapters),
        "stacks": stacks or [],
        **more,
    }


def site(letter: str, number: int, *, gateways: bool = True, count: int = 2) -> list[dict[str, Any]]:
    """A prepared cluster: vMotion and provisioning on stacks of their own, in subnets 10.<number>1 and 10.<number>2."""
    third = {"vmotion": f"10.{number}1.0.1", "vSphereProvisioning": f"10.{number}2.0.1"}
    stacks = [stack(DEFAULT_STACK, f"10.{number}0.0.1")]
    stacks += [stack(name, gateway if gateways else None) for name, gateway in third.items()]
    return [
        host(
            f"esx-{letter}{index}",
            adapter("vmk0", f"10.{number}0.0.1{index}/24", "management"),
            adapter("vmk1", f"10.{number}1.0.1{index}/24", "vmotion", stack="vmotion", mtu=9000),
            adapter(
                "vmk2", f"10.{number}2.0.1{index}/24", "vSphereProvisioning", stack="vSphereProvisioning", mtu=9000
            ),
            stacks=stacks,
            datacenter=f"dc-{letter}",
            cluster=f"compute-{letter}",
        )
        for index in range(1, count + 1)
    ]


def plain_host(name: str, subnet: str, **more: Any) -> dict[str, Any]:
    """A host as installed, with vMotion on its management adapter; `subnet` such as 10.10.0."""
    return host(
        name,
        adapter("vmk0", f"{subnet}.{name[-1]}0/24", "management", "vmotion"),
        stacks=[stack(DEFAULT_STACK, f"{subnet}.1")],
        **more,
    )
