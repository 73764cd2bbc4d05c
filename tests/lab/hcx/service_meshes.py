# SPDX-License-Identifier: GPL-3.0-or-later
"""Service meshes: list, read, create, change, resync, delete, preview, diff (HCX reference 11)."""

from __future__ import annotations

import copy
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Query
from pydantic import Field

from . import answers, deployment, inventory, mesh_work
from . import interconnect_tasks as tasks
from .appliance import Side
from .body import Body
from .gate import HcxRoute
from .interconnect_tasks import Step
from .mesh_checks import Problem, problems, surplus_in_use
from .service_mesh import MeshBody, ServiceMesh, profile_of, site_of, visible

if TYPE_CHECKING:
    from .manager import Manager

BASE = "/hybridity/api/interconnect/serviceMesh"
READ_ONLY = ("serviceMeshId", "isLocalMesh", "updateAvailable", "state", "lastTaskDetails")
SIDES: tuple[Side, Side] = ("I", "R")


class MeshFilter(Body):
    name: str | None = None
    serviceMeshId: str | None = None


class MeshQueryBody(Body):
    filter: MeshFilter = Field(default_factory=MeshFilter)


def document(viewer: Manager, owner: Manager, mesh: ServiceMesh) -> dict[str, Any]:
    found = {
        **copy.deepcopy(mesh.content),
        "serviceMeshId": mesh.mesh_id,
        "isLocalMesh": viewer is owner,
        "updateAvailable": False,
        "state": mesh.state,
        "lastTaskDetails": tasks.last_of(owner, mesh.task_id, viewer.rules.hcx_last_task_lags),
    }
    for part, side in zip(found["computeProfiles"], SIDES, strict=True):
        part["isInitiator"] = side == "I"
    return found


def found_mesh(manager: Manager, mesh_id: str) -> ServiceMesh:
    """One that this site may change; 404 without body for any other (4.3)."""
    mesh = manager.state.meshes.get(mesh_id)
    if mesh is None and any(m.mesh_id == mesh_id for _rest, m in visible(manager)):
        text = "A service mesh is managed at the site that initiated the pairing."
        raise refused([("NOT_INITIATOR", text)], mesh_id)
    if mesh is None:
        raise answers.Refused(404)
    return mesh


def refused(found: list[Problem], mesh_id: str = "", status: int = 422) -> answers.Refused:
    return answers.Refused(status, answers.accepted(None, found, serviceMeshId=mesh_id))


def check_idle(manager: Manager, mesh: ServiceMesh) -> None:
    for entity in (mesh.mesh_id, *mesh.appliances):
        task = tasks.running_for(manager, entity)
        if task is not None:
            text = f"Task {task.task_id} is working on service mesh {mesh.name}."
            raise refused([("TASK_IN_PROGRESS", text)], mesh.mesh_id, 409)


def _content(manager: Manager, body: MeshBody) -> dict[str, Any]:
    """The body with the names that belong to its ids."""
    content = body.model_dump(exclude_unset=True)
    for name in READ_ONLY:
        content.pop(name, None)
    mesh = ServiceMesh("", content)
    sites = [site_of(manager, mesh, side) for side in SIDES]
    for part, site, side in zip(content["computeProfiles"], sites, SIDES, strict=True):
        part.pop("isInitiator", None)
        part |= {"endpointName": site.site_name, "computeProfileName": profile_of(manager, mesh, side).name}
    for pair in content.setdefault("switchPairCount", []):
        for switch, site in zip(pair["switches"], sites, strict=True):
            seen = {s.id: s for s in inventory.switches(site)}[switch["id"]]
            switch |= {"name": seen.name, "type": seen.kind, "maxMtu": seen.mtu}
    return content


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)
    for part in (_reads, _writes, _previews):
        router.include_router(part(manager))
    return router


