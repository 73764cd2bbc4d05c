# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.vsphere.example_hosts import option

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_options import (
    WantedAdapter,
    parse_adapters,
)
from ansible_collections.hybridcloud.mobility.plugins.modules.esxi_vmkernel import JOB

NOT_NAMED = "give network (a port group or segment) or device (such as vmk1), so that it can be found"
STATIC = {"mode": "static", "addresses": {"esx-a01": "10.11.0.11/22"}}


def parse(*adapters: dict[str, Any]) -> list[WantedAdapter]:
    return parse_adapters(option(JOB, "adapters", list(adapters)))


def problems_of(*adapters: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse(*adapters)
    listed: list[str] = refused.value.facts["problems"]
    return listed


def test_what_is_not_given_is_left_alone() -> None:
    (wanted,) = parse({"device": "vmk1"})
    untouched = ("network", "switch", "stack", "dhcp", "ipv6", "ipv6_autoconf", "ipv6_dhcp", "mtu")
    assert [getattr(wanted, name) for name in (*untouched, "gateway_ipv4", "gateway_ipv6")] == [None] * 10
    assert (wanted.absent, wanted.services, wanted.ipv4) == (False, {}, {})


def test_services_that_are_not_named_are_left_alone() -> None:
    (wanted,) = parse({"device": "vmk1", "services": {"vmotion": True, "management": False}})
    assert wanted.services == {"vmotion": True, "management": False}


@pytest.mark.parametrize("option_name", ["gateway_ipv4", "gateway_ipv6"])
def test_an_empty_gateway_means_none(option_name: str) -> None:
    (wanted,) = parse({"device": "vmk1", option_name: ""})
    assert getattr(wanted, option_name) == ""


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("10.11.0.11/22", "10.11.0.11/22"),
        ("10.11.0.11/255.255.252.0", "10.11.0.11/22"),
        ("10.11.0.10/31", "10.11.0.10/31"),
    ],
)
def test_addresses_are_compared_as_addresses(written: str, canonical: str) -> None:
    (wanted,) = parse({"network": "pg", "ipv4": {"mode": "static", "addresses": {"esx-a01": written}}})
    assert wanted.ipv4_of("esx-a01.lab.example") == canonical


def test_ipv6_addresses_are_canonical_sorted_and_may_be_one_text() -> None:
    (wanted,) = parse(
        {"network": "pg", "ipv6": {"addresses": {"a": ["FD00:0::2/64", "fd00::1/64"], "b": "fd00::3/64"}}}
    )
    assert wanted.ipv6 == {"a": ("fd00::1/64", "fd00::2/64"), "b": ("fd00::3/64",)}


@given(st.ip_addresses(v=4).filter(lambda a: not (a.is_multicast or a.is_loopback or a.is_unspecified)))
def test_every_ordinary_address_is_accepted_as_it_is(address: ipaddress.IPv4Address) -> None:
    (wanted,) = parse({"network": "pg", "ipv4": {"mode": "static", "addresses": {"esx-a01": f"{address}/32"}}})
    assert wanted.ipv4 == {"esx-a01": f"{address}/32"}


@given(st.ip_addresses(v=4).filter(lambda a: not (a.is_multicast or a.is_loopback)), st.integers(1, 30))
def test_network_and_broadcast_addresses_never_are(address: ipaddress.IPv4Address, prefix: int) -> None:
    network = ipaddress.ip_interface(f"{address}/{prefix}").network
    for end in (network[0], network[-1]):
        assert problems_of({"network": "pg", "ipv4": {"mode": "static", "addresses": {"esx-a01": f"{end}/{prefix}"}}})


