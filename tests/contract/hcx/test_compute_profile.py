# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute profiles: made, changed, removed; names, roles and placement; what HCX says. (HCX reference 7, 10, 17)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.hcx.building import SERVICES, Building, compute_profile
from contract.hcx.reader import Reader
from contract.hcx.tasks import Result, Tasks, listed, span
from contract.hcx.vcenter import VCenter

from lab import Lab
from lab.hcx.interconnect_tasks import Step, start

BASE = "/hybridity/api/interconnect/computeProfiles"
CREATE, UPDATE, REMOVE = f"POST {BASE}", f"PUT {BASE}/{{profile_id}}", f"DELETE {BASE}/{{profile_id}}"
TASK = "GET /hybridity/api/interconnect/tasks/{task_id}"


@pytest.fixture
def built(building: Building) -> Building:
    """With network profiles."""
    building.networks()
    return building


def tags(shown: Result) -> dict[str, list[str]]:
    return {network["name"]: sorted(network["tags"]) for network in shown["networks"]}


def ids(items: list[Result]) -> list[str]:
    return sorted(item["id"] for item in items)


# --- making one -------------------------------------------------------------------------------------------------------


def test_a_profile_is_made_as_somebody_else_sees_it(
    built: Building, run: Tasks, seen: Reader, vcenters: tuple[VCenter, VCenter]
) -> None:
    since = run.mark()
    result = built.compute_profile(cpu_reservation=50, memory_reservation=100)
    assert run.writes(since) == [CREATE]
    assert listed(result) == [("create", "cp-onprem")]
    shown = seen.compute_profiles()["cp-onprem"]
    cluster = vcenters[0].cluster_id("compute-a")
    assert shown["state"] == "VALID"
    assert sorted(service["name"] for service in shown["services"]) == sorted(SERVICES)
    assert [(item["id"], item["type"]) for item in shown["compute"]] == [(cluster, "ClusterComputeResource")]
    place = shown["deploymentContainer"]
    assert ids(place["compute"]) == [cluster]
    assert [item["name"] for item in place["storage"]] == ["ds-a"]
    assert (place["cpuReservation"], place["memoryReservation"]) == (50, 100)
    assert "folder" not in place
    assert [item["name"] for item in shown["switches"]] == ["vds-a"]
    assert result["compute_profile"]["id"] == shown["computeProfileId"]
    assert result["changes"][0]["after"]["services"] == sorted(SERVICES)


def test_one_network_profile_in_several_roles_is_one_entry(built: Building, seen: Reader) -> None:
    built.compute_profile()
    shown = seen.compute_profiles()["cp-onprem"]
    assert tags(shown) == {
        "np-management": ["management", "replication"],
        "np-uplink": ["uplink"],
        "np-vmotion": ["vmotion"],
    }
    assert len(shown["networks"]) == 3


def test_management_is_the_uplink_where_nothing_else_is(built: Building, seen: Reader, run: Tasks) -> None:
    networks = {"management": ["np-management"], "vmotion": ["np-vmotion"], "replication": ["np-management"]}
    built.compute_profile(networks=networks)
    assert tags(seen.compute_profiles()["cp-onprem"])["np-management"] == ["management", "replication", "uplink"]
    assert built.compute_profile(networks=networks)["changed"] is False


def test_a_role_may_have_several_networks(built: Building, seen: Reader) -> None:
    networks = {**compute_profile("a")["networks"], "uplink": ["np-uplink", "np-management"]}
    built.compute_profile(networks=networks)
    shown = tags(seen.compute_profiles()["cp-onprem"])
    assert shown["np-management"] == ["management", "replication", "uplink"]
    assert shown["np-uplink"] == ["uplink"]
    assert built.compute_profile(networks=networks)["changed"] is False


