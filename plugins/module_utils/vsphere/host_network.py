# SPDX-License-Identifier: GPL-3.0-or-later
"""The networking of one ESXi host as this collection sees it: adapters, stacks, and the networks they can attach to.

Plain values only, canonical (addresses as `ipaddress` writes them, sets sorted), so that equal things compare equal.
The names of the facts are those that ``esxi_vmkernel_info`` returns.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..engine.plan import Facts
from ..planning.carriers import DEDICATED_STACKS, carriers, device_order

DEFAULT_STACK = "defaultTcpipStack"
# A stack made for one service: its adapters carry that service and no other. (vSphere reference 7)
SERVICE_OF_STACK = {stack: service for service, stack in DEDICATED_STACKS.items()}
BUILT_IN_STACKS = (DEFAULT_STACK, *SERVICE_OF_STACK)
# Owned by the system or by NSX: read, never written. (vSphere reference 7, 19)
SYSTEM_STACKS = ("mirror", "ops", "vnetworking", "vxlan", "hyperbus")
DEFAULT_MTU = 1500


@dataclass(frozen=True)
class Network:
    """Something a VMkernel adapter attaches to, as one host sees it.

    ``key`` and ``switch_uuid`` identify it: the port group's name on a standard switch, its key on a distributed one,
    the opaque network's id on N-VDS (``opaque_type`` goes with it). ``mtu`` is what the host's switch lets through.
    """

    type: str
    name: str
    key: str
    switch: str | None = None
    switch_uuid: str | None = None
    opaque_type: str | None = None
    mtu: int | None = None

    def __str__(self) -> str:
        return f"{self.name} on {self.switch}" if self.switch else f"{self.name} (NSX segment)"


@dataclass(frozen=True)
class Adapter:
    """A VMkernel adapter. ``ipv4`` and ``ipv6`` are interfaces such as 10.0.0.5/24; ``ipv6`` holds manual ones only."""

    device: str
    network: Network | None
    stack: str = DEFAULT_STACK
    dhcp: bool = False
    ipv4: str | None = None
    ipv6: tuple[str, ...] = ()
    ipv6_autoconf: bool = False
    ipv6_dhcp: bool = False
    gateway_ipv4: str | None = None
    gateway_ipv6: str | None = None
    mtu: int = DEFAULT_MTU
    mac: str | None = None
    services: tuple[str, ...] = ()
    owner: str | None = None
    planned: bool = field(default=False, compare=False)

    def facts(self) -> Facts:
        network = self.network
        return {
            "device": self.device,
            "network": network.name if network else None,
            "network_type": network.type if network else None,
            "switch": network.switch if network else None,
            "stack": self.stack,
            "ipv4": {"mode": "dhcp" if self.dhcp else "static", "address": self.ipv4},
            "ipv6": {"addresses": list(self.ipv6), "autoconf": self.ipv6_autoconf, "dhcp": self.ipv6_dhcp},
            "gateway_ipv4": self.gateway_ipv4,
            "gateway_ipv6": self.gateway_ipv6,
            "mtu": self.mtu,
            "mac": self.mac,
            "services": list(self.services),
        }

    def reaches(self, address: str) -> bool:
        """Whether an address is a neighbour on this adapter's link; a lease not known yet may reach anything."""
        wanted = ipaddress.ip_address(address)
        if wanted.version == 4 and self.dhcp and not self.ipv4:
            return True
        if wanted.version == 6 and (wanted.is_link_local or self.ipv6_autoconf or self.ipv6_dhcp):
            return True
        own = [*self.ipv6, *([self.ipv4] if self.ipv4 else [])]
        return any(wanted in ipaddress.ip_interface(interface).network for interface in own)


@dataclass(frozen=True)
class Dns:
    """Name resolution of a stack; ``adapter`` is the VMkernel adapter whose DHCP server provides it."""

    servers: tuple[str, ...] = ()
    search_domains: tuple[str, ...] = ()
    domain: str = ""
    host_name: str = ""
    adapter: str | None = None

    def facts(self) -> Facts:
        return {
            "servers": list(self.servers),
            "search_domains": list(self.search_domains),
            "domain": self.domain,
            "adapter": self.adapter,
        }


@dataclass(frozen=True, order=True)
class Route:
    """A static route: neither the default route nor a directly connected network."""

    network: str
    gateway: str


@dataclass(frozen=True)
class Stack:
    """A TCP/IP stack. ``active`` means that it has an adapter and runs."""

    name: str
    active: bool = False
    gateway_ipv4: str | None = None
    gateway_ipv6: str | None = None
    dns: Dns = Dns()
    routes: tuple[Route, ...] = ()
    congestion_control: str | None = None
    max_connections: int | None = None
    planned: bool = field(default=False, compare=False)

    def facts(self) -> Facts:
        return {
            "name": self.name,
            "active": self.active,
            "gateway_ipv4": self.gateway_ipv4,
            "gateway_ipv6": self.gateway_ipv6,
            "dns": self.dns.facts(),
            "routes": [asdict(route) for route in self.routes],
            "congestion_control": self.congestion_control,
            "max_connections": self.max_connections,
        }


