# SPDX-License-Identifier: GPL-3.0-or-later
"""The autonomous edge, and all on-premises ends of tunnels, as a part of the lab."""

from __future__ import annotations

from typing import Any, ClassVar

from fastapi import APIRouter, FastAPI

from ..shared import PASSWORD, Shared
from ..simulator import Place, Simulator
from .app import application
from .edge import Edges
from .gate import USER

PORT = "autonomous-edge"


class AutonomousEdge:
    name: ClassVar[str] = "autonomous_edge"
    ports: ClassVar[tuple[str, ...]] = (PORT,)

    def __init__(self, shared: Shared, places: dict[str, Place], simulators: dict[str, Simulator]) -> None:
        self._shared = shared
        self._place = places[PORT]
        self.edges = Edges(shared)

    def applications(self) -> dict[str, FastAPI]:
        return {PORT: application(self.edges)}

    def control(self) -> APIRouter:
        router = APIRouter()

        @router.get("")
        async def show() -> dict[str, Any]:
            """Which edge answers, and the clients that all deployed edges are; no secrets."""
            with self._shared.world.lock:
                self._shared.catch_up()
                answering = self.edges.answering()
                clients = self._shared.world.l2vpn_clients.values()
                return {
                    "answers": answering.name if answering else None,
                    "clients": [
                        {
                            "name": c.name,
                            "kind": c.kind,
                            "server": f"{c.server_address}:{c.server_port}",
                            "stretched": {str(tunnel): group for tunnel, group in c.stretched.items()},
                            "trunk": c.trunk,
                        }
                        for c in clients
                    ],
                }

        return router

    def environment(self) -> dict[str, str]:
        """The password is what examples deploy the edge with."""
        return {
            "EDGE_HOST": "localhost",
            "EDGE_PORT": self._place.url.rpartition(":")[2],
            "EDGE_USER": USER,
            "EDGE_PASSWORD": PASSWORD,
        }
