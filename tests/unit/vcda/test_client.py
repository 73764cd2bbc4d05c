# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in, extending to the other site, pages, tasks and errors, against answers that are written down."""

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
    Busy,
    LoginFailed,
    Refused,
    TimedOut,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import client
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.client import VERSIONS, Vcda, end_login

SITES = [{"site": "cloud-t", "org": "acme"}]


def login(token: str = "t-1", status: int = 200, body: Any = None) -> Reply:
    return Reply(status, body or {"user": "orgadmin@acme", "authenticatedSites": SITES}, {"X-VCAV-Auth": token})


def error(status: int, code: str, said: str = "No.") -> Reply:
    return Reply(status, {"code": code, "msg": said, "args": [], "stacktrace": "at com.vmware.h4"})


def task(state: str, **fields: Any) -> Reply:
    return Reply(200, {"id": "task-1", "state": state, "progress": 40, "endTime": -1, **fields})


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
def log_in(server: ScriptedServer, time: Time, shown: list[str]) -> Callable[..., Vcda]:
    """With the answers that the service will give, the login's first; the last one is repeated."""

    def make(*script: Reply, redactor: Redactor | None = None, folder: Path | None = None) -> Vcda:
        server.script = list(script)
        connection = Connection("localhost", server.port, "orgadmin@acme", "open sesame", True, server.ca_path, 2)
        progress = Progress(shown.append, every=0, clock=time.clock)
        return Vcda(connection, Run(folder), redactor or Redactor(), progress)

    return make


def calls(server: ScriptedServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in server.requests]


def tokens(server: ScriptedServer) -> list[str | None]:
    return [request.headers.get("x-vcav-auth") for request in server.requests]


def test_a_login_is_that_of_an_organizations_user(log_in: Callable[..., Vcda], server: ScriptedServer) -> None:
    vcda = log_in(login(), Reply(200, {"a": 1}))
    assert vcda.get("/things", site="cloud-t") == {"a": 1}
    first, second = server.requests
    assert first.body == {"type": "vcdCredentials", "vcdUser": "orgadmin@acme", "vcdPassword": "open sesame"}
    assert second.path == "/things?site=cloud-t"
    assert tokens(server) == [None, "t-1"]
    for request in server.requests:
        assert request.headers["accept"] == "application/vnd.vmware.h4-v4.7+json;charset=UTF-8"


@pytest.mark.parametrize("older", range(len(VERSIONS)))
def test_the_newest_version_that_both_know_is_spoken(
    log_in: Callable[..., Vcda], server: ScriptedServer, older: int
) -> None:
    vcda = log_in(*[Reply(406)] * older, login(), Reply(200, []))
    vcda.get("/things")
    assert vcda.version == VERSIONS[older]
    assert server.requests[-1].headers["accept"] == f"application/vnd.vmware.h4-v{VERSIONS[older]}+json;charset=UTF-8"


def test_a_service_that_speaks_none_of_the_versions(log_in: Callable[..., Vcda], server: ScriptedServer) -> None:
    with pytest.raises(Refused, match="speaks none of the versions"):
        log_in(Reply(406))
    assert len(server.requests) == len(VERSIONS)


def test_wrong_credentials_are_told_without_the_stack_trace(log_in: Callable[..., Vcda]) -> None:
    with pytest.raises(LoginFailed) as caught:
        log_in(error(401, "NotAuthenticated", "Bad credentials."))
    assert "does not accept this user name and password: Bad credentials [NotAuthenticated]" in str(caught.value)
    assert "com.vmware" not in f"{caught.value} {caught.value.facts}"
    assert "VCDA_PASSWORD" in caught.value.facts["hint"]


@pytest.mark.parametrize("reply", [Reply(200, "<html/>"), Reply(404), Reply(500), Reply(302)], ids=str)
def test_another_server_is_not_a_wrong_password(log_in: Callable[..., Vcda], reply: Reply) -> None:
    with pytest.raises(Refused, match="check whether it is Cloud Director Availability"):
        log_in(reply)


