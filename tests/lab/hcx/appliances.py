# SPDX-License-Identifier: GPL-3.0-or-later
"""Service appliances: list, query, redeploy, upgrade (HCX reference 12)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import Field

from . import answers, deployment, service_meshes, tunnels
from . import interconnect_tasks as tasks
from .appliance import Appliance
from .body import Body
from .gate import HcxRoute
from .interconnect_tasks import Step
from .service_mesh import ServiceMesh, profile_of, visible

if TYPE_CHECKING:
    from .manager import Manager

BASE = "/hybridity/api/interconnect/appliances"


class ApplianceFilter(Body):
    applianceType: str | None = None
    endpointId: str | None = None
    serviceMeshId: str | None = None
    applianceId: str | None = None


class ApplianceQueryBody(Body):
    filter: ApplianceFilter = Field(default_factory=ApplianceFilter)


def document(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> dict[str, Any]:
    where = profile_of(owner, mesh, appliance.side).content["deploymentContainer"]
    major, minor, patch = (*appliance.version.split("."), "0", "0")[:3]
    peer = mesh.peer(appliance)
    return {
        "applianceId": appliance.appliance_id,
        "applianceType": appliance.kind,
        "applianceName": appliance.name,
        "serviceMeshId": mesh.mesh_id,
        "computeProfileId": appliance.profile_id,
        "endpointId": appliance.endpoint_id,
        "isInitiator": appliance.side == "I",
        "networkExtensionCount": appliance.extensions,
        "applianceVersion": {"major": int(major), "minor": int(minor), "patch": int(patch), "build": "24457397"},
        "version": appliance.version,
        "applianceStatus": {"state": "CONFIGURED" if appliance.tunnels_from is not None else "DEPLOYED"},
        "config": {
            "uplinkIps": tunnels.uplink_addresses(owner, mesh, appliance),
            "trafficEnggCfg": mesh.content.get("trafficEnggCfg", {}),
        },
        "compute": where["compute"][0],
        "storage": where["storage"][0],
        "folder": where.get("folder") or {},
        "peerAppliances": [{"applianceId": peer.appliance_id}] if peer else [],
        "status": {"summary": tunnels.summary(owner, mesh, appliance)},
    }


def _all(manager: Manager) -> list[tuple[Manager, ServiceMesh, Appliance]]:
    """Of both sides of every mesh that this site takes part in."""
    return [(o, m, a) for o, m in visible(manager) for a in m.appliances.values()]


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    @router.get("")
    async def list_appliances() -> dict[str, Any]:
        return answers.items([document(o, m, a) for o, m, a in _all(manager)])

    @router.post("/query")
    async def query(body: ApplianceQueryBody) -> dict[str, Any]:
        wanted = body.filter
        return answers.items(
            [
                document(o, m, a)
                for o, m, a in _all(manager)
                if wanted.applianceType in (None, a.kind)
                and wanted.endpointId in (None, a.endpoint_id)
                and wanted.serviceMeshId in (None, a.mesh_id)
                and wanted.applianceId in (None, a.appliance_id)
            ]
        )

    @router.get("/ha/groups")
    async def ha_groups(serviceMeshId: str | None = None) -> dict[str, Any]:
        """No groups: the lab makes none."""
        return answers.items([])

    @router.post("/{appliance_id}/redeploy", status_code=202)
    async def redeploy(appliance_id: str) -> dict[str, Any]:
        return _renew(manager, appliance_id, "redeployAppliance")

    @router.post("/{appliance_id}/upgrade", status_code=202)
    async def upgrade(appliance_id: str) -> dict[str, Any]:
        return _renew(manager, appliance_id, "upgradeAppliance")

    return router


def _renew(manager: Manager, appliance_id: str, kind: str) -> dict[str, Any]:
    """Both make a new machine, of the manager's version."""
    mesh = next((m for m in manager.state.meshes.values() if appliance_id in m.appliances), None)
    if mesh is None:
        raise answers.Refused(404, answers.errors("NOT_FOUND", f"Appliance {appliance_id} does not exist here."))
    service_meshes.check_idle(manager, mesh)
    name = mesh.appliances[appliance_id].name
    effect = partial(deployment.redeploy, mesh_id=mesh.mesh_id, appliance_id=appliance_id)
    entity = {"id": appliance_id, "type": "APPLIANCE", "name": name}
    task = tasks.start(manager, kind, entity, [Step(f"Deploy {name}", effect), Step("Configure appliance")])
    return answers.accepted(task.task_id, applianceId=appliance_id)
