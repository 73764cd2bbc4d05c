# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel makes new adapters: on every kind of network, with every kind of address, on every kind of stack."""

from __future__ import annotations

from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_port_group, add_stack, place
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab

NEW = "esx-a01.lab.example/vmk1"


@pytest.mark.parametrize(
    ("host", "network", "address", "shown"),
    [
        ("esx-a01", "pg-vmotion", "10.11.0.11/22", "vds-a/pg-vmotion"),
        ("esx-a01", "std-vmotion", "10.11.0.11/22", "std-vmotion"),
        ("esx-a01", "seg-replication", "10.14.0.11/22", "vds-a/seg-replication"),
        ("esx-b01", "seg-opaque", "10.24.0.11/22", "seg-opaque"),
    ],
    ids=["distributed", "standard", "NSX port group", "NSX opaque network"],
)
def test_adapter_on_a_network(run: Tasks, seen: Reader, host: str, network: str, address: str, shown: str) -> None:
    adapter = {"network": network, "ipv4": static({host: address})}
    planned = run.adapters(adapter, hosts=[host], check=True)
    assert run.writes() == []
    assert list(seen.adapters(host)) == ["vmk0"]

    done = run.adapters(adapter, hosts=[host])
    assert done["changes"] == planned["changes"]
    assert listed(done) == [("create", f"{host}.lab.example/vmk1")]
    made = seen.adapters(host)["vmk1"]
    assert (made["network"], made["ipv4"], made["dhcp"]) == (shown, address, False)
    assert (made["stack"], made["mtu"], made["services"]) == ("defaultTcpipStack", 1500, [])

    mark = run.mark()
    again = run.adapters(adapter, hosts=[host])
    assert again["changed"] is False
    assert again["changes"] == []
    assert run.writes(mark) == []


def test_adapter_with_a_lease(run: Tasks, seen: Reader) -> None:
    adapter = {"network": "pg-vmotion", "ipv4": {"mode": "dhcp"}}
    assert listed(run.adapters(adapter)) == [("create", NEW)]
    made = seen.adapters()["vmk1"]
    assert made["dhcp"] is True
    assert made["ipv4"].startswith("10.11.")
    assert run.adapters(adapter)["changed"] is False


def test_ipv6_addresses_and_modes(run: Tasks, seen: Reader) -> None:
    adapter = {
        "network": "pg-vmotion",
        "ipv4": static("10.11.0.11/22"),
        "ipv6": {"addresses": {"esx-a01": ["FD00:20::0011/64", "fd00:21::11/64"]}, "autoconf": True, "dhcp": False},
    }
    run.adapters(adapter)
    made = seen.adapters()["vmk1"]
    assert made["ipv6"] == ["fd00:20::11/64", "fd00:21::11/64"]
    assert (made["ipv6_autoconf"], made["ipv6_dhcp"]) == (True, False)
    assert run.adapters(adapter)["changed"] is False


def test_ipv6_addresses_are_the_stated_ones(run: Tasks, seen: Reader, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", ipv6=["fd00:20::1/64", "fd00:20::2/64"])
    run.adapters({"device": "vmk1", "ipv6": {"addresses": {"esx-a01": ["fd00:20::2/64", "fd00:20::3/64"]}}})
    made = seen.adapters()["vmk1"]
    assert made["ipv6"] == ["fd00:20::2/64", "fd00:20::3/64"]
    assert made["ipv4"] == "10.11.0.11/22"


def test_adapter_with_ipv6_only(run: Tasks, seen: Reader) -> None:
    adapter = {"network": "pg-vmotion", "ipv6": {"addresses": {"esx-a01": ["fd00:20::11/64"]}}}
    run.adapters(adapter)
    made = seen.adapters()["vmk1"]
    assert (made["ipv6"], made["ipv4"], made["dhcp"]) == (["fd00:20::11/64"], None, False)
    assert run.adapters(adapter)["changed"] is False


def test_gateway_of_the_adapter_alone(run: Tasks, seen: Reader) -> None:
    adapter: dict[str, Any] = {
        "network": "pg-replication",
        "ipv4": static("10.13.0.11/22"),
        "gateway_ipv4": "10.13.0.1",
        "ipv6": {"addresses": {"esx-a01": ["fd00:40::11/64"]}},
        "gateway_ipv6": "fd00:40::1",
    }
    run.adapters(adapter)
    made = seen.adapters()["vmk1"]
    assert (made["gateway_ipv4"], made["gateway_ipv6"]) == ("10.13.0.1", "fd00:40::1")
    assert seen.stack("defaultTcpipStack")["gateway_ipv4"] == "10.10.0.1"
    assert run.adapters(adapter)["changed"] is False

    run.adapters({"network": "pg-replication", "gateway_ipv4": ""})
    made = seen.adapters()["vmk1"]
    assert (made["gateway_ipv4"], made["gateway_ipv6"]) == (None, "fd00:40::1")


def test_services_on_the_default_stack(run: Tasks, seen: Reader) -> None:
    services = ["faultToleranceLogging", "nvmeTcp", "vSphereReplication", "vSphereReplicationNFC"]
    adapter = {
        "network": "pg-replication",
        "ipv4": static("10.13.0.11/22"),
        "services": dict.fromkeys(services, True),
    }
    done = run.adapters(adapter)
    assert done["changes"][0]["after"]["services"] == services
    assert seen.adapters()["vmk1"]["services"] == services
    assert run.adapters(adapter)["changed"] is False


@pytest.mark.parametrize(
    ("stack", "network", "address", "carried"),
    [
        ("vmotion", "pg-vmotion", "10.11.0.11/22", ["vmotion"]),
        ("vSphereProvisioning", "pg-provisioning", "10.12.0.11/22", ["vSphereProvisioning"]),
        ("storage", "std-storage", "10.15.0.11/22", []),
    ],
)
def test_adapter_on_a_stack_of_its_own(
    run: Tasks, seen: Reader, lab: Lab, stack: str, network: str, address: str, carried: list[str]
) -> None:
    add_stack(lab, "storage")
    adapter = {"network": network, "stack": stack, "mtu": 9000, "ipv4": static(address)}
    done = run.adapters(adapter)
    assert listed(done)[0] == ("create", NEW)
    made = seen.adapters()["vmk1"]
    assert (made["stack"], made["mtu"], made["services"]) == (stack, 9000, carried)
    assert run.adapters(adapter)["changed"] is False


def test_a_stack_that_does_not_exist_is_named(run: Tasks) -> None:
    sentence = run.refused({"network": "std-storage", "stack": "storage", "ipv4": static("10.15.0.11/22")})
    assert "stack storage" in sentence
    assert "esxi_netstack" in sentence


def test_vmotion_leaves_the_default_stack_and_is_listed(run: Tasks, seen: Reader) -> None:
    done = run.adapters({"network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")})
    effect = done["changes"][1]
    assert (effect["action"], effect["name"]) == ("update", "esx-a01.lab.example/vmk0")
    assert (effect["before"], effect["after"]) == (
        {"services": ["management", "vmotion"]},
        {"services": ["management"]},
    )
    assert "the host itself" in effect["notes"][0]
    assert seen.adapters()["vmk0"]["services"] == ["management"]


