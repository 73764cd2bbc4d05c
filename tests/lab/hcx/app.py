# SPDX-License-Identifier: GPL-3.0-or-later
"""Port 443 of one manager."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, FastAPI, Request
from starlette.routing import Match

from . import (
    alerts,
    answers,
    appliances,
    compute_profiles,
    diagnostics,
    interconnect_tasks,
    inventory_queries,
    jobs,
    login,
    network_profiles,
    service_meshes,
    site_pairings,
    sites,
)
from .gate import Gate, HcxRoute
from .manager import Manager

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


def application(manager: Manager) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.gate = Gate(manager, f"hcx/{manager.name}", partial(login.authenticate, manager))
    parts = (login, jobs, sites, inventory_queries, site_pairings, network_profiles, interconnect_tasks)
    for part in (*parts, compute_profiles, service_meshes, diagnostics, appliances, alerts):
        app.include_router(part.routes(manager))
    app.include_router(unknown_paths(app))
    return app


def unknown_paths(app: FastAPI) -> APIRouter:
    """The last route: what no other answers is 404, or 405 where only the method is wrong (18)."""
    router = APIRouter(route_class=HcxRoute)
    known = list(app.router.routes)

    @router.api_route("/{path:path}", methods=METHODS)
    async def unknown(request: Request) -> None:
        elsewhere = any(route.matches(request.scope)[0] is Match.PARTIAL for route in known)
        status, code = (405, "METHOD_NOT_ALLOWED") if elsewhere else (404, "NOT_FOUND")
        raise answers.Refused(status, answers.errors(code, f"{request.method} {request.url.path} is not offered."))

    return router