@pytest.mark.parametrize("spelling", ["guest", "Guest"])
def test_a_network_for_os_assisted_migration(built: Building, lab: Lab, spelling: Any) -> None:
    lab.rules = lab.rules.changed(hcx_guest_role=spelling)
    roles = {"name": "np-vmotion", "roles": ["guest", "vmotion"]}
    networks = {**compute_profile("a")["networks"], "guest": ["np-vmotion"]}
    assert built.local.profiles(roles)["changed"] is True
    assert built.local.profiles(roles)["changed"] is False
    assert built.compute_profile(networks=networks)["changes"][0]["after"]["networks"]["guest"] == ["np-vmotion"]
    assert built.compute_profile(networks=networks)["changed"] is False


def test_several_clusters_and_switches(built: Building, seen: Reader, vcenters: tuple[VCenter, VCenter]) -> None:
    wide = {
        "datacenter": None,
        "service_clusters": ["compute-a", "compute-b"],
        "switches": ["vds-b", "vds-a", "tz-overlay"],
    }
    built.compute_profile(**wide)
    shown = seen.compute_profiles()["cp-onprem"]
    assert ids(shown["compute"]) == sorted(vcenters[0].cluster_id(name) for name in ("compute-a", "compute-b"))
    switches = {item["name"]: item["type"] for item in shown["switches"]}
    vds = "VmwareDistributedVirtualSwitch"
    assert switches == {"vds-a": vds, "vds-b": vds, "tz-overlay": "OVERLAY_STANDARD"}
    assert built.compute_profile(**wide)["changed"] is False


def test_a_resource_pool_and_a_folder(built: Building, seen: Reader, vcenters: tuple[VCenter, VCenter]) -> None:
    place = {
        "resource_pool": vcenters[0].pool_id("Infrastructure", "dc-a"),
        "folder": vcenters[0].folder_id("Appliances", "dc-a"),
    }
    built.compute_profile(**place)
    where = seen.compute_profiles()["cp-onprem"]["deploymentContainer"]
    assert [(item["id"], item["type"]) for item in where["compute"]] == [(place["resource_pool"], "ResourcePool")]
    assert (where["folder"]["id"], where["folder"]["name"]) == (place["folder"], "Appliances")
    assert built.compute_profile(**place)["changed"] is False


def test_a_pool_whose_name_is_unique_in_its_datacenter(built: Building, vcenters: tuple[VCenter, VCenter]) -> None:
    """The datacenter that is given counts for pools and folders as it does for clusters."""
    result = built.compute_profile(resource_pool="Infrastructure", folder="Appliances")
    profile = result["compute_profile"]
    assert profile["deployment"] == [f"Infrastructure ({vcenters[0].pool_id('Infrastructure', 'dc-a')})"]
    assert profile["folder"] == f"Appliances ({vcenters[0].folder_id('Appliances', 'dc-a')})"


def test_ids_are_taken_in_place_of_names(built: Building, seen: Reader, run: Tasks) -> None:
    built.compute_profile()
    shown = seen.compute_profiles()["cp-onprem"]
    place = shown["deploymentContainer"]
    network = {item["name"]: item["id"] for item in shown["networks"]}
    roles = compute_profile("a")["networks"]
    same = built.compute_profile(
        datacenter=None,
        service_clusters=ids(shown["compute"]),
        deployment_clusters=ids(place["compute"]),
        datastores=ids(place["storage"]),
        switches=ids(shown["switches"]),
        networks={role: [network[name] for name in names] for role, names in roles.items()},
    )
    assert same["changed"] is False


# --- again, and drift -------------------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(built: Building, run: Tasks) -> None:
    first = built.compute_profile()
    since = run.mark()
    second = built.compute_profile()
    assert (second["changed"], second["changes"]) == (False, [])
    assert second["compute_profile"] == first["compute_profile"]
    assert run.writes(since) == []


def test_the_order_of_names_makes_no_difference(built: Building) -> None:
    built.compute_profile(datastores=["ds-a", "ds-a-archive"])
    again = built.compute_profile(services=[*reversed(SERVICES), "WANOPT"], datastores=["ds-a-archive", "ds-a"])
    assert again["changed"] is False


