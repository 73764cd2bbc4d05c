# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for HCX: outages, what a manager lacks, tunnels, alerts, live extensions."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ..shared import Shared
from . import alerts
from .alerts import Severity
from .manager import Availability, Manager
from .tunnels import TunnelStatus, TunnelTrouble

POLL_SECONDS = 0.01
SEVERITIES: dict[TunnelStatus, Severity] = {"down": "CRITICAL", "degraded": "INFO"}


class Body(BaseModel):
    """Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ManagerBody(Body):
    availability: Availability | None = None
    seconds: float | None = Field(default=None, gt=0)
    nsx_registered: bool | None = None
    sso_ready: bool | None = None


class TunnelBody(Body):
    status: Literal["down", "degraded"]
    reason: str
    appliance: str | None = None


class AlertBody(Body):
    severity: Severity
    message: str
    entity: dict[str, str] = Field(default_factory=dict)


class ApplianceBody(Body):
    extensions: int = Field(ge=0, le=8)


async def settled(manager: Manager) -> None:
    """Wait until a manager's port is as its availability says."""
    while not manager.settled:
        await asyncio.sleep(POLL_SECONDS)


def routes(shared: Shared, managers: dict[str, Manager]) -> APIRouter:
    router = APIRouter()
    router.include_router(_manager_routes(shared, managers))
    router.include_router(_mesh_routes(shared, managers))
    return router


def _manager_routes(shared: Shared, managers: dict[str, Manager]) -> APIRouter:
    router = APIRouter(prefix="/hcx")

    def manager_of(name: str) -> Manager:
        if name not in managers:
            raise KeyError(f"no manager {name}")
        return managers[name]

    @router.get("")
    async def list_managers() -> dict[str, Any]:
        return {
            name: {
                "url": m.url,
                "endpointId": m.endpoint_id,
                "certificate": m.certificate,
                "availability": m.availability(),
            }
            for name, m in managers.items()
        }

    @router.patch("/managers/{name}", status_code=204)
    async def change_manager(name: str, body: ManagerBody) -> None:
        manager = manager_of(name)
        if body.availability is not None:
            manager.interrupt(body.availability, body.seconds)
            await settled(manager)
        if body.nsx_registered is not None:
            manager.state.nsx_registered = body.nsx_registered
        if body.sso_ready is not None:
            manager.state.sso_ready = body.sso_ready

    @router.post("/managers/{name}/alerts", status_code=201)
    async def add_alert(name: str, body: AlertBody) -> dict[str, Any]:
        with shared.world.lock:
            return alerts.sound(manager_of(name), body.severity, body.message, body.entity).document()

    return router


def _mesh_routes(shared: Shared, managers: dict[str, Manager]) -> APIRouter:
    router = APIRouter(prefix="/hcx")

    @router.post("/tunnels", status_code=204)
    async def disturb_tunnels(body: TunnelBody) -> None:
        entity = {"id": "", "name": body.appliance or "", "type": "APPLIANCE"}
        text = f"Encryption tunnel {'is degraded' if body.status == 'degraded' else 'down'}: {body.reason}"
        with shared.world.lock:
            for manager in managers.values():
                manager.state.tunnel_troubles.append(TunnelTrouble(body.status, body.reason, body.appliance))
                alerts.sound(manager, SEVERITIES[body.status], text, entity)

    @router.delete("/tunnels", status_code=204)
    async def restore_tunnels() -> None:
        for manager in managers.values():
            manager.state.tunnel_troubles.clear()

    @router.patch("/appliances/{name}", status_code=204)
    async def change_appliance(name: str, body: ApplianceBody) -> None:
        """Networks extended over an appliance and its peer, as long as the lab extends none itself."""
        with shared.world.lock:
            meshes = [m for manager in managers.values() for m in manager.state.meshes.values()]
            found = [(m, a) for m in meshes for a in m.appliances.values() if a.name == name]
            if not found:
                raise KeyError(f"no appliance {name}")
            mesh, appliance = found[0]
            for one in filter(None, (appliance, mesh.peer(appliance))):
                one.extensions = body.extensions

    return router
