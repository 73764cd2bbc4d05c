# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel changes adapters: what is stated changes, what is not stated stays."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_port_group, change, place
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab

VMK1 = "esx-a01.lab.example/vmk1"


@pytest.fixture
def replication(lab: Lab) -> None:
    """An adapter with something of everything."""
    place(
        lab,
        "vmk1",
        "pg-replication",
        "10.13.0.11/22",
        services=["vSphereReplication", "vSphereReplicationNFC"],
        ipv6=["fd00:40::11/64"],
        gateway_ipv4="10.13.0.1",
        mtu=8900,
    )


@pytest.mark.usefixtures("replication")
@pytest.mark.parametrize(
    ("stated", "setting", "value", "changed"),
    [
        ({"mtu": 9000}, "mtu", 9000, {"mtu": 9000}),
        ({"gateway_ipv4": ""}, "gateway_ipv4", None, {"gateway_ipv4": None}),
        (
            {"gateway_ipv6": "fd00:40::1"},
            "gateway_ipv6",
            "fd00:40::1",
            {"gateway_ipv6": "fd00:40::1"},
        ),
        (
            {"ipv4": static("10.13.0.21/22")},
            "ipv4",
            "10.13.0.21/22",
            {"ipv4": {"mode": "static", "address": "10.13.0.21/22"}},
        ),
        (
            {"services": {"vSphereReplicationNFC": False}},
            "services",
            ["vSphereReplication"],
            {"services": ["vSphereReplication"]},
        ),
        (
            {"services": {"nvmeTcp": True}},
            "services",
            ["nvmeTcp", "vSphereReplication", "vSphereReplicationNFC"],
            {"services": ["nvmeTcp", "vSphereReplication", "vSphereReplicationNFC"]},
        ),
        (
            {"ipv6": {"addresses": {"esx-a01": []}}},
            "ipv6",
            [],
            {"ipv6": {"addresses": [], "autoconf": False, "dhcp": False}},
        ),
        (
            {"ipv6": {"autoconf": True}},
            "ipv6_autoconf",
            True,
            {"ipv6": {"addresses": ["fd00:40::11/64"], "autoconf": True, "dhcp": False}},
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_setting_changes_and_the_others_stay(
    run: Tasks, seen: Reader, stated: dict[str, Any], setting: str, value: object, changed: dict[str, Any]
) -> None:
    before = seen.host()
    entry = {"network": "pg-replication", **stated}
    planned = run.adapters(entry, check=True)
    assert run.writes() == []
    done = run.adapters(entry)
    assert done["changes"] == planned["changes"]
    assert [(c["action"], c["name"], c["after"]) for c in done["changes"]] == [("update", VMK1, changed)]
    after = seen.host()
    before["adapters"]["vmk1"][setting] = value
    assert after == before
    mark = run.mark()
    assert run.adapters(entry)["changed"] is False
    assert run.writes(mark) == []


@pytest.mark.usefixtures("replication")
def test_naming_an_adapter_changes_nothing(run: Tasks) -> None:
    assert run.adapters({"device": "vmk1"}, {"device": "vmk0"})["changed"] is False
    assert run.writes() == []


@pytest.mark.usefixtures("replication")
def test_diff_shows_what_differs_and_nothing_else(run: Tasks) -> None:
    diff = run.adapters({"device": "vmk1", "mtu": 9000}, check=True)["diff"]
    name = f"VMkernel adapter {VMK1}"
    assert diff == {"before": {name: {"mtu": 8900}}, "after": {name: {"mtu": 9000}}}


@pytest.mark.usefixtures("replication")
@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("pg-vmotion", "vds-a/pg-vmotion"),
        ("seg-replication", "vds-a/seg-replication"),
        ("std-storage", "std-storage"),
    ],
    ids=["same switch", "NSX port group", "distributed to standard"],
)
def test_adapter_moves_to_the_stated_network(run: Tasks, seen: Reader, target: str, shown: str) -> None:
    before = seen.adapters()["vmk1"]
    done = run.adapters({"device": "vmk1", "network": target})
    assert listed(done) == [("update", VMK1)]
    assert done["changes"][0]["before"]["network"] == "pg-replication"
    assert done["changes"][0]["after"]["network"] == target
    assert run.writes() == ["UpdateVirtualNic"]
    assert seen.adapters()["vmk1"] == {**before, "network": shown}
    assert run.adapters({"device": "vmk1", "network": target})["changed"] is False


def test_standard_adapter_moves_within_and_between_switches(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_port_group(lab, "std-second", "vSwitch1")
    place(lab, "vmk1", "std-vmotion", "10.11.0.11/22")
    for network, shown in (
        ("std-second", "std-second"),
        ("VM Network", "VM Network"),
        ("pg-vmotion", "vds-a/pg-vmotion"),
    ):
        run.adapters({"device": "vmk1", "network": network})
        assert seen.adapters()["vmk1"]["network"] == shown
        assert seen.adapters()["vmk1"]["ipv4"] == "10.11.0.11/22"


def test_adapter_moves_to_an_opaque_network_and_back(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.24.0.11/22", host="esx-b01")
    for network, shown in (("seg-opaque", "seg-opaque"), ("pg-replication", "vds-b/pg-replication")):
        run.adapters({"device": "vmk1", "network": network}, hosts=["esx-b01"])
        assert seen.adapters("esx-b01")["vmk1"]["network"] == shown


def test_adapter_found_by_its_address_moves(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "std-vmotion", "10.11.0.11/22")
    entry = {"network": "pg-vmotion", "ipv4": static("10.11.0.11/22")}
    assert listed(run.adapters(entry)) == [("update", VMK1)]
    assert list(seen.adapters()) == ["vmk0", "vmk1"]
    assert seen.adapters()["vmk1"]["network"] == "vds-a/pg-vmotion"


def test_from_a_lease_to_an_address_and_back(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion")
    run.adapters({"device": "vmk1", "ipv4": static("10.11.0.11/22")})
    assert (seen.adapters()["vmk1"]["dhcp"], seen.adapters()["vmk1"]["ipv4"]) == (False, "10.11.0.11/22")
    run.adapters({"device": "vmk1", "ipv4": {"mode": "dhcp"}})
    assert seen.adapters()["vmk1"]["dhcp"] is True
    assert run.adapters({"device": "vmk1", "ipv4": {"mode": "dhcp"}})["changed"] is False


def test_only_the_drifted_host_is_written(run: Tasks, seen: Reader, lab: Lab) -> None:
    plan = {f"esx-a0{n}": f"10.11.0.1{n}/22" for n in range(1, 5)}
    entry = {"network": "pg-vmotion", "stack": "vmotion", "mtu": 9000, "ipv4": static(plan)}
    run.adapters(entry, clusters=["compute-a"])
    change(lab, "vmk1", host="esx-a03", mtu=1500)
    mark = run.mark()
    done = run.adapters(entry, clusters=["compute-a"])
    assert listed(done) == [("update", "esx-a03.lab.example/vmk1")]
    assert run.writes(mark) == ["UpdateVirtualNic"]
    assert seen.adapters("esx-a03")["vmk1"]["mtu"] == 9000


def test_a_service_moves_without_a_gap(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vSphereReplication"])
    place(lab, "vmk2", "pg-provisioning", "10.12.0.11/22")
    run.adapters(
        {"device": "vmk1", "services": {"vSphereReplication": False}},
        {"device": "vmk2", "services": {"vSphereReplication": True}},
    )
    assert run.writes() == ["SelectVnicForNicType", "DeselectVnicForNicType"]
    assert "vSphereReplication" not in seen.adapters()["vmk1"]["services"]
    assert "vSphereReplication" in seen.adapters()["vmk2"]["services"]


def test_a_service_moves_to_a_new_adapter_before_the_old_one_goes(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vSphereReplication"])
    run.adapters(
        {"device": "vmk1", "state": "absent"},
        {
            "network": "pg-provisioning",
            "ipv4": static("10.12.0.11/22"),
            "services": {"vSphereReplication": True},
        },
    )
    assert run.writes() == ["AddVirtualNic", "SelectVnicForNicType", "RemoveVirtualNic"]
    assert list(seen.adapters()) == ["vmk0", "vmk2"]
    assert seen.adapters()["vmk2"]["services"] == ["vSphereReplication"]


@pytest.mark.parametrize("service", ["vSphereProvisioning", "faultToleranceLogging"])
def test_a_service_of_one_adapter_is_not_given_to_two(run: Tasks, lab: Lab, service: str) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=[service])
    sentence = run.refused({"device": "vmk0", "services": {service: True}})
    assert "vmk0 and vmk1 would both carry" in sentence
    moved = run.adapters(
        {"device": "vmk0", "services": {service: True}}, {"device": "vmk1", "services": {service: False}}
    )
    assert moved["changed"] is True


@pytest.mark.parametrize(
    ("stack", "service"),
    [("vmotion", "management"), ("vmotion", "vSphereReplication"), ("vSphereProvisioning", "vmotion")],
)
def test_a_service_on_a_stack_that_cannot_carry_it_is_refused(run: Tasks, lab: Lab, stack: str, service: str) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack=stack)
    stated = run.refused({"network": "pg-vmotion", "stack": stack, "services": {service: True}})
    found = run.refused({"device": "vmk1", "services": {service: True}})
    for sentence in (stated, found):
        assert service in sentence
        assert stack in sentence


def test_the_service_of_its_stack_cannot_be_switched_off(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    assert "vmotion" in run.refused({"device": "vmk1", "services": {"vmotion": False}})
    assert run.adapters({"device": "vmk1", "services": {"vmotion": True}})["changed"] is False


def test_vmotion_is_not_enabled_beside_its_own_stack(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    change(lab, "vmk0", services=frozenset({"management"}))
    sentence = run.refused({"device": "vmk0", "services": {"vmotion": True}})
    assert "vmk1 on stack vmotion carries all of it" in sentence


def test_vmotion_returns_to_the_default_stack_with_one_task(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")
    change(lab, "vmk0", services=frozenset({"management"}))
    back = [{"device": "vmk1", "state": "absent"}, {"device": "vmk0", "services": {"vmotion": True}}]
    run.adapters(*back)
    assert list(seen.adapters()) == ["vmk0"]
    assert seen.adapters()["vmk0"]["services"] == ["management", "vmotion"]
    assert run.adapters(*back)["changed"] is False


def test_vsan_is_set_through_its_own_service(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vsan"])
    place(lab, "vmk2", "pg-provisioning", "10.12.0.11/22", services=["nvmeTcp"])
    entry = {"device": "vmk2", "services": {"vsan": True}}
    run.adapters(entry)
    assert run.writes() == ["UpdateVsan_Task"]
    assert seen.adapters()["vmk1"]["services"] == ["vsan"]
    assert seen.adapters()["vmk2"]["services"] == ["nvmeTcp", "vsan"]
    assert run.adapters(entry)["changed"] is False
    run.adapters({"device": "vmk1", "services": {"vsan": False}})
    assert seen.adapters()["vmk1"]["services"] == []
    assert seen.adapters()["vmk2"]["services"] == ["nvmeTcp", "vsan"]


def test_a_new_adapter_for_vsan(run: Tasks, seen: Reader) -> None:
    run.adapters({"network": "pg-replication", "ipv4": static("10.13.0.11/22"), "services": {"vsan": True}})
    assert run.writes() == ["AddVirtualNic", "UpdateVsan_Task"]
    assert seen.adapters()["vmk1"]["services"] == ["vsan"]


def test_a_service_that_the_host_does_not_offer_is_refused(run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.vcenter.vnic_manager.SERVICES", ("management", "vmotion"))
    sentence = run.refused({"device": "vmk0", "services": {"vSphereBackupNFC": True}})
    assert "vSphereBackupNFC" in sentence
    assert "offered: management, vmotion" in sentence


def test_removal(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vSphereReplication"])
    entry = {"network": "pg-replication", "state": "absent"}
    planned = run.adapters(entry, check=True)
    assert run.writes() == []
    done = run.adapters(entry)
    assert done["changes"] == planned["changes"]
    assert listed(done) == [("remove", VMK1)]
    assert done["changes"][0]["after"] == {}
    assert done["changes"][0]["before"]["services"] == ["vSphereReplication"]
    assert list(seen.adapters()) == ["vmk0"]
    assert run.adapters(entry)["changed"] is False
    assert run.adapters({"device": "vmk7", "state": "absent"})["changed"] is False