def test_side_effect_is_listed_when_the_adapter_is_also_changed(run: Tasks, seen: Reader) -> None:
    """The adapter that loses the service may be an entry of the same task, before or after the one that takes it."""
    new = {"network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")}
    smaller = {"device": "vmk0", "mtu": 1400}
    for order in ([new, smaller], [smaller, new]):
        planned = run.adapters(*order, check=True)
        update = next(change for change in planned["changes"] if change["name"].endswith("vmk0"))
        assert update["after"] == {"services": ["management"], "mtu": 1400}
        assert listed(planned) in (
            [("create", NEW), ("update", "esx-a01.lab.example/vmk0")],
            [("update", "esx-a01.lab.example/vmk0"), ("create", NEW)],
        )
    done = run.adapters(smaller, new)
    assert done["changes"] == planned["changes"]
    vmk0 = seen.adapters()["vmk0"]
    assert (vmk0["services"], vmk0["mtu"]) == (["management"], 1400)


def test_mtu_above_that_of_the_switch_is_refused(run: Tasks) -> None:
    sentence = run.refused({"network": "VM Network", "mtu": 9000, "ipv4": static("10.10.1.11/22")})
    assert "9000" in sentence
    assert "1500 of switch vSwitch0" in sentence


def test_an_unknown_network_is_refused_with_those_that_exist(run: Tasks) -> None:
    sentence = run.refused({"network": "pg-vmotoin", "ipv4": static("10.11.0.11/22")})
    assert "pg-vmotoin" in sentence
    assert "pg-vmotion on vds-a" in sentence
    assert "uplinks" not in sentence


def test_a_new_adapter_needs_addresses(run: Tasks) -> None:
    assert "needs ipv4 or ipv6 addresses" in run.refused({"network": "pg-vmotion", "mtu": 9000})


def test_a_host_without_an_address_in_the_plan_is_named(run: Tasks) -> None:
    adapter = {"network": "pg-vmotion", "ipv4": static({"esx-a01": "10.11.0.11/22", "esx-a03": "10.11.0.13/22"})}
    sentence = run.refused(adapter, hosts=["esx-a01", "esx-a02", "esx-a03"])
    assert "esx-a02.lab.example" in sentence
    assert "no address" in sentence


def test_an_address_that_another_selected_host_has_is_refused(run: Tasks, lab: Lab) -> None:
    place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", host="esx-a02", stack="vmotion")
    plan = {"esx-a01": "10.11.0.11/22", "esx-a02": "10.11.0.12/22"}
    adapter = {"network": "pg-vmotion", "stack": "defaultTcpipStack", "ipv4": static(plan)}
    sentence = run.refused(adapter, hosts=["esx-a01", "esx-a02"])
    assert "10.11.0.11" in sentence
    assert "esx-a02.lab.example/vmk1" in sentence


def test_the_uplink_group_is_no_network_for_adapters(run: Tasks) -> None:
    sentence = run.refused({"network": "vds-a-uplinks", "ipv4": static("10.11.0.11/22")})
    assert "does not exist" in sentence


def test_a_name_with_a_slash_is_found(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_port_group(lab, "v/motion 100%", "vSwitch1", vlan=20)
    run.adapters({"network": "v/motion 100%", "ipv4": static("10.11.0.11/22")})
    assert seen.adapters()["vmk1"]["network"] == "v/motion 100%"