NETWORKS = compute_profile("a")["networks"]
DRIFT: dict[str, tuple[dict[str, Any], str]] = {
    "a service less": ({"services": [s for s in SERVICES if s != "WANOPT"]}, "services"),
    "a service more": ({"services": [*SERVICES, "RAV"]}, "services"),
    "another service cluster": (
        {"service_clusters": ["compute-a", "compute-b"], "datacenter": None},
        "service_clusters",
    ),
    "another datastore": ({"datastores": ["ds-a-archive"]}, "datastores"),
    "a datastore more": ({"datastores": ["ds-a-archive", "ds-a"]}, "datastores"),
    "a folder": ({"folder": "Appliances"}, "folder"),
    "a resource pool": ({"resource_pool": "Infrastructure"}, "deployment"),
    "reserved CPU": ({"cpu_reservation": 25}, "cpu_reservation"),
    "reserved memory": ({"memory_reservation": 100}, "memory_reservation"),
    "a network for a role": ({"networks": {"replication": ["np-vmotion"]}}, "networks"),
    "another uplink": ({"networks": {"uplink": ["np-management"]}}, "networks"),
    "a switch more": ({"switches": ["vds-a", "tz-overlay"]}, "switches"),
}

# Settings that the profile of this file leaves alone.
KEPT = ("a folder", "reserved CPU", "reserved memory")


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_one_change_of_one_setting(built: Building, run: Tasks, seen: Reader, name: str) -> None:
    options, setting = DRIFT[name]
    built.compute_profile()
    before = seen.compute_profiles()["cp-onprem"]
    since = run.mark()
    planned = built.compute_profile(check=True, **options)
    assert run.writes(since) == []
    result = built.compute_profile(**options)
    assert run.writes(since) == [UPDATE]
    assert result["changes"] == planned["changes"]
    (change,) = result["changes"]
    assert (list(change["before"]), list(change["after"])) == ([setting], [setting])
    assert "service meshes that use it follow" in change["notes"][0]
    assert built.compute_profile(**options)["changed"] is False
    assert listed(built.compute_profile()) == ([] if name in KEPT else [("update", "cp-onprem")])
    after = seen.compute_profiles()["cp-onprem"]
    assert after["computeProfileId"] == before["computeProfileId"]


def test_settings_that_are_not_given_are_kept(built: Building, run: Tasks, seen: Reader) -> None:
    built.compute_profile(cpu_reservation=10, memory_reservation=20, folder="Appliances")
    before = seen.compute_profiles()["cp-onprem"]
    result = run("hcx_compute_profile", name="cp-onprem", services=["INTERCONNECT", "BULK_MIGRATION"])
    assert list(result["changes"][0]["after"]) == ["services"]
    after = seen.compute_profiles()["cp-onprem"]
    for shown in (before, after):
        del shown["services"], shown["lastTaskDetails"]
    assert after == before


def test_what_others_wrote_goes_back_unchanged(built: Building, run: Tasks, seen: Reader, lab: Lab) -> None:
    """Static routes have no option here."""
    built.compute_profile()
    (profile,) = lab._server.managers["connector"].state.compute_profiles.values()
    routes = [{"network": "172.16.0.0/12", "nextHop": "10.10.0.2"}]
    next(n for n in profile.content["networks"] if n["name"] == "np-management")["staticRoutes"] = routes
    profile.content["comment"] = "by hand"
    built.compute_profile(cpu_reservation=5)
    after = seen.compute_profiles()["cp-onprem"]
    assert next(n for n in after["networks"] if n["name"] == "np-management")["staticRoutes"] == routes
    assert after["comment"] == "by hand"


def test_a_reservation_can_be_taken_back(built: Building, seen: Reader) -> None:
    built.compute_profile(cpu_reservation=10)
    built.compute_profile(cpu_reservation=0)
    assert seen.compute_profiles()["cp-onprem"]["deploymentContainer"]["cpuReservation"] == 0


# --- removal ----------------------------------------------------------------------------------------------------------


