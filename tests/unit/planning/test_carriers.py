# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.carriers import TRAFFIC_KINDS, carriers


def adapter(device: str, *services: str, stack: str = "defaultTcpipStack") -> dict[str, Any]:
    return {"device": device, "stack": stack, "services": list(services)}


def test_a_dedicated_stack_takes_vmotion_away_from_the_default_stack() -> None:
    found = carriers([adapter("vmk0", "management", "vmotion"), adapter("vmk1", "vmotion", stack="vmotion")])
    assert found["vmotion"] == {"devices": ["vmk1"], "source": "stack"}
    assert found["management"] == {"devices": ["vmk0"], "source": "service"}


def test_a_dedicated_stack_counts_even_when_the_host_does_not_read_the_service_back() -> None:
    found = carriers([adapter("vmk0", "management"), adapter("vmk2", stack="vSphereProvisioning")])
    assert found["vSphereProvisioning"] == {"devices": ["vmk2"], "source": "stack"}


def test_several_adapters_with_the_service_all_carry_it_in_the_order_of_their_numbers() -> None:
    found = carriers([adapter("vmk10", "vmotion"), adapter("vmk2", "vmotion"), adapter("vmk0", "management")])
    assert found["vmotion"] == {"devices": ["vmk2", "vmk10"], "source": "service"}


@pytest.mark.parametrize("kind", ["vSphereProvisioning", "vSphereReplication", "vSphereReplicationNFC"])
def test_traffic_without_an_adapter_of_its_own_falls_back_to_management(kind: str) -> None:
    assert carriers([adapter("vmk0", "management")])[kind] == {"devices": ["vmk0"], "source": "fallback"}


def test_vmotion_has_no_fallback() -> None:
    assert carriers([adapter("vmk0", "management")])["vmotion"] == {"devices": [], "source": "none"}


def test_an_adapter_on_a_custom_stack_carries_nothing() -> None:
    found = carriers([adapter("vmk0", "management"), adapter("vmk5", stack="nfs")])
    assert all("vmk5" not in carrier["devices"] for carrier in found.values())


def test_a_host_without_adapters_has_every_kind_with_source_none() -> None:
    assert carriers([]) == {kind: {"devices": [], "source": "none"} for kind in TRAFFIC_KINDS}


ADAPTERS = st.lists(
    st.fixed_dictionaries(
        {
            "device": st.integers(0, 30).map("vmk{}".format),
            "stack": st.sampled_from(["defaultTcpipStack", "vmotion", "vSphereProvisioning", "nfs"]),
            "services": st.lists(st.sampled_from(TRAFFIC_KINDS), unique=True),
        }
    ),
    unique_by=lambda item: item["device"],
)


@given(ADAPTERS, st.randoms())
def test_the_order_of_the_facts_does_not_matter(adapters: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(adapters)
    random.shuffle(shuffled)
    assert carriers(shuffled) == carriers(adapters)


@given(ADAPTERS)
def test_a_carrier_without_devices_is_exactly_one_with_source_none(adapters: list[dict[str, Any]]) -> None:
    known = {item["device"] for item in adapters}
    for carrier in carriers(adapters).values():
        assert (carrier["source"] == "none") == (not carrier["devices"])
        assert set(carrier["devices"]) <= known
