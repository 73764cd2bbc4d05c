# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool of uplink addresses, stretched networks and trunks as options give them. (VCD reference 8)"""

from __future__ import annotations

import ipaddress
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.networks import (
    parse_stretched,
    parse_trunk,
    parse_uplink,
    uplink_overlaps,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.appliances.port_group import merged, shown

UPLINK = {"addresses": ["10.15.0.41"], "gateway": "10.15.0.1", "prefix_length": 22}


def network(**settings: Any) -> dict[str, Any]:
    return {"name": "web", "vlan": 110, "tunnel_id": None, "cidr": None, "egress_gateway": None, **settings}


def uplink_problems(stretched: int = 1, **settings: Any) -> list[str]:
    problems: list[str] = []
    parse_uplink({**UPLINK, **settings}, stretched, problems)
    return problems


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"addresses": ["10.16.0.41"]}, "10.16.0.41 is not inside 10.15.0.0/22, the subnet of gateway 10.15.0.1"),
        ({"addresses": ["10.15.0.1"]}, "10.15.0.1 is the gateway"),
        ({"addresses": ["10.15.0.0"]}, "10.15.0.0 is the network or broadcast address of 10.15.0.0/22"),
        ({"addresses": ["10.15.3.255"]}, "10.15.3.255 is the network or broadcast address of 10.15.0.0/22"),
        ({"addresses": ["10.15.0.256"]}, "uplink.addresses 10.15.0.256 is not an IPv4 address"),
        ({"gateway": "gateway"}, "uplink.gateway gateway is not an IPv4 address"),
        ({"gateway": "10.15.3.255"}, "uplink.gateway 10.15.3.255 is the network or broadcast address"),
        ({"prefix_length": 31}, "uplink.prefix_length 31 is outside 1 to 30"),
        ({"addresses": []}, "uplink.addresses holds 0 addresses, but 1 is needed: one for each stretched network"),
        ({"addresses": ["10.15.0.41", "10.15.0.42"]}, "holds 2 addresses, but 1 is needed"),
    ],
)
def test_an_uplink_pool_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    (problem,) = uplink_problems(**settings)
    assert words in problem


def test_an_address_that_is_listed_twice() -> None:
    (problem,) = uplink_problems(2, addresses=["10.15.0.41", "10.15.0.41"])
    assert problem == "uplink.addresses: 10.15.0.41 is listed 2 times"


@given(st.integers(1, 6), st.integers(8, 29), st.data())
def test_a_pool_of_distinct_hosts_fits(count: int, length: int, data: st.DataObject) -> None:
    subnet = ipaddress.IPv4Network((data.draw(st.integers(0, 2**32 - 1)), length), strict=False)
    size = subnet.num_addresses
    places = data.draw(st.lists(st.integers(1, size - 2), min_size=count, max_size=count, unique=True))
    gateway, *addresses = (str(subnet[place]) for place in places)
    options = {"addresses": addresses, "gateway": gateway, "prefix_length": length}
    expected = (
        [] if addresses else ["uplink.addresses holds 0 addresses, but 1 is needed: one for each stretched network"]
    )
    assert uplink_problems(len(addresses), **options) == expected


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        ([network(), network(name="app")], "networks: vlan 110 is listed twice"),
        ([network(), network(vlan=111)], "networks: name web is listed twice"),
        ([network(tunnel_id=3), network(name="app", vlan=1, tunnel_id=3)], "networks: tunnel_id 3 is listed twice"),
        ([network(vlan=4095)], "networks[0] (web): vlan 4095 is outside 0 to 4094"),
        ([network(tunnel_id=4094)], "networks[0] (web): tunnel_id 4094 is outside 1 to 4093"),
        ([network(cidr="172.16.10.1/24")], "cidr 172.16.10.1/24 is not an IPv4 network such as"),
        ([network(egress_gateway="x")], "egress_gateway x is not an IPv4 address"),
        (
            [network(cidr="172.16.10.0/24", egress_gateway="172.16.11.1")],
            "egress_gateway 172.16.11.1 is not inside 172.16.10.0/24",
        ),
        (
            [network(cidr="172.16.10.0/24"), network(name="app", vlan=1, cidr="172.16.0.0/16")],
            "networks: 172.16.10.0/24 of web overlaps 172.16.0.0/16 of app",
        ),
    ],
)
def test_networks_that_cannot_be(networks: list[dict[str, Any]], words: str) -> None:
    problems: list[str] = []
    parse_stretched(networks, problems)
    (problem,) = problems
    assert words in problem


def test_an_uplink_inside_what_the_tunnel_carries() -> None:
    problems: list[str] = []
    uplink = parse_uplink(UPLINK, 1, problems)
    (problem,) = uplink_overlaps(uplink, parse_stretched([network(cidr="10.15.2.0/24")], problems))
    assert problem == "uplink: 10.15.0.0/22 overlaps the stretched network web (10.15.2.0/24), which the tunnel carries"
    assert problems == []


def trunk(vlans: list[str] | None, *needed: int, absent: bool = False) -> tuple[str, list[str]]:
    problems: list[str] = []
    option = {"port_group": "trunk", "switch": "vds", "vlans": vlans, "security": "promiscuous"}
    found = parse_trunk(option, needed, absent, problems)
    assert found is not None
    return shown(found.vlans), problems


@pytest.mark.parametrize(
    ("vlans", "needed", "carried"),
    [(None, (111, 110), "110-111"), (["100-105", "106", "300"], (102,), "100-106,300"), (["110"], (), "110")],
)
def test_the_vlans_of_a_trunk(vlans: list[str] | None, needed: tuple[int, ...], carried: str) -> None:
    assert trunk(vlans, *needed) == (carried, [])


@pytest.mark.parametrize(
    ("vlans", "words"),
    [
        (["100"], "trunk.vlans leaves out VLAN 110 of a stretched network"),
        (["110", "web"], "trunk.vlans: web is neither a VLAN nor a range such as 100-110"),
        (["110-100", "110"], "trunk.vlans: 110-100 is not within 0 to 4094 in rising order"),
        (["110-5000", "110"], "trunk.vlans: 110-5000 is not within 0 to 4094 in rising order"),
    ],
)
def test_a_trunk_that_cannot_be(vlans: list[str], words: str) -> None:
    assert trunk(vlans, 110)[1] == [words]


def test_a_trunk_without_any_vlan() -> None:
    assert trunk(None)[1] == ["trunk.vlans is empty and there are no networks; a trunk needs at least one VLAN"]
    assert trunk(None, absent=True)[1] == []


@given(st.lists(st.integers(0, 4094).flatmap(lambda low: st.tuples(st.just(low), st.integers(low, 4094)))))
def test_merging_keeps_every_vlan_and_nothing_else(ranges: list[tuple[int, int]]) -> None:
    def members(found: Any) -> set[int]:
        return {vlan for first, last in found for vlan in range(first, last + 1)}

    result = merged(ranges)
    assert members(result) == members(ranges)
    assert all(last + 1 < first for (_start, last), (first, _end) in itertools.pairwise(result))
