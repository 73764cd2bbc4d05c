# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for Availability: trouble by machine name, policies, sessions, reachability."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ..shared import Shared
from .cloud_site import CloudSite
from .reach import reach


class Body(BaseModel):
    """Unknown fields and wrong types are refused; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TroubleBody(Body):
    fail: str | None = None
    rpo_violation: int | None = Field(default=None, ge=1)
    speed: float = Field(default=1.0, ge=0)
    refuse_cutover: str | None = None


class PolicyBody(Body):
    min_rpo: int = Field(ge=1)


def routes(shared: Shared, sites: dict[str, CloudSite]) -> APIRouter:
    router = APIRouter()

    def site_of(name: str) -> CloudSite:
        if name not in sites:
            raise KeyError(f"no Availability {name}")
        return sites[name]

    @router.get("/replications")
    async def replications() -> list[dict[str, Any]]:
        with shared.world.lock:
            shared.catch_up()
            return [
                {
                    "site": name,
                    "id": r.id,
                    "vm": r.vm_name,
                    "recovery": r.recovery,
                    "paused": r.paused,
                    "progress": int(r.progress * 100),
                    "rpo": r.settings.rpo,
                    "migration": r.is_migration,
                }
                for name, site in sites.items()
                for r in site.state.replications.values()
            ]

    @router.patch("/replications/{vm}")
    async def disturb(vm: str, body: TroubleBody) -> dict[str, Any]:
        """Of both clouds, also before there is a replication."""
        with shared.world.lock:
            shared.catch_up()
            for site in sites.values():
                site.state.troubles[vm] = replace(site.trouble(vm), **body.model_dump(exclude_unset=True))
            return asdict(site.trouble(vm))

    @router.patch("/policies/{name}/{organization}")
    async def change_policy(name: str, organization: str, body: PolicyBody) -> dict[str, Any]:
        with shared.world.lock:
            site = site_of(name)
            found = site.cloud.organization(organization)
            site.state.min_rpo[found.id] = body.min_rpo
            return site.policy(found.id).document()

    @router.get("/sessions")
    async def sessions() -> dict[str, dict[str, int]]:
        return {name: site.sessions.counts() for name, site in sites.items()}

    @router.post("/sessions/expire")
    async def expire_sessions() -> dict[str, int]:
        return {name: site.sessions.expire_all() for name, site in sites.items()}

    @router.get("/reach/{vm}")
    async def reachable(vm: str) -> dict[str, Any]:
        with shared.world.lock:
            shared.catch_up()
            return reach(shared.world, vm).document()

    return router
