# SPDX-License-Identifier: GPL-3.0-or-later
"""The public endpoint of one Availability."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request

from . import answers, inventory, login, replications, tasks
from .cloud_site import CloudSite
from .gate import Gate, VcdaRoute

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


def application(site: CloudSite) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.gate = Gate(site)
    for part in (login, tasks, inventory, replications):
        app.include_router(part.routes(site))
    router = APIRouter(route_class=VcdaRoute)

    @router.api_route("/{path:path}", methods=METHODS)
    async def unknown(request: Request) -> None:
        raise answers.not_found("Path", request.url.path)

    app.include_router(router)
    return app