def test_a_profile_is_removed_once(built: Building, run: Tasks, seen: Reader) -> None:
    built.compute_profile()
    since = run.mark()
    options: dict[str, Any] = {"name": "cp-onprem", "state": "absent"}
    assert run("hcx_compute_profile", check=True, **options)["changed"] is True
    assert "cp-onprem" in seen.compute_profiles()
    since = run.mark()
    result = run("hcx_compute_profile", **options)
    assert run.writes(since) == [REMOVE]
    assert (listed(result), result["compute_profile"]) == ([("remove", "cp-onprem")], None)
    assert result["changes"][0]["before"]["datastores"][0].startswith("ds-a (")
    assert seen.compute_profiles() == {}
    since = run.mark()
    assert run("hcx_compute_profile", **options)["changed"] is False
    assert run.writes(since) == []


def test_a_profile_that_a_mesh_uses_stays(building: Building, run: Tasks, seen: Reader) -> None:
    building.everything()
    result = run.failing("hcx_compute_profile", name="cp-onprem", state="absent")
    assert result["msg"] == (
        "could not remove compute profile cp-onprem: Compute profile cp-onprem is used by service mesh onprem-cloud. "
        "[IN_USE]"
    )
    assert "cp-onprem" in seen.compute_profiles()


# --- what HCX says ----------------------------------------------------------------------------------------------------


def test_the_words_of_a_422_reach_the_user(built: Building, lab: Lab, seen: Reader) -> None:
    lab.rules = lab.rules.changed(hcx_missing_services=["WANOPT"])
    result = built.no_compute_profile()
    assert result["msg"] == "could not create compute profile cp-onprem: Service WANOPT is not known. [UNKNOWN_SERVICE]"
    assert (result["changed"], result["changes"]) == (False, [])
    assert result["failed_changes"][0]["action"] == "create"
    assert seen.compute_profiles() == {}


def test_a_success_that_is_none(built: Building, lab: Lab) -> None:
    lab.faults.add("fault", method=CREATE, fault="NOT_TODAY", message="The database is read-only.")
    assert "The database is read-only. [NOT_TODAY]" in built.no_compute_profile()["msg"]


@pytest.mark.parametrize("place", ["message", "errorMessage", "steps"])
def test_the_words_of_a_failed_task_reach_the_user(built: Building, lab: Lab, place: str) -> None:
    lab.rules = lab.rules.changed(hcx_task_error_in=place)
    lab.faults.add("fail_work", method=CREATE, step=2, message="Disk of the manager is full.")
    assert "Disk of the manager is full." in built.no_compute_profile()["msg"]


def test_after_a_failed_creation_the_next_run_repairs(built: Building, lab: Lab, run: Tasks, seen: Reader) -> None:
    lab.faults.add("fail_work", method=CREATE, step=2, message="Disk of the manager is full.")
    built.no_compute_profile()
    assert seen.compute_profiles()["cp-onprem"]["state"] == "INVALID"
    result = built.compute_profile()
    assert listed(result) == [("update", "cp-onprem")]
    assert (result["changes"][0]["before"], result["changes"][0]["after"]) == ({"state": "INVALID"}, {"state": "VALID"})
    assert seen.compute_profiles()["cp-onprem"]["state"] == "VALID"
    assert built.compute_profile()["changed"] is False


def test_after_a_failed_change_the_next_run_makes_it(built: Building, lab: Lab, seen: Reader) -> None:
    built.compute_profile()
    lab.faults.add("fail_work", method=UPDATE, step=2, message="Disk of the manager is full.")
    built.no_compute_profile(cpu_reservation=10)
    assert listed(built.compute_profile(cpu_reservation=10)) == [("update", "cp-onprem")]
    assert seen.compute_profiles()["cp-onprem"]["deploymentContainer"]["cpuReservation"] == 10


def test_a_run_that_dies_while_its_task_runs_is_repeated(built: Building, lab: Lab, run: Tasks, seen: Reader) -> None:
    lab.rules = lab.rules.changed(hcx_task_step_ms=150)
    lab.faults.add("drop_after", method=CREATE)
    built.no_compute_profile()
    since = run.mark()
    result = built.compute_profile()
    assert result["changed"] is False
    assert run.writes(since) == []
    assert seen.compute_profiles()["cp-onprem"]["state"] == "VALID"
    assert len(seen.tasks()) == 1


