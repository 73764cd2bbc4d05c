# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every request: planned faults, delay, session, version, handler, errors, log."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from . import answers

if TYPE_CHECKING:
    from .cloud_site import CloudSite

UNKNOWN = "/{path}"
"""Template of the route that takes what no other does."""
TOKEN = "X-VCAV-Auth"
OPEN = ("POST /sessions",)
STATUSES = {"NotAuthenticated": 401, "Forbidden": 403, "SiteNotFound": 404, "GeneralServerFailure": 500}
"""Of planned errors; others are 400."""
VERSIONS = ("3", "3.5", "4", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7")
_VERSIONED = re.compile(r"application/vnd\.vmware\.h4-v(\d+(?:\.\d+)?)\+json")
Handler = Callable[[Request], Awaitable[Response]]


class VcdaRoute(APIRoute):
    """A route behind its application's gate."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def serve(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            return await gate.serve(request, self.path_format, handle)

        return serve


class Gate:
    def __init__(self, site: CloudSite) -> None:
        self._site = site
        self._service = f"vcda/{site.name}"

    async def serve(self, request: Request, template: str, handle: Handler) -> Response:
        started = time.perf_counter()
        request.state.session = None
        name = f"{request.method} {request.url.path if template == UNKNOWN else template}"
        response = await self._serve(request, name, handle)
        shared, session = self._site.shared, request.state.session
        shared.log.add(
            shared.clock.now(),
            self._service,
            name,
            session.user if session else None,
            response.status_code,
            round((time.perf_counter() - started) * 1000, 3),
        )
        return response

    async def _serve(self, request: Request, name: str, handle: Handler) -> Response:
        shared, site = self._site.shared, self._site
        planned = shared.faults.strike(self._service, name, None)
        if planned is not None and planned.action == "drop_before":
            return _dropped(request)
        delay = shared.latency.seconds(self._service, name)
        if delay:
            await asyncio.sleep(delay)
        if planned is not None and planned.action == "http":
            return Response(status_code=planned.status)
        # Read before the lock is taken, so that nothing waits while it is held.
        await request.body()
        with shared.world.lock:
            shared.catch_up()
            try:
                self._authenticate(request, name)
                media_type = _media_type(request)
                if planned is not None and planned.action == "fault":
                    status = STATUSES.get(planned.fault, 400)
                    raise answers.Refused(status, planned.fault, planned.message)
                site.planned = planned
                site.operation = request.headers.get("operationID", "")
                response = await handle(request)
                if response.body:
                    response.headers["Content-Type"] = media_type
            except answers.Refused as refusal:
                response = JSONResponse(refusal.content, refusal.status)
            except RequestValidationError as error:
                text = "; ".join(_problem(e) for e in error.errors())
                response = JSONResponse(answers.error("BadUserInput", text), 400)
            finally:
                site.planned = None
        return _dropped(request) if planned is not None and planned.action == "drop_after" else response

    def _authenticate(self, request: Request, name: str) -> None:
        if name in OPEN:
            return
        site = self._site
        session = site.sessions.use(request.headers.get(TOKEN, ""), site.rules.vcda_session_idle_seconds)
        if session is None:
            raise answers.Refused(401, "NotAuthenticated", "The session is not authenticated.")
        request.state.session = session
        # Most calls take the site where they are to run (10.1).
        site.check_site(session, request.query_params.get("site"))


def _media_type(request: Request) -> str:
    """Of the answer, by Accept; 406 for a version that no release has (10.1)."""
    accepted = request.headers.get("accept", "*/*")
    versions = _VERSIONED.findall(accepted)
    known = [v for v in versions if v in VERSIONS]
    if known:
        return f"application/vnd.vmware.h4-v{known[0]}+json;charset=UTF-8"
    if not any(plain in accepted for plain in ("application/json", "*/*")):
        raise answers.Refused(406, "BadRequest", f"None of {accepted} can be had.", accepted)
    return f"application/vnd.vmware.h4-v{VERSIONS[-1]}+json;charset=UTF-8"


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg']}"
