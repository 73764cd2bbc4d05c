# SPDX-License-Identifier: GPL-3.0-or-later
"""One task for 500 hosts: calls are counted, not seconds; `make bench` measures time and memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from integration.playbook import Finished, Playbook

from lab import Lab

HOSTS = 500
# The contract: reading N hosts takes at most 6 + N/100 calls, login and logout included.
BUDGET = 6 + HOSTS // 100
READS = ("RetrievePropertiesEx", "ContinueRetrievePropertiesEx")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=HOSTS) as lab:
        yield lab


class Run:
    """A playbook of one task, and the calls it made."""

    def __init__(self, lab: Lab, folder: Path, module: str, **options: Any) -> None:
        login = {
            "hostname": lab.source.host,
            "port": lab.source.port,
            "username": lab.username,
            "password": lab.password,
            "ca_path": lab.ca_path,
        }
        task = {
            "name": "task",
            f"hybridcloud.mobility.{module}": {**login, "clusters": ["compute-a"], **options},
        }
        folder.mkdir()
        seen = max((entry.number for entry in lab.requests()), default=0)
        play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
        self.finished: Finished = Playbook(folder, [play]).run().succeeded()
        self.result = self.finished.result("task")
        self.calls = Counter(entry.name for entry in lab.requests(since=seen))

    @property
    def reads(self) -> int:
        return sum(self.calls[name] for name in READS)


@pytest.fixture(scope="module")
def runs(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("runs")
    first = IPv4Address("10.11.0.11")
    names = [host.name for host in lab.world.hosts() if host.cluster == "compute-a"]
    adapter = {
        "network": "pg-vmotion",
        "stack": "vmotion",
        "mtu": 9000,
        "ipv4": {"mode": "static", "addresses": {name: f"{first + n}/22" for n, name in enumerate(names)}},
    }
    return {
        "info": Run(lab, folder / "info", "esxi_vmkernel_info"),
        "converge": Run(lab, folder / "converge", "esxi_vmkernel", adapters=[adapter]),
        "again": Run(lab, folder / "again", "esxi_vmkernel", adapters=[adapter]),
    }


def test_reading_stays_within_the_budget(runs: dict[str, Run]) -> None:
    assert len(runs["info"].result["hosts"]) == HOSTS
    assert runs["info"].calls.total() <= BUDGET, runs["info"].calls


def test_an_unchanged_run_makes_no_more_calls_than_reading(runs: dict[str, Run]) -> None:
    assert runs["again"].result["changed"] is False
    assert runs["again"].calls == runs["info"].calls


def test_a_change_on_every_host_takes_one_call_for_each_and_one_more_bulk_read(runs: dict[str, Run]) -> None:
    converge, info = runs["converge"], runs["info"]
    created = [change for change in converge.result["changes"] if change["action"] == "create"]
    assert len(created) == HOSTS
    assert converge.calls["AddVirtualNic"] == HOSTS
    # The tree and the hosts before; the hosts alone after.
    hosts_only = info.reads - 1
    assert converge.reads <= info.reads + hosts_only
    assert converge.calls.total() == info.calls.total() + HOSTS + hosts_only
