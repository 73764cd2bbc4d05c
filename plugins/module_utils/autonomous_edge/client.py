# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the NSX Autonomous Edge's REST API: input and output only, no decisions. (VCD reference 8)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ..connection import Connection
from ..engine.errors import LoginFailed, Refused
from ..http_session import Http

SESSIONS = "/api/v1/vpn/l2vpn/sessions"
PORTS = "/api/v1/ports"
# Tunnel ids of an extension. (VCD reference 8)
TUNNEL_IDS = (1, 4093)
# An extension is on a port of the edge's own router, which is the only kind that leaves by an interface.
PORT_KIND = "LogicalRouterPort"


@dataclass(frozen=True)
class Session:
    """An L2VPN session of the edge. The peer code is never told."""

    id: str
    name: str
    description: str
    peer_address: str
    local_address: str


@dataclass(frozen=True)
class Port:
    """A port that extends a VLAN behind ``interface`` through a session, as tunnel ``tunnel_id`` of the server."""

    id: str
    name: str
    session: str
    tunnel_id: int
    vlan: int
    interface: str


class AutonomousEdge:
    """One edge; use it as a context manager. Every call carries the credentials: there is no session.

    ``patience`` in seconds is for an edge that is starting.
    """

    def __init__(self, connection: Connection, *, patience: float) -> None:
        self._auth = (connection.username, connection.password)
        self._http = Http.to(connection, patience=patience)
        self.address = self._http.address

    def __enter__(self) -> AutonomousEdge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def sessions(self, *, patient: bool = True) -> list[Session]:
        """``patient`` False: somebody must answer at once."""
        return [_session(one) for one in self._listed(SESSIONS, patient)]

    def create_session(
        self, *, name: str, description: str, peer_code: str, peer_address: str, local_address: str
    ) -> Session:
        tunnel = {"peer_code": peer_code, "peer_address": peer_address, "local_address": local_address}
        body = {"display_name": name, "description": description, "transport_tunnels": [tunnel]}
        return _session(self._call("POST", SESSIONS, body, {"action": "create_with_peer_code"}))

    def delete_session(self, session: str) -> None:
        self._call("DELETE", f"{SESSIONS}/{session}")

    def extensions(self) -> list[Port]:
        """Ports that extend a network; the edge has others."""
        return [_port(one) for one in self._listed(PORTS, True) if one.get("l2_extension")]

    def create_extension(self, *, name: str, session: str, tunnel_id: int, vlan: int, interface: str) -> Port:
        """The names of the fields beside ``l2_extension`` are inferred. (VCD reference 8)"""
        body = {
            "resource_type": PORT_KIND,
            "display_name": name,
            "exit_interface": interface,
            "vlan": vlan,
            "l2_extension": {"l2vpn_session_id": session, "tunnel_id": tunnel_id},
        }
        return _port(self._call("POST", PORTS, body))

    def delete_extension(self, port: str) -> None:
        self._call("DELETE", f"{PORTS}/{port}")

    def _listed(self, path: str, patient: bool) -> list[Mapping[str, Any]]:
        """All pages: NSX gives a cursor while there are more."""
        found: list[Mapping[str, Any]] = []
        query: dict[str, str] = {}
        while True:
            body = self._call("GET", path, None, query, patient)
            found += body.get("results") or []
            cursor = body.get("cursor") or body.get("page_cursor")
            if not cursor:
                return found
            query = {"cursor": cursor}

    def _call(
        self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None, patient: bool = True
    ) -> Any:
        answer = self._http.send(method, path, body=body, query=query, auth=self._auth, patient=patient)
        if answer.status in (401, 403):
            raise LoginFailed(
                f"{self.address} does not accept this user name and password",
                status=answer.status,
                hint="Check username and password (EDGE_USER, EDGE_PASSWORD): those of the edge's own administrator.",
            )
        if answer.status >= 300:
            said = answer.body.get("error_message") if isinstance(answer.body, Mapping) else None
            raise Refused(
                f"{self.address} refuses {method} {path}: {said or f'status {answer.status}'}", status=answer.status
            )
        return answer.body if isinstance(answer.body, Mapping) else {}


def _session(body: Mapping[str, Any]) -> Session:
    tunnel: Mapping[str, Any] = next(iter(body.get("transport_tunnels") or []), {})
    return Session(
        body["id"],
        body.get("display_name") or "",
        body.get("description") or "",
        tunnel.get("peer_address") or "",
        tunnel.get("local_address") or "",
    )


def _port(body: Mapping[str, Any]) -> Port:
    extension = body["l2_extension"]
    return Port(
        body["id"],
        body.get("display_name") or "",
        extension["l2vpn_session_id"],
        int(extension["tunnel_id"]),
        int(body.get("vlan") or 0),
        body.get("exit_interface") or "",
    )
