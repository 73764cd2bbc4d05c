# SPDX-License-Identifier: GPL-3.0-or-later
"""esxcli through SOAP, and pings that follow the world (vSphere reference 10)."""

from __future__ import annotations

from typing import Any

import pytest

HOST, OTHER = "esx-a01.lab.example", "esx-a02.lab.example"


@pytest.fixture
def vmotion(client: Any, nic: Any) -> Any:
    """The client, with vmk1 on the vMotion stack of two hosts: 10.11.0.21 and .22, MTU 9000."""
    for name, address in ((HOST, "10.11.0.21/22"), (OTHER, "10.11.0.22/22")):
        client.network(name).AddVirtualNic("std-vmotion", nic(address, 9000, "vmotion"))
    return client


def loss(client: Any, **arguments: Any) -> int:
    return int(client.esxcli("network.diag.ping", **dict(sorted(arguments.items())))["Summary"]["PacketLost"])


def test_a_ping_answers_with_summary_and_trace(client: Any) -> None:
    answer = client.esxcli("network.diag.ping", count=2, host="10.10.0.12")
    summary = answer["Summary"]
    assert (summary["HostAddr"], summary["Transmitted"], summary["Recieved"]) == ("10.10.0.12", "2", "2")
    assert summary["PacketLost"] == "0"
    assert float(summary["RoundtripMinMS"]) <= float(summary["RoundtripAvgMS"]) <= float(summary["RoundtripMaxMS"])
    assert answer["Trace"]["Host"] == "10.10.0.12"


