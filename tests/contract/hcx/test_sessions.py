# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and calls as the lab counts them; managers that restart; secrets. (HCX reference 3 to 5)"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks, listed, span, uplink

from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.client import API, Hcx
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from lab import Lab

LOGIN = "POST /hybridity/api/sessions"
JOB = "GET /hybridity/api/jobs/{job_id}"
CREATE = "POST /admin/hybridity/api/networks"
THREADS = 8


@pytest.fixture
def logged_in(lab: Lab) -> Iterator[Hcx]:
    connection = Connection("localhost", lab.connector.port, lab.username, lab.password, True, lab.ca_path, 10)
    with Hcx(connection, Run.current(), Redactor(), Progress()) as hcx:
        yield hcx


def many(action: Callable[[], Any]) -> list[Any]:
    """What it answers in threads that start at the same time."""
    barrier = threading.Barrier(THREADS)

    def act(_rest: int) -> Any:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(act, range(THREADS)))


# --- one login --------------------------------------------------------------------------------------------------------


def test_the_endpoint_id_comes_with_the_login(logged_in: Hcx, lab: Lab) -> None:
    assert logged_in.endpoint_id == lab._server.managers["connector"].endpoint_id


def test_a_task_logs_in_once(run: Tasks) -> None:
    run.profiles(uplink(), uplink(name="np-other", ranges=[span("10.13.2.1")]))
    assert run.calls().count(LOGIN) == 1


def test_a_converged_site_costs_few_calls(run: Tasks) -> None:
    run.profiles(uplink())
    run.pair()
    since = run.mark()
    run.profiles(uplink())
    assert run.calls(since) == [
        LOGIN,
        "POST /hybridity/api/networks?action=queryIpUsage",
        "POST /hybridity/api/service/inventory/networks",
    ]
    since = run.mark()
    run.pair()
    assert run.calls(since) == [
        LOGIN,
        "GET /hybridity/api/cloudConfigs",
        "POST /hybridity/api/service/inventory/resourcecontainer/list",
    ]


@pytest.mark.usefixtures("run_folder")
def test_the_tasks_of_a_run_share_their_login(run: Tasks) -> None:
    run.pair()
    run.profiles(uplink())
    run.profiles(uplink())
    assert run.calls().count(LOGIN) == 1


@pytest.mark.usefixtures("run_folder")
def test_another_user_or_password_is_another_login(run: Tasks, lab: Lab) -> None:
    run.profiles(uplink())
    run.refused(uplink(), password="Wrong!98765")
    assert lab.sessions("connector")["opened"] == 1
    assert run.calls().count(LOGIN) == 2


# --- sessions that end ------------------------------------------------------------------------------------------------


def test_after_fifteen_idle_minutes_a_call_logs_in_again(logged_in: Hcx, lab: Lab, run: Tasks) -> None:
    logged_in.get(f"{API}/cloudConfigs")
    lab.shared.clock.advance(901)
    assert logged_in.get(f"{API}/cloudConfigs")["success"] is True
    assert run.calls().count(LOGIN) == 2
    assert lab.sessions("connector") == {"opened": 2, "closed": 0, "expired": 1, "open": 1}


@pytest.mark.parametrize("shared", [False, True])
def test_many_threads_whose_session_ends_log_in_once(
    lab: Lab, run: Tasks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared: bool
) -> None:
    if shared:
        monkeypatch.setenv("HYBRIDCLOUD_MOBILITY_RUN", str(tmp_path))
    connection = Connection("localhost", lab.connector.port, lab.username, lab.password, True, lab.ca_path, 10)
    with Hcx(connection, Run.current(), Redactor(), Progress()) as hcx:
        lab.expire_sessions("connector")
        answers = many(lambda: hcx.get(f"{API}/cloudConfigs"))
    assert [answer["success"] for answer in answers] == [True] * THREADS
    assert run.calls().count(LOGIN) == 2


@pytest.mark.usefixtures("run_folder")
def test_a_login_that_ended_between_two_tasks_is_replaced(run: Tasks, lab: Lab) -> None:
    run.profiles(uplink())
    lab.expire_sessions("connector")
    assert run.profiles(uplink())["changed"] is False
    assert run.profiles(uplink())["changed"] is False
    assert run.calls().count(LOGIN) == 2


