# SPDX-License-Identifier: GPL-3.0-or-later
"""The one world behind all simulators: sites with their physical networks, switches, clusters and hosts.

Everything that can change is an immutable value held by exactly one attribute (`Host.state`, `Site.segments`), so a
snapshot is a handful of references, a rollback is one assignment, and a reader notices change by identity.
Addresses with a mask are interface strings such as "10.10.0.11/22"; MTUs are bytes of IP packet.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, ip_interface
from typing import Literal

from .clouds import Cloud
from .l2vpn import L2VpnClient

DEFAULT_STACK = "defaultTcpipStack"
BUILT_IN_STACKS = (DEFAULT_STACK, "vmotion", "vSphereProvisioning")
DEDICATED_STACKS = {"vmotion": "vmotion", "vSphereProvisioning": "vSphereProvisioning"}
"""Stack key to the one service its adapters carry implicitly (vSphere reference 7)."""


@dataclass(frozen=True)
class Attachment:
    """Where an adapter is plugged in: a standard port group (by name), a distributed one (by key), an opaque one."""

    kind: Literal["standard", "distributed", "opaque"]
    network: str
    switch: str | None = None
    port: str | None = None


@dataclass(frozen=True)
class Ipv4:
    mode: Literal["static", "dhcp"] = "static"
    address: str | None = None


@dataclass(frozen=True)
class Ipv6:
    addresses: tuple[str, ...] = ()
    autoconf: bool = False
    dhcp: bool = False


@dataclass(frozen=True)
class Adapter:
    """One VMkernel adapter; `services` holds only explicitly selected ones."""

    device: str
    mac: str
    attachment: Attachment
    ipv4: Ipv4
    ipv6: Ipv6 = Ipv6()
    stack: str = DEFAULT_STACK
    mtu: int = 1500
    tso: bool = True
    gateway_ipv4: str | None = None
    gateway_ipv6: str | None = None
    services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    network: str
    gateway: str


@dataclass(frozen=True)
class Dns:
    host_name: str
    domain: str = ""
    servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    dhcp: bool = False
    device: str | None = None
    device_ipv6: str | None = None


@dataclass(frozen=True)
class Stack:
    key: str
    name: str
    dns: Dns
    gateway_ipv4: str | None = None
    gateway_ipv6: str | None = None
    routes: tuple[Route, ...] = ()
    congestion_control: str = "newreno"
    max_connections: int = 11000
    announced: bool = True
    """False: made behind the management service's back, which shows it after a refresh."""


@dataclass(frozen=True)
class PortGroup:
    name: str
    switch: str
    vlan: int


@dataclass(frozen=True)
class StandardSwitch:
    name: str
    mtu: int
    uplinks: tuple[str, ...]


@dataclass(frozen=True)
class Membership:
    """A host's part of a distributed switch: its MTU there can lag behind the switch's own."""

    switch: str
    mtu: int
    uplinks: tuple[str, ...]


@dataclass(frozen=True)
class HostState:
    """All that can change about a host."""

    adapters: tuple[Adapter, ...]
    stacks: tuple[Stack, ...]
    switches: tuple[StandardSwitch, ...]
    port_groups: tuple[PortGroup, ...]
    memberships: tuple[Membership, ...]
    opaque_networks: tuple[str, ...] = ()
    connection: Literal["connected", "disconnected", "notResponding"] = "connected"
    maintenance: bool = False
    ipv6_enabled: bool = True
    vsan_enabled: bool = False
    highest_device: int = 0
    """The largest N of any vmkN the host ever had."""

    def adapter(self, device: str) -> Adapter | None:
        return next((a for a in self.adapters if a.device == device), None)

    def stack(self, key: str) -> Stack | None:
        return next((s for s in self.stacks if s.key == key), None)

    def on_stack(self, key: str) -> tuple[Adapter, ...]:
        return tuple(a for a in self.adapters if a.stack == key)

    def port_group(self, name: str) -> PortGroup | None:
        return next((p for p in self.port_groups if p.name == name), None)

    def membership(self, switch: str) -> Membership | None:
        return next((m for m in self.memberships if m.switch == switch), None)

    def with_adapter(self, adapter: Adapter) -> HostState:
        """Replace the adapter of that device, or append it in device order."""
        rest = [a for a in self.adapters if a.device != adapter.device]
        ordered = sorted([*rest, adapter], key=lambda a: int(a.device.removeprefix("vmk")))
        highest = max(self.highest_device, int(ordered[-1].device.removeprefix("vmk")))
        return replace(self, adapters=tuple(ordered), highest_device=highest)

    def without_adapter(self, device: str) -> HostState:
        return replace(self, adapters=tuple(a for a in self.adapters if a.device != device))

    def with_stack(self, stack: Stack) -> HostState:
        if self.stack(stack.key) is None:
            return replace(self, stacks=(*self.stacks, stack))
        return replace(self, stacks=tuple(stack if s.key == stack.key else s for s in self.stacks))

    def without_stack(self, key: str) -> HostState:
        return replace(self, stacks=tuple(s for s in self.stacks if s.key != key))

    def carriers(self, service: str) -> tuple[Adapter, ...]:
        """Adapters that have the service, explicitly or because they live on its dedicated stack."""
        return tuple(a for a in self.adapters if service in a.services or DEDICATED_STACKS.get(a.stack) == service)


