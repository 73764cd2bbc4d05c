# SPDX-License-Identifier: GPL-3.0-or-later
"""Many small tasks on many sites: our modules inside the Ansible process and as ordinary modules."""

from __future__ import annotations

from dataclasses import dataclass

from .lab_process import LabProcess
from .measure import Measurement, measure
from .site import OURS, ROLES, Play, host_names, our_tasks, ours

TASKS = 10


@dataclass(frozen=True)
class Paths:
    """The same unchanged tasks on the same sites."""

    sites: int
    in_process: Measurement
    module: Measurement
    tasks: int = TASKS

    @property
    def ratio(self) -> float:
        return self.module.seconds / self.in_process.seconds

    def per_task_ms(self, run: Measurement) -> float:
        return run.seconds / (self.sites * self.tasks) * 1000


def compare_paths(sites: int) -> Paths:
    """A site is one host here. All sites at the same time, each through ten tasks for one object each."""
    with LabProcess(sites) as lab:
        measure(lab, ours(lab, our_tasks(host_names(sites))))
        inventory = {f"site-{host}": {"esxi": host} for host in host_names(sites)}

        def run(in_process: bool) -> Measurement:
            variables = {
                name: {**site, "hybridcloud_mobility_in_process": in_process} for name, site in inventory.items()
            }
            return measure(lab, ours(lab, _object_by_object()), "--forks", str(sites), hosts=variables)

        return Paths(sites, in_process=run(True), module=run(False))


def _object_by_object() -> list[Play]:
    """Each of the three adapters and two stacks in a task of its own, twice."""
    selected = {"datacenter": "dc-a", "hosts": ["{{ esxi }}"]}
    tasks: list[Play] = [
        {f"{OURS}.esxi_vmkernel": {**selected, "adapters": [{"network": role.portgroup, "mtu": role.mtu}]}}
        for role in ROLES
    ]
    tasks += [
        {f"{OURS}.esxi_netstack": {**selected, "stacks": [{"name": role.stack, "gateway_ipv4": role.gateway}]}}
        for role in ROLES
        if role.stack
    ]
    return tasks * (TASKS // len(tasks))
