# SPDX-License-Identifier: GPL-3.0-or-later
"""VMkernel adapters: what a host does and what it refuses (vSphere reference 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl
HOST = "esx-a01.lab.example"
PORT = vim.dvs.PortConnection
NOWHERE = PORT(switchUuid="x", portgroupKey="y")


def distributed(client: Any, name: str) -> Any:
    group = client.content.searchIndex.FindByInventoryPath(f"dc-a/network/{name}")
    return PORT(switchUuid=group.config.distributedVirtualSwitch.uuid, portgroupKey=group.key)


def test_add_on_a_standard_port_group(client: Any, nic: Any) -> None:
    assert client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", 9000)) == "vmk1"
    made = client.vnic("vmk1")
    assert (made.portgroup, made.spec.ip.ipAddress, made.spec.ip.subnetMask) == (
        "std-vmotion",
        "10.11.0.21",
        "255.255.252.0",
    )
    assert (made.spec.mtu, made.spec.netStackInstanceKey) == (9000, "defaultTcpipStack")
    assert made.spec.mac.startswith("00:50:56:")


def test_add_on_a_distributed_port_group_fills_in_the_port(client: Any, nic: Any) -> None:
    spec = nic("10.11.0.21/22", 9000, "vmotion", distributedVirtualPort=distributed(client, "pg-vmotion"))
    device = client.network().AddVirtualNic("", spec)
    made = client.vnic(device)
    assert made.portgroup == ""
    assert made.spec.distributedVirtualPort.portgroupKey == spec.distributedVirtualPort.portgroupKey
    assert made.spec.distributedVirtualPort.portKey
    assert made.spec.distributedVirtualPort.connectionCookie is not None
    second = nic("10.11.0.22/22", 9000, "vmotion", distributedVirtualPort=distributed(client, "pg-vmotion"))
    assert client.network().AddVirtualNic("", second) == "vmk2"


def test_add_on_an_opaque_network(client: Any, nic: Any) -> None:
    opaque = vim.host.VirtualNic.OpaqueNetworkSpec(opaqueNetworkId="seg-opaque", opaqueNetworkType="nsx.LogicalSwitch")
    host = "esx-b01.lab.example"
    device = client.network(host).AddVirtualNic("", nic("10.24.0.9/22", opaqueNetwork=opaque))
    assert client.vnic(device, host).spec.opaqueNetwork.opaqueNetworkId == "seg-opaque"
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.network().AddVirtualNic("", nic("10.24.0.8/22", opaqueNetwork=opaque))


def test_the_lowest_free_device_is_used_again(client: Any, nic: Any) -> None:
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    network.AddVirtualNic("std-storage", nic("10.99.0.21/22"))
    network.RemoveVirtualNic("vmk1")
    assert network.AddVirtualNic("VM Network", nic("10.98.0.21/22")) == "vmk1"
    assert [v.device for v in client.host().config.network.vnic] == ["vmk0", "vmk1", "vmk2"]


def test_device_names_follow_the_rule(lab: Any, client: Any, nic: Any) -> None:
    lab.rules = lab.rules.changed(device_names="never_again")
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    network.RemoveVirtualNic("vmk1")
    assert network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22")) == "vmk2"


def test_a_standard_port_group_takes_one_adapter(client: Any, nic: Any) -> None:
    with pytest.raises(vim.fault.AlreadyExists):
        client.network().AddVirtualNic("Management Network", nic("10.10.0.99/22"))


@pytest.mark.parametrize(
    ("group", "members", "field"),
    [
        ("nowhere", {}, "portgroup"),
        ("", {}, "portgroup"),
        ("std-vmotion", {"portgroup": "std-storage"}, "nic.portgroup"),
        ("std-vmotion", {"distributedVirtualPort": NOWHERE}, "nic"),
        (
            "",
            {"distributedVirtualPort": NOWHERE},
            "nic.distributedVirtualPort.switchUuid",
        ),
        ("std-vmotion", {"stack": "nosuchstack"}, "nic.netStackInstanceKey"),
        ("std-vmotion", {"address": "10.11.0.0/22"}, "nic.ip.ipAddress"),
        ("std-vmotion", {"address": "10.11.3.255/22"}, "nic.ip.ipAddress"),
        ("std-vmotion", {"address": "224.0.0.5/22"}, "nic.ip.ipAddress"),
        ("std-vmotion", {"address": "10.11.0.300/22"}, "nic.ip.ipAddress"),
        ("std-vmotion", {"mtu": 1279}, "nic.mtu"),
        ("std-vmotion", {"mtu": 9001}, "nic.mtu"),
        ("std-vmotion", {"mac": "01:00:5e:00:00:01"}, "nic.mac"),
    ],
)
def test_bad_arguments_are_named(client: Any, nic: Any, group: str, members: dict[str, Any], field: str) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument) as caught:
        client.network().AddVirtualNic(group, nic(members.pop("address", "10.11.0.21/22"), **members))
    assert caught.value.invalidProperty == field
    assert len(client.host().config.network.vnic) == 1


def test_a_subnet_mask_with_holes_is_refused(client: Any) -> None:
    ip = vim.host.IpConfig(dhcp=False, ipAddress="10.11.0.21", subnetMask="255.0.255.0")
    with pytest.raises(vmodl.fault.InvalidArgument) as caught:
        client.network().AddVirtualNic("std-vmotion", vim.host.VirtualNic.Specification(ip=ip))
    assert caught.value.invalidProperty == "nic.ip.subnetMask"


def test_an_uplink_port_group_takes_no_adapter(client: Any, nic: Any) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.network().AddVirtualNic(
            "", nic("10.11.0.21/22", distributedVirtualPort=distributed(client, "vds-a-uplinks"))
        )


def test_the_switch_limits_the_mtu(lab: Any, client: Any, nic: Any) -> None:
    with pytest.raises(vim.fault.HostConfigFault, match="1500"):
        client.network().AddVirtualNic("VM Network", nic("10.99.0.1/22", 9000))
    lab.rules = lab.rules.changed(mtu_above_switch="accept")
    client.network().AddVirtualNic("VM Network", nic("10.99.0.1/22", 9000))


def test_an_address_is_refused_twice(lab: Any, client: Any, nic: Any) -> None:
    network = client.network()
    with pytest.raises(vim.fault.HostConfigFault, match="already in use by vmk0"):
        network.AddVirtualNic("std-storage", nic("10.10.0.11/22"))
    group = distributed(client, "pg-management")
    with pytest.raises(vim.fault.HostConfigFault, match="esx-a02"):
        network.AddVirtualNic("", nic("10.10.0.12/22", distributedVirtualPort=group))
    with pytest.raises(vim.fault.HostConfigFault, match="router"):
        network.AddVirtualNic("", nic("10.10.0.1/22", distributedVirtualPort=group))
    network.AddVirtualNic("std-storage", nic("10.10.0.12/22"))
    lab.rules = lab.rules.changed(duplicate_address_on_segment="accept")
    network.AddVirtualNic("", nic("10.10.0.13/22", distributedVirtualPort=group))


def test_an_update_keeps_what_is_not_sent(client: Any, nic: Any) -> None:
    network = client.network()
    gateway = vim.host.VirtualNic.IpRouteSpec(ipRouteConfig=vim.host.IpRouteConfig(defaultGateway="10.11.0.1"))
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22", 9000, ipRouteSpec=gateway))
    client.services().SelectVnic("vSphereReplication", "vmk1")
    before = client.vnic("vmk1")
    network.UpdateVirtualNic("vmk1", nic("10.11.0.22/22", 8000))
    after = client.vnic("vmk1")
    assert (after.spec.ip.ipAddress, after.spec.mtu) == ("10.11.0.22", 8000)
    assert (after.spec.mac, after.portgroup) == (before.spec.mac, "std-vmotion")
    assert after.spec.ipRouteSpec.ipRouteConfig.defaultGateway == "10.11.0.1"
    assert client.selected()["vSphereReplication"] == {"vmk1"}


def test_an_empty_route_config_removes_the_adapters_gateway(client: Any, nic: Any) -> None:
    gateway = vim.host.VirtualNic.IpRouteSpec(ipRouteConfig=vim.host.IpRouteConfig(defaultGateway="10.11.0.1"))
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", ipRouteSpec=gateway))
    empty = vim.host.VirtualNic.IpRouteSpec(ipRouteConfig=vim.host.IpRouteConfig())
    client.network().UpdateVirtualNic("vmk1", nic("10.11.0.21/22", ipRouteSpec=empty))
    assert client.vnic("vmk1").spec.ipRouteSpec is None


def test_an_adapters_gateway_must_be_on_link(client: Any, nic: Any) -> None:
    gateway = vim.host.VirtualNic.IpRouteSpec(ipRouteConfig=vim.host.IpRouteConfig(defaultGateway="10.12.0.1"))
    with pytest.raises(vim.fault.HostConfigFault):
        client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", ipRouteSpec=gateway))


def test_the_spec_as_read_can_be_sent_back(client: Any, nic: Any) -> None:
    spec = nic("10.11.0.21/22", 9000, "vmotion", distributedVirtualPort=distributed(client, "pg-vmotion"))
    client.network().AddVirtualNic("", spec)
    read = client.vnic("vmk1").spec
    read.mtu = 8000
    client.network().UpdateVirtualNic("vmk1", read)
    again = client.vnic("vmk1").spec
    assert again.mtu == 8000
    read.mtu = again.mtu
    assert str(again) == str(read)


def test_moving_to_another_network_is_an_update(client: Any, nic: Any) -> None:
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    network.UpdateVirtualNic("vmk1", nic("10.11.0.21/22", portgroup="std-storage"))
    assert client.vnic("vmk1").portgroup == "std-storage"
    network.UpdateVirtualNic("vmk1", nic("10.11.0.21/22", distributedVirtualPort=distributed(client, "pg-vmotion")))
    assert client.vnic("vmk1").spec.portgroup is None
    with pytest.raises(vim.fault.AlreadyExists):
        network.UpdateVirtualNic("vmk1", nic("10.11.0.21/22", portgroup="Management Network"))


def test_the_stack_of_an_adapter_cannot_change(client: Any, nic: Any) -> None:
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    with pytest.raises(vim.fault.HostConfigFault):
        client.network().UpdateVirtualNic("vmk1", nic("10.11.0.21/22", stack="vmotion"))
    client.network().UpdateVirtualNic("vmk1", nic("10.11.0.21/22", stack="defaultTcpipStack"))


def test_an_unset_mtu_or_ip_follows_the_rules(lab: Any, client: Any, nic: Any) -> None:
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("10.11.0.21/22", 9000))
    lab.rules = lab.rules.changed(unset_mtu="keep", unset_ip="keep")
    network.UpdateVirtualNic("vmk1", vim.host.VirtualNic.Specification())
    assert client.vnic("vmk1").spec.mtu == 9000
    lab.rules = lab.rules.changed(unset_mtu="reset")
    network.UpdateVirtualNic("vmk1", nic("10.11.0.21/22", None))
    assert client.vnic("vmk1").spec.mtu == 1500
    lab.rules = lab.rules.changed(unset_ip="refuse")
    with pytest.raises(vmodl.fault.InvalidArgument):
        network.UpdateVirtualNic("vmk1", vim.host.VirtualNic.Specification(mtu=1500))


def test_dhcp_shows_a_lease_of_the_segment(client: Any, nic: Any) -> None:
    network = client.network()
    network.AddVirtualNic("std-vmotion", nic("dhcp"))
    network.AddVirtualNic("std-storage", nic("dhcp"))
    leased, alone = client.vnic("vmk1").spec.ip, client.vnic("vmk2").spec.ip
    assert leased.dhcp
    assert (leased.ipAddress, leased.subnetMask) == ("10.11.3.254", "255.255.252.0")
    assert alone.ipAddress.startswith("169.254.")


def test_ipv6_addresses_change_by_operations(client: Any, nic: Any) -> None:
    def operation(kind: str, text: str) -> Any:
        return vim.host.IpConfig.IpV6Address(ipAddress=text, prefixLength=64, origin="manual", operation=kind)

    def update(*operations: Any) -> None:
        spec = nic("10.11.0.21/22")
        spec.ip.ipV6Config = vim.host.IpConfig.IpV6AddressConfiguration(ipV6Address=list(operations))
        client.network().UpdateVirtualNic("vmk1", spec)

    def manual() -> list[str]:
        entries = client.vnic("vmk1").spec.ip.ipV6Config.ipV6Address
        return [e.ipAddress for e in entries if e.origin == "manual"]

    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    update(operation("add", "FD00::21"), operation("add", "fd00::22"))
    assert manual() == ["fd00::21", "fd00::22"]
    update(operation("remove", "fd00:0::21"))
    assert manual() == ["fd00::22"]
    update(*client.vnic("vmk1").spec.ip.ipV6Config.ipV6Address)
    assert manual() == ["fd00::22"]
    for bad in (operation("remove", "fd00::99"), operation("add", "fd00::22")):
        with pytest.raises(vim.fault.HostConfigFault):
            update(bad)
    with pytest.raises(vmodl.fault.InvalidArgument):
        update(operation("add", "ff02::1"))


@pytest.mark.parametrize(("rule", "address"), [("reset", None), ("keep", "10.11.0.21")])
def test_ipv6_alone_in_an_update_follows_the_rule(
    lab: Any, client: Any, nic: Any, rule: str, address: str | None
) -> None:
    lab.rules = lab.rules.changed(ipv4_absent_beside_ipv6=rule)
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    ipv6 = vim.host.IpConfig.IpV6AddressConfiguration(autoConfigurationEnabled=True)
    spec = vim.host.VirtualNic.Specification(ip=vim.host.IpConfig(dhcp=False, ipV6Config=ipv6), mtu=1500)
    client.network().UpdateVirtualNic("vmk1", spec)
    assert client.vnic("vmk1").spec.ip.ipAddress == address


def test_ipv6_needs_an_ipv6_host(lab: Any, client: Any, nic: Any) -> None:
    host = lab.world.host(HOST)
    host.state = replace(host.state, ipv6_enabled=False)
    spec = nic("10.11.0.21/22")
    spec.ip.ipV6Config = vim.host.IpConfig.IpV6AddressConfiguration(autoConfigurationEnabled=True)
    with pytest.raises(vim.fault.InvalidState):
        client.network().AddVirtualNic("std-vmotion", spec)


def test_an_unknown_device_is_not_found(client: Any, nic: Any) -> None:
    with pytest.raises(vim.fault.NotFound):
        client.network().UpdateVirtualNic("vmk7", nic("10.11.0.21/22"))
    with pytest.raises(vim.fault.NotFound):
        client.network().RemoveVirtualNic("vmk7")


@pytest.mark.parametrize(
    ("connection", "fault"),
    [("disconnected", vmodl.fault.HostNotConnected), ("notResponding", vmodl.fault.HostNotReachable)],
)
def test_a_host_that_is_not_connected_takes_no_changes(
    lab: Any, client: Any, nic: Any, connection: str, fault: Any
) -> None:
    host = lab.world.host(HOST)
    host.state = replace(host.state, connection=connection)
    with pytest.raises(fault):
        client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    assert client.host().config is None


def test_port_groups_can_be_added_and_removed(client: Any, nic: Any) -> None:
    network = client.network()
    spec = vim.host.PortGroup.Specification(
        name="std-new", vlanId=20, vswitchName="vSwitch1", policy=vim.host.NetworkPolicy()
    )
    network.AddPortGroup(spec)
    with pytest.raises(vim.fault.AlreadyExists):
        network.AddPortGroup(spec)
    network.AddVirtualNic("std-new", nic("10.11.0.21/22"))
    with pytest.raises(vim.fault.ResourceInUse):
        network.RemovePortGroup("std-new")
    network.RemoveVirtualNic("vmk1")
    network.RemovePortGroup("std-new")
    assert "std-new" not in {p.spec.name for p in client.host().config.network.portgroup}


def test_reset_gives_a_new_world(lab: Any, connect: Any, nic: Any) -> None:
    connect().network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    lab.reset()
    assert [v.device for v in connect().host().config.network.vnic] == ["vmk0"]
    assert lab.sessions()["opened"] == 1