def at_the_first_look_at_a_job(lab: Lab, monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Something happens while a task waits for its job."""
    original = lab.shared.log.add
    looks: list[str] = []

    def add(time: float, service: str, name: str, *rest: Any, **more: Any) -> None:
        original(time, service, name, *rest, **more)
        if name == JOB:
            looks.append(name)
            if len(looks) == 1:
                action()

    monkeypatch.setattr(lab.shared.log, "add", add)


def test_a_session_that_ends_in_the_middle_of_a_wait(
    run: Tasks, lab: Lab, seen: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.rules = lab.rules.changed(hcx_job_running_ms=200)
    at_the_first_look_at_a_job(lab, monkeypatch, lambda: lab.expire_sessions("connector"))
    since = run.mark()
    assert listed(run.profiles(uplink())) == [("create", "np-uplink")]
    assert run.calls(since).count(LOGIN) == 2
    assert run.calls(since).count(CREATE) == 1


def test_waiting_for_long_keeps_the_session(run: Tasks, lab: Lab) -> None:
    """Each look at the job starts the idle time anew."""
    lab.rules = lab.rules.changed(hcx_job_running_ms=400, hcx_session_idle_seconds=1)
    since = run.mark()
    run.profiles(*(uplink(name=f"np-{number}", ranges=[span(f"10.13.2.{number}")]) for number in (1, 2)))
    assert run.calls(since).count(LOGIN) == 1


# --- managers that restart --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [{"action": "http", "status": 503}, {"action": "drop_before"}], ids=str)
def test_a_manager_that_is_away_for_a_moment_while_a_task_waits(run: Tasks, lab: Lab, trouble: dict[str, Any]) -> None:
    rule = lab.faults.add(method=JOB, **trouble)
    assert listed(run.profiles(uplink())) == [("create", "np-uplink")]
    assert rule.struck == 1


def test_a_write_that_a_starting_manager_did_not_take_is_made_once(run: Tasks, lab: Lab) -> None:
    lab.faults.add("http", method=CREATE, status=503)
    since = run.mark()
    assert listed(run.profiles(uplink())) == [("create", "np-uplink")]
    assert run.calls(since).count(CREATE) == 2
    assert run.profiles(uplink())["changed"] is False


def test_a_manager_that_restarts_in_the_middle_of_a_wait(
    run: Tasks, lab: Lab, seen: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is away, then starting, and then it has forgotten its sessions."""
    lab.rules = lab.rules.changed(hcx_job_running_ms=200)
    state = lab._server.managers["connector"].state

    def restart() -> None:
        lab.expire_sessions("connector")
        state.availability = "down"
        threading.Timer(0.3, lambda: setattr(state, "availability", "starting")).start()
        threading.Timer(0.6, lambda: setattr(state, "availability", "up")).start()

    at_the_first_look_at_a_job(lab, monkeypatch, restart)
    assert listed(run.profiles(uplink())) == [("create", "np-uplink")]
    assert state.availability == "up"


def test_a_manager_without_single_sign_on_yet_is_waited_for(run: Tasks, lab: Lab) -> None:
    state = lab._server.managers["connector"].state
    state.sso_ready = False
    threading.Timer(0.2, lambda: setattr(state, "sso_ready", True)).start()
    assert listed(run.profiles(uplink())) == [("create", "np-uplink")]
    assert run.calls().count(LOGIN) > 1


# --- progress and secrets ---------------------------------------------------------------------------------------------


def test_a_waiting_person_sees_how_far_it_is(logged_in: Hcx, run: Tasks, lab: Lab) -> None:
    lab.faults.add("never_end", method=CREATE)
    run.refused(uplink(), wait_timeout=4)
    assert [text for text in run.shown if text.startswith("the change of network profile np-uplink: ")]


@pytest.mark.usefixtures("run_folder")
def test_password_and_token_are_in_no_result(run: Tasks, lab: Lab, run_folder: Path) -> None:
    run.profiles(uplink())
    (file,) = run_folder.glob("login.hcx.*.json")
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    token = json.loads(text)["token"]
    assert lab.password not in text
    assert len(token) > 20
    lab.faults.add("fail_work", method=CREATE, message=f"said {lab.password} with {token}")
    wanted = uplink(name="np-other", ranges=[span("10.13.2.1")])
    failed = json.dumps(run.refused(wanted))
    assert "said ********" in failed
    for shown in (failed, json.dumps(run.profiles(wanted)), repr(run.shown)):
        assert lab.password not in shown
        assert token not in shown


def test_a_renewed_token_is_a_secret_too(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[str] = []
    original = lab._server.managers["connector"].sessions.open
    monkeypatch.setattr(
        lab._server.managers["connector"].sessions, "open", lambda user: tokens.append(original(user)) or tokens[-1]
    )
    lab.faults.add("http", method="POST /hybridity/api/networks?action=queryIpUsage", status=401)
    rule = lab.faults.add("fail_work", method=CREATE, message="to be told")
    monkeypatch.setattr(type(rule), "strikes", telling(tokens, type(rule).strikes))
    failed = json.dumps(run.refused(uplink()))
    assert len(tokens) == 2
    assert "now ********" in failed
    assert not [token for token in tokens if token in failed]


def telling(tokens: list[str], strikes: Any) -> Any:
    """The fault's message holds the newest token."""

    def strike(rule: Any, service: str, method: str, host: str | None) -> bool:
        if rule.action == "fail_work" and tokens:
            rule.message = f"now {tokens[-1]}"
        return bool(strikes(rule, service, method, host))

    return strike
