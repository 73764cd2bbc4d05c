# SPDX-License-Identifier: GPL-3.0-or-later
"""Which adapter an entry of esxi_vmkernel means: exactly one, or the task is refused."""

from __future__ import annotations

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_port_group, place
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab


def multi_nic(number: int) -> dict[str, object]:
    return {
        "network": "pg-vmotion",
        "stack": "vmotion",
        "mtu": 9000,
        "ipv4": static(f"10.11.0.{number}/22"),
    }


def test_by_device(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22")
    place(lab, "vmk2", "pg-vmotion", "10.11.0.12/22")
    run.adapters({"device": "vmk2", "network": "pg-vmotion", "mtu": 9000})
    assert [seen.adapters()[device]["mtu"] for device in ("vmk1", "vmk2")] == [1500, 9000]


def test_by_network_and_stack(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22")
    place(lab, "vmk2", "pg-vmotion", "10.11.0.12/22", stack="vmotion")
    run.adapters({"network": "pg-vmotion", "stack": "vmotion", "mtu": 9000})
    assert [seen.adapters()[device]["mtu"] for device in ("vmk1", "vmk2")] == [1500, 9000]


def test_by_the_only_adapter_of_a_standard_port_group(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "std-vmotion", "10.11.0.11/22")
    assert listed(run.adapters({"network": "std-vmotion", "ipv4": static("10.11.0.12/22")})) == [
        ("update", "esx-a01.lab.example/vmk1")
    ]
    assert seen.adapters()["vmk1"]["ipv4"] == "10.11.0.12/22"


def test_two_that_fit_are_refused_with_their_names(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22")
    place(lab, "vmk2", "pg-vmotion", "10.11.0.12/22")
    for entry in ({"network": "pg-vmotion", "mtu": 9000}, {"network": "pg-vmotion", "state": "absent"}):
        sentence = run.refused(entry)
        assert "vmk1, vmk2" in sentence
        assert "give device" in sentence


def test_two_entries_for_one_adapter_are_refused(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22")
    sentence = run.refused({"device": "vmk1", "mtu": 9000}, {"network": "pg-vmotion", "mtu": 8000})
    assert "both mean vmk1" in sentence


def test_several_adapters_in_one_network_by_address(run: Tasks, seen: Reader) -> None:
    both = [multi_nic(11), multi_nic(12)]
    assert listed(run.adapters(*both))[:2] == [
        ("create", "esx-a01.lab.example/vmk1"),
        ("create", "esx-a01.lab.example/vmk2"),
    ]
    adapters = seen.adapters()
    assert [adapters[device]["ipv4"] for device in ("vmk1", "vmk2")] == ["10.11.0.11/22", "10.11.0.12/22"]
    assert [adapters[device]["services"] for device in ("vmk0", "vmk1", "vmk2")] == [
        ["management"],
        ["vmotion"],
        ["vmotion"],
    ]
    assert run.adapters(*both)["changed"] is False
    assert run.adapters(*reversed(both))["changed"] is False


def test_several_adapters_in_one_network_by_device(run: Tasks, seen: Reader) -> None:
    both = [{**multi_nic(11), "device": "vmk1"}, {**multi_nic(12), "device": "vmk2"}]
    run.adapters(*both)
    assert [seen.adapters()[device]["ipv4"] for device in ("vmk1", "vmk2")] == ["10.11.0.11/22", "10.11.0.12/22"]
    assert run.adapters(*both)["changed"] is False


def test_a_second_adapter_by_device_leaves_the_first_alone(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    done = run.adapters({**multi_nic(12), "device": "vmk2"})
    assert listed(done)[0] == ("create", "esx-a01.lab.example/vmk2")
    adapters = seen.adapters()
    assert [adapters[device]["ipv4"] for device in ("vmk1", "vmk2")] == ["10.11.0.11/22", "10.11.0.12/22"]


def test_one_of_two_by_device_is_completed(run: Tasks, seen: Reader, lab: Lab) -> None:
    """As an interrupted run left it: the first of two adapters is there."""
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion", mtu=9000)
    both = [{**multi_nic(11), "device": "vmk1"}, {**multi_nic(12), "device": "vmk2"}]
    run.adapters(*both)
    assert [seen.adapters()[device]["ipv4"] for device in ("vmk1", "vmk2")] == ["10.11.0.11/22", "10.11.0.12/22"]


def test_joining_a_stack_that_has_an_adapter_leaves_that_one_alone(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    place(lab, "vmk2", "pg-replication", "10.13.0.11/22")
    run.adapters({**multi_nic(12), "device": "vmk2"})
    adapters = seen.adapters()
    assert sorted(adapter["ipv4"] for adapter in adapters.values()) == [
        "10.10.0.11/22",
        "10.11.0.11/22",
        "10.11.0.12/22",
    ]
    assert adapters["vmk1"]["ipv4"] == "10.11.0.11/22"


@pytest.mark.parametrize("ipv4", [static("10.13.0.11/22"), {"mode": "dhcp"}], ids=["static", "dhcp"])
def test_a_device_name_that_the_host_did_not_give_is_found_again(
    run: Tasks, seen: Reader, ipv4: dict[str, object]
) -> None:
    entry = {"device": "vmk5", "network": "pg-replication", "ipv4": ipv4}
    run.adapters(entry)
    assert run.adapters(entry)["changed"] is False
    assert list(seen.adapters()) == ["vmk0", "vmk1"]


def test_equal_names_on_two_switches_need_the_switch(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_port_group(lab, "pg-vmotion", "vSwitch1")
    sentence = run.refused({"network": "pg-vmotion", "ipv4": static("10.11.0.11/22")})
    assert "pg-vmotion on vSwitch1" in sentence
    assert "pg-vmotion on vds-a" in sentence
    run.adapters({"network": "pg-vmotion", "switch": "vds-a", "ipv4": static("10.11.0.11/22")})
    assert seen.adapters()["vmk1"]["network"] == "vds-a/pg-vmotion"


def test_leases_on_two_switches_with_equal_names_are_two_adapters(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_port_group(lab, "pg-vmotion", "vSwitch1")
    both = [{"network": "pg-vmotion", "switch": switch, "ipv4": {"mode": "dhcp"}} for switch in ("vds-a", "vSwitch1")]
    run.adapters(*both)
    assert [adapter["network"] for adapter in seen.adapters().values()] == [
        "Management Network",
        "vds-a/pg-vmotion",
        "pg-vmotion",
    ]
    assert run.adapters(*both)["changed"] is False


def test_equal_names_in_two_datacenters_are_two_networks(run: Tasks, seen: Reader) -> None:
    plan = {"esx-a01": "10.11.0.11/22", "esx-b01": "10.21.0.11/22"}
    run.adapters({"network": "pg-vmotion", "ipv4": static(plan)}, hosts=["esx-a01", "esx-b01"])
    assert seen.adapters("esx-a01")["vmk1"]["network"] == "vds-a/pg-vmotion"
    assert seen.adapters("esx-b01")["vmk1"]["network"] == "vds-b/pg-vmotion"


def test_the_switch_of_another_datacenter_is_none_of_this_host(run: Tasks) -> None:
    sentence = run.refused({"network": "pg-vmotion", "switch": "vds-b", "ipv4": static("10.11.0.11/22")})
    assert "network pg-vmotion on switch vds-b does not exist there" in sentence
