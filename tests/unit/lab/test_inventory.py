# SPDX-License-Identifier: GPL-3.0-or-later
"""The default world as vCenter shows it, and how objects are found."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl


def names(client: Any, kind: Any) -> list[str]:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [kind], True)
    return sorted(o.name for o in view.view)


def test_the_two_vcenters_have_their_datacenters_and_clusters(connect: Any) -> None:
    source, destination = connect(), connect(vcenter="destination")
    assert names(source, vim.Datacenter) == ["dc-a", "dc-b"]
    assert names(source, vim.ClusterComputeResource) == ["compute-a", "compute-b"]
    assert names(destination, vim.ClusterComputeResource) == ["compute-d"]
    assert len(names(source, vim.HostSystem)) == 8
    assert source.content.about.apiVersion == "8.0.3.0"
    assert source.content.about.instanceUuid != destination.content.about.instanceUuid


def test_port_groups_have_equal_names_in_two_datacenters(client: Any) -> None:
    view = client.content.viewManager.CreateContainerView(
        client.content.rootFolder, [vim.dvs.DistributedVirtualPortgroup], True
    )
    found = {(p.config.distributedVirtualSwitch.name, p.name): p for p in view.view}
    assert found["vds-a", "pg-vmotion"].key != found["vds-b", "pg-vmotion"].key
    assert found["vds-a", "pg-vmotion"].config.defaultPortConfig.vlan.vlanId == 20
    assert found["vds-a", "seg-replication"].config.backingType == "nsx"
    assert found["vds-b", "vds-b-uplinks"].config.uplink
    assert all(p.key == p._moId for p in found.values())


def test_hosts_see_switches_port_groups_and_opaque_networks(client: Any) -> None:
    network = client.host().config.network
    assert {(s.name, s.mtu) for s in network.vswitch} == {("vSwitch0", 1500), ("vSwitch1", 9000)}
    assert [(s.dvsName, s.mtu) for s in network.proxySwitch] == [("vds-a", 9000)]
    assert {p.spec.name for p in network.portgroup} == {
        "Management Network",
        "VM Network",
        "std-vmotion",
        "std-storage",
    }
    assert not network.opaqueNetwork
    opaque = client.host("esx-b01.lab.example").config.network.opaqueNetwork
    assert [o.opaqueNetworkName for o in opaque] == ["seg-opaque"]


def test_management_addresses_count_on_beyond_one_octet() -> None:
    from lab.default_world import build

    world = build(300)
    assert world.host("esx-a01.lab.example").state.adapters[0].ipv4.address == "10.10.0.11/22"
    assert world.host("esx-a300.lab.example").state.adapters[0].ipv4.address == "10.10.1.54/22"
    macs = [a.mac for h in world.hosts() for a in h.state.adapters]
    assert len(set(macs)) == len(macs)


def test_search_index(client: Any) -> None:
    index = client.content.searchIndex
    host = index.FindByInventoryPath("/dc-a/host/compute-a/esx-a02.lab.example")
    datacenter = index.FindByInventoryPath("dc-a")
    assert host.name == "esx-a02.lab.example"
    assert index.FindByInventoryPath("dc-a/host/nobody") is None
    assert index.FindByInventoryPath("dc-a/network/vds-a").uuid == host.config.network.proxySwitch[0].dvsUuid
    assert index.FindByDnsName(datacenter, "ESX-A02.lab.example", False) == host
    assert index.FindByDnsName(index.FindByInventoryPath("dc-b"), "esx-a02.lab.example", False) is None
    assert index.FindByIp(None, "10.10.0.12", False) == host
    assert index.FindByUuid(None, host.hardware.systemInfo.uuid, False) == host
    assert index.FindChild(datacenter, "host") == datacenter.hostFolder
    assert index.FindByDnsName(None, "esx-a02.lab.example", True) is None


def test_an_unknown_object_is_not_found(client: Any) -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound) as caught:
        _rest = vim.HostSystem("host-9999", client.si._stub).name
    assert caught.value.obj._moId == "host-9999"


def test_list_views_can_be_changed(client: Any) -> None:
    hosts = [client.host(f"esx-a0{n}.lab.example") for n in (1, 2, 3)]
    view = client.content.viewManager.CreateListView(hosts[:2])
    view.ModifyListView([hosts[2]], [hosts[0]])
    assert list(view.view) == hosts[1:]


def test_settings_can_be_read_and_changed(client: Any) -> None:
    setting = client.content.setting
    assert setting.QueryOptions("vpxd.certmgmt.mode")[0].value == "vmca"
    setting.UpdateOptions([vim.option.OptionValue(key="vpxd.certmgmt.mode", value="custom")])
    assert setting.QueryOptions("vpxd.certmgmt.")[0].value == "custom"
    with pytest.raises(vim.fault.InvalidName):
        setting.QueryOptions("vpxd.unknown")


def test_what_is_not_simulated_says_so(client: Any) -> None:
    with pytest.raises(vmodl.fault.NotImplemented, match="does not simulate"):
        client.content.eventManager.QueryEvents(vim.event.EventFilterSpec())
