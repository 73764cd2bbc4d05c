# SPDX-License-Identifier: GPL-3.0-or-later
"""A re-run of converged HCX sites: the calls to both managers, and the time that our modules take."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from integration.playbook import PROJECT, Finished, Playbook

from .hcx_calls import WHY, counted
from .lab_process import LabProcess

HOSTS = 5
MANAGERS = ("connector", "cloud")
SCENARIOS = ("bulk-over-vpn", "keep-addresses")
# What the project promises for the modules of a re-run.
MODULE_SECONDS = 3.0


@dataclass(frozen=True)
class Rerun:
    """Both sites of a scenario, as they were wanted. `calls` by manager and name; times in seconds.

    `seconds` is the wall time of ansible-playbook, `module_seconds` what of it went into tasks with our HCX modules,
    with the start of the processes in which Ansible runs them.
    """

    scenario: str
    calls: dict[str, Counter[str]]
    tasks: int
    module_seconds: float
    seconds: float

    @property
    def total(self) -> int:
        return sum(calls.total() for calls in self.calls.values())

    @property
    def met(self) -> bool:
        return self.module_seconds <= MODULE_SECONDS


@dataclass(frozen=True)
class Row:
    """One call; how often each scenario makes it, as (connector, cloud)."""

    call: str
    counts: list[tuple[int, int]]
    why: str


@dataclass(frozen=True)
class HcxSites:
    """The re-runs of all scenarios."""

    reruns: list[Rerun]
    hosts: int = HOSTS
    wanted: float = MODULE_SECONDS

    def rows(self) -> Iterator[Row]:
        for call, why in WHY.items():
            counts = [(one.calls[MANAGERS[0]][call], one.calls[MANAGERS[1]][call]) for one in self.reruns]
            if any(map(any, counts)):
                yield Row(call, counts, why)


def measure_sites() -> HcxSites:
    return HcxSites([_rerun(scenario) for scenario in SCENARIOS])


def _rerun(scenario: str) -> Rerun:
    """In a lab of its own. AssertionError with the screen when a run fails, or when the second one changes anything."""
    with LabProcess(HOSTS) as lab, tempfile.TemporaryDirectory(prefix="bench-play-") as folder:
        play = {"import_playbook": str(PROJECT / "playbooks/site-prep.yml")}
        site_prep = Playbook(Path(folder), [play], environment=lab.environment)
        inventory = ("-i", str(PROJECT / "samples/lab" / f"inventory-{scenario}"), "--limit", "!localhost")
        site_prep.run(*inventory).succeeded()
        lab.control.clear_requests()
        started = time.perf_counter()
        again = site_prep.run(*inventory, "--tags", "hcx").succeeded()
        seconds = time.perf_counter() - started
        assert not any(task.result.get("changed") for task in again.results), again.output
        calls = {
            name: counted(entry["name"] for entry in lab.control.requests(service=f"hcx/{name}")) for name in MANAGERS
        }
    tasks = list(_module_tasks(again))
    return Rerun(scenario, calls, len(tasks), sum(tasks), seconds)


def _module_tasks(run: Finished) -> Iterator[float]:
    """The seconds of each task with one of our HCX modules, at each site."""
    for task in run.results:
        if task.state == "ok" and task.module.startswith("hybridcloud.mobility.hcx_"):
            yield task.seconds
