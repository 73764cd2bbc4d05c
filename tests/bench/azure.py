# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand Arc machines verified: by one list, by one query, and by a GET for each of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.machine import read_machine
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.modules.arc_machine_info import JOB
from lab.azure import directory

from .lab_process import LabProcess

MACHINES = 1000
GROUP = "rg-bench"
# What the project promises for the verification of a thousand machines.
MOST_CALLS = 12
# How busy Azure is told to be: every so many calls are refused, with so many seconds to be left alone.
EVERY, ALONE = 4, 1


@dataclass(frozen=True)
class Way:
    """How the machines were read: calls to Resource Manager, those of them that it refused, and the wall time."""

    title: str
    calls: int
    refused: int
    seconds: float


@dataclass(frozen=True)
class ArcMachines:
    """All ways, the promised one first."""

    ways: list[Way]
    machines: int = MACHINES
    wanted: int = MOST_CALLS

    @property
    def met(self) -> bool:
        return all(way.calls - way.refused <= self.wanted for way in self.ways[:3])


def measure_machines() -> ArcMachines:
    """In a lab of its own. AssertionError when a way does not see a thousand connected machines."""
    with LabProcess(1) as lab:
        lab.control.call("POST", "/azure/machines", {"count": MACHINES, "group": GROUP, "tags": {"Datacenter": "DC1"}})
        login = _login(lab)
        time.sleep(1)  # Resource Graph sees new machines a little later, in the lab as in Azure.
        ways = [
            _measured(lab, "one list, page after page", lambda: _verify(login, "list")),
            _measured(lab, "one query of Resource Graph", lambda: _verify(login, "graph")),
        ]
        lab.control.call("PUT", "/azure/throttle", {"every": EVERY, "retry_after": ALONE})
        ways.append(
            _measured(lab, f"one list, every {EVERY}th call refused for {ALONE} s", lambda: _verify(login, "list"))
        )
        lab.control.call("PUT", "/azure/throttle", {"every": 0})
        ways.append(_measured(lab, "a GET for each machine", lambda: _one_by_one(login)))
    return ArcMachines(ways)


def _login(lab: LabProcess) -> dict[str, Any]:
    identity = directory.IDENTITIES["reader"]
    given = {
        "tenant_id": directory.TENANT,
        "subscription_id": directory.SUBSCRIPTION,
        "client_id": identity.client_id,
        "client_secret": identity.secret,
        "login_endpoint": lab.environment["LAB_AZURE_LOGIN_URL"],
        "resource_manager_endpoint": lab.environment["LAB_AZURE_ARM_URL"],
        "ca_path": lab.ca_path,
        "resource_group": GROUP,
    }
    checked = ArgumentSpecValidator(JOB.argument_spec).validate(given)
    assert not checked.error_messages, checked.error_messages
    parameters: dict[str, Any] = checked.validated_parameters
    return parameters


def _names() -> list[str]:
    return [f"server-{number:04d}" for number in range(1, MACHINES + 1)]


def _verify(login: dict[str, Any], source: str) -> None:
    expected = [{"name": name, "vm_id": None, "location": None, "tags": {"Datacenter": "DC1"}} for name in _names()]
    options = {**login, "source": source, "expected": expected}
    result = JOB.result(options, check=False, show=lambda text: None)
    assert not result.get("failed"), result
    assert (result["statuses"], result["problems"]) == ({"Connected": MACHINES}, [])


def _one_by_one(login: dict[str, Any]) -> None:
    with Azure(Account.from_params(login), Run(None), Redactor(), Progress(lambda text: None)) as azure:
        found = [read_machine(azure, GROUP, name) for name in _names()]
    assert all(machine is not None and machine.status == "Connected" for machine in found)


def _measured(lab: LabProcess, title: str, work: Callable[[], None]) -> Way:
    lab.control.clear_requests()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    entries = lab.control.requests(service="azure/arm")
    return Way(title, len(entries), sum(entry["status"] == 429 for entry in entries), seconds)
