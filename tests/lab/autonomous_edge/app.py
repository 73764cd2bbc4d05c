# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST API of an NSX Autonomous Edge (VCD reference 8)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress

from .edge import Edges, Held, Port, Session
from .gate import EdgeRoute, Gate, Refused

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
SESSIONS, PORTS = "/api/v1/vpn/l2vpn/sessions", "/api/v1/ports"
EXTERNAL_ADDRESS = 2
"""Position of the address in the property external_port."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TransportTunnel(Body):
    peer_code: str
    peer_address: IPvAnyAddress
    local_address: IPvAnyAddress


class SessionBody(Body):
    display_name: Annotated[str, Field(min_length=1, max_length=255)]
    description: str = ""
    enabled: bool = True
    transport_tunnels: Annotated[list[TransportTunnel], Field(min_length=1, max_length=1)]


class ExtensionBody(Body):
    l2vpn_session_id: str
    tunnel_id: Annotated[int, Field(ge=1, le=4093)]


class PortBody(Body):
    """Names of its fields are inferred; interfaces and the extension's schema are public."""

    resource_type: Literal["LogicalRouterPort"]
    display_name: str = ""
    description: str = ""
    exit_interface: Literal["eth1", "eth2", "eth3", "eth4", "eth5", "eth6", "eth7", "eth8"]
    vlan: Annotated[int, Field(ge=0, le=4094)] = 0
    l2_extension: ExtensionBody | None = None


def application(edges: Edges) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.gate = Gate(edges)
    app.include_router(_session_routes(edges))
    app.include_router(_port_routes())
    router = APIRouter(route_class=EdgeRoute)

    @router.api_route("/{path:path}", methods=METHODS)
    async def unknown(request: Request) -> None:
        raise Refused(404, f"{request.method} {request.url.path} is not offered.")

    app.include_router(router)
    return app


def _session_routes(edges: Edges) -> APIRouter:
    router = APIRouter(prefix=SESSIONS, route_class=EdgeRoute)

    @router.post("", status_code=201)
    async def create(
        request: Request, body: SessionBody, action: Annotated[Literal["create_with_peer_code"] | None, Query()] = None
    ) -> dict[str, Any]:
        if action is None and edges.rules.edge_general_post == "missing":
            raise Refused(400, "The action is missing.")
        (tunnel,) = body.transport_tunnels
        _check_peer_code(tunnel.peer_code)
        local = str(tunnel.local_address)
        words = [w.strip() for w in request.state.machine.value("external_port").split(",")]
        own = words[EXTERNAL_ADDRESS] if len(words) > EXTERNAL_ADDRESS else ""
        if edges.rules.edge_local_address == "own" and local != own:
            raise Refused(400, f"{local} is no address of this edge, which has {own or 'none'}.")
        made = Session(
            str(uuid4()),
            body.display_name,
            body.description,
            body.enabled,
            tunnel.peer_code,
            str(tunnel.peer_address),
            local,
            edges.shared.clock.now(),
        )
        _held(request).sessions[made.id] = made
        return made.document()

    @router.get("")
    async def listed(request: Request) -> dict[str, Any]:
        return _page([s.document() for s in _held(request).sessions.values()])

    @router.get("/{session}")
    async def one(request: Request, session: str) -> dict[str, Any]:
        return _session(request, session).document()

    @router.delete("/{session}")
    async def remove(request: Request, session: str) -> JSONResponse:
        held, found = _held(request), _session(request, session)
        used = [p for p in held.ports.values() if p.session == found.id]
        if used and edges.rules.edge_used_session == "refuse":
            raise Refused(400, f"The session {found.name} extends the port {used[0].name}.")
        for port in used:
            port.session = port.tunnel_id = None
        del held.sessions[found.id]
        return JSONResponse(None, 200)

    return router


def _port_routes() -> APIRouter:
    router = APIRouter(prefix=PORTS, route_class=EdgeRoute)

    @router.post("", status_code=201)
    async def create(request: Request, body: PortBody) -> dict[str, Any]:
        held, machine, extension = _held(request), request.state.machine, body.l2_extension
        if int(body.exit_interface.removeprefix("eth")) >= len(machine.cards):
            raise Refused(400, f"This edge has no interface {body.exit_interface}.")
        if any((p.interface, p.vlan) == (body.exit_interface, body.vlan) for p in held.ports.values()):
            raise Refused(400, f"VLAN {body.vlan} of {body.exit_interface} has a port already.")
        if extension is not None:
            _session(request, extension.l2vpn_session_id, status=400)
            wanted = (extension.l2vpn_session_id, extension.tunnel_id)
            if any((p.session, p.tunnel_id) == wanted for p in held.ports.values()):
                raise Refused(400, f"Tunnel id {extension.tunnel_id} is in use in this session.")
        made = Port(
            str(uuid4()),
            body.display_name or f"port-{len(held.ports) + 1}",
            body.exit_interface,
            body.vlan,
            extension.l2vpn_session_id if extension else None,
            extension.tunnel_id if extension else None,
        )
        held.ports[made.id] = made
        return made.document(held.sessions)

    @router.get("")
    async def listed(request: Request) -> dict[str, Any]:
        held = _held(request)
        return _page([p.document(held.sessions) for p in held.ports.values()])

    @router.get("/{port}")
    async def one(request: Request, port: str) -> dict[str, Any]:
        return _port(request, port).document(_held(request).sessions)

    @router.delete("/{port}")
    async def remove(request: Request, port: str) -> JSONResponse:
        del _held(request).ports[_port(request, port).id]
        return JSONResponse(None, 200)

    return router


def _held(request: Request) -> Held:
    held: Held = request.state.held
    return held


def _session(request: Request, session: str, status: int = 404) -> Session:
    found = _held(request).sessions.get(session)
    if found is None:
        raise Refused(status, f"The L2VPN session {session} does not exist.")
    return found


def _port(request: Request, port: str) -> Port:
    found = _held(request).ports.get(port)
    if found is None:
        raise Refused(404, f"The port {port} does not exist.")
    return found


def _page(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"results": found, "result_count": len(found)}


def _check_peer_code(code: str) -> None:
    """A short prefix and a JSON document, in base64 (8)."""
    try:
        text = base64.b64decode(code, validate=True).decode()
        json.loads(text[text.index("{") :])
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Refused(400, "The peer code cannot be decoded.") from error
