# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in, and waiting with logging in again, against a manager whose answers are written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    LoginFailed,
    Refused,
    TimedOut,
    Unreachable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx import client
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.client import Hcx
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run

ENDPOINT = {"data": {"endpointInfo": {"uuid": "20240101080000000-1111"}}}
NOT_READY = (
    "<entries><entry><string>message</string><string>'Trusted root certificates' value should not be empty</string>"
    "</entry></entries>"
)


def login(token: str = "41f9b903:a9ca", body: Any = None, status: int = 200) -> Reply:
    return Reply(status, ENDPOINT if body is None else body, {"x-hm-authorization": token})


def job(**fields: Any) -> Reply:
    return Reply(200, {"jobId": "job-1", "isDone": False, "percentComplete": 50, **fields})


DONE = job(isDone=True, percentComplete=100)


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
def log_in(server: ScriptedServer, time: Time, shown: list[str]) -> Iterator[Callable[..., Hcx]]:
    """With the answers that the manager will give, the login's first."""
    opened: list[Hcx] = []

    def make(*script: Reply, redactor: Redactor | None = None) -> Hcx:
        server.script = list(script)
        connection = Connection("localhost", server.port, "admin", "open sesame", True, server.ca_path, 2)
        progress = Progress(shown.append, every=0, clock=time.clock)
        opened.append(Hcx(connection, Run(None), redactor or Redactor(), progress))
        return opened[-1]

    yield make
    for hcx in opened:
        hcx.__exit__(None, None, None)


def paths(server: ScriptedServer) -> list[str]:
    """What came in, as "POST sessions"."""
    return [f"{r.method} {r.path.removeprefix('/hybridity/api/')}" for r in server.requests]


def tokens(server: ScriptedServer) -> list[str | None]:
    return [request.headers.get("x-hm-authorization") for request in server.requests]


# --- logging in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202])
def test_a_login_gives_a_token_for_all_later_calls(
    log_in: Callable[..., Hcx], server: ScriptedServer, status: int
) -> None:
    hcx = log_in(login("t-1", status=status), Reply(200, {"items": []}))
    assert hcx.get("/hybridity/api/things", endpointId="e") == {"items": []}
    first, second = server.requests
    assert (first.method, first.path) == ("POST", "/hybridity/api/sessions")
    assert first.body == {"username": "admin", "password": "open sesame"}
    assert second.path == "/hybridity/api/things?endpointId=e"
    assert tokens(server) == [None, "t-1"]
    for request in server.requests:
        assert (request.headers["accept"], request.headers["content-type"]) == ("application/json",) * 2


@pytest.mark.parametrize(
    ("body", "endpoint"),
    [(ENDPOINT, "20240101080000000-1111"), ({"data": None}, None), ({}, None), ([], None), ("<entries/>", None)],
    ids=str,
)
def test_the_endpoint_id_is_known_where_the_answer_tells_it(
    log_in: Callable[..., Hcx], body: Any, endpoint: str | None
) -> None:
    assert log_in(login(body=body)).endpoint_id == endpoint


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials(log_in: Callable[..., Hcx], server: ScriptedServer, status: int) -> None:
    with pytest.raises(LoginFailed) as caught:
        log_in(Reply(status))
    assert str(caught.value) == f"localhost:{server.port} does not accept this user name and password"
    assert "HCX_PASSWORD" in caught.value.facts["hint"]
    assert len(server.requests) == 1


def test_the_managers_own_words_about_a_login_are_kept(log_in: Callable[..., Hcx], server: ScriptedServer) -> None:
    words = "<entries><entry><string>message</string><string>The account is locked</string></entry></entries>"
    with pytest.raises(LoginFailed) as caught:
        log_in(Reply(500, words))
    assert str(caught.value) == (
        f"localhost:{server.port} does not accept this user name and password: The account is locked"
    )


@pytest.mark.parametrize("reply", [Reply(404), Reply(302), Reply(200, "<html></html>"), Reply(500)], ids=str)
def test_a_server_that_is_no_hcx_manager_is_not_a_wrong_password(
    log_in: Callable[..., Hcx], server: ScriptedServer, reply: Reply
) -> None:
    with pytest.raises(Refused) as caught:
        log_in(reply)
    assert str(caught.value) == (
        f"localhost:{server.port} answers {reply.status} to a login, without a token; check whether it is an HCX "
        "manager"
    )


def test_a_manager_without_single_sign_on_yet_is_waited_for(
    log_in: Callable[..., Hcx], server: ScriptedServer, time: Time
) -> None:
    hcx = log_in(Reply(500, NOT_READY), Reply(500, NOT_READY), login())
    assert hcx.endpoint_id
    assert paths(server) == ["POST sessions"] * 3
    assert len(time.pauses) == 2


def test_single_sign_on_that_never_comes(log_in: Callable[..., Hcx], server: ScriptedServer, time: Time) -> None:
    with pytest.raises(TimedOut, match=f"gave up after 300 s waiting for single sign-on of localhost:{server.port}"):
        log_in(Reply(500, NOT_READY))
    assert time.now == 300


def test_a_manager_that_is_starting_is_waited_for(log_in: Callable[..., Hcx], server: ScriptedServer) -> None:
    assert log_in(Reply(503), Reply(503), login()).endpoint_id
    assert paths(server) == ["POST sessions"] * 3


def test_nobody_at_the_address_is_told_at_once(log_in: Callable[..., Hcx], server: ScriptedServer, time: Time) -> None:
    server.close()
    with pytest.raises(Unreachable, match=r"Connection refused$"):
        log_in(login())
    assert time.pauses == []


