# SPDX-License-Identifier: GPL-3.0-or-later
"""The site sheet: what a migration engineer writes about one site, as checked data.

One class per section of the sheet; each reads itself from a `Section` and reports its own problems. What concerns
several sections at once is in `site_checks`. A new section is a new class and one line in `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from . import site_checks, site_cloud_checks, site_hcx_checks
from .address_plan import Pool, Range
from .carriers import DEFAULT_STACK
from .problems import Problems
from .sheet_fields import Section
from .sheet_names import HOST_NAME, HOST_NAME_WORDS, OBJECT_NAME, OBJECT_NAME_WORDS
from .site_cloud import CloudDirector
from .site_hcx import Hcx
from .site_login import Login

SYSTEM_STACKS = ("hyperbus", "mirror", "ops", "vnetworking", "vxlan")
SERVICES = (
    "management",
    "vmotion",
    "vSphereProvisioning",
    "vSphereReplication",
    "vSphereReplicationNFC",
    "faultToleranceLogging",
    "vsan",
    "vsanWitness",
    "nvmeTcp",
    "nvmeRdma",
    "vSphereBackupNFC",
)
# Stack and services of the networks with a well-known role, used where the sheet says nothing else.
ROLES = {
    "vmotion": ("vmotion", ("vmotion",)),
    "provisioning": ("vSphereProvisioning", ("vSphereProvisioning",)),
    "replication": (DEFAULT_STACK, ("vSphereReplication", "vSphereReplicationNFC")),
}
PING_PATTERNS = ("ring", "all_pairs", "none")
CONGESTION_CONTROLS = ("newreno", "cubic")

MTU = (1280, 9000)
VLAN = (0, 4094)
# A host carries connections in the thousands; the upper bound only catches slips of the finger.
CONNECTIONS = (1, 1_000_000)
HOSTS_OF_A_PATTERN = (1, 2000)

SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
RESERVED_SITE_NAMES = ("all", "localhost", "sites", "ungrouped")
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
HOST_PATTERN = re.compile(r"[A-Za-z0-9.-]*\{(?::0?\d?d)?\}[A-Za-z0-9.-]*")
DEVICE = re.compile(r"vmk\d{1,3}")


@dataclass(frozen=True)
class Cluster:
    """A cluster and those of its hosts that are prepared; without `hosts` all of them are."""

    name: str
    hosts: tuple[str, ...]

    @classmethod
    def read(cls, section: Section) -> Cluster:
        section.require("name")
        name = section.text("name", OBJECT_NAME, OBJECT_NAME_WORDS) or ""
        if isinstance(section.content.get("hosts"), Mapping):
            hosts = cls._numbered(section.section("hosts"))
        else:
            hosts = section.texts("hosts", HOST_NAME, HOST_NAME_WORDS)
        section.close()
        return cls(name, hosts)

    @staticmethod
    def _numbered(section: Section | None) -> tuple[str, ...]:
        """The hosts of `{pattern: "esx-{:02d}.example", first: 1, count: 32}`."""
        if section is None:
            return ()
        section.require("pattern", "count")
        pattern = section.text("pattern", HOST_PATTERN, "a host name with one place for the number, {} or {:02d}")
        first = section.integer("first", 0, 99_999)
        count = section.integer("count", *HOSTS_OF_A_PATTERN)
        section.close()
        if not pattern or not count:
            return ()
        start = 1 if first is None else first
        return tuple(pattern.format(number) for number in range(start, start + count))


@dataclass(frozen=True)
class Network:
    """One VMkernel network of the site: every host of the sheet gets one adapter on it."""

    name: str
    portgroup: str
    switch: str | None
    device: str | None
    stack: str
    services: tuple[str, ...]
    vlan: int | None
    mtu: int | None
    cidr: IPv4Network | None
    gateway: IPv4Address | None
    dhcp: bool
    first: IPv4Address | None
    last: IPv4Address | None
    exclude: tuple[Range, ...]
    explicit: Mapping[str, IPv4Address]

    @classmethod
    def read(cls, name: str, section: Section) -> Network:
        stack, services = ROLES.get(name, (DEFAULT_STACK, ()))
        section.require("portgroup")
        network = cls(
            name=name,
            portgroup=section.text("portgroup", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            switch=section.text("switch", OBJECT_NAME, OBJECT_NAME_WORDS),
            device=section.text("device", DEVICE, "a VMkernel adapter such as vmk1"),
            stack=section.text("stack") or stack,
            services=section.choices("services", SERVICES) if section.given("services") else services,
            vlan=section.integer("vlan", *VLAN),
            mtu=section.integer("mtu", *MTU),
            cidr=section.network("cidr"),
            gateway=section.address("gateway"),
            dhcp=section.flag("dhcp", False),
            first=section.address("first"),
            last=section.address("last"),
            exclude=section.exclusions("exclude"),
            explicit=section.addresses_by_host("addresses"),
        )
        site_checks.check_addressing(network, section)
        section.close()
        return network

    @property
    def pool(self) -> Pool | None:
        """Where the hosts' addresses come from; None when DHCP gives them."""
        if self.cidr is None or self.dhcp:
            return None
        return Pool(self.cidr, self.gateway, self.first, self.last, self.exclude)


@dataclass(frozen=True)
class Route:
    network: IPv4Network
    gateway: IPv4Address

    @classmethod
    def read(cls, section: Section) -> Route | None:
        section.require("network", "gateway")
        network, gateway = section.network("network"), section.address("gateway")
        section.close()
        if network is None or gateway is None:
            return None
        if network.prefixlen == 0:
            section.problem("network", "is 0.0.0.0/0; state the default gateway as the gateway of the stack's network")
        return cls(network, gateway)


