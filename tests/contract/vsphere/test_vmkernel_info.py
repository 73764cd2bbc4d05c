# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel_info: the facts that playbooks and the planning rely on, name by name."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.scenes import add_stack, change, disconnect, place, set_stack
from contract.vsphere.tasks import Tasks

from lab import Lab
from lab.world import Dns, Route

NO_IPV6 = {"addresses": [], "autoconf": False, "dhcp": False}
NO_DNS = {"servers": [], "search_domains": [], "domain": "", "adapter": None}


def facts(run: Tasks, **selection: Any) -> dict[str, Any]:
    (host,) = run("esxi_vmkernel_info", **selection)["hosts"]
    found: dict[str, Any] = host
    return found


def test_the_facts_of_a_host(run: Tasks, lab: Lab) -> None:
    place(
        lab,
        "vmk1",
        "pg-vmotion",
        "10.11.0.11/22",
        stack="vmotion",
        mtu=9000,
        ipv6=["fd00:20::11/64"],
        gateway_ipv4="10.11.0.9",
        gateway_ipv6="fd00:20::1",
    )
    set_stack(
        lab,
        "vmotion",
        gateway_ipv4="10.11.0.1",
        dns=Dns("", "v.example", ("10.11.0.2",), ("a.example", "b.example")),
        routes=(Route("172.16.0.0/12", "10.11.0.254"),),
        congestion_control="cubic",
        max_connections=5000,
    )
    host = facts(run)
    macs = [adapter.pop("mac") for adapter in host["adapters"]]
    assert all(len(mac) == 17 and mac == mac.lower() for mac in macs)
    stack = {"active": False, "gateway_ipv4": None, "gateway_ipv6": None, "dns": NO_DNS, "routes": []}
    tuning = {"congestion_control": "newreno", "max_connections": 11000}
    site_dns = {"servers": ["10.10.0.2", "10.10.0.3"], "search_domains": ["lab.example"], "domain": "lab.example"}
    assert host == {
        "name": "esx-a01.lab.example",
        "datacenter": "dc-a",
        "cluster": "compute-a",
        "connection_state": "connected",
        "version": "8.0.3",
        "adapters": [
            {
                "device": "vmk0",
                "network": "Management Network",
                "network_type": "standard",
                "switch": "vSwitch0",
                "stack": "defaultTcpipStack",
                "ipv4": {"mode": "static", "address": "10.10.0.11/22"},
                "ipv6": NO_IPV6,
                "gateway_ipv4": None,
                "gateway_ipv6": None,
                "mtu": 1500,
                "services": ["management"],
            },
            {
                "device": "vmk1",
                "network": "pg-vmotion",
                "network_type": "distributed",
                "switch": "vds-a",
                "stack": "vmotion",
                "ipv4": {"mode": "static", "address": "10.11.0.11/22"},
                "ipv6": {"addresses": ["fd00:20::11/64"], "autoconf": False, "dhcp": False},
                "gateway_ipv4": "10.11.0.9",
                "gateway_ipv6": "fd00:20::1",
                "mtu": 9000,
                "services": ["vmotion"],
            },
        ],
        "stacks": [
            {
                **stack,
                **tuning,
                "name": "defaultTcpipStack",
                "active": True,
                "gateway_ipv4": "10.10.0.1",
                "dns": {**site_dns, "adapter": None},
            },
            {**stack, **tuning, "name": "vSphereProvisioning"},
            {
                **stack,
                "name": "vmotion",
                "active": True,
                "gateway_ipv4": "10.11.0.1",
                "dns": {
                    "servers": ["10.11.0.2"],
                    "search_domains": ["a.example", "b.example"],
                    "domain": "v.example",
                    "adapter": None,
                },
                "routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}],
                "congestion_control": "cubic",
                "max_connections": 5000,
            },
        ],
        "carriers": {
            "management": {"devices": ["vmk0"], "source": "service"},
            "vmotion": {"devices": ["vmk1"], "source": "stack"},
            "vSphereProvisioning": {"devices": ["vmk0"], "source": "fallback"},
            "vSphereReplication": {"devices": ["vmk0"], "source": "fallback"},
            "vSphereReplicationNFC": {"devices": ["vmk0"], "source": "fallback"},
        },
    }


