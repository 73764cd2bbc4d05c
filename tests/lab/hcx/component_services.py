# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a manager, stopped and started on port 9443 (HCX reference 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Query

from .gate import HcxRoute

if TYPE_CHECKING:
    from .manager import Manager

Component = Literal["appengine", "web", "planengine"]


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/components", route_class=HcxRoute)

    @router.post("/{component}")
    async def control(component: Component, action: Literal["stop", "start"] = Query()) -> dict[str, Any]:
        if action == "stop":
            manager.state.stopped.add(component)
        else:
            manager.state.stopped.discard(component)
        return {"result": _status(manager, component)}

    @router.get("/{component}/status")
    async def status(component: Component) -> dict[str, Any]:
        return {"result": _status(manager, component)}

    return router


def _status(manager: Manager, component: Component) -> str:
    return "STOPPED" if component in manager.state.stopped else "RUNNING"
