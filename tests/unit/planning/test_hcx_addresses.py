# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ipaddress import IPv4Address
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planning.hcx_samples import caution, mesh, networks, planned, profile, rules, sample
from unit.planning.planned_hosts import adapter, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning import hcx_ranges
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.address_plan import Range, read_exclusion

SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=8)


def ranges(spans: list[tuple[int, int]]) -> list[Range]:
    return [(IPv4Address(first), IPv4Address(first + more)) for first, more in spans]


@given(SPANS)
def test_merging_keeps_the_addresses_and_leaves_no_neighbours(spans: list[tuple[int, int]]) -> None:
    every = {number for first, more in spans for number in range(first, first + more + 1)}
    found = hcx_ranges.merged(ranges(spans))
    assert {n for begin, end in found for n in range(int(begin), int(end) + 1)} == every
    assert all(int(left[1]) + 1 < int(right[0]) for left, right in pairwise(found))
    assert hcx_ranges.size(ranges(spans)) == len(every)


@pytest.mark.parametrize("written", ["10.0.0.1", "10.0.0.0/24", "10.0.0.1-10.0.0.2", "10.0.0.6-10.0.0.9"])
def test_a_range_is_shown_as_one_would_write_it(written: str) -> None:
    assert hcx_ranges.text(read_exclusion(written)) == written


def addresses(found: dict[str, Any], site: str = "here") -> dict[str, dict[str, Any]]:
    return {row["profile"]: row for row in found["addresses"] if row["site"] == site}


def needs(found: dict[str, Any], site: str = "here") -> dict[str, dict[str, int]]:
    return {name: row["needed"] for name, row in addresses(found, site).items()}


def test_the_samples_need_what_their_appliances_take() -> None:
    bulk, keep = planned(sample("bulk-over-vpn")), planned(sample("keep-addresses"))
    assert needs(bulk, "plant-north") == {"np-management": {"IX": 1, "WO": 1}, "np-uplink": {"IX": 1}}
    assert needs(keep, "plant-south") == {
        "np-management": {"IX": 1, "WO": 1, "NE": 2},
        "np-uplink": {"IX": 1, "NE": 2},
        "np-vmotion": {"IX": 1},
    }
    assert bulk["fits"]
    assert keep["fits"]


def test_the_manager_has_one_address_in_the_management_network_outside_the_ranges() -> None:
    outside = {name: row["outside_ranges"] for name, row in addresses(planned(mesh())).items()}
    assert outside == {"np-management": 1, "np-uplink": 0, "np-vmotion": 0, "np-replication": 0}


def test_an_uplink_that_is_the_management_network_takes_no_address_more() -> None:
    options = mesh(services=["network_extension"], extended_networks=networks(10))
    options["local"]["network_profiles"] = [profile("np-all", ["management", "uplink"], "10.1.1")]
    assert needs(planned(options)) == {"np-all": {"IX": 1, "NE": 2}}


def test_a_role_without_a_profile_falls_to_management() -> None:
    options = mesh(services=["network_extension"], extended_networks=networks(1))
    options["local"]["network_profiles"] = [profile("np-management", ["management"], "10.1.1")]
    assert needs(planned(options)) == {"np-management": {"IX": 1, "NE": 1}}


def test_every_uplink_gives_each_appliance_an_address() -> None:
    options = mesh(services=["network_extension"], extended_networks=networks(1))
    options["local"]["network_profiles"].append(profile("np-second", ["uplink"], "10.1.8"))
    found = needs(planned(options))
    assert found["np-uplink"] == found["np-second"] == {"IX": 1, "NE": 1}


