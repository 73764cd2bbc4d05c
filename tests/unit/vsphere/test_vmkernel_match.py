# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from unit.vsphere.example_hosts import MANAGEMENT, NETWORKS, STORAGE, VMK0, VMOTION, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import Adapter, Host, Network
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_match import (
    Match,
    match,
    resolve_network,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_options import WantedAdapter


def wanted(**values: Any) -> WantedAdapter:
    blank: dict[str, Any] = dict.fromkeys(("device", "network", "switch", "stack", "dhcp"))
    return WantedAdapter(**{**blank, "label": "adapters[0]", "absent": False, **values})


def vmotion_adapter(number: int, **values: Any) -> Adapter:
    return Adapter(f"vmk{number}", **{"network": VMOTION, "stack": "vmotion", "ipv4": f"10.11.0.{number}/22", **values})


def devices(found: list[Match]) -> list[str | None]:
    return [one.adapter.device if one.adapter else None for one in found]


def address(number: int) -> dict[str, Any]:
    return {"dhcp": False, "ipv4": {"esx-a01": f"10.11.0.{number}/22"}}


TWO_ON_VMOTION = host(VMK0, vmotion_adapter(1), vmotion_adapter(2))
SAME_NETWORK_TWO_STACKS = host(VMK0, vmotion_adapter(1), vmotion_adapter(2, stack="defaultTcpipStack"))


@pytest.mark.parametrize(
    ("where", "wish", "network", "others", "expected"),
    [
        (host(), {"network": "pg-vmotion"}, VMOTION, [], [None]),
        (host(VMK0, vmotion_adapter(1)), {"network": "pg-vmotion"}, VMOTION, [], ["vmk1"]),
        (TWO_ON_VMOTION, {"network": "pg-vmotion"}, VMOTION, [], ["vmk1", "vmk2"]),
        (SAME_NETWORK_TWO_STACKS, {"network": "pg-vmotion", "stack": "vmotion"}, VMOTION, [], ["vmk1"]),
        (host(VMK0), {"device": "vmk0"}, None, [], ["vmk0"]),
        (host(VMK0), {"device": "vmk7"}, None, [], [None]),
        (host(VMK0), {"device": "vmk0", "network": "pg-vmotion"}, VMOTION, [], ["vmk0"]),
        (
            host(VMK0, Adapter("vmk1", STORAGE)),
            {"network": "std-storage", "stack": "vmotion"},
            STORAGE,
            [],
            ["vmk1"],
        ),
        (host(VMK0, vmotion_adapter(5)), {"network": "std-storage", **address(5)}, STORAGE, [], ["vmk5"]),
        (host(VMK0, vmotion_adapter(5)), {"network": "std-storage", "absent": True, **address(5)}, STORAGE, [], [None]),
        (
            TWO_ON_VMOTION,
            {"network": "pg-vmotion", **address(2)},
            VMOTION,
            [{"network": "pg-vmotion", **address(1)}],
            ["vmk2"],
        ),
        (
            TWO_ON_VMOTION,
            {"network": "pg-vmotion", **address(9)},
            VMOTION,
            [{"network": "pg-vmotion", **address(1)}],
            [None],
        ),
    ],
    ids=[
        "nothing there yet",
        "by network",
        "several in the network",
        "by network and stack",
        "by device",
        "no such device",
        "a device that shall move",
        "a standard port group holds one adapter",
        "the address moves to another network",
        "never remove by address alone",
        "several wanted: by address",
        "several wanted: the new one is nobody yet",
    ],
)
def test_which_adapter_is_meant(
    where: Host, wish: dict[str, Any], network: Network | None, others: list[dict[str, Any]], expected: list[str | None]
) -> None:
    entries = [wanted(**other) for other in others]
    assert devices(match(wanted(**wish), entries, where, network)) == expected


def test_a_device_that_was_replaced_before_the_run_ended_is_found_under_its_new_name() -> None:
    half_done = host(VMK0, Adapter("vmk1", VMOTION, ipv4="10.11.0.9/22"), vmotion_adapter(2))
    (found,) = match(wanted(device="vmk1", stack="vmotion", **address(2)), [], half_done, VMOTION)
    assert found.adapter == half_done.adapter("vmk2")
    assert found.superseded == half_done.adapter("vmk1")


def resolved(wish: WantedAdapter, *networks: Network) -> Network | None:
    problems = Problems()
    found = resolve_network(wish, host(networks=networks or NETWORKS), problems)
    problems.refuse()
    return found


def test_a_network_is_found_by_its_name() -> None:
    assert resolved(wanted(network="pg-vmotion")) == VMOTION
    assert resolved(wanted(network="pg-vmotion", switch="vds-a")) == VMOTION
    assert resolved(wanted(device="vmk0")) is None


TWIN = Network("standard", "pg-vmotion", "pg-vmotion", "vSwitch1")


@pytest.mark.parametrize(
    ("wish", "networks", "sentence"),
    [
        (
            {"network": "pg-backup"},
            (MANAGEMENT, VMOTION),
            "network pg-backup does not exist there; there is: Management Network on vSwitch0, pg-vmotion on vds-a",
        ),
        (
            {"network": "pg-vmotion", "switch": "vSwitch0"},
            (VMOTION,),
            "network pg-vmotion on switch vSwitch0 does not exist there; there is: pg-vmotion on vds-a",
        ),
        (
            {"network": "pg-vmotion"},
            (VMOTION, TWIN),
            "network pg-vmotion is not unique: pg-vmotion on vSwitch1, pg-vmotion on vds-a; name the switch as well",
        ),
    ],
)
def test_anything_but_exactly_one_network_is_a_problem(
    wish: dict[str, Any], networks: tuple[Network, ...], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        resolved(wanted(**wish), *networks)
    assert str(refused.value) == f"esx-a01.lab.example: {sentence}"


def test_the_switch_tells_two_networks_of_one_name_apart() -> None:
    assert resolved(wanted(network="pg-vmotion", switch="vSwitch1"), VMOTION, TWIN) == TWIN
