# SPDX-License-Identifier: GPL-3.0-or-later
"""One network operation at a time, and rollback when vCenter would lose the host (vSphere reference 9)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyVmomi import vim as _vim

vim: Any = _vim
HOST = "esx-a01.lab.example"
OTHER = "esx-a02.lab.example"


def outcome(call: Any, *arguments: Any) -> str:
    try:
        call(*arguments)
    except (vim.fault.TaskInProgress, vim.fault.HostConfigFault) as error:
        return type(error).__name__.rpartition(".")[2]
    return "done"


@pytest.mark.parametrize(("rule", "fault"), [("task_in_progress", "TaskInProgress"), ("rollback", "HostConfigFault")])
def test_a_second_operation_on_a_busy_host_is_refused(lab: Any, client: Any, nic: Any, rule: str, fault: str) -> None:
    lab.rules = lab.rules.changed(concurrent_operation=rule, operation_min_ms=300)
    network, services = client.network(), client.services()
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(outcome, network.AddVirtualNic, "std-vmotion", nic("10.11.0.21/22")),
            pool.submit(outcome, services.SelectVnicForNicType, "vSphereReplication", "vmk0"),
        ]
        outcomes = sorted(c.result() for c in calls)
    assert outcomes == sorted([fault, "done"])
    assert outcome(services.SelectVnicForNicType, "vSphereBackupNFC", "vmk0") == "done"


def test_two_hosts_work_at_the_same_time(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(operation_min_ms=300)
    managers = [client.services(name) for name in (HOST, OTHER)]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(outcome, m.SelectVnicForNicType, "vSphereReplication", "vmk0") for m in managers]
        assert [c.result() for c in calls] == ["done", "done"]


def test_reading_is_possible_while_a_host_works(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(operation_min_ms=300)
    services, host = client.services(), client.host()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(outcome, services.SelectVnicForNicType, "vSphereReplication", "vmk0")
        assert host.config is not None
        assert services.QueryNetConfig("management") is not None
        assert writing.result() == "done"


def test_cutting_the_management_connection_is_rolled_back(client: Any, nic: Any) -> None:
    before = str(client.host().config.network.vnic)
    changes: list[Callable[[], Any]] = [
        lambda: client.network().RemoveVirtualNic("vmk0"),
        lambda: client.services().DeselectVnicForNicType("management", "vmk0"),
        lambda: client.network().UpdateVirtualNic("vmk0", nic("172.30.0.5/24")),
        lambda: client.network().UpdateVirtualNic("vmk0", nic("10.10.0.11/22", portgroup="std-storage")),
    ]
    for change in changes:
        with pytest.raises(vim.fault.HostConfigFault, match="rolled back"):
            change()
        assert str(client.host().config.network.vnic) == before


def test_management_may_move_where_vcenter_still_reaches_it(client: Any, nic: Any) -> None:
    client.network().UpdateVirtualNic("vmk0", nic("10.10.2.200/22"))
    assert client.vnic("vmk0").spec.ip.ipAddress == "10.10.2.200"


def test_a_second_management_adapter_lets_the_first_go(client: Any, nic: Any) -> None:
    group = client.content.searchIndex.FindByInventoryPath("dc-a/network/pg-management")
    port = vim.dvs.PortConnection(switchUuid=group.config.distributedVirtualSwitch.uuid, portgroupKey=group.key)
    client.network().AddVirtualNic("", nic("10.10.1.200/22", distributedVirtualPort=port))
    client.services().SelectVnicForNicType("management", "vmk1")
    client.network().RemoveVirtualNic("vmk0")
    assert client.selected()["management"] == {"vmk1"}


def test_a_remote_site_needs_its_gateway(client: Any) -> None:
    """compute-b reaches its vCenter in the other site through the router only."""
    name = "esx-b01.lab.example"
    instance = vim.host.NetStackInstance(key="defaultTcpipStack", ipRouteConfig=vim.host.IpRouteConfig())
    spec = vim.host.NetworkConfig.NetStackSpec(operation="edit", netStackInstance=instance)
    with pytest.raises(vim.fault.HostConfigFault, match="rolled back"):
        client.network(name).UpdateNetworkConfig(vim.host.NetworkConfig(netStackSpec=[spec]), "modify")
    client.edit_stack(key="defaultTcpipStack", ipRouteConfig=vim.host.IpRouteConfig())
    assert client.stack("defaultTcpipStack").ipRouteConfig.defaultGateway is None


def test_without_rollback_the_host_is_changed(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(rollback_on_management_loss=False)
    client.network().RemoveVirtualNic("vmk0")
    assert not client.host().config.network.vnic