def test_a_session_that_ends_is_renewed_with_the_sites_it_had(
    log_in: Callable[..., Vcda], server: ScriptedServer
) -> None:
    both = {"authenticatedSites": [*SITES, {"site": "dc1"}]}
    vcda = log_in(
        login(),
        Reply(200, {"authenticatedSites": SITES}),
        Reply(200, both),
        error(401, "NotAuthenticated"),
        login("t-2"),
        Reply(200, both),
        Reply(202, {"id": "task-1"}),
    )
    vcda.extend("dc1", "administrator@vsphere.local", "other")
    assert vcda.write("POST", "/things", {"a": 1}) == {"id": "task-1"}
    assert calls(server) == [
        "POST /sessions",
        "GET /sessions",
        "POST /sessions/extend",
        "POST /things",
        "POST /sessions",
        "POST /sessions/extend",
        "POST /things",
    ]
    assert server.requests[2].body == {
        "type": "credentials",
        "site": "dc1",
        "vcdUsername": "administrator@vsphere.local",
        "vcdPassword": "other",
    }
    assert tokens(server)[-2:] == ["t-2", "t-2"]


def test_a_site_that_the_session_has_is_not_logged_in_to_again(
    log_in: Callable[..., Vcda], server: ScriptedServer
) -> None:
    log_in(login(), Reply(200, {"authenticatedSites": [{"site": "dc1"}]})).extend("dc1", "u", "p")
    assert calls(server)[1:] == ["GET /sessions"]


def test_a_lost_session_at_the_other_site_is_extended_again(
    log_in: Callable[..., Vcda], server: ScriptedServer
) -> None:
    vcda = log_in(
        login(),
        Reply(200, {"authenticatedSites": [{"site": "dc1"}]}),
        error(403, "RemoteAuthenticationFailure"),
        Reply(200, {}),
        Reply(202, {"id": "task-1"}),
    )
    vcda.extend("dc1", "u", "p")
    vcda.write("POST", "/things")
    assert calls(server)[2:] == ["POST /things", "POST /sessions/extend", "POST /things"]


def test_the_users_field_is_named_otherwise_where_it_has_to_be(
    log_in: Callable[..., Vcda], server: ScriptedServer
) -> None:
    nowhere = Reply(200, {"authenticatedSites": []})
    log_in(login(), nowhere, error(400, "BadRequest"), Reply(200, {})).extend("dc1", "u", "p")
    assert server.requests[-1].body == {"type": "credentials", "site": "dc1", "vcdUser": "u", "vcdPassword": "p"}


def test_wrong_credentials_of_the_other_site(log_in: Callable[..., Vcda]) -> None:
    vcda = log_in(login(), Reply(200, {"authenticatedSites": []}), error(401, "RemoteAuthenticationFailure", "Wrong."))
    with pytest.raises(LoginFailed) as caught:
        vcda.extend("dc1", "u", "secret")
    assert str(caught.value).startswith("site dc1 does not accept u and the password: Wrong [RemoteAuth")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (error(400, "BadUserInput", "The RPO is too low."), Refused, r"^The RPO is too low \[BadUserInput\]$"),
        (error(403, "Forbidden"), Refused, "denies this call: No .Forbidden.; the user's role does not allow it"),
        (error(409, "Conflict"), Busy, r"^No \[Conflict\]$"),
        (Reply(404, "nothing"), Refused, r"answers 404$"),
    ],
)
def test_errors_keep_the_services_words(
    log_in: Callable[..., Vcda], reply: Reply, kind: type[Exception], sentence: str
) -> None:
    vcda = log_in(login(), reply)
    with pytest.raises(kind, match=sentence):
        vcda.write("POST", "/things")


def test_all_pages_are_read(log_in: Callable[..., Vcda], server: ScriptedServer) -> None:
    pages = [Reply(200, {"items": [{"n": n}] * 100, "total": 201}) for n in (1, 2)]
    vcda = log_in(login(), *pages, Reply(200, {"items": [{"n": 3}], "total": 201}))
    assert len(vcda.items("/things", site="s")) == 201
    assert [call.partition("?")[2] for call in calls(server)[1:]] == [
        f"site=s&offset={offset}&limit=100" for offset in (0, 100, 200)
    ]


