# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a task works on, and what happens when some of them cannot."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import disconnect
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab

A = [f"esx-a0{number}.lab.example" for number in range(1, 5)]
B = [f"esx-b0{number}.lab.example" for number in range(1, 5)]
VMOTION = {
    "network": "pg-vmotion",
    "stack": "vmotion",
    "ipv4": static({name.split(".")[0]: f"10.11.0.1{number}/22" for number, name in enumerate(A)}),
}


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        ({"clusters": ["compute-a"]}, A),
        ({"datacenter": "dc-b"}, B),
        ({"datacenter": "dc-a", "folders": ["host"]}, A),
        ({"hosts": ["esx-a02"]}, A[1:2]),
        ({"hosts": ["esx-a02.lab.example"]}, A[1:2]),
        ({"hosts": ["ESX-A02.Lab.Example", "Esx-b01"]}, [A[1], B[0]]),
        ({"clusters": ["compute-b"], "hosts": ["esx-a01", "esx-b02"]}, [A[0], *B]),
        ({"clusters": ["compute-a", "compute-b"]}, [*A, *B]),
        ({"datacenter": "dc-b", "clusters": ["compute-b"], "hosts": ["esx-b01"]}, B),
    ],
    ids=str,
)
def test_selection(run: Tasks, selection: dict[str, Any], names: list[str]) -> None:
    assert [host["name"] for host in run("esxi_vmkernel_info", **selection)["hosts"]] == names


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"hosts": ["esx-a99"]}, ["host esx-a99 does not exist", "esx-a01.lab.example"]),
        ({"datacenter": "dc-b", "hosts": ["esx-a01"]}, ["host esx-a01 does not exist"]),
        ({"datacenter": "dc-b", "clusters": ["compute-a"]}, ["cluster compute-a does not exist", "compute-b"]),
        ({"clusters": ["compute-x"]}, ["cluster compute-x", "compute-a, compute-b"]),
        ({"datacenter": "dc-d"}, ["datacenter dc-d does not exist", "dc-a, dc-b"]),
        ({"folders": ["host"]}, ["folder host is not unique", "/dc-a/host", "name the datacenter"]),
        ({"hosts": []}, ["no hosts are selected"]),
    ],
    ids=str,
)
def test_a_selection_that_means_nothing_is_refused(run: Tasks, selection: dict[str, Any], words: list[str]) -> None:
    sentence = run.failing("esxi_vmkernel_info", **selection)["msg"]
    assert [word for word in words if word not in sentence] == []


