# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any call and repeated migrates every machine once, and loses none."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.vcda.tasks import NETWORK, Tasks, changed, job_of, listed, target
from integration.playbook import Playbook

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace, wait_for
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.client import Vcda
from lab import Lab

NAMES = ["WebApp2", "wave-01"]
# For each machine: the job, its networks, the cut-over.
WRITES = 3 * len(NAMES)
Call = Callable[..., Any]


class KilledError(BaseException):
    """The process is gone: nothing of ours catches this."""


def migrate(run: Tasks) -> dict[str, Any]:
    options = {"vms": listed(*NAMES), "target": target(), "wait_timeout": 20, "concurrency": 1}
    run(**options)
    return run(**options, state="cutover")


def killed(run: Tasks, monkeypatch: pytest.MonkeyPatch, number: int, *, when: str) -> None:
    """Just before or after the n-th write, without waiting for its task."""
    original: Call = Vcda.write
    count = 0

    def write(self: Vcda, *args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count > number or (count == number and when == "before"):
            raise KilledError
        answer = original(self, *args, **options)
        if count == number:
            raise KilledError
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Vcda, "write", write)
        with pytest.raises(KilledError):
            migrate(run)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_killed_at_a_write(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch, number: int, when: str) -> None:
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=20, vcda_sync_ms=40)
    killed(run, monkeypatch, number, when=when)
    migrate(run)
    assert all(run.is_migrated(name) for name in NAMES)
    writes = run.writes()
    assert writes.count("POST /vm-replications") == len(NAMES)
    assert sum(name.endswith("/migrate") for name in writes) == len(NAMES)
    assert all(vm.nics[0].address for name in NAMES for vm, _machine in run.in_cloud(name))
    since = run.mark()
    assert migrate(run)["changed"] is False
    assert run.writes(since) == []


def test_a_lost_answer_of_the_cutover_is_found_out(run: Tasks, lab: Lab) -> None:
    run.replicate("WebApp2")
    lab.faults.add("drop_after", method="POST /vm-replications/{resource}/migrate")
    result = run.failing(vms=listed("WebApp2"), state="cutover")
    assert "no answer from localhost" in result["msg"]
    joined = run.cut_over("WebApp2")
    assert run.is_migrated("WebApp2")
    assert sum(name.endswith("/migrate") for name in run.writes()) == 1
    assert job_of(joined, "WebApp2")["downtime_seconds"] > 0


def test_a_lost_answer_of_the_creation_is_found_out(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcda_task_ms=200)
    lab.faults.add("drop_after", method="POST /vm-replications")
    run.failing(vms=listed("WebApp2"), target=target(), wait_timeout=20)
    again = run.replicate("WebApp2")
    assert changed(again) == [("update", "WebApp2")], "only the networks were missing"
    assert run.writes().count("POST /vm-replications") == 1


def test_a_cutover_that_hangs_is_waited_for_and_told(run: Tasks, lab: Lab) -> None:
    run.replicate("WebApp2")
    lab.faults.add("never_end", method="POST /vm-replications/{resource}/migrate", step=2)
    for _attempt in range(2):
        result = run.failing(vms=listed("WebApp2"), state="cutover", wait_timeout=1)
        assert "gave up after 1 s waiting for the cut-over of WebApp2; it goes on there; run again" in result["msg"]
        assert job_of(result, "WebApp2")["state"] == "cutting_over"
    assert sum(name.endswith("/migrate") for name in run.writes()) == 1


def test_a_cutover_under_way_is_left_alone_by_the_other_states(run: Tasks, lab: Lab) -> None:
    run.replicate("WebApp2")
    lab.faults.add("never_end", method="POST /vm-replications/{resource}/migrate", step=2)
    run.failing(vms=listed("WebApp2"), state="cutover", wait_timeout=1)
    since = run.mark()
    for state in ("present", "paused", "tested"):
        assert run(vms=listed("WebApp2"), state=state)["changed"] is False
    assert run.writes(since) == []


def test_kill_minus_nine_of_ansible(run: Tasks, lab: Lab, tmp_path: Path) -> None:
    """The process and all of its children are gone at once, between the call and the end of the cut-over."""
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=400)
    run.replicate("WebApp2")
    options = {**run.connections["vcda_migration"], "vms": listed("WebApp2"), "state": "cutover"}
    task = {"hybridcloud.mobility.vcda_migration": options}
    play = Playbook(tmp_path, [{"hosts": "all", "gather_facts": False, "tasks": [task]}])
    process = play.start()

    def under_way() -> bool | None:
        return True if "POST /vm-replications/{resource}/migrate" in run.calls() else None

    wait_for(under_way, what="the cut-over", timeout=60, pace=Pace(first=0.02, longest=0.05))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not run.is_migrated("WebApp2")
    migrate(run)
    assert run.is_migrated("WebApp2")
    assert run.writes().count("POST /vm-replications") == len(NAMES)
    assert sum(name.endswith("/migrate") for name in run.writes()) == len(NAMES)


def test_two_runs_at_the_same_time_migrate_a_machine_once(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=50)
    results: list[dict[str, Any]] = []
    both = threading.Barrier(2)

    def one() -> None:
        both.wait()
        results.append(run.attempt(vms=listed("WebApp2"), target=target(), state="cutover", wait_timeout=20))

    threads = [threading.Thread(target=one) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(not result.get("failed") for result in results), results
    assert run.is_migrated("WebApp2")
    assert NETWORK in {network.name for network in run.cloud.networks.values()}
