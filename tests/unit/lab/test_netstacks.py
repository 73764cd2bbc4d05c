# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP/IP stacks: gateways, DNS, routes, custom stacks (vSphere reference 8)."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl
Gateway = vim.host.IpRouteConfig


@pytest.fixture
def on_stack(client: Any, nic: Any) -> Any:
    """The client, with an adapter on the vMotion stack."""
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", 9000, "vmotion"))
    return client


def route(kind: str, network: str, gateway: str) -> Any:
    address, _rest, prefix = network.partition("/")
    entry = vim.host.IpRouteEntry(network=address, prefixLength=int(prefix), gateway=gateway)
    return vim.host.IpRouteTableConfig(ipRoute=[vim.host.IpRouteOp(changeOperation=kind, route=entry)])


def routes(client: Any, key: str = "vmotion") -> set[tuple[str, int, str]]:
    return {
        (o.route.network, o.route.prefixLength, o.route.gateway)
        for o in client.stack(key).routeTableConfig.ipRoute
        if o.changeOperation == "ignore"
    }


def test_a_gateway_is_set_kept_and_removed(on_stack: Any) -> None:
    on_stack.edit_stack(key="vmotion", ipRouteConfig=Gateway(defaultGateway="10.11.0.1"))
    on_stack.edit_stack(key="vmotion", congestionControlAlgorithm="cubic")
    stack = on_stack.stack("vmotion")
    assert (stack.ipRouteConfig.defaultGateway, stack.congestionControlAlgorithm) == ("10.11.0.1", "cubic")
    assert stack.requestedMaxNumberOfConnections == 11000
    on_stack.edit_stack(key="vmotion", ipRouteConfig=Gateway())
    assert on_stack.stack("vmotion").ipRouteConfig.defaultGateway is None
    assert on_stack.stack("vmotion").congestionControlAlgorithm == "cubic"


def test_a_gateway_needs_an_adapter_of_the_stack(lab: Any, client: Any) -> None:
    edit = {"key": "vmotion", "ipRouteConfig": Gateway(defaultGateway="10.11.0.1")}
    with pytest.raises(vim.fault.HostConfigFault, match="no adapter"):
        client.edit_stack(**edit)
    lab.rules = lab.rules.changed(gateway_without_adapter="ignore")
    client.edit_stack(**edit)
    assert client.stack("vmotion").ipRouteConfig.defaultGateway is None
    lab.rules = lab.rules.changed(gateway_without_adapter="accept")
    client.edit_stack(**edit)
    assert client.stack("vmotion").ipRouteConfig.defaultGateway == "10.11.0.1"


def test_a_gateway_must_be_on_link(lab: Any, on_stack: Any) -> None:
    edit = {"key": "vmotion", "ipRouteConfig": Gateway(defaultGateway="10.12.0.1")}
    with pytest.raises(vim.fault.HostConfigFault, match="not reachable"):
        on_stack.edit_stack(**edit)
    lab.rules = lab.rules.changed(gateway_off_subnet="accept")
    on_stack.edit_stack(**edit)
    with pytest.raises(vmodl.fault.InvalidArgument):
        on_stack.edit_stack(key="vmotion", ipRouteConfig=Gateway(defaultGateway="fd00::1"))


def test_dns_is_replaced_as_a_whole(client: Any) -> None:
    before = client.stack("defaultTcpipStack").dnsConfig
    assert (before.hostName, before.domainName) == ("esx-a01", "lab.example")
    client.edit_stack(
        key="defaultTcpipStack",
        dnsConfig=vim.host.DnsConfig(dhcp=False, hostName="esx-a01", domainName="", address=["10.0.0.9"]),
    )
    after = client.stack("defaultTcpipStack").dnsConfig
    assert (list(after.address), list(after.searchDomain), after.domainName) == (["10.0.0.9"], [], "")
    assert client.stack("defaultTcpipStack").ipRouteConfig.defaultGateway == "10.10.0.1"