@given(st.integers(0, 70000))
def test_exactly_the_mtu_from_1280_to_9000_is_accepted(mtu: int) -> None:
    if 1280 <= mtu <= 9000:
        assert parse({"device": "vmk1", "mtu": mtu})[0].mtu == mtu
    else:
        assert problems_of({"device": "vmk1", "mtu": mtu}) == [f"adapters[0] (vmk1): mtu {mtu} is outside 1280 to 9000"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("esx-a01.lab.example", "10.0.0.1/24"),
        ("ESX-A01.lab.example", "10.0.0.1/24"),
        ("esx-a02.lab.example", "10.0.0.2/24"),
        ("esx-a02.other.example", "10.0.0.3/24"),
        ("esx-a03.lab.example", None),
    ],
)
def test_a_host_is_meant_by_its_full_name_before_its_short_one(host: str, address: str | None) -> None:
    plan = {"esx-a01": "10.0.0.1/24", "esx-a02": "10.0.0.2/24", "esx-a02.other.example": "10.0.0.3/24"}
    (wanted,) = parse({"network": "pg", "ipv4": {"mode": "static", "addresses": plan}})
    assert wanted.ipv4_of(host) == address


def static(**addresses: str) -> dict[str, Any]:
    return {"network": "pg", "ipv4": {"mode": "static", "addresses": addresses}}


@pytest.mark.parametrize(
    ("adapter", "problem"),
    [
        ({}, NOT_NAMED),
        ({"device": "eth0"}, "device eth0 is not the name of a VMkernel adapter, such as vmk1"),
        ({"device": "1"}, "device 1 is not the name of a VMkernel adapter, such as vmk1"),
        ({"device": "vmk"}, "device vmk is not the name of a VMkernel adapter, such as vmk1"),
        (
            static(a="10.0.0.5"),
            "ipv4.addresses of a: 10.0.0.5 is not an IPv4 address with prefix, such as 10.0.0.5/24",
        ),
        (static(a="ten/24"), "ipv4.addresses of a: ten/24 is not an address with prefix, such as 10.0.0.5/24"),
        (
            static(a="fd00::5/64"),
            "ipv4.addresses of a: fd00::5/64 is not an IPv4 address with prefix, such as 10.0.0.5/24",
        ),
        (static(a="224.0.0.5/24"), "ipv4.addresses of a: 224.0.0.5/24 cannot be the address of an adapter"),
        (static(a="127.0.0.1/8"), "ipv4.addresses of a: 127.0.0.1/8 cannot be the address of an adapter"),
        (
            {"device": "vmk1", "ipv6": {"addresses": {"a": ["fe80::5/64"]}}},
            "ipv6.addresses of a: fe80::5/64 cannot be the address of an adapter",
        ),
        (
            {"device": "vmk1", "ipv6": {"addresses": {"a": ["10.0.0.5/24"]}}},
            "ipv6.addresses of a: 10.0.0.5/24 is not an IPv6 address with prefix, such as fd00::5/64",
        ),
        (
            {"device": "vmk1", "gateway_ipv6": "10.0.0.1"},
            "gateway_ipv6 10.0.0.1 is not an IPv6 address; give one, or '' to remove the gateway",
        ),
        (
            {**static(a="10.0.0.5/24"), "gateway_ipv4": "10.0.1.1"},
            "gateway_ipv4 10.0.1.1 is not in the network of 10.0.0.5/24 (a), so it cannot be reached",
        ),
        (static(a="10.0.0.5/24", b="10.0.0.5/25"), "a and b are both given 10.0.0.5"),
        (
            {"network": "pg", "ipv4": {"mode": "dhcp", "addresses": {"a": "10.0.0.5/24"}}},
            "ipv4.mode dhcp excludes ipv4.addresses; remove one of them",
        ),
        (
            {"network": "pg", "ipv4": {"mode": "static"}},
            "ipv4.mode static needs ipv4.addresses, an address with prefix for every host",
        ),
        (
            {"device": "vmk1", "stack": "vxlan"},
            "stack vxlan belongs to the system or to NSX; its adapters are not ours to change",
        ),
        (
            {"device": "vmk1", "stack": "vmotion", "services": {"management": True}},
            "service management cannot run on stack vmotion, which carries only vmotion",
        ),
        (
            {"device": "vmk1", "stack": "backup", "services": {"vmotion": True}},
            "service vmotion cannot run on stack backup, which carries no service",
        ),
        (
            {"device": "vmk1", "stack": "vmotion", "services": {"vmotion": False}},
            "an adapter on stack vmotion always carries vmotion; it cannot be switched off",
        ),
    ],
)
def test_what_cannot_be_is_refused(adapter: dict[str, Any], problem: str) -> None:
    name = adapter.get("device") or adapter.get("network") or "unnamed"
    assert problems_of(adapter) == [f"adapters[0] ({name}): {problem}"]


