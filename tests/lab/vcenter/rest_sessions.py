# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of the REST API in its present and its older form (13)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from .rest_gate import Refused, RestRoute

if TYPE_CHECKING:
    from .server import VCenterServer
    from .sessions import Session

PRESENT, OLDER = "/api/session", "/rest/com/vmware/cis/session"


def routes(server: VCenterServer) -> APIRouter:
    router = APIRouter(route_class=RestRoute)

    @router.post(PRESENT)
    async def login(request: Request) -> Response:
        return JSONResponse(_open(server, request).key, 201)

    @router.get(PRESENT)
    async def information(request: Request) -> dict[str, Any]:
        session: Session = request.state.session
        clock = server.shared.clock
        return {
            "user": session.user,
            "created_time": clock.utc(session.opened).isoformat(),
            "last_accessed_time": clock.utc(session.last_active).isoformat(),
        }

    @router.delete(PRESENT, status_code=204)
    async def logout(request: Request) -> None:
        server.sessions.close(request.state.session.key)

    @router.post(OLDER)
    async def older_login(request: Request) -> dict[str, str]:
        return {"value": _open(server, request).key}

    @router.delete(OLDER, status_code=200)
    async def older_logout(request: Request) -> None:
        server.sessions.close(request.state.session.key)

    return router


def _open(server: VCenterServer, request: Request) -> Session:
    """Of the user that basic authentication names."""
    scheme, _rest, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _rest, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = password = ""
    if scheme.lower() != "basic" or server.shared.users.get(user) != password:
        raise Refused("UNAUTHENTICATED", "Authentication required.")
    address = request.client.host if request.client else ""
    session = server.sessions.open(user, request.headers.get("user-agent", ""), address)
    request.state.session = session
    return session
