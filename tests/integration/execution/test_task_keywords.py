# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task may say beside its options works whichever way the module runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration.execution.conftest import Plays
from integration.playbook import Finished

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace, wait_for
from lab import Lab

HOST = "esx-a01.lab.example"
INFO = "hybridcloud.mobility.esxi_vmkernel_info"
READ = {INFO: {"hosts": [HOST]}}


@pytest.fixture(scope="module")
def runs(lab: Lab, plays: Plays) -> dict[bool, Finished]:
    """The same tasks, by whether modules run in process where they can."""
    login = {
        "VMWARE_HOST": lab.source.host,
        "VMWARE_PORT": str(lab.source.port),
        "VMWARE_USER": lab.username,
        "VMWARE_PASSWORD": lab.password,
        "VMWARE_CA_PATH": lab.ca_path,
    }
    tasks = [
        {"name": "plain", **READ},
        # The options are taken away from module_defaults: only the task's environment can tell where to log in.
        {"name": "environment", **READ, "module_defaults": [], "environment": login},
        {"name": "async", **READ, "async": 60, "poll": 1},
        {"name": "started", **READ, "async": 60, "poll": 0, "register": "started"},
        {
            "name": "collected",
            "ansible.builtin.async_status": {"jid": "{{ started.ansible_job_id }}"},
            "register": "collected",
            "until": "collected.finished",
            "retries": 100,
            "delay": 0.2,
        },
        {"name": "become", **READ, "become": False},
        {"name": "loop", INFO: {"hosts": ["{{ item }}"]}, "loop": [HOST, "no-such-host"], "ignore_errors": True},
        {"name": "no log", **READ, "no_log": True},
        {"name": "in time", **READ, "timeout": 60},
        {"name": "not wanted", **READ, "when": False},
        {"name": "until", **READ, "register": "seen", "until": "seen.hosts | length == 1", "retries": 2, "delay": 0},
        {"name": "judged", **READ, "register": "mine", "changed_when": "mine.hosts[0].adapters | length > 0"},
    ]
    return {path: plays(tasks, in_process=path).run().succeeded() for path in (True, False)}


BOTH = pytest.mark.parametrize("in_process", [True, False], ids=["in process", "module"])


def facts(finished: Finished, task: str) -> list[dict[str, Any]]:
    hosts: list[dict[str, Any]] = finished.result(task)["hosts"]
    return hosts


@BOTH
@pytest.mark.parametrize("task", ["environment", "async", "collected", "become", "in time", "until", "judged"])
def test_the_facts_are_those_of_a_plain_task(runs: dict[bool, Finished], in_process: bool, task: str) -> None:
    assert facts(runs[in_process], task) == facts(runs[True], "plain")
    assert [host["name"] for host in facts(runs[in_process], task)] == [HOST]


@BOTH
def test_async_tasks_run_as_jobs(runs: dict[bool, Finished], in_process: bool) -> None:
    assert runs[in_process].result("started")["ansible_job_id"]
    assert "hosts" not in runs[in_process].result("started")
    assert runs[in_process].result("async")["finished"]


@BOTH
def test_each_item_of_a_loop_has_its_result(runs: dict[bool, Finished], in_process: bool) -> None:
    good, bad = runs[in_process].result("loop")["results"]
    assert good["hosts"] == facts(runs[True], "plain")
    assert bad["failed"]
    assert bad["msg"].startswith("host no-such-host does not exist here")


@BOTH
def test_no_log_hides_the_result(runs: dict[bool, Finished], in_process: bool) -> None:
    assert "hosts" not in runs[in_process].result("no log")


@BOTH
def test_conditions_are_obeyed(runs: dict[bool, Finished], in_process: bool) -> None:
    assert runs[in_process].named("not wanted")[0].state == "skipped"
    assert runs[in_process].result("judged")["changed"] is True
    assert runs[in_process].result("plain")["changed"] is False


@BOTH
def test_a_timeout_ends_the_task_and_its_login(lab: Lab, plays: Plays, in_process: bool) -> None:
    tasks = [{"name": "too slow", **READ, "timeout": 2, "ignore_errors": True}]
    lab.latency.set(10_000, method="RetrievePropertiesEx")
    try:
        finished = plays(tasks, in_process=in_process).run()
    finally:
        lab.latency.clear()
    (result,) = finished.named("too slow")
    assert result.state == "failed"
    assert "Timed out after 2 second(s)" in result.result["msg"]
    assert lab.sessions()["open"] == 0


def test_a_job_in_the_background_may_outlive_the_run(lab: Lab, plays: Plays) -> None:
    tasks = [
        {"name": "started", **READ, "async": 60, "poll": 0},
        # Long enough for the job to have its login, shorter than its first read takes.
        {"name": "go on", "ansible.builtin.pause": {"seconds": 2}},
    ]
    lab.latency.set(2_500, method="RetrievePropertiesEx")
    try:
        finished = plays(tasks, in_process=True).run().succeeded()
        job = Path(finished.result("started")["results_file"])
        answer = wait_for(lambda: finished_job(job), what="the job", timeout=60, pace=Pace(longest=0.5))
    finally:
        lab.latency.clear()
    assert [host["name"] for host in answer["hosts"]] == [HOST]
    assert lab.sessions()["open"] == 0


def finished_job(file: Path) -> dict[str, Any] | None:
    """What the job left, once it is done: until then, its file says only that it was started."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8") or "{}")
    return None if "started" in content or not content else content