@pytest.mark.parametrize(
    ("adapters", "problem"),
    [
        (
            [{"device": "vmk1"}, {"device": "vmk1", "mtu": 9000}],
            "adapters[0] (vmk1) and adapters[1] (vmk1) mean the same adapter; merge them, or give each its device",
        ),
        (
            [{"network": "pg", "state": "absent"}, {**static(a="10.0.0.5/24"), "stack": "vmotion"}],
            "adapters[0] (pg) and adapters[1] (pg) mean the same adapter; merge them, or give each its device",
        ),
        (
            [{"device": "vmk1", "network": "pg"}, {"network": "pg", "mtu": 9000}],
            "adapters[0] (vmk1) and adapters[1] (pg) mean the same adapter; merge them, or give each its device",
        ),
        (
            [{"network": "pg"}, {"network": "pg", "mtu": 9000}],
            "adapters[0] (pg) and adapters[1] (pg) mean the same adapter; merge them, or give each its device",
        ),
        (
            [static(a="10.0.0.5/24"), {**static(b="10.0.0.5/24"), "network": "other"}],
            "adapters[0] (pg) and adapters[1] (other) are both given 10.0.0.5",
        ),
        (
            [{**static(a="10.0.0.5/24"), "stack": "vmotion"}, {"device": "vmk0", "services": {"vmotion": True}}],
            (
                "adapters[1] (vmk0): vmotion cannot be enabled on stack defaultTcpipStack while adapters[0] (pg) "
                "puts it on stack vmotion, which then carries all of it"
            ),
        ),
    ],
)
def test_entries_must_not_contradict_each_other(adapters: list[dict[str, Any]], problem: str) -> None:
    assert problems_of(*adapters) == [problem]


@pytest.mark.parametrize(
    "adapters",
    [
        [static(a="10.0.0.5/24"), static(a="10.0.0.6/24")],
        [{**static(a="10.0.0.5/24"), "device": "vmk1"}, static(a="10.0.0.6/24")],
        [{"network": "pg", "stack": "vmotion"}, {"network": "pg", "stack": "defaultTcpipStack"}],
        [{"network": "pg", "switch": "vds-a"}, {"network": "pg", "switch": "vds-b"}],
        [{"network": "old", "state": "absent", "ipv4": STATIC}, {"network": "new", "ipv4": STATIC}],
        [{"network": "pg", "stack": "vmotion", "state": "absent"}, {"device": "vmk0", "services": {"vmotion": True}}],
    ],
    ids=[
        "told apart by address",
        "also beside a device",
        "by stack",
        "by switch",
        "one takes the other's address",
        "one gives its service up",
    ],
)
def test_entries_that_go_together_are_accepted(adapters: list[dict[str, Any]]) -> None:
    assert len(parse(*adapters)) == 2


def test_all_problems_are_told_at_once() -> None:
    assert problems_of({"device": "eth0", "mtu": 100}, {}) == [
        "adapters[0] (eth0): device eth0 is not the name of a VMkernel adapter, such as vmk1",
        "adapters[0] (eth0): mtu 100 is outside 1280 to 9000",
        f"adapters[1] (unnamed): {NOT_NAMED}",
    ]
