# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines and stand-alone hosts that come to the world show in vCenter, and go from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

from lab import Lab, LabControl
from lab.default_world import WEB_MACHINES
from lab.world import Host, NetworkCard, VirtualMachine

vim: Any = _vim
vmodl: Any = _vmodl
UUID = "11111111-2222-4333-8444-555555555555"


def machine(lab: Lab) -> VirtualMachine:
    site = lab.world.sites["dc-a"]
    key = next(g.key for g in site.switches[0].port_groups if g.name == "pg-vmotion")
    cards = (NetworkCard(key, "00:50:56:aa:00:01", "10.11.1.1"), NetworkCard("VM Network", "00:50:56:aa:00:02"))
    return VirtualMachine("app01", UUID, "dc-a", "esx-a01.lab.example", "ds-a-archive", "Appliances", "", cards, cpus=3)


def found(client: Any, kind: Any) -> list[Any]:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [kind], True)
    objects = list(view.view)
    view.Destroy()
    return objects


def added(client: Any) -> list[Any]:
    """Virtual machines that the world does not start with."""
    return [m for m in found(client, vim.VirtualMachine) if m.name not in WEB_MACHINES]


def test_a_machine_shows_everything_that_places_it(lab: Lab, client: Any) -> None:
    assert added(client) == []
    lab.world.add_machine(machine(lab))
    (vm,) = added(client)
    assert (vm.name, vm.config.hardware.numCPU, vm.runtime.powerState) == ("app01", 3, "poweredOn")
    assert (vm.runtime.host.name, vm.resourcePool.name, vm.parent.name) == (
        "esx-a01.lab.example",
        "Resources",
        "Appliances",
    )
    assert [n.name for n in vm.network] == ["pg-vmotion", "VM Network"]
    assert [d.name for d in vm.datastore] == ["ds-a-archive"]
    assert vm.summary.guest.ipAddress == "10.11.1.1"
    assert vm in client.host().vm
    assert vm in vm.network[0].vm
    assert vm in vm.datastore[0].vm


def test_a_machine_that_changes_stays_the_same_object_until_it_leaves(lab: Lab, client: Any) -> None:
    lab.world.add_machine(machine(lab))
    (vm,) = added(client)
    lab.world.add_machine(replace(machine(lab), powered_on=False))
    assert vm.runtime.powerState == "poweredOff"
    lab.world.remove_machine(UUID)
    assert added(client) == []
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        vm.Reload()


def test_a_stand_alone_host_has_a_compute_resource_of_its_own(lab: Lab, client: Any) -> None:
    pattern = lab.world.host("esx-a01.lab.example")
    state = replace(pattern.state, adapters=(), memberships=())
    host = Host("10.10.1.10", 1, "99999999-2222-4333-8444-555555555555", None, pattern.site, state, model="Other")
    lab.world.add_host(host)
    shown = client.host("10.10.1.10")
    assert type(shown.parent) is vim.ComputeResource
    assert shown.hardware.systemInfo is not None
    assert (shown.summary.hardware.model, shown.runtime.connectionState) == ("Other", "connected")
    lab.world.remove_host(pattern.site, host.name)
    assert client.host("10.10.1.10") is None
    assert "10.10.1.10" not in [c.name for c in found(client, vim.ComputeResource)]


def test_a_snapshot_holds_who_was_there(lab: Lab, client: Any, control: LabControl) -> None:
    control.take_snapshot("empty")
    lab.world.add_machine(machine(lab))
    assert len(added(client)) == 1
    control.restore_snapshot("empty")
    assert added(client) == []