def test_what_a_stack_edit_leaves_out_follows_the_rules(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(partial_dns="merge")
    dns = vim.host.DnsConfig(dhcp=False, hostName="esx-a01", domainName="", address=["10.0.0.9"])
    client.edit_stack(key="defaultTcpipStack", dnsConfig=dns)
    assert list(client.stack("defaultTcpipStack").dnsConfig.searchDomain) == ["lab.example"]
    assert client.stack("defaultTcpipStack").ipRouteConfig.defaultGateway == "10.10.0.1"
    lab.rules = lab.rules.changed(unset_route_config="clear")
    client.edit_stack(key="defaultTcpipStack", congestionControlAlgorithm="cubic")
    assert client.stack("defaultTcpipStack").ipRouteConfig.defaultGateway is None


@pytest.mark.parametrize(
    "dns",
    [
        {"hostName": "esx.lab.example"},
        {"address": ["not-an-address"]},
        {"dhcp": True, "virtualNicDevice": "vmk0"},
        {"dhcp": True, "virtualNicDevice": "vmk9"},
    ],
)
def test_bad_dns_is_refused(client: Any, dns: dict[str, Any]) -> None:
    config = vim.host.DnsConfig(**({"dhcp": False, "hostName": "esx", "domainName": ""} | dns))
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.edit_stack(key="defaultTcpipStack", dnsConfig=config)


def test_dns_can_come_from_a_dhcp_adapter(client: Any, nic: Any) -> None:
    client.network().AddVirtualNic("std-vmotion", nic("dhcp"))
    client.edit_stack(
        key="defaultTcpipStack",
        dnsConfig=vim.host.DnsConfig(dhcp=True, hostName="esx-a01", domainName="", virtualNicDevice="vmk1"),
    )
    dns = client.stack("defaultTcpipStack").dnsConfig
    assert (dns.dhcp, dns.virtualNicDevice, list(dns.address)) == (True, "vmk1", ["10.10.0.2", "10.10.0.3"])


def test_the_route_table_shows_default_and_connected_routes(lab: Any, on_stack: Any) -> None:
    on_stack.edit_stack(key="vmotion", ipRouteConfig=Gateway(defaultGateway="10.11.0.1"))
    assert routes(on_stack) == {("0.0.0.0", 0, "10.11.0.1"), ("10.11.0.0", 22, "0.0.0.0")}
    lab.rules = lab.rules.changed(connected_routes="interface")
    assert ("10.11.0.0", 22, "10.11.0.21") in routes(on_stack)


def test_static_routes(on_stack: Any) -> None:
    on_stack.edit_stack(key="vmotion", routeTableConfig=route("add", "172.16.0.0/12", "10.11.0.254"))
    assert ("172.16.0.0", 12, "10.11.0.254") in routes(on_stack)
    with pytest.raises(vim.fault.AlreadyExists):
        on_stack.edit_stack(key="vmotion", routeTableConfig=route("add", "172.16.0.0/12", "10.11.0.254"))
    with pytest.raises(vim.fault.HostConfigFault):
        on_stack.edit_stack(key="vmotion", routeTableConfig=route("add", "172.32.0.0/12", "10.99.0.254"))
    for bad in ("172.16.0.1/12", "0.0.0.0/0"):
        with pytest.raises(vmodl.fault.InvalidArgument):
            on_stack.edit_stack(key="vmotion", routeTableConfig=route("add", bad, "10.11.0.254"))
    on_stack.edit_stack(key="vmotion", routeTableConfig=route("remove", "172.16.0.0/12", "10.11.0.254"))
    with pytest.raises(vim.fault.NotFound):
        on_stack.edit_stack(key="vmotion", routeTableConfig=route("remove", "172.16.0.0/12", "10.11.0.254"))


@pytest.mark.parametrize(
    "members",
    [
        {"congestionControlAlgorithm": "reno"},
        {"requestedMaxNumberOfConnections": 0},
        {"name": "renamed"},
    ],
)
def test_bad_stack_settings_are_refused(client: Any, members: dict[str, Any]) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.edit_stack(key="vmotion", **members)


def test_an_unknown_stack_is_not_found(client: Any) -> None:
    with pytest.raises(vim.fault.NotFound):
        client.edit_stack(key="nosuchstack", congestionControlAlgorithm="cubic")


def test_several_stacks_change_together_or_not_at_all(on_stack: Any) -> None:
    def edit(**members: Any) -> Any:
        instance = vim.host.NetStackInstance(**members)
        return vim.host.NetworkConfig.NetStackSpec(operation="edit", netStackInstance=instance)

    good, bad = edit(key="vmotion", congestionControlAlgorithm="cubic"), edit(key="nosuchstack")
    with pytest.raises(vim.fault.NotFound):
        on_stack.network().UpdateNetworkConfig(vim.host.NetworkConfig(netStackSpec=[good, bad]), "modify")
    assert on_stack.stack("vmotion").congestionControlAlgorithm == "newreno"


def test_only_modify_is_implemented(client: Any) -> None:
    with pytest.raises(vmodl.fault.NotSupported):
        client.network().UpdateNetworkConfig(vim.host.NetworkConfig(), "replace")
    with pytest.raises(vmodl.fault.NotImplemented):
        client.network().UpdateNetworkConfig(vim.host.NetworkConfig(ipV6Enabled=False), "modify")


def test_adapters_can_change_in_a_network_config(client: Any, nic: Any) -> None:
    change = vim.host.VirtualNic.Config
    add = change(changeOperation="add", portgroup="std-vmotion", spec=nic("10.11.0.21/22"))
    result = client.network().UpdateNetworkConfig(vim.host.NetworkConfig(vnic=[add]), "modify")
    assert list(result.vnicDevice) == ["vmk1"]
    remove = change(changeOperation="remove", device="vmk1")
    client.network().UpdateNetworkConfig(vim.host.NetworkConfig(vnic=[remove]), "modify")
    assert [v.device for v in client.host().config.network.vnic] == ["vmk0"]


def test_custom_stacks_by_the_api_follow_the_rule(lab: Any, client: Any, nic: Any) -> None:
    with pytest.raises(vmodl.fault.NotSupported):
        client.edit_stack(operation="add", key="backup", name="backup")
    lab.rules = lab.rules.changed(netstack_add_via_api="accept")
    client.edit_stack(operation="add", key="backup", name="backup")
    with pytest.raises(vim.fault.AlreadyExists):
        client.edit_stack(operation="add", key="backup", name="backup")
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22", stack="backup"))
    with pytest.raises(vim.fault.ResourceInUse):
        client.edit_stack(operation="remove", key="backup")
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.edit_stack(operation="remove", key="vmotion")
    client.network().RemoveVirtualNic("vmk1")
    client.edit_stack(operation="remove", key="backup")
    assert "backup" not in [s.key for s in client.host().config.network.netStackInstance]


def test_a_stack_made_by_esxcli_shows_after_a_refresh(client: Any) -> None:
    client.esxcli("network.ip.netstack.add", netstack="backup")
    assert "backup" not in [s.key for s in client.host().config.network.netStackInstance]
    client.network().RefreshNetworkSystem()
    assert client.stack("backup").name == "backup"


def test_the_deprecated_calls_change_the_default_stack(client: Any) -> None:
    network = client.network()
    network.UpdateDnsConfig(vim.host.DnsConfig(dhcp=False, hostName="esx-a01", domainName="x", address=["10.0.0.9"]))
    network.UpdateIpRouteConfig(Gateway(defaultGateway="10.10.0.254"))
    assert list(network.dnsConfig.address) == ["10.0.0.9"]
    assert client.host().config.network.ipRouteConfig.defaultGateway == "10.10.0.254"
