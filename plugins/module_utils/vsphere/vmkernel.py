# SPDX-License-Identifier: GPL-3.0-or-later
"""VMkernel adapters of many hosts as one resource: the work of ``esxi_vmkernel``. (vSphere reference 6, 7, 9)"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..connection import Connection
from ..engine.plan import Chain, Facts
from ..engine.reconcile import reconcile
from ..task import Task
from .client import VSphere
from .host_network import Host
from .host_reader import HostReader
from .problems import Problems
from .vmkernel_checks import Guard, check_addresses
from .vmkernel_options import WantedAdapter, parse_adapters
from .vmkernel_plan import HostPlan
from .vmkernel_writes import VmkernelWriter


def ensure_adapters(task: Task) -> Facts:
    """Bring the adapters of all selected hosts to what ``adapters`` says; see the module's RETURN for the result."""
    wanted = parse_adapters(task.params["adapters"])
    connection = Connection.from_params(task.params)
    guard = Guard(allow=task.params["allow_management_change"], connected_to=connection.hostname)
    with VSphere(connection, task.run, task.redactor) as server:
        reader = HostReader(server, task)
        shared = reconcile(VmkernelAdapters(reader, wanted, guard), check=task.check, progress=task.progress)
    return {**shared, **reader.selected()}


class VmkernelAdapters:
    """What the engine reconciles: one chain of changes for each host."""

    def __init__(self, reader: HostReader, wanted: Sequence[WantedAdapter], guard: Guard) -> None:
        self._reader = reader
        self._wanted = wanted
        self._guard = guard

    def read(self, names: Collection[str] | None = None) -> list[Host]:
        return self._reader.read(names)

    def plan(self, hosts: Sequence[Host]) -> list[Chain]:
        problems = Problems()
        chains = [
            HostPlan(host, VmkernelWriter(self._reader.server, host), self._guard, problems).chain(self._wanted)
            for host in hosts
        ]
        check_addresses(hosts, [chain.outcome for chain in chains], problems)
        problems.refuse()
        return chains

    def pretend(self, chains: Sequence[Chain]) -> None:
        self._reader.pretend(chains)

    def forget(self, chains: Sequence[Chain]) -> None:
        self._reader.forget(chains)
