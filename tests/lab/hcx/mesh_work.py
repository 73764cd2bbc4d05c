# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a service mesh: building, changing, resyncing, removing (HCX reference 11, 18)."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from . import answers, deployment
from . import interconnect_tasks as tasks
from .appliance import Side
from .interconnect_tasks import Step
from .jobs import Effect, nothing
from .service_mesh import ServiceMesh, profile_of, site_of, wanted_slots

if TYPE_CHECKING:
    from .manager import Manager

SIDES: tuple[Side, Side] = ("I", "R")


def begin(owner: Manager, mesh: ServiceMesh, kind: str, first: Step) -> dict[str, Any]:
    """Whatever changed: afterwards there is exactly what the mesh asks for, and what was there stays."""
    steps = [first, Step("Remove appliances", partial(deployment.remove_surplus, mesh_id=mesh.mesh_id))]
    steps += [_deploying(owner, mesh, side) for side in SIDES]
    steps.append(Step("Configure appliances", partial(deployment.reconnect, mesh_id=mesh.mesh_id)))
    steps.append(Step("Establish tunnels", partial(_establish_tunnels, mesh_id=mesh.mesh_id)))
    return _start(owner, mesh, kind, steps, partial(_settle, mesh_id=mesh.mesh_id))


def begin_removal(owner: Manager, mesh: ServiceMesh, force: bool) -> dict[str, Any]:
    steps = [
        Step("Removing appliances", partial(_remove_all, mesh_id=mesh.mesh_id, force=force)),
        Step("Syncing records"),
        Step("Service mesh deleted", partial(_erase, mesh_id=mesh.mesh_id)),
    ]
    return _start(owner, mesh, "deleteServiceMesh", steps, nothing)


def saving(mesh_id: str, content: dict[str, Any]) -> Step:
    return Step("Save service mesh", partial(_save, mesh_id=mesh_id, content=content))


def changed_since_applied(owner: Manager, mesh: ServiceMesh) -> list[str]:
    """Names of the profiles that are not as the appliances were last made from."""
    now = _sources(owner, mesh)
    return [value["name"] for key, value in now.items() if mesh.applied.get(key) != value]


def _start(owner: Manager, mesh: ServiceMesh, kind: str, steps: list[Step], on_success: Effect) -> dict[str, Any]:
    entity = {"id": mesh.mesh_id, "type": "SERVICE_MESH", "name": mesh.name}
    failed = partial(_mark_failed, mesh_id=mesh.mesh_id)
    task = tasks.start(owner, kind, entity, steps, on_success, failed, copy.deepcopy(mesh.content))
    mesh.task_id, mesh.state = task.task_id, "IN_PROGRESS"
    return answers.accepted(task.task_id, serviceMeshId=mesh.mesh_id)


def _deploying(owner: Manager, mesh: ServiceMesh, side: Side) -> Step:
    names = [deployment.name_of(mesh, kind, side, n) for kind, n, _rest in wanted_slots(mesh)]
    there = {a.name for a in mesh.appliances.values()}
    return Step(
        f"Deploy appliances at {site_of(owner, mesh, side).site_name}",
        partial(deployment.deploy_missing, mesh_id=mesh.mesh_id, side=side),
        [f"Deploy {name}" for name in names if name not in there],
    )


def _save(owner: Manager, mesh_id: str, content: dict[str, Any]) -> None:
    owner.state.meshes[mesh_id].content = content


def _establish_tunnels(owner: Manager, mesh_id: str) -> None:
    up = owner.now() + owner.rules.hcx_tunnels_ms / 1000
    for appliance in owner.state.meshes[mesh_id].appliances.values():
        if appliance.tunnels_from is None:
            appliance.tunnels_from = up


def _settle(owner: Manager, mesh_id: str) -> None:
    mesh = owner.state.meshes[mesh_id]
    mesh.state, mesh.applied = "COMMITTED", _sources(owner, mesh)


def _mark_failed(owner: Manager, mesh_id: str) -> None:
    """The one word for failure that a source shows (19.5), also for one that was never complete."""
    owner.state.meshes[mesh_id].state = "UPDATE_FAILED"


def _remove_all(owner: Manager, mesh_id: str, force: bool) -> None:
    mesh = owner.state.meshes[mesh_id]
    for side in SIDES:
        if not force:
            deployment.reachable(owner, mesh, side)
    for appliance in list(mesh.appliances.values()):
        deployment.remove(owner, mesh, appliance)


def _erase(owner: Manager, mesh_id: str) -> None:
    del owner.state.meshes[mesh_id]


def _sources(owner: Manager, mesh: ServiceMesh) -> dict[str, Any]:
    """Everything outside the mesh that its appliances are made from, by id."""
    found: dict[str, Any] = {}
    for side in SIDES:
        site, profile = site_of(owner, mesh, side), profile_of(owner, mesh, side)
        found[profile.profile_id] = copy.deepcopy(profile.content)
        for network in (*profile.content["networks"], *mesh.part(side).get("networks", [])):
            found[network["id"]] = copy.deepcopy(site.state.networks[network["id"]].content)
    return found