@dataclass(frozen=True)
class Dns:
    servers: tuple[str, ...]
    search_domains: tuple[str, ...]
    domain: str | None

    @classmethod
    def read(cls, section: Section) -> Dns:
        found = cls(
            servers=tuple(str(server) for server in section.address_list("servers")),
            search_domains=section.texts("search_domains", HOST_NAME, "a domain name"),
            domain=section.text("domain", HOST_NAME, "a domain name"),
        )
        section.close()
        return found


@dataclass(frozen=True)
class Stack:
    """Settings of a TCP/IP stack; one with a name of its own is created."""

    name: str
    routes: tuple[Route, ...]
    dns: Dns | None
    congestion_control: str | None
    max_connections: int | None

    @classmethod
    def read(cls, name: str, section: Section) -> Stack:
        if name in SYSTEM_STACKS:
            section.problem(None, "belongs to the system or to NSX and cannot be prepared by a sheet")
        elif not STACK_NAME.fullmatch(name):
            section.problem(None, "is no name for a stack; use a letter, then letters, digits, hyphens, underscores")
        routes = [Route.read(part) for part in section.sections("routes")]
        dns = section.section("dns")
        algorithm = section.given("congestion_control")
        stack = cls(
            name=name,
            routes=tuple(route for route in routes if route),
            dns=Dns.read(dns) if dns else None,
            congestion_control=section.choice("congestion_control", CONGESTION_CONTROLS, "") if algorithm else None,
            max_connections=section.integer("max_connections", *CONNECTIONS),
        )
        section.close()
        return stack


@dataclass(frozen=True)
class Verification:
    """How reachability is proved after the change."""

    vmkping: bool = True
    pattern: str = "ring"

    @classmethod
    def read(cls, section: Section) -> Verification:
        found = cls(section.flag("vmkping", True), section.choice("pattern", PING_PATTERNS, "ring"))
        section.close()
        return found


@dataclass(frozen=True)
class Site:
    name: str
    vcenter: Login
    datacenter: str
    clusters: tuple[Cluster, ...]
    networks: tuple[Network, ...]
    other_networks: Mapping[str, IPv4Network]
    stacks: tuple[Stack, ...]
    verification: Verification
    hcx: Hcx | None
    cloud_director: CloudDirector | None
    # By network name, then by host; networks with DHCP are not in it.
    addresses: Mapping[str, Mapping[str, IPv4Interface]]

    @property
    def hosts(self) -> list[str]:
        return [host for cluster in self.clusters for host in cluster.hosts]


def parse(sheet: object) -> Site:
    """The site of one sheet, as YAML or a CSV row gives it. Raises Problems with every problem of the sheet."""
    problems: list[str] = []
    section = Section(sheet, "", problems)
    section.require("site", "vcenter", "datacenter", "clusters", "networks")
    name = section.text("site", SITE_NAME, "at most 63 letters, digits, hyphens and underscores") or ""
    if name in RESERVED_SITE_NAMES:
        section.problem("site", f'is "{name}", a name that Ansible uses itself')
    vcenter, verification = section.section("vcenter"), section.section("verification")
    datacenter = section.text("datacenter", OBJECT_NAME, OBJECT_NAME_WORDS) or ""
    so_far = len(problems)
    clusters = tuple(Cluster.read(part) for part in section.sections("clusters"))
    hosts_are_known = len(problems) == so_far
    networks = tuple(Network.read(key, part) for key, part in section.named_sections("networks"))
    others = section.networks_by_name("other_networks")
    stacks = tuple(Stack.read(key, part) for key, part in section.named_sections("stacks"))
    site_vcenter = Login.read_all(vcenter, "the environment (VMWARE_PASSWORD)")
    site_verification = Verification.read(verification) if verification else Verification()
    hcx_part = section.section("hcx")
    hcx = Hcx.read(hcx_part, [cluster.name for cluster in clusters]) if hcx_part else None
    cloud_part = section.section("cloud_director")
    cloud = CloudDirector.read(cloud_part, [cluster.name for cluster in clusters]) if cloud_part else None
    section.close()
    problems += site_checks.check_site(clusters, networks, others, stacks)
    addresses = site_checks.give_addresses(clusters, networks, problems) if hosts_are_known else {}
    if hcx:
        problems += site_hcx_checks.check(hcx, addresses)
    if cloud:
        problems += site_cloud_checks.check(cloud)
    if problems:
        raise Problems(problems)
    return Site(
        name=name,
        vcenter=site_vcenter,
        datacenter=datacenter,
        clusters=clusters,
        networks=networks,
        other_networks=others,
        stacks=stacks,
        verification=site_verification,
        hcx=hcx,
        cloud_director=cloud,
        addresses=addresses,
    )


def parse_all(sheets: Iterable[Mapping[str, Any]]) -> list[Site]:
    """The sites of several sheets; problems name the site they belong to. Two sheets for one site are refused."""
    sites: list[Site] = []
    problems: list[str] = []
    for number, sheet in enumerate(sheets, start=1):
        label = sheet.get("site") if isinstance(sheet, Mapping) else None
        try:
            site = parse(sheet)
        except Problems as found:
            problems += [f"Site {label or f'number {number}'}: {sentence}" for sentence in found.sentences]
            continue
        if site.name.lower() in (known.name.lower() for known in sites):
            problems.append(f"Site {site.name}: this name is used by more than one sheet.")
        sites.append(site)
    if problems:
        raise Problems(problems)
    return sites