def _reads(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    @router.get("")
    async def list_meshes() -> dict[str, Any]:
        return answers.items([document(manager, o, m) for o, m in visible(manager)])

    @router.post("/query")
    async def query(body: MeshQueryBody) -> dict[str, Any]:
        wanted = body.filter
        return answers.items(
            [
                document(manager, o, m)
                for o, m in visible(manager)
                if wanted.name in (None, m.name) and wanted.serviceMeshId in (None, m.mesh_id)
            ]
        )

    @router.get("/{mesh_id}")
    async def read(mesh_id: str) -> dict[str, Any]:
        for owner, mesh in visible(manager):
            if mesh.mesh_id == mesh_id:
                return document(manager, owner, mesh)
        raise answers.Refused(404)

    return router


def _writes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)
    confirmed = Query(False, alias="encryptionlessTunnelSwitchMode")

    @router.post("", status_code=202)
    async def create(body: MeshBody, unencrypted: bool = confirmed) -> dict[str, Any]:
        against = problems(manager, body, None, unencrypted)
        if against:
            raise refused(against)
        mesh = ServiceMesh(f"servicemesh-{uuid.uuid4()}", _content(manager, body))
        manager.state.meshes[mesh.mesh_id] = mesh
        return mesh_work.begin(manager, mesh, "createServiceMesh", Step("Validate service mesh"))

    @router.put("/{mesh_id}", status_code=202)
    async def update(mesh_id: str, body: MeshBody, unencrypted: bool = confirmed) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        check_idle(manager, mesh)
        against = problems(manager, body, mesh, unencrypted)
        if against:
            raise refused(against, mesh_id)
        content = _content(manager, body)
        against = surplus_in_use(mesh, deployment.surplus(replace(mesh, content=content)))
        if against:
            raise refused(against, mesh_id)
        return mesh_work.begin(manager, mesh, "updateServiceMesh", mesh_work.saving(mesh_id, content))

    @router.post("/{mesh_id}/resync", status_code=202)
    async def resync(mesh_id: str) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        check_idle(manager, mesh)
        return mesh_work.begin(manager, mesh, "resyncServiceMesh", Step("Compare with compute profiles"))

    @router.delete("/{mesh_id}", status_code=202)
    async def delete(mesh_id: str, force: bool = False) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        check_idle(manager, mesh)
        against = surplus_in_use(mesh, list(mesh.appliances.values()))
        if against and not force:
            raise refused(against, mesh_id)
        return mesh_work.begin_removal(manager, mesh, force)

    return router


def _previews(manager: Manager) -> APIRouter:
    """Only a task comes of a preview: no source tells how its result looks (10, 11)."""
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    def preview(kind: str, body: MeshBody, mesh_id: str, response: dict[str, Any]) -> dict[str, Any]:
        against = problems(manager, body, manager.state.meshes.get(mesh_id), unencrypted=True)
        if against:
            raise refused(against, mesh_id)
        entity = {"id": f"preview-{mesh_id}", "type": "SERVICE_MESH", "name": body.name}
        task = tasks.start(manager, kind, entity, [Step("Compare with compute profiles")])
        task.response = response
        return answers.accepted(task.task_id, serviceMeshId=mesh_id)

    @router.post("/preview", status_code=202)
    async def preview_new(body: MeshBody) -> dict[str, Any]:
        return preview("previewServiceMesh", body, "", {})

    @router.post("/{mesh_id}/preview", status_code=202)
    async def preview_existing(mesh_id: str, body: MeshBody) -> dict[str, Any]:
        return preview("previewServiceMesh", body, found_mesh(manager, mesh_id).mesh_id, {})

    @router.post("/{mesh_id}/generateDiff", status_code=202)
    async def generate_diff(mesh_id: str, body: MeshBody) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        shown = manager.rules.hcx_resync_shown == "response"
        changed = mesh_work.changed_since_applied(manager, mesh) if shown else []
        return preview("generateServiceMeshDiff", body, mesh_id, {"changes": changed} if shown else {})

    return router
