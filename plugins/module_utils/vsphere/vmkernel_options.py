# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of VMkernel adapters: the options of ``esxi_vmkernel``, checked before the first call."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeVar

from ..engine.errors import refuse_if
from .host_network import DEFAULT_STACK, SERVICE_OF_STACK, SYSTEM_STACKS
from .inventory import same_host

# The API text gives no range; 1280 is what IPv6 needs, 9000 what jumbo frames mean. (vSphere reference 6.1, [I])
MTU_RANGE = (1280, 9000)

Value = TypeVar("Value")


@dataclass(frozen=True)
class WantedAdapter:
    """One entry of ``adapters``. None, or a key that is missing, means: leave that setting alone.

    ``ipv4`` and ``ipv6`` are by host name as the user wrote it; a gateway of "" means: remove it.
    """

    label: str
    absent: bool
    device: str | None
    network: str | None
    switch: str | None
    stack: str | None
    dhcp: bool | None
    ipv4: Mapping[str, str] = field(default_factory=dict)
    ipv6: Mapping[str, tuple[str, ...]] | None = None
    ipv6_autoconf: bool | None = None
    ipv6_dhcp: bool | None = None
    gateway_ipv4: str | None = None
    gateway_ipv6: str | None = None
    mtu: int | None = None
    services: Mapping[str, bool] = field(default_factory=dict)

    def ipv4_of(self, host: str) -> str | None:
        return _of_host(self.ipv4, host)

    def ipv6_of(self, host: str) -> tuple[str, ...] | None:
        return _of_host(self.ipv6 or {}, host)


def _of_host(plan: Mapping[str, Value], host: str) -> Value | None:
    """The host's entry of a plan: under its full name before its short one."""
    exact = [value for name, value in plan.items() if same_host(name, host, exactly=True)]
    return next(iter(exact or [value for name, value in plan.items() if same_host(name, host)]), None)


def parse_adapters(options: Sequence[Mapping[str, Any]]) -> list[WantedAdapter]:
    """Raises `InvalidInput` with every problem of every entry."""
    problems: list[str] = []
    wanted = [_Entry(number, option, problems).parse() for number, option in enumerate(options)]
    _check_together(wanted, problems)
    refuse_if(problems)
    return wanted


