# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of two sites to the options of a plan, or to the reason why there is none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from unit.architecture.source_tree import PROJECT
from unit.planning.planned_hosts import adapter, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_mesh import plan
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_options import SPEC
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_site_plan import site_end, site_plans

Facts = dict[str, Any]
TWO = "local.network_profiles has 2 profiles with the role vmotion"
URL = "https://localhost:18444"


def variables(site: str) -> Facts:
    """Of a sample site, as ansible has them."""
    kind = "bulk-over-vpn" if site.startswith("bulk") else "keep-addresses"
    file = PROJECT / f"samples/lab/inventory-{kind}/host_vars/{site}/00-site.yml"
    return {"inventory_hostname": site, **yaml.safe_load(file.read_text(encoding="utf-8"))}


def planned(scenario: str, change: Callable[[Facts, Facts], None] = lambda here, there: None, **options: Any) -> Facts:
    here, there = (copy.deepcopy(variables(f"{scenario}-{kind}")) for kind in ("connector", "cloud"))
    change(here, there)
    ends = [end for end in map(site_end, (here, there, {"inventory_hostname": "localhost"})) if end]
    own = next(end for end in ends if end["name"].endswith("connector"))
    return site_plans(own, here.get("hcx_site_service_meshes", []), ends, URL, options)


def skipped(change: Callable[[Facts, Facts], None], scenario: str = "bulk") -> str:
    found = planned(scenario, change)
    assert found["plans"] == []
    (sentence,) = found["skipped"]
    return str(sentence)


@pytest.mark.parametrize(("scenario", "appliances"), [("bulk", ["IX", "WO"]), ("keep", ["IX", "NE", "NE", "WO"])])
def test_the_samples_are_planned_as_their_meshes_are_built(scenario: str, appliances: list[str]) -> None:
    found = planned(scenario)
    assert found["skipped"] == []
    (one,) = found["plans"]
    assert not ArgumentSpecValidator(SPEC).validate(copy.deepcopy(one["options"])).error_messages
    result = plan(one["options"])
    assert result["fits"]
    for site in result["appliances"]:
        counted = [row["type"] for row in site["appliances"] for _number in range(row["count"])]
        assert sorted(counted) == sorted([*appliances, "Manager"])


def test_addresses_of_both_sites_are_in_the_firewall_rows() -> None:
    (one,) = planned("bulk")["plans"]
    rows = {(row["site"], row["id"]): row for row in plan(one["options"])["firewall"]}
    tunnel, replication = rows["bulk-connector", "S2"], rows["bulk-cloud", "L17"]
    assert tunnel["source_addresses"] == ["10.15.3.10-10.15.3.11"]
    assert tunnel["destination_addresses"] == ["10.35.3.10-10.35.3.11"]
    assert replication["source_addresses"] == ["10.33.0.11-10.33.0.14"]
    assert rows["bulk-connector", "S1"]["destination_addresses"] == ["localhost:18444"]


def test_the_compute_profile_decides_what_a_network_profile_is_used_for() -> None:
    def management_replicates(here: Facts, there: Facts) -> None:
        here["hcx_site_compute_profiles"][0]["networks"]["replication"] = ["np-management"]

    (one,) = planned("bulk", management_replicates)["plans"]
    roles = {profile["name"]: profile["roles"] for profile in one["options"]["local"]["network_profiles"]}
    assert roles == {"np-management": ["management", "replication"], "np-uplink": ["uplink"]}


def test_uplinks_of_the_mesh_replace_those_of_the_compute_profile() -> None:
    def override(here: Facts, there: Facts) -> None:
        here["hcx_site_service_meshes"][0]["uplinks"] = ["np-management"]

    (one,) = planned("bulk", override)["plans"]
    roles = {profile["name"]: profile["roles"] for profile in one["options"]["local"]["network_profiles"]}
    assert roles == {"np-management": ["management", "uplink"], "np-replication": ["replication"]}


