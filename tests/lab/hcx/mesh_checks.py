# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a service mesh: all of it at once, as (code, message) (HCX reference 11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .appliance import Appliance
from .service_mesh import MeshBody, MeshProfile, ServiceMesh, SwitchPair
from .sites import known_services

if TYPE_CHECKING:
    from .compute_profile import ComputeProfile
    from .manager import Manager

Problem = tuple[str, str]


def problems(manager: Manager, body: MeshBody, before: ServiceMesh | None, unencrypted: bool) -> list[Problem]:
    """`unencrypted`: the client confirmed tunnels without encryption."""
    found: list[Problem] = []
    if any(m.name == body.name for m in manager.state.meshes.values() if m is not before):
        found.append(("DUPLICATE_NAME", f"A service mesh named {body.name} exists."))
    sides = _sides(manager, body, found)
    profiles = [_profile(site, part, found) for site, part in zip(sides, body.computeProfiles, strict=True)]
    found += _service_problems(manager, body, [p for p in profiles if p])
    if all(profiles):
        found += _switch_problems(body, [p for p in profiles if p])
    for site, part in zip(sides, body.computeProfiles, strict=True):
        found += _uplink_problems(site, part)
    traffic = body.trafficEnggCfg
    if traffic is not None and not unencrypted:
        bare = traffic.isEncryptionlessTunnelEnabledForMigration or traffic.isEncryptionlessTunnelEnabledForNE
        if bare:
            found.append(
                ("CONFIRMATION_NEEDED", "Tunnels without encryption need encryptionlessTunnelSwitchMode=true.")
            )
    return found


def _sides(manager: Manager, body: MeshBody, found: list[Problem]) -> list[Manager | None]:
    """The two sites, the local one first; None for one that is not there."""
    local, remote = (part.endpointId for part in body.computeProfiles)
    if manager.is_connector is False and not any(not p.inbound for p in manager.state.pairings.values()):
        found.append(("NOT_INITIATOR", "A service mesh is managed at the site that initiated the pairing."))
    if local != manager.endpoint_id:
        found.append(("INVALID_ID", f"The first compute profile is of {local}, not of this site."))
    pairing = manager.state.pairings.get(remote)
    if pairing is None or not pairing.established or pairing.inbound:
        found.append(("INVALID_ID", f"There is no outgoing site pairing with {remote}."))
        return [manager, None]
    return [manager, manager.remote(remote)]


def _profile(site: Manager | None, part: MeshProfile, found: list[Problem]) -> ComputeProfile | None:
    if site is None:
        return None
    profile = site.state.compute_profiles.get(part.computeProfileId)
    if profile is None:
        found.append(("INVALID_ID", f"There is no compute profile {part.computeProfileId} at {site.site_name}."))
    elif profile.state != "VALID":
        found.append(("INVALID_PROFILE", f"Compute profile {profile.name} is in state {profile.state}."))
    return profile


def _service_problems(manager: Manager, body: MeshBody, profiles: list[ComputeProfile]) -> Iterator[Problem]:
    known = known_services(manager)
    for name in (s.name for s in body.services):
        if name not in known:
            yield "UNKNOWN_SERVICE", f"Service {name} is not known."
            continue
        for profile in profiles:
            if name not in profile.services:
                yield "SERVICE_NOT_ENABLED", f"Service {name} is not enabled in compute profile {profile.name}."
    if all(s.name != "INTERCONNECT" for s in body.services):
        yield "MISSING_SERVICE", "Every service mesh needs the service INTERCONNECT."


def _switch_problems(body: MeshBody, profiles: list[ComputeProfile]) -> Iterator[Problem]:
    extends = any(s.name == "NETWORK_EXTENSION" for s in body.services)
    if extends and not body.switchPairCount:
        yield "MISSING_SWITCH_PAIR", "NETWORK_EXTENSION needs at least one pair of switches."
    if body.switchPairCount and not extends:
        yield "UNEXPECTED_SWITCH_PAIR", "Pairs of switches need the service NETWORK_EXTENSION."
    pairs = [tuple(s.id for s in p.switches) for p in body.switchPairCount]
    if len(set(pairs)) < len(pairs):
        yield "DUPLICATE_SWITCH_PAIR", "A pair of switches is listed twice."
    for pair in body.switchPairCount:
        yield from _pair_problems(pair, profiles)


def _pair_problems(pair: SwitchPair, profiles: list[ComputeProfile]) -> Iterator[Problem]:
    for switch, profile in zip(pair.switches, profiles, strict=True):
        if switch.id not in (s["id"] for s in profile.content["switches"]):
            yield "INVALID_ID", f"Switch {switch.id} is not in compute profile {profile.name}."


def _uplink_problems(site: Manager | None, part: MeshProfile) -> Iterator[Problem]:
    if site is None:
        return
    for network in part.networks:
        if network.id not in site.state.networks:
            yield "INVALID_ID", f"There is no network profile {network.id} at {site.site_name}."
    if part.overriddenUplink and not any("uplink" in n.tags for n in part.networks):
        yield "MISSING_NETWORK", f"The uplink of {site.site_name} is overridden by no network."


def surplus_in_use(mesh: ServiceMesh, surplus: list[Appliance]) -> list[Problem]:
    """Appliances that would go although networks are extended over them."""
    used = [a.name for a in surplus if a.extensions]
    text = f"Networks are extended over {', '.join(used)} of service mesh {mesh.name}."
    return [("NETWORKS_EXTENDED", text)] if used else []
