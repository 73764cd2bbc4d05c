# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from unit.planning.hcx_samples import mesh, networks, planned, sample

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_appliances import Extension, extensions

COUNTS = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), st.integers(1, 100), max_size=6)


def planned_for(counts: dict[tuple[str, str], int], per_appliance: int = 8, ha: bool = False) -> list[Extension]:
    return extensions([pair for pair, count in counts.items() for _number in range(count)], per_appliance, ha)


@given(COUNTS, st.integers(1, 8))
def test_every_pair_has_just_enough_appliances_for_its_own_networks(
    counts: dict[tuple[str, str], int], per_appliance: int
) -> None:
    found = planned_for(counts, per_appliance)
    assert {item.pair: item.networks for item in found} == counts
    for item in found:
        assert (item.active - 1) * per_appliance < item.networks <= item.active * per_appliance


@given(COUNTS)
def test_high_availability_doubles_the_appliances(counts: dict[tuple[str, str], int]) -> None:
    single, double = planned_for(counts), planned_for(counts, ha=True)
    assert [2 * item.appliances for item in single] == [item.appliances for item in double]
    assert all(item.standby == item.active for item in double)


@given(COUNTS, st.randoms())
def test_the_order_of_the_networks_does_not_matter(counts: dict[tuple[str, str], int], random: Any) -> None:
    pairs = [pair for pair, count in counts.items() for _number in range(count)]
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert set(extensions(pairs, 8, False)) == set(extensions(shuffled, 8, False))


def counts(name: str) -> list[dict[str, int]]:
    return [{row["type"]: row["count"] for row in site["appliances"]} for site in planned(sample(name))["appliances"]]


def test_the_samples_get_what_their_scenarios_say() -> None:
    assert counts("bulk-over-vpn") == [{"Manager": 1, "IX": 1, "WO": 1}] * 2
    assert counts("keep-addresses") == [{"Manager": 1, "IX": 1, "WO": 1, "NE": 2}] * 2


def test_networks_on_two_switches_need_two_appliances_even_if_few() -> None:
    extended = [*networks(1, "vds-a"), *networks(1, "vds-b")]
    found = planned(mesh(services=["network_extension"], extended_networks=extended))
    assert [(pair["switch"], pair["networks"], pair["active"]) for pair in found["switch_pairs"]] == [
        ("vds-a", 1, 1),
        ("vds-b", 1, 1),
    ]


def test_sizes_add_up() -> None:
    extended = networks(9)
    found = planned(mesh(services=["network_extension"], extended_networks=extended, network_extension_ha=True))
    here = found["appliances"][0]
    # Manager 4 vCPU/12 GB/60 GB, IX 8/6/2, NE 8/3/2. (HCX planning 1)
    assert here["total"] == {
        "count": 6,
        "vcpu": 4 + 8 + 4 * 8,
        "memory_gb": 12 + 6 + 4 * 3,
        "disk_gb": 60 + 2 + 4 * 2,
        "disk_gb_while_upgrading": 60 + 2 * (2 + 4 * 2),
    }


def test_os_assisted_migration_has_a_gateway_here_and_a_receiver_there() -> None:
    found = planned(mesh(services=["os_assisted_migration"]))
    types = [{row["type"] for row in site["appliances"]} for site in found["appliances"]]
    assert types == [{"Manager", "IX", "SGW"}, {"Manager", "IX", "SDR"}]
