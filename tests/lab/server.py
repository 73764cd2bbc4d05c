# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs all simulators of a lab and its control endpoint in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .ca import Authority, ServerCertificate
from .control import application as control_application
from .hcx.app import application as hcx_application
from .hcx.appliance_management import application as admin_application
from .hcx.manager import SITES, Manager
from .shared import Shared
from .simulator import Place, Simulator
from .simulators import SIMULATORS
from .vcenter.app import application as vcenter_application
from .vcenter.server import VCenterServer

WATCH_SECONDS = 0.05


class _Protocol(HttpToolsProtocol):
    """Lets an application close its connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["lab.transport"] = self.transport  # type: ignore[typeddict-unknown-key]  # an extension of ours


class LabServer:
    """Listens from the moment it is made; `serve` answers until `stop`."""

    def __init__(self, shared: Shared, authority: Authority, base_port: int) -> None:
        self.shared = shared
        simulated = [port for simulator in SIMULATORS for port in simulator.ports]
        names = ("control", *shared.world.vcenters, *SITES, *(f"{name}-admin" for name in SITES), *simulated)
        self._sockets = {name: _listen(base_port + offset if base_port else 0) for offset, name in enumerate(names)}
        self._ports = {name: sock.getsockname()[1] for name, sock in self._sockets.items()}
        certificates = {name: authority.server_certificate() for name in names}
        certificates |= {f"{name}-admin": certificates[name] for name in SITES}
        self.vcenters = {name: VCenterServer(shared, name) for name in shared.world.vcenters}
        self.managers = self._managers(certificates)
        self.simulators: dict[str, Simulator] = {}
        for simulator in SIMULATORS:
            places = {p: Place(f"https://localhost:{self.ports[p]}", certificates[p].pem) for p in simulator.ports}
            self.simulators[simulator.name] = simulator(shared, places, dict(self.simulators))
        control = control_application(shared, self.vcenters, self.managers, self.simulators)
        apps: dict[str, FastAPI] = {"control": control}
        apps.update({name: vcenter_application(server) for name, server in self.vcenters.items()})
        apps.update({name: hcx_application(manager) for name, manager in self.managers.items()})
        apps.update({f"{name}-admin": admin_application(manager) for name, manager in self.managers.items()})
        for made in self.simulators.values():
            apps.update(made.applications())
        self._apps = {name: (app, certificates[name].context) for name, app in apps.items()}
        self._servers = {name: _uvicorn(*app) for name, app in self._apps.items()}
        self._stopping = False

    def _managers(self, certificates: dict[str, ServerCertificate]) -> dict[str, Manager]:
        found: dict[str, Manager] = {}
        for name, (vcenter, _rest) in SITES.items():
            url = f"https://localhost:{self.ports[name]}"
            Manager(self.shared, name, self.vcenters[vcenter], url, certificates[name].pem, found)
        return found

    @property
    def ports(self) -> dict[str, int]:
        return self._ports

    async def serve(self) -> None:
        always = (self._serve(name) for name in self._servers if name not in self.managers)
        await asyncio.gather(*always, *(self._serve_while_up(m) for m in self.managers.values()))

    def environment(self) -> dict[str, str]:
        """What the simulators add to the env file."""
        return {name: value for made in self.simulators.values() for name, value in made.environment().items()}

    def stop(self) -> None:
        self._stopping = True
        for server in self._servers.values():
            server.should_exit = server.force_exit = True

    async def _serve(self, name: str) -> None:
        await self._servers[name].serve(sockets=[self._sockets[name]])

    async def _serve_while_up(self, manager: Manager) -> None:
        """Nothing listens on the port of a manager that is down."""
        while not self._stopping:
            server = self._servers[manager.name]
            serving = asyncio.create_task(self._serve(manager.name))
            while not serving.done():
                if manager.availability() == "down":
                    manager.port = "closing"
                    server.should_exit = server.force_exit = True
                await asyncio.sleep(WATCH_SECONDS)
            await serving
            manager.port = "closed"
            while manager.availability() == "down" and not self._stopping:
                await asyncio.sleep(WATCH_SECONDS)
            if not self._stopping:
                self._sockets[manager.name] = _listen(self._ports[manager.name])
                self._servers[manager.name] = _uvicorn(*self._apps[manager.name])
                manager.port = "open"


def _listen(port: int) -> socket.socket:
    """OSError with the port when it is taken."""
    # Named as TCP, because asyncio switches off the delay for small packets (40 ms an answer) only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise OSError(f"port {port} cannot be used ({error.strerror}); free it, or take --base-port 0") from error
    listener.listen(2048)
    return listener


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the command, or to the test process."""
        yield


def _uvicorn(app: FastAPI, context: ssl.SSLContext) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=900,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = context
    return _Server(config)
