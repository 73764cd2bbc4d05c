# SPDX-License-Identifier: GPL-3.0-or-later
"""How many addresses every network profile must give, and whether its ranges hold them.

An appliance takes one address from every profile that its compute profile uses, whatever the number of roles the
profile has there; the manager has an address in the management network that must not come from a range.
(HCX reference 9; user guide 4.10, network profiles; the address of a WO is inferred)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from itertools import combinations, product
from typing import Any

from . import hcx_ranges
from .address_plan import Range
from .hcx_appliances import IX, NE, WO
from .hcx_hosts import EsxiHosts
from .hcx_limits import Figures
from .hcx_request import Profile, Site
from .hcx_roles import MANAGEMENT, UPLINK

# The roles by which an appliance comes to a profile; IX uses every profile that there is.
USES = {NE: (MANAGEMENT, UPLINK), WO: (MANAGEMENT,)}


@dataclass(frozen=True)
class Clash:
    """What is wrong with some addresses of a profile; `lost` are those that nobody can get because of it."""

    sentence: str
    lost: Range | None = None


def addresses(site: Site, hosts: EsxiHosts, mesh: Mapping[str, int], figures: Figures) -> list[dict[str, Any]]:
    """One row per network profile of the site; `mesh` counts the appliances of its side by type."""
    rows = []
    for profile in site.profiles:
        needed = needs(site, profile, mesh)
        clashes = list(_clashes(profile, site, hosts))
        available = hcx_ranges.size(profile.ranges) - hcx_ranges.size(clash.lost for clash in clashes if clash.lost)
        count = sum(needed.values())
        rows.append(
            {
                "site": site.name,
                "profile": profile.name,
                "roles": list(profile.roles),
                "cidr": str(profile.cidr),
                "gateway": str(profile.gateway) if profile.gateway else None,
                "ranges": [hcx_ranges.span(found) for found in hcx_ranges.merged(profile.ranges)],
                "mtu": site.mtu(profile, figures),
                "mtu_reason": _mtu_reason(site, profile),
                "needed": needed,
                "from_ranges": count,
                "outside_ranges": int(MANAGEMENT in profile.roles),
                "available": available,
                "missing": max(0, count - available),
                "clashes": [clash.sentence for clash in clashes],
                "fits": available >= count and not clashes,
            }
        )
    return rows


def needs(site: Site, profile: Profile, mesh: Mapping[str, int]) -> dict[str, int]:
    """Addresses that the profile gives, by type of appliance."""
    found = {}
    for kind, count in mesh.items():
        wanted = [used for role in USES.get(kind, ()) for used in site.with_role(role)]
        if kind == IX or profile in wanted:
            found[kind] = count
    return {kind: found[kind] for kind in (IX, WO, NE) if kind in found}


def _mtu_reason(site: Site, profile: Profile) -> str:
    if profile.stated_mtu is not None:
        return "stated"
    return "default of an uplink over VPN" if site.crosses_vpn(profile) else "default"


def _clashes(profile: Profile, site: Site, hosts: EsxiHosts) -> Iterator[Clash]:
    """What in the profile's ranges belongs to somebody else or is there twice, each with a sentence."""
    for owner, address in _taken(profile, site, hosts):
        for found in profile.ranges:
            if lost := hcx_ranges.shared(found, hcx_ranges.single(address)):
                yield Clash(f"{address} is in a range, but is the address of {owner}.", lost)
                break
    for first, second in combinations(profile.ranges, 2):
        if twice := hcx_ranges.shared(first, second):
            # Such addresses can be used all the same, once.
            yield Clash(f"{hcx_ranges.span(twice)} is in two ranges of the profile.")
    for other in site.profiles:
        if other is profile:
            continue
        for mine, theirs in product(profile.ranges, other.ranges):
            if lost := hcx_ranges.shared(mine, theirs):
                yield Clash(f"{hcx_ranges.span(lost)} is also in a range of the profile {other.name}.", lost)


def _taken(profile: Profile, site: Site, hosts: EsxiHosts) -> Iterator[tuple[str, IPv4Address]]:
    """Addresses of the site that are known to be in use; an address is told once, for its first owner."""
    owners: dict[IPv4Address, str] = {}
    if profile.gateway:
        owners[profile.gateway] = "the gateway"
    machines = {
        "the HCX Manager": [site.manager],
        "vCenter": [site.vcenter],
        "NSX": site.nsx,
        "a DNS server": site.dns,
        "an NTP server": site.ntp,
        "a syslog server": site.syslog,
    }
    for owner, names in machines.items():
        for address in filter(None, map(_address, names)):
            owners.setdefault(address, owner)
    for host, interfaces in hosts.used().items():
        for interface in interfaces:
            owners.setdefault(interface.ip, f"the host {host}")
    yield from ((owner, address) for address, owner in owners.items())


def _address(name: str) -> IPv4Address | None:
    """The address, unless a host name stands there, which nobody looks up offline."""
    try:
        return IPv4Address(name.partition(":")[0])
    except AddressValueError:
        return None
