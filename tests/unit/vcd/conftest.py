# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloud Director whose answers are written down, and waiting that takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import client
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.account import Account, Version
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Vcd

LogsIn = Callable[..., Vcd]
NAMESPACE = 'xmlns="http://www.vmware.com/vcloud/v1.5"'


def versions(*offered: str, deprecated: tuple[str, ...] = ()) -> Reply:
    infos = "".join(
        f'<VersionInfo deprecated="{str(one in deprecated).lower()}"><Version>{one}</Version></VersionInfo>'
        for one in offered
    )
    return Reply(200, f"<SupportedVersions {NAMESPACE}>{infos}</SupportedVersions>")


def classic(token: str = "41f9b903a9ca") -> tuple[Reply, Reply]:
    """The two answers of a login at a Cloud Director of 8.20."""
    return versions("20.0", "27.0"), Reply(200, f"<Session {NAMESPACE}/>", {"x-vcloud-authorization": token})


def modern(token: str = "header.payload.signature", newest: str = "36.3") -> tuple[Reply, Reply]:
    """The two answers of a login at a Cloud Director of 10.3."""
    return versions("33.0", newest), Reply(200, {"id": "s"}, {"X-VMWARE-VCLOUD-ACCESS-TOKEN": token})


def xml_task(status: str, content: str = "") -> Reply:
    return Reply(200, f'<Task {NAMESPACE} href="https://other.example/api/task/t1" status="{status}">{content}</Task>')


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    for module in (client, http_session):
        monkeypatch.setattr(module, "wait_for", partial(module.wait_for, clock=fake.clock, sleep=fake.sleep))
    return fake


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def log_in(server: ScriptedServer, time: Time, shown: list[str]) -> Iterator[LogsIn]:
    """With the answers that the server will give, the login's first."""
    opened: list[Vcd] = []

    def make(
        *script: Reply,
        user: str = "administrator",
        org: str = "System",
        token: str | None = None,
        version: Version | None = None,
        redactor: Redactor | None = None,
        run: Run | None = None,
    ) -> Vcd:
        server.script = list(script)
        connection = Connection("localhost", server.port, user, "open sesame", True, server.ca_path, 2)
        progress = Progress(shown.append, every=0, clock=time.clock)
        task = Task({}, False, run or Run(None), progress, redactor or Redactor())
        opened.append(Vcd(Account(connection, org, token, version), task, wait_timeout=60))
        return opened[-1]

    yield make
    server.script = [Reply(204)]
    for vcd in opened:
        vcd.__exit__(None, None, None)
