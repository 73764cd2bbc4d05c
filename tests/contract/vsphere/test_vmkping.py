# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkping finds on the lab's wires what a migration would stumble over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from contract.vsphere.scenes import change, host_of, place, set_stack
from contract.vsphere.tasks import Result, Tasks, static

from lab import Lab

HOSTS = ["esx-a01", "esx-a02", "esx-a03"]
FULL = [f"{name}.lab.example" for name in HOSTS]
ADDRESS = {name: f"10.11.0.1{number}" for number, name in enumerate(FULL, 1)}


@pytest.fixture(autouse=True)
def vmotion(lab: Lab) -> None:
    """Jumbo vMotion adapters with a gateway on three hosts."""
    for number, host in enumerate(HOSTS, 1):
        place(lab, "vmk1", "pg-vmotion", f"10.11.0.1{number}/22", host=host, stack="vmotion", mtu=9000)
        set_stack(lab, "vmotion", host=host, gateway_ipv4="10.11.0.1")


def ways(result: Result) -> list[tuple[str, str]]:
    return [(ping["host"], ping["target"]) for ping in result["pings"]]


def by(options: dict[str, Any]) -> dict[str, Any]:
    """The options for three hosts, by service vmotion where nothing else says from which adapters."""
    what = {} if {"stack", "device"} & set(options) else {"service": "vmotion"}
    return {"hosts": HOSTS, **what, **options}


def ping(run: Tasks, **options: Any) -> Result:
    return run("esxi_vmkping", **by(options))


def lost(run: Tasks, **options: Any) -> Result:
    return run.failing("esxi_vmkping", **by(options))


def shrink(lab: Lab, vlan: str, mtu: int) -> None:
    """A switch on the way has a smaller MTU."""
    site = host_of(lab).site
    site.segments[vlan] = replace(site.segments[vlan], mtu=mtu)


def test_a_ring(run: Tasks) -> None:
    result = ping(run)
    assert ways(result) == [
        (FULL[0], ADDRESS[FULL[1]]),
        (FULL[1], ADDRESS[FULL[2]]),
        (FULL[2], ADDRESS[FULL[0]]),
    ]
    assert result["changed"] is False
    assert result["pings"][0] == {
        "host": FULL[0],
        "device": "vmk1",
        "stack": "vmotion",
        "target": ADDRESS[FULL[1]],
        "target_host": FULL[1],
        "size": 8972,
        "dont_fragment": True,
        "transmitted": 3,
        "received": 3,
        "round_trip_ms": 0.21,
        "ok": True,
        "reason": None,
        "planned": False,
    }


def test_all_pairs(run: Tasks) -> None:
    assert sorted(ways(ping(run, pattern="all_pairs"))) == sorted(
        (one, ADDRESS[other]) for one in FULL for other in FULL if one != other
    )


def test_gateways_and_targets_only(run: Tasks) -> None:
    result = ping(run, pattern="none", gateway=True, targets=["10.11.0.13"], hosts=HOSTS[:2])
    assert ways(result) == [(host, target) for host in FULL[:2] for target in ("10.11.0.13", "10.11.0.1")]
    assert [(one["size"], one["target_host"]) for one in result["pings"][:2]] == [(8972, None), (56, None)]


def test_by_stack_and_by_device(run: Tasks) -> None:
    assert ways(ping(run, stack="vmotion")) == ways(ping(run, device="vmk1"))


def test_traffic_without_an_adapter_of_its_own_is_pinged_where_it_goes(run: Tasks) -> None:
    pings = ping(run, service="vSphereReplication")["pings"]
    assert {(one["device"], one["stack"], one["size"]) for one in pings} == {("vmk0", "defaultTcpipStack", 1472)}


def test_a_small_mtu_on_the_way(run: Tasks, lab: Lab) -> None:
    shrink(lab, "20", 1500)
    result = lost(run)
    assert f"{FULL[0]} vmk1 to {ADDRESS[FULL[1]]} ({FULL[1]}) failed" in result["msg"]
    assert "8972 bytes do not pass unfragmented, 56 bytes do" in result["msg"]
    assert "smaller MTU than the adapter" in result["msg"]
    assert "2 more of 3 pings" in result["msg"]
    assert [one["ok"] for one in result["pings"]] == [False] * 3
    assert ping(run, size=1472)["pings"][0]["ok"] is True
    assert ping(run, dont_fragment=False)["pings"][0]["ok"] is True
    assert (result["pings"][0]["transmitted"], result["pings"][0]["received"]) == (3, 0)
    assert result["pings"][0]["round_trip_ms"] is None


def test_one_adapter_with_a_small_mtu_is_found_from_the_other_end(run: Tasks, lab: Lab) -> None:
    change(lab, "vmk1", host="esx-a02", mtu=1500)
    result = lost(run)
    assert [(one["host"], one["ok"]) for one in result["pings"]] == [
        (FULL[0], False),
        (FULL[1], True),
        (FULL[2], True),
    ]


