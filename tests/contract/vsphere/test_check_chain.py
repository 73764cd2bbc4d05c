# SPDX-License-Identifier: GPL-3.0-or-later
"""In check mode every task of a run sees what the earlier ones would have made, and lists what they really do then."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.scenes import place
from contract.vsphere.tasks import Result, Tasks, static, without_notes

from lab import Lab

HOSTS = ["esx-a01", "esx-a02"]
STORAGE = {
    "network": "std-storage",
    "stack": "storage",
    "mtu": 9000,
    "ipv4": static({"esx-a01": "10.15.0.11/24", "esx-a02": "10.15.0.12/24"}),
}
VMOTION = {
    "network": "pg-vmotion",
    "stack": "vmotion",
    "mtu": 9000,
    "ipv4": static({"esx-a01": "10.11.0.11/22", "esx-a02": "10.11.0.12/22"}),
}
CHAIN: list[tuple[str, dict[str, Any]]] = [
    ("esxi_netstack", {"stacks": [{"name": "storage"}]}),
    ("esxi_vmkernel", {"adapters": [STORAGE, VMOTION]}),
    (
        "esxi_netstack",
        {
            "stacks": [
                {"name": "storage", "gateway_ipv4": "10.15.0.1"},
                {
                    "name": "vmotion",
                    "gateway_ipv4": "10.11.0.1",
                    "routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}],
                },
            ]
        },
    ),
    ("esxi_vmkernel", {"adapters": [{"device": "vmk0", "mtu": 1400}]}),
]

pytestmark = pytest.mark.usefixtures("run_folder")


@pytest.fixture(autouse=True)
def stacks_by_the_api(lab: Lab) -> None:
    lab.rules = lab.rules.changed(netstack_add_via_api="accept")


def play(run: Tasks, *, check: bool) -> list[Result]:
    return [run(module, check=check, hosts=HOSTS, **options) for module, options in CHAIN]


def changes(results: list[Result]) -> list[list[Result]]:
    return [without_notes(result) for result in results]


def test_the_real_run_makes_the_planned_changes(run: Tasks) -> None:
    planned = play(run, check=True)
    assert run.writes() == []
    assert [len(result["changes"]) for result in planned] == [2, 6, 4, 2]
    assert changes(play(run, check=False)) == changes(planned)
    assert not any(result["changed"] for result in play(run, check=False))


def test_a_planned_change_is_planned_once(run: Tasks) -> None:
    assert all(result["changed"] for result in play(run, check=True))
    assert not any(result["changed"] for result in play(run, check=True))


def test_facts_show_the_planned_state_and_say_so(run: Tasks) -> None:
    play(run, check=True)
    planned = run("esxi_vmkernel_info", check=True, clusters=["compute-a"])["hosts"]
    assert [host.get("planned", False) for host in planned] == [True, True, False, False]
    play(run, check=False)
    real = run("esxi_vmkernel_info", clusters=["compute-a"])["hosts"]
    assert not any(host.get("planned") for host in real)
    assert [host["carriers"] for host in planned] == [host["carriers"] for host in real]
    for before, after in zip(planned, real, strict=True):
        assert [{**adapter, "mac": None} for adapter in before["adapters"]] == [
            {**adapter, "mac": None} for adapter in after["adapters"]
        ]
        for kind in ("gateway_ipv4", "active", "routes"):
            assert {s["name"]: s[kind] for s in before["stacks"]} == {s["name"]: s[kind] for s in after["stacks"]}


def test_planned_hosts_are_not_pinged(run: Tasks) -> None:
    play(run, check=True)
    result = run("esxi_vmkping", check=True, hosts=HOSTS, service="vmotion", gateway=True)
    assert [(ping["target"], ping["planned"], ping["received"]) for ping in result["pings"]] == [
        ("10.11.0.12", True, None),
        ("10.11.0.1", True, None),
        ("10.11.0.11", True, None),
        ("10.11.0.1", True, None),
    ]


def test_what_would_be_refused_is_refused_in_the_plan(run: Tasks) -> None:
    run("esxi_netstack", check=True, hosts=HOSTS, stacks=[{"name": "storage"}])
    result = run.failing(
        "esxi_netstack", check=True, hosts=HOSTS, stacks=[{"name": "storage", "gateway_ipv4": "10.15.0.1"}]
    )
    assert "has no adapter there" in result["msg"]


def test_the_removal_of_a_planned_stack_and_adapter(run: Tasks) -> None:
    play(run, check=True)
    run("esxi_vmkernel", check=True, hosts=HOSTS, adapters=[{"network": "std-storage", "state": "absent"}])
    run("esxi_netstack", check=True, hosts=HOSTS, stacks=[{"name": "storage", "state": "absent"}])
    for host in run("esxi_vmkernel_info", check=True, hosts=HOSTS)["hosts"]:
        assert "storage" not in [stack["name"] for stack in host["stacks"]]
        assert "std-storage" not in [adapter["network"] for adapter in host["adapters"]]


def test_a_real_change_ends_the_remembered_plan(run: Tasks, lab: Lab) -> None:
    play(run, check=True)
    run("esxi_vmkernel", hosts=["esx-a01"], adapters=[{"device": "vmk0", "mtu": 1400}])
    shown = run("esxi_vmkernel_info", check=True, hosts=HOSTS)["hosts"]
    assert [host.get("planned", False) for host in shown] == [False, True]
    assert [adapter["device"] for adapter in shown[0]["adapters"]] == ["vmk0"]


def test_looking_at_the_real_state_does_not_end_the_plan(run: Tasks) -> None:
    """A task with check_mode: false that only reads, in the middle of a run in check mode."""
    play(run, check=True)
    real = run("esxi_vmkernel_info", hosts=HOSTS)["hosts"]
    assert [adapter["device"] for adapter in real[0]["adapters"]] == ["vmk0"]
    run("esxi_vmkernel", hosts=HOSTS, adapters=[{"device": "vmk0", "mtu": 1500}])
    assert all(host["planned"] for host in run("esxi_vmkernel_info", check=True, hosts=HOSTS)["hosts"])


@pytest.mark.usefixtures("lab")
def test_without_a_run_each_check_stands_alone(run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HYBRIDCLOUD_MOBILITY_RUN")
    run("esxi_netstack", check=True, hosts=HOSTS, stacks=[{"name": "storage"}])
    result = run.failing("esxi_vmkernel", check=True, hosts=HOSTS, adapters=[STORAGE])
    assert "stack storage" in result["msg"]


def test_a_replacement_is_planned_with_the_name_the_host_will_give(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vmotion"])
    task = {
        "hosts": ["esx-a01"],
        "adapters": [{**VMOTION, "device": "vmk1", "ipv4": static("10.11.0.11/22")}],
    }
    then = {"hosts": ["esx-a01"], "stacks": [{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]}
    planned = [run("esxi_vmkernel", check=True, **task), run("esxi_netstack", check=True, **then)]
    done = [run("esxi_vmkernel", **task), run("esxi_netstack", **then)]
    assert changes(done) == changes(planned)
