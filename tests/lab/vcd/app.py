# SPDX-License-Identifier: GPL-3.0-or-later
"""The port of one Cloud Director."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, FastAPI, Request
from starlette.routing import Match

from . import (
    answers,
    edges_json,
    edges_xml,
    l2vpn_server,
    login,
    networks_json,
    networks_xml,
    organizations,
    queries,
    rights_json,
    rights_xml,
    tasks,
    tunnels,
    vapps,
)
from .director import Director
from .gate import Gate, VcdRoute

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


def application(director: Director) -> FastAPI:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.gate = Gate(director, f"vcd/{director.name}", partial(login.authenticate, director))
    xml = (login.xml_routes, tasks.routes, rights_xml.routes, organizations.routes, queries.routes)
    parts = [*xml, networks_xml.routes, edges_xml.routes, l2vpn_server.routes, vapps.routes]
    if not director.xml_only:
        parts += [login.json_routes, login.token_routes, rights_json.routes, networks_json.routes]
        parts += [edges_json.routes, tunnels.routes]
    for part in parts:
        app.include_router(part(director))
    app.include_router(_unknown_paths(app))
    return app


def _unknown_paths(app: FastAPI) -> APIRouter:
    """The last route: what no other answers is 404, or 405 where only the method is wrong."""
    router = APIRouter(route_class=VcdRoute)
    known = list(app.router.routes)

    @router.api_route("/{path:path}", methods=METHODS)
    async def unknown(request: Request) -> None:
        elsewhere = any(route.matches(request.scope)[0] is Match.PARTIAL for route in known)
        status, code = (405, "METHOD_NOT_ALLOWED") if elsewhere else (404, "NOT_FOUND")
        raise answers.Refused(status, code, f"{request.method} {request.url.path} is not offered.")

    return router
