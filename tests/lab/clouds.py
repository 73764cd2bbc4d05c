# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds of the world: organizations with their rights, Org VDCs, edge gateways with layer 2 VPN, networks, vApps.

A `Cloud` holds dictionaries of immutable values by id: a change puts a new value into a dictionary, so that a snapshot
copies a handful of dictionaries. Ids are bare UUIDs. Sections are those of the VCD reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Interface
from typing import Any, Literal, TypeVar
from uuid import uuid4

Generation = Literal["nsx-v", "nsx-t"]
InterfaceKind = Literal["internal", "subinterface", "distributed", "non_distributed"]
SYSTEM = "System"


@dataclass(frozen=True)
class Right:
    id: str
    name: str
    implied: tuple[str, ...] = ()
    """Ids of rights that go with it (4.4)."""
    category: str = "General"

    @property
    def kind(self) -> Literal["VIEW", "MODIFY"]:
        return "VIEW" if ": View" in self.name or self.name.endswith("ViewRight") else "MODIFY"


@dataclass(frozen=True)
class Organization:
    """`rights` are those granted to it alone; bundles published to it come on top (4.1)."""

    id: str
    name: str
    full_name: str
    rights: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Published:
    """A rights bundle, or a global role: rights with the organizations that have them.

    In a cloud without cloudapi a global role is the template of a predefined role.
    """

    id: str
    name: str
    description: str = ""
    rights: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    publish_all: bool = False
    read_only: bool = False
    bundle_key: str = "com.vmware.vcloud.undefined.key"

    def reaches(self, organization: str) -> bool:
        return self.publish_all or organization in self.tenants


@dataclass(frozen=True)
class Role:
    """`template` is the global role that it follows; `rights` are its own where it follows none."""

    id: str
    name: str
    organization: str
    description: str = ""
    rights: frozenset[str] = frozenset()
    template: str | None = None


@dataclass(frozen=True)
class User:
    id: str
    name: str
    organization: str
    role: str
    password: str


@dataclass(frozen=True)
class StorageProfile:
    id: str
    name: str


@dataclass(frozen=True)
class Vdc:
    id: str
    name: str
    organization: str
    vcenter: str
    """Name of the resource vCenter in `world.vcenters`."""
    storage_profiles: tuple[StorageProfile, ...] = ()


@dataclass(frozen=True)
class Edge:
    """`addresses` are those of its external interface, the first being its own, the others sub-allocated."""

    id: str
    name: str
    vdc: str
    backing: Generation
    addresses: tuple[str, ...]
    advanced: bool = True


@dataclass(frozen=True)
class OrgVdcNetwork:
    """`gateway` is an interface address such as 172.16.10.1/24; `edge` None: isolated.

    In an NSX-V edge `index` is its vNIC, from 10 on of a subinterface, which also has a `tunnel_id` (6.2).
    """

    id: str
    name: str
    vdc: str
    gateway: str
    edge: str | None = None
    kind: InterfaceKind | None = None
    description: str = ""
    dns1: str = ""
    dns2: str = ""
    dns_suffix: str = ""
    ranges: tuple[tuple[str, str], ...] = ()
    shared: bool = False
    guest_vlan: bool = False
    index: int | None = None
    tunnel_id: int | None = None

    @property
    def interface(self) -> IPv4Interface:
        return IPv4Interface(self.gateway)


@dataclass(frozen=True)
class CloudNic:
    """`network` is the id of an Org VDC network; None: not connected to any."""

    index: int
    network: str | None
    address: str | None = None
    mode: Literal["DHCP", "MANUAL", "NONE", "POOL"] = "MANUAL"
    connected: bool = True
    mac: str = ""


@dataclass(frozen=True)
class VApp:
    id: str
    name: str
    vdc: str
    description: str = ""


@dataclass(frozen=True)
class CloudVm:
    """`machine` is its uuid in `world.machines`, in the resource vCenter, where its power state is kept."""

    id: str
    name: str
    vapp: str
    machine: str
    storage_profile: str
    nics: tuple[CloudNic, ...] = ()


@dataclass(frozen=True)
class PeerSite:
    """`indexes` are vNIC indexes of subinterfaces, `egress` gateway addresses that are answered locally (6.3)."""

    name: str
    user: str
    password: str
    indexes: tuple[int, ...]
    description: str = ""
    egress: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class L2VpnClientRole:
    """An edge that is the client of another server (6.3)."""

    server_address: str
    server_port: int
    vnic: int
    cipher: str
    user: str
    password: str
    ca_certificate: str | None = None
    egress: tuple[str, ...] = ()


@dataclass(frozen=True)
class L2VpnConfig:
    """Layer 2 VPN of an NSX-V edge: nothing, a server, or a client (6.3)."""

    enabled: bool = False
    logging: bool = False
    log_level: str = "info"
    role: Literal["server", "client"] | None = None
    listener_ip: str = ""
    listener_port: int = 443
    cipher: str = ""
    certificate: str | None = None
    sites: tuple[PeerSite, ...] = ()
    client: L2VpnClientRole | None = None

    def site(self, name: str) -> PeerSite | None:
        return next((s for s in self.sites if s.name == name), None)