@dataclass(frozen=True)
class Segment:
    """A layer 2 network of one site: a VLAN ("20") or an overlay ("overlay/name")."""

    id: str
    mtu: int = 9000
    routers: tuple[str, ...] = ()
    cut: frozenset[str] = frozenset()
    """Names of hosts whose uplinks do not carry this segment."""


@dataclass(frozen=True)
class PortSecurity:
    """What a port group lets its virtual machines send and hear."""

    promiscuous: bool = False
    mac_changes: bool = False
    forged_transmits: bool = False
    mac_learning: bool = False


TRUNK = "trunk"
"""Segment of a port group that carries several VLANs."""


@dataclass(frozen=True)
class DistributedPortGroup:
    key: str
    name: str
    segment: str
    uplink: bool = False
    nsx: bool = False
    trunk: tuple[tuple[int, int], ...] = ()
    """First and last VLAN of each range, where the segment is TRUNK."""
    security: PortSecurity = PortSecurity()
    ports: int = 8
    description: str = ""
    version: int = 0
    """Counts its changes."""

    def carries(self, vlan: int) -> bool:
        """Whether frames of this VLAN pass."""
        if self.segment == TRUNK:
            return any(first <= vlan <= last for first, last in self.trunk)
        return self.segment == str(vlan)


@dataclass(frozen=True)
class DistributedSwitch:
    uuid: str
    name: str
    mtu: int
    port_groups: tuple[DistributedPortGroup, ...]


@dataclass(frozen=True)
class NetworkCard:
    """`network` is the key of a distributed port group, or the name of another network of the same site."""

    network: str
    mac: str
    address: str | None = None


@dataclass(frozen=True)
class VappProperty:
    """An OVF property as vSphere keeps it with the machine; `type` in OVF's words, "password" for a secret string."""

    id: str
    type: str
    value: str
    label: str = ""
    category: str = ""
    default: str = ""


@dataclass(frozen=True)
class VirtualMachine:
    """Where it lives is told by names within its site; an empty folder or pool is the topmost one."""

    name: str
    uuid: str
    site: str
    host: str
    datastore: str
    folder: str = ""
    pool: str = ""
    cards: tuple[NetworkCard, ...] = ()
    cpus: int = 2
    memory_mb: int = 4096
    annotation: str = ""
    powered_on: bool = True
    disk_gb: int = 16
    template: str = ""
    """Name of the library item that it was deployed from."""
    properties: tuple[VappProperty, ...] = ()

    def value(self, property_id: str) -> str:
        """Of one of its properties; empty where it has none of this id."""
        return next((p.value for p in self.properties if p.id == property_id), "")


@dataclass(eq=False)
class Host:
    """`number` counts within its cluster and from 1; `state` is replaced as a whole, never edited."""

    name: str
    number: int
    uuid: str
    cluster: str | None
    site: Site
    state: HostState
    version: str = "8.0.3"
    build: str = "24022510"
    vendor: str = "Lab Systems"
    model: str = "LS-740"
    operating: bool = False
    """True while a network operation runs; a second one then is refused."""


@dataclass(eq=False)
class Site:
    """A datacenter with its own physical network; equal VLAN numbers in two sites are different segments."""

    name: str
    vcenter: str
    clusters: tuple[str, ...]
    segments: dict[str, Segment]
    switches: tuple[DistributedSwitch, ...]
    """Replaced as a whole."""
    opaque_networks: dict[str, str] = field(default_factory=dict)
    """Opaque network id to segment id."""
    hosts: list[Host] = field(default_factory=list)
    """Replaced as a whole once the world is built, so that a reader notices by identity who came or went."""
    datastores: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """For virtual machines."""
    pools: tuple[str, ...] = ()
    """In each cluster, below its own."""
    dns_servers: tuple[str, ...] = ()

    def segment(self, segment_id: str) -> Segment:
        """VLANs nobody described exist too: every trunk carries them, no router answers there."""
        return self.segments.get(segment_id) or Segment(segment_id)

    def switch(self, uuid: str) -> DistributedSwitch | None:
        return next((s for s in self.switches if s.uuid == uuid), None)

    def distributed_port_group(self, key: str) -> tuple[DistributedSwitch, DistributedPortGroup] | None:
        return next(((s, p) for s in self.switches for p in s.port_groups if p.key == key), None)

    def keep_port_group(self, switch_uuid: str, group: DistributedPortGroup) -> None:
        """Replace the one of its key, or append it to the switch."""
        groups = next(s.port_groups for s in self.switches if s.uuid == switch_uuid)
        if any(g.key == group.key for g in groups):
            kept = tuple(group if g.key == group.key else g for g in groups)
        else:
            kept = (*groups, group)
        self._keep_port_groups(switch_uuid, kept)

    def drop_port_group(self, key: str) -> None:
        for switch in self.switches:
            self._keep_port_groups(switch.uuid, tuple(g for g in switch.port_groups if g.key != key))

    def _keep_port_groups(self, switch_uuid: str, groups: tuple[DistributedPortGroup, ...]) -> None:
        self.switches = tuple(replace(s, port_groups=groups) if s.uuid == switch_uuid else s for s in self.switches)


