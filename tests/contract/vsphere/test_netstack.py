# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_netstack sets what is stated of a TCP/IP stack, and leaves alone what is not."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import place, set_stack
from contract.vsphere.tasks import Tasks, listed

from lab import Lab
from lab.vcenter.netstack import StackEditor
from lab.world import Dns, Route

VMOTION = "esx-a01.lab.example/vmotion"
DEFAULT = "defaultTcpipStack"


@pytest.fixture
def adapter(lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion", ipv6=["fd00:20::11/64"])


@pytest.fixture
def routed(lab: Lab, adapter: None) -> None:
    """A vMotion stack with something of everything."""
    set_stack(
        lab,
        "vmotion",
        gateway_ipv4="10.11.0.1",
        gateway_ipv6="fd00:20::1",
        dns=Dns("", "vmotion.example", ("10.11.0.2", "10.11.0.3"), ("vmotion.example",)),
        routes=(Route("172.16.0.0/12", "10.11.0.254"), Route("fd00:99::/48", "fd00:20::fe")),
        congestion_control="cubic",
        max_connections=5000,
    )


@pytest.mark.usefixtures("routed")
@pytest.mark.parametrize(
    ("stated", "seen_as"),
    [
        ({"gateway_ipv4": "10.11.0.2"}, {"gateway_ipv4": "10.11.0.2"}),
        ({"gateway_ipv4": ""}, {"gateway_ipv4": None}),
        ({"gateway_ipv6": "fd00:20::2"}, {"gateway_ipv6": "fd00:20::2"}),
        ({"gateway_ipv6": ""}, {"gateway_ipv6": None}),
        ({"congestion_control": "newreno"}, {"congestion_control": "newreno"}),
        ({"max_connections": 12000}, {"max_connections": 12000}),
        ({"dns": {"servers": ["10.11.0.4"]}}, {"dns_servers": ["10.11.0.4"]}),
        ({"dns": {"servers": []}}, {"dns_servers": []}),
        ({"dns": {"search_domains": ["b.example", "a.example"]}}, {"dns_search": ["b.example", "a.example"]}),
        ({"dns": {"domain": "other.example"}}, {"dns_domain": "other.example"}),
        (
            {"routes": [{"network": "192.168.0.0/16", "gateway": "10.11.0.253"}]},
            {
                "routes": [
                    "172.16.0.0/12 via 10.11.0.254",
                    "192.168.0.0/16 via 10.11.0.253",
                    "fd00:99::/48 via fd00:20::fe",
                ]
            },
        ),
        (
            {"routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.253"}]},
            {"routes": ["172.16.0.0/12 via 10.11.0.253", "fd00:99::/48 via fd00:20::fe"]},
        ),
        (
            {"routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254", "state": "absent"}]},
            {"routes": ["fd00:99::/48 via fd00:20::fe"]},
        ),
        (
            {"routes": [{"network": "FD00:99:0::/48", "gateway": "fd00:20::00fe"}], "purge_routes": True},
            {"routes": ["fd00:99::/48 via fd00:20::fe"]},
        ),
        ({"routes": [], "purge_routes": True}, {"routes": []}),
        ({"purge_routes": True}, {"routes": []}),
    ],
    ids=str,
)
def test_one_setting_changes_and_the_others_stay(
    run: Tasks, seen: Reader, stated: dict[str, Any], seen_as: dict[str, Any]
) -> None:
    before = seen.host()
    entry = {"name": "vmotion", **stated}
    planned = run.stacks(entry, check=True)
    assert run.writes() == []
    assert seen.host() == before
    done = run.stacks(entry)
    assert done["changes"] == planned["changes"]
    assert listed(done) == [("update", VMOTION)]
    assert run.writes() == ["UpdateNetworkConfig"]
    before["stacks"]["vmotion"].update(seen_as)
    assert seen.host() == before
    mark = run.mark()
    assert run.stacks(entry)["changed"] is False
    assert run.writes(mark) == []


@pytest.mark.usefixtures("routed")
@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"dns": {}},
        {"routes": []},
        {"gateway_ipv6": "FD00:20:0::1"},
        {"routes": [{"network": "10.0.0.0/8", "gateway": "10.11.0.9", "state": "absent"}]},
        {"dns": {"servers": ["10.11.0.2", "10.11.0.3"]}},
    ],
    ids=str,
)
def test_what_is_so_already_is_not_written(run: Tasks, entry: dict[str, Any]) -> None:
    assert run.stacks({"name": "vmotion", **entry})["changed"] is False
    assert run.writes() == []