def test_the_token_is_a_secret_from_the_first_moment(log_in: Callable[..., Hcx]) -> None:
    redactor = Redactor()
    hcx = log_in(login("t-1"), Reply(401), login("t-2"), Reply(200, {}), redactor=redactor)
    assert redactor.text("with t-1") == f"with {MASK}"
    hcx.get("/hybridity/api/things")
    assert redactor.text("with t-1 and t-2") == f"with {MASK} and {MASK}"


# --- sessions that end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_call_that_finds_its_session_ended_is_made_again_with_a_new_one(
    log_in: Callable[..., Hcx], server: ScriptedServer, method: str
) -> None:
    hcx = log_in(login("t-1"), Reply(401), login("t-2"), Reply(200, {"done": True}))
    assert hcx.write(method, "/hybridity/api/things", {"a": 1}) == {"done": True}
    assert paths(server) == ["POST sessions", f"{method} things", "POST sessions", f"{method} things"]
    assert tokens(server) == [None, "t-1", None, "t-2"]
    assert server.requests[-1].body == {"a": 1}


def test_it_logs_in_again_only_once(log_in: Callable[..., Hcx], server: ScriptedServer) -> None:
    hcx = log_in(login("t-1"), Reply(401), login("t-2"), Reply(401))
    with pytest.raises(LoginFailed) as caught:
        hcx.get("/hybridity/api/things")
    assert str(caught.value) == f"the session on localhost:{server.port} has ended"
    assert len(server.requests) == 4


def test_a_password_that_is_no_longer_right(log_in: Callable[..., Hcx]) -> None:
    hcx = log_in(login(), Reply(401), Reply(401))
    with pytest.raises(LoginFailed, match="does not accept this user name and password"):
        hcx.get("/hybridity/api/things")


def test_a_denied_call_does_not_log_in_again(log_in: Callable[..., Hcx], server: ScriptedServer) -> None:
    hcx = log_in(login(), Reply(403))
    with pytest.raises(Refused, match="denies this call; the user's HCX role does not allow it"):
        hcx.get("/hybridity/api/things")
    assert len(server.requests) == 2


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_job_is_waited_for(log_in: Callable[..., Hcx], server: ScriptedServer, shown: list[str]) -> None:
    hcx = log_in(login(), job(isQueued=True, percentComplete=0), job(), DONE)
    assert hcx.wait_for_job("job-1", what="the pairing", timeout=60)["isDone"] is True
    assert paths(server)[1:] == ["GET jobs/job-1"] * 3
    assert shown == ["the pairing: 0 %", "the pairing: 50 %"]


def test_a_task_is_waited_for(log_in: Callable[..., Hcx], server: ScriptedServer, shown: list[str]) -> None:
    running = {"status": "RUNNING", "progress": 40, "steps": [{"title": "Deploy IX", "status": "RUNNING"}]}
    hcx = log_in(login(), Reply(200, {"status": "QUEUED"}), Reply(200, running), Reply(200, {"status": "SUCCESS"}))
    assert hcx.wait_for_task("task-1", what="the mesh", timeout=60) == {"status": "SUCCESS"}
    assert paths(server)[1:] == ["GET interconnect/tasks/task-1"] * 3
    assert shown == ["the mesh: QUEUED", "the mesh: Deploy IX, 40 %"]


def test_the_reason_of_a_failure_is_told(log_in: Callable[..., Hcx]) -> None:
    hcx = log_in(login(), job(), job(didFail=True, isDone=True, errorMessage="no address left"))
    with pytest.raises(Refused) as caught:
        hcx.wait_for_job("job-1", what="the pairing", timeout=60)
    assert str(caught.value) == "the pairing failed: no address left"


def test_a_job_that_never_ends(log_in: Callable[..., Hcx], time: Time) -> None:
    hcx = log_in(login(), job())
    with pytest.raises(TimedOut) as caught:
        hcx.wait_for_job("job-1", what="the pairing", timeout=1200)
    assert str(caught.value) == (
        "gave up after 1200 s waiting for the pairing; HCX goes on with it (/hybridity/api/jobs/job-1); run again to "
        "wait for it"
    )
    assert time.now == 1200
    assert max(time.pauses) < 15 * 60, "longer pauses would let the session end"


def test_a_job_that_nobody_knows(log_in: Callable[..., Hcx]) -> None:
    hcx = log_in(login(), Reply(404, {"errors": [{"code": "NOT_FOUND", "message": "Job job-1 does not exist."}]}))
    with pytest.raises(Refused, match="Job job-1 does not exist"):
        hcx.wait_for_job("job-1", what="the pairing", timeout=60)


def test_a_session_that_ends_in_the_middle_of_a_wait(log_in: Callable[..., Hcx], server: ScriptedServer) -> None:
    hcx = log_in(login("t-1"), job(), Reply(401), login("t-2"), job(), DONE)
    assert hcx.wait_for_job("job-1", what="the pairing", timeout=60)["isDone"] is True
    assert tokens(server) == [None, "t-1", "t-1", None, "t-2", "t-2"]


def test_a_manager_that_restarts_in_the_middle_of_a_wait(
    log_in: Callable[..., Hcx], server: ScriptedServer, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is away, then starting, then has forgotten its sessions, and breaks off the first login."""
    hcx = log_in(login("t-1"), job(), Reply(503), Reply(401), Reply(breaks=True), Reply(503), login("t-2"), DONE)
    server.close()
    refused: list[float] = []

    def sleep(seconds: float) -> None:
        refused.append(seconds)
        if len(refused) == 3:
            server.listen()

    monkeypatch.setitem(http_session.wait_for.keywords, "sleep", sleep)  # type: ignore[attr-defined]  # a partial by now
    assert hcx.wait_for_job("job-1", what="the pairing", timeout=60)["isDone"] is True
    assert tokens(server) == [None, "t-1", "t-1", "t-1", None, None, None, "t-2"]
