# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mesh is planned from, as checked data: both sites, services, networks to extend.

One class per part; each reads itself from a `Section`, which collects every problem. What concerns several parts at
once is in `hcx_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from . import hcx_checks
from .address_plan import Range
from .hcx_limits import Figures, read_overrides
from .hcx_roles import MANAGEMENT, REPLICATION, ROLES, UPLINK, VMOTION
from .hcx_services import SERVICES
from .host_paths import flaw_of
from .problems import Problems
from .sheet_fields import Section

CONNECTOR, CLOUD = MANAGER_TYPES = ("connector", "cloud")
DISTRIBUTED = "distributed"
NETWORK_KINDS = (DISTRIBUTED, "segment", "standard", "vmkernel", "private_vlan", "ephemeral")
IKE, SSH, LEGACY_SSO = OPTIONAL_ROWS = ("ike", "ssh", "legacy_sso")
# The remote switch of networks that name none: what the remote site's compute profile has.
ANY_REMOTE_SWITCH = "remote switch"

# The bounds of a network profile in the API. (HCX reference 9)
MTU = (68, 9000)
VLAN = (0, 4094)
MBIT = (1, 1_000_000)

OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
HOST = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}|(?![\d.]+$)[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?")
HOST_WORDS = "an IPv4 address or a host name"
# A manager behind an address translation may be at a port of its own.
MANAGER = re.compile(rf"(?:{HOST.pattern})(?::\d{{1,5}})?")
MANAGER_WORDS = f"{HOST_WORDS}, with a port where it is not 443"
VERSION = re.compile(r"\d{1,3}(?:\.\d{1,9}){1,3}")


@dataclass(frozen=True)
class Profile:
    """A network profile: where appliances get addresses from. `network` is its port group or segment."""

    name: str
    roles: tuple[str, ...]
    network: str | None
    cidr: IPv4Network | None
    ranges: tuple[Range, ...]
    gateway: IPv4Address | None
    stated_mtu: int | None
    vpn: bool

    @classmethod
    def read(cls, section: Section) -> Profile:
        section.require("name", "roles", "cidr", "ranges")
        profile = cls(
            name=section.text("name") or "",
            roles=section.choices("roles", ROLES),
            network=section.text("network"),
            cidr=section.network("cidr"),
            ranges=section.exclusions("ranges"),
            gateway=section.address("gateway"),
            stated_mtu=section.integer("mtu", *MTU),
            vpn=section.flag("vpn", False),
        )
        hcx_checks.check_profile(profile, section)
        section.close()
        return profile


@dataclass(frozen=True)
class Site:
    """One side of the mesh. `esxi` holds the stated networks of its hosts by traffic, `hosts` the facts of them."""

    key: str
    name: str
    manager: str
    manager_type: str
    vcenter: str
    nsx: tuple[str, ...]
    dns: tuple[str, ...]
    ntp: tuple[str, ...]
    syslog: tuple[str, ...]
    admins: tuple[Range, ...]
    esxi: Mapping[str, tuple[Range, ...]]
    hosts: tuple[Mapping[str, Any], ...]
    profiles: tuple[Profile, ...]

    @classmethod
    def read(cls, section: Section, default_type: str) -> Site:
        section.require("name", "manager", "vcenter", "network_profiles")
        site = cls(
            key=section.path,
            name=section.text("name") or "",
            manager=section.text("manager", MANAGER, MANAGER_WORDS) or "",
            manager_type=section.choice("manager_type", MANAGER_TYPES, default_type),
            vcenter=section.text("vcenter", HOST, HOST_WORDS) or "",
            nsx=section.texts("nsx", HOST, HOST_WORDS),
            dns=section.texts("dns", HOST, HOST_WORDS),
            ntp=section.texts("ntp", HOST, HOST_WORDS),
            syslog=section.texts("syslog", HOST, HOST_WORDS),
            admins=section.exclusions("admin_networks"),
            esxi=_read_esxi_networks(section),
            hosts=_read_hosts(section),
            profiles=tuple(Profile.read(part) for part in section.sections("network_profiles")),
        )
        hcx_checks.check_site(site, section)
        section.close()
        return site

    def with_role(self, role: str) -> list[Profile]:
        """The profiles of a role; those of management where no profile has it. (HCX reference 10)"""
        found = [profile for profile in self.profiles if role in profile.roles]
        return found or [profile for profile in self.profiles if MANAGEMENT in profile.roles]

    def mtu(self, profile: Profile, figures: Figures) -> int:
        """The profile's MTU, by default what fits through a VPN or else that of Ethernet."""
        if profile.stated_mtu is not None:
            return profile.stated_mtu
        return figures["uplink_mtu_over_vpn"] if self.crosses_vpn(profile) else 1500

    def crosses_vpn(self, profile: Profile) -> bool:
        return profile.vpn and profile in self.with_role(UPLINK)


def _read_esxi_networks(section: Section) -> dict[str, tuple[Range, ...]]:
    networks = section.section("esxi_networks")
    if networks is None:
        return {}
    found = {role: networks.exclusions(role) for role in (MANAGEMENT, VMOTION, REPLICATION)}
    networks.close()
    return {role: ranges for role, ranges in found.items() if ranges}


def _read_hosts(section: Section) -> tuple[Mapping[str, Any], ...]:
    """The facts as a module returned them."""
    hosts: Sequence[Mapping[str, Any]] = section.content["hosts"] if section.given("hosts") else ()
    for number, facts in enumerate(hosts):
        if flaw := flaw_of(facts):
            section.problem(f"hosts[{number}]", f"is no host as esxi_vmkernel_info returns it: {flaw}")
    return tuple(hosts)


@dataclass(frozen=True)
class ExtendedNetwork:
    """A network that gets a second home; `router` is the remote one that becomes its gateway there."""

    name: str
    kind: str
    switch: str
    remote_switch: str
    vlan: int | None
    router: str | None

    @classmethod
    def read(cls, section: Section) -> ExtendedNetwork:
        section.require("name", "switch")
        network = cls(
            name=section.text("name") or "",
            kind=section.choice("kind", NETWORK_KINDS, DISTRIBUTED),
            switch=section.text("switch") or "",
            remote_switch=section.text("remote_switch") or ANY_REMOTE_SWITCH,
            vlan=section.integer("vlan", *VLAN),
            router=section.text("router"),
        )
        section.close()
        return network


@dataclass(frozen=True)
class Request:
    local: Site
    remote: Site
    services: tuple[str, ...]
    ha: bool
    networks: tuple[ExtendedNetwork, ...]
    version: tuple[int, ...] | None
    offline_licensing: bool
    optional_rows: tuple[str, ...]
    underlay_mbit: int | None
    figures: Figures

    @property
    def sites(self) -> tuple[Site, Site]:
        return self.local, self.remote


def parse(options: Mapping[str, Any]) -> Request:
    """The request in the options of the module `hcx_plan`. Raises Problems with every problem in them."""
    problems: list[str] = []
    section = Section(options, "", problems)
    section.require("local", "remote", "services")
    sites = [
        Site.read(part, kind)
        for part, kind in ((section.section("local"), CONNECTOR), (section.section("remote"), CLOUD))
        if part is not None
    ]
    limits = section.section("limits")
    services = section.choices("services", SERVICES)
    ha = section.flag("network_extension_ha", False)
    networks = tuple(ExtendedNetwork.read(part) for part in section.sections("extended_networks"))
    version = section.text("hcx_version", VERSION, "a version such as 4.11.2")
    offline = section.flag("offline_licensing", False)
    rows = section.choices("optional_rows", OPTIONAL_ROWS)
    mbit = section.integer("underlay_mbit", *MBIT)
    figures = Figures(read_overrides(limits) if limits else {})
    section.close()
    hcx_checks.check_request(services, ha, networks, section)
    if len(sites) == 2:
        hcx_checks.check_pair(sites[0], sites[1], section)
    if problems:
        raise Problems(problems)
    numbers = tuple(int(part) for part in version.split(".")) if version else None
    return Request(sites[0], sites[1], services, ha, networks, numbers, offline, rows, mbit, figures)
