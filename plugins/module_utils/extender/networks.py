# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses, VLANs and stretched networks as options give them, checked before the first call. (VCD reference 8)"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..autonomous_edge.client import TUNNEL_IDS
from ..vsphere.appliances.port_group import WantedPortGroup, merged

IPv4 = ipaddress.IPv4Address
VLANS = (0, 4094)


@dataclass(frozen=True)
class Uplink:
    """The edge's own addresses, one for each stretched network; the first is the one it calls from."""

    addresses: tuple[IPv4, ...]
    gateway: IPv4
    network: ipaddress.IPv4Network


@dataclass(frozen=True)
class Stretched:
    """A network of the source site; ``name`` is the Org VDC network that it shall be one with."""

    name: str
    vlan: int
    tunnel_id: int | None
    egress_gateway: str | None
    cidr: ipaddress.IPv4Network | None


def parse_uplink(option: Mapping[str, Any] | None, stretched: int, problems: list[str]) -> Uplink | None:
    """What Extender's own screens hardly check: the pool fits the networks, the subnet and itself."""
    if option is None:
        return None
    gateway = parse_address(option["gateway"], "uplink.gateway", problems)
    found = [parse_address(text, "uplink.addresses", problems) for text in option["addresses"]]
    addresses = tuple(address for address in found if address is not None)
    if not 1 <= option["prefix_length"] <= 30:
        problems.append(f"uplink.prefix_length {option['prefix_length']} is outside 1 to 30")
        return None
    if gateway is None:
        return None
    network = ipaddress.IPv4Network(f"{gateway}/{option['prefix_length']}", strict=False)
    if gateway in (network.network_address, network.broadcast_address):
        problems.append(f"uplink.gateway {gateway} is the network or broadcast address of {network}")
    problems += _pool_problems(addresses, gateway, network)
    needed = max(stretched, 1)
    if len(found) != needed:
        problems.append(
            f"uplink.addresses holds {len(found)} addresses, but {needed} {'is' if needed == 1 else 'are'} needed: one "
            "for each stretched network"
        )
    return Uplink(addresses, gateway, network)


def _pool_problems(addresses: Sequence[IPv4], gateway: IPv4, network: ipaddress.IPv4Network) -> list[str]:
    problems = []
    for address in dict.fromkeys(addresses):
        if address not in network:
            problems.append(f"{address} is not inside {network}, the subnet of gateway {gateway}")
        elif address == gateway:
            problems.append(f"{address} is the gateway")
        elif address in (network.network_address, network.broadcast_address):
            problems.append(f"{address} is the network or broadcast address of {network}")
        if addresses.count(address) > 1:
            problems.append(f"{address} is listed {addresses.count(address)} times")
    return [f"uplink.addresses: {text}" for text in problems]


def parse_stretched(options: Sequence[Mapping[str, Any]], problems: list[str]) -> tuple[Stretched, ...]:
    found = tuple(_stretched(number, option, problems) for number, option in enumerate(options))
    for what in ("name", "vlan", "tunnel_id"):
        values = [getattr(one, what) for one in found if getattr(one, what) is not None]
        twice = sorted({value for value in values if values.count(value) > 1})
        problems += [f"networks: {what} {value} is listed twice" for value in twice]
    for one, other in combinations([one for one in found if one.cidr], 2):
        if one.cidr and other.cidr and one.cidr.overlaps(other.cidr):
            problems.append(f"networks: {one.cidr} of {one.name} overlaps {other.cidr} of {other.name}")
    return found


def uplink_overlaps(uplink: Uplink | None, networks: Sequence[Stretched]) -> list[str]:
    return [
        f"uplink: {uplink.network} overlaps the stretched network {one.name} ({one.cidr}), which the tunnel carries"
        for one in networks
        if uplink and one.cidr and uplink.network.overlaps(one.cidr)
    ]


def _stretched(number: int, option: Mapping[str, Any], problems: list[str]) -> Stretched:
    label = f"networks[{number}] ({option['name']})"
    cidr = None
    if option["cidr"] is not None:
        try:
            cidr = ipaddress.IPv4Network(option["cidr"])
        except ValueError:
            problems.append(f"{label}: cidr {option['cidr']} is not an IPv4 network such as 172.16.10.0/24")
    gateway = option["egress_gateway"]
    address = None if gateway is None else parse_address(gateway, f"{label}: egress_gateway", problems)
    if address is not None and cidr is not None and address not in cidr:
        problems.append(f"{label}: egress_gateway {address} is not inside {cidr}")
    if not VLANS[0] <= option["vlan"] <= VLANS[1]:
        problems.append(f"{label}: vlan {option['vlan']} is outside {VLANS[0]} to {VLANS[1]}")
    tunnel_id = option["tunnel_id"]
    if tunnel_id is not None and not TUNNEL_IDS[0] <= tunnel_id <= TUNNEL_IDS[1]:
        problems.append(f"{label}: tunnel_id {tunnel_id} is outside {TUNNEL_IDS[0]} to {TUNNEL_IDS[1]}")
    return Stretched(option["name"], option["vlan"], tunnel_id, None if address is None else str(address), cidr)


def parse_trunk(
    option: Mapping[str, Any] | None, vlans: Sequence[int], absent: bool, problems: list[str]
) -> WantedPortGroup | None:
    """The trunk carries the VLANs that are listed, or else those of the networks."""
    if option is None:
        return None
    ranges: list[tuple[int, int]] = [(vlan, vlan) for vlan in vlans]
    if option["vlans"] is not None:
        ranges = [found for text in option["vlans"] if (found := _range(text, problems))]
        missing = [vlan for vlan in vlans if not any(first <= vlan <= last for first, last in ranges)]
        problems += [f"trunk.vlans leaves out VLAN {vlan} of a stretched network" for vlan in missing]
    if not ranges and not absent:
        problems.append("trunk.vlans is empty and there are no networks; a trunk needs at least one VLAN")
    return WantedPortGroup(
        option["port_group"], option["switch"], merged(ranges), option["security"], option["vlans"] is not None
    )


def _range(text: str, problems: list[str]) -> tuple[int, int] | None:
    first, _dash, last = text.partition("-")
    try:
        found = (int(first), int(last or first))
    except ValueError:
        problems.append(f"trunk.vlans: {text} is neither a VLAN nor a range such as 100-110")
        return None
    if not VLANS[0] <= found[0] <= found[1] <= VLANS[1]:
        problems.append(f"trunk.vlans: {text} is not within {VLANS[0]} to {VLANS[1]} in rising order")
        return None
    return found


def parse_address(text: str, what: str, problems: list[str]) -> IPv4 | None:
    try:
        return IPv4(text)
    except ValueError:
        problems.append(f"{what} {text} is not an IPv4 address")
        return None
