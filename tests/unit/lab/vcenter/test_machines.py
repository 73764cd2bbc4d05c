# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of the source site: switched on and off, changed and deleted by tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

from lab import Lab

vim: Any = _vim
vmodl: Any = _vmodl


def test_the_source_site_has_machines_with_addresses_to_migrate(named: Any) -> None:
    web = named(vim.VirtualMachine, "WebApp2")
    assert (web.runtime.powerState, web.guest.ipAddress) == ("poweredOn", "172.16.10.22")
    assert [(n.network, list(n.ipAddress), n.connected) for n in web.guest.net] == [("pg-web", ["172.16.10.22"], True)]
    off = named(vim.VirtualMachine, "WebApp3")
    assert (off.runtime.powerState, off.guest.ipAddress, off.guest.net) == ("poweredOff", None, [])
    assert {vm.name for vm in named(vim.dvs.DistributedVirtualPortgroup, "pg-web").vm} >= {"wave-01", "wave-40"}


def test_a_machine_is_found_by_uuid_address_and_name(named: Any, client: Any) -> None:
    web, index = named(vim.VirtualMachine, "WebApp2"), client.content.searchIndex
    source, other = named(vim.Datacenter, "dc-a"), named(vim.Datacenter, "dc-b")
    assert index.FindByUuid(source, web.config.instanceUuid, True, True) == web
    assert index.FindByUuid(other, web.config.uuid, True) is None
    assert index.FindByIp(None, "172.16.10.22", True) == web
    assert index.FindByDnsName(None, "webapp2", True) == web
    assert index.FindByDnsName(None, "webapp3", True) is None


def test_power_goes_off_and_on_by_tasks_and_only_where_it_changes(named: Any, done: Callable[[Any], Any]) -> None:
    web = named(vim.VirtualMachine, "WebApp2")
    done(web.PowerOffVM_Task())
    assert (web.runtime.powerState, web.guest.net, web.guest.toolsRunningStatus) == (
        "poweredOff",
        [],
        "guestToolsNotRunning",
    )
    with pytest.raises(vim.fault.InvalidPowerState) as caught:
        done(web.PowerOffVM_Task())
    assert caught.value.existingState == "poweredOff"
    done(web.PowerOnVM_Task())
    assert web.guest.ipAddress == "172.16.10.22"


def test_work_is_done_although_nobody_waits_for_its_task(lab: Lab, named: Any) -> None:
    web = named(vim.VirtualMachine, "WebApp2")
    web.PowerOffVM_Task()
    lab.shared.clock.advance(1)
    assert web.runtime.powerState == "poweredOff"


def test_a_machine_is_deleted_only_when_off(named: Any, done: Callable[[Any], Any]) -> None:
    with pytest.raises(vim.fault.InvalidPowerState):
        done(named(vim.VirtualMachine, "wave-01").Destroy_Task())
    done(named(vim.VirtualMachine, "WebApp3").Destroy_Task())
    assert named(vim.VirtualMachine, "WebApp3") is None


def test_name_and_note_change_and_the_rest_is_refused(named: Any, done: Callable[[Any], Any]) -> None:
    web = named(vim.VirtualMachine, "WebApp2")
    done(web.ReconfigVM_Task(vim.vm.ConfigSpec(name="WebApp2-old", annotation="moved")))
    assert (web.name, web.config.annotation) == ("WebApp2-old", "moved")
    with pytest.raises(vmodl.fault.NotSupported):
        done(web.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=8)))


def test_a_reader_changes_nothing(connect: Any, named: Any, lab: Lab) -> None:
    reader = connect(lab.reader_username).si._stub
    web = vim.VirtualMachine(named(vim.VirtualMachine, "WebApp2")._moId, reader)
    for attempt in (web.PowerOffVM_Task, web.Destroy_Task, lambda: web.ReconfigVM_Task(vim.vm.ConfigSpec(name="x"))):
        with pytest.raises(vim.fault.NoPermission):
            attempt()