@given(count=st.integers(1, 40), given_addresses=st.integers(1, 60), ha=st.booleans())
def test_the_ranges_fit_exactly_when_they_have_enough_addresses(count: int, given_addresses: int, ha: bool) -> None:
    options = mesh(services=["network_extension"], extended_networks=networks(count), network_extension_ha=ha)
    options["local"]["network_profiles"][1]["ranges"] = [f"10.1.2.100-10.1.2.{99 + given_addresses}"]
    # The management network of both sites and the other uplink have room for all.
    for site in ("local", "remote"):
        for item in options[site]["network_profiles"]:
            if item["name"] != "np-uplink" or site == "remote":
                net = item["cidr"].removesuffix(".0/24")
                item["ranges"] = [f"{net}.128-{net}.200"]
    found = planned(options)
    needed = 1 + -(-count // 8) * (2 if ha else 1)
    row = addresses(found)["np-uplink"]
    assert row["from_ranges"] == needed
    assert row["missing"] == max(0, needed - given_addresses)
    assert found["fits"] == row["fits"] == (given_addresses >= needed)


def test_too_few_addresses_are_told_with_numbers() -> None:
    options = mesh(services=["network_extension"], extended_networks=networks(10))
    options["local"]["network_profiles"][1]["ranges"] = ["10.1.2.30-10.1.2.31"]
    found = planned(options)
    assert not found["fits"]
    assert caution(found, "addresses-missing")["message"] == (
        "np-uplink has 2 usable addresses in its ranges, but needs 3 (IX 1, NE 2)."
    )


@pytest.mark.parametrize(
    ("clash", "owner"),
    [
        ("10.1.1.1", "the gateway"),
        ("10.1.1.20", "the HCX Manager"),
        ("10.1.1.5", "vCenter"),
        ("10.1.1.7", "a DNS server"),
        ("10.1.1.66", "the host esx-1"),
    ],
)
def test_an_address_that_somebody_has_is_not_usable(clash: str, owner: str) -> None:
    options = mesh(services=["bulk_migration"])
    facts = host("esx-1", adapter("vmk0", "10.1.1.66/24", "management", "vSphereReplication"))
    options["local"] |= {"dns": ["10.1.1.7"], "hosts": [facts]}
    options["local"]["network_profiles"][0]["ranges"] = [clash, "10.1.1.200-10.1.1.203"]
    found = planned(options)
    row = addresses(found)["np-management"]
    assert row["clashes"] == [f"{clash} is in a range, but is the address of {owner}."]
    assert (row["available"], row["missing"], row["fits"]) == (4, 0, False)
    assert caution(found, "address-clash")["site"] == "here"
    assert not found["fits"]


def test_ranges_of_two_profiles_must_not_share_addresses() -> None:
    options = mesh()
    options["local"]["network_profiles"][1] = profile("np-uplink", ["uplink"], "10.1.1")
    options["local"]["network_profiles"][1]["ranges"] = ["10.1.1.36-10.1.1.40"]
    row = addresses(planned(options))["np-uplink"]
    assert row["clashes"] == ["10.1.1.36-10.1.1.37 is also in a range of the profile np-management."]
    assert row["available"] == 3


def test_an_address_in_two_ranges_counts_once() -> None:
    options = mesh()
    options["local"]["network_profiles"][1]["ranges"] = ["10.1.2.30-10.1.2.33", "10.1.2.33-10.1.2.34"]
    row = addresses(planned(options))["np-uplink"]
    assert row["clashes"] == ["10.1.2.33 is in two ranges of the profile."]
    assert (row["available"], row["ranges"]) == (5, ["10.1.2.30-10.1.2.34"])


def test_a_large_network_is_counted_without_visiting_it() -> None:
    options = mesh()
    options["local"]["network_profiles"][1] |= {"cidr": "10.0.0.0/9", "ranges": ["10.32.0.0/11"], "gateway": "10.0.0.1"}
    assert addresses(planned(options))["np-uplink"]["available"] == 2**21


@pytest.mark.parametrize(
    ("more", "mtu", "reason"),
    [
        ({}, 1500, "default"),
        ({"vpn": True}, 1350, "default of an uplink over VPN"),
        ({"vpn": True, "mtu": 1300}, 1300, "stated"),
    ],
)
def test_an_uplink_over_vpn_has_a_smaller_mtu_by_default(more: dict[str, Any], mtu: int, reason: str) -> None:
    options = mesh()
    options["local"]["network_profiles"][1] |= more
    row = addresses(planned(options))["np-uplink"]
    assert (row["mtu"], row["mtu_reason"]) == (mtu, reason)


def test_a_plan_without_anything_to_say_says_nothing() -> None:
    assert rules(planned(mesh())) == []
