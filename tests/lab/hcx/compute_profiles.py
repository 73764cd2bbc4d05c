# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute profiles: list, read, create, change, delete, preview (HCX reference 10)."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from . import answers, inventory, service_mesh
from . import interconnect_tasks as tasks
from .appliance_settings import LOCATIONS
from .body import Body
from .compute_profile import ComputeProfile, ComputeProfileBody, shown
from .compute_profile_checks import placeable, problems
from .gate import HcxRoute
from .interconnect_tasks import Step

if TYPE_CHECKING:
    from .manager import Manager

BASE = "/hybridity/api/interconnect/computeProfiles"
READ_ONLY = (
    "computeProfileId",
    "state",
    "location",
    "locationName",
    "deploymentComputeClusterName",
    "deploymentComputeClusterId",
    "lastTaskDetails",
)


class ProfileFilter(Body):
    name: str | None = None
    computeProfileId: str | None = None
    endpointId: str | None = None


class ProfileQueryBody(Body):
    filter: ProfileFilter = Field(default_factory=ProfileFilter)


def store(manager: Manager, profile_id: str, content: dict[str, Any]) -> None:
    profile = manager.state.compute_profiles[profile_id]
    profile.content, profile.state = content, "VALID"


def keep(manager: Manager, profile_id: str) -> None:
    """After a failed change: as before; after a failed creation: there, but of no use."""
    profile = manager.state.compute_profiles[profile_id]
    profile.state = "VALID" if profile.state == "VALID" else "INVALID"


def erase(manager: Manager, profile_id: str) -> None:
    del manager.state.compute_profiles[profile_id]


def _content(manager: Manager, body: ComputeProfileBody) -> dict[str, Any]:
    """The body with the names that belong to its ids."""
    content = body.model_dump(exclude_unset=True)
    for name in READ_ONLY:
        content.pop(name, None)
    known = placeable(manager)
    where = content["deploymentContainer"]
    placed = [
        *content["compute"],
        *where["compute"],
        *where["storage"],
        *([where["folder"]] if where.get("folder") else []),
    ]
    for item in placed:
        item.pop("status", None)
        item |= {"cmpType": "VC", "cmpName": manager.vcenter_name, "name": known[item["type"]][item["id"]].name}
    switches = {s.id: s for s in inventory.switches(manager)}
    for item in content.setdefault("switches", []):
        item.pop("status", None)
        item |= {"name": switches[item["id"]].name, "maxMtu": switches[item["id"]].mtu}
    for item in content["networks"]:
        item.pop("status", None)
        item |= {"name": manager.state.networks[item["id"]].name, "staticRoutes": item.get("staticRoutes", [])}
    where.setdefault("cpuReservation", 0)
    where.setdefault("memoryReservation", 0)
    return content


def document(manager: Manager, profile: ComputeProfile) -> dict[str, Any]:
    content = profile.content
    where = content["deploymentContainer"]["compute"][0]
    pool = next((p for p in inventory.pools(manager) if p.moid == where["id"]), None)
    cluster_id = inventory.cluster_of_pool(pool).moid if pool else where["id"]
    cluster = next((c for c in inventory.clusters(manager) if c.moid == cluster_id), None)
    networks = [
        n
        | {"tags": shown(manager, n["tags"])}
        | {"status": {"state": manager.state.networks[n["id"]].state if n["id"] in manager.state.networks else "ERROR"}}
        for n in content["networks"]
    ]
    return {
        **content,
        "networks": networks,
        "computeProfileId": profile.profile_id,
        "state": profile.state,
        "location": manager.endpoint_id,
        "locationName": LOCATIONS[manager.name]["city"],
        "deploymentComputeClusterName": cluster.name if cluster else None,
        "deploymentComputeClusterId": cluster_id,
        "lastTaskDetails": tasks.last_of(manager, profile.task_id, lags=False),
    }


def _found(manager: Manager, profile_id: str) -> ComputeProfile:
    profile = manager.state.compute_profiles.get(profile_id)
    if profile is None:
        raise answers.Refused(404)
    return profile


def _refused(found: list[tuple[str, str]], profile_id: str = "") -> answers.Refused:
    return answers.Refused(422, answers.accepted(None, found, computeProfileId=profile_id))


