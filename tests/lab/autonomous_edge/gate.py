# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every request: whether an edge answers at all, planned faults, delay, login, handler, errors, log."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from ..world import VirtualMachine
    from .edge import Edges

SERVICE = "autonomous_edge"
USER, PASSWORD_PROPERTY = "admin", "nsx_cli_passwd_0"
UNKNOWN = "/{path}"
"""Template of the route that takes what no other does."""
Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class EdgeRoute(APIRoute):
    """A route behind its application's gate."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def serve(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            return await gate.serve(request, self.path_format, handle)

        return serve


class Gate:
    def __init__(self, edges: Edges) -> None:
        self._edges = edges

    async def serve(self, request: Request, template: str, handle: Handler) -> Response:
        started = time.perf_counter()
        request.state.user = None
        name = f"{request.method} {request.url.path if template == UNKNOWN else template}"
        if "action" in request.query_params:
            name += f"?action={request.query_params['action']}"
        response = await self._serve(request, name, handle)
        shared = self._edges.shared
        shared.log.add(
            shared.clock.now(),
            SERVICE,
            name,
            request.state.user,
            response.status_code,
            round((time.perf_counter() - started) * 1000, 3),
        )
        return response

    async def _serve(self, request: Request, name: str, handle: Handler) -> Response:
        shared, edges = self._edges.shared, self._edges
        with shared.world.lock:
            shared.catch_up()
            if edges.answering() is None:
                return _dropped(request)
        planned = shared.faults.strike(SERVICE, name, None)
        if planned is not None and planned.action == "drop_before":
            return _dropped(request)
        delay = shared.latency.seconds(SERVICE, name)
        if delay:
            await asyncio.sleep(delay)
        if planned is not None and planned.action == "http":
            return Response(status_code=planned.status)
        # Read before the lock is taken, so that nothing waits while it is held.
        await request.body()
        with shared.world.lock:
            machine = edges.answering()
            if machine is None:
                return _dropped(request)
            try:
                self._authenticate(request, machine)
                if planned is not None and planned.action == "fault":
                    raise Refused(planned.status, planned.message)
                request.state.machine, request.state.held = machine, edges.held(machine)
                response = await handle(request)
            except Refused as refusal:
                response = _error(refusal.status, str(refusal))
            except RequestValidationError as error:
                response = _error(400, "; ".join(_problem(e) for e in error.errors()))
            edges.follow()
        return _dropped(request) if planned is not None and planned.action == "drop_after" else response

    def _authenticate(self, request: Request, machine: VirtualMachine) -> None:
        """Basic authentication with the password that the edge was deployed with."""
        scheme, _rest, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _rest, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() != "basic" or (user, password) != (USER, machine.value(PASSWORD_PROPERTY)):
            raise Refused(self._edges.rules.edge_denied_status, "The credentials were incorrect.")
        request.state.user = user


def _error(status: int, text: str) -> JSONResponse:
    content = {
        "httpStatus": HTTPStatus(status).name,
        "error_code": status,
        "module_name": "autonomous-edge",
        "error_message": text,
    }
    return JSONResponse(content, status)


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg']}"