@dataclass(frozen=True)
class Stretched:
    """`network` is the id of an Org VDC network."""

    network: str
    tunnel_id: int


@dataclass(frozen=True)
class Tunnel:
    """Of an NSX-T edge; `peer_code` is what a SERVER issued in this version, or what a CLIENT was given (7)."""

    id: str
    edge: str
    name: str
    mode: Literal["SERVER", "CLIENT"]
    local: str
    remote: str
    description: str = ""
    enabled: bool = True
    interface: str = ""
    """The server's own address in the tunnel, with prefix."""
    initiation: Literal["INITIATOR", "RESPOND_ONLY", "ON_DEMAND"] = "INITIATOR"
    pre_shared_key: str = ""
    peer_code: str = ""
    stretched: tuple[Stretched, ...] = ()
    logging: bool = False
    version: int = 1
    failing_deletes: int = 0
    """How often its deletion fails while networks are stretched (7)."""


Named = TypeVar("Named", Organization, Vdc, Edge, OrgVdcNetwork)


@dataclass
class Cloud:
    """One Cloud Director with what it manages."""

    name: str
    backing: Generation
    rights: dict[str, Right] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    bundles: dict[str, Published] = field(default_factory=dict)
    global_roles: dict[str, Published] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    vdcs: dict[str, Vdc] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    networks: dict[str, OrgVdcNetwork] = field(default_factory=dict)
    vapps: dict[str, VApp] = field(default_factory=dict)
    vms: dict[str, CloudVm] = field(default_factory=dict)
    l2vpn: dict[str, L2VpnConfig] = field(default_factory=dict)
    """Of NSX-V edges, by edge id; an edge without an entry has none configured."""
    tunnels: dict[str, Tunnel] = field(default_factory=dict)
    """Of NSX-T edges, by tunnel id."""
    troubles: dict[tuple[str, str | None], str] = field(default_factory=dict)
    """Edge id with peer site or tunnel id (None: all) to the reason why the tunnel is down."""

    def copied(self) -> Cloud:
        """With dictionaries of its own; the values are immutable."""
        own: dict[str, Any] = {}
        for attribute in fields(self):
            value = getattr(self, attribute.name)
            own[attribute.name] = dict(value) if isinstance(value, dict) else value
        return Cloud(**own)

    def organization(self, name: str) -> Organization:
        """KeyError when there is none; upper and lower case are alike for System only (3.3)."""
        wanted = SYSTEM if name.lower() == SYSTEM.lower() else name
        return _named(self.organizations, wanted, "organization")

    def vdc(self, name: str) -> Vdc:
        return _named(self.vdcs, name, "VDC")

    def edge(self, name: str) -> Edge:
        return _named(self.edges, name, "edge gateway")

    def network(self, name: str) -> OrgVdcNetwork:
        return _named(self.networks, name, "network")

    def user(self, name: str, organization: str) -> User | None:
        try:
            wanted = self.organization(organization).id
        except KeyError:
            return None
        return next((u for u in self.users.values() if u.name == name and u.organization == wanted), None)

    def of_vdc(self, vdc: str) -> Iterator[OrgVdcNetwork]:
        return (n for n in self.networks.values() if n.vdc == vdc)

    def of_edge(self, edge: str) -> Iterator[OrgVdcNetwork]:
        return (n for n in self.networks.values() if n.edge == edge)

    def subinterface(self, edge: str, index: int) -> OrgVdcNetwork | None:
        """The network at a vNIC index, if it is connected as subinterface; distributed ones reuse indexes (6.2)."""
        return next((n for n in self.of_edge(edge) if n.kind == "subinterface" and n.index == index), None)

    def tunnels_of(self, edge: str) -> list[Tunnel]:
        return [t for t in self.tunnels.values() if t.edge == edge]

    def vms_of(self, vapp: str) -> list[CloudVm]:
        return [v for v in self.vms.values() if v.vapp == vapp]

    def granted(self, organization: str) -> frozenset[str]:
        """Ids of the rights that an organization has, by itself and by bundles; System has all."""
        if self.organizations[organization].name == SYSTEM:
            return frozenset(self.rights)
        published = (b.rights for b in self.bundles.values() if b.reaches(organization))
        return self.organizations[organization].rights.union(*published)

    def rights_of_role(self, role: Role) -> frozenset[str]:
        """Those of its template where it follows one, as far as its organization has them."""
        rights = self.global_roles[role.template].rights if role.template else role.rights
        return rights & self.granted(role.organization)

    def effective(self, user: User) -> frozenset[str]:
        """Names of the rights that a user has: in the role as well as in the organization (4.1)."""
        return frozenset(self.rights[r].name for r in self.rights_of_role(self.roles[user.role]))


def _named(values: dict[str, Named], name: str, kind: str) -> Named:
    for value in values.values():
        if value.name == name:
            return value
    raise KeyError(f"no {kind} {name}")


def new_id() -> str:
    return str(uuid4())
