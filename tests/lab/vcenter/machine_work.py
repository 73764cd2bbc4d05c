# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of virtual machines do: switch on and off, change name, note and OVF properties, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..world import VappProperty, VirtualMachine
from .bindings import fault, properties_of, vim, vmodl

if TYPE_CHECKING:
    from .server import VCenterServer

CHANGEABLE = {"name", "annotation", "vAppConfig", "changeVersion"}


def switch(vcenter: VCenterServer, uuid: str, on: bool) -> None:
    machine = _current(vcenter, uuid)
    if machine.powered_on == on:
        raise _wrong_state(machine, "poweredOn" if on else "poweredOff")
    vcenter.world.add_machine(replace(machine, powered_on=on))


def destroy(vcenter: VCenterServer, uuid: str) -> None:
    machine = _current(vcenter, uuid)
    if machine.powered_on:
        raise _wrong_state(machine, "poweredOff")
    vcenter.world.remove_machine(uuid)


def reconfigure(vcenter: VCenterServer, uuid: str, spec: Any) -> None:
    """NotSupported for what the lab does not keep of a machine."""
    machine = _current(vcenter, uuid)
    for name in properties_of(vim.vm.ConfigSpec):
        if name not in CHANGEABLE and getattr(spec, name) not in (None, []):
            raise fault(vmodl.fault.NotSupported, f"The lab does not change {name} of a virtual machine.")
    if spec.name:
        machine = replace(machine, name=spec.name)
    if spec.annotation is not None:
        machine = replace(machine, annotation=spec.annotation)
    changes = [] if spec.vAppConfig is None else spec.vAppConfig.property
    if changes and machine.powered_on and vcenter.rules.ovf_changes_while_on == "refuse":
        raise _wrong_state(machine, "poweredOff")
    for change in changes:
        machine = replace(machine, properties=_changed(machine.properties, change))
    vcenter.world.add_machine(machine)


def _changed(properties: tuple[VappProperty, ...], change: Any) -> tuple[VappProperty, ...]:
    """One `edit` of a property by key; the template alone decides which there are."""
    key = change.info.key if change.info is not None else None
    if change.operation != "edit" or key is None or not 0 <= key < len(properties):
        raise fault(
            vmodl.fault.InvalidArgument,
            "Only properties that the machine has can be edited.",
            invalidProperty="vAppConfig.property",
        )
    if change.info.value is None:
        return properties
    return tuple(replace(p, value=change.info.value) if n == key else p for n, p in enumerate(properties))


def _current(vcenter: VCenterServer, uuid: str) -> VirtualMachine:
    machine = vcenter.world.machines.get(uuid)
    if machine is None:
        raise fault(vmodl.fault.ManagedObjectNotFound, "The virtual machine has been deleted.")
    return machine


def _wrong_state(machine: VirtualMachine, requested: str) -> Any:
    existing = "poweredOn" if machine.powered_on else "poweredOff"
    shown = {"poweredOn": "Powered on", "poweredOff": "Powered off"}[existing]
    return fault(
        vim.fault.InvalidPowerState,
        f"The attempted operation cannot be performed in the current state ({shown}).",
        requestedState=requested,
        existingState=existing,
    )
