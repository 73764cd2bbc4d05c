# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the VMkernel networking of hosts: the work of ``esxi_vmkernel_info``."""

from __future__ import annotations

from ..connection import Connection
from ..engine.plan import Facts
from ..task import Task
from .client import VSphere
from .host_reader import HostReader


def read_hosts(task: Task) -> Facts:
    """All selected hosts, connected or not; in check mode as earlier tasks of the run would leave them."""
    with VSphere(Connection.from_params(task.params), task.run, task.redactor) as server:
        hosts = HostReader(server, task).read_all()
    return {"hosts": [host.facts() for host in hosts]}
