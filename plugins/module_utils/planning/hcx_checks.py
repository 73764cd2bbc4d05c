# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the parts of a request: profiles and their roles, the two sites, services and networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from .address_plan import usable
from .hcx_roles import MANAGEMENT, REPLICATION, ROLES, UPLINK, VMOTION
from .hcx_services import MON, NETWORK_EXTENSION
from .sheet_fields import Section

if TYPE_CHECKING:
    from .hcx_request import ExtendedNetwork, Profile, Site

# Appliances use one profile of each of these roles; an uplink may have several.
ONE_PROFILE_ROLES = (MANAGEMENT, VMOTION, REPLICATION)


def check_profile(profile: Profile, section: Section) -> None:
    """Roles are there, and every address of the profile is one that a machine in its CIDR can have."""
    for key in ("roles", "ranges"):
        if section.given(key) and section.content[key] == []:
            section.problem(key, "is empty, but must have at least one entry")
    if profile.cidr is None:
        return
    lowest, highest = usable(profile.cidr)
    where = f"the usable addresses of the cidr {profile.cidr}, {lowest} to {highest}"
    if profile.gateway is not None and not lowest <= profile.gateway <= highest:
        section.problem("gateway", f"is {profile.gateway}, but must be one of {where}")
    for begin, end in profile.ranges:
        if begin < lowest or end > highest:
            section.problem("ranges", f"holds {begin} to {end}, but must stay within {where}")


def check_site(site: Site, section: Section) -> None:
    for name, count in Counter(profile.name.lower() for profile in site.profiles).items():
        if name and count > 1:
            section.problem("network_profiles", f"has {count} profiles named {name}, but names must differ")
    # A role that is misspelt has been told; it may well be the one that is missing.
    roles_are_known = all(profile.roles and set(profile.roles) <= set(ROLES) for profile in site.profiles)
    named = Counter(role for profile in site.profiles for role in set(profile.roles))
    if section.given("network_profiles") and roles_are_known and MANAGEMENT not in named:
        section.problem("network_profiles", f"has no profile with the role {MANAGEMENT}, which every mesh needs")
    for role in ONE_PROFILE_ROLES:
        if named[role] > 1:
            section.problem(
                "network_profiles",
                f"has {named[role]} profiles with the role {role}, but only the role {UPLINK} may have more than one",
            )


def check_pair(local: Site, remote: Site, section: Section) -> None:
    if local.name and local.name.lower() == remote.name.lower():
        section.problem("remote.name", f"is {remote.name}, but must differ from local.name")
    if local.manager and local.manager.lower() == remote.manager.lower():
        section.problem("remote.manager", f"is {remote.manager}, but must differ from local.manager")
    if remote.manager_type == "connector":
        section.problem(
            "remote.manager_type", "is connector, but must be cloud, because a connector cannot be paired with"
        )


def check_request(services: Collection[str], ha: bool, networks: Sequence[ExtendedNetwork], section: Section) -> None:
    if section.given("services") and not section.content["services"]:
        section.problem("services", "is empty, but must have at least one entry")
    if NETWORK_EXTENSION in services and not networks:
        section.problem(
            "extended_networks", f"is empty, but must name a network while services has {NETWORK_EXTENSION}"
        )
    if NETWORK_EXTENSION not in services:
        if networks:
            section.problem("extended_networks", f"names networks, but services must have {NETWORK_EXTENSION} for them")
        if ha:
            section.problem("network_extension_ha", f"is true, but services must have {NETWORK_EXTENSION} for it")
        if MON in services:
            section.problem("services", f"has {MON}, but must have {NETWORK_EXTENSION} with it")
    for (name, switch), count in Counter((network.name, network.switch) for network in networks).items():
        if name and count > 1:
            section.problem("extended_networks", f"has {name} on {switch} {count} times, but must name a network once")
