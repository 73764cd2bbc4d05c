# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version is spoken, how a session begins and ends, in both eras. (VCD reference 3.2, 3.3)"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from unit.http_session.scripted_server import Reply, ScriptedServer
from unit.vcd.conftest import NAMESPACE, LogsIn, classic, modern, versions

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    LoginFailed,
    Refused,
    Unreachable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.account import Account, Version
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import end_login

EMPTY = Reply(200, f"<Org {NAMESPACE}/>")


def calls(server: ScriptedServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in server.requests]


def user_of(server: ScriptedServer, number: int = 1) -> str:
    return base64.b64decode(server.requests[number].headers["authorization"].removeprefix("Basic ")).decode()


def test_a_classic_session(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd = log_in(*classic("41f9b903"), EMPTY)
    vcd.read_xml("/api/org/1")
    assert vcd.version == Version(27, 0)
    assert calls(server) == ["GET /api/versions", "POST /api/sessions", "GET /api/org/1"]
    assert user_of(server) == "administrator@System:open sesame"
    assert server.requests[2].headers["accept"] == "application/*+xml;version=27.0"
    assert server.requests[2].headers["x-vcloud-authorization"] == "41f9b903"


@pytest.mark.parametrize(
    ("org", "path"), [("system", "/cloudapi/1.0.0/sessions/provider"), ("acme", "/cloudapi/1.0.0/sessions")]
)
def test_a_web_token(server: ScriptedServer, log_in: LogsIn, org: str, path: str) -> None:
    vcd = log_in(*modern("a.b.c"), Reply(200, {"values": []}), org=org, user=f"jane@{org}")
    vcd.read_json("/cloudapi/1.0.0/roles")
    assert calls(server) == ["GET /api/versions", f"POST {path}", "GET /cloudapi/1.0.0/roles"]
    assert user_of(server) == f"jane@{org}:open sesame"
    assert server.requests[2].headers["authorization"] == "Bearer a.b.c"
    assert server.requests[2].headers["accept"] == "application/json;version=36.3"


@pytest.mark.parametrize(
    ("org", "path"), [("System", "/oauth/provider/token"), ("acme west", "/oauth/tenant/acme%20west/token")]
)
def test_an_api_token(server: ScriptedServer, log_in: LogsIn, org: str, path: str) -> None:
    redactor = Redactor()
    log_in(versions("36.0"), Reply(200, {"access_token": "j.w.t"}), EMPTY, org=org, token="r+1", redactor=redactor)
    assert calls(server) == ["GET /api/versions", f"POST {path}"]
    assert server.requests[1].body == "grant_type=refresh_token&refresh_token=r%2B1"
    assert redactor.text("r+1 and j.w.t") == f"{MASK} and {MASK}"


@pytest.mark.parametrize(
    ("offered", "deprecated", "spoken"),
    [
        (["5.1", "20.0", "27.0"], (), "27.0"),
        (["9.0", "29.0", "9.9"], (), "29.0"),
        (["36.3", "37.0.0-alpha-1652216327", "40.0", "39.1"], (), "39.1"),
        (["36.0", "37.0"], ("37.0",), "36.0"),
        (["36.0", "36.10", "40.0"], ("36.0", "36.10"), "36.10"),
    ],
)
def test_the_newest_version_that_both_know(
    log_in: LogsIn, offered: list[str], deprecated: tuple[str, ...], spoken: str
) -> None:
    token = {"x-vcloud-authorization": "t", "x-vmware-vcloud-access-token": "t"}
    vcd = log_in(versions(*offered, deprecated=deprecated), Reply(200, {}, token))
    assert str(vcd.version) == spoken


def test_a_version_may_be_chosen(log_in: LogsIn) -> None:
    assert log_in(*modern(newest="37.0"), version=Version(33, 0)).version == Version(33, 0)
    with pytest.raises(Refused, match=r"does not offer api_version 34\.0, but 33\.0, 37\.0; leave it out"):
        log_in(*modern(newest="37.0"), version=Version(34, 0))


def test_no_version_that_is_known(log_in: LogsIn) -> None:
    with pytest.raises(Refused, match=r"offers no API version from 27\.0 to 39\.x, but 5\.6, 40\.0"):
        log_in(versions("40.0", "5.6"))


@pytest.mark.parametrize("reply", [Reply(404), Reply(200, "<html/>"), Reply(302)])
def test_something_else_than_a_cloud_director(log_in: LogsIn, reply: Reply) -> None:
    with pytest.raises(Refused, match=r"check whether it is a Cloud Director"):
        log_in(reply)


def test_wrong_credentials(log_in: LogsIn) -> None:
    said = {"minorErrorCode": "UNAUTHORIZED", "message": "[ 1-2 ] Bad user name or password"}
    with pytest.raises(LoginFailed, match=r"does not accept jane@acme with this password: .*Bad user name") as caught:
        log_in(versions("36.0"), Reply(401, said), org="acme", user="jane")
    assert "VCD_ORG" in caught.value.facts["hint"]
    assert caught.value.facts["request_id"] == "1-2"


def test_an_api_token_that_is_no_more(log_in: LogsIn) -> None:
    with pytest.raises(LoginFailed, match=r"does not accept this API token") as caught:
        log_in(versions("36.0"), Reply(400, {"message": "invalid_grant"}), token="gone")
    assert "VCD_API_TOKEN" in caught.value.facts["hint"]


def test_nobody_at_the_address_is_told_at_once(server: ScriptedServer, log_in: LogsIn) -> None:
    server.close()
    with pytest.raises(Unreachable, match=r"no answer from localhost"):
        log_in(Reply())


def test_an_ended_session_is_renewed_once(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd = log_in(*classic("old"), Reply(401), *classic("new"), EMPTY, EMPTY)
    vcd.read_xml("/api/org/1")
    vcd.read_xml("/api/org/1")
    assert [request.headers.get("x-vcloud-authorization") for request in server.requests] == [
        None, None, "old", None, None, "new", "new",
    ]  # fmt: skip


def test_a_session_that_cannot_be_renewed(log_in: LogsIn) -> None:
    vcd = log_in(*classic(), Reply(401), *classic(), Reply(401))
    with pytest.raises(LoginFailed, match=r"^the session on localhost:[0-9]+ has ended"):
        vcd.read_xml("/api/org/1")


def test_a_task_of_its_own_logs_out(server: ScriptedServer, log_in: LogsIn) -> None:
    with log_in(*modern("a.b.c"), Reply(204)):
        pass
    assert calls(server)[-1] == "DELETE /api/session"
    assert server.requests[-1].headers["authorization"] == "Bearer a.b.c"


def test_the_tasks_of_a_run_share_one_login(server: ScriptedServer, log_in: LogsIn, tmp_path: Path) -> None:
    run = Run(tmp_path)
    with log_in(*modern(), Reply(204), run=run), log_in(Reply(204), run=run):
        pass
    assert calls(server) == ["GET /api/versions", "POST /cloudapi/1.0.0/sessions/provider"]
    ((system, saved),) = run.logins()
    assert system == "vcd"
    assert "open sesame" not in str(saved)
    end_login(saved)
    assert calls(server)[2:] == ["DELETE /api/session"]


def test_the_end_of_a_run_outlives_a_lost_certificate(server: ScriptedServer, log_in: LogsIn, tmp_path: Path) -> None:
    log_in(*modern(), Reply(204), run=Run(tmp_path))
    ((_system, saved),) = Run(tmp_path).logins()
    end_login({**saved, "connection": {**saved["connection"], "ca_path": str(tmp_path / "gone.pem")}})
    assert len(calls(server)) == 2


PARAMS = {
    "hostname": "vcd.example.com", "port": 443, "username": "jane", "password": "pw", "api_token": None, "org": "acme",
    "api_version": None, "validate_certs": True, "ca_path": None, "request_timeout": 60,
}  # fmt: skip


def test_an_account_from_options() -> None:
    account = Account.from_params({**PARAMS, "api_version": "36.3"})
    assert (account.user, account.is_provider, account.version) == ("jane@acme", False, Version(36, 3))
    assert Account.from_params({**PARAMS, "username": "jane@ACME"}).user == "jane@ACME"
    assert Account.from_params({**PARAMS, "username": "jane@example.com"}).user == "jane@example.com@acme"
    assert Account.from_params({**PARAMS, "org": "SYSTEM"}).is_provider


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"password": None}, "a login needs username and password, or api_token"),
        ({"username": ""}, "a login needs username and password, or api_token"),
        ({"org": " "}, "org is empty; give the organization that the user belongs to, System for the provider"),
        ({"api_version": "26.0"}, r"api_version 26.0 is not a version from 27.0 to 39.x; leave it out"),
        ({"api_version": "40.0"}, r"api_version 40.0 is not a version from 27.0 to 39.x; leave it out"),
        ({"api_version": "new"}, r"api_version new is not a version from 27.0 to 39.x; leave it out"),
    ],
)
def test_an_account_that_cannot_be(options: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Account.from_params({**PARAMS, **options})
    assert str(caught.value).startswith(problem)
