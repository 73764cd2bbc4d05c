# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packets get through: layer 2 segments, adapters, stacks, routers, MTUs. Knows no API.

IPv4 and IPv6 follow the same rules; only addresses in the world answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from .world import Adapter, Host, Segment, Site, World

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Path:
    """How a packet travels: through which adapter, and the smallest MTU on the way."""

    adapter: Adapter
    mtu: int
    hops: int = 0


@dataclass(frozen=True)
class _Port:
    """An address somewhere in the world, with the segment it is plugged into."""

    address: Address
    network: Network
    site: Site
    segment: Segment
    mtu: int
    host: Host | None = None
    adapter: Adapter | None = None


def addresses(world: World, host: Host, adapter: Adapter) -> list[str]:
    """All interface addresses of an adapter, the lease included."""
    ipv4 = world.ipv4_address(host, adapter)
    return [*([ipv4] if ipv4 else []), *adapter.ipv6.addresses]


def find_path(
    world: World, host: Host, target: str, stack: str, device: str | None = None, nexthop: str | None = None
) -> Path | None:
    """The way from a stack of a host (or one adapter of it) to an address; None when packets or answers are lost."""
    wanted = ip_address(target)
    for adapter in host.state.on_stack(stack):
        if any(ip_interface(a).ip == wanted for a in addresses(world, host, adapter)):
            return Path(adapter, 65535)
    for source in _sources(world, host, stack, device):
        if wanted.version != source.address.version:
            continue
        if wanted in source.network and nexthop is None:
            return _direct(world, source, wanted)
    for source in _sources(world, host, stack, device):
        if wanted.version != source.address.version:
            continue
        gateway = nexthop or _next_hop(host, source, wanted)
        if gateway is not None and ip_address(gateway) in source.network:
            return _routed(world, source, ip_address(gateway), wanted)
    return None


def _sources(world: World, host: Host, stack: str, device: str | None) -> Iterator[_Port]:
    for adapter in host.state.on_stack(stack):
        if device is None or adapter.device == device:
            yield from _adapter_ports(world, host, adapter)


def _adapter_ports(world: World, host: Host, adapter: Adapter) -> Iterator[_Port]:
    if host.state.connection == "notResponding":
        return
    try:
        segment = world.attached_segment(host, adapter.attachment)
        mtu = min(adapter.mtu, world.switch_mtu(host, adapter.attachment))
    except (KeyError, StopIteration):
        return
    if host.name in segment.cut:
        return
    for text in addresses(world, host, adapter):
        interface = ip_interface(text)
        yield _Port(interface.ip, interface.network, host.site, segment, mtu, host, adapter)


def _holders(world: World, site: Site, segment: Segment, wanted: Address) -> Iterator[_Port]:
    """Everything in a segment that has the address."""
    text = str(wanted)
    is_vcenter = any(v.site == site.name and v.address == text for v in world.vcenters.values())
    for router in _routers(site, segment):
        if router.address == wanted:
            yield router
        elif is_vcenter and wanted in router.network:
            yield _Port(wanted, router.network, site, segment, segment.mtu)
    for host, adapter in ((h, a) for h in site.hosts for a in h.state.adapters):
        # Comparing texts first: parsing every address of a large site would dominate.
        if any(a.partition("/")[0] == text for a in addresses(world, host, adapter)):
            for port in _adapter_ports(world, host, adapter):
                if port.segment.id == segment.id and port.address == wanted:
                    yield port


def _routers(site: Site, segment: Segment) -> Iterator[_Port]:
    for text in segment.routers:
        interface = ip_interface(text)
        yield _Port(interface.ip, interface.network, site, segment, segment.mtu)


def _direct(world: World, source: _Port, wanted: Address) -> Path | None:
    """Layer 2: the answer comes back only when the other side sees the sender's address as its neighbour."""
    port = next((p for p in _holders(world, source.site, source.segment, wanted) if p.host is not source.host), None)
    if port is None or source.address not in port.network:
        return None
    return _path(source, min(source.segment.mtu, port.mtu), 0)


def _next_hop(host: Host, source: _Port, wanted: Address) -> str | None:
    """Static routes (longest prefix), the adapter's own gateway, then the stack's."""
    assert source.adapter is not None
    stack = host.state.stack(source.adapter.stack)
    routes = sorted(
        (r for r in (stack.routes if stack else ()) if wanted in ip_network(r.network)),
        key=lambda r: -ip_network(r.network).prefixlen,
    )
    for route in routes:
        if ip_address(route.gateway) in source.network:
            return route.gateway
    if source.address.version == 4:
        return source.adapter.gateway_ipv4 or (stack.gateway_ipv4 if stack else None)
    return source.adapter.gateway_ipv6 or (stack.gateway_ipv6 if stack else None)


def _routed(world: World, source: _Port, gateway: Address, wanted: Address) -> Path | None:
    """Through the source's router to the target's segment, and back by the target's own route."""
    if not any(r.address == gateway for r in _routers(source.site, source.segment)):
        return None
    for site in world.sites.values():
        for segment in site.segments.values():
            for router in _routers(site, segment):
                if wanted not in router.network:
                    continue
                port = next(_holders(world, site, segment, wanted), None)
                if port is None or not _answers(port, router, source):
                    return None
                away = site is not source.site
                between = world.wan_mtu if away else segment.mtu
                return _path(source, min(source.segment.mtu, between, segment.mtu, port.mtu), 2 if away else 1)
    return None


def _answers(port: _Port, router: _Port, source: _Port) -> bool:
    """Routers and vCenters know all routes; a host needs a next hop on this router."""
    if port.host is None:
        return True
    gateway = _next_hop(port.host, port, source.address)
    return gateway is not None and ip_address(gateway) == router.address


def _path(source: _Port, mtu: int, hops: int) -> Path:
    assert source.adapter is not None
    return Path(source.adapter, min(mtu, source.mtu), hops)