@pytest.mark.usefixtures("adapter")
def test_first_gateways_of_a_stack(run: Tasks, seen: Reader) -> None:
    done = run.stacks({"name": "vmotion", "gateway_ipv4": "10.11.0.1", "gateway_ipv6": "fd00:20::1"})
    assert [(c["action"], c["name"], c["before"], c["after"]) for c in done["changes"]] == [
        (
            "update",
            VMOTION,
            {"gateway_ipv4": None, "gateway_ipv6": None},
            {"gateway_ipv4": "10.11.0.1", "gateway_ipv6": "fd00:20::1"},
        )
    ]
    stack = seen.stack("vmotion")
    assert (stack["gateway_ipv4"], stack["gateway_ipv6"]) == ("10.11.0.1", "fd00:20::1")


@pytest.mark.usefixtures("adapter")
def test_several_stacks_in_one_task(run: Tasks, seen: Reader) -> None:
    run.stacks(
        {"name": "vmotion", "gateway_ipv4": "10.11.0.1"},
        {
            "name": DEFAULT,
            "congestion_control": "cubic",
            "routes": [{"network": "10.9.0.0/16", "gateway": "10.10.0.9"}],
        },
    )
    assert seen.stack("vmotion")["gateway_ipv4"] == "10.11.0.1"
    default = seen.stack(DEFAULT)
    assert (default["gateway_ipv4"], default["congestion_control"]) == ("10.10.0.1", "cubic")
    assert default["routes"] == ["10.9.0.0/16 via 10.10.0.9"]


def test_name_resolution_of_the_host_keeps_its_name_and_gateway(run: Tasks, seen: Reader) -> None:
    run.stacks({"name": DEFAULT, "dns": {"servers": ["10.10.0.9"]}})
    stack = seen.stack(DEFAULT)
    assert (stack["host_name"], stack["dns_domain"]) == ("esx-a01", "lab.example")
    assert (stack["dns_servers"], stack["dns_search"]) == (["10.10.0.9"], ["lab.example"])
    assert stack["gateway_ipv4"] == "10.10.0.1"


def test_name_resolution_by_a_lease_and_back(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-replication")
    by_lease = {"name": DEFAULT, "dns": {"adapter": "vmk1"}}
    run.stacks(by_lease)
    assert seen.stack(DEFAULT)["dns_adapter"] == "vmk1"
    assert run.stacks(by_lease)["changed"] is False
    assert run.stacks({"name": DEFAULT, "dns": {}})["changed"] is False
    run.stacks({"name": DEFAULT, "dns": {"servers": ["10.10.0.8"]}})
    stack = seen.stack(DEFAULT)
    assert (stack["dns_adapter"], stack["dns_servers"]) == (None, ["10.10.0.8"])


def test_name_resolution_by_an_adapter_that_does_not_exist_is_refused(run: Tasks) -> None:
    result = run.failing("esxi_netstack", stacks=[{"name": DEFAULT, "dns": {"adapter": "vmk7"}}])
    assert "adapter vmk7" in result["msg"]
    assert run.writes() == []


@pytest.mark.parametrize("rule", ["refuse", "ignore", "accept"])
@pytest.mark.parametrize(
    "setting",
    [{"gateway_ipv4": "10.11.0.1"}, {"routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.1"}]}],
    ids=["gateway", "route"],
)
def test_a_stack_without_adapter_gets_no_gateway_whatever_the_host_does(
    run: Tasks, lab: Lab, rule: str, setting: dict[str, Any]
) -> None:
    lab.rules = lab.rules.changed(gateway_without_adapter=rule)
    result = run.failing("esxi_netstack", stacks=[{"name": "vmotion", **setting}])
    assert "stack vmotion has no adapter there" in result["msg"]
    assert "create the adapter first (esxi_vmkernel)" in result["msg"]
    assert run.writes() == []