def test_networks_by_kind(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "seg-opaque", "10.24.0.11/22", host="esx-b01")
    place(lab, "vmk2", "std-storage", "10.25.0.11/22", host="esx-b01")
    place(lab, "vmk3", "pg-vmotion", host="esx-b01")
    adapters = facts(run, hosts=["esx-b01"])["adapters"][1:]
    assert [(a["network"], a["network_type"], a["switch"]) for a in adapters] == [
        ("seg-opaque", "opaque", None),
        ("std-storage", "standard", "vSwitch1"),
        ("pg-vmotion", "distributed", "vds-b"),
    ]
    assert adapters[2]["ipv4"]["mode"] == "dhcp"
    assert adapters[2]["ipv4"]["address"].endswith("/22")


def test_who_carries_what_with_adapters_of_their_own(run: Tasks, lab: Lab) -> None:
    change(lab, "vmk0", services=frozenset({"management"}))
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", services=["vmotion"])
    place(lab, "vmk2", "pg-vmotion", "10.11.0.12/22", services=["vmotion"])
    place(lab, "vmk3", "pg-provisioning", "10.12.0.11/22", stack="vSphereProvisioning")
    place(lab, "vmk10", "pg-replication", "10.13.0.11/22", services=["vSphereReplication"])
    assert facts(run)["carriers"] == {
        "management": {"devices": ["vmk0"], "source": "service"},
        "vmotion": {"devices": ["vmk1", "vmk2"], "source": "service"},
        "vSphereProvisioning": {"devices": ["vmk3"], "source": "stack"},
        "vSphereReplication": {"devices": ["vmk10"], "source": "service"},
        "vSphereReplicationNFC": {"devices": ["vmk0"], "source": "fallback"},
    }
    assert [adapter["device"] for adapter in facts(run)["adapters"]] == ["vmk0", "vmk1", "vmk2", "vmk3", "vmk10"]


def test_nobody_carries_vmotion(run: Tasks, lab: Lab) -> None:
    change(lab, "vmk0", services=frozenset({"management"}))
    assert facts(run)["carriers"]["vmotion"] == {"devices": [], "source": "none"}


def test_a_custom_stack_is_listed(run: Tasks, lab: Lab) -> None:
    add_stack(lab, "storage")
    assert [stack["name"] for stack in facts(run)["stacks"]] == [
        "defaultTcpipStack",
        "storage",
        "vSphereProvisioning",
        "vmotion",
    ]


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
@pytest.mark.parametrize("reads", ["absent", "missing"])
def test_a_host_that_is_not_connected_is_listed_without_details(run: Tasks, lab: Lab, state: Any, reads: str) -> None:
    lab.rules = lab.rules.changed(disconnected_reads=reads)
    disconnect(lab, "esx-a02", state)
    hosts = run("esxi_vmkernel_info", clusters=["compute-a"])["hosts"]
    assert [host["connection_state"] for host in hosts] == ["connected", state, "connected", "connected"]
    away = hosts[1]
    assert (away["name"], away["datacenter"], away["cluster"]) == ("esx-a02.lab.example", "dc-a", "compute-a")
    assert (away["adapters"], away["stacks"], away["carriers"]) == ([], [], {})


def test_a_user_who_may_only_read_sees_the_same(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    everything = run("esxi_vmkernel_info", clusters=["compute-a", "compute-b"])
    assert run("esxi_vmkernel_info", clusters=["compute-a", "compute-b"], username=lab.reader_username) == everything


def test_reading_changes_nothing_and_says_so(run: Tasks) -> None:
    assert run("esxi_vmkernel_info")["changed"] is False
    assert run.writes() == []


def test_the_destination_is_another_vcenter(run: Tasks, lab: Lab) -> None:
    host = facts(run, port=lab.destination.port, hosts=["esx-d01"])
    assert (host["datacenter"], host["cluster"]) == ("dc-d", "compute-d")
    assert lab.sessions("source")["opened"] == 0