def test_networks_that_are_not_counted_are_as_many_as_the_appliances_take() -> None:
    def uncounted(here: Facts, there: Facts) -> None:
        del here["hcx_site_service_meshes"][0]["extended_networks"]

    counts = [len(planned("keep", change)["plans"][0]["options"]["extended_networks"]) for change in (uncounted,)]
    assert [len(planned("keep")["plans"][0]["options"]["extended_networks"]), *counts] == [10, 16]


def test_what_the_user_knows_better_replaces_what_is_worked_out() -> None:
    def stated(here: Facts, there: Facts) -> None:
        there["hcx_site_plan_site"] = {"ntp": ["10.30.0.123"]}

    (one,) = planned("bulk", stated, hcx_version="4.11.3")["plans"]
    assert one["options"]["remote"]["ntp"] == ["10.30.0.123"]
    assert not plan(one["options"])["fits"]


def test_a_site_of_the_same_play_has_told_what_only_its_play_knows() -> None:
    told = site_end({"__hcx_site_end": {"name": "x", "manager": "hcx"}, "hcx_hostname": "other"})
    assert told == {"name": "x", "manager": "hcx"}


def test_a_site_without_meshes_leaves_the_plan_to_the_other_end() -> None:
    def gone(here: Facts, there: Facts) -> None:
        here["hcx_site_service_meshes"][0]["state"] = "absent"

    assert skipped(gone) == "bulk-connector initiates no service mesh; the site at the other end plans for both."


def no_services(here: Facts, there: Facts) -> None:
    del here["hcx_site_service_meshes"][0]["services"]


def elsewhere(here: Facts, there: Facts) -> None:
    there["hcx_port"] = 443


def no_vcenter(here: Facts, there: Facts) -> None:
    del there["vcenter_hostname"]


def no_profiles(here: Facts, there: Facts) -> None:
    del there["hcx_site_network_profiles"]


def no_ranges(here: Facts, there: Facts) -> None:
    del here["hcx_site_network_profiles"][0]["ranges"]


def bad_range(here: Facts, there: Facts) -> None:
    here["hcx_site_network_profiles"][0]["ranges"][0]["first"] = "10.10.3.300"


def two_for_vmotion(here: Facts, there: Facts) -> None:
    here["hcx_site_compute_profiles"][0]["networks"]["vmotion"] = ["np-management", "np-uplink"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (no_services, "its services are not stated."),
        (elsewhere, "no site of the inventory has the manager https://localhost:18444."),
        (no_vcenter, "the vCenter of bulk-cloud is not stated."),
        (no_profiles, "bulk-cloud states no network profiles for it."),
        (no_ranges, "network profile np-management does not state its ranges."),
        (bad_range, "in network profile np-management, Octet 300 (> 255) not permitted in '10.10.3.300'."),
        (
            two_for_vmotion,
            f"{TWO}, but only the role uplink may have more than one.",
        ),
    ],
)
def test_a_mesh_that_cannot_be_planned_is_told_with_the_reason(
    change: Callable[[Facts, Facts], None], reason: str
) -> None:
    assert skipped(change) == f"Service mesh bulk is not planned: {reason}"


def test_facts_of_the_hosts_take_the_place_of_planned_addresses() -> None:
    vmotion = adapter("vmk1", "10.31.0.11/24", stack="vmotion", network="pg-vmotion")
    facts = [host("esx-d1", adapter("vmk0", "10.30.0.11/24", "management"), vmotion)]

    def told(here: Facts, there: Facts) -> None:
        there["__hcx_site_hosts"] = facts

    (one,) = planned("keep", told)["plans"]
    assert "esxi_networks" not in one["options"]["remote"]
    rows = {(row["site"], row["id"]): row for row in plan(one["options"])["firewall"]}
    assert rows["keep-cloud", "L16"]["destination_addresses"] == ["10.31.0.11"]
    assert rows["keep-cloud", "L14"]["destination_addresses"] == ["10.30.0.11"]
