# SPDX-License-Identifier: GPL-3.0-or-later
"""Distributed port groups made, changed and deleted through the API (vSphere reference 5, 21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

from lab import Lab, LabControl
from lab.world import PortSecurity

vim: Any = _vim
vmodl: Any = _vmodl
DVS = vim.dvs.VmwareDistributedVirtualSwitch
GROUP = vim.dvs.DistributedVirtualPortgroup


def yes(value: bool = True) -> Any:
    return vim.BoolPolicy(inherited=False, value=value)


def trunk_spec(*ranges: tuple[int, int], **members: Any) -> Any:
    vlans = [vim.NumericRange(start=first, end=last) for first, last in ranges]
    setting = DVS.VmwarePortConfigPolicy(
        vlan=DVS.TrunkVlanSpec(inherited=False, vlanId=vlans),
        securityPolicy=DVS.SecurityPolicy(inherited=False, allowPromiscuous=yes(), forgedTransmits=yes()),
    )
    return GROUP.ConfigSpec(**{"name": "trunk", "type": "earlyBinding", "defaultPortConfig": setting, **members})


@pytest.fixture
def trunk(named: Any, done: Callable[[Any], Any]) -> Any:
    return done(named(DVS, "vds-a").CreateDVPortgroup_Task(trunk_spec((100, 110), (200, 200))))


def test_a_trunk_has_its_ranges_and_lets_pass_what_it_was_told(trunk: Any, client: Any) -> None:
    setting = trunk.config.defaultPortConfig
    assert [(r.start, r.end) for r in setting.vlan.vlanId] == [(100, 110), (200, 200)]
    policy, newer = setting.securityPolicy, setting.macManagementPolicy
    assert (policy.allowPromiscuous.value, policy.forgedTransmits.value, policy.macChanges.value) == (True, True, False)
    assert (newer.allowPromiscuous, newer.forgedTransmits, newer.macLearningPolicy.enabled) == (True, True, False)
    assert trunk.config.distributedVirtualSwitch.name == "vds-a"
    assert trunk in trunk.config.distributedVirtualSwitch.portgroup
    assert trunk in client.host().network


def test_what_a_change_leaves_out_stays(trunk: Any, done: Callable[[Any], Any], lab: Lab) -> None:
    learning = DVS.MacLearningPolicy(inherited=False, enabled=True)
    setting = DVS.VmwarePortConfigPolicy(
        macManagementPolicy=DVS.MacManagementPolicy(inherited=False, allowPromiscuous=False, macLearningPolicy=learning)
    )
    version = trunk.config.configVersion
    done(trunk.ReconfigureDVPortgroup_Task(GROUP.ConfigSpec(configVersion=version, defaultPortConfig=setting)))
    found = lab.world.sites["dc-a"].distributed_port_group(trunk.key)
    assert found is not None
    assert found[1].security == PortSecurity(forged_transmits=True, mac_learning=True)
    assert (found[1].name, found[1].trunk) == ("trunk", ((100, 110), (200, 200)))
    with pytest.raises(vim.fault.ConcurrentAccess):
        done(trunk.ReconfigureDVPortgroup_Task(GROUP.ConfigSpec(configVersion=version, description="late")))


def test_older_switches_know_no_mac_learning(trunk: Any, done: Callable[[Any], Any], lab: Lab) -> None:
    lab.rules = lab.rules.changed(dvpg_mac_learning="missing")
    assert trunk.config.defaultPortConfig.macManagementPolicy is None
    learning = DVS.MacManagementPolicy(macLearningPolicy=DVS.MacLearningPolicy(inherited=False, enabled=True))
    setting = DVS.VmwarePortConfigPolicy(macManagementPolicy=learning)
    with pytest.raises(vmodl.fault.NotSupported):
        done(trunk.ReconfigureDVPortgroup_Task(GROUP.ConfigSpec(defaultPortConfig=setting)))


@pytest.mark.parametrize("ranges", [(), ((10, 5),), ((4000, 4095),)])
def test_ranges_must_be_vlans(named: Any, done: Callable[[Any], Any], ranges: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        done(named(DVS, "vds-a").AddDVPortgroup_Task([trunk_spec((1, 2), name="fine"), trunk_spec(*ranges)]))
    assert named(GROUP, "fine") is None


def test_names_are_unique(trunk: Any, named: Any, done: Callable[[Any], Any]) -> None:
    with pytest.raises(vim.fault.DuplicateName) as caught:
        done(named(DVS, "vds-a").AddDVPortgroup_Task([trunk_spec((1, 2))]))
    assert caught.value.object == trunk


def test_only_an_unused_group_goes(trunk: Any, named: Any, done: Callable[[Any], Any]) -> None:
    with pytest.raises(vim.fault.ResourceInUse):
        done(named(GROUP, "pg-web").Destroy_Task())
    done(trunk.Destroy_Task())
    assert named(GROUP, "trunk") is None


def test_snapshots_hold_port_groups(trunk: Any, named: Any, control: LabControl, done: Callable[[Any], Any]) -> None:
    control.take_snapshot("with")
    done(trunk.Destroy_Task())
    control.restore_snapshot("with")
    assert named(GROUP, "trunk") == trunk
