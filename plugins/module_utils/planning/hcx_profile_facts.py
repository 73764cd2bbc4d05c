# SPDX-License-Identifier: GPL-3.0-or-later
"""Network profiles completed by the facts of the hosts: behind which network they are, and what they are for.

The management profile is in the network of the hosts' management adapters. vMotion and replication have a network of
their own where the hosts have adapters for them; where they have none, management carries that traffic, and its profile
serves the role too. Nothing is known of uplinks. (HCX reference 10, vSphere reference 12)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from . import carriers
from .hcx_roles import MANAGEMENT, REPLICATION, ROLES, VMOTION
from .host_paths import Host, interfaces
from .problems import Problems

Facts = dict[str, Any]

KINDS = {MANAGEMENT: carriers.MANAGEMENT, VMOTION: carriers.VMOTION, REPLICATION: carriers.REPLICATION}
# What appliances need an address for, beside management. (HCX reference 10)
NEEDED_BY = {
    "VMOTION": (VMOTION,),
    "HCX_ASSISTED_VMOTION": (VMOTION,),
    "RAV": (VMOTION, REPLICATION),
    "BULK_MIGRATION": (REPLICATION,),
    "DISASTER_RECOVERY": (REPLICATION,),
}


def open_questions(profiles: Iterable[Mapping[str, Any]], computes: Iterable[Mapping[str, Any]]) -> list[str]:
    """What only the hosts can answer, by name; empty when nothing has to be asked of them.

    A profile without ranges only changes settings of one that HCX has, and leaves the rest as it is there.
    """
    listed = list(profiles)
    found = [profile["name"] for profile in listed if _is_open(profile)]
    for compute in computes:
        missing = [role for role in _missing(compute) if not _names_with(role, listed)]
        found += [f"{role} of {compute['name']}" for role in missing]
    return found


def completed(
    profiles: Iterable[Mapping[str, Any]], computes: Iterable[Mapping[str, Any]], hosts: Iterable[Mapping[str, Any]]
) -> Facts:
    """``network_profiles`` and ``compute_profiles`` with what the hosts tell; what is stated stays as it is.

    ``hosts`` are facts as `esxi_vmkernel_info` returns them. Raises Problems where they tell nothing, or not one thing.
    """
    site = _Hosts(hosts)
    problems: list[str] = []
    networks = [_profile(profile, site, problems) if _is_open(profile) else dict(profile) for profile in profiles]
    clusters = [] if problems else [_compute(compute, networks, site, problems) for compute in computes]
    if problems:
        raise Problems(list(dict.fromkeys(problems)))
    return {"network_profiles": networks, "compute_profiles": clusters}


def _is_open(profile: Mapping[str, Any]) -> bool:
    whole = profile.get("state") != "absent" and profile.get("ranges")
    return bool(whole and not (profile.get("network") and profile.get("roles")))


def _missing(compute: Mapping[str, Any]) -> list[str]:
    """The roles that the services of a compute profile need and for which it names no network profile.

    One without datastores only changes settings of a profile that HCX has.
    """
    services = compute.get("services") or ()
    if compute.get("state") == "absent" or not (services and compute.get("datastores")):
        return []
    needed = {MANAGEMENT, *(role for service in services for role in NEEDED_BY.get(service, ()))}
    return [role for role in ROLES if role in needed and not (compute.get("networks") or {}).get(role)]


def _names_with(role: str, profiles: Iterable[Mapping[str, Any]]) -> list[str]:
    present = [profile for profile in profiles if profile.get("state") != "absent"]
    return [profile["name"] for profile in present if role in (profile.get("roles") or ())]


class _Unanswered(Exception):
    """The hosts do not tell one thing, or nothing."""


class _Hosts:
    """What the connected hosts have in common."""

    def __init__(self, facts: Iterable[Mapping[str, Any]]) -> None:
        self._hosts = [host for host in map(Host, facts) if host.connected]

    def network(self, role: str) -> str | None:
        """The network of the adapters that only this traffic has; None when no host has such adapters."""
        if not self._hosts:
            raise _Unanswered("no host is connected that would tell it")
        having: dict[tuple[str, ...], list[str]] = {}
        for host in self._hosts:
            having.setdefault(tuple(sorted({str(item["network"]) for item in self._own(host, role)})), []).append(
                host.name
            )
        if len(having) > 1:
            told = "; ".join(f"{' and '.join(found) or 'none'} on {', '.join(on)}" for found, on in having.items())
            raise _Unanswered(f"the hosts differ in the network of their {role} adapters: {told}")
        found = next(iter(having))
        if len(found) > 1:
            raise _Unanswered(f"the {role} adapters of the hosts are in several networks: {', '.join(found)}")
        return found[0] if found else None

    def roles_within(self, network: str | None, addresses: Sequence[IPv4Address]) -> list[str]:
        """The roles whose own adapters are in this network, or in the subnet of these addresses."""
        return [role for role in KINDS if network in self._networks[role] or self._holds(role, addresses)]

    @staticmethod
    def _own(host: Host, role: str) -> list[Mapping[str, Any]]:
        adapters = host.adapters(KINDS[role])
        if role == MANAGEMENT:
            return adapters
        shared = host.carrier(KINDS[MANAGEMENT])["devices"]
        return [adapter for adapter in adapters if adapter["device"] not in shared]

    @cached_property
    def _networks(self) -> dict[str, set[str]]:
        return {
            role: {str(item["network"]) for host in self._hosts for item in self._own(host, role)} for role in KINDS
        }

    @cached_property
    def _subnets(self) -> dict[str, set[IPv4Network]]:
        return {
            role: {
                found.network
                for host in self._hosts
                for adapter in self._own(host, role)
                for found in interfaces(adapter)
                if isinstance(found, IPv4Interface)
            }
            for role in KINDS
        }

    def _holds(self, role: str, addresses: Sequence[IPv4Address]) -> bool:
        return bool(addresses) and any(
            all(address in subnet for address in addresses) for subnet in self._subnets[role]
        )


def _profile(profile: Mapping[str, Any], site: _Hosts, problems: list[str]) -> Facts:
    label = f"network profile {profile['name']}"
    stated = profile.get("network")
    roles = list(profile.get("roles") or site.roles_within(stated, _addresses(profile)))
    if not roles:
        problems.append(f"{label}: no adapter of a host is in its network; state its roles")
        return dict(profile)
    if stated:
        return {**profile, "roles": roles}
    try:
        networks = {role: site.network(role) for role in roles if role in KINDS}
    except _Unanswered as reason:
        problems.append(f"{label}: {reason}; state its network")
        return dict(profile)
    found = {network for network in networks.values() if network}
    if len(found) == 1:
        return {**profile, "network": found.pop(), "roles": roles}
    if found:
        told = ", ".join(f"{role} in {network}" for role, network in networks.items() if network)
        problems.append(f"{label}: the hosts have {told}; state its network, or make a profile of each")
    elif networks:
        problems.append(
            f"{label}: the hosts have no adapter of their own for {' and '.join(networks)}; state its network, or "
            "leave the profile out, and that of management serves the role"
        )
    else:
        problems.append(f"{label}: the hosts know nothing of networks for {' and '.join(roles)}; state its network")
    return dict(profile)


def _compute(compute: Mapping[str, Any], profiles: Sequence[Facts], site: _Hosts, problems: list[str]) -> Facts:
    stated = compute.get("networks") or {}
    found: dict[str, list[str]] = {}
    if not stated and _missing(compute):
        found = {role: names for role in ROLES if (names := _names_with(role, profiles))}
    for role in _missing({**compute, "networks": {**stated, **found}}):
        try:
            found[role] = _names_with(role, profiles) or _served_by_management(role, {**stated, **found}, site)
        except _Unanswered as reason:
            problems.append(f"compute profile {compute['name']}: {reason}")
    return {**compute, "networks": {**stated, **found}} if found else dict(compute)


def _served_by_management(role: str, networks: Mapping[str, list[str]], site: _Hosts) -> list[str]:
    """The management profiles, for traffic that has no adapter of its own."""
    if not networks.get(MANAGEMENT):
        raise _Unanswered(f"no network profile has the role {MANAGEMENT}, which every compute profile needs")
    try:
        own = site.network(role)
    except _Unanswered as reason:
        raise _Unanswered(f"{reason}; state which network profile is for {role}") from reason
    if own:
        raise _Unanswered(
            f"the hosts have {role} in {own}, but no network profile is for it; add one, or give the role to another"
        )
    return networks[MANAGEMENT]


def _addresses(profile: Mapping[str, Any]) -> list[IPv4Address]:
    """Both ends of every range; none where one is no address, which is told when HCX is to have it."""
    texts = [end for item in profile["ranges"] for end in (item["first"], item.get("last") or item["first"])]
    try:
        return [IPv4Address(text) for text in texts]
    except ValueError:
        return []
