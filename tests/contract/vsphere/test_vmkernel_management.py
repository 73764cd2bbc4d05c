# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel does not cut a host off unless it is told to."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_stack, change, place
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab

DANGEROUS = {
    "remove": {"device": "vmk0", "state": "absent"},
    "renumber": {"device": "vmk0", "ipv4": static("10.10.0.77/22")},
    "renumber by a lease": {"device": "vmk0", "ipv4": {"mode": "dhcp"}},
    "move": {"device": "vmk0", "network": "pg-management"},
    "replace": {
        "device": "vmk0",
        "network": "pg-vmotion",
        "stack": "vmotion",
        "ipv4": static("10.11.0.11/22"),
    },
    "disable management on": {"device": "vmk0", "services": {"management": False}},
}


@pytest.mark.parametrize("danger", DANGEROUS)
def test_the_management_adapter_is_guarded(run: Tasks, danger: str) -> None:
    for check in (True, False):
        sentence = run.refused(DANGEROUS[danger], check=check)
        assert danger.removesuffix(" by a lease") in sentence
        assert "vmk0 carries management" in sentence
        assert "allow_management_change" in sentence


@pytest.mark.parametrize(
    "harmless",
    [
        {"mtu": 1400},
        {"services": {"vSphereReplication": True}},
        {"services": {"vmotion": False}},
        {"ipv6": {"autoconf": True}},
    ],
    ids=lambda entry: next(iter(entry)),
)
def test_what_is_no_danger_is_done(run: Tasks, harmless: dict[str, Any]) -> None:
    assert listed(run.adapters({"device": "vmk0", **harmless})) == [("update", "esx-a01.lab.example/vmk0")]


def test_allowed_renumbering_and_moving(run: Tasks, seen: Reader) -> None:
    entry = {"device": "vmk0", "network": "pg-management", "ipv4": static("10.10.0.77/22")}
    run.adapters(entry, allow_management_change=True)
    vmk0 = seen.adapters()["vmk0"]
    assert (vmk0["network"], vmk0["ipv4"]) == ("vds-a/pg-management", "10.10.0.77/22")
    assert vmk0["services"] == ["management", "vmotion"]
    assert run.adapters(entry)["changed"] is False


def test_management_goes_over_to_another_adapter_when_allowed(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-management", "10.10.1.11/22")
    run.adapters(
        {"device": "vmk0", "services": {"management": False}},
        {"device": "vmk1", "services": {"management": True}},
        allow_management_change=True,
    )
    assert run.writes() == ["SelectVnicForNicType", "DeselectVnicForNicType"]
    assert seen.adapters()["vmk0"]["services"] == ["vmotion"]
    assert seen.adapters()["vmk1"]["services"] == ["management"]


def test_the_host_still_refuses_to_be_cut_off(run: Tasks, seen: Reader) -> None:
    before = seen.host()
    result = run.failing(
        "esxi_vmkernel", adapters=[{"device": "vmk0", "state": "absent"}], allow_management_change=True
    )
    assert "rolled back" in result["msg"]
    assert result["changed"] is False
    assert seen.host() == before


def test_the_adapter_of_this_connection_is_guarded(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "127.0.0.1/8")
    for entry in ({"device": "vmk1", "state": "absent"}, {"device": "vmk1", "network": "pg-vmotion"}):
        sentence = run.refused(entry, hostname="127.0.0.1")
        assert "vmk1 carries the address this connection uses" in sentence


def test_an_adapter_with_vsan_is_guarded_even_when_management_is_not(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vsan"])
    for entry in (
        {"device": "vmk1", "state": "absent"},
        {"device": "vmk1", "network": "pg-vmotion"},
        {"device": "vmk1", "ipv4": static("10.13.0.12/22")},
    ):
        assert "vmk1 carries vSAN" in run.refused(entry, allow_management_change=True)


def test_other_adapters_are_free(run: Tasks, seen: Reader, lab: Lab) -> None:
    change(lab, "vmk0", services=frozenset({"management"}))
    add_stack(lab, "storage")
    place(lab, "vmk1", "std-storage", "10.15.0.11/24", stack="storage")
    place(lab, "vmk2", "pg-replication", "10.13.0.11/22")
    run.adapters({"device": "vmk1", "state": "absent"}, {"device": "vmk2", "ipv4": static("10.13.0.12/22")})
    assert list(seen.adapters()) == ["vmk0", "vmk2"]
