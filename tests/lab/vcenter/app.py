# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side of one vCenter."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from . import content_library, rest_sessions
from .bindings import fault, version_of, vmodl
from .encode import fault_answer
from .rest_gate import Gate
from .server import FALLBACK_VERSION, VCenterServer

XML = "text/xml; charset=utf-8"


def application(server: VCenterServer) -> FastAPI:
    app = FastAPI(openapi_url=None)

    def log(request: Request, status: int) -> None:
        name = f"{request.method} {request.url.path}"
        server.shared.log.add(server.shared.clock.now(), server.service, name, None, status, 0.0)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        """A defect of the lab itself: uvicorn logs the traceback, the client gets vCenter's own kind of answer."""
        text = fault_answer(
            fault(vmodl.fault.SystemError, f"A general system error occurred: {error!r}", reason=repr(error)),
            version_of(FALLBACK_VERSION),
        )
        return Response(text, 500, media_type=XML)

    @app.get("/sdk/vimServiceVersions.xml")
    async def service_versions(request: Request) -> Response:
        log(request, 200)
        api = server.rules.api_version
        text = (
            '<?xml version="1.0" encoding="UTF-8" ?>\n<namespaces version="1.0">\n <namespace>\n'
            f"  <name>urn:vim25</name>\n  <version>{api}</version>\n  <priorVersions>\n"
            + "".join(f"   <version>{v}</version>\n" for v in PRIOR_VERSIONS if v != api)
            + "  </priorVersions>\n </namespace>\n</namespaces>\n"
        )
        return Response(text, media_type=XML)

    @app.post("/sdk")
    async def soap(request: Request) -> Response:
        address = request.client.host if request.client else ""
        answer = await server.serve(await request.body(), request.headers, address)
        if answer.text is None:
            request.scope["lab.transport"].abort()
            return Response(status_code=500)
        headers = {"Cache-Control": "no-cache"}
        if answer.cookie:
            headers["Set-Cookie"] = answer.cookie
        return Response(answer.text, answer.status, headers, media_type=XML)

    app.state.gate = Gate(server)
    for part in (rest_sessions, content_library):
        app.include_router(part.routes(server))

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
    async def unknown(request: Request) -> Response:
        log(request, 404)
        return Response(status_code=404)

    return app


PRIOR_VERSIONS = (
    "8.0.2.0",
    "8.0.1.0",
    "8.0.0.1",
    "7.0.3.0",
    "7.0.2.0",
    "7.0.1.0",
    "7.0",
    "6.9.1",
    "6.7.3",
    "6.7",
    "6.5",
    "6.0",
    "5.5",
)
