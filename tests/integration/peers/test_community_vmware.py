# SPDX-License-Identifier: GPL-3.0-or-later
"""Unmodified modules of community.vmware work on the lab; they and ours mean the same by what they read and make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from integration.playbook import Finished

from lab import Lab

Tasks = list[dict[str, Any]]
HOST = "esx-a01.lab.example"
MASK = "255.255.252.0"


def theirs(name: str, module: str, **options: Any) -> dict[str, Any]:
    return {"name": name, f"community.vmware.{module}": options}


def ours(name: str, module: str, **options: Any) -> dict[str, Any]:
    return {"name": name, f"hybridcloud.mobility.{module}": {"hosts": [HOST], **options}}


def adapter(name: str, **options: Any) -> dict[str, Any]:
    return theirs(name, "vmware_vmkernel", esxi_hostname=HOST, **options)


def static(address: str, stack: str = "default") -> dict[str, str]:
    return {"type": "static", "ip_address": address, "subnet_mask": MASK, "tcpip_stack": stack}


STORAGE = {"vswitch_name": "vSwitch1", "portgroup_name": "std-storage", "network": static("10.14.0.11")}
REPLICATION = {
    "dvswitch_name": "vds-a",
    "portgroup_name": "pg-replication",
    "network": static("10.13.0.11"),
    "enable_replication": True,
    "enable_replication_nfc": True,
}
VMOTION = {
    "dvswitch_name": "vds-a",
    "portgroup_name": "pg-vmotion",
    "network": static("10.11.0.11", "vmotion"),
    "mtu": 9000,
}
PROVISIONING = {
    "dvswitch_name": "vds-a",
    "portgroup_name": "pg-provisioning",
    "device": "vmk4",
    "network": {"type": "dhcp", "tcpip_stack": "provisioning"},
}


@pytest.fixture(scope="module")
def their_work(play: Callable[[Tasks], Finished]) -> Finished:
    """Everything vmware_vmkernel documents: create on both kinds of switch, on other stacks, change, move, remove."""
    return play(
        [
            adapter("create on a standard switch", **STORAGE, mtu=9000),
            adapter("create on a standard switch again", **STORAGE, mtu=9000),
            adapter("create with services", **REPLICATION),
            adapter("create with services again", **REPLICATION),
            adapter("create on a stack", **VMOTION),
            adapter("create on a stack again", **VMOTION),
            adapter("create with dhcp", **PROVISIONING),
            adapter("create with dhcp again", **PROVISIONING),
            ours("what they created", "esxi_vmkernel_info"),
            adapter("change the mtu", **STORAGE, mtu=1500),
            adapter("change the address", **{**STORAGE, "network": static("10.14.0.12")}, mtu=1500),
            adapter("change to dhcp", **{**STORAGE, "network": {"type": "dhcp"}}, device="vmk1", mtu=1500),
            adapter("drop a service", **{**REPLICATION, "enable_replication_nfc": False}),
            ours("what they changed", "esxi_vmkernel_info"),
            {**adapter("change the stack", **{**VMOTION, "network": static("10.11.0.11")}), "ignore_errors": True},
            adapter("remove", vswitch_name="vSwitch1", portgroup_name="std-storage", device="vmk1", state="absent"),
            adapter(
                "remove again", vswitch_name="vSwitch1", portgroup_name="std-storage", device="vmk1", state="absent"
            ),
            theirs("their reading", "vmware_vmkernel_info", esxi_hostname=HOST),
            ours("our reading", "esxi_vmkernel_info"),
        ]
    ).succeeded()


def adapters(finished: Finished, task: str) -> dict[str, dict[str, Any]]:
    """Adapters by device, as esxi_vmkernel_info reports them."""
    (host,) = finished.result(task)["hosts"]
    return {adapter["device"]: adapter for adapter in host["adapters"]}


@pytest.mark.parametrize(
    "task",
    [
        "create on a standard switch",
        "create with services",
        "create on a stack",
        "create with dhcp",
        "change the mtu",
        "change the address",
        "change to dhcp",
        "drop a service",
        "remove",
    ],
)
def test_vmkernel_makes_the_change(their_work: Finished, task: str) -> None:
    assert their_work.result(task)["changed"] is True


@pytest.mark.parametrize(
    "task",
    [
        "create on a standard switch again",
        "create with services again",
        "create on a stack again",
        "create with dhcp again",
        "remove again",
    ],
)
def test_vmkernel_finds_nothing_to_change(their_work: Finished, task: str) -> None:
    assert their_work.result(task)["changed"] is False


def test_vmkernel_refuses_another_stack(their_work: Finished) -> None:
    (refusal,) = their_work.named("change the stack")
    assert refusal.state == "failed"
    assert "TCP/IP stack cannot be changed" in refusal.result["msg"]


def test_we_read_what_vmkernel_created(their_work: Finished) -> None:
    found = adapters(their_work, "what they created")
    shown = {
        device: (
            a["network"],
            a["network_type"],
            a["switch"],
            a["stack"],
            a["ipv4"]["address"],
            a["mtu"],
            a["services"],
        )
        for device, a in found.items()
        if device in ("vmk1", "vmk2", "vmk3")
    }
    assert shown == {
        "vmk1": ("std-storage", "standard", "vSwitch1", "defaultTcpipStack", "10.14.0.11/22", 9000, []),
        "vmk2": (
            "pg-replication",
            "distributed",
            "vds-a",
            "defaultTcpipStack",
            "10.13.0.11/22",
            1500,
            ["vSphereReplication", "vSphereReplicationNFC"],
        ),
        "vmk3": ("pg-vmotion", "distributed", "vds-a", "vmotion", "10.11.0.11/22", 9000, ["vmotion"]),
    }
    assert found["vmk4"]["ipv4"]["mode"] == "dhcp"
    assert found["vmk4"]["stack"] == "vSphereProvisioning"


def test_we_read_what_vmkernel_changed(their_work: Finished) -> None:
    found = adapters(their_work, "what they changed")
    assert (found["vmk1"]["ipv4"]["mode"], found["vmk1"]["mtu"]) == ("dhcp", 1500)
    assert found["vmk2"]["services"] == ["vSphereReplication"]


def test_both_readers_agree(their_work: Finished) -> None:
    mine = adapters(their_work, "our reading")
    others = {a["device"]: a for a in their_work.result("their reading")["host_vmk_info"][HOST]}
    assert mine.keys() == others.keys() == {"vmk0", "vmk2", "vmk3", "vmk4"}
    for device, other in others.items():
        own = mine[device]
        assert own["ipv4"]["address"].split("/")[0] == other["ipv4_address"]
        assert (own["ipv4"]["mode"] == "dhcp") == other["dhcp"]
        assert (own["mac"], own["mtu"], own["stack"]) == (other["mac"], other["mtu"], other["stack"])
        assert ("vmotion" in own["services"]) == other["enable_vmotion"]
        assert ("management" in own["services"]) == other["enable_management"]


@pytest.fixture(scope="module")
def our_work(play: Callable[[Tasks], Finished], lab: Lab) -> Finished:
    """Ours make adapters and gateways; theirs are asked for the same and read them."""
    lab.reset()
    made = [
        {
            "network": "pg-vmotion",
            "stack": "vmotion",
            "mtu": 9000,
            "ipv4": {"mode": "static", "addresses": {HOST: "10.11.0.11/22"}},
        },
        {
            "network": "pg-replication",
            "mtu": 1500,
            "ipv4": {"mode": "static", "addresses": {HOST: "10.13.0.11/22"}},
            "services": {"vSphereReplication": True, "vSphereReplicationNFC": True},
        },
    ]
    return play(
        [
            ours("adapters", "esxi_vmkernel", adapters=made),
            ours("gateway", "esxi_netstack", stacks=[{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]),
            adapter("the same adapter on a stack", **VMOTION),
            adapter("the same adapter with services", **REPLICATION),
            theirs(
                "the same gateway", "vmware_host_tcpip_stacks", esxi_hostname=HOST, vmotion={"gateway": "10.11.0.1"}
            ),
            theirs("their reading of a cluster", "vmware_vmkernel_info", cluster_name="compute-a"),
            theirs(
                "another gateway",
                "vmware_host_tcpip_stacks",
                esxi_hostname=HOST,
                vmotion={"gateway": "10.11.0.254", "congestion_algorithm": "cubic"},
                default={
                    "hostname": "esx-a01",
                    "domain": "lab.example",
                    "gateway": "10.10.0.1",
                    "preferred_dns": "10.10.0.9",
                },
            ),
            theirs(
                "another gateway again",
                "vmware_host_tcpip_stacks",
                esxi_hostname=HOST,
                vmotion={"gateway": "10.11.0.254", "congestion_algorithm": "cubic"},
            ),
            ours("our reading", "esxi_vmkernel_info"),
            theirs("host facts", "vmware_host_facts", esxi_hostname=HOST),
            theirs(
                "chosen host facts",
                "vmware_host_facts",
                esxi_hostname=HOST,
                schema="vsphere",
                properties=["hardware.memorySize", "summary.runtime.connectionState"],
            ),
        ]
    ).succeeded()


@pytest.mark.parametrize(
    "task",
    ["the same adapter on a stack", "the same adapter with services", "the same gateway", "another gateway again"],
)
def test_they_agree_with_what_we_made(our_work: Finished, task: str) -> None:
    assert our_work.result(task)["changed"] is False


def test_they_read_what_we_made(our_work: Finished) -> None:
    hosts = our_work.result("their reading of a cluster")["host_vmk_info"]
    assert set(hosts) == {"esx-a01.lab.example", "esx-a02.lab.example"}
    shown = [(a["device"], a["ipv4_address"], a["mtu"], a["stack"], a["enable_vmotion"]) for a in hosts[HOST]]
    assert shown == [
        ("vmk0", "10.10.0.11", 1500, "defaultTcpipStack", False),
        ("vmk1", "10.11.0.11", 9000, "vmotion", True),
        ("vmk2", "10.13.0.11", 1500, "defaultTcpipStack", False),
    ]


def test_we_read_the_stacks_they_changed(our_work: Finished) -> None:
    assert our_work.result("another gateway")["changed"] is True
    (host,) = our_work.result("our reading")["hosts"]
    stacks = {stack["name"]: stack for stack in host["stacks"]}
    assert (stacks["vmotion"]["gateway_ipv4"], stacks["vmotion"]["congestion_control"]) == ("10.11.0.254", "cubic")
    assert stacks["defaultTcpipStack"]["dns"]["servers"] == ["10.10.0.9"]


def test_host_facts_are_complete(our_work: Finished) -> None:
    facts = our_work.result("host facts")["ansible_facts"]
    assert facts["ansible_interfaces"] == ["vmk0", "vmk1", "vmk2"]
    assert facts["ansible_vmk1"]["ipv4"] == {"address": "10.11.0.11", "netmask": MASK}
    assert facts["ansible_distribution"] == "VMware ESXi"
    assert facts["cluster"] == "compute-a"


def test_chosen_host_facts_are_those_asked_for(our_work: Finished) -> None:
    facts = our_work.result("chosen host facts")["ansible_facts"]
    assert facts["summary"]["runtime"]["connectionState"] == "connected"
    assert set(facts) == {"hardware", "summary"}


def test_their_logins_end(our_work: Finished, lab: Lab) -> None:
    counts = lab.sessions()
    assert counts["opened"] > 1
    assert counts["open"] == 0
