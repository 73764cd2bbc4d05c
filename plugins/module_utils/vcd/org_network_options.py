# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of Org VDC networks: the options of ``vcd_org_network``, checked before the first call."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..engine.errors import refuse_if

IPv4 = ipaddress.IPv4Address
PREFIXES = range(1, 31)


@dataclass(frozen=True, order=True)
class Range:
    """Addresses from ``first`` to ``last``, both included."""

    first: IPv4
    last: IPv4

    @classmethod
    def parsed(cls, first: str, last: str) -> Range:
        return cls(IPv4(first), IPv4(last))

    def overlaps(self, other: Range) -> bool:
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True)
class WantedNetwork:
    """One entry of ``networks``. None means: leave that setting alone."""

    label: str
    name: str
    absent: bool
    edge_gateway: str | None
    interface_type: str | None
    gateway: str | None
    prefix_length: int | None
    dns_servers: tuple[str, ...] | None
    dns_suffix: str | None
    ip_ranges: tuple[Range, ...] | None
    description: str | None
    shared: bool | None


def is_address(text: str) -> bool:
    try:
        IPv4(text)
    except ValueError:
        return False
    return True


def parse_networks(options: Sequence[Mapping[str, Any]]) -> list[WantedNetwork]:
    """Raises `InvalidInput` with every problem of every entry."""
    problems: list[str] = []
    wanted = [_Entry(number, option, problems).parse() for number, option in enumerate(options)]
    names = [entry.name for entry in wanted]
    problems += [
        f"network {name} is listed twice; merge the entries" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    if not wanted:
        problems.append("networks is empty; list at least one network")
    refuse_if(problems)
    return wanted


def check_addresses(label: str, gateway: str, prefix_length: int, ranges: Sequence[Range], problems: list[str]) -> None:
    """Pools lie in the subnet and leave out its gateway, its own address and its broadcast address."""
    subnet = ipaddress.IPv4Network(f"{gateway}/{prefix_length}", strict=False)
    if IPv4(gateway) in (subnet.network_address, subnet.broadcast_address):
        problems.append(f"{label}: gateway {gateway} is no address of a router in {subnet}")
    for one in ranges:
        if one.first not in subnet or one.last not in subnet:
            problems.append(f"{label}: range {one} is not inside {subnet}")
        elif one.first == subnet.network_address or one.last == subnet.broadcast_address:
            problems.append(f"{label}: range {one} holds the first or last address of {subnet}, which no machine has")
        elif one.first <= IPv4(gateway) <= one.last:
            problems.append(f"{label}: range {one} holds the gateway {gateway}")


class _Entry:
    """One entry of the list, and the problems found in it."""

    def __init__(self, number: int, option: Mapping[str, Any], problems: list[str]) -> None:
        self.label = f"networks[{number}] ({option['name']})"
        self.option = option
        self.problems = problems

    def parse(self) -> WantedNetwork:
        option = self.option
        servers = option["dns_servers"]
        wanted = WantedNetwork(
            label=self.label,
            name=option["name"].strip(),
            absent=option["state"] == "absent",
            edge_gateway=option["edge_gateway"],
            interface_type=option["interface_type"],
            gateway=None if option["gateway"] is None else self._address("gateway", option["gateway"]),
            prefix_length=option["prefix_length"],
            dns_servers=None if servers is None else tuple(self._address("dns_servers", one) for one in servers),
            dns_suffix=option["dns_suffix"],
            ip_ranges=None if option["ip_ranges"] is None else self._ranges(option["ip_ranges"]),
            description=option["description"],
            shared=option["shared"],
        )
        self._check(wanted)
        return wanted

    def refuse(self, text: str) -> None:
        self.problems.append(f"{self.label}: {text}")

    def _address(self, what: str, text: str) -> str:
        if not is_address(text):
            self.refuse(f"{what} {text} is not an IPv4 address")
        return text

    def _ranges(self, options: Sequence[Mapping[str, str]]) -> tuple[Range, ...]:
        ranges = []
        for option in options:
            try:
                found = Range.parsed(option["first"], option["last"] or option["first"])
            except ValueError as error:
                self.refuse(f"ip_ranges: {error}")
                continue
            if found.first > found.last:
                self.refuse(f"range {found} ends before it begins")
            ranges.append(found)
        ordered = sorted(ranges)
        for one, other in combinations(ordered, 2):
            if one.overlaps(other):
                self.refuse(f"ranges {one} and {other} overlap")
        return tuple(ordered)

    def _check(self, wanted: WantedNetwork) -> None:
        if not wanted.name:
            self.refuse("name is empty")
        if wanted.prefix_length is not None and wanted.prefix_length not in PREFIXES:
            self.refuse(f"prefix_length {wanted.prefix_length} is outside {PREFIXES[0]} to {PREFIXES[-1]}")
        if wanted.dns_servers is not None and len(wanted.dns_servers) > 2:
            self.refuse("dns_servers holds more than the two that Cloud Director takes")
