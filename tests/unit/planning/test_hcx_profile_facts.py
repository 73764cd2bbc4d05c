# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts tell of HCX profiles that leave something to them, and what they cannot tell."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from unit.planning.planned_hosts import adapter, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_profile_facts import (
    completed,
    open_questions,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems

Facts = dict[str, Any]
LEAVE_OUT = "state its network, or leave the profile out, and that of management serves the role"
SPLIT = "state its network, or make a profile of each"
RANGES = {"management": "10.10.0.200", "vmotion": "10.11.0.200", "replication": "10.13.0.200"}


def profile(name: str, traffic: str | None = None, **stated: Any) -> Facts:
    """With a range in the subnet of this traffic, by default that of its name."""
    address = RANGES[traffic or name.removeprefix("np-")]
    return {"name": name, "prefix_length": 24, "ranges": [{"first": address, "last": address}], **stated}


def compute(*services: str, **stated: Any) -> Facts:
    return {"name": "cp", "services": ["INTERCONNECT", *services], "datastores": ["ds"], **stated}


def esxi(number: int, *, vmotion: str | None = "pg-vmotion", replication: str | None = "pg-replication") -> Facts:
    """A host with adapters of their own for vMotion and replication where a network is given."""
    adapters = [
        adapter(
            "vmk0",
            f"10.10.0.{number}/24",
            *["management", *([] if vmotion else ["vmotion"])],
            network="Management Network",
        )
    ]
    if vmotion:
        adapters.append(adapter("vmk1", f"10.11.0.{number}/24", stack="vmotion", network=vmotion))
    if replication:
        adapters.append(adapter("vmk2", f"10.13.0.{number}/24", "vSphereReplication", network=replication))
    return host(f"esx-{number}", *adapters)


BOTH = [esxi(1), esxi(2)]
NEITHER = [esxi(1, vmotion=None, replication=None), esxi(2, vmotion=None, replication=None)]


def networks(found: Facts) -> dict[str, str]:
    return {one["name"]: one["network"] for one in found["network_profiles"]}


def refused(profiles: list[Facts], computes: list[Facts], hosts: list[Facts]) -> str:
    with pytest.raises(Problems) as caught:
        completed(profiles, computes, hosts)
    (sentence,) = caught.value.sentences
    return sentence


# --- what has to be asked ---------------------------------------------------------------------------------------------

WHOLE = [
    profile("np-management", network="pg-m", roles=["management"]),
    profile("np-vmotion", network="pg-v", roles=["vmotion"]),
]


@pytest.mark.parametrize(
    ("profiles", "computes", "questions"),
    [
        (WHOLE, [compute("VMOTION")], []),
        (WHOLE, [compute("BULK_MIGRATION")], ["replication of cp"]),
        (WHOLE, [compute("BULK_MIGRATION", networks={"management": ["np"], "replication": ["np"]})], []),
        (WHOLE, [compute("RAV", state="absent")], []),
        (WHOLE, [{"name": "cp", "services": ["RAV"]}], []),
        ([profile("np-management", roles=["management"])], [], ["np-management"]),
        ([profile("np-management", network="pg-m")], [], ["np-management"]),
        ([{"name": "np-management", "mtu": 1400}], [], []),
        ([profile("np-management", state="absent")], [], []),
    ],
)
def test_the_hosts_are_asked_only_for_what_is_left_open(
    profiles: list[Facts], computes: list[Facts], questions: list[str]
) -> None:
    assert open_questions(profiles, computes) == questions


def test_what_is_stated_stays_as_it_is_without_any_host() -> None:
    computes = [compute("VMOTION", networks={"management": ["np-management"], "vmotion": ["np-vmotion"]})]
    before = copy.deepcopy((WHOLE, computes))
    found = completed(WHOLE, computes, [])
    assert (found["network_profiles"], found["compute_profiles"]) == before
    assert (WHOLE, computes) == before


# --- network profiles -------------------------------------------------------------------------------------------------


def test_a_role_has_the_network_of_its_own_adapters() -> None:
    roles = ("management", "vmotion", "replication")
    found = completed([profile(f"np-{role}", roles=[role]) for role in roles], [], BOTH)
    assert networks(found) == {
        "np-management": "Management Network",
        "np-vmotion": "pg-vmotion",
        "np-replication": "pg-replication",
    }


def test_replication_without_an_adapter_of_its_own_is_where_management_is() -> None:
    found = completed([profile("np-management", roles=["management", "replication"])], [], NEITHER)
    assert networks(found) == {"np-management": "Management Network"}


