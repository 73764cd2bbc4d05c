# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of networks and their pools, checked before the first call."""

from __future__ import annotations

import ipaddress

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.org_network_options import (
    PREFIXES,
    Range,
    check_addresses,
)

ADDRESSES = st.ip_addresses(v=4)


def problems(gateway: str, prefix_length: int, *ranges: Range) -> list[str]:
    found: list[str] = []
    check_addresses("n", gateway, prefix_length, ranges, found)
    return found


@given(ADDRESSES, st.integers(PREFIXES[0], PREFIXES[-1]), st.data())
def test_a_pool_that_is_accepted_holds_only_addresses_that_machines_can_have(
    gateway: ipaddress.IPv4Address, prefix_length: int, data: st.DataObject
) -> None:
    subnet = ipaddress.IPv4Network((gateway, prefix_length), strict=False)
    assume(gateway not in (subnet.network_address, subnet.broadcast_address))
    ends = st.integers(max(int(subnet[0]) - 2, 0), min(int(subnet[-1]) + 2, 2**32 - 1)).map(ipaddress.IPv4Address)
    first, last = sorted(data.draw(ends) for _number in range(2))
    fits = subnet[0] < first <= last < subnet[-1] and not first <= gateway <= last
    assert (problems(str(gateway), prefix_length, Range(first, last)) == []) is fits


@given(st.lists(ADDRESSES, min_size=4, max_size=4))
def test_ranges_overlap_when_they_share_an_address(ends: list[ipaddress.IPv4Address]) -> None:
    one, other = Range(*sorted(ends[:2])), Range(*sorted(ends[2:]))
    shared = max(one.first, other.first) <= min(one.last, other.last)
    assert one.overlaps(other) is other.overlaps(one) is shared


def test_the_network_itself_is_no_gateway() -> None:
    assert problems("10.0.0.0", 24) == ["n: gateway 10.0.0.0 is no address of a router in 10.0.0.0/24"]
    assert problems("10.0.0.255", 24) == ["n: gateway 10.0.0.255 is no address of a router in 10.0.0.0/24"]
    assert problems("10.0.0.1", 30) == []
