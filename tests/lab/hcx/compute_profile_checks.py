# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a compute profile: all of it at once, as (code, message) (HCX reference 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import inventory
from .compute_profile import ComputeProfile, ComputeProfileBody, Placed
from .sites import known_services

if TYPE_CHECKING:
    from .manager import Manager

Problem = tuple[str, str]
NEEDED = {
    "vmotion": ("VMOTION", "RAV"),
    "replication": ("BULK_MIGRATION", "RAV", "DISASTER_RECOVERY"),
}
"""Network role to the services that cannot do without."""
CLUSTER, POOL, DATACENTER = inventory.CLUSTER, "ResourcePool", "datacenter"


def problems(manager: Manager, body: ComputeProfileBody, before: ComputeProfile | None) -> list[Problem]:
    others = [p for p in manager.state.compute_profiles.values() if p is not before]
    found: list[Problem] = []
    if any(p.name == body.name for p in others):
        found.append(("DUPLICATE_NAME", f"A compute profile named {body.name} exists."))
    known = known_services(manager)
    found += [("UNKNOWN_SERVICE", f"Service {s.name} is not known.") for s in body.services if s.name not in known]
    found += _placement_problems(manager, body)
    found += _network_problems(manager, body)
    found += _switch_problems(manager, body)
    return found


def placeable(manager: Manager) -> dict[str, dict[str, Any]]:
    """Type in bodies to the objects of that type, by id."""
    return {
        DATACENTER: {e.moid: e for e in inventory.datacenters(manager)},
        CLUSTER: {e.moid: e for e in inventory.clusters(manager)},
        POOL: {e.moid: e for e in inventory.pools(manager)},
        "Datastore": {e.moid: e for e in inventory.datastores(manager)},
        "Folder": {e.moid: e for e in inventory.vm_folders(manager)},
    }


def _placement_problems(manager: Manager, body: ComputeProfileBody) -> Iterator[Problem]:
    known, where = placeable(manager), body.deploymentContainer
    parts: list[tuple[str, list[Placed], tuple[str, ...]]] = [
        ("compute", body.compute, (DATACENTER, CLUSTER)),
        ("deploymentContainer.compute", where.compute, (CLUSTER, POOL)),
        ("deploymentContainer.storage", where.storage, ("Datastore",)),
        ("deploymentContainer.folder", [where.folder] if where.folder else [], ("Folder",)),
    ]
    for part, items, kinds in parts:
        for item in items:
            if item.cmpId != manager.vcenter_uuid:
                yield "INVALID_ID", f"{part}: there is no vCenter {item.cmpId}."
            elif item.type not in kinds:
                yield "INVALID_TYPE", f"{part}: {item.id} has type {item.type!r}, which is none of {', '.join(kinds)}."
            elif item.id not in known[item.type]:
                yield "INVALID_ID", f"{part}: there is no {item.type} {item.id}."
    reachable = {d.moid for d in inventory.datastores(manager, _deployment_clusters(manager, body))}
    for item in where.storage:
        if item.id in known["Datastore"] and item.id not in reachable:
            yield "UNREACHABLE_STORAGE", f"Datastore {item.id} is not seen by the deployment cluster."


def _deployment_clusters(manager: Manager, body: ComputeProfileBody) -> list[str]:
    pools = {p.moid: p for p in inventory.pools(manager)}
    return [
        inventory.cluster_of_pool(pools[item.id]).moid if item.id in pools else item.id
        for item in body.deploymentContainer.compute
    ]


def _network_problems(manager: Manager, body: ComputeProfileBody) -> Iterator[Problem]:
    for network_id, count in Counter(n.id for n in body.networks).items():
        profile = manager.state.networks.get(network_id)
        if count > 1:
            yield "DUPLICATE_NETWORK", f"Network profile {network_id} is listed {count} times; merge its tags."
        if profile is None:
            yield "INVALID_ID", f"There is no network profile {network_id}."
        elif profile.state != "REALIZED":
            yield "NOT_REALIZED", f"Network profile {profile.name} is in state {profile.state}."
    services = {s.name for s in body.services}
    required = ["management", "uplink"]
    everything = manager.rules.hcx_required_networks == "all"
    required += [role for role, users in NEEDED.items() if everything or services & set(users)]
    given = {tag for n in body.networks for tag in n.tags}
    yield from (("MISSING_NETWORK", f"No network has the role {r}.") for r in required if r not in given)


def _switch_problems(manager: Manager, body: ComputeProfileBody) -> Iterator[Problem]:
    known = {s.id: s for s in inventory.switches(manager)}
    for item in body.switches:
        if item.id not in known:
            yield "INVALID_ID", f"There is no switch {item.id}."
        elif item.type != known[item.id].kind:
            yield "INVALID_TYPE", f"Switch {item.id} is a {known[item.id].kind}, not {item.type!r}."
    wanted = any(s.name == "NETWORK_EXTENSION" for s in body.services)
    if wanted and not body.switches and manager.rules.hcx_needs_switches == "with_extension":
        yield "MISSING_SWITCH", "Network extension needs at least one distributed switch."
