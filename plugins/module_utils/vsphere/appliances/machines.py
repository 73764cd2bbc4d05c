# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines deployed from a template: what they hold, their power, their end. (vSphere reference 21)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...engine.errors import Refused
from ...engine.wait import Pace, wait_for
from ..client import VSphere
from ..faults import sentence
from ..sdk import vim, vmodl

POLLING = Pace(first=0.25, longest=5.0)


@dataclass(frozen=True)
class Machine:
    """``networks`` are the networks' object ids; ``properties`` the vApp properties by id, hidden values left empty."""

    ref: Any = field(repr=False)
    name: str
    uuid: str
    annotation: str
    powered_on: bool
    networks: frozenset[str]
    properties: Mapping[str, str] = field(repr=False)

    @property
    def moid(self) -> str:
        return str(self.ref._moId)


def read_machine(server: VSphere, ref: Any) -> Machine:
    collector = vmodl.query.PropertyCollector
    paths = ["name", "config.instanceUuid", "config.annotation", "config.vAppConfig", "runtime.powerState", "network"]
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=ref, skip=False)],
        propSet=[collector.PropertySpec(type=vim.VirtualMachine, pathSet=paths, all=False)],
    )
    ((_ref, found, _missing),) = server.retrieve([spec])
    declared = getattr(found.get("config.vAppConfig"), "property", None) or []
    return Machine(
        ref,
        found["name"],
        found.get("config.instanceUuid") or "",
        found.get("config.annotation") or "",
        str(found.get("runtime.powerState")) == "poweredOn",
        frozenset(str(network._moId) for network in found.get("network") or []),
        {one.id: one.value if one.value is not None else one.defaultValue or "" for one in declared},
    )


def switch_on(server: VSphere, machine: Machine, timeout: float) -> None:
    finish(server, machine.ref.PowerOnVM_Task, f"{machine.name} to be switched on", timeout)


def remove(server: VSphere, machine: Machine, timeout: float) -> None:
    """Switches it off first: an appliance has nothing to lose."""
    if machine.powered_on:
        finish(server, machine.ref.PowerOffVM_Task, f"{machine.name} to be switched off", timeout)
    finish(server, machine.ref.Destroy_Task, f"{machine.name} to be removed", timeout)


def finish(server: VSphere, call: Callable[[], Any], what: str, timeout: float) -> Any:
    """Begin a task and wait for its result. Raises `Refused` with the task's own words, and `TimedOut`."""
    task = server.call(call)

    def ended() -> Any:
        info = server.read(lambda: task.info)
        return info if str(info.state) in ("success", "error") else None

    info = wait_for(ended, what=what, timeout=timeout, advice="vCenter goes on with it; run again", pace=POLLING)
    if str(info.state) == "error":
        code = type(info.error).__name__.rsplit(".", 1)[-1]
        raise Refused(f"vCenter failed: {sentence(info.error)}", service_code=code)
    return info.result