@pytest.mark.parametrize("stated", [{"network": "pg-replication"}, {}])
def test_a_profile_in_the_network_or_subnet_of_adapters_has_their_roles(stated: Facts) -> None:
    found = completed([profile("np-replication", **stated)], [], BOTH)
    assert found["network_profiles"][0]["roles"] == ["replication"]
    assert networks(found) == {"np-replication": "pg-replication"}


def test_hosts_that_are_not_connected_are_not_asked() -> None:
    away = host("esx-3", connection_state="notResponding")
    assert networks(completed([profile("np-vmotion", roles=["vmotion"])], [], [*BOTH, away])) == {
        "np-vmotion": "pg-vmotion"
    }
    assert "no host is connected that would tell it" in refused([profile("np-vmotion", roles=["vmotion"])], [], [away])


def test_hosts_that_differ_are_named() -> None:
    hosts = [*BOTH, esxi(3, vmotion="pg-other"), esxi(4, vmotion=None)]
    assert refused([profile("np-vmotion", roles=["vmotion"])], [], hosts) == (
        "network profile np-vmotion: the hosts differ in the network of their vmotion adapters: pg-vmotion on esx-1, "
        "esx-2; pg-other on esx-3; none on esx-4; state its network"
    )


def test_hosts_that_differ_in_what_nobody_asks_for_are_no_problem() -> None:
    found = completed([profile("np-management", roles=["management"])], [], [*BOTH, esxi(3, vmotion=None)])
    assert networks(found) == {"np-management": "Management Network"}


@pytest.mark.parametrize(
    ("one", "hosts", "reason"),
    [
        (
            profile("np-vmotion", roles=["vmotion"]),
            NEITHER,
            "the hosts have no adapter of their own for vmotion; " + LEAVE_OUT,
        ),
        (
            profile("np-management", roles=["management", "vmotion"]),
            BOTH,
            "the hosts have management in Management Network, vmotion in pg-vmotion; " + SPLIT,
        ),
        (
            profile("np-uplink", "management", roles=["uplink"]),
            BOTH,
            "the hosts know nothing of networks for uplink; state its network",
        ),
        (
            profile("np-other", "vmotion", network="pg-other"),
            NEITHER,
            "no adapter of a host is in its network; state its roles",
        ),
    ],
)
def test_what_the_hosts_cannot_tell_is_to_be_stated(one: Facts, hosts: list[Facts], reason: str) -> None:
    assert refused([one], [], hosts) == f"network profile {one['name']}: {reason}"


# --- compute profiles -------------------------------------------------------------------------------------------------


def test_the_management_profile_serves_traffic_without_adapters_of_its_own() -> None:
    found = completed([profile("np-management", roles=["management"])], [compute("RAV")], NEITHER)
    assert found["compute_profiles"][0]["networks"] == {
        "management": ["np-management"],
        "vmotion": ["np-management"],
        "replication": ["np-management"],
    }
    assert found["network_profiles"][0]["roles"] == ["management"]


def test_profiles_serve_the_roles_that_the_hosts_tell_and_uplinks_those_they_state() -> None:
    profiles = [
        profile("np-management"),
        profile("np-vmotion"),
        profile("np-uplink", "management", network="pg-uplink", roles=["uplink"]),
    ]
    found = completed(profiles, [compute("VMOTION")], BOTH)
    assert found["compute_profiles"][0]["networks"] == {
        "management": ["np-management"],
        "uplink": ["np-uplink"],
        "vmotion": ["np-vmotion"],
    }


def test_networks_that_are_stated_are_only_added_to() -> None:
    stated = {"management": ["np-management"], "uplink": ["np-management"]}
    found = completed([profile("np-management", roles=["management"])], [compute("RAV", networks=stated)], NEITHER)
    assert found["compute_profiles"][0]["networks"] == {
        **stated,
        "vmotion": ["np-management"],
        "replication": ["np-management"],
    }


def test_traffic_with_adapters_of_its_own_needs_a_profile_of_its_own() -> None:
    assert refused([profile("np-management", roles=["management"])], [compute("VMOTION")], BOTH) == (
        "compute profile cp: the hosts have vmotion in pg-vmotion, but no network profile is for it; add one, or give "
        "the role to another"
    )


def test_a_compute_profile_without_management_is_refused() -> None:
    assert "no network profile has the role management" in refused([], [compute()], BOTH)
