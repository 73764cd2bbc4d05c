# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `cloud_director` of a site sheet: the tenant that a site's machines move to, and how it is connected.

`networks` are those of the Org VDC; `l2vpn`, `appliance` and `stretched` belong together and make networks of the site
reach into it; `availability` is where migrations are ordered. What concerns several parts at once is in
`site_cloud_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .address_plan import Range
from .sheet_fields import Section
from .sheet_names import HOST_NAME, OBJECT_NAME, OBJECT_NAME_WORDS
from .site_login import Login

GENERATIONS = ("nsx_v", "nsx_t")
ROLE_SCOPES = ("org", "global", "none")
# Those that are not weak. (VCD reference 6.3)
CIPHERS = ("AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA")
VLAN = (1, 4094)

INTERFACE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

DIRECTOR_PASSWORD = "the environment (VCD_PASSWORD)"
EDGE_PASSWORD = "the environment (EDGE_PASSWORD)"
AVAILABILITY_PASSWORD = "the environment (VCDA_PASSWORD)"
L2VPN_SECRET = (
    "an environment variable of your choice; either way the site's variable dc_extension_password (NSX-V) or "
    "dc_extension_pre_shared_key (NSX-T) must give it"
)
PROPERTY_SECRET = "a variable that the property names with `secret`"


@dataclass(frozen=True)
class Director:
    """The tenant's login, and the provider's user for what a tenant may not do."""

    login: Login
    provider_username: str | None

    @classmethod
    def read(cls, section: Section | None) -> Director:
        if section is None:
            return cls(Login(), None)
        found = cls(Login.read(section), section.text("provider_username"))
        section.close(DIRECTOR_PASSWORD)
        return found


@dataclass(frozen=True)
class OrgNetwork:
    """A routed network of the Org VDC."""

    name: str
    cidr: IPv4Network | None
    gateway: IPv4Address | None
    ranges: tuple[Range, ...]
    dns_servers: tuple[IPv4Address, ...]
    dns_suffix: str | None
    description: str | None

    @classmethod
    def read(cls, name: str, section: Section) -> OrgNetwork:
        section.require("cidr", "gateway")
        found = cls(
            name=name,
            cidr=section.network("cidr"),
            gateway=section.address("gateway"),
            ranges=section.exclusions("ranges"),
            dns_servers=section.address_list("dns_servers"),
            dns_suffix=section.text("dns_suffix", HOST_NAME, "a domain name"),
            description=section.text("description"),
        )
        section.close()
        return found


@dataclass(frozen=True)
class L2Vpn:
    """The server's end, on the edge gateway. User and cipher are of NSX-V, the other two addresses of NSX-T."""

    name: str
    address: IPv4Address | None
    user: str | None
    cipher: str | None
    remote_address: IPv4Address | None
    tunnel_interface: str | None

    @classmethod
    def read(cls, section: Section) -> L2Vpn:
        section.require("name", "address")
        chosen = section.given("cipher")
        found = cls(
            name=section.text("name", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            address=section.address("address"),
            user=section.text("user"),
            cipher=section.choice("cipher", CIPHERS, "") if chosen else None,
            remote_address=section.address("remote_address"),
            tunnel_interface=section.text("tunnel_interface", INTERFACE, "an address with its prefix length"),
        )
        section.close(L2VPN_SECRET)
        return found


@dataclass(frozen=True)
class Property:
    """An OVF property of the edge's template: a plain value, or the name of the variable that holds its secret."""

    id: str
    value: str | None
    secret: str | None

    @classmethod
    def read(cls, section: Section) -> Property:
        section.require("id")
        found = cls(
            id=section.text("id") or "",
            value=section.text("value"),
            secret=section.text("secret", VARIABLE, "the name of a variable"),
        )
        if section.given("value") == section.given("secret"):
            section.problem(None, "needs either value or secret")
        section.close(PROPERTY_SECRET)
        return found


@dataclass(frozen=True)
class Appliance:
    """The client's end: an edge at the site, deployed from a template or, without one, already there."""

    name: str
    cluster: str | None
    datastore: str | None
    folder: str | None
    template: str | None
    accept_eula: bool
    mappings: Mapping[str, str]
    properties: tuple[Property, ...]
    addresses: tuple[IPv4Address, ...]
    cidr: IPv4Network | None
    gateway: IPv4Address | None
    trunk: str
    switch: str
    edge: Login | None

    @classmethod
    def read(cls, section: Section, clusters: Sequence[str]) -> Appliance:
        section.require("name", "addresses", "cidr", "gateway", "trunk", "switch")
        edge = section.section("edge")
        cluster = section.text("cluster", OBJECT_NAME, OBJECT_NAME_WORDS)
        found = cls(
            name=section.text("name", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            cluster=cluster or (clusters[0] if clusters else None),
            datastore=section.text("datastore", OBJECT_NAME, OBJECT_NAME_WORDS),
            folder=section.text("folder", OBJECT_NAME, OBJECT_NAME_WORDS),
            template=section.text("template", OBJECT_NAME, OBJECT_NAME_WORDS),
            accept_eula=section.flag("accept_eula", False),
            mappings=section.texts_by_name("mappings"),
            properties=tuple(Property.read(part) for part in section.sections("properties")),
            addresses=section.address_list("addresses"),
            cidr=section.network("cidr"),
            gateway=section.address("gateway"),
            trunk=section.text("trunk", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            switch=section.text("switch", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            edge=Login.read_all(edge, EDGE_PASSWORD) if edge else None,
        )
        section.close()
        return found


@dataclass(frozen=True)
class Stretched:
    """A port group of the site that becomes one layer 2 network with a network of the Org VDC."""

    source: str
    vlan: int
    network: str
    egress_gateway: IPv4Address | None

    @classmethod
    def read(cls, section: Section) -> Stretched:
        section.require("source", "vlan", "network")
        found = cls(
            source=section.text("source", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            vlan=section.integer("vlan", *VLAN) or 0,
            network=section.text("network", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            egress_gateway=section.address("egress_gateway"),
        )
        section.close()
        return found


@dataclass(frozen=True)
class Availability:
    """Cloud Director Availability: where migrations of the site's machines are ordered, and under which site names."""

    login: Login
    source_username: str | None
    source_site: str
    cloud_site: str
    storage_profile: str | None

    @classmethod
    def read(cls, section: Section) -> Availability:
        section.require("source_site", "cloud_site")
        found = cls(
            login=Login.read(section),
            source_username=section.text("source_username"),
            source_site=section.text("source_site", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            cloud_site=section.text("cloud_site", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            storage_profile=section.text("storage_profile", OBJECT_NAME, OBJECT_NAME_WORDS),
        )
        if found.login.username and "@" not in found.login.username:
            section.problem("username", f'is "{found.login.username}", but must name its organization, as admin@acme')
        section.close(AVAILABILITY_PASSWORD)
        return found


@dataclass(frozen=True)
class CloudDirector:
    """A part that the sheet leaves out is None or empty, and is left alone."""

    director: Director
    organization: str
    vdc: str
    edge_gateway: str | None
    generation: str
    role_scope: str
    networks: tuple[OrgNetwork, ...]
    l2vpn: L2Vpn | None
    appliance: Appliance | None
    stretched: tuple[Stretched, ...]
    availability: Availability | None

    @classmethod
    def read(cls, section: Section, clusters: Sequence[str]) -> CloudDirector:
        """`clusters` are the names of the sheet's clusters."""
        section.require("director", "organization", "vdc", "generation")
        l2vpn, appliance = section.section("l2vpn"), section.section("appliance")
        availability = section.section("availability")
        found = cls(
            director=Director.read(section.section("director")),
            organization=section.text("organization", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            vdc=section.text("vdc", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            edge_gateway=section.text("edge_gateway", OBJECT_NAME, OBJECT_NAME_WORDS),
            generation=section.choice("generation", GENERATIONS, GENERATIONS[0]),
            role_scope=section.choice("role_scope", ROLE_SCOPES, ROLE_SCOPES[0]),
            networks=tuple(OrgNetwork.read(name, part) for name, part in section.named_sections("networks")),
            l2vpn=L2Vpn.read(l2vpn) if l2vpn else None,
            appliance=Appliance.read(appliance, clusters) if appliance else None,
            stretched=tuple(Stretched.read(part) for part in section.sections("stretched")),
            availability=Availability.read(availability) if availability else None,
        )
        section.close()
        return found