@dataclass(frozen=True)
class VCenter:
    """A vCenter as a machine in the world: hosts must reach `address` from a management adapter."""

    name: str
    address: str
    site: str
    instance_uuid: str


@dataclass(eq=False)
class World:
    sites: dict[str, Site]
    vcenters: dict[str, VCenter]
    wan_mtu: int = 1500
    """MTU between the routers of two sites."""
    leases: dict[str, str] = field(default_factory=dict)
    """DHCP: MAC to interface address."""
    machines: dict[str, VirtualMachine] = field(default_factory=dict)
    """By uuid; replaced as a whole, as are a site's hosts."""
    clouds: dict[str, Cloud] = field(default_factory=dict)
    l2vpn_clients: dict[str, L2VpnClient] = field(default_factory=dict)
    """By name; immutable values."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def hosts(self) -> Iterator[Host]:
        for site in self.sites.values():
            yield from site.hosts

    def host(self, name: str) -> Host:
        """KeyError when no host has this name."""
        for host in self.hosts():
            if host.name == name:
                return host
        raise KeyError(f"no host {name}")

    def add_machine(self, machine: VirtualMachine) -> None:
        self.machines = {**self.machines, machine.uuid: machine}

    def remove_machine(self, uuid: str) -> None:
        self.machines = {u: m for u, m in self.machines.items() if u != uuid}

    def machines_of(self, vcenter: str) -> list[VirtualMachine]:
        return [m for m in self.machines.values() if self.sites[m.site].vcenter == vcenter]

    @staticmethod
    def add_host(host: Host) -> None:
        host.site.hosts = [*host.site.hosts, host]

    @staticmethod
    def remove_host(site: Site, name: str) -> None:
        site.hosts = [h for h in site.hosts if h.name != name]

    def attached_segment(self, host: Host, attachment: Attachment) -> Segment:
        """KeyError when the host has no such network."""
        if attachment.kind == "standard":
            group = host.state.port_group(attachment.network)
            if group is None:
                raise KeyError(attachment.network)
            return host.site.segment(str(group.vlan))
        if attachment.kind == "opaque":
            return host.site.segment(host.site.opaque_networks[attachment.network])
        found = host.site.distributed_port_group(attachment.network)
        if found is None:
            raise KeyError(attachment.network)
        return host.site.segment(found[1].segment)

    def switch_mtu(self, host: Host, attachment: Attachment) -> int:
        """The largest adapter MTU the host's side of the switch carries."""
        if attachment.kind == "standard":
            group = host.state.port_group(attachment.network)
            return next(s.mtu for s in host.state.switches if group is not None and s.name == group.switch)
        if attachment.kind == "opaque":
            return self.attached_segment(host, attachment).mtu
        membership = host.state.membership(attachment.switch or "")
        if membership is None:
            raise KeyError(attachment.switch)
        return membership.mtu

    def ipv4_address(self, host: Host, adapter: Adapter) -> str | None:
        """The interface address in use: the static one, or the DHCP lease."""
        if adapter.ipv4.mode == "static":
            return adapter.ipv4.address
        if adapter.mac not in self.leases:
            segment = self.attached_segment(host, adapter.attachment)
            self.leases[adapter.mac] = self._offer(segment, host, adapter.mac)
        return self.leases[adapter.mac]

    def _offer(self, segment: Segment, host: Host, mac: str) -> str:
        """A lease from the top of the router's subnet, or a link-local address where no server answers."""
        subnets = [ip_interface(r) for r in segment.routers]
        served = next((s for s in subnets if isinstance(s, IPv4Interface)), None)
        if served is None or host.name in segment.cut:
            low = int(mac.replace(":", "")[-4:], 16)
            return f"169.254.{max(1, low >> 8) & 0xFE}.{max(1, low & 0xFF)}/16"
        taken = set(self.leases.values()) | {
            a.ipv4.address for h in host.site.hosts for a in h.state.adapters if a.ipv4.address
        }
        pool = int(served.network.broadcast_address)
        for value in range(pool - 1, int(served.network.network_address), -1):
            candidate = f"{IPv4Interface((value, served.network.prefixlen)).ip}/{served.network.prefixlen}"
            if candidate not in taken and candidate != str(served):
                return candidate
        raise RuntimeError(f"no free address left in {served.network}")
