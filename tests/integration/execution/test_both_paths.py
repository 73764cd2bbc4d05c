# SPDX-License-Identifier: GPL-3.0-or-later
"""A module gives the same result inside the Ansible process and as an ordinary module."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from contract.hcx.tasks import Tasks, span
from integration.execution.conftest import Plays
from integration.execution.module_cases import CASES
from integration.playbook import PROJECT, Finished

from lab import Lab
from lab.drift import describe

MODULES = sorted(path.stem for path in (PROJECT / "plugins/modules").glob("*.py"))
MADE_UP = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECRETS = ("password", "_key", "_token", "secret")
SITUATIONS = ("in check mode", "for real", "again", "refused", "with an unknown option")


def tasks(module: str) -> list[dict[str, Any]]:
    case, name = CASES[module], f"hybridcloud.mobility.{module}"
    return [
        {"name": f"{module} in check mode", name: case.works, "check_mode": True},
        {"name": f"{module} for real", name: case.works, "register": module},
        {"name": f"{module} again", name: case.works},
        {"name": f"{module} refused", name: case.refused, "ignore_errors": True},
        {"name": f"{module} with an unknown option", name: {**case.works, "colour": "blue"}, "ignore_errors": True},
    ]


@dataclass(frozen=True)
class Outcome:
    finished: Finished
    hosts: list[dict[str, Any]]


def build_cloud(lab: Lab) -> None:
    """The other end of a service mesh: the tasks of the cases are all at the connector."""
    cloud = Tasks(lab, lab.cloud.port)
    addresses = {"prefix_length": 22, "ranges": [span("10.30.3.10-10.30.3.19")]}
    cloud.profiles({"name": "np-management", "network": "pg-management", **addresses})
    cloud(
        "hcx_compute_profile",
        name="cp-cloud",
        services=["INTERCONNECT", "BULK_MIGRATION"],
        service_clusters=["compute-d"],
        deployment_clusters=["compute-d"],
        datastores=["ds-d"],
        networks={"management": ["np-management"], "replication": ["np-management"]},
    )


@pytest.fixture(scope="module")
def outcomes(lab: Lab, plays: Plays) -> dict[bool, Outcome]:
    """All modules with all their cases on a fresh world, by whether they ran in process."""

    def run(in_process: bool) -> Outcome:
        lab.reset()
        build_cloud(lab)
        every = [task for module in CASES for task in tasks(module)]
        finished = plays(every, in_process=in_process).run("--diff").succeeded()
        return Outcome(finished, [describe(lab.world, host) for host in lab.world.hosts()])

    return {in_process: run(in_process) for in_process in (True, False)}


def test_every_module_has_a_case() -> None:
    assert sorted(CASES) == MODULES


def shown(finished: Finished, task: str) -> dict[str, Any]:
    """What a playbook sees of the result, without the ids that a service makes up for each new object.

    Ansible masks secrets in `invocation` with words of its own.
    """
    (result,) = finished.named(task)
    kept = {key: value for key, value in result.result.items() if key not in ("invocation", "exception")}
    named: dict[str, Any] = json.loads(MADE_UP.sub("some-uuid", json.dumps(kept)))
    return {"state": result.state, **named}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("module", CASES)
def test_results_are_equal(outcomes: dict[bool, Outcome], module: str, situation: str) -> None:
    here, there = (shown(outcomes[path].finished, f"{module} {situation}") for path in (True, False))
    assert here == there


@pytest.mark.parametrize("module", CASES)
def test_invocations_are_equal_but_for_secrets(outcomes: dict[bool, Outcome], module: str) -> None:
    def options(path: bool) -> Any:
        return without_secrets(outcomes[path].finished.result(f"{module} for real")["invocation"]["module_args"])

    assert options(True) == options(False)


def without_secrets(given: Any) -> Any:
    """At any depth: each way masks them with words of its own."""
    if isinstance(given, list):
        return [without_secrets(one) for one in given]
    if not isinstance(given, dict):
        return given
    return {name: without_secrets(one) for name, one in given.items() if not name.endswith(SECRETS)}


def test_no_path_shows_the_password(outcomes: dict[bool, Outcome]) -> None:
    for outcome in outcomes.values():
        assert Lab.password not in outcome.finished.output
        assert Lab.password not in repr(outcome.finished.results)


def test_the_cases_do_what_they_say(outcomes: dict[bool, Outcome]) -> None:
    finished = outcomes[True].finished
    for module in CASES:
        state = {situation: finished.named(f"{module} {situation}")[0].state for situation in SITUATIONS}
        assert [state[s] for s in SITUATIONS] == ["ok", "ok", "ok", "failed", "failed"], module
        assert finished.result(f"{module} again")["changed"] is False
        assert finished.result(f"{module} refused")["msg"]


def test_the_hosts_end_up_equal(outcomes: dict[bool, Outcome]) -> None:
    assert outcomes[True].hosts == outcomes[False].hosts