def new_stack(name: str) -> Stack:
    """A custom stack as a host makes it; the defaults are those of a captured host. (vSphere reference 8.1)"""
    return Stack(name, congestion_control="newreno", max_connections=11000, planned=True)


@dataclass(frozen=True)
class Host:
    """One host. ``moid`` and the two system ids are what the API calls it and its managers.

    ``offered_services`` are the kinds of traffic this host knows. ``planned`` marks a state that check mode derived
    from what earlier tasks of the run would have done.
    """

    name: str
    moid: str
    datacenter: str
    cluster: str | None
    connection_state: str
    version: str | None = None
    adapters: tuple[Adapter, ...] = ()
    stacks: tuple[Stack, ...] = ()
    networks: tuple[Network, ...] = ()
    offered_services: tuple[str, ...] = ()
    network_system: str = ""
    vnic_manager: str = ""
    vsan_system: str | None = None
    planned: bool = field(default=False, compare=False)

    @property
    def connected(self) -> bool:
        return self.connection_state == "connected"

    def adapter(self, device: str) -> Adapter | None:
        return next((adapter for adapter in self.adapters if adapter.device == device), None)

    def stack(self, name: str) -> Stack | None:
        return next((stack for stack in self.stacks if stack.name == name), None)

    def on_stack(self, name: str) -> list[Adapter]:
        return [adapter for adapter in self.adapters if adapter.stack == name]

    def next_device(self, reserved: Collection[str] = ()) -> str:
        """The lowest free name, which is what a host gives to a new adapter. (vSphere reference 6.2)"""
        taken = {*reserved, *(adapter.device for adapter in self.adapters)}
        return next(name for number in range(len(taken) + 1) if (name := f"vmk{number}") not in taken)

    def with_adapter(self, adapter: Adapter) -> Host:
        """This host with one adapter added or replaced, and with what the host itself does about it.

        As soon as one adapter is on a dedicated stack, the service leaves the default stack. (vSphere reference 7)
        """
        others = [other for other in self.adapters if other.device != adapter.device]
        service = SERVICE_OF_STACK.get(adapter.stack)
        if service and adapter.device not in {member.device for member in self.on_stack(adapter.stack)}:
            others = [
                replace(other, services=tuple(name for name in other.services if name != service))
                if other.stack == DEFAULT_STACK
                else other
                for other in others
            ]
        return self._with_adapters([*others, adapter])

    def without_adapter(self, device: str) -> Host:
        return self._with_adapters([adapter for adapter in self.adapters if adapter.device != device])

    def with_stack(self, stack: Stack) -> Host:
        others = [other for other in self.stacks if other.name != stack.name]
        return replace(self, stacks=tuple(sorted([*others, stack], key=lambda s: s.name)))

    def without_stack(self, name: str) -> Host:
        return replace(self, stacks=tuple(stack for stack in self.stacks if stack.name != name))

    def _with_adapters(self, adapters: Iterable[Adapter]) -> Host:
        ordered = tuple(sorted(adapters, key=lambda adapter: device_order(adapter.device)))
        in_use = {adapter.stack for adapter in ordered}
        stacks = tuple(replace(stack, active=stack.name in in_use) for stack in self.stacks)
        return replace(self, adapters=ordered, stacks=stacks)

    def facts(self) -> Facts:
        adapters = [adapter.facts() for adapter in self.adapters]
        facts: Facts = {
            "name": self.name,
            "datacenter": self.datacenter,
            "cluster": self.cluster,
            "connection_state": self.connection_state,
            "version": self.version,
            "adapters": adapters,
            "stacks": [stack.facts() for stack in self.stacks],
            "carriers": carriers(adapters) if self.connected else {},
        }
        return {**facts, "planned": True} if self.planned else facts

    def saved(self) -> Facts:
        """This host as plain JSON values; `from_saved` is the way back."""
        return asdict(self)

    @classmethod
    def from_saved(cls, saved: Mapping[str, Any]) -> Host:
        def adapter(values: Mapping[str, Any]) -> Adapter:
            network = Network(**values["network"]) if values["network"] else None
            lists = {"ipv6": tuple(values["ipv6"]), "services": tuple(values["services"])}
            return Adapter(**{**values, "network": network, **lists})

        def stack(values: Mapping[str, Any]) -> Stack:
            dns = values["dns"]
            lists = {"servers": tuple(dns["servers"]), "search_domains": tuple(dns["search_domains"])}
            routes = tuple(Route(**route) for route in values["routes"])
            return Stack(**{**values, "dns": Dns(**{**dns, **lists}), "routes": routes})

        parts = {
            "adapters": tuple(adapter(values) for values in saved["adapters"]),
            "stacks": tuple(stack(values) for values in saved["stacks"]),
            "networks": tuple(Network(**values) for values in saved["networks"]),
            "offered_services": tuple(saved["offered_services"]),
        }
        return cls(**{**saved, **parts})