def test_a_size_above_the_adapters_own_mtu(run: Tasks) -> None:
    result = lost(run, device="vmk0", size=8972)
    assert "8972 bytes do not fit the adapter's own MTU" in result["msg"]


def test_a_wrong_vlan(run: Tasks, lab: Lab) -> None:
    site = host_of(lab).site
    site.segments["20"] = replace(site.segments["20"], cut=frozenset({FULL[1]}))
    result = lost(run)
    assert "nor do 56 bytes pass" in result["msg"]
    assert "check VLAN, address and gateway" in result["msg"]
    assert [one["ok"] for one in result["pings"]] == [False, False, True]


def test_a_gateway_that_is_not_there(run: Tasks, lab: Lab) -> None:
    set_stack(lab, "vmotion", host="esx-a02", gateway_ipv4=None)
    sentence = lost(run, pattern="none", gateway=True)["msg"]
    assert f"{FULL[1]}: vmk1 on stack vmotion has no gateway to ping" in sentence


def test_a_gateway_that_does_not_answer(run: Tasks, lab: Lab) -> None:
    set_stack(lab, "vmotion", host="esx-a02", gateway_ipv4="10.11.0.77")
    result = lost(run, pattern="none", gateway=True)
    assert f"{FULL[1]} vmk1 to 10.11.0.77 failed: 3 of 3 packets lost" in result["msg"]
    assert [one["ok"] for one in result["pings"]] == [True, False, True]


def test_another_site_through_the_gateway(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.21.0.11/22", host="esx-b01", stack="vmotion", mtu=9000)
    far = {"pattern": "none", "targets": ["10.21.0.11"], "hosts": ["esx-a01"]}
    assert "nor do 56 bytes pass" in lost(run, **far)["msg"]
    set_stack(lab, "vmotion", host="esx-b01", gateway_ipv4="10.21.0.1")
    assert "smaller MTU" in lost(run, **far)["msg"]
    assert ping(run, **far, size=1472)["pings"][0]["ok"] is True


def test_ipv6(run: Tasks, lab: Lab) -> None:
    for number, host in enumerate(HOSTS, 1):
        place(lab, "vmk2", "pg-replication", host=host, ipv6=[f"fd00:40::1{number}/64"], mtu=9000)
    result = ping(run, device="vmk2", pattern="none", targets=["fd00:40::13"], hosts=HOSTS[:2])
    assert [(one["size"], one["dont_fragment"], one["ok"]) for one in result["pings"]] == [(8952, False, True)] * 2


@pytest.mark.parametrize("suffix", ["MS", ""])
def test_both_spellings_of_the_round_trip(run: Tasks, lab: Lab, suffix: str) -> None:
    lab.rules = lab.rules.changed(ping_roundtrip_suffix=suffix)
    assert ping(run, count=5)["pings"][0]["round_trip_ms"] == 0.21
    assert ping(run, count=5)["pings"][0]["transmitted"] == 5


def test_a_host_without_such_an_adapter(run: Tasks, lab: Lab) -> None:
    host_of(lab, "esx-a02").state = host_of(lab, "esx-a02").state.without_adapter("vmk1")
    for what, words in (
        ({"device": "vmk1"}, "no adapter vmk1"),
        ({"stack": "vmotion"}, "no adapter on stack vmotion"),
        ({"service": "vmotion"}, "no adapter for vmotion"),
    ):
        change(lab, "vmk0", host="esx-a02", services=frozenset({"management"}))
        sentence = lost(run, **what)["msg"]
        assert f"{FULL[1]}: {words}" in sentence


@pytest.mark.usefixtures("run_folder")
def test_in_check_mode_only_what_is_there_is_pinged(run: Tasks) -> None:
    run.adapters({"device": "vmk1", "ipv4": static("10.11.0.21/22")}, check=True)
    result = ping(run, check=True)
    assert [(one["target"], one["planned"], one["ok"]) for one in result["pings"]] == [
        ("10.11.0.12", True, False),
        ("10.11.0.13", False, True),
        ("10.11.0.21", True, False),
    ]


def test_a_ping_that_the_host_refuses_says_why_and_nothing_else(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(esxcli_privilege="Host.Config.Settings")
    result = lost(run, username=lab.reader_username)
    assert "the privilege Host.Config.Settings is missing" in result["msg"]
    assert "VLAN" not in result["msg"]
    assert (result["pings"][0]["transmitted"], result["pings"][0]["received"]) == (None, None)


@pytest.mark.parametrize("targets", [["10.11.0.12"], []])
def test_check_mode_pings_what_no_task_would_change(run: Tasks, targets: list[str]) -> None:
    assert all(one["ok"] for one in ping(run, check=True, targets=targets)["pings"])
