# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every HCX request: availability, planned faults, delay, login, handler, answer as JSON or XML, log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from . import answers, xml_answers

if TYPE_CHECKING:
    from .manager import Manager

UNKNOWN = "/{path}"
"""Template of the route that takes what no other does."""
Handler = Callable[[Request], Awaitable[Response]]


class HcxRoute(APIRoute):
    """A route behind its application's gate."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def serve(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            return await gate.serve(request, self.path_format, handle)

        return serve


@dataclass(eq=False)
class Gate:
    """`authenticate` names the user of a request, or raises Refused."""

    manager: Manager
    service: str
    authenticate: Callable[[Request], str]
    always: bool = False
    """Served also while the manager's services are not."""

    async def serve(self, request: Request, template: str, handle: Handler) -> Response:
        started = time.perf_counter()
        request.state.user = None
        name = f"{request.method} {request.url.path if template == UNKNOWN else template}"
        if "action" in request.query_params:
            name += f"?action={request.query_params['action']}"
        response = await self._serve(request, name, handle)
        shared = self.manager.shared
        shared.log.add(
            shared.clock.now(),
            self.service,
            name,
            request.state.user,
            response.status_code,
            round((time.perf_counter() - started) * 1000, 3),
        )
        return response

    async def _serve(self, request: Request, name: str, handle: Handler) -> Response:
        shared, manager = self.manager.shared, self.manager
        availability = "up" if self.always else manager.availability()
        if availability == "down":
            return _dropped(request)
        if availability == "starting":
            return Response(status_code=503)
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
                manager.user = request.state.user = self.authenticate(request)
                if planned is not None and planned.action == "fault":
                    raise answers.Refused(
                        200, answers.planned(request.url.path, manager.now_ms(), planned.fault, planned.message)
                    )
                manager.planned = planned
                response = await handle(request)
            except answers.Refused as refusal:
                response = _refusal(refusal)
            except RequestValidationError as error:
                text = "; ".join(_problem(e) for e in error.errors())
                content = answers.in_the_words_of(request.url.path, manager.now_ms(), "INVALID_REQUEST", text)
                # A word in the path that the contract does not have is an unknown path.
                response = JSONResponse(content, 404 if any(e["loc"][0] == "path" for e in error.errors()) else 400)
            finally:
                manager.planned = None
        if planned is not None and planned.action == "drop_after":
            return _dropped(request)
        return self._as_accepted(request, response)

    def _as_accepted(self, request: Request, response: Response) -> Response:
        """The answer in XML where the client did not ask for JSON (3.1)."""
        wanted = request.headers.get("accept", "")
        words = ("application/json", "*/*") if self.manager.rules.hcx_json_accept == "any" else ("application/json",)
        if any(w in wanted for w in words) or not isinstance(response, JSONResponse) or not response.body:
            return response
        text = xml_answers.document(json.loads(bytes(response.body)))
        kept = {k: v for k, v in response.headers.items() if k.startswith("x-")}
        return Response(text, response.status_code, kept, media_type=xml_answers.MEDIA_TYPE)


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)


def _refusal(refusal: answers.Refused) -> Response:
    if refusal.content is None:
        return Response(status_code=refusal.status)
    return JSONResponse(refusal.content, refusal.status)


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg']}"
