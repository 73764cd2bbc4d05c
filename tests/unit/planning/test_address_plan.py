# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.address_plan import (
    Pool,
    assign,
    read_exclusion,
    usable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems

HOSTS = ["esx-1", "esx-2", "esx-3"]


def ip(text: str) -> IPv4Address:
    return IPv4Address(text)


def pool(
    cidr: str, *, gateway: str | None = None, first: str | None = None, last: str | None = None, exclude: str = ""
) -> Pool:
    return Pool(
        IPv4Network(cidr),
        ip(gateway) if gateway else None,
        ip(first) if first else None,
        ip(last) if last else None,
        tuple(read_exclusion(text) for text in exclude.split()),
    )


def plan(source: Pool, hosts: list[str], **explicit: str) -> list[str]:
    wishes = {host.replace("_", "-"): ip(address) for host, address in explicit.items()}
    return [str(address) for address in assign(source, hosts, wishes).values()]


def test_hosts_get_the_usable_addresses_in_their_order() -> None:
    assert plan(pool("10.0.0.0/24"), HOSTS) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


def test_the_gateway_and_exclusions_are_passed_over() -> None:
    source = pool("10.0.0.0/24", gateway="10.0.0.1", exclude="10.0.0.3 10.0.0.5-10.0.0.9 10.0.0.128/25")
    assert plan(source, HOSTS) == ["10.0.0.2", "10.0.0.4", "10.0.0.10"]


def test_overlapping_exclusions_are_passed_over_once() -> None:
    source = pool("10.0.0.0/24", exclude="10.0.0.1-10.0.0.9 10.0.0.2-10.0.0.4")
    assert plan(source, HOSTS)[0] == "10.0.0.10"


def test_first_and_last_bound_the_pool() -> None:
    assert plan(pool("10.0.0.0/24", first="10.0.0.20", last="10.0.0.22"), HOSTS) == [
        "10.0.0.20",
        "10.0.0.21",
        "10.0.0.22",
    ]


def test_an_explicit_address_wins_and_is_not_handed_out_again() -> None:
    assert plan(pool("10.0.0.0/24"), HOSTS, esx_3="10.0.0.1") == ["10.0.0.2", "10.0.0.3", "10.0.0.1"]


def test_an_explicit_address_may_lie_outside_the_pool_but_not_outside_the_network() -> None:
    source = pool("10.0.0.0/24", first="10.0.0.20", exclude="10.0.0.9")
    assert plan(source, HOSTS, esx_2="10.0.0.9") == ["10.0.0.20", "10.0.0.9", "10.0.0.21"]


def test_a_point_to_point_network_has_two_usable_addresses() -> None:
    assert plan(pool("10.0.0.0/31"), HOSTS[:2]) == ["10.0.0.0", "10.0.0.1"]


@pytest.mark.parametrize(
    ("source", "explicit", "sentence"),
    [
        (
            pool("10.0.0.0/30"),
            {},
            "3 hosts need an address from 10.0.0.0/30, but it has only 2 free from 10.0.0.1 to 10.0.0.2.",
        ),
        (
            pool("10.0.0.0/24", first="10.0.0.250", exclude="10.0.0.252/30"),
            {},
            "3 hosts need an address from 10.0.0.0/24, but it has only 2 free from 10.0.0.250 to 10.0.0.254.",
        ),
        (pool("10.0.0.0/24"), {"esx_1": "10.0.1.1"}, "10.0.1.1 of esx-1 is not inside 10.0.0.0/24."),
        (pool("10.0.0.0/24"), {"esx_1": "10.0.0.0"}, "10.0.0.0 of esx-1 is the network address of 10.0.0.0/24."),
        (pool("10.0.0.0/24"), {"esx_1": "10.0.0.255"}, "10.0.0.255 of esx-1 is the broadcast address of 10.0.0.0/24."),
        (
            pool("10.0.0.0/24", gateway="10.0.0.1"),
            {"esx_1": "10.0.0.1"},
            "10.0.0.1 of esx-1 is the gateway of 10.0.0.0/24.",
        ),
        (
            pool("10.0.0.0/24"),
            {"esx_1": "10.0.0.7", "esx_2": "10.0.0.7"},
            "10.0.0.7 is given to both esx-1 and esx-2.",
        ),
        (pool("10.0.0.0/24"), {"esx_9": "10.0.0.7"}, "10.0.0.7 is given to esx-9, which is not one of the 3 hosts."),
    ],
)
def test_what_cannot_be_assigned_is_said_in_one_sentence(source: Pool, explicit: dict[str, str], sentence: str) -> None:
    with pytest.raises(Problems) as caught:
        plan(source, HOSTS, **explicit)
    assert caught.value.sentences == (sentence,)


def test_a_host_listed_twice_is_refused_with_the_count() -> None:
    with pytest.raises(Problems, match=r"Host esx-1 is listed 2 times\."):
        assign(pool("10.0.0.0/24"), ["esx-1", "esx-1"])


@pytest.mark.parametrize("text", ["10.0.0.9-10.0.0.1", "10.0.0.1/24", "ten"])
def test_an_exclusion_that_is_no_address_range_or_cidr_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_exclusion(text)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    network = IPv4Network((draw(st.integers(0, 2**32 - 1)), draw(st.integers(20, 32))), strict=False)
    inside = st.integers(int(network[0]), int(network[-1])).map(IPv4Address)
    ranges = st.tuples(inside, inside).filter(lambda pair: pair[0] <= pair[1])
    return Pool(network, draw(st.none() | inside), exclude=tuple(draw(st.lists(ranges, max_size=3))))


@given(pools(), st.integers(0, 40))
def test_a_plan_holds_distinct_usable_addresses_or_says_how_many_are_missing(source: Pool, count: int) -> None:
    hosts = [f"esx-{number}" for number in range(count)]
    lowest, highest = usable(source.network)
    allowed = {
        number
        for number in range(int(lowest), int(highest) + 1)
        if IPv4Address(number) != source.gateway
        and not any(int(begin) <= number <= int(end) for begin, end in source.exclude)
    }
    if len(allowed) < count:
        with pytest.raises(Problems, match=f"only {len(allowed)} free"):
            assign(source, hosts)
    else:
        assert [int(address) for address in assign(source, hosts).values()] == sorted(allowed)[:count]


@given(pools(), st.integers(1, 20))
def test_a_host_added_at_the_end_moves_no_other_host(source: Pool, count: int) -> None:
    hosts = [f"esx-{number}" for number in range(count)]
    try:
        larger = assign(source, hosts)
    except Problems:
        return
    assert list(assign(source, hosts[:-1]).items()) == list(larger.items())[:-1]