def _begin(manager: Manager, profile: ComputeProfile, kind: str, last: Step, request: Any) -> dict[str, Any]:
    entity = {"id": profile.profile_id, "type": "COMPUTE_PROFILE", "name": profile.name}
    steps = [Step("Validate compute profile"), last]
    on_failure = partial(keep, profile_id=profile.profile_id)
    task = tasks.start(manager, kind, entity, steps, on_failure=on_failure, request=request)
    profile.task_id = task.task_id
    return answers.accepted(task.task_id, computeProfileId=profile.profile_id)


def _check_idle(manager: Manager, profile: ComputeProfile) -> None:
    task = tasks.running_for(manager, profile.profile_id)
    if task is not None:
        text = f"Task {task.task_id} is working on compute profile {profile.name}."
        raise answers.Refused(409, answers.errors("TASK_IN_PROGRESS", text))


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)
    router.include_router(_reads(manager))
    router.include_router(_writes(manager))
    router.include_router(_previews(manager))
    return router


def _reads(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    @router.get("")
    async def list_profiles(site: str | None = Query(None, alias="endpointId")) -> dict[str, Any]:
        there = manager.site(site)
        return answers.items([document(there, p) for p in there.state.compute_profiles.values()])

    @router.post("/query")
    async def query(body: ProfileQueryBody) -> dict[str, Any]:
        wanted = body.filter
        there = manager.site(wanted.endpointId)
        found = [
            document(there, p)
            for p in there.state.compute_profiles.values()
            if wanted.name in (None, p.name) and wanted.computeProfileId in (None, p.profile_id)
        ]
        return answers.items(found)

    @router.get("/{profile_id}")
    async def read(profile_id: str) -> dict[str, Any]:
        return document(manager, _found(manager, profile_id))

    return router


def _writes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    @router.post("", status_code=202)
    async def create(body: ComputeProfileBody) -> dict[str, Any]:
        against = problems(manager, body, None)
        if against:
            raise _refused(against)
        content = _content(manager, body)
        profile = ComputeProfile(str(uuid.uuid4()), content)
        manager.state.compute_profiles[profile.profile_id] = profile
        step = Step("Save compute profile", partial(store, profile_id=profile.profile_id, content=content))
        return _begin(manager, profile, "createComputeProfile", step, body.model_dump())

    @router.put("/{profile_id}", status_code=202)
    async def update(profile_id: str, body: ComputeProfileBody) -> dict[str, Any]:
        profile = _found(manager, profile_id)
        _check_idle(manager, profile)
        against = problems(manager, body, profile)
        if against:
            raise _refused(against, profile_id)
        step = Step("Save compute profile", partial(store, profile_id=profile_id, content=_content(manager, body)))
        return _begin(manager, profile, "updateComputeProfile", step, body.model_dump())

    @router.delete("/{profile_id}", status_code=202)
    async def delete(profile_id: str) -> dict[str, Any]:
        profile = _found(manager, profile_id)
        _check_idle(manager, profile)
        users = [m.name for m in service_mesh.using(manager, profile_id)]
        if users:
            text = f"Compute profile {profile.name} is used by service mesh {', '.join(users)}."
            raise _refused([("IN_USE", text)], profile_id)
        step = Step("Remove compute profile", partial(erase, profile_id=profile_id))
        return _begin(manager, profile, "deleteComputeProfile", step, None)

    return router


def _previews(manager: Manager) -> APIRouter:
    """Only a task comes of it: no source tells how its result looks (10, 20.5)."""
    router = APIRouter(prefix=BASE, route_class=HcxRoute)

    def preview(name: str, profile_id: str) -> dict[str, Any]:
        entity = {"id": f"preview-{profile_id}", "type": "COMPUTE_PROFILE", "name": name}
        task = tasks.start(manager, "previewComputeProfile", entity, [Step("Collect firewall rules")])
        return answers.accepted(task.task_id, computeProfileId=profile_id)

    @router.post("/preview", status_code=202)
    async def preview_new(body: ComputeProfileBody) -> dict[str, Any]:
        against = problems(manager, body, None)
        if against:
            raise _refused(against)
        return preview(body.name, "")

    @router.post("/{profile_id}/preview", status_code=202)
    async def preview_existing(profile_id: str, request: Request) -> dict[str, Any]:
        return preview(_found(manager, profile_id).name, profile_id)

    return router
