# SPDX-License-Identifier: GPL-3.0-or-later
"""How one host reaches another over VMkernel adapters: carriers, subnets, gateways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_address, ip_interface, ip_network
from typing import Any, TypeAlias

from .carriers import DEFAULT_STACK, Carrier, carriers

Network: TypeAlias = "IPv4Network | IPv6Network"


@dataclass(frozen=True)
class WayOut:
    """How an adapter reaches another subnet: `by` is stack, adapter, route, default or none.

    A gateway by `default` is that of the default stack, which belongs to management and is only shared.
    """

    by: str
    gateway: str | None = None


@dataclass(frozen=True, eq=False)
class Host:
    """One host's facts, as `esxi_vmkernel_info` returns them."""

    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def cluster(self) -> str | None:
        return self.facts.get("cluster")

    @property
    def connected(self) -> bool:
        return bool(self.facts.get("connection_state", "connected") == "connected")

    @property
    def major_version(self) -> int | None:
        first = str(self.facts.get("version") or "").partition(".")[0]
        return int(first) if first.isdigit() else None

    @cached_property
    def _carriers(self) -> Mapping[str, Carrier]:
        return carriers(self.facts["adapters"])

    def carrier(self, kind: str) -> Carrier:
        return self._carriers[kind]

    def adapters(self, kind: str) -> list[Mapping[str, Any]]:
        """The adapters that really carry this kind of traffic."""
        return [self._adapters[device] for device in self.carrier(kind)["devices"]]

    @cached_property
    def _adapters(self) -> Mapping[str, Mapping[str, Any]]:
        return {adapter["device"]: adapter for adapter in self.facts["adapters"]}

    def subnets(self, kind: str) -> frozenset[Network]:
        return frozenset(item.network for device in self.carrier(kind)["devices"] for item in self._interfaces[device])

    @cached_property
    def _interfaces(self) -> Mapping[str, list[IPv4Interface | IPv6Interface]]:
        return {device: interfaces(adapter) for device, adapter in self._adapters.items()}

    def way_out(self, kind: str, target: Network) -> WayOut:
        """The first way that one of the carriers has to the subnet `target`."""
        ways = [self._way_of(adapter, target) for adapter in self.adapters(kind)]
        return next((way for way in ways if way.by != "none"), WayOut("none"))

    def _stack(self, name: str) -> Mapping[str, Any]:
        stacks: Mapping[str, Mapping[str, Any]] = {item["name"]: item for item in self.facts.get("stacks") or ()}
        return stacks.get(name, {})

    def _way_of(self, adapter: Mapping[str, Any], target: Network) -> WayOut:
        own = self._interfaces[adapter["device"]]
        if not any(item.version == target.version for item in own):
            return WayOut("none")
        stack = self._stack(adapter["stack"])
        for route in stack.get("routes") or ():
            if _within(target, ip_network(route["network"])) and _reaches(own, route["gateway"]):
                return WayOut("route", route["gateway"])
        key = f"gateway_ipv{target.version}"
        if adapter.get(key):
            return WayOut("adapter", adapter[key])
        gateway = stack.get(key)
        # A stack's gateway serves only the adapter whose subnet it is in: on the default stack that is management.
        if gateway and _reaches(own, gateway):
            return WayOut("default" if adapter["stack"] == DEFAULT_STACK else "stack", gateway)
        return WayOut("none")


def flaw_of(facts: Mapping[str, Any]) -> str | None:
    """What keeps these facts from being those of a host; None when nothing does."""
    missing = [key for key in ("name", "adapters") if facts.get(key) is None]
    if missing:
        return f"it has no {missing[0]}"
    for adapter in facts["adapters"]:
        missing = [key for key in ("device", "network", "stack", "mtu", "services") if key not in adapter]
        if missing:
            return f"an adapter has no {missing[0]}"
        try:
            interfaces(adapter)
        except ValueError as error:
            return str(error)
    return None


def interfaces(adapter: Mapping[str, Any]) -> list[IPv4Interface | IPv6Interface]:
    """The adapter's own addresses; link-local ones reach no other subnet and are left out."""
    texts = [(adapter.get("ipv4") or {}).get("address"), *((adapter.get("ipv6") or {}).get("addresses") or ())]
    found = [ip_interface(text) for text in texts if text]
    return [item for item in found if not item.ip.is_link_local]


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _reaches(own: Iterable[IPv4Interface | IPv6Interface], gateway: str) -> bool:
    """A link-local IPv6 gateway is reachable from every adapter of its link."""
    address = ip_address(gateway)
    return address.is_link_local or any(address in item.network for item in own)
