# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of network profiles: the options of ``hcx_network_profile``, checked before the first call."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..engine.errors import refuse_if

IPv4 = ipaddress.IPv4Address
# What the API takes, and what an uplink over a VPN should have at most. (HCX reference 9)
MTU_RANGE = (68, 9000)
VPN_MTU = 1350


@dataclass(frozen=True, order=True)
class Range:
    """Addresses from ``first`` to ``last``, both included."""

    first: IPv4
    last: IPv4

    def overlaps(self, other: Range) -> bool:
        return self.first <= other.last and other.first <= self.last

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True)
class WantedProfile:
    """One entry of ``profiles``. None means: leave that setting alone."""

    label: str
    name: str
    absent: bool
    network: str | None
    network_type: str | None
    roles: tuple[str, ...] | None
    mtu: int | None
    over_vpn: bool
    prefix_length: int | None
    gateway: str | None
    ranges: tuple[Range, ...] | None
    dns_servers: tuple[str, ...] | None
    dns_suffix: str | None


def parse_profiles(options: Sequence[Mapping[str, Any]]) -> list[WantedProfile]:
    """Raises `InvalidInput` with every problem of every entry."""
    problems: list[str] = []
    wanted = [_Entry(number, option, problems).parse() for number, option in enumerate(options)]
    names = [entry.name for entry in wanted]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [f"profile {name} is listed twice; merge the entries" for name in twice]
    refuse_if(problems)
    return wanted


class _Entry:
    """One entry of the list, and the problems found in it."""

    def __init__(self, number: int, option: Mapping[str, Any], problems: list[str]) -> None:
        self.label = f"profiles[{number}] ({option['name']})"
        self.option = option
        self.problems = problems

    def parse(self) -> WantedProfile:
        option = self.option
        over_vpn = option["over_vpn"]
        wanted = WantedProfile(
            label=self.label,
            name=option["name"],
            absent=option["state"] == "absent",
            network=option["network"],
            network_type=option["network_type"],
            roles=None if option["roles"] is None else tuple(sorted(set(option["roles"]))),
            mtu=VPN_MTU if over_vpn and option["mtu"] is None else option["mtu"],
            over_vpn=over_vpn,
            prefix_length=option["prefix_length"],
            gateway=None if option["gateway"] is None else self._address("gateway", option["gateway"]),
            ranges=None if option["ranges"] is None else self._ranges(option["ranges"]),
            dns_servers=None
            if option["dns_servers"] is None
            else tuple(self._address("dns_servers", server) for server in option["dns_servers"]),
            dns_suffix=option["dns_suffix"],
        )
        self._check(wanted)
        return wanted

    def refuse(self, text: str) -> None:
        self.problems.append(f"{self.label}: {text}")

    def _address(self, what: str, text: str) -> str:
        try:
            return str(IPv4(text))
        except ValueError:
            self.refuse(f"{what} {text} is not an IPv4 address")
            return text

    def _ranges(self, options: Sequence[Mapping[str, str]]) -> tuple[Range, ...]:
        ranges = []
        for option in options:
            try:
                found = Range(IPv4(option["first"]), IPv4(option["last"] or option["first"]))
            except ValueError as error:
                self.refuse(f"ranges: {error}")
                continue
            if found.first > found.last:
                self.refuse(f"range {found} ends before it begins")
            ranges.append(found)
        ordered = sorted(ranges)
        for one, other in combinations(ordered, 2):
            if one.overlaps(other):
                self.refuse(f"ranges {one} and {other} overlap")
        return tuple(ordered)

    def _check(self, wanted: WantedProfile) -> None:
        if not wanted.name.strip():
            self.refuse("name is empty")
        if wanted.mtu is not None and not MTU_RANGE[0] <= wanted.mtu <= MTU_RANGE[1]:
            self.refuse(f"mtu {wanted.mtu} is outside {MTU_RANGE[0]} to {MTU_RANGE[1]}")
        if wanted.over_vpn and wanted.mtu is not None and wanted.mtu > VPN_MTU:
            self.refuse(f"mtu {wanted.mtu} is above {VPN_MTU}, the most that is recommended for an uplink over a VPN")
        if wanted.prefix_length is not None and not 1 <= wanted.prefix_length <= 32:
            self.refuse(f"prefix_length {wanted.prefix_length} is outside 1 to 32")
        if self.option["ranges"] == []:
            self.refuse("ranges is empty; a profile needs at least one range of addresses")
        if wanted.dns_servers is not None and len(wanted.dns_servers) > 2:
            self.refuse("dns_servers holds more than the two that HCX takes")
