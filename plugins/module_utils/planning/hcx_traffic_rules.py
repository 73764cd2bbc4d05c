# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the way between the IX and the hosts of its site: vMotion and replication. (HCX planning 3)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .hcx_caution import Caution
from .hcx_hosts import EsxiHosts
from .hcx_request import Profile, Request, Site
from .hcx_roles import MANAGEMENT, REPLICATION, VMOTION
from .hcx_services import LIVE, REPLICATING

WORDS = {VMOTION: "vMotion", REPLICATION: "replication"}
USERS = {VMOTION: LIVE, REPLICATION: REPLICATING}


def traffic_cautions(request: Request, site: Site, hosts: EsxiHosts) -> Iterator[Caution]:
    if hosts.silent:
        yield Caution(
            "hosts-unknown",
            f"The facts of {listed(hosts.silent)} are empty, because the hosts were not connected.",
            "What their adapters carry was not checked, and their addresses are not in the firewall rows.",
            "esxi_vmkernel_info",
            site.name,
        )
    for role, services in USERS.items():
        if set(services) & set(request.services):
            yield from _missing_adapters(site, hosts, role)
            yield from _not_routable(site, hosts, role)
    if set(LIVE) & set(request.services):
        yield from _vmkernel_port_group(site, hosts)


def _missing_adapters(site: Site, hosts: EsxiHosts, role: str) -> Iterator[Caution]:
    """Facts tell it host by host; without facts, a network that is not stated is taken as missing."""
    word, missing = WORDS[role], hosts.without_adapter(role)
    if missing:
        message = f"No adapter of its own carries {word} on {listed(missing)}."
    elif not hosts.known and not hosts.own_ranges(role):
        message = f"{site.key}.esxi_networks.{role} is not stated, so no network of its own is planned for {word}."
    else:
        return
    if role == REPLICATION:
        reason = "Without a dedicated VMkernel adapter, replication uses the one of management."
        yield Caution("replication-adapter-missing", message, reason, "SEED1", site.name)
    else:
        reason = "Live migration needs an adapter with the vMotion service on every host."
        yield Caution("vmotion-adapter-missing", message, reason, "vSphere 7", site.name)


def _not_routable(site: Site, hosts: EsxiHosts, role: str) -> Iterator[Caution]:
    (profile,) = site.with_role(role)
    if profile.cidr is None or not hosts.own_ranges(role):
        return
    stranded = hosts.without_way(role, profile.cidr)
    if stranded:
        message = (
            f"{listed(stranded)} cannot reach the IX in {profile.cidr} ({profile.name}) with {WORDS[role]}: "
            "the adapters are in another subnet and have no gateway."
        )
    elif hosts.apart_from(role, profile.cidr) and _may_be_cut_off(profile, hosts, role):
        message = (
            f"The hosts' {WORDS[role]} addresses are outside {profile.cidr} ({profile.name}), and no gateway is known "
            "that would route between them."
        )
    else:
        return
    yield Caution(
        f"{role}-not-routable",
        message,
        f"The {WORDS[role]} network is often not routed; then the IX needs a network profile in that very network, "
        "with a range of its own.",
        "AVS, SEED1" if role == VMOTION else "inferred",
        site.name,
    )


def _may_be_cut_off(profile: Profile, hosts: EsxiHosts, role: str) -> bool:
    """The IX has no gateway there; or nothing is known of the hosts, and vMotion shares the profile of management."""
    return profile.gateway is None or (not hosts.known and role == VMOTION and MANAGEMENT in profile.roles)


def _vmkernel_port_group(site: Site, hosts: EsxiHosts) -> Iterator[Caution]:
    for profile in site.profiles:
        if VMOTION in profile.roles and profile.network in hosts.port_groups(VMOTION):
            yield Caution(
                "vmotion-profile-on-vmkernel-network",
                f"{profile.name} uses {profile.network}, to which the hosts' vMotion adapters are attached.",
                "The vMotion profile belongs on a port group for VMs with the VLAN of vMotion, not on the port group "
                "of the VMkernel adapters.",
                "AVS",
                site.name,
            )


def listed(names: Sequence[str]) -> str:
    """Names in a sentence; of many, the first and the last."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]} ({len(names)} hosts)"
