# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.vsphere.example_hosts import option

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import Route
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.netstack_options import (
    WantedDns,
    WantedStack,
    parse_stacks,
)
from ansible_collections.hybridcloud.mobility.plugins.modules.esxi_netstack import JOB


def parse(*stacks: dict[str, Any]) -> list[WantedStack]:
    return parse_stacks(option(JOB, "stacks", list(stacks)))


def problems_of(*stacks: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse(*stacks)
    listed: list[str] = refused.value.facts["problems"]
    return listed


def test_what_is_not_given_is_left_alone() -> None:
    (wanted,) = parse({"name": "vmotion"})
    settings = ("gateway_ipv4", "gateway_ipv6", "dns", "routes", "congestion_control", "max_connections")
    assert [getattr(wanted, name) for name in settings] == [None] * 6
    assert (wanted.absent, wanted.purge_routes, wanted.removed_routes) == (False, False, ())


def test_parts_of_name_resolution_that_are_not_given_are_left_alone() -> None:
    (wanted,) = parse({"name": "vmotion", "dns": {"domain": "lab.example"}})
    assert wanted.dns == WantedDns(None, None, "lab.example", None)


def test_an_empty_gateway_means_none() -> None:
    (wanted,) = parse({"name": "vmotion", "gateway_ipv4": "", "gateway_ipv6": ""})
    assert (wanted.gateway_ipv4, wanted.gateway_ipv6) == ("", "")


def test_addresses_are_canonical() -> None:
    (wanted,) = parse(
        {
            "name": "vmotion",
            "gateway_ipv6": "FD00:0:0::1",
            "dns": {"servers": ["fd00::00:35"]},
            "routes": [
                {"network": "FD01::/32", "gateway": "fd00:0::2"},
                {"network": "10.0.0.0/255.0.0.0", "gateway": "10.11.0.1"},
                {"network": "10.99.0.0/16", "gateway": "10.11.0.1", "state": "absent"},
            ],
        }
    )
    assert wanted.gateway_ipv6 == "fd00::1"
    assert wanted.dns is not None
    assert wanted.dns.servers == ("fd00::35",)
    assert wanted.routes == (Route("10.0.0.0/8", "10.11.0.1"), Route("fd01::/32", "fd00::2"))
    assert wanted.removed_routes == (Route("10.99.0.0/16", "10.11.0.1"),)


@given(st.integers(-5, 5))
def test_a_stack_has_at_least_one_connection(number: int) -> None:
    stack = {"name": "vmotion", "max_connections": number}
    if number >= 1:
        assert parse(stack)[0].max_connections == number
    else:
        assert problems_of(stack) == [f"stacks[0] (vmotion): max_connections {number} must be 1 or more"]


def route(network: str, gateway: str = "10.11.0.1", **more: str) -> dict[str, Any]:
    return {"routes": [{"network": network, "gateway": gateway, **more}]}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"gateway_ipv4": "fd00::1"}, "gateway_ipv4: fd00::1 is not an IPv4 address"),
        ({"gateway_ipv6": "10.0.0.1"}, "gateway_ipv6: 10.0.0.1 is not an IPv6 address"),
        ({"gateway_ipv4": "10.0.0.1/24"}, "gateway_ipv4: 10.0.0.1/24 is not an IPv4 address"),
        ({"dns": {"servers": ["ns1"]}}, "dns.servers: ns1 is not an IP address"),
        (
            {"dns": {"adapter": "vmk0", "servers": ["10.0.0.2"]}},
            "dns.adapter takes all name resolution from DHCP; it excludes servers, search_domains, domain",
        ),
        (
            route("172.16.0.1/12"),
            "route 172.16.0.1/12 is not a network with prefix, such as 172.16.0.0/12: 172.16.0.1/12 has host bits set",
        ),
        (route("0.0.0.0/0"), "route 0.0.0.0/0 is the default route; use gateway_ipv4 for it"),
        (route("::/0", "fd00::1"), "route ::/0 is the default route; use gateway_ipv6 for it"),
        (route("172.16.0.0/12", "router"), "gateway of route 172.16.0.0/12: router is not an IP address"),
        (
            route("172.16.0.0/12", "fd00::1"),
            "route 172.16.0.0/12 and its gateway fd00::1 are of different IP versions",
        ),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], problem: str) -> None:
    assert problems_of({"name": "vmotion", **settings}) == [f"stacks[0] (vmotion): {problem}"]


@pytest.mark.parametrize("name", ["vxlan", "mirror", "hyperbus"])
def test_stacks_of_the_system_are_refused(name: str) -> None:
    assert problems_of({"name": name}) == [
        f"stacks[0] ({name}): stack {name} belongs to the system or to NSX and is not ours to change"
    ]


@pytest.mark.parametrize("name", ["defaultTcpipStack", "vmotion", "vSphereProvisioning"])
def test_built_in_stacks_cannot_be_removed(name: str) -> None:
    assert problems_of({"name": name, "state": "absent"}) == [
        f"stacks[0] ({name}): stack {name} is built in and cannot be removed"
    ]


def test_a_stack_is_listed_once() -> None:
    assert problems_of({"name": "backup"}, {"name": "vmotion"}, {"name": "backup"}) == [
        "stack backup is listed twice; merge the entries"
    ]


def test_a_network_has_one_route() -> None:
    twice = [{"network": "172.16.0.0/12", "gateway": gateway} for gateway in ("10.11.0.1", "10.11.0.2")]
    assert problems_of({"name": "vmotion", "routes": twice}) == [
        "stacks[0] (vmotion): route 172.16.0.0/12 is listed twice; keep one of its entries"
    ]


def test_all_problems_are_told_at_once() -> None:
    assert len(problems_of({"name": "vxlan", "max_connections": 0}, {"name": "vmotion", "gateway_ipv4": "x"})) == 3
