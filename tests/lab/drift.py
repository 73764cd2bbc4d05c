# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes behind the API's back, as a colleague at the console makes them: no checks, no events, no rollback."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

from .world import Dns, Host, Ipv4, Stack, World

CONNECTIONS = ("connected", "disconnected", "notResponding")


def change_adapter(
    world: World,
    host_name: str,
    device: str,
    mtu: int | None = None,
    address: str | None = None,
    add_services: tuple[str, ...] = (),
    remove_services: tuple[str, ...] = (),
) -> None:
    """KeyError when host or adapter do not exist; ValueError for an address that is not like 10.0.0.5/24."""
    with world.lock:
        host = world.host(host_name)
        adapter = host.state.adapter(device)
        if adapter is None:
            raise KeyError(f"{host_name} has no adapter {device}")
        if mtu is not None:
            adapter = replace(adapter, mtu=mtu)
        if address is not None:
            adapter = replace(adapter, ipv4=Ipv4("static", str(IPv4Interface(address))))
        services = (adapter.services | set(add_services)) - set(remove_services)
        host.state = host.state.with_adapter(replace(adapter, services=services))


def remove_adapter(world: World, host_name: str, device: str) -> None:
    with world.lock:
        host = world.host(host_name)
        if host.state.adapter(device) is None:
            raise KeyError(f"{host_name} has no adapter {device}")
        host.state = host.state.without_adapter(device)


def add_stack(world: World, host_name: str, key: str) -> None:
    """As NSX does on a host it prepares."""
    with world.lock:
        host = world.host(host_name)
        if host.state.stack(key) is not None:
            raise ValueError(f"{host_name} already has a stack {key}")
        host.state = host.state.with_stack(Stack(key, key, Dns("", "")))


def set_connection(world: World, host_name: str, connection: str) -> None:
    """One of connected, disconnected, notResponding."""
    if connection not in CONNECTIONS:
        raise ValueError(f"{connection!r} is not one of {', '.join(CONNECTIONS)}")
    with world.lock:
        host = world.host(host_name)
        host.state = replace(host.state, connection=connection)  # type: ignore[arg-type]  # checked above


def set_segment(
    world: World,
    site_name: str,
    segment_id: str,
    mtu: int | None = None,
    routers: tuple[str, ...] | None = None,
    cut: tuple[str, ...] | None = None,
) -> None:
    """The physical network of a VLAN: MTU, router addresses (none: no router), hosts whose uplinks do not carry it."""
    with world.lock:
        site = world.sites[site_name]
        segment = site.segment(segment_id)
        if mtu is not None:
            segment = replace(segment, mtu=mtu)
        if routers is not None:
            segment = replace(segment, routers=tuple(str(IPv4Interface(r)) for r in routers))
        if cut is not None:
            for name in cut:
                world.host(name)
            segment = replace(segment, cut=frozenset(cut))
        site.segments[segment_id] = segment


def describe(world: World, host: Host) -> dict[str, Any]:
    """A host's networking as plain data."""
    state = host.state
    return {
        "name": host.name,
        "datacenter": host.site.name,
        "cluster": host.cluster,
        "connection": state.connection,
        "maintenance": state.maintenance,
        "adapters": [
            {
                "device": a.device,
                "network": _network_name(host, a.attachment.kind, a.attachment.network),
                "network_type": a.attachment.kind,
                "stack": a.stack,
                "mode": a.ipv4.mode,
                "address": world.ipv4_address(host, a),
                "ipv6": list(a.ipv6.addresses),
                "gateway_ipv4": a.gateway_ipv4,
                "gateway_ipv6": a.gateway_ipv6,
                "mtu": a.mtu,
                "mac": a.mac,
                "services": sorted(a.services),
            }
            for a in state.adapters
        ],
        "stacks": [
            {
                "key": s.key,
                "gateway_ipv4": s.gateway_ipv4,
                "gateway_ipv6": s.gateway_ipv6,
                "dns_servers": list(s.dns.servers),
                "search_domains": list(s.dns.search),
                "routes": [{"network": r.network, "gateway": r.gateway} for r in s.routes],
                "congestion_control": s.congestion_control,
                "max_connections": s.max_connections,
            }
            for s in state.stacks
        ],
    }


def _network_name(host: Host, kind: str, network: str) -> str:
    if kind != "distributed":
        return network
    found = host.site.distributed_port_group(network)
    return found[1].name if found else network
