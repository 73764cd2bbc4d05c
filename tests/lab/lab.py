# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab inside the process of a test."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .ca import Authority
from .faults import Faults, Latency
from .hcx.manager import Manager
from .request_log import Entry
from .rules import Rules
from .server import LabServer
from .shared import PASSWORD, Shared
from .simulator import Simulator
from .vcenter.server import VCenterServer
from .world import World

SETTLE_SECONDS = 0.01


@dataclass(frozen=True)
class VCenterAddress:
    name: str
    port: int
    host: str = "localhost"


@dataclass(frozen=True)
class ManagerAddress:
    """`url` is what others pair with; `certificate` the manager's own, as PEM."""

    name: str
    port: int
    url: str
    certificate: str
    admin_port: int
    host: str = "localhost"


class Lab:
    """Servers in a background thread; use as a context manager, or call `stop`.

    `source` and `destination` are the vCenters' addresses, `connector` and `cloud` the HCX managers', `ports` those of
    all simulators by name; `world`, `faults`, `latency`, `rules` act at once.
    """

    username = "administrator@vsphere.local"
    reader_username = "reader@vsphere.local"
    password = PASSWORD

    def __init__(self, shared: Shared, folder: Path | None, base_port: int) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="lab-") if folder is None else None
        self._folder = Path(self._temporary.name) if self._temporary else folder or Path()
        authority = Authority(self._folder)
        self.ca_path = str(authority.path)
        self.shared = shared
        self._server = LabServer(shared, authority, base_port)
        ports = self._server.ports
        self.source = VCenterAddress("source", ports["source"])
        self.destination = VCenterAddress("destination", ports["destination"])
        self.connector, self.cloud = (
            ManagerAddress(m.name, ports[m.name], m.url, m.certificate, ports[f"{m.name}-admin"])
            for m in self._server.managers.values()
        )
        self.ports = ports
        self.simulators: dict[str, Simulator] = self._server.simulators
        self.control_url = f"https://localhost:{ports['control']}"
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), name="lab", daemon=True)

    @classmethod
    def start(
        cls,
        hosts: int = 4,
        latency_ms: float = 0.0,
        rules: Rules | None = None,
        folder: Path | None = None,
        base_port: int = 0,
    ) -> Self:
        """`hosts` is the size of cluster compute-a; free ports unless `base_port` is given."""
        lab = cls(Shared(hosts, latency_ms, rules or Rules()), folder, base_port)
        lab._thread.start()
        return lab

    def stop(self) -> None:
        self._server.stop()
        self._thread.join()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def world(self) -> World:
        return self.shared.world

    @property
    def faults(self) -> Faults:
        return self.shared.faults

    @property
    def latency(self) -> Latency:
        return self.shared.latency

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self.shared.rules = rules

    def sessions(self, server: str = "source") -> dict[str, int]:
        """Counts of a vCenter or HCX manager: opened, closed, expired, open."""
        return self._servers[server].sessions.counts()

    def expire_sessions(self, server: str = "source") -> int:
        return self._servers[server].sessions.expire_all()

    @property
    def _servers(self) -> dict[str, VCenterServer | Manager]:
        return {**self._server.vcenters, **self._server.managers}

    def requests(
        self,
        service: str | None = None,
        name: str | None = None,
        user: str | None = None,
        host: str | None = None,
        since: int = 0,
    ) -> list[Entry]:
        """Logged requests, oldest first; services are "vcenter/source" and "vcenter/destination"."""
        return self.shared.log.entries(service, name, user, host, since)

    def reset(self) -> None:
        """Everything as at the start, when this returns."""
        self.shared.reset()
        while self._thread.is_alive() and not all(m.settled for m in self._server.managers.values()):
            time.sleep(SETTLE_SECONDS)
