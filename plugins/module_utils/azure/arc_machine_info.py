# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure knows of thousands of Arc machines, in a few calls: the work of ``arc_machine_info``.
(Azure reference 6, 11)

Where a playbook says which machines must be there, every difference becomes a sentence, and the work can wait until
there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.errors import TimedOut, refuse_if
from ..engine.plan import Facts
from ..engine.wait import wait_for
from ..task import Task
from .account import GUID, Account
from .api_versions import MACHINES
from .client import POLLING, Azure
from .machine import Machine, list_machines, query_machines, read_machine, swapped
from .names import group_problems, region, wanted_tags

CONNECTED, SUCCEEDED = "Connected", "Succeeded"


def read_machines(task: Task) -> Facts:
    """See the module's RETURN for the result."""
    params = task.params
    problems = group_problems("resource_group", params["resource_group"]) if params["resource_group"] else []
    for option in ("vm_ids", "bios_uuids"):
        problems += [f"{option}: {one} is no UUID" for one in params[option] or [] if not GUID.fullmatch(one)]
    if params["wait_timeout"] and not params["expected"]:
        problems.append("wait_timeout waits for expected machines; say which in expected")
    if params["wait_timeout"] and params["source"] == "graph":
        problems.append("source graph is up to a minute old; take source list to wait for machines")
    refuse_if(problems)
    with Azure(Account.from_params(params), task.run, task.redactor, task.progress) as azure:
        if params["api_version"]:
            azure.prefer(MACHINES, params["api_version"])
        machines = _settled(azure, task)
        chosen = [machine for machine in machines if _is_chosen(machine, params)]
        problems = _differences(machines, params["expected"] or [])
        return {
            "machines": [machine.facts() for machine in sorted(chosen, key=lambda one: one.machine_id.lower())],
            "statuses": dict(Counter(machine.status for machine in chosen)),
            "problems": problems,
        }


def _settled(azure: Azure, task: Task) -> list[Machine]:
    """All machines, after the expected ones are as they should be or the time is over."""
    expected, timeout = task.params["expected"] or [], task.params["wait_timeout"]
    seen: list[Machine] = []

    def look() -> bool | None:
        nonlocal seen
        seen = _read(azure, task.params)
        return True if not timeout or not _differences(seen, expected) else None

    try:
        wait_for(look, what="machines in Azure", timeout=timeout, pace=POLLING, progress=task.progress)
    except TimedOut as error:
        left = _differences(seen, expected)
        more = f" (and {len(left) - 1} more, see 'problems')" if len(left) > 1 else ""
        raise TimedOut(
            f"after {timeout} s Azure still does not show what is expected: {left[0]}{more}; look at the agent's log "
            "on the server, then run again",
            problems=left,
        ) from error
    return seen


def _read(azure: Azure, params: Mapping[str, Any]) -> list[Machine]:
    """One name is one GET; more are never asked for one by one."""
    group, names = params["resource_group"], params["names"] or []
    asked = {one["name"].lower() for one in params["expected"] or []} | {name.lower() for name in names}
    by_name_only = asked and not params["vm_ids"] and not params["bios_uuids"] and (names or params["wait_timeout"])
    if group and by_name_only and len(asked) == 1 and params["source"] == "list":
        found = read_machine(azure, group, asked.pop())
        return [found] if found else []
    return query_machines(azure, group) if params["source"] == "graph" else list_machines(azure, group)


def _is_chosen(machine: Machine, params: Mapping[str, Any]) -> bool:
    """Every filter that is given must fit; one of several values is enough."""
    uuids = {spelt for one in params["bios_uuids"] or [] for spelt in (one.lower(), swapped(one))}
    fits = {
        "names": machine.name.lower() in {one.lower() for one in params["names"] or []},
        "vm_ids": machine.vm_id in {one.lower() for one in params["vm_ids"] or []},
        "bios_uuids": machine.vm_uuid in uuids,
        "statuses": machine.status in (params["statuses"] or []),
    }
    return all(fit for option, fit in fits.items() if params[option])


def _differences(machines: Sequence[Machine], expected: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for everything that is not as expected; an unnamed property may be anything."""
    found = {machine.name.lower(): machine for machine in machines}
    return [
        sentence for wanted in expected for sentence in _machine_differences(wanted, found.get(wanted["name"].lower()))
    ]


def _machine_differences(wanted: Mapping[str, Any], machine: Machine | None) -> list[str]:
    name = wanted["name"]
    if machine is None:
        return [f"machine {name} is not in Azure"]
    if wanted["vm_id"] and wanted["vm_id"].lower() != machine.vm_id:
        return [
            f"machine {name} is another server: its vm_id is {machine.vm_id}, the agent has {wanted['vm_id'].lower()}"
        ]
    sentences = []
    if machine.status != CONNECTED:
        sentences.append(f"machine {name} is {machine.status}, not {CONNECTED}")
    if machine.provisioning_state != SUCCEEDED:
        sentences.append(f"the provisioning of machine {name} is {machine.provisioning_state}, not {SUCCEEDED}")
    if machine.status_reason:
        sentences.append(f"machine {name} reports {machine.status_reason}")
    if wanted["location"] and region(wanted["location"]) != machine.location:
        sentences.append(f"machine {name} is in {machine.location}, not in {region(wanted['location'])}")
    target = wanted_tags(machine.tags, wanted["tags"], "merge")
    sentences += [
        f"tag {tag} of machine {name} is {machine.tags.get(tag, 'missing')}, not {value}"
        for tag, value in target.items()
        if machine.tags.get(tag) != value
    ]
    return sentences
