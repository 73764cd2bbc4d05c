# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be written in `profiles`, and in which words it is refused."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.network_profile_options import (
    Range,
    WantedProfile,
    parse_profiles,
)


def entry(**given: Any) -> dict[str, Any]:
    empty = (
        "network",
        "network_type",
        "roles",
        "mtu",
        "prefix_length",
        "gateway",
        "ranges",
        "dns_servers",
        "dns_suffix",
    )
    return {"name": "np", "state": "present", "over_vpn": False, **dict.fromkeys(empty), **given}


def parsed(**given: Any) -> WantedProfile:
    return parse_profiles([entry(**given)])[0]


def problems(*entries: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_profiles(entries)
    found: list[str] = caught.value.facts["problems"]
    return found


def between(*pairs: tuple[str, str | None]) -> list[dict[str, str | None]]:
    return [{"first": first, "last": last} for first, last in pairs]


def test_what_is_not_given_stays_unstated() -> None:
    wanted = parsed()
    assert {wanted.network, wanted.roles, wanted.mtu, wanted.gateway, wanted.ranges, wanted.dns_servers} == {None}


def test_ranges_are_a_set() -> None:
    one = parsed(ranges=between(("10.0.0.20", "10.0.0.29"), ("10.0.0.5", None)))
    other = parsed(ranges=between(("10.0.0.5", "10.0.0.5"), ("10.0.0.20", "10.0.0.29")))
    assert one.ranges == other.ranges
    assert [str(found) for found in one.ranges or ()] == ["10.0.0.5-10.0.0.5", "10.0.0.20-10.0.0.29"]


def test_roles_are_a_set() -> None:
    assert parsed(roles=["vmotion", "management", "vmotion"]).roles == ("management", "vmotion")


def test_a_vpn_has_its_own_default_mtu_and_keeps_a_smaller_one() -> None:
    assert parsed(over_vpn=True).mtu == 1350
    assert parsed(over_vpn=True, mtu=1300).mtu == 1300
    assert parsed(mtu=1400).mtu == 1400


@pytest.mark.parametrize("mtu", [68, 9000])
def test_the_bounds_of_the_mtu_are_inside(mtu: int) -> None:
    assert parsed(mtu=mtu).mtu == mtu


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"name": ""}, "profiles[0] (): name is empty"),
        ({"mtu": 67}, "profiles[0] (np): mtu 67 is outside 68 to 9000"),
        ({"mtu": 9001}, "profiles[0] (np): mtu 9001 is outside 68 to 9000"),
        (
            {"mtu": 1500, "over_vpn": True},
            "profiles[0] (np): mtu 1500 is above 1350, the most that is recommended for an uplink over a VPN",
        ),
        ({"prefix_length": 0}, "profiles[0] (np): prefix_length 0 is outside 1 to 32"),
        ({"prefix_length": 33}, "profiles[0] (np): prefix_length 33 is outside 1 to 32"),
        ({"gateway": "10.0.0.1/24"}, "profiles[0] (np): gateway 10.0.0.1/24 is not an IPv4 address"),
        ({"gateway": "fd00::1"}, "profiles[0] (np): gateway fd00::1 is not an IPv4 address"),
        ({"dns_servers": ["ns1"]}, "profiles[0] (np): dns_servers ns1 is not an IPv4 address"),
        (
            {"dns_servers": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]},
            "profiles[0] (np): dns_servers holds more than the two that HCX takes",
        ),
        ({"ranges": []}, "profiles[0] (np): ranges is empty; a profile needs at least one range of addresses"),
        (
            {"ranges": between(("10.0.0.9", "10.0.0.5"))},
            "profiles[0] (np): range 10.0.0.9-10.0.0.5 ends before it begins",
        ),
        (
            {"ranges": between(("10.0.0.1", "10.0.0.9"), ("10.0.0.9", None))},
            "profiles[0] (np): ranges 10.0.0.1-10.0.0.9 and 10.0.0.9-10.0.0.9 overlap",
        ),
        ({"ranges": between(("10.0.0", None))}, "profiles[0] (np): ranges: Expected 4 octets in '10.0.0'"),
    ],
    ids=str,
)
def test_what_cannot_be(given: dict[str, Any], problem: str) -> None:
    assert problems(entry(**given)) == [problem]


def test_a_range_inside_another_is_found_across_a_third() -> None:
    found = problems(
        entry(ranges=between(("10.0.0.1", "10.0.0.99"), ("10.0.0.10", "10.0.0.19"), ("10.0.0.30", "10.0.0.39")))
    )
    assert found == [
        "profiles[0] (np): ranges 10.0.0.1-10.0.0.99 and 10.0.0.10-10.0.0.19 overlap",
        "profiles[0] (np): ranges 10.0.0.1-10.0.0.99 and 10.0.0.30-10.0.0.39 overlap",
    ]


def test_the_same_name_twice() -> None:
    assert problems(entry(), entry()) == ["profile np is listed twice; merge the entries"]


def test_all_problems_of_all_entries_are_told_at_once() -> None:
    assert len(problems(entry(mtu=1, prefix_length=99), entry(name="other", gateway="x"))) == 3


def test_ranges_know_their_size_and_their_overlap() -> None:
    low, high = IPv4Address("10.0.0.1"), IPv4Address("10.0.0.10")
    assert len(Range(low, high)) == 10
    assert Range(low, high).overlaps(Range(high, high))
    assert not Range(low, low).overlaps(Range(high, high))
