# SPDX-License-Identifier: GPL-3.0-or-later
"""Login, tokens, and the form of answers (HCX reference 3.1, 4, 18)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from lab import Lab

NETWORKS = "/hybridity/api/networks"


def test_login_gives_a_token_and_the_local_site(lab: Lab, stranger: Any) -> None:
    answer = stranger.login()
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{8}(:[0-9a-f]{4}){3}:[0-9a-f]{12}", answer.headers["x-hm-authorization"])
    assert re.fullmatch(r"\d{17}-[0-9a-f-]{36}", answer.json()["data"]["endpointInfo"]["uuid"])
    assert lab.sessions("connector")["open"] == 1


@pytest.mark.parametrize(
    ("user", "password", "status"), [(Lab.username, "wrong", 401), ("nobody@vsphere.local", "x", 401)]
)
def test_wrong_credentials_are_401_without_body(stranger: Any, user: str, password: str, status: int) -> None:
    answer = stranger.login(user, password)
    assert (answer.status_code, answer.content) == (status, b"")


def test_a_user_without_role_is_403(stranger: Any) -> None:
    assert stranger.login(Lab.reader_username).status_code == 403


@pytest.mark.parametrize("path", [NETWORKS, "/hybridity/api/interconnect/serviceMesh", "/no/such/path"])
def test_everything_else_wants_a_token_first(stranger: Any, path: str) -> None:
    answer = stranger.call("GET", path)
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_token_dies_after_fifteen_idle_minutes_but_not_while_it_is_used(lab: Lab, connector: Any) -> None:
    for _rest in range(3):
        lab.shared.clock.advance(890)
        assert connector.call("GET", NETWORKS).status_code == 200
    lab.shared.clock.advance(901)
    assert connector.call("GET", NETWORKS).status_code == 401
    connector.login()
    assert connector.call("GET", NETWORKS).status_code == 200


def test_all_tokens_can_be_expired_at_once(lab: Lab, connector: Any) -> None:
    assert lab.expire_sessions("connector") == 1
    assert connector.call("GET", NETWORKS).status_code == 401


@pytest.mark.parametrize("accept", ["*/*", "text/html", ""])
def test_without_accept_of_json_the_answer_is_xml(connector: Any, accept: str) -> None:
    connector.http.headers["Accept"] = accept
    answer = connector.call("GET", "/hybridity/api/jobs/job-none")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<string>Job job-none does not exist.</string>" in answer.text


def test_an_unknown_path_is_404_and_a_wrong_method_405_with_errors(lab: Lab, connector: Any) -> None:
    for method, path, status in (("GET", "/hybridity/api/nothing", 404), ("PUT", NETWORKS, 405)):
        answer = connector.call(method, path, {} if method == "PUT" else None)
        assert answer.status_code == status
        assert answer.json()["errors"][0]["message"]
        assert len(lab.requests("hcx/connector", f"{method} {path}")) == 1


def test_text_that_is_no_json_is_400(connector: Any) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{connector.url}/hybridity/api/service/inventory/networks"
    assert connector.http.post(url, data="{", headers=headers).status_code == 400


def test_planned_faults_and_the_request_log(lab: Lab, connector: Any) -> None:
    name = f"GET {NETWORKS}"
    lab.faults.add("http", service="hcx/connector", method=name, status=503)
    lab.faults.add("fault", method=name, fault="InternalError", message="planned")
    lab.faults.add("drop_after", method=name)
    assert connector.call("GET", NETWORKS).status_code == 503
    answer = connector.call("GET", NETWORKS)
    assert answer.status_code == 200
    assert (answer.json()["error"], answer.json()["errorMessage"]) == (True, "planned")
    with pytest.raises(requests.ConnectionError):
        connector.call("GET", NETWORKS)
    assert [e.status for e in lab.requests("hcx/connector", name)] == [503, 200, 500]
