# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every request to one of the lab's Azure services: planned faults, delay, answer, log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response

from ..faults import FaultRule
from ..shared import Shared

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


@dataclass
class Answer:
    """`body` is JSON, bytes, or None for an empty one."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"

    def response(self) -> Response:
        content = self.body
        if content is not None and not isinstance(content, bytes):
            content = json.dumps(content).encode()
        response = Response(content, self.status, self.headers)
        if content is not None:
            response.headers["content-type"] = self.media_type
        return response


@dataclass
class Arrived:
    """A request, read; `template` and `user` are for the log, `planned` what a test wants to go wrong with it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    template: str
    planned: FaultRule | None = None
    user: str | None = None
    error: str | None = None


@dataclass(eq=False)
class Service:
    """One port: `template` names a request, `answer` answers it while the world is locked."""

    name: str
    shared: Shared
    template: Callable[[str, str], str]
    answer: Callable[[Arrived], Answer]

    def application(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def serve(request: Request) -> Response:
            return await self._serve(request)

        app.add_route("/{path:path}", serve, methods=METHODS)
        return app

    async def _serve(self, request: Request) -> Response:
        started = time.perf_counter()
        path, query = request.url.path, request.scope["query_string"].decode("latin-1")
        template = self.template(request.method, path)
        body = await request.body()
        headers = {k.lower(): v for k, v in request.headers.items()}
        arrived = Arrived(request.method, path, query, headers, body, template)
        response = await self._respond(request, arrived)
        self.shared.log.add(
            self.shared.clock.now(),
            self.name,
            f"{request.method} {template}",
            arrived.user,
            response.status_code,
            round((time.perf_counter() - started) * 1000, 3),
            error=arrived.error,
        )
        return response

    async def _respond(self, request: Request, arrived: Arrived) -> Response:
        shared, name = self.shared, f"{arrived.method} {arrived.template}"
        planned = arrived.planned = shared.faults.strike(self.name, name, None)
        if planned is not None and planned.action == "drop_before":
            return _dropped(request)
        delay = shared.latency.seconds(self.name, name)
        if delay:
            await asyncio.sleep(delay)
        if planned is not None and planned.action == "http":
            return Response(status_code=planned.status)
        with shared.world.lock:
            shared.catch_up()
            answer = self.answer(arrived)
        if planned is not None and planned.action == "drop_after":
            return _dropped(request)
        return answer.response()


def _dropped(request: Request) -> Response:
    request.scope["lab.transport"].abort()
    return Response(status_code=500)