def test_field_names_follow_the_rule(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(ping_roundtrip_suffix="")
    assert "RoundtripMin" in client.esxcli("network.diag.ping", host="10.10.0.12")["Summary"]


def test_jumbo_frames_pass_where_every_mtu_is_large(lab: Any, vmotion: Any, control: Any) -> None:
    ping = {"host": "10.11.0.22", "interface": "vmk1", "netstack": "vmotion", "df": True}
    assert loss(vmotion, size=8972, **ping) == 0
    control.set_segment("dc-a", "20", mtu=1500)
    assert loss(vmotion, size=8972, **ping) == 100
    assert loss(vmotion, size=1472, **ping) == 0
    assert loss(vmotion, size=8972, **{**ping, "df": False}) == 0
    control.set_segment("dc-a", "20", mtu=9000)
    control.drift(OTHER, "vmk1", mtu=1500)
    assert loss(vmotion, size=8972, **ping) == 100


def test_a_payload_larger_than_the_own_mtu_is_not_sent(vmotion: Any, esxcli_error: Any) -> None:
    with pytest.raises(esxcli_error, match=r"sendto\(\) failed \(Message too long\)"):
        loss(vmotion, host="10.11.0.22", interface="vmk1", netstack="vmotion", df=True, size=8973)


def test_an_interface_must_belong_to_the_stack(vmotion: Any, esxcli_error: Any) -> None:
    for arguments in ({"interface": "vmk1"}, {"interface": "vmk9"}, {"netstack": "nosuchstack"}):
        with pytest.raises(esxcli_error, match=r"Unknown interface|not found"):
            loss(vmotion, host="10.11.0.22", **arguments)


def test_addresses_nobody_has_are_lost(client: Any, control: Any) -> None:
    assert loss(client, host="10.10.0.200") == 100
    assert loss(client, host="192.0.2.1") == 100
    assert loss(client, host="10.10.0.1") == 0
    control.set_segment("dc-a", "10", routers=[])
    assert loss(client, host="10.10.0.1") == 100
    assert loss(client, host="10.10.0.12") == 0


def test_a_host_cut_from_a_vlan_is_lost(client: Any, control: Any) -> None:
    control.set_segment("dc-a", "10", cut=[OTHER])
    assert loss(client, host="10.10.0.12") == 100
    assert loss(client, host="10.10.0.13") == 0


def test_other_sites_are_reached_through_routers_with_their_mtu(client: Any, control: Any) -> None:
    assert loss(client, host="10.20.0.11") == 0
    assert loss(client, host="10.20.0.11", df=True, size=1472) == 0
    control.call("PUT", "/wan", {"mtu": 1400})
    assert loss(client, host="10.20.0.11", df=True, size=1472) == 100
    assert loss(client, host="10.20.0.11", size=1472) == 0


def test_routed_traffic_of_a_stack_needs_its_gateway(vmotion: Any, nic: Any, lab: Any) -> None:
    from pyVmomi import vim

    far = "esx-b01.lab.example"
    vmotion.network(far).AddVirtualNic("std-vmotion", nic("10.21.0.21/22", 9000, "vmotion"))
    ping = {"host": "10.21.0.21", "interface": "vmk1", "netstack": "vmotion"}
    assert loss(vmotion, **ping) == 100
    vmotion.edit_stack(key="vmotion", ipRouteConfig=vim.host.IpRouteConfig(defaultGateway="10.11.0.1"))
    assert loss(vmotion, **ping) == 100, "the answer has no way back"
    instance = vim.host.NetStackInstance(
        key="vmotion", ipRouteConfig=vim.host.IpRouteConfig(defaultGateway="10.21.0.1")
    )
    spec = vim.host.NetworkConfig.NetStackSpec(operation="edit", netStackInstance=instance)
    vmotion.network(far).UpdateNetworkConfig(vim.host.NetworkConfig(netStackSpec=[spec]), "modify")
    assert loss(vmotion, **ping) == 0
    assert loss(vmotion, ttl=1, **ping) == 100


def test_arguments_must_come_in_declared_order(client: Any, esxcli_error: Any) -> None:
    with pytest.raises(esxcli_error, match=r"argument\[1\]"):
        client.esxcli("network.diag.ping", host="10.10.0.12", count=1)
    with pytest.raises(esxcli_error, match=r"argument\[0\]"):
        client.esxcli("network.diag.ping", bogus="1")
    with pytest.raises(esxcli_error, match=r"argument\[0\]"):
        client.esxcli("network.diag.ping", count="many", host="10.10.0.12")


def test_custom_stacks(client: Any, nic: Any, esxcli_error: Any) -> None:
    assert client.esxcli("network.ip.netstack.add", netstack="backup") == "true"
    with pytest.raises(esxcli_error, match="already found"):
        client.esxcli("network.ip.netstack.add", netstack="backup")
    assert [s["Key"] for s in client.esxcli("network.ip.netstack.list")] == ["defaultTcpipStack", "backup"]
    client.esxcli("network.ip.netstack.set", ccalgo="cubic", maxconn=5000, netstack="backup")
    got = client.esxcli("network.ip.netstack.get", netstack="backup")
    assert (got["CongestionControlAlgorithm"], got["MaxConnections"]) == ("cubic", "5000")
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", stack="backup"))
    with pytest.raises(esxcli_error, match="Busy"):
        client.esxcli("network.ip.netstack.remove", netstack="backup")
    client.network().RemoveVirtualNic("vmk1")
    client.esxcli("network.ip.netstack.remove", netstack="backup")
    with pytest.raises(esxcli_error, match="not found"):
        client.esxcli("network.ip.netstack.get", netstack="backup")


def test_interfaces_and_routes(vmotion: Any, esxcli_error: Any) -> None:
    listed = vmotion.esxcli("network.ip.interface.list", netstack="vmotion")
    assert [(i["Name"], i["MTU"], i["NetstackInstance"]) for i in listed] == [("vmk1", "9000", "vmotion")]
    route = {"gateway": "10.11.0.254", "netstack": "vmotion", "network": "172.16.0.0/12"}
    vmotion.esxcli("network.ip.route.ipv4.add", **route)
    networks = [r["Network"] for r in vmotion.esxcli("network.ip.route.ipv4.list", netstack="vmotion")]
    assert networks == ["172.16.0.0", "10.11.0.0"]
    vmotion.esxcli("network.ip.route.ipv4.remove", **route)
    with pytest.raises(esxcli_error):
        vmotion.esxcli("network.ip.route.ipv4.remove", **route)
    assert vmotion.esxcli("network.ip.route.ipv4.list")[0]["Network"] == "default"


def test_metadata_names_the_parameters_in_order(client: Any) -> None:
    moid = client.host()._moId.partition("-")[2]
    value = "&lt;typeName&gt;vim.EsxCLI.network.diag&lt;/typeName&gt;"
    _rest, text = client.post(
        '<ExecuteSoap xmlns="urn:vim25"><_this type="ReflectManagedMethodExecuter">'
        f"ManagedMethodExecuter-{moid}</_this><moid>ha-dynamic-type-manager-local-cli-cliinfo</moid>"
        "<version>urn:vim25/5.0</version><method>vim.CLIInfo.FetchCLIInfo</method>"
        f"<argument><name>typeName</name><val>{value}</val></argument></ExecuteSoap>"
    )
    order = [text.index(f"&lt;name&gt;{name}&lt;") for name in ("ping", "count", "df", "host", "interface", "size")]
    assert order == sorted(order)


def test_esxcli_can_be_missing(lab: Any, client: Any, esxcli_error: Any) -> None:
    lab.rules = lab.rules.changed(esxcli_answers=False)
    status, text = client.post(
        '<RetrieveManagedMethodExecuter xmlns="urn:vim25"><_this type="HostSystem">'
        f"{client.host()._moId}</_this></RetrieveManagedMethodExecuter>"
    )
    assert status == 500
    assert "Unable to resolve WSDL method name" in text
