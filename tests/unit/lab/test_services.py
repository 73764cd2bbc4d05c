# SPDX-License-Identifier: GPL-3.0-or-later
"""Services on adapters, and what dedicated stacks do to them (vSphere reference 7)."""

from __future__ import annotations

from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl


def test_selecting_and_deselecting(client: Any) -> None:
    services = client.services()
    services.SelectVnicForNicType("vSphereReplication", "vmk0")
    assert client.selected() == {"management": {"vmk0"}, "vmotion": {"vmk0"}, "vSphereReplication": {"vmk0"}}
    services.DeselectVnicForNicType("vSphereReplication", "vmk0")
    assert "vSphereReplication" not in client.selected()
    with pytest.raises(vmodl.fault.InvalidArgument):
        services.DeselectVnicForNicType("vSphereReplication", "vmk0")


def test_keys_are_the_services_own(client: Any) -> None:
    config = client.services().QueryNetConfig("vmotion")
    assert [c.key for c in config.candidateVnic] == ["vmotion.key-vim.host.VirtualNic-vmk0"]
    assert list(config.selectedVnic) == ["vmotion.key-vim.host.VirtualNic-vmk0"]
    assert config.multiSelectAllowed


@pytest.mark.parametrize(
    ("service", "device"),
    [("nosuchservice", "vmk0"), ("vmotion", "vmk9"), ("vsan", "vmk0"), ("vnetworking", "vmk0")],
)
def test_bad_selections_are_refused(client: Any, service: str, device: str) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.services().SelectVnicForNicType(service, device)


def test_an_adapter_on_the_vmotion_stack_takes_vmotion_away_for_good(client: Any, nic: Any) -> None:
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22", stack="vmotion"))
    assert client.selected()["vmotion"] == {"vmk1"}
    for device in ("vmk0", "vmk1"):
        with pytest.raises(vmodl.fault.InvalidArgument):
            client.services().SelectVnicForNicType("vmotion", device)
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.services().DeselectVnicForNicType("vmotion", "vmk1")
    network.RemoveVirtualNic("vmk1")
    assert "vmotion" not in client.selected()
    client.services().SelectVnicForNicType("vmotion", "vmk0")
    assert client.selected()["vmotion"] == {"vmk0"}


def test_the_provisioning_stack_works_alike(client: Any, nic: Any) -> None:
    client.services().SelectVnicForNicType("vSphereProvisioning", "vmk0")
    client.network().AddVirtualNic("std-vmotion", nic("10.12.0.21/22", stack="vSphereProvisioning"))
    assert client.selected()["vSphereProvisioning"] == {"vmk1"}
    assert client.selected()["vmotion"] == {"vmk0"}
    active = client.host().runtime.networkRuntimeInfo.netStackInstanceRuntimeInfo
    assert [s.netStackInstanceKey for s in active] == ["defaultTcpipStack", "vSphereProvisioning"]


def test_other_services_are_not_for_dedicated_stacks(client: Any, nic: Any) -> None:
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", stack="vmotion"))
    with pytest.raises(vmodl.fault.InvalidArgument, match="stack vmotion"):
        client.services().SelectVnicForNicType("management", "vmk1")
    assert [c.device for c in client.services().QueryNetConfig("management").candidateVnic] == ["vmk0"]


def test_custom_stacks_carry_no_service(lab: Any, client: Any, nic: Any) -> None:
    client.esxcli("network.ip.netstack.add", netstack="backup")
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", stack="backup"))
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.services().SelectVnicForNicType("vSphereReplication", "vmk1")
    devices = [c.device for c in client.services().QueryNetConfig("vSphereReplication").candidateVnic]
    assert devices == ["vmk0"]
    lab.rules = lab.rules.changed(custom_stack_candidates=True)
    devices = [c.device for c in client.services().QueryNetConfig("vSphereReplication").candidateVnic]
    assert devices == ["vmk0", "vmk1"]


def test_a_single_select_service_moves(lab: Any, client: Any, nic: Any) -> None:
    lab.rules = lab.rules.changed(single_select_services=["faultToleranceLogging"])
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    client.services().SelectVnicForNicType("faultToleranceLogging", "vmk0")
    client.services().SelectVnicForNicType("faultToleranceLogging", "vmk1")
    assert client.selected()["faultToleranceLogging"] == {"vmk1"}
    assert not client.services().QueryNetConfig("faultToleranceLogging").multiSelectAllowed


def test_vsan_traffic_is_set_through_the_vsan_system(client: Any, nic: Any) -> None:
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    system = client.host().configManager.vsanSystem
    info = vim.vsan.host.ConfigInfo.NetworkInfo

    def set_ports(*devices: str) -> None:
        ports = [info.PortConfig(device=d) for d in devices]
        WaitForTask(system.UpdateVsan_Task(vim.vsan.host.ConfigInfo(networkInfo=info(port=ports))), si=client.si)

    set_ports("vmk0", "vmk1")
    assert client.selected()["vsan"] == {"vmk0", "vmk1"}
    set_ports("vmk1")
    assert client.selected()["vsan"] == {"vmk1"}
    assert [p.device for p in system.config.networkInfo.port] == ["vmk1"]
    with pytest.raises(vmodl.fault.InvalidArgument):
        set_ports("vmk9")


def test_the_witness_service_follows_its_rule(lab: Any, client: Any) -> None:
    client.services().SelectVnicForNicType("vsanWitness", "vmk0")
    lab.rules = lab.rules.changed(vsan_witness_by_select="refuse")
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.services().SelectVnicForNicType("vsanWitness", "vmk0")
