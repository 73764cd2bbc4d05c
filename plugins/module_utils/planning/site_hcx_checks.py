# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the values of a sheet's section `hcx`, and between them and the addresses of the hosts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING

from . import hcx_ranges
from .address_plan import Range
from .hcx_limits import BY_NAME

if TYPE_CHECKING:
    from .site_hcx import ComputeProfile, Hcx, NetworkProfile, ServiceMesh

# What an appliance needs an address for, beside management. (HCX reference 10)
ROLE_OF_SERVICE = {
    "VMOTION": "vmotion",
    "RAV": "vmotion",
    "BULK_MIGRATION": "replication",
    "DISASTER_RECOVERY": "replication",
}
EXTENSION = "NETWORK_EXTENSION"

Addresses = Mapping[str, Mapping[str, IPv4Interface]]


def check(hcx: Hcx, addresses: Addresses) -> Iterable[str]:
    """The problems of the parts with each other; `addresses` by network of the sheet, then by host."""
    for profile in hcx.network_profiles:
        yield from _profile_problems(profile, addresses)
    yield from _shared_addresses(hcx.network_profiles)
    if hcx.compute_profile:
        yield from _compute_problems(hcx.compute_profile, hcx.network_profiles, addresses)
    if hcx.service_mesh:
        yield from _mesh_problems(hcx.service_mesh, hcx)


def _profile_problems(profile: NetworkProfile, addresses: Addresses) -> Iterable[str]:
    path = f"hcx.network_profiles.{profile.name}"
    most = BY_NAME["uplink_mtu_over_vpn"].figure
    if profile.over_vpn and profile.mtu is not None and profile.mtu > most:
        yield f"{path}.mtu is {profile.mtu}, but a network over VPN should have at most {most}."
    if profile.over_vpn and "uplink" not in profile.roles:
        yield f"{path}.over_vpn is for uplinks, but roles does not hold uplink."
    if len(profile.dns_servers) > 2:
        yield f"{path}.dns_servers holds {len(profile.dns_servers)} servers, but HCX takes two."
    if profile.cidr and profile.gateway and profile.gateway not in profile.cidr:
        yield f"{path}.gateway is {profile.gateway}, which is not inside the cidr {profile.cidr}."
    for number, found in enumerate(profile.ranges):
        yield from _range_problems(f"{path}.ranges[{number}]", found, profile, addresses)


def _range_problems(path: str, found: Range, profile: NetworkProfile, addresses: Addresses) -> Iterable[str]:
    if profile.cidr and not hcx_ranges.inside(found, profile.cidr):
        yield f"{path} is {hcx_ranges.span(found)}, which reaches outside the cidr {profile.cidr}."
    if profile.gateway and _holds(found, profile.gateway):
        yield f"{path} holds the gateway {profile.gateway}."
    for network, hosts in addresses.items():
        taken = [host for host, interface in hosts.items() if _holds(found, interface.ip)]
        if taken:
            yield (
                f"{path} holds {hosts[taken[0]].ip}, which networks.{network} gives to {taken[0]}; "
                "appliances need addresses of their own."
            )


def _holds(found: Range, address: IPv4Address) -> bool:
    return found[0] <= address <= found[1]


def _shared_addresses(profiles: Iterable[NetworkProfile]) -> Iterable[str]:
    ranges = [
        (f"hcx.network_profiles.{profile.name}.ranges[{number}]", found)
        for profile in profiles
        for number, found in enumerate(profile.ranges)
    ]
    for (path, found), (other_path, other) in itertools.combinations(ranges, 2):
        both = hcx_ranges.shared(found, other)
        if both:
            yield f"{path} and {other_path} both hold {hcx_ranges.span(both)}."


def _compute_problems(
    compute: ComputeProfile, profiles: Iterable[NetworkProfile], addresses: Addresses
) -> Iterable[str]:
    """What the hosts may still tell is no problem: profiles without roles, and traffic without a network of its own."""
    path = "hcx.compute_profile"
    served = {role for profile in profiles for role in profile.roles}
    told = all(profile.roles for profile in profiles)
    if told and "management" not in served:
        yield f"{path} needs a network profile with the role management."
    for role in dict.fromkeys(ROLE_OF_SERVICE.values()):
        needing = [service for service in compute.services if ROLE_OF_SERVICE.get(service) == role]
        if needing and told and role not in served and role in addresses:
            yield (
                f"{path}.services holds {', '.join(needing)}, but no network profile has the role {role}; "
                "one profile may have several roles."
            )
    if EXTENSION in compute.services and not compute.switches:
        yield f"{path}.services holds {EXTENSION}, but switches lists none."


def _mesh_problems(mesh: ServiceMesh, hcx: Hcx) -> Iterable[str]:
    path = "hcx.service_mesh"
    if hcx.pairing is None:
        yield f"{path} needs hcx.pairing, which says with which site."
    for number, uplink in enumerate(mesh.uplinks):
        if uplink not in [profile.name for profile in hcx.network_profiles]:
            yield f'{path}.uplinks[{number}] is "{uplink}", which is none of hcx.network_profiles.'
    if EXTENSION in mesh.services and not mesh.switch_pairs:
        yield f"{path}.services holds {EXTENSION}, but switch_pairs lists none."
    if EXTENSION not in mesh.services and mesh.switch_pairs:
        yield f"{path}.switch_pairs is for {EXTENSION}, which services does not hold."
    if hcx.compute_profile is None:
        yield f"{path} needs hcx.compute_profile."
    else:
        yield from _offer_problems(path, mesh, hcx.compute_profile)


def _offer_problems(path: str, mesh: ServiceMesh, compute: ComputeProfile) -> Iterable[str]:
    for service in mesh.services:
        if service not in compute.services:
            yield f"{path}.services holds {service}, which the compute profile does not offer."
    for number, pair in enumerate(mesh.switch_pairs):
        if pair.local not in compute.switches:
            yield f'{path}.switch_pairs[{number}].local is "{pair.local}", which the compute profile does not list.'
