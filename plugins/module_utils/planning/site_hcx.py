# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `hcx` of a site sheet: the site's HCX manager, and what it shall have up to a service mesh.

Both ends of a mesh are sites with a sheet each. The one that initiates, normally the connector, has `pairing` and
`service_mesh`; the other has neither. What concerns several parts at once is in `site_hcx_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .address_plan import Range
from .sheet_fields import Section
from .sheet_names import HOST_NAME, OBJECT_NAME, OBJECT_NAME_WORDS
from .site_login import Login

# As HCX writes them; INTERCONNECT comes by itself. (HCX reference 10, 11)
SERVICES = (
    "WANOPT",
    "VMOTION",
    "BULK_MIGRATION",
    "RAV",
    "NETWORK_EXTENSION",
    "DISASTER_RECOVERY",
    "SRM",
    "HCX_ASSISTED_VMOTION",
)
ROLES = ("management", "uplink", "vmotion", "replication", "guest")
NETWORK_TYPES = ("DistributedVirtualPortgroup", "NsxtSegment")

MTU = (68, 9000)
PERCENT = (0, 100)
# Beyond what a vCenter holds; these only catch slips of the finger.
NETWORKS = (1, 10_000)
BANDWIDTH = (1, 1_000_000_000)

URL = re.compile(r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?/?")
FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")

OWN_PASSWORD = "the environment (HCX_PASSWORD)"
REMOTE_PASSWORD = (
    "an environment variable of your choice; either way the site's variable hcx_remote_password must give it"
)


@dataclass(frozen=True)
class NetworkProfile:
    """Addresses of one network for appliances, and what they are for.

    `network` None and no `roles` are left to the facts of the hosts.
    """

    name: str
    network: str | None
    network_type: str | None
    roles: tuple[str, ...]
    cidr: IPv4Network | None
    gateway: IPv4Address | None
    ranges: tuple[Range, ...]
    mtu: int | None
    over_vpn: bool
    dns_servers: tuple[IPv4Address, ...]
    dns_suffix: str | None

    @classmethod
    def read(cls, name: str, section: Section) -> NetworkProfile:
        section.require("cidr", "ranges")
        typed = section.given("network_type")
        found = cls(
            name=name,
            network=section.text("network", OBJECT_NAME, OBJECT_NAME_WORDS),
            network_type=section.choice("network_type", NETWORK_TYPES, "") if typed else None,
            roles=section.choices("roles", ROLES),
            cidr=section.network("cidr"),
            gateway=section.address("gateway"),
            ranges=section.exclusions("ranges"),
            mtu=section.integer("mtu", *MTU),
            over_vpn=section.flag("over_vpn", False),
            dns_servers=section.address_list("dns_servers"),
            dns_suffix=section.text("dns_suffix", HOST_NAME, "a domain name"),
        )
        if not section.given("network") and "uplink" in found.roles:
            section.problem("network", "is missing, and the hosts know nothing of uplinks")
        section.close()
        return found


@dataclass(frozen=True)
class ComputeProfile:
    """What the site offers, and where appliances are put; the clusters of the sheet where nothing else is said."""

    name: str
    services: tuple[str, ...]
    clusters: tuple[str, ...]
    deployment_clusters: tuple[str, ...]
    resource_pool: str | None
    datastores: tuple[str, ...]
    folder: str | None
    cpu_reservation: int | None
    memory_reservation: int | None
    switches: tuple[str, ...]

    @classmethod
    def read(cls, section: Section, clusters: Sequence[str]) -> ComputeProfile:
        section.require("name", "services", "datastores")
        served = section.texts("clusters", OBJECT_NAME, OBJECT_NAME_WORDS) or tuple(clusters)
        pool = section.text("resource_pool", OBJECT_NAME, OBJECT_NAME_WORDS)
        chosen = section.texts("deployment_clusters", OBJECT_NAME, OBJECT_NAME_WORDS)
        if pool and chosen:
            section.problem("resource_pool", "cannot be combined with deployment_clusters; it is in one of them")
        found = cls(
            name=section.text("name", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            services=section.choices("services", SERVICES),
            clusters=served,
            deployment_clusters=() if pool else chosen or served,
            resource_pool=pool,
            datastores=section.texts("datastores", OBJECT_NAME, OBJECT_NAME_WORDS),
            folder=section.text("folder", OBJECT_NAME, OBJECT_NAME_WORDS),
            cpu_reservation=section.integer("cpu_reservation", *PERCENT),
            memory_reservation=section.integer("memory_reservation", *PERCENT),
            switches=section.texts("switches", OBJECT_NAME, OBJECT_NAME_WORDS),
        )
        section.close()
        return found


@dataclass(frozen=True)
class Pairing:
    """The remote manager; its password comes from the variable `hcx_remote_password`."""

    remote_url: str
    remote_username: str
    certificate_fingerprint: str | None

    @classmethod
    def read(cls, section: Section) -> Pairing:
        section.require("remote_url", "remote_username")
        found = cls(
            remote_url=section.text("remote_url", URL, "an address such as https://hcx-cloud.example.com") or "",
            remote_username=section.text("remote_username") or "",
            certificate_fingerprint=section.text(
                "certificate_fingerprint", FINGERPRINT, "a SHA-256 fingerprint, 64 hexadecimal digits"
            ),
        )
        section.close(REMOTE_PASSWORD)
        return found


@dataclass(frozen=True)
class SwitchPair:
    """A switch of each site, and how many networks are extended between them."""

    local: str
    remote: str
    networks: int

    @classmethod
    def read(cls, section: Section) -> SwitchPair:
        section.require("local", "remote", "networks")
        found = cls(
            local=section.text("local", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            remote=section.text("remote", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            networks=section.integer("networks", *NETWORKS) or 0,
        )
        section.close()
        return found


@dataclass(frozen=True)
class ServiceMesh:
    """The mesh with the paired site; `services` are those of the compute profile where nothing else is said."""

    name: str
    remote_compute_profile: str
    services: tuple[str, ...]
    uplinks: tuple[str, ...]
    remote_uplinks: tuple[str, ...]
    switch_pairs: tuple[SwitchPair, ...]
    wan_optimization_bandwidth: int | None
    application_path_resiliency: bool | None
    tcp_flow_conditioning: bool | None

    @classmethod
    def read(cls, section: Section, services: tuple[str, ...]) -> ServiceMesh:
        section.require("name", "remote_compute_profile")
        found = cls(
            name=section.text("name", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            remote_compute_profile=section.text("remote_compute_profile", OBJECT_NAME, OBJECT_NAME_WORDS) or "",
            services=section.choices("services", SERVICES) or services,
            uplinks=section.texts("uplinks", OBJECT_NAME, OBJECT_NAME_WORDS),
            remote_uplinks=section.texts("remote_uplinks", OBJECT_NAME, OBJECT_NAME_WORDS),
            switch_pairs=tuple(SwitchPair.read(part) for part in section.sections("switch_pairs")),
            wan_optimization_bandwidth=section.integer("wan_optimization_bandwidth", *BANDWIDTH),
            application_path_resiliency=_stated_flag(section, "application_path_resiliency"),
            tcp_flow_conditioning=_stated_flag(section, "tcp_flow_conditioning"),
        )
        section.close()
        return found


def _stated_flag(section: Section, key: str) -> bool | None:
    return section.flag(key, False) if section.given(key) else None


@dataclass(frozen=True)
class Hcx:
    """A part that the sheet leaves out is None, and is left alone."""

    manager: Login
    network_profiles: tuple[NetworkProfile, ...]
    compute_profile: ComputeProfile | None
    pairing: Pairing | None
    service_mesh: ServiceMesh | None

    @classmethod
    def read(cls, section: Section, clusters: Sequence[str]) -> Hcx:
        """`clusters` are the names of the sheet's clusters."""
        section.require("manager")
        manager, compute = section.section("manager"), section.section("compute_profile")
        pairing, mesh = section.section("pairing"), section.section("service_mesh")
        compute_profile = ComputeProfile.read(compute, clusters) if compute else None
        found = cls(
            manager=Login.read_all(manager, OWN_PASSWORD),
            network_profiles=tuple(
                NetworkProfile.read(name, part) for name, part in section.named_sections("network_profiles")
            ),
            compute_profile=compute_profile,
            pairing=Pairing.read(pairing) if pairing else None,
            service_mesh=ServiceMesh.read(mesh, compute_profile.services if compute_profile else ()) if mesh else None,
        )
        section.close()
        return found
