# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosing a service mesh: a task, then results to read (HCX reference 11). Their fields are inferred."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from . import answers, tunnels
from . import interconnect_tasks as tasks
from .body import Body
from .gate import HcxRoute
from .interconnect_tasks import Step
from .service_meshes import BASE, found_mesh

if TYPE_CHECKING:
    from .manager import Manager


def look(owner: Manager, mesh_id: str) -> None:
    mesh = owner.state.meshes[mesh_id]
    diagnostic_id = str(uuid.uuid4())
    found = []
    for appliance in mesh.appliances.values():
        status = tunnels.summary(owner, mesh, appliance)
        found.append({"applianceName": appliance.name, "status": status["overallStatus"], "reasons": status["reasons"]})
    owner.state.diagnostics[diagnostic_id] = {
        "id": diagnostic_id,
        "serviceMeshId": mesh_id,
        "creationDate": owner.now_ms(),
        "results": found,
    }


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    @router.post("/{mesh_id}/diagnose", status_code=202)
    async def diagnose(mesh_id: str, request: Request) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        entity = {"id": f"diagnose-{mesh_id}", "type": "SERVICE_MESH", "name": mesh.name}
        step = Step("Run diagnostics", partial(look, mesh_id=mesh_id))
        task = tasks.start(manager, "diagnoseServiceMesh", entity, [step])
        return answers.accepted(task.task_id, serviceMeshId=mesh_id)

    @router.post("/{mesh_id}/diagnostics/query")
    async def query(mesh_id: str, body: Body) -> dict[str, Any]:
        mesh = found_mesh(manager, mesh_id)
        found = [d for d in manager.state.diagnostics.values() if d["serviceMeshId"] == mesh.mesh_id]
        if manager.rules.hcx_diagnostics_listed == "names":
            found = [{key: value for key, value in d.items() if key != "results"} for d in found]
        return answers.items(found)

    @router.get("/{mesh_id}/diagnostics/{diagnostic_id}")
    async def read(mesh_id: str, diagnostic_id: str) -> dict[str, Any]:
        found = manager.state.diagnostics.get(diagnostic_id)
        if found is None or found["serviceMeshId"] != mesh_id:
            raise answers.Refused(404, answers.errors("NOT_FOUND", f"There are no diagnostics {diagnostic_id}."))
        return found

    return router
