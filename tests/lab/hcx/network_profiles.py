# SPDX-License-Identifier: GPL-3.0-or-later
"""Network profiles: list, read, create, change, delete (HCX reference 9)."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Query

from . import answers, jobs, service_mesh
from .compute_profile import shown
from .gate import HcxRoute
from .manager import Manager
from .network_profile import NetworkProfile, ProfileBody, States, UsageBody
from .network_profile_checks import content_of, refused


def realize(manager: Manager, object_id: str, content: dict[str, Any]) -> None:
    profile = manager.state.networks[object_id]
    profile.content, profile.state, profile.error = content, "REALIZED", None


def erase(manager: Manager, object_id: str) -> None:
    del manager.state.networks[object_id]


def fail(manager: Manager, object_id: str) -> None:
    profile = manager.state.networks[object_id]
    profile.state = "ERROR"
    profile.error = manager.state.jobs[profile.job_id].failure if profile.job_id else None


def users_of(manager: Manager, object_id: str) -> list[str]:
    """Names of the compute profiles and service meshes that refer to this network profile."""
    profiles = manager.state.compute_profiles.values()
    found = [p.name for p in profiles if any(n["id"] == object_id for n in p.content["networks"])]
    for _rest, mesh in service_mesh.visible(manager):
        overrides = [n["id"] for part in mesh.content["computeProfiles"] for n in part.get("networks", [])]
        found += [mesh.name] if object_id in overrides else []
    return found


def _document(manager: Manager, profile: NetworkProfile, usage: bool = False) -> dict[str, Any]:
    found = {
        **profile.content,
        "recommendationTags": shown(manager, profile.content.get("recommendationTags", [])),
        "objectId": profile.object_id,
        "state": profile.state,
        "jobDetails": {
            "lastJobId": profile.job_id,
            "lastJobType": profile.job_type,
            "error": profile.error is not None,
            "errorMessage": profile.error,
        },
    }
    numbers = (len(profile.used), len(profile.addresses()))
    return found | dict(zip(manager.rules.hcx_ip_usage_keys, numbers, strict=False)) if usage else found


def _found(manager: Manager, object_id: str) -> NetworkProfile:
    profile = manager.state.networks.get(object_id)
    if profile is None:
        message = f"Network {object_id} does not exist."
        raise answers.Refused(404, answers.profile_written(None, None, "NOT_FOUND", message))
    return profile


def _begin(manager: Manager, profile: NetworkProfile, state: States, kind: str, effect: jobs.Effect) -> dict[str, Any]:
    profile.state, profile.error = state, None
    job = jobs.start(manager, kind, effect, partial(fail, object_id=profile.object_id))
    profile.job_id, profile.job_type = job.job_id, kind
    return answers.profile_written(job.job_id, profile.object_id)


def _check_idle(manager: Manager, profile: NetworkProfile) -> None:
    if profile.state not in ("REALIZED", "ERROR"):
        raise refused(manager, "OPERATION_IN_PROGRESS", f"Job {profile.job_id} is working on {profile.name}.")


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)

    @router.get("/hybridity/api/networks")
    async def list_profiles(site: str | None = Query(None, alias="endpointId")) -> list[dict[str, Any]]:
        there = manager.site(site)
        return [_document(there, p) for p in there.state.networks.values()]

    @router.post("/hybridity/api/networks")
    async def query_usage(body: UsageBody, action: Literal["queryIpUsage"] = Query()) -> list[dict[str, Any]]:
        wanted = body.filter.model_dump(include={"ownedBySystem", "allowTrunkInterfaces"}, exclude_none=True)
        return [
            _document(manager, p, usage=True)
            for p in manager.state.networks.values()
            if all(p.content[key] == value for key, value in wanted.items())
        ]

    @router.get("/hybridity/api/networks/{object_id}")
    async def read(object_id: str) -> dict[str, Any]:
        return _document(manager, _found(manager, object_id))

    @router.post("/admin/hybridity/api/networks")
    async def create(body: ProfileBody) -> dict[str, Any]:
        content = content_of(manager, body, None)
        profile = NetworkProfile(f"network-{uuid.uuid4()}", content)
        manager.state.networks[profile.object_id] = profile
        effect = partial(realize, object_id=profile.object_id, content=content)
        return _begin(manager, profile, "CREATE_IN_PROGRESS", "createNetwork", effect)

    @router.put("/hybridity/api/networks/{object_id}")
    async def update(object_id: str, body: ProfileBody) -> dict[str, Any]:
        profile = _found(manager, object_id)
        if body.objectId != object_id:
            message = f"objectId is {body.objectId} in the body and {object_id} in the path."
            raise answers.Refused(400, answers.profile_written(None, None, "INVALID_REQUEST", message))
        _check_idle(manager, profile)
        content = content_of(manager, body, profile)
        effect = partial(realize, object_id=object_id, content=content)
        return _begin(manager, profile, "IN_PROGRESS", "updateNetwork", effect)

    @router.delete("/hybridity/api/networks/{object_id}")
    async def delete(object_id: str) -> dict[str, Any]:
        profile = _found(manager, object_id)
        users = users_of(manager, object_id)
        if users:
            text = f"Network profile {profile.name} is used by {', '.join(users)}."
            raise refused(manager, "IN_USE", text)
        _check_idle(manager, profile)
        return _begin(manager, profile, "DELETE_IN_PROGRESS", "deleteNetwork", partial(erase, object_id=object_id))

    return router
