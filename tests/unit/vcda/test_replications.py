# SPDX-License-Identifier: GPL-3.0-or-later
"""What state a replication is in, and what a waiting person is told of many."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import watch
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.client import Vcda
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.replications import (
    Replication,
    cutover_facts,
    histories,
    replication,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.watch import Watch, summary_line

FAR_AWAY = 99_999_999_999_999


def one(name: str = "web", **changes: Any) -> Replication:
    return replication(item(name, **changes))


def item(name: str = "web", *, destination: Any = None, **changes: Any) -> dict[str, Any]:
    instance = {"key": "i-1", "timestamp": 1_700_000_000_000, "transferBytes": 10}
    state = {"latestInstance": instance, "recoveryInfo": {"recoveryState": "NOT_STARTED"}, **(destination or {})}
    return {
        "id": f"C4-{name}",
        "vmId": f"vm-{name}",
        "vmName": name,
        "source": {"site": "dc1"},
        "settings": {"rpo": 15},
        "isMigration": True,
        "destinationState": state,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "cutover_ready"),
        ({"destination": {"latestInstance": None}}, "syncing"),
        ({"destination": {"latestInstance": None}, "settings": {"initialSyncTime": FAR_AWAY}}, "scheduled"),
        ({"isPaused": True}, "paused"),
        ({"overallHealth": "RED"}, "error"),
        ({"overallHealth": "YELLOW"}, "cutover_ready"),
        ({"destination": {"lastError": {"code": "X", "msg": "full"}}}, "error"),
        ({"destination": {"recoveryInfo": {"recoveryState": "IN_PROGRESS"}}}, "cutting_over"),
        ({"destination": {"recoveryInfo": {"recoveryState": "TEST"}}}, "tested"),
        ({"destination": {"recoveryInfo": {"recoveryState": "COMPLETE"}, "lastError": "old"}}, "completed"),
    ],
)
def test_states(changes: dict[str, Any], state: str) -> None:
    assert one(**changes).state == state


def test_an_object_that_has_nothing_but_its_id_is_a_replication_that_begins() -> None:
    assert replication({"id": "C4-1"}).state == "syncing"


def test_the_facts_are_in_the_users_words() -> None:
    facts = one(destination={"lastError": {"code": "NoSpace", "msg": "The datastore is full."}}).facts()
    assert facts["error"] == "The datastore is full [NoSpace]"
    assert (facts["rpo_minutes"], facts["last_instance_at"]) == (15, "2023-11-14T22:13:20Z")


def test_a_violated_rpo_is_a_sentence() -> None:
    assert one().behind() is None
    assert one(destination={"currentRpoViolation": -1}).behind() is None
    behind = one(destination={"currentRpoViolation": 12}).behind()
    assert behind == "the replica of web is 12 min behind its RPO of 15 min"


class Tasks:
    """A service that has these tasks."""

    def __init__(self, *tasks: dict[str, Any]) -> None:
        self.tasks = tasks

    def items(self, path: str, **_query: str) -> list[dict[str, Any]]:
        assert path == "/tasks"
        return list(self.tasks)


def test_the_first_task_that_succeeded_made_the_job_and_the_newest_is_the_cutover() -> None:
    def task(resource: str, start: int, end: int, state: str = "SUCCEEDED") -> dict[str, Any]:
        return {"workflowInfo": {"resourceId": resource}, "state": state, "startTime": start, "endTime": end}

    service = Tasks(
        task("C4-web", 1000, 2000),
        task("C4-web", 5000, 185_250),
        task("C4-web", 3000, 4000),
        task("C4-web", 190_000, -1, "RUNNING"),
        task("C4-other", 9000, 9_000_000),
    )
    found = histories(cast(Vcda, service), [one()])
    assert found == {
        "C4-web": {
            "started_at": "1970-01-01T00:00:01Z",
            "cutover_start": "1970-01-01T00:00:05Z",
            "cutover_end": "1970-01-01T00:03:05Z",
            "downtime_seconds": 180.25,
        }
    }


def test_a_cutover_that_runs_has_no_downtime_yet() -> None:
    assert cutover_facts({"startTime": 5000, "endTime": -1})["downtime_seconds"] is None


def syncing(name: str, progress: int | None, size: int = 64 * watch.GIB) -> dict[str, Any]:
    state = {"latestInstance": None, "spaceRequirement": size}
    return item(name, destination=state, sourceState={"progress": progress})


def test_one_line_tells_of_all() -> None:
    seen = [replication(each) for each in (syncing("a", 20), syncing("b", 60), item("c"))]
    assert summary_line(seen, 600.0) == (
        "3 migrations: 2 syncing (40 % of 128.0 GiB, about 10 min left), 1 cutover ready"
    )


def test_those_behind_their_rpo_are_named() -> None:
    seen = [one(name, destination={"currentRpoViolation": 3}) for name in "abcd"]
    assert summary_line(seen, None) == "4 migrations: 4 cutover ready, behind their RPO: a, b, c and 1 more"


def test_nobody_sees_what_was_before_his_own_change() -> None:
    now, reads = [5.0], [0]

    class Service:
        def items(self, path: str, **query: str) -> list[dict[str, Any]]:
            reads[0] += 1
            return [item("a")]

    looking = Watch(cast(Vcda, Service()), "dc1", Progress(), clock=lambda: now[0])
    looking.look()
    now[0] += watch.POLLING.first / 4
    changed = looking.now()
    looking.look(since=changed)
    assert reads == [2]
    looking.look(since=changed)
    assert reads == [2], "this one was read afterwards"


def test_many_that_wait_read_once_and_see_how_long_it_takes() -> None:
    now, reads, shown = [0.0], [0], []
    progress = iter([10, 30])

    class Service:
        def items(self, path: str, **query: str) -> list[dict[str, Any]]:
            assert (path, query) == ("/vm-replications", {"sourceSite": "dc1"})
            reads[0] += 1
            return [syncing("a", next(progress))]

    told = Progress(shown.append, every=0, clock=lambda: now[0])
    looking = Watch(cast(Vcda, Service()), "dc1", told, clock=lambda: now[0])
    for _waiting in range(5):
        looking.look(["vm-a"])
    assert reads == [1]
    now[0] = 120.0
    looking.look()
    assert reads == [2]
    # 20 % in two minutes leave seven minutes for the other 70 %.
    assert shown[-1] == "1 migration: 1 syncing (30 % of 64.0 GiB, about 7 min left)"