def test_a_change_while_another_task_runs_waits_for_its_turn(built: Building, lab: Lab, seen: Reader) -> None:
    built.compute_profile()
    lab.rules = lab.rules.changed(hcx_task_step_ms=150)
    lab.faults.add("drop_after", method=UPDATE)
    built.no_compute_profile(cpu_reservation=10)
    built.compute_profile(cpu_reservation=20)
    assert seen.compute_profiles()["cp-onprem"]["deploymentContainer"]["cpuReservation"] == 20


def test_a_change_that_another_one_overtakes_waits_too(built: Building, lab: Lab, run: Tasks, seen: Reader) -> None:
    """The other task begins between our look and our change."""
    built.compute_profile()
    connector = lab._server.managers["connector"]
    (profile,) = connector.state.compute_profiles.values()
    lab.rules = lab.rules.changed(hcx_task_step_ms=100)

    def overtake() -> None:
        if run.calls(since)[-1:] == ["POST /hybridity/api/networks?action=queryIpUsage"]:
            lab.shared.passing.remove(overtake)
            entity = {"id": profile.profile_id, "type": "COMPUTE_PROFILE", "name": profile.name}
            start(connector, "updateComputeProfile", entity, [Step("Look")])

    since = run.mark()
    lab.shared.passing.append(overtake)
    assert listed(built.compute_profile(cpu_reservation=10)) == [("update", "cp-onprem")]
    assert run.writes(since).count(UPDATE) > 1
    assert seen.compute_profiles()["cp-onprem"]["deploymentContainer"]["cpuReservation"] == 10


def test_a_task_that_never_ends_meets_the_deadline(built: Building, lab: Lab) -> None:
    lab.faults.add("never_end", method=CREATE, step=2)
    result = built.no_compute_profile(wait_timeout=1)
    assert "gave up after 1 s waiting for the change of compute profile cp-onprem; HCX goes on with it" in result["msg"]
    assert "run again to wait for it" in result["msg"]
    assert result["changed"] is False


def test_a_change_that_hcx_ignores_is_a_failure(built: Building, lab: Lab, seen: Reader) -> None:
    built.compute_profile()
    (profile,) = lab._server.managers["connector"].state.compute_profiles.values()
    kept = dict(profile.content)

    def forget() -> None:
        profile.content = kept

    lab.shared.passing.append(forget)
    try:
        result = built.no_compute_profile(cpu_reservation=10)
    finally:
        lab.shared.passing.remove(forget)
    assert "the call was accepted, but afterwards cpu reservation is still 0 instead of 10" in result["msg"]


# --- check mode -------------------------------------------------------------------------------------------------------


def test_network_profiles_of_earlier_tasks_may_be_named(building: Building, run_folder: Path, lab: Lab) -> None:
    reader = Reader(lab, lab.connector.port)
    new = {
        "name": "np-new",
        "network": reader.network_id("pg-management"),
        "prefix_length": 22,
        "ranges": [span("10.10.3.10-10.10.3.19")],
    }
    run = building.local
    run.profiles(new, check=True)
    networks = {"management": ["np-new"]}
    bulk = ["INTERCONNECT"]
    planned = building.compute_profile(check=True, networks=networks, services=bulk)
    assert building.no_compute_profile(networks=networks, services=bulk)["problems"] == [
        "management network profile np-new does not exist here; there is: none"
    ]
    run.profiles(new)
    assert building.compute_profile(networks=networks, services=bulk)["changes"] == planned["changes"]
    reader.close()


def test_a_second_task_in_check_mode_continues_from_the_first(built: Building, run_folder: Path) -> None:
    built.compute_profile(check=True)
    assert built.compute_profile(check=True)["changed"] is False
    change = built.local("hcx_compute_profile", check=True, name="cp-onprem", cpu_reservation=10)
    assert listed(change) == [("update", "cp-onprem")]
    built.local("hcx_compute_profile", check=True, name="cp-onprem", state="absent")
    assert listed(built.compute_profile(check=True)) == [("create", "cp-onprem")]
