# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of TCP/IP stacks: the options of ``esxi_netstack``, checked before the first call."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.errors import refuse_if
from .host_network import BUILT_IN_STACKS, SYSTEM_STACKS, Route


@dataclass(frozen=True)
class WantedDns:
    """None means: leave that part alone. ``adapter`` is the VMkernel adapter whose DHCP server shall provide it."""

    servers: tuple[str, ...] | None
    search_domains: tuple[str, ...] | None
    domain: str | None
    adapter: str | None


@dataclass(frozen=True)
class WantedStack:
    """One entry of ``stacks``. None means: leave that setting alone; a gateway of "" means: remove it."""

    label: str
    name: str
    absent: bool
    gateway_ipv4: str | None
    gateway_ipv6: str | None
    dns: WantedDns | None
    routes: tuple[Route, ...] | None
    removed_routes: tuple[Route, ...]
    purge_routes: bool
    congestion_control: str | None
    max_connections: int | None


def parse_stacks(options: Sequence[Mapping[str, Any]]) -> list[WantedStack]:
    """Raises `InvalidInput` with every problem of every entry."""
    problems: list[str] = []
    wanted = [_Entry(number, option, problems).parse() for number, option in enumerate(options)]
    names = [entry.name for entry in wanted]
    problems += [
        f"stack {name} is listed twice; merge the entries" for name in sorted(set(names)) if names.count(name) > 1
    ]
    refuse_if(problems)
    return wanted


class _Entry:
    """One entry of the list, and the problems found in it."""

    def __init__(self, number: int, option: Mapping[str, Any], problems: list[str]) -> None:
        self.label = f"stacks[{number}] ({option['name']})"
        self.option = option
        self.problems = problems

    def parse(self) -> WantedStack:
        option = self.option
        stated = [
            Route(
                self._network(route["network"]), self._address(f"gateway of route {route['network']}", route["gateway"])
            )
            for route in option["routes"] or []
            if route["state"] == "present"
        ]
        removed = [
            Route(
                self._network(route["network"]), self._address(f"gateway of route {route['network']}", route["gateway"])
            )
            for route in option["routes"] or []
            if route["state"] == "absent"
        ]
        wanted = WantedStack(
            label=self.label,
            name=option["name"],
            absent=option["state"] == "absent",
            gateway_ipv4=self._gateway("gateway_ipv4", 4),
            gateway_ipv6=self._gateway("gateway_ipv6", 6),
            dns=self._dns(option["dns"]),
            routes=tuple(sorted(stated)) if option["routes"] is not None else None,
            removed_routes=tuple(sorted(removed)),
            purge_routes=option["purge_routes"],
            congestion_control=option["congestion_control"],
            max_connections=option["max_connections"],
        )
        self._check(wanted)
        return wanted

    def refuse(self, text: str) -> None:
        self.problems.append(f"{self.label}: {text}")

    def _address(self, what: str, text: str, version: int | None = None) -> str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            address = None
        if address is None or version not in (None, address.version):
            self.refuse(f"{what}: {text} is not an {'IP' if version is None else f'IPv{version}'} address")
            return text
        return str(address)

    def _network(self, text: str) -> str:
        try:
            network = ipaddress.ip_network(text)
        except ValueError as error:
            self.refuse(f"route {text} is not a network with prefix, such as 172.16.0.0/12: {error}")
            return text
        if not network.prefixlen:
            self.refuse(f"route {text} is the default route; use gateway_ipv{network.version} for it")
        return str(network)

    def _gateway(self, option: str, version: int) -> str | None:
        text = self.option[option]
        return self._address(option, text, version) if text else text

    def _dns(self, dns: Mapping[str, Any] | None) -> WantedDns | None:
        if dns is None or all(value is None for value in dns.values()):
            return None
        if dns["adapter"] and (dns["servers"] or dns["search_domains"] or dns["domain"]):
            self.refuse("dns.adapter takes all name resolution from DHCP; it excludes servers, search_domains, domain")
        servers = dns["servers"]
        return WantedDns(
            servers=None if servers is None else tuple(self._address("dns.servers", server) for server in servers),
            search_domains=None if dns["search_domains"] is None else tuple(dns["search_domains"]),
            domain=dns["domain"],
            adapter=dns["adapter"],
        )

    def _check(self, wanted: WantedStack) -> None:
        if wanted.name in SYSTEM_STACKS:
            self.refuse(f"stack {wanted.name} belongs to the system or to NSX and is not ours to change")
        if wanted.absent and wanted.name in BUILT_IN_STACKS:
            self.refuse(f"stack {wanted.name} is built in and cannot be removed")
        if wanted.max_connections is not None and wanted.max_connections < 1:
            self.refuse(f"max_connections {wanted.max_connections} must be 1 or more")
        listed = [route.network for route in (*(wanted.routes or ()), *wanted.removed_routes)]
        for network in sorted({network for network in listed if listed.count(network) > 1}):
            self.refuse(f"route {network} is listed twice; keep one of its entries")
        for route in wanted.routes or ():
            families = {":" in route.network, ":" in route.gateway}
            if len(families) > 1:
                self.refuse(f"route {route.network} and its gateway {route.gateway} are of different IP versions")