def test_a_short_name_that_two_hosts_have_is_refused(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = next(host for host in lab.world.hosts() if host.name == "esx-b01.lab.example")
    monkeypatch.setattr(twin, "name", "esx-a01.other.example")
    for rebuild in lab.shared.rebuilt:
        rebuild()
    sentence = run.failing("esxi_vmkernel_info", hosts=["esx-a01"])["msg"]
    assert "esx-a01.lab.example, esx-a01.other.example" in sentence
    assert len(run("esxi_vmkernel_info", hosts=["esx-a01.lab.example"])["hosts"]) == 1


def test_every_problem_of_the_selection_is_named_at_once(run: Tasks) -> None:
    result = run.failing("esxi_vmkernel_info", clusters=["compute-x"], hosts=["esx-a98", "esx-a99"])
    assert len(result["problems"]) == 3
    assert "and 2 more problems" in result["msg"]


def test_one_host_that_fails_does_not_stop_the_others(run: Tasks, seen: Reader, lab: Lab) -> None:
    lab.faults.add(
        "fault",
        method="AddVirtualNic",
        host=A[1],
        fault="HostConfigFault",
        message="An error occurred during host configuration.",
    )
    result = run.failing("esxi_vmkernel", adapters=[VMOTION], clusters=["compute-a"])
    assert result["changed"] is True
    others = [name for name in A if name != A[1]]
    assert [name for action, name in listed(result) if action == "create"] == [f"{name}/vmk1" for name in others]
    assert not [name for _action, name in listed(result) if name.startswith(A[1])]
    (failure,) = result["failed_changes"]
    assert (failure["chain"], failure["action"], failure["name"]) == (A[1], "create", f"{A[1]}/vmk1")
    assert "An error occurred during host configuration." in failure["error"]
    assert A[1] in result["msg"]
    assert "An error occurred during host configuration." in result["msg"]
    for name in A:
        assert ("vmk1" in seen.adapters(name.split(".")[0])) is (name != A[1])

    assert [name for action, name in listed(run.adapters(VMOTION, clusters=["compute-a"])) if action == "create"] == [
        f"{A[1]}/vmk1"
    ]


def test_a_failure_half_way_reports_what_was_done(run: Tasks, seen: Reader, lab: Lab) -> None:
    """The first adapter is complete and listed, the second is the failed change, the third was not begun."""
    lab.faults.add("fault", method="AddVirtualNic", nth=2)
    entries = [
        {"network": "pg-vmotion", "ipv4": static("10.11.0.11/22")},
        {"network": "pg-provisioning", "ipv4": static("10.12.0.11/22")},
        {"network": "pg-replication", "ipv4": static("10.13.0.11/22")},
    ]
    result = run.failing("esxi_vmkernel", adapters=entries)
    assert result["changed"] is True
    assert listed(result) == [("create", f"{A[0]}/vmk1")]
    assert [failure["name"] for failure in result["failed_changes"]] == [f"{A[0]}/vmk2"]
    assert list(seen.adapters()) == ["vmk0", "vmk1"]


def test_a_change_that_was_begun_counts_as_a_change(run: Tasks, seen: Reader, lab: Lab) -> None:
    """The adapter was made, but its service was refused: something is different on the host."""
    lab.faults.add("fault", method="SelectVnicForNicType")
    entry = {"network": "pg-replication", "ipv4": static("10.13.0.11/22"), "services": {"vSphereReplication": True}}
    result = run.failing("esxi_vmkernel", adapters=[entry])
    assert result["changed"] is True
    assert result["failed_changes"][0]["name"] == f"{A[0]}/vmk1"
    assert seen.adapters()["vmk1"]["services"] == []
    assert listed(run.adapters(entry)) == [("update", f"{A[0]}/vmk1")]
    assert seen.adapters()["vmk1"]["services"] == ["vSphereReplication"]


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
@pytest.mark.parametrize("reads", ["absent", "missing"])
def test_hosts_that_are_not_connected(run: Tasks, seen: Reader, lab: Lab, state: Any, reads: str) -> None:
    lab.rules = lab.rules.changed(disconnected_reads=reads)
    disconnect(lab, "esx-a03", state)
    for module, options in (
        ("esxi_vmkernel", {"adapters": [VMOTION]}),
        ("esxi_netstack", {"stacks": [{"name": "vmotion", "congestion_control": "cubic"}]}),
        ("esxi_vmkping", {"service": "vmotion"}),
    ):
        result = run.failing(module, clusters=["compute-a"], **options)
        assert f"{A[2]} ({state})" in result["msg"]
        assert "disconnected_hosts: skip" in result["msg"]
    assert run.writes() == []

    done = run.adapters(VMOTION, clusters=["compute-a"], disconnected_hosts="skip")
    assert done["hosts"] == [name for name in A if name != A[2]]
    assert "vmk1" in seen.adapters("esx-a04")


def test_a_host_that_goes_away_during_the_task_is_reported(run: Tasks, seen: Reader, lab: Lab) -> None:
    lab.faults.add("fault", method="AddVirtualNic", host=A[2], fault="HostNotConnected", message="It is disconnected.")
    result = run.failing("esxi_vmkernel", adapters=[VMOTION], clusters=["compute-a"])
    assert [failure["chain"] for failure in result["failed_changes"]] == [A[2]]
    assert "It is disconnected." in result["msg"]
    assert "vmk1" in seen.adapters("esx-a04")


def test_a_task_is_planned_on_all_hosts_before_the_first_write(run: Tasks) -> None:
    """One host cannot do it, so none is touched."""
    plan = {name: f"10.11.0.1{number}/22" for number, name in enumerate([*A, *B])}
    result = run.failing(
        "esxi_vmkernel",
        clusters=["compute-a", "compute-b"],
        adapters=[{"network": "seg-opaque", "ipv4": static(plan)}],
    )
    assert "and 3 more hosts" in result["msg"]
    assert "seg-opaque does not exist there" in result["msg"]
    assert run.writes() == []
