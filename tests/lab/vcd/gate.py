# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every request: planned faults, delay, login, version, handler, request id, log (VCD reference 3, 12)."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from . import answers

if TYPE_CHECKING:
    from .director import Caller, Director

UNKNOWN = "/{path}"
"""Template of the route that takes what no other does."""
CLIENT_ID, SERVER_ID = "x-vmware-vcloud-client-request-id", "x-vmware-vcloud-request-id"
JSON = ("application/json", "application/*", "*/*")
XML = ("application/*+xml", "application/*", "*/*")
Handler = Callable[[Request], Awaitable[Response]]


class VcdRoute(APIRoute):
    """A route behind its application's gate."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def serve(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            return await gate.serve(request, self.path_format, handle)

        return serve


@dataclass(eq=False)
class Gate:
    """`authenticate` names who asks, None where nobody has to log in, or raises Refused."""

    director: Director
    service: str
    authenticate: Callable[[Request], Caller | None]

    async def serve(self, request: Request, template: str, handle: Handler) -> Response:
        started = time.perf_counter()
        request.state.user = None
        name = f"{request.method} {request.url.path if template == UNKNOWN else template}"
        given = re.sub(r"[^A-Za-z0-9-]", "", request.headers.get(CLIENT_ID, ""))[:128]
        request_id = "-".join(filter(None, (given, str(uuid.uuid4()))))
        response = await self._serve(request, name, request_id, handle)
        response.headers[SERVER_ID] = request_id
        shared = self.director.shared
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        shared.log.add(shared.clock.now(), self.service, name, request.state.user, response.status_code, milliseconds)
        return response

    async def _serve(self, request: Request, name: str, request_id: str, handle: Handler) -> Response:
        shared, director = self.director.shared, self.director
        planned = shared.faults.strike(self.service, name, None)
        if planned is not None and planned.action == "drop_before":
            return _dropped(request)
        delay = shared.latency.seconds(self.service, name)
        if delay:
            await asyncio.sleep(delay)
        if planned is not None and planned.action == "http":
            return Response(status_code=planned.status)
        # Read before the lock is taken, so that nothing waits while it is held.
        await request.body()
        with shared.world.lock:
            shared.catch_up()
            try:
                director.request_id, director.planned = request_id, planned
                director.serve(self.authenticate(request))
                director.version = self._version(request)
                if planned is not None and planned.action == "fault":
                    raise answers.Refused(planned.status, planned.fault, planned.message)
                response = await handle(request)
            except answers.Refused as refusal:
                empty = director.rules.vcd_empty_errors
                response = answers.response(refusal, request.url.path, request_id, empty)
            except RequestValidationError as error:
                text = "; ".join(_problem(e) for e in error.errors())
                empty = director.rules.vcd_empty_errors
                response = answers.response(answers.bad(text), request.url.path, request_id, empty)
            finally:
                director.planned = None
                director.serve(None)
        if planned is not None and planned.action == "drop_after":
            return _dropped(request)
        return response

    def _version(self, request: Request) -> tuple[int, int]:
        """What the Accept header asks for; Refused 406 when it does not name a version that is offered (3.2, 12)."""
        path = request.url.path
        if path == "/api/versions":
            return (0, 0)
        media = JSON if path.startswith(("/cloudapi/", "/oauth/")) else XML
        for part in request.headers.get("accept", "").split(","):
            wanted, *parameters = (p.strip() for p in part.split(";"))
            version = next((p.removeprefix("version=") for p in parameters if p.startswith("version=")), None)
            exact = media is XML and wanted.startswith("application/vnd.vmware.") and wanted.endswith("+xml")
            if (wanted in media or exact) and version in self.director.versions():
                major, minor = version.split(".")
                return int(major), int(minor)
        raise answers.Refused(406, "NOT_ACCEPTABLE", "The Accept header names no media type and version offered here.")


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg']}"
