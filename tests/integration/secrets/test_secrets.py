# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords and session cookies stay out of everything that a run shows or leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import pytest
from integration.playbook import Playbook
from integration.secrets.observed_run import ObservedRun, watched_processes

from lab import Lab
from lab.vcenter.sessions import Session

# Of this run alone: other processes of the machine may well know the lab's usual password.
PASSWORD = f"Right!{token_hex(8)}"
WRONG_PASSWORD = f"Wrong!{token_hex(8)}"
HOSTS = {"clusters": ["compute-a"]}
ADDRESSES = {f"esx-a0{number}": f"10.11.0.1{number}/22" for number in (1, 2)}
VMOTION = {
    "network": "pg-vmotion",
    "stack": "vmotion",
    "mtu": 9000,
    "ipv4": {"mode": "static", "addresses": ADDRESSES},
}


def task(name: str, module: str, *, fails: bool = False, **options: Any) -> dict[str, Any]:
    return {"name": name, f"hybridcloud.mobility.{module}": {**HOSTS, **options}, "ignore_errors": fails}


TASKS = [
    task("facts", "esxi_vmkernel_info"),
    task("adapters", "esxi_vmkernel", adapters=[VMOTION]),
    task("stacks", "esxi_netstack", stacks=[{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]),
    task("pings", "esxi_vmkping", service="vmotion"),
    task("unknown port group", "esxi_vmkernel", fails=True, adapters=[{**VMOTION, "network": "pg-backup"}]),
    task("wrong password", "esxi_vmkernel_info", fails=True, password=WRONG_PASSWORD),
    task("option of the wrong type", "esxi_vmkernel_info", fails=True, port="four"),
    task("unknown option", "esxi_vmkernel_info", fails=True, passwort="x"),
    task("untrusted certificate", "esxi_vmkernel_info", fails=True, ca_path=None),
    task("no answer", "esxi_vmkernel_info", fails=True, hostname="vcenter.invalid"),
]
FAILING = {name["name"] for name in TASKS if name["ignore_errors"]}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        lab.shared.users[lab.username] = PASSWORD
        yield lab


@pytest.fixture(scope="module", params=[True, False], ids=["in process", "as module"])
def in_process(request: pytest.FixtureRequest) -> bool:
    chosen: bool = request.param
    return chosen


@pytest.fixture(scope="module", params=[True, False], ids=["check mode", "real run"])
def run(
    request: pytest.FixtureRequest, in_process: bool, lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> ObservedRun:
    lab.reset()
    cookies = recorded_cookies(lab)
    folder = tmp_path_factory.mktemp("secrets")
    connection = {
        "hostname": "localhost",
        "port": lab.source.port,
        "username": lab.username,
        "password": "{{ vcenter_password }}",
        "ca_path": lab.ca_path,
    }
    play = {
        "hosts": "sites",
        "gather_facts": False,
        "module_defaults": {"group/hybridcloud.mobility.vsphere": connection},
        "tasks": TASKS,
    }
    variables = {"vcenter_password": PASSWORD, "hybridcloud_mobility_in_process": in_process}
    for name in ("local", "remote", "other"):
        (folder / name).mkdir()
    environment = {
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "TMPDIR": str(folder / "other"),
        "ANSIBLE_LOG_PATH": str(folder / "log"),
    }
    playbook = Playbook(folder, [play], hosts={"site-a": variables}, environment=environment)
    inputs = frozenset(file.name for file in folder.iterdir() if file.is_file())
    with watched_processes() as shown:
        finished = playbook.run("-vvv", "--diff", *(["--check"] if request.param else []))
    secrets = frozenset({PASSWORD, WRONG_PASSWORD, *cookies})
    return ObservedRun(finished, folder, inputs, frozenset(shown), secrets)


def recorded_cookies(lab: Lab) -> list[str]:
    """The values of all cookies that the lab's vCenter gives from now on."""
    sessions = lab._server.vcenters["source"].sessions
    given: list[str] = []
    opening = type(sessions).open

    def recording(*arguments: Any) -> Session:
        session = opening(sessions, *arguments)
        given.append(session.key)
        return session

    sessions.open = recording  # type: ignore[method-assign]
    return given


def test_the_run_did_what_is_looked_at(run: ObservedRun) -> None:
    assert {result.task for result in run.finished.results if result.state == "failed"} == FAILING, run.finished.output
    assert len(run.finished.results) == len(TASKS)
    assert "--- before" in run.finished.output
    assert "password" in run.finished.output
    assert len(run.secrets) > 2


def test_the_screen_shows_no_secret(run: ObservedRun) -> None:
    assert run.leaks(run.finished.output) == []


def test_results_show_no_secret(run: ObservedRun) -> None:
    assert [result.task for result in run.finished.results if run.leaks(str(result.result))] == []


def test_files_that_the_run_left_hold_no_secret(run: ObservedRun) -> None:
    left = list(run.files())
    assert {"log", "results.jsonl"} <= {file.name for file in left}
    assert [file for file in left if run.leaks(file.read_text(encoding="utf-8", errors="replace"))] == []


def test_no_process_was_started_with_a_secret(run: ObservedRun) -> None:
    assert any(b"ansible-playbook" in words for words in run.shown)
    assert [words for words in run.shown if run.leaks(words.decode(errors="replace"))] == []


def test_temporary_folders_are_gone(run: ObservedRun) -> None:
    assert [list((run.folder / name).iterdir()) for name in ("local", "remote", "other")] == [[], [], []]


def test_one_login_served_the_run_and_none_is_left_open(run: ObservedRun, lab: Lab) -> None:
    assert lab.sessions() == {"opened": 1, "closed": 1, "expired": 0, "open": 0}
