# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every REST request: planned faults, delay, session, handler, the API's own errors, log (13)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from .server import VCenterServer
    from .sessions import Session

Handler = Callable[[Request], Awaitable[Response]]
SESSION = "vmware-api-session-id"
STATUSES = {
    "ALREADY_EXISTS": 400,
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "UNAUTHORIZED": 403,
    "NOT_FOUND": 404,
}


class Refused(Exception):
    """One of the API's errors; `kind` is its error_type."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Body(BaseModel):
    """Unknown fields are refused, as the real API does."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class RestRoute(APIRoute):
    """A route behind its vCenter's gate."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def serve(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            return await gate.serve(request, self.path_format, handle)

        return serve


class Gate:
    def __init__(self, server: VCenterServer) -> None:
        self._server = server

    async def serve(self, request: Request, template: str, handle: Handler) -> Response:
        started = time.perf_counter()
        request.state.session = None
        name = f"{request.method} {template}"
        if "action" in request.query_params:
            name += f"?action={request.query_params['action']}"
        response = await self._serve(request, name, handle)
        server, session = self._server, request.state.session
        server.shared.log.add(
            server.shared.clock.now(),
            server.service,
            name,
            session.user if session else None,
            response.status_code,
            round((time.perf_counter() - started) * 1000, 3),
        )
        return response

    async def _serve(self, request: Request, name: str, handle: Handler) -> Response:
        shared, server = self._server.shared, self._server
        planned = shared.faults.strike(server.service, name, None)
        if planned is not None and planned.action == "drop_before":
            return _dropped(request)
        delay = shared.latency.seconds(server.service, name)
        if delay:
            await asyncio.sleep(delay)
        if planned is not None and planned.action == "http":
            return Response(status_code=planned.status)
        # Read before the lock is taken, so that nothing waits while it is held.
        await request.body()
        with server.world.lock:
            shared.catch_up()
            server.follow_world()
            try:
                if not request.url.path.endswith("/session") or request.method != "POST":
                    request.state.session = self._session(request)
                if planned is not None and planned.action == "fault":
                    raise Refused(planned.fault, planned.message)
                response = await handle(request)
            except Refused as refusal:
                response = _error(refusal.kind, str(refusal))
            except RequestValidationError as error:
                response = _error("INVALID_ARGUMENT", "; ".join(_problem(e) for e in error.errors()))
        return _dropped(request) if planned is not None and planned.action == "drop_after" else response

    def _session(self, request: Request) -> Session:
        key = request.headers.get(SESSION, "")
        session = self._server.sessions.of_key(key, self._server.rules.session_idle_seconds)
        if session is None:
            raise Refused("UNAUTHENTICATED", "Authentication required.")
        return session


def check_privilege(server: VCenterServer, request: Request, privilege: str) -> None:
    if not server.has_privilege(request.state.session, privilege):
        raise Refused("UNAUTHORIZED", "Insufficient permission to perform the operation.")


def _error(kind: str, text: str) -> JSONResponse:
    message = {"id": f"com.vmware.vapi.std.errors.{kind.lower()}", "default_message": text, "args": []}
    return JSONResponse({"error_type": kind, "messages": [message]}, STATUSES.get(kind, 500))


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg']}"