class _Entry:
    """One entry of the list, and the problems found in it."""

    def __init__(self, number: int, option: Mapping[str, Any], problems: list[str]) -> None:
        self.label = f"adapters[{number}] ({option['device'] or option['network'] or 'unnamed'})"
        self.option = option
        self.problems = problems

    def parse(self) -> WantedAdapter:
        option = self.option
        ipv4, ipv6 = option["ipv4"] or {}, option["ipv6"] or {}
        wanted = WantedAdapter(
            label=self.label,
            absent=option["state"] == "absent",
            device=option["device"],
            network=option["network"],
            switch=option["switch"],
            stack=option["stack"],
            dhcp=ipv4["mode"] == "dhcp" if ipv4.get("mode") else None,
            ipv4={
                host: self._interface(f"ipv4.addresses of {host}", text, 4)
                for host, text in (ipv4.get("addresses") or {}).items()
            },
            ipv6=None if ipv6.get("addresses") is None else self._ipv6(ipv6["addresses"]),
            ipv6_autoconf=ipv6.get("autoconf"),
            ipv6_dhcp=ipv6.get("dhcp"),
            gateway_ipv4=self._gateway("gateway_ipv4", 4),
            gateway_ipv6=self._gateway("gateway_ipv6", 6),
            mtu=option["mtu"],
            services={name: on for name, on in (option["services"] or {}).items() if on is not None},
        )
        self._check(wanted)
        return wanted

    def refuse(self, text: str) -> None:
        self.problems.append(f"{self.label}: {text}")

    def _ipv6(self, addresses: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        plan = {}
        for host, texts in addresses.items():
            listed = texts if isinstance(texts, list) else [texts]
            plan[host] = tuple(sorted(self._interface(f"ipv6.addresses of {host}", text, 6) for text in listed))
        return plan

    def _interface(self, what: str, text: object, version: int) -> str:
        """An address with its prefix, such as 10.0.0.5/24, canonical."""
        try:
            interface = ipaddress.ip_interface(str(text))
        except ValueError:
            self.refuse(f"{what}: {text} is not an address with prefix, such as {EXAMPLE[version]}")
            return str(text)
        network = interface.network
        if interface.version != version or "/" not in str(text):
            self.refuse(f"{what}: {text} is not an IPv{version} address with prefix, such as {EXAMPLE[version]}")
        elif _is_special(interface.ip):
            self.refuse(f"{what}: {text} cannot be the address of an adapter")
        elif version == 4 and network.prefixlen < 31 and interface.ip in (network[0], network[-1]):
            self.refuse(f"{what}: {text} is the network or broadcast address of {network}")
        return str(interface)

    def _gateway(self, option: str, version: int) -> str | None:
        text = self.option[option]
        if not text:
            return text if text is None else ""
        try:
            gateway = ipaddress.ip_address(text)
        except ValueError:
            gateway = None
        if gateway is None or gateway.version != version:
            self.refuse(f"{option} {text} is not an IPv{version} address; give one, or '' to remove the gateway")
            return None
        return str(gateway)

    def _check(self, wanted: WantedAdapter) -> None:
        if not (wanted.device or wanted.network):
            self.refuse("give network (a port group or segment) or device (such as vmk1), so that it can be found")
        if wanted.device and not re.fullmatch(r"vmk\d+", wanted.device, re.ASCII):
            self.refuse(f"device {wanted.device} is not the name of a VMkernel adapter, such as vmk1")
        if wanted.mtu is not None and not MTU_RANGE[0] <= wanted.mtu <= MTU_RANGE[1]:
            self.refuse(f"mtu {wanted.mtu} is outside {MTU_RANGE[0]} to {MTU_RANGE[1]}")
        if wanted.stack in SYSTEM_STACKS:
            self.refuse(f"stack {wanted.stack} belongs to the system or to NSX; its adapters are not ours to change")
        if wanted.dhcp and wanted.ipv4:
            self.refuse("ipv4.mode dhcp excludes ipv4.addresses; remove one of them")
        if wanted.dhcp is False and not wanted.ipv4:
            self.refuse("ipv4.mode static needs ipv4.addresses, an address with prefix for every host")
        if wanted.ipv4 and wanted.dhcp is None:
            self.refuse("ipv4.addresses needs ipv4.mode: static")
        self._check_services(wanted)
        self._check_addresses(wanted)

    def _check_services(self, wanted: WantedAdapter) -> None:
        for name, on in wanted.services.items():
            misplaced = misplaced_service(name, on, wanted.stack or DEFAULT_STACK)
            if misplaced:
                self.refuse(misplaced)

    def _check_addresses(self, wanted: WantedAdapter) -> None:
        owners: dict[str, str] = {}
        plans = list(wanted.ipv4.items())
        plans += [(host, text) for host, texts in (wanted.ipv6 or {}).items() for text in texts]
        for host, text in plans:
            address = text.partition("/")[0]
            if address in owners:
                self.refuse(f"{owners[address]} and {host} are both given {address}")
            owners.setdefault(address, host)
            gateway = wanted.gateway_ipv6 if ":" in address else wanted.gateway_ipv4
            if gateway and not _in_network(gateway, text):
                option = "gateway_ipv6" if ":" in address else "gateway_ipv4"
                self.refuse(f"{option} {gateway} is not in the network of {text} ({host}), so it cannot be reached")


def misplaced_service(service: str, on: bool, stack: str) -> str:
    """Why a service cannot be switched on or off on a stack; empty when it can. (vSphere reference 7)"""
    carried = SERVICE_OF_STACK.get(stack)
    if on and stack != DEFAULT_STACK and service != carried:
        allowed = f"only {carried}" if carried else "no service"
        return f"service {service} cannot run on stack {stack}, which carries {allowed}"
    if not on and service == carried:
        return f"an adapter on stack {stack} always carries {service}; it cannot be switched off"
    return ""


EXAMPLE = {4: "10.0.0.5/24", 6: "fd00::5/64"}


def _is_special(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether nobody gives this address to an adapter; the link-local ones of IPv6 come from the host itself."""
    by_itself = address.version == 6 and address.is_link_local
    return address.is_multicast or address.is_loopback or address.is_unspecified or by_itself


def _in_network(gateway: str, interface: str) -> bool:
    try:
        network = ipaddress.ip_interface(interface).network
    except ValueError:
        return True  # already refused as an address
    return ipaddress.ip_address(gateway) in network or ipaddress.ip_address(gateway).is_link_local


def may_be_one(one: WantedAdapter, other: WantedAdapter) -> bool:
    """Whether two entries, by what they say of places, can mean one adapter; what is not given fits anything."""
    if one.device and other.device:
        return one.device == other.device
    pairs = ((one.switch, other.switch), (one.stack, other.stack))
    overlap = all(first == second or None in (first, second) for first, second in pairs)
    return one.network is not None and one.network == other.network and overlap


def _check_together(wanted: Sequence[WantedAdapter], problems: list[str]) -> None:
    """Rules between the entries of one task."""
    problems += [
        f"{one.label} and {other.label} mean the same adapter; merge them, or give each its device"
        for one, other in combinations(wanted, 2)
        # Several adapters in one network are told apart by their addresses (multi-NIC vMotion).
        if may_be_one(one, other)
        and ((one.device and other.device) or one.absent or other.absent or not (one.ipv4 and other.ipv4))
    ]
    given: dict[str, str] = {}
    for entry in wanted:
        for text in entry.ipv4.values() if not entry.absent else ():
            address = text.partition("/")[0]
            if given.get(address, entry.label) != entry.label:
                problems.append(f"{given[address]} and {entry.label} are both given {address}")
            given.setdefault(address, entry.label)
    for stack, service in SERVICE_OF_STACK.items():
        owner = next((entry.label for entry in wanted if entry.stack == stack and not entry.absent), None)
        rivals = [e.label for e in wanted if e.stack in (None, DEFAULT_STACK) and e.services.get(service)]
        problems += [
            f"{rival}: {service} cannot be enabled on stack {DEFAULT_STACK} while {owner} puts it on stack {stack}, "
            "which then carries all of it"
            for rival in rivals
            if owner
        ]
