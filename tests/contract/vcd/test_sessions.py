# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins, tokens and versions as the lab counts them. (VCD reference 3.2, 3.3)"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from contract.vcd.tasks import Tasks, network

from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Vcd, end_login
from lab import Lab

LOGINS = ("POST /api/sessions", "POST /cloudapi/1.0.0/sessions", "POST /cloudapi/1.0.0/sessions/provider")
READ = {"name": "acme-services"}


def control(run: Tasks, method: str, path: str, **options: object) -> requests.Response:
    """What a test asks of the lab itself."""
    url = f"{run.lab.control_url}/vcd/{run.name}/{path}"
    answer = requests.request(method, url, verify=run.lab.ca_path, timeout=10, **options)  # type: ignore[arg-type]
    answer.raise_for_status()
    return answer


def logins(run: Tasks) -> int:
    return sum(name in LOGINS for name in run.calls())


def test_a_task_logs_in_and_out(run: Tasks) -> None:
    run.networks(READ)
    counts = control(run, "GET", "sessions").json()
    assert (counts["opened"], counts["open"]) == (1, 0)


def test_the_tasks_of_a_run_share_one_login_that_ends_with_the_run(run: Tasks, run_folder: Path) -> None:
    run.networks(READ)
    run.networks(network())
    run.networks(READ)
    assert logins(run) == 1
    assert control(run, "GET", "sessions").json()["open"] == 1
    for system, saved in Run(run_folder).logins():
        assert system == "vcd"
        assert run.lab.password not in json.dumps(saved)
        end_login(saved)
    assert control(run, "GET", "sessions").json()["open"] == 0


def test_different_users_have_different_logins(run: Tasks, run_folder: Path) -> None:
    run.networks(READ)
    run.by("orgadmin", "acme").networks(READ)
    assert logins(run) == 2


def test_a_session_that_ended_is_renewed(run: Tasks, run_folder: Path) -> None:
    run.networks(READ)
    control(run, "POST", "sessions/expire")
    run.networks(network())
    assert logins(run) == 2
    assert run.networks(network())["changed"] is False


@pytest.mark.parametrize("user", ["orgadmin", "orgadmin@acme"])
def test_the_user_may_be_given_with_the_organization(run: Tasks, user: str) -> None:
    run.by(user, "acme").networks(READ)


@pytest.mark.parametrize("org", ["System", "system", "SYSTEM"])
def test_the_provider_is_system_in_any_case(run: Tasks, org: str) -> None:
    run.by("administrator", org).networks(READ)


def test_wrong_credentials_are_told_without_them(run: Tasks) -> None:
    result = run.failing("vcd_org_network", vdc="acme-vdc", networks=[READ], password="open sesame, wrong")
    assert "does not accept administrator@System with this password" in result["msg"]
    assert "VCD_USER" in result["hint"]
    assert "open sesame" not in json.dumps(result)


def test_an_api_token_is_a_login(new: Tasks) -> None:
    token = control(new, "POST", "tokens", json={"user": "orgadmin", "organization": "acme"}).json()["token"]
    options = {"username": None, "password": None, "api_token": token, "org": "acme"}
    result = new.networks(network(), **options)
    assert result["changed"] is True
    assert not logins(new)
    assert token not in json.dumps(result)
    refused = new.failing("vcd_org_network", vdc="acme-vdc", networks=[READ], **{**options, "api_token": "gone"})
    assert "does not accept this API token" in refused["msg"]


VERSIONS = [
    ("vcd-v", {}, "27.0"),
    ("vcd-v", {"vcd_v_newest_version": "30.0"}, "30.0"),
    ("vcd-t", {}, "36.3"),
    ("vcd-t", {"vcd_t_newest_version": "38.1"}, "38.1"),
    ("vcd-t", {"vcd_deprecated_versions": ("36.3",)}, "36.2"),
]


@pytest.mark.parametrize(("name", "rules", "spoken"), VERSIONS)
def test_the_newest_version_that_is_not_deprecated_is_spoken(
    lab: Lab, name: str, rules: dict[str, Any], spoken: str
) -> None:
    lab.rules = lab.rules.changed(**rules)
    connection = Connection("localhost", lab.ports[name], "administrator", lab.password, True, lab.ca_path, 10)
    task = Task({}, False, Run(None), Progress(), Redactor())
    with Vcd(Account(connection, "System"), task, wait_timeout=10) as vcd:
        assert str(vcd.version) == spoken
        assert vcd.records("organization")


def test_a_version_that_is_not_offered_is_refused(run: Tasks) -> None:
    result = run.failing("vcd_org_network", vdc="acme-vdc", networks=[READ], api_version="39.1")
    assert "does not offer api_version 39.1, but " in result["msg"]


def test_the_request_id_comes_with_a_refusal(run: Tasks) -> None:
    result = run.by("viewer", "acme").refused({"name": "acme-services", "description": "x"})
    (facts,) = result.get("failed_changes", [result])
    assert facts["status"] == 403
    assert f"[{facts['service_code']}] (request {facts['request_id']})" in result["msg"]
