# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that plays Entra ID and Resource Manager at once, from a written script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure import client, entra
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run

TENANT = "6b1d5a1e-0c1e-4f7a-9a52-3a1c6f2e7d10"
CLIENT = "aaaaaaaa-0000-4000-8000-000000000001"
SUBSCRIPTION = "0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801"
ROOT = f"/subscriptions/{SUBSCRIPTION}"


def token(text: str = "first-token", expires_in: Any = 3599) -> Reply:
    return Reply(200, {"token_type": "Bearer", "expires_in": expires_in, "access_token": text})


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}}, headers)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Passes only while our code waits; tokens age by it too."""
    fake = Time()
    for module in (client, http_session):
        monkeypatch.setattr(module, "wait_for", partial(module.wait_for, clock=fake.clock, sleep=fake.sleep))
    for module in (client, entra):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=fake.clock))
    return fake


@pytest.fixture
def params(server: ScriptedServer) -> dict[str, Any]:
    """The options of a module as Ansible hands them over."""
    return {
        "cloud": "AzureCloud",
        "tenant_id": TENANT,
        "subscription_id": SUBSCRIPTION,
        "client_id": CLIENT,
        "client_secret": "open-sesame",
        "client_certificate": None,
        "client_certificate_password": None,
        "access_token": None,
        "login_endpoint": f"https://localhost:{server.port}",
        "resource_manager_endpoint": f"https://localhost:{server.port}",
        "validate_certs": True,
        "ca_path": server.ca_path,
        "request_timeout": 2,
    }


@pytest.fixture
def log_in(server: ScriptedServer, params: dict[str, Any]) -> Iterator[Callable[..., Azure]]:
    """With the answers that Azure will give, the token first."""
    opened: list[Azure] = []

    def make(*script: Reply, redactor: Redactor | None = None, run: Run | None = None, **options: Any) -> Azure:
        server.script = list(script)
        account = Account.from_params({**params, **options})
        shown = Progress(lambda text: None)
        opened.append(Azure(account, run or Run(None), redactor or Redactor(), shown))
        return opened[-1]

    yield make
    for azure in opened:
        azure.__exit__(None, None, None)