def test_a_stack_without_adapter_gets_its_other_settings(run: Tasks, seen: Reader) -> None:
    entry = {
        "name": "vSphereProvisioning",
        "congestion_control": "cubic",
        "max_connections": 9000,
        "dns": {"servers": ["10.12.0.2"], "domain": "p.example"},
    }
    run.stacks(entry)
    stack = seen.stack("vSphereProvisioning")
    assert (stack["congestion_control"], stack["max_connections"]) == ("cubic", 9000)
    assert (stack["dns_servers"], stack["dns_domain"]) == (["10.12.0.2"], "p.example")
    assert run.stacks(entry)["changed"] is False


@pytest.mark.usefixtures("adapter")
def test_a_setting_that_the_host_ignores_is_reported(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackEditor, "_accepts_gateway", lambda self, stack, gateway: False)
    result = run.failing("esxi_netstack", stacks=[{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}])
    assert "accepted" in result["msg"]
    assert "10.11.0.1" in result["msg"]
    assert result["changes"] == []
    (failure,) = result["failed_changes"]
    assert (failure["name"], failure["before"]) == (VMOTION, {"gateway_ipv4": None})


@pytest.mark.usefixtures("adapter")
@pytest.mark.parametrize("rule", ["refuse", "accept"])
def test_a_gateway_that_cannot_be_reached_is_refused(run: Tasks, lab: Lab, rule: str) -> None:
    lab.rules = lab.rules.changed(gateway_off_subnet=rule)
    result = run.failing("esxi_netstack", stacks=[{"name": "vmotion", "gateway_ipv4": "10.99.0.1"}])
    assert "10.99.0.1" in result["msg"]
    assert "10.11.0.11/22" in result["msg"]
    assert run.writes() == []


@pytest.mark.parametrize("gateway", ["gateway_ipv4"])
def test_the_gateway_of_management_is_guarded(run: Tasks, seen: Reader, gateway: str) -> None:
    result = run.failing("esxi_netstack", stacks=[{"name": DEFAULT, gateway: ""}])
    assert "allow_management_change" in result["msg"]
    assert run.writes() == []
    run.stacks({"name": DEFAULT, gateway: ""}, allow_management_change=True)
    assert seen.stack(DEFAULT)["gateway_ipv4"] is None


def test_connected_and_default_routes_are_no_static_routes(run: Tasks, lab: Lab) -> None:
    for shown in ("unspecified", "interface"):
        lab.rules = lab.rules.changed(connected_routes=shown)
        assert run.stacks({"name": DEFAULT, "routes": [], "purge_routes": True})["changed"] is False


def test_all_hosts_of_a_cluster(run: Tasks, seen: Reader) -> None:
    done = run.stacks({"name": DEFAULT, "max_connections": 12000}, clusters=["compute-a"])
    assert listed(done) == [("update", f"esx-a0{number}.lab.example/{DEFAULT}") for number in range(1, 5)]
    assert {name: host["stacks"][DEFAULT]["max_connections"] for name, host in seen.hosts().items()} == {
        f"esx-{letter}0{number}.lab.example": {"a": 12000, "b": 11000}[letter]
        for letter in "ab"
        for number in range(1, 5)
    }


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ({"name": "vxlan", "congestion_control": "cubic"}, "not ours to change"),
        ({"name": "vmotion", "state": "absent"}, "built in and cannot be removed"),
        ({"name": "vmotion", "gateway_ipv4": "10.11.0.300"}, "10.11.0.300 is not an IPv4 address"),
        ({"name": "vmotion", "gateway_ipv4": "fd00::1"}, "fd00::1 is not an IPv4 address"),
        ({"name": "vmotion", "max_connections": 0}, "must be 1 or more"),
        ({"name": "vmotion", "routes": [{"network": "0.0.0.0/0", "gateway": "10.11.0.1"}]}, "use gateway_ipv4"),
        ({"name": "vmotion", "routes": [{"network": "10.0.0.1/8", "gateway": "10.11.0.1"}]}, "10.0.0.1/8"),
        ({"name": "vmotion", "routes": [{"network": "10.0.0.0/8", "gateway": "fd00::1"}]}, "different IP versions"),
        ({"name": "vmotion", "dns": {"adapter": "vmk1", "servers": ["10.0.0.1"]}}, "it excludes servers"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_the_first_call(run: Tasks, stack: dict[str, Any], words: str) -> None:
    assert words in run.failing("esxi_netstack", stacks=[stack])["msg"]
    assert run.calls() == []
