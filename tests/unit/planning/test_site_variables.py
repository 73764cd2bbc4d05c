# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.filter.indented_yaml import indented_yaml
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_variables import summary, variables
from ansible_collections.hybridcloud.mobility.plugins.modules import esxi_netstack, esxi_vmkernel, esxi_vmkping


def sheet(networks: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {
        "site": "alpha",
        "vcenter": {"hostname": "vcenter.example.com"},
        "datacenter": "dc-1",
        "clusters": [{"name": "cluster-1", "hosts": ["esx-1", "esx-2"]}],
        "networks": networks,
        **sections,
    }


def of(networks: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return variables(parse(sheet(networks, **sections)))


VMOTION = {"portgroup": "pg-vmotion", "cidr": "10.11.0.0/24", "gateway": "10.11.0.1", "mtu": 9000}
REPLICATION = {"portgroup": "pg-replication", "cidr": "10.13.0.0/24", "gateway": "10.13.0.1"}
NFS = {"portgroup": "pg-nfs", "stack": "nfs", "dhcp": True}


def test_a_network_on_a_dedicated_stack_gives_its_gateway_to_the_stack_and_leaves_the_service_to_it() -> None:
    found = of({"vmotion": VMOTION})
    assert found["vmkernel_networking_stacks"] == [{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]
    assert found["vmkernel_networking_adapters"] == [
        {
            "network": "pg-vmotion",
            "stack": "vmotion",
            "ipv4": {"mode": "static", "addresses": {"esx-1": "10.11.0.2/24", "esx-2": "10.11.0.3/24"}},
            "mtu": 9000,
        }
    ]


def test_a_network_on_the_default_stack_keeps_its_gateway_on_its_adapters() -> None:
    found = of({"replication": REPLICATION})
    (adapter,) = found["vmkernel_networking_adapters"]
    assert found["vmkernel_networking_stacks"] == []
    assert adapter["gateway_ipv4"] == "10.13.0.1"
    assert adapter["services"] == {"vSphereReplication": True, "vSphereReplicationNFC": True}


def test_what_the_sheet_does_not_state_is_in_no_variable() -> None:
    found = of({"nfs": NFS}, stacks={"nfs": {}})
    assert found["vmkernel_networking_adapters"] == [{"network": "pg-nfs", "stack": "nfs", "ipv4": {"mode": "dhcp"}}]
    assert "vcenter_port" not in found
    assert "vcenter_ca_path" not in found


def test_stacks_that_get_settings_or_are_new_are_listed_built_in_ones_first() -> None:
    stacks = {
        "nfs": {"max_connections": 5000},
        "vmotion": {"routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}], "congestion_control": "cubic"},
        "defaultTcpipStack": {"dns": {"servers": ["10.0.0.53"], "domain": "lab.example"}},
    }
    found = of({"vmotion": VMOTION, "nfs": NFS}, stacks=stacks)
    assert found["vmkernel_networking_stacks"] == [
        {"name": "defaultTcpipStack", "dns": {"servers": ["10.0.0.53"], "domain": "lab.example"}},
        {
            "name": "vmotion",
            "gateway_ipv4": "10.11.0.1",
            "routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}],
            "congestion_control": "cubic",
        },
        {"name": "nfs", "max_connections": 5000},
    ]


def test_every_stack_and_every_service_of_the_default_stack_is_pinged() -> None:
    found = of({"vmotion": VMOTION, "replication": REPLICATION, "nfs": NFS}, stacks={"nfs": {}})
    assert found["vmkernel_networking_pings"] == [
        {"stack": "vmotion", "pattern": "ring", "gateway": True},
        {"service": "vSphereReplication", "pattern": "ring", "gateway": True},
        {"stack": "nfs", "pattern": "ring"},
    ]


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        ({"vmkping": False}, []),
        ({"pattern": "all_pairs"}, [{"stack": "vmotion", "pattern": "all_pairs", "gateway": True}]),
        ({"pattern": "none"}, [{"stack": "vmotion", "pattern": "none", "gateway": True}]),
    ],
)
def test_verification_says_who_pings_whom(verification: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert of({"vmotion": VMOTION}, verification=verification)["vmkernel_networking_pings"] == expected


def test_listed_hosts_are_selected_alone_and_clusters_without_a_list_as_a_whole() -> None:
    network = {"vmotion": {"portgroup": "pg-vmotion", "dhcp": True}}
    found = of(network, clusters=[{"name": "listed", "hosts": ["esx-1"]}, {"name": "whole"}])
    assert found["vmkernel_networking_hosts"] == ["esx-1"]
    assert found["vmkernel_networking_clusters"] == ["whole"]


def test_the_summary_tells_a_person_where_each_network_is() -> None:
    site = parse(sheet({"vmotion": {**VMOTION, "vlan": 20}, "nfs": NFS}, stacks={"nfs": {}}))
    assert summary(site) == [
        "vmotion: pg-vmotion on stack vmotion, VLAN 20, MTU 9000",
        "  10.11.0.0/24, 10.11.0.2 to 10.11.0.3 for 2 hosts, gateway 10.11.0.1",
        "nfs: pg-nfs on stack nfs",
        "  DHCP",
    ]


def accepted(job: Job, **options: Any) -> list[str]:
    """The complaints of a module's option table."""
    table = {**job.argument_spec, "hostname": {}, "username": {}, "password": {"no_log": True}}
    messages: list[str] = ArgumentSpecValidator(table, **job.rules).validate(options).error_messages
    return messages


def test_the_modules_accept_the_variables() -> None:
    stacks = {
        "nfs": {"max_connections": 5000},
        "vmotion": {"routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}], "congestion_control": "cubic"},
        "defaultTcpipStack": {"dns": {"servers": ["10.0.0.53"], "search_domains": ["a.example"], "domain": "lab"}},
    }
    found = of({"vmotion": {**VMOTION, "device": "vmk1"}, "replication": REPLICATION, "nfs": NFS}, stacks=stacks)
    hosts = found["vmkernel_networking_hosts"]
    assert accepted(esxi_netstack.JOB, hosts=hosts, stacks=found["vmkernel_networking_stacks"]) == []
    assert accepted(esxi_vmkernel.JOB, hosts=hosts, adapters=found["vmkernel_networking_adapters"]) == []
    for ping in found["vmkernel_networking_pings"]:
        assert accepted(esxi_vmkping.JOB, hosts=hosts, **ping) == []


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30
).filter(lambda name: name.strip() == name and "{" not in name and len(name.splitlines()) == 1)


@given(NAMES, NAMES, st.integers(1280, 9000), st.integers(1, 60))
def test_what_is_written_is_what_is_read(portgroup: str, switch: str, mtu: int, count: int) -> None:
    network = {**VMOTION, "portgroup": portgroup, "switch": switch, "mtu": mtu}
    found = of({"vmotion": network}, clusters=[{"name": "c", "hosts": {"pattern": "esx-{}", "count": count}}])
    text = indented_yaml(found)
    assert yaml.safe_load(text) == found
    assert list(yaml.safe_load(text)) == list(found)
