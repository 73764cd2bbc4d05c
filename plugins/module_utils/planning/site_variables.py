# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a site: what the roles of the collection read from ``host_vars``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .carriers import DEDICATED_STACKS, DEFAULT_STACK
from .site_cloud_variables import cloud_summary, cloud_variables
from .site_hcx_variables import hcx_summary, hcx_variables
from .site_sheet import Network, Site, Stack
from .variable_values import stated

BUILT_IN_STACKS = (DEFAULT_STACK, *DEDICATED_STACKS.values())


def variables(site: Site) -> dict[str, Any]:
    """Plain data in a fixed order: vCenter, the role ``vmkernel_networking``, then HCX and Cloud Director."""
    return {
        **site.vcenter.variables("vcenter"),
        "vmkernel_networking_datacenter": site.datacenter,
        # Selected hosts and clusters add up, so a cluster whose hosts are listed must not be named as well.
        "vmkernel_networking_clusters": [cluster.name for cluster in site.clusters if not cluster.hosts],
        "vmkernel_networking_hosts": site.hosts,
        "vmkernel_networking_stacks": _stacks(site),
        "vmkernel_networking_adapters": [_adapter(network, site) for network in site.networks],
        "vmkernel_networking_pings": _pings(site) if site.verification.vmkping else [],
        **(hcx_variables(site.hcx, site.datacenter) if site.hcx else {}),
        **(cloud_variables(site.cloud_director, site.datacenter) if site.cloud_director else {}),
    }


def summary(site: Site) -> list[str]:
    """Two lines per network for the person who reviews the variables: where it is, and its addresses; then the rest."""
    lines = [line for network in site.networks for line in (_place(network), f"  {_address_range(network, site)}")]
    lines += hcx_summary(site.hcx) if site.hcx else []
    return lines + (cloud_summary(site.cloud_director) if site.cloud_director else [])


def _stacks(site: Site) -> list[dict[str, Any]]:
    """Every stack that is created or gets a setting, built-in ones first."""
    settings = {stack.name: stack for stack in site.stacks}
    gateways = {
        network.stack: str(network.gateway)
        for network in site.networks
        if network.gateway and network.stack != DEFAULT_STACK
    }
    names = [name for name in BUILT_IN_STACKS if name in settings or name in gateways]
    names += [name for name in settings if name not in BUILT_IN_STACKS]
    return [
        {"name": name, **stated(gateway_ipv4=gateways.get(name)), **_stack_settings(settings.get(name))}
        for name in names
    ]


def _stack_settings(stack: Stack | None) -> dict[str, Any]:
    if stack is None:
        return {}
    dns = stack.dns and stated(
        servers=list(stack.dns.servers) or None,
        search_domains=list(stack.dns.search_domains) or None,
        domain=stack.dns.domain,
    )
    routes = [{"network": str(route.network), "gateway": str(route.gateway)} for route in stack.routes]
    return stated(
        dns=dns,
        routes=routes or None,
        congestion_control=stack.congestion_control,
        max_connections=stack.max_connections,
    )


def _adapter(network: Network, site: Site) -> dict[str, Any]:
    on_default_stack = network.stack == DEFAULT_STACK
    return stated(
        device=network.device,
        network=network.portgroup,
        switch=network.switch,
        stack=network.stack,
        ipv4=_ipv4(site.addresses.get(network.name)),
        # The default stack's own gateway belongs to management, so this network needs one on its adapters.
        gateway_ipv4=str(network.gateway) if network.gateway and on_default_stack else None,
        mtu=network.mtu,
        # A dedicated stack carries its service by itself; there it cannot be selected.
        services=dict.fromkeys(network.services, True) if network.services and on_default_stack else None,
    )


def _ipv4(addresses: Mapping[str, Any] | None) -> dict[str, Any]:
    if addresses is None:
        return {"mode": "dhcp"}
    return {"mode": "static", "addresses": {host: str(interface) for host, interface in addresses.items()}}


def _pings(site: Site) -> list[dict[str, Any]]:
    """One proof per stack, or per service on the default stack; with its gateway where it has one."""
    pings: dict[tuple[str, str], dict[str, Any]] = {}
    for network in site.networks:
        origin = _ping_origin(network)
        if origin is None:
            continue
        ping = pings.setdefault(origin, {origin[0]: origin[1], "pattern": site.verification.pattern})
        if network.gateway:
            ping["gateway"] = True
    return [ping for ping in pings.values() if ping["pattern"] != "none" or "gateway" in ping]


def _ping_origin(network: Network) -> tuple[str, str] | None:
    if network.stack != DEFAULT_STACK:
        return "stack", network.stack
    if network.services:
        return "service", network.services[0]
    return ("device", network.device) if network.device else None


def _place(network: Network) -> str:
    numbers = stated(VLAN=network.vlan, MTU=network.mtu)
    place = f"{network.name}: {network.portgroup} on stack {network.stack}"
    return ", ".join([place, *(f"{label} {value}" for label, value in numbers.items())])


def _address_range(network: Network, site: Site) -> str:
    parts = [str(network.cidr)] if network.cidr else []
    given = [interface.ip for interface in site.addresses.get(network.name, {}).values()]
    parts.append(f"{min(given)} to {max(given)} for {len(given)} hosts" if given else "DHCP")
    if network.gateway:
        parts.append(f"gateway {network.gateway}")
    return ", ".join(parts)
