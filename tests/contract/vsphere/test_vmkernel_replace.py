# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel gives an adapter another stack: the host must make it anew."""

from __future__ import annotations

from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_stack, place
from contract.vsphere.tasks import Tasks, listed, static, without_notes

from lab import Lab


def test_new_network_and_address_create_first(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vmotion"])
    entry = {"device": "vmk1", "network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")}
    planned = run.adapters(entry, check=True)
    done = run.adapters(entry)
    assert done["changes"] == planned["changes"]
    assert [action for action, _name in listed(done)] == ["replace", "update"]
    assert run.writes() == ["AddVirtualNic", "RemoveVirtualNic"]
    adapters = seen.adapters()
    assert list(adapters) == ["vmk0", "vmk2"]
    assert (adapters["vmk2"]["stack"], adapters["vmk2"]["network"]) == ("vmotion", "vds-a/pg-vmotion")
    assert adapters["vmk0"]["services"] == ["management"]
    assert run.adapters(entry)["changed"] is False


def test_same_address_removes_first(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", services=["vmotion"], mtu=9000)
    entry = {"network": "pg-vmotion", "stack": "vmotion", "mtu": 9000, "ipv4": static("10.11.0.11/22")}
    done = run.adapters(entry)
    assert listed(done)[0] == ("replace", "esx-a01.lab.example/vmk1")
    assert run.writes() == ["RemoveVirtualNic", "AddVirtualNic"]
    adapters = seen.adapters()
    assert list(adapters) == ["vmk0", "vmk1"]
    assert (adapters["vmk1"]["stack"], adapters["vmk1"]["mtu"]) == ("vmotion", 9000)
    assert run.adapters(entry)["changed"] is False


def test_same_standard_port_group_removes_first(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "std-vmotion", "10.11.0.11/22", services=["vmotion"])
    entry = {"network": "std-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.21/22")}
    assert listed(run.adapters(entry))[0] == ("replace", "esx-a01.lab.example/vmk1")
    assert run.writes() == ["RemoveVirtualNic", "AddVirtualNic"]
    assert seen.adapters()["vmk1"]["stack"] == "vmotion"


def test_settings_that_would_be_lost_must_be_stated(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", ipv6=["fd00:20::11/64"], mtu=9000, gateway_ipv4="10.11.0.1")
    bare = {"device": "vmk1", "stack": "vmotion"}
    sentence = run.refused(bare)
    for option in ("ipv4", "ipv6.addresses", "mtu", "gateway_ipv4", "network"):
        assert option in sentence
    full = {
        **bare,
        "network": "pg-vmotion",
        "mtu": 9000,
        "gateway_ipv4": "10.11.0.1",
        "ipv4": static("10.11.0.11/22"),
        "ipv6": {"addresses": {"esx-a01": ["fd00:20::11/64"]}},
    }
    run.adapters(full)
    made = seen.adapters()["vmk1"]
    assert (made["stack"], made["mtu"], made["gateway_ipv4"]) == ("vmotion", 9000, "10.11.0.1")
    assert made["ipv6"] == ["fd00:20::11/64"]


def test_settings_that_are_not_stated_are_taken_over(run: Tasks, seen: Reader, lab: Lab) -> None:
    """The old adapter stays until the new one is there, so its settings cannot be lost."""
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", mtu=8000)
    run.adapters({"device": "vmk1", "network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")})
    assert seen.adapters()["vmk2"]["mtu"] == 8000


def test_services_of_the_default_stack_are_selected_again(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_stack(lab, "storage")
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", stack="storage")
    entry = {
        "network": "pg-replication",
        "stack": "defaultTcpipStack",
        "ipv4": static("10.13.0.11/22"),
        "services": {"vSphereReplication": True},
    }
    planned = run.adapters(entry, check=True)
    done = run.adapters(entry)
    assert without_notes(done) == without_notes(planned)
    assert run.writes() == ["RemoveVirtualNic", "AddVirtualNic", "SelectVnicForNicType"]
    made = seen.adapters()["vmk1"]
    assert (made["stack"], made["services"]) == ("defaultTcpipStack", ["vSphereReplication"])


def test_the_host_decides_the_name_and_the_result_says_it(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk3", "pg-vmotion", "10.11.0.11/22")
    entry = {"network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")}
    done = run.adapters(entry)
    assert done["changes"][0]["before"]["device"] == "vmk3"
    assert done["changes"][0]["after"]["device"] == "vmk1"
    assert list(seen.adapters()) == ["vmk0", "vmk1"]