def test_a_list_without_pages_is_taken_as_it_is(log_in: Callable[..., Vcda]) -> None:
    assert log_in(login(), Reply(200, [{"id": 1}])).items("/things") == [{"id": 1}]


def test_a_page_without_items_is_the_end(log_in: Callable[..., Vcda]) -> None:
    assert log_in(login(), Reply(200, {"total": 0})).items("/things") == []


def test_a_page_that_is_empty_too_early_ends_the_list(log_in: Callable[..., Vcda], server: ScriptedServer) -> None:
    vcda = log_in(login(), Reply(200, {"items": [{}], "total": 9}), Reply(200, {"items": [], "total": 9}))
    assert vcda.items("/things") == [{}]
    assert len(server.requests) == 3


def test_work_ends_with_its_task(log_in: Callable[..., Vcda], server: ScriptedServer, shown: list[str]) -> None:
    vcda = log_in(login(), Reply(202, {"id": "task-1", "state": "RUNNING"}), task("RUNNING"), task("SUCCEEDED"))
    assert vcda.work("POST", "/things", what="the thing", timeout=60, operation="op-1")["state"] == "SUCCEEDED"
    assert calls(server)[1:] == ["POST /things", "GET /tasks/task-1", "GET /tasks/task-1"]
    assert server.requests[1].headers["operationid"] == "op-1"
    assert shown == ["the thing: 40 %"]


def test_a_failed_task_tells_why(log_in: Callable[..., Vcda]) -> None:
    failed = task("FAILED", error={"code": "NoSpace", "msg": "The datastore is full.", "stacktrace": "at x"})
    vcda = log_in(login(), Reply(202, {"id": "task-1"}), failed)
    with pytest.raises(Refused) as caught:
        vcda.work("POST", "/things", what="the cut-over of web", timeout=60)
    assert str(caught.value) == "the cut-over of web failed: The datastore is full [NoSpace]"
    assert caught.value.facts["service_code"] == "NoSpace"


def test_a_task_that_never_ends(log_in: Callable[..., Vcda], time: Time) -> None:
    vcda = log_in(login(), Reply(202, {"id": "task-1"}), task("RUNNING"))
    with pytest.raises(TimedOut, match="gave up after 90 s waiting for the thing; it goes on there; run again to wait"):
        vcda.work("POST", "/things", what="the thing", timeout=90)
    assert time.now == 90


def test_an_answer_without_a_task_is_not_taken_for_success(log_in: Callable[..., Vcda]) -> None:
    with pytest.raises(Refused, match="answers POST /things without a task"):
        log_in(login(), Reply(204)).work("POST", "/things", what="the thing", timeout=60)


def test_the_token_is_a_secret(log_in: Callable[..., Vcda]) -> None:
    redactor = Redactor()
    vcda = log_in(login("t-1"), Reply(401), login("t-2"), Reply(200, {}), redactor=redactor)
    vcda.get("/things")
    assert redactor.text("t-1 and t-2") == f"{MASK} and {MASK}"


def test_a_task_alone_logs_out_and_a_run_at_its_end(
    log_in: Callable[..., Vcda], server: ScriptedServer, tmp_path: Path
) -> None:
    with log_in(login(), Reply(204)):
        pass
    assert calls(server)[-1] == "DELETE /sessions"
    server.requests.clear()
    with log_in(login(), Reply(204), folder=tmp_path):
        pass
    assert calls(server) == ["POST /sessions"]
    ((system, saved),) = Run(tmp_path).logins()
    assert system == "vcda"
    assert "open sesame" not in str(saved)
    end_login(saved)
    assert (calls(server)[-1], tokens(server)[-1]) == ("DELETE /sessions", "t-1")


def test_the_end_of_a_run_does_not_mind_a_server_that_is_gone(
    log_in: Callable[..., Vcda], server: ScriptedServer, tmp_path: Path
) -> None:
    log_in(login(), folder=tmp_path)
    ((_system, saved),) = Run(tmp_path).logins()
    server.close()
    end_login(saved)
