# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute profiles that cannot be: one sentence each, with what there is instead, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest
from contract.hcx.building import Building, compute_profile
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks
from contract.hcx.vcenter import VCenter

from lab import Lab


@pytest.fixture
def built(building: Building) -> Building:
    """With network profiles."""
    building.networks()
    return building


NETWORKS = compute_profile("a")["networks"]
NO_CLUSTER = "cluster compute-x does not exist here; there is: compute-a"
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown datacenter": ({"datacenter": "dc-x"}, "datacenter dc-x does not exist here; there is: dc-a, dc-b"),
    "unknown service cluster": ({"service_clusters": ["compute-x"]}, NO_CLUSTER),
    "unknown deployment cluster": ({"deployment_clusters": ["compute-x"]}, NO_CLUSTER),
    "cluster of another datacenter": (
        {"service_clusters": ["compute-b"]},
        "cluster compute-b does not exist here; there is: compute-a",
    ),
    "unknown datastore": (
        {"datastores": ["ds-x"]},
        "datastore ds-x does not exist here; there is: ds-a, ds-a-archive",
    ),
    "unknown switch": ({"switches": ["vds-x"]}, "switch vds-x does not exist here; there is: tz-overlay, vds-a"),
    "switch of another datacenter": (
        {"switches": ["vds-b"]},
        "switch vds-b does not exist here; there is: tz-overlay, vds-a",
    ),
    "unknown folder": ({"folder": "No"}, "folder No does not exist here; there is: Appliances, vm"),
    "unknown pool": (
        {"resource_pool": "No"},
        "resource pool No does not exist here; there is: Infrastructure, Resources",
    ),
    "unknown network profile": (
        {"networks": {**NETWORKS, "uplink": ["np-x"]}},
        "uplink network profile np-x does not exist here; there is: np-management, np-uplink, np-vmotion",
    ),
    "no network for management": (
        {"networks": {"uplink": ["np-uplink"]}, "services": ["INTERCONNECT"]},
        "compute profile cp-onprem needs a network profile for management with these services",
    ),
    "no network for vMotion": (
        {"networks": {"management": ["np-management"]}, "services": ["INTERCONNECT", "VMOTION"]},
        "compute profile cp-onprem needs a network profile for vmotion with these services",
    ),
    "no network for replication": (
        {"networks": {"management": ["np-management"]}, "services": ["INTERCONNECT", "BULK_MIGRATION"]},
        "compute profile cp-onprem needs a network profile for replication with these services",
    ),
    "no switch": ({"switches": None}, "compute profile cp-onprem needs switches for NETWORK_EXTENSION"),
    "no services": ({"services": None}, "compute profile cp-onprem needs services"),
    "no service clusters": ({"service_clusters": None}, "compute profile cp-onprem needs service_clusters"),
    "no place": (
        {"deployment_clusters": None},
        "compute profile cp-onprem needs deployment_clusters or resource_pool",
    ),
    "no datastore": ({"datastores": None}, "compute profile cp-onprem needs datastores"),
    "services without INTERCONNECT": (
        {"services": ["VMOTION"]},
        "services lacks INTERCONNECT, which every service mesh needs",
    ),
    "empty services": ({"services": []}, "services is empty; name at least one, or leave the option out"),
    "empty datastores": ({"datastores": []}, "datastores is empty; name at least one, or leave the option out"),
    "empty role": (
        {"networks": {**NETWORKS, "vmotion": []}},
        "networks.vmotion is empty; name at least one, or leave the option out",
    ),
    "too much CPU": ({"cpu_reservation": 101}, "cpu_reservation 101 is outside 0 to 100 percent"),
    "negative memory": ({"memory_reservation": -1}, "memory_reservation -1 is outside 0 to 100 percent"),
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_refused_before_anything_is_written(built: Building, run: Tasks, name: str, check: bool) -> None:
    options, sentence = WRONG[name]
    since = run.mark()
    result = built.no_compute_profile(check=check, **options)
    assert sentence in result["problems"]
    assert result["msg"].split(" (and ")[0] == result["problems"][0]
    assert (result["changed"], run.writes(since)) == (False, [])


def test_every_problem_is_told_at_once(built: Building) -> None:
    result = built.no_compute_profile(datastores=["ds-x"], switches=["vds-x"], networks={"uplink": ["np-x"]})
    assert len(result["problems"]) == 3
    assert result["msg"].endswith("(and 2 more problems, see 'problems')")


def test_names_that_are_not_unique_are_listed_with_their_ids(
    built: Building, vcenters: tuple[VCenter, VCenter]
) -> None:
    ids = sorted(vcenters[0].pool_id("Infrastructure", name) for name in ("dc-a", "dc-b"))
    result = built.no_compute_profile(datacenter=None, resource_pool="Infrastructure")
    assert result["msg"] == (
        f"resource pool Infrastructure is not unique: Infrastructure ({ids[0]}), Infrastructure ({ids[1]}); "
        "give the id instead of the name"
    )
    folders = sorted(vcenters[0].folder_id("Appliances", name) for name in ("dc-a", "dc-b"))
    assert (
        f"folder Appliances is not unique: Appliances ({folders[0]})"
        in (built.no_compute_profile(datacenter=None, folder="Appliances")["msg"])
    )


def test_a_user_who_may_only_read_changes_nothing(built: Building, lab: Lab, seen: Reader) -> None:
    """HCX knows no such role: a user without one of its groups cannot log in at all."""
    result = built.no_compute_profile(username=lab.reader_username)
    assert result["msg"] == f"localhost:{lab.connector.port} does not accept this user name and password"
    assert seen.compute_profiles() == {}
