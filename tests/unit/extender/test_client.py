# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an Extender appliance's interface, against one whose answers are written down. (VCD reference 9)"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    LoginFailed,
    Refused,
    Unreachable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.client import (
    Authenticator,
    Extender,
    refuse,
)

INFO = {"deploymentType": "cx-connector", "deploymentEnv": "vc", "version": "1.1.0.1", "dbUrl": "jdbc:x"}
BASIC = f"Basic {base64.b64encode(b'administrator:open sesame').decode()}"
Log = Callable[..., Extender]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture
def appliance(server: ScriptedServer) -> Iterator[Log]:
    opened: list[Extender] = []

    def make(
        *script: Reply, authenticator: Authenticator = "LOCAL_MACHINE", redactor: Redactor | None = None
    ) -> Extender:
        server.script = list(script)
        connection = Connection("localhost", server.port, "administrator", "open sesame", True, server.ca_path, 2)
        opened.append(Extender(connection, authenticator, redactor or Redactor()))
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("kind", "role"), [("cx-connector", "tenant"), ("cx-cloud-service", "provider"), ("x", "unknown")]
)
def test_what_it_is_needs_no_login(appliance: Log, server: ScriptedServer, kind: str, role: str) -> None:
    found = appliance(Reply(200, {**INFO, "deploymentType": kind})).appliance()
    assert found.facts() == {"deployment": kind, "role": role, "environment": "vc", "version": "1.1.0.1"}
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/mobility/info")
    assert "authorization" not in request.headers


@pytest.mark.parametrize("reply", [Reply(404), Reply(200, "<html/>")])
def test_a_server_that_is_no_appliance(appliance: Log, reply: Reply) -> None:
    with pytest.raises(Refused, match="check whether it is an Extender appliance"):
        appliance(reply).appliance()


def test_nobody_at_the_address(appliance: Log, server: ScriptedServer) -> None:
    one = appliance()
    server.close()
    with pytest.raises(Unreachable):
        one.appliance()


def test_a_local_user_sends_the_credentials_with_every_call(appliance: Log, server: ScriptedServer) -> None:
    one = appliance(Reply(204), Reply(200, [{"entityId": "m-1", "entityName": "manager"}]), Reply(204))
    one.log_in()
    assert one.managers() == ["manager"]
    assert one.replicators() == []
    assert [request.path for request in server.requests] == [
        "/mobility/mgmt/login",
        "/mobility/mgmt/wp/managers/",
        "/mobility/mgmt/wp/replicators/",
    ]
    for request in server.requests:
        assert request.headers["authorization"] == BASIC
        assert request.headers["x-mobility-authenticator"] == "LOCAL_MACHINE"
        assert request.headers["content-type"] == "application/json"


def test_a_single_sign_on_user_sends_a_token(appliance: Log, server: ScriptedServer) -> None:
    redactor = Redactor()
    token = Reply(204, headers={"x-mobility-authorization": "token-1"})
    one = appliance(
        token, Reply(200, [{"name": "vcd", "infraConnectorId": "i"}]), authenticator="VCENTER", redactor=redactor
    )
    one.log_in()
    assert one.sites() == ["vcd"]
    login, sites = server.requests
    assert (login.headers["authorization"], login.headers["x-mobility-authenticator"]) == (BASIC, "VCENTER")
    assert sites.path == "/mobility/mm/sites"
    assert sites.headers["authorization"] == "token-1"
    assert sites.headers["x-mobility-username"] == "administrator"
    assert redactor.text("token-1") == MASK


def test_a_login_without_a_token(appliance: Log) -> None:
    with pytest.raises(Refused, match="accepts the login but gives no token"):
        appliance(Reply(204), authenticator="VCENTER").log_in()


def test_wrong_credentials(appliance: Log) -> None:
    with pytest.raises(LoginFailed, match="as LOCAL_MACHINE") as caught:
        appliance(Reply(401)).log_in()
    assert "Upper and lower case" in caught.value.facts["hint"]


def test_a_login_that_has_ended(appliance: Log) -> None:
    with pytest.raises(LoginFailed, match="has ended"):
        appliance(Reply(401)).managers()


def test_what_nobody_knows_is_refused_in_one_sentence() -> None:
    words = "vCloud Director Extender has no published API for DC extensions; use backend vcd or the Extender UI"
    with pytest.raises(Refused, match=f"^{re.escape(words)}$"):
        refuse("DC extensions")
