# SPDX-License-Identifier: GPL-3.0-or-later
"""Service meshes: built until the tunnels are up, drift, growth, synchronising, removal. (HCX reference 11, 12, 17)

Appliances are counted in the vCenters of both sites, not in HCX.
"""

from __future__ import annotations

from typing import Any

import pytest
from contract.hcx.building import MESH, SERVICES, Building, mesh, names, pair
from contract.hcx.reader import Reader
from contract.hcx.tasks import Result, Tasks, listed
from contract.hcx.vcenter import VCenter

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx import mesh_sites
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.site_pairing import Pairing, read_pairings
from lab import Lab

BASE = "/hybridity/api/interconnect/serviceMesh"
CREATE, UPDATE, REMOVE = f"POST {BASE}", f"PUT {BASE}/{{mesh_id}}", f"DELETE {BASE}/{{mesh_id}}"
RESYNC = f"POST {BASE}/{{mesh_id}}/resync"
Sites = tuple[VCenter, VCenter]


@pytest.fixture
def profiled(building: Building) -> Building:
    """Paired, with profiles at both sites."""
    building.networks()
    building.profiles()
    return building


@pytest.fixture
def meshed(profiled: Building) -> Building:
    profiled.mesh()
    return profiled


def deployed(vcenters: Sites) -> list[str]:
    return sorted(name for vcenter in vcenters for name in vcenter.machines())


def shown(seen: Reader) -> Result:
    (found,) = seen.meshes()
    return found


# --- building ---------------------------------------------------------------------------------------------------------


def test_a_mesh_is_built_until_its_tunnels_are_up(
    profiled: Building, run: Tasks, seen: Reader, vcenters: Sites
) -> None:
    since = run.mark()
    result = profiled.mesh()
    assert run.writes(since) == [CREATE]
    assert listed(result) == [("create", MESH)]
    everything = names("IX", "WO", "NE")
    assert sorted(result["changes"][0]["after"]["appliances"]) == everything
    assert sorted(vcenters[0].machines()) == [name for name in everything if "-I1" in name]
    assert sorted(vcenters[1].machines()) == [name for name in everything if "-R1" in name]
    for item in seen.appliances().values():
        summary = item["status"]["summary"]
        assert summary["overallStatus"] == "up"
        for transport in summary.get("transportSummary", []):
            assert transport["totalActiveTunnelCount"] == transport["totalTunnelCount"] > 0
    assert [one["name"] for one in result["appliances"]] == everything
    assert all(one["healthy"] for one in result["appliances"])
    assert result["service_mesh"]["id"] == shown(seen)["serviceMeshId"]


def test_vmotion_brings_a_mobility_agent_to_each_vcenter(meshed: Building, vcenters: Sites) -> None:
    assert [len(vcenter.agents()) for vcenter in vcenters] == [1, 1]
    bulk = [service for service in SERVICES if service != "VMOTION"]
    meshed.mesh(services=bulk)
    assert [vcenter.agents() for vcenter in vcenters] == [[], []]


def test_a_mesh_for_bulk_migration_has_no_extension_appliance(profiled: Building, vcenters: Sites) -> None:
    bulk = {"services": ["INTERCONNECT", "WANOPT", "BULK_MIGRATION"], "switch_pairs": None}
    profiled.mesh(**bulk)
    assert deployed(vcenters) == names("IX", "WO")
    assert profiled.mesh(**bulk)["changed"] is False


def test_a_second_run_changes_nothing(meshed: Building, run: Tasks, vcenters: Sites) -> None:
    before = [vcenter.identities() for vcenter in vcenters]
    since = run.mark()
    again = meshed.mesh()
    assert (again["changed"], again["changes"]) == (False, [])
    assert run.writes(since) == []
    assert run("hcx_service_mesh", name=MESH)["changed"] is False
    assert [vcenter.identities() for vcenter in vcenters] == before


def test_check_mode_tells_the_appliances_and_builds_nothing(profiled: Building, run: Tasks, vcenters: Sites) -> None:
    since = run.mark()
    planned = profiled.mesh(check=True, switch_pairs=[pair(2)])
    assert run.writes(since) == []
    assert deployed(vcenters) == []
    assert (planned["service_mesh"], planned["appliances"]) == (None, [])
    assert sorted(planned["changes"][0]["after"]["appliances"]) == names("IX", "WO", "NE", "NE2")
    assert profiled.mesh(switch_pairs=[pair(2)])["changes"] == planned["changes"]
    assert deployed(vcenters) == names("IX", "WO", "NE", "NE2")


def test_ids_are_taken_in_place_of_names(meshed: Building, seen: Reader) -> None:
    local, remote = shown(seen)["computeProfiles"]
    (pairs,) = shown(seen)["switchPairCount"]
    ends = [switch["id"] for switch in pairs["switches"]]
    same = meshed.mesh(
        compute_profile=local["computeProfileId"],
        remote_compute_profile=remote["computeProfileId"],
        switch_pairs=[{"local": ends[0], "remote": ends[1], "appliances": 1}],
    )
    assert same["changed"] is False


# --- drift ------------------------------------------------------------------------------------------------------------


def test_another_extension_appliance_grows_the_mesh(meshed: Building, run: Tasks, vcenters: Sites) -> None:
    before = [vcenter.identities() for vcenter in vcenters]
    since = run.mark()
    result = meshed.mesh(switch_pairs=[pair(2)])
    assert run.writes(since) == [UPDATE]
    (change,) = result["changes"]
    assert sorted(change["after"]) == ["appliances", "switch_pairs"]
    assert sorted(set(change["after"]["appliances"]) - set(change["before"]["appliances"])) == names("NE2")
    after = [vcenter.identities() for vcenter in vcenters]
    for old, new, added in zip(before, after, names("NE2"), strict=True):
        assert {**old, added: new[added]} == new
    assert meshed.mesh(switch_pairs=[pair(2)])["changed"] is False
    meshed.mesh(switch_pairs=[pair(1)])
    assert [vcenter.identities() for vcenter in vcenters] == before


DRIFT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "bandwidth": ({"wan_optimization_bandwidth": 20000}, ["wan_optimization_bandwidth"]),
    "path resiliency": ({"application_path_resiliency": True}, ["application_path_resiliency"]),
    "flow conditioning": ({"tcp_flow_conditioning": True}, ["tcp_flow_conditioning"]),
    "a service less": ({"services": [s for s in SERVICES if s != "BULK_MIGRATION"]}, ["services"]),
    "no WAN optimization": ({"services": [s for s in SERVICES if s != "WANOPT"]}, ["services", "appliances"]),
    "no extension": (
        {"services": [s for s in SERVICES if s != "NETWORK_EXTENSION"], "switch_pairs": None},
        ["services", "switch_pairs", "appliances"],
    ),
    "uplink": ({"uplinks": ["np-management"]}, ["uplinks"]),
    "remote uplink": ({"remote_uplinks": ["np-management"]}, ["remote_uplinks"]),
    "another pair": (
        {"switch_pairs": [pair(), {"local": "vds-a", "remote": "tz-overlay", "appliances": 1}]},
        ["switch_pairs", "appliances"],
    ),
}


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_one_change(building: Building, run: Tasks, name: str, seen: Reader) -> None:
    options, settings = DRIFT[name]
    building.networks()
    building.profiles()
    building.remote("hcx_compute_profile", name="cp-cloud", switches=["vds-d", "tz-overlay"])
    building.mesh()
    before = shown(seen)["serviceMeshId"]
    since = run.mark()
    planned = building.mesh(check=True, **options)
    assert run.writes(since) == []
    result = building.mesh(**options)
    assert run.writes(since) == [UPDATE]
    assert result["changes"] == planned["changes"]
    (change,) = result["changes"]
    assert sorted(change["after"]) == sorted(settings)
    assert building.mesh(**options)["changed"] is False
    assert shown(seen)["serviceMeshId"] == before
    assert shown(seen)["state"] == "COMMITTED"


def test_an_uplink_of_its_own_reaches_the_appliances_and_ends(meshed: Building, seen: Reader) -> None:
    meshed.mesh(uplinks=["np-management"])
    uplinks = {name: item["config"]["uplinkIps"] for name, item in seen.appliances().items()}
    assert all(address.startswith("10.10.") for address in uplinks[f"{MESH}-IX-I1"])
    network = seen.profile("np-management")["objectId"]
    assert meshed.mesh(uplinks=[network])["changed"] is False
    assert listed(meshed.mesh(uplinks=[])) == [("update", MESH)]
    assert shown(seen)["computeProfiles"][0]["overriddenUplink"] is False
    assert "networks" not in shown(seen)["computeProfiles"][0]
    uplinks = {name: item["config"]["uplinkIps"] for name, item in seen.appliances().items()}
    assert all(address.startswith("10.13.") for address in uplinks[f"{MESH}-IX-I1"])


def test_what_is_not_given_and_what_others_wrote_is_kept(meshed: Building, run: Tasks, lab: Lab, seen: Reader) -> None:
    (kept,) = lab._server.managers["connector"].state.meshes.values()
    kept.content["comment"] = "by hand"
    kept.content["trafficEnggCfg"] = {"groEnabled": True}
    run("hcx_service_mesh", name=MESH, tcp_flow_conditioning=True)
    after = shown(seen)
    assert after["comment"] == "by hand"
    assert after["trafficEnggCfg"] == {"groEnabled": True, "isTcpFlowConditioningEnabled": True}
    assert sorted(service["name"] for service in after["services"]) == sorted(SERVICES)


def test_a_profile_that_changed_reaches_the_appliances_by_resync(meshed: Building, run: Tasks, seen: Reader) -> None:
    networks = {"uplink": ["np-management"]}
    run("hcx_compute_profile", name="cp-onprem", networks=networks)
    assert meshed.mesh()["changed"] is False
    since = run.mark()
    planned = meshed.mesh(check=True, resync=True)
    result = meshed.mesh(resync=True)
    assert run.writes(since) == [RESYNC]
    assert result["changes"] == planned["changes"]
    assert listed(result) == [("update", MESH)]
    (address,) = seen.appliances()[f"{MESH}-IX-I1"]["config"]["uplinkIps"]
    assert address.startswith("10.10.")


@pytest.mark.parametrize("there", [True, False])
def test_a_change_synchronises_too(profiled: Building, run: Tasks, there: bool) -> None:
    if there:
        profiled.mesh()
    since = run.mark()
    profiled.mesh(resync=True, wan_optimization_bandwidth=5000)
    assert run.writes(since) == [UPDATE if there else CREATE]


# --- removal ----------------------------------------------------------------------------------------------------------


def test_removal_takes_the_appliances_and_agents_along(
    meshed: Building, run: Tasks, seen: Reader, vcenters: Sites
) -> None:
    options: dict[str, Any] = {"name": MESH, "state": "absent"}
    planned = run("hcx_service_mesh", check=True, **options)
    assert len(deployed(vcenters)) == 6
    since = run.mark()
    result = run("hcx_service_mesh", **options)
    assert run.writes(since) == [REMOVE]
    assert result["changes"] == planned["changes"]
    assert (result["service_mesh"], result["appliances"]) == (None, [])
    assert (deployed(vcenters), seen.meshes()) == ([], [])
    assert [vcenter.agents() for vcenter in vcenters] == [[], []]
    since = run.mark()
    assert run("hcx_service_mesh", **options)["changed"] is False
    assert run.writes(since) == []


def test_extended_networks_keep_a_mesh_unless_forced(meshed: Building, run: Tasks, lab: Lab, vcenters: Sites) -> None:
    (kept,) = lab._server.managers["connector"].state.meshes.values()
    next(a for a in kept.appliances.values() if a.kind == "HCX-NET-EXT").extensions = 3
    options: dict[str, Any] = {"name": MESH, "state": "absent"}
    result = run.failing("hcx_service_mesh", **options)
    assert f"Networks are extended over {MESH}-NE-I1 of service mesh {MESH}. [NETWORKS_EXTENDED]" in result["msg"]
    assert len(deployed(vcenters)) == 6
    run("hcx_service_mesh", force_delete=True, **options)
    assert deployed(vcenters) == []


def test_a_peer_that_does_not_answer_needs_force(meshed: Building, run: Tasks, lab: Lab, seen: Reader) -> None:
    lab._server.managers["cloud"].state.availability = "down"
    options: dict[str, Any] = {"name": MESH, "state": "absent"}
    assert "does not answer" in run.failing("hcx_service_mesh", **options)["msg"]
    run("hcx_service_mesh", force_delete=True, **options)
    assert seen.meshes() == []


# --- bad input --------------------------------------------------------------------------------------------------------

NOT_NEEDED = [service for service in SERVICES if service != "NETWORK_EXTENSION"]
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown local profile": (
        {"compute_profile": "cp-x"},
        "site hcx-connector has no compute profile cp-x; there is: cp-onprem",
    ),
    "unknown remote profile": (
        {"remote_compute_profile": "cp-onprem"},
        "site hcx-cloud has no compute profile cp-onprem; there is: cp-cloud",
    ),
    "no local profile": ({"compute_profile": None}, "service mesh onprem-cloud is new and needs compute_profile"),
    "no remote profile": (
        {"remote_compute_profile": None},
        "service mesh onprem-cloud is new and needs remote_compute_profile",
    ),
    "no services": ({"services": None, "switch_pairs": None}, "service mesh onprem-cloud is new and needs services"),
    "empty services": ({"services": []}, "services lacks INTERCONNECT, which every service mesh needs"),
    "no INTERCONNECT": ({"services": ["VMOTION"]}, "services lacks INTERCONNECT, which every service mesh needs"),
    "a service that both profiles lack": (
        {"services": [*SERVICES, "RAV"]},
        (
            "compute profile cp-cloud of site hcx-cloud does not offer RAV; "
            "it offers: BULK_MIGRATION, INTERCONNECT, NETWORK_EXTENSION, VMOTION, WANOPT"
        ),
    ),
    "no switch pairs": (
        {"switch_pairs": None},
        "service mesh onprem-cloud needs switch_pairs for NETWORK_EXTENSION",
    ),
    "empty switch pairs": ({"switch_pairs": []}, "switch_pairs is empty; NETWORK_EXTENSION needs at least one"),
    "switch pairs without extension": (
        {"services": NOT_NEEDED},
        "switch_pairs needs the service NETWORK_EXTENSION, which the mesh does not have",
    ),
    "no appliances": (
        {"switch_pairs": [pair(0)]},
        "switch_pairs: 0 appliances for vds-a and vds-d; at least 1 is needed",
    ),
    "a pair twice": (
        {"switch_pairs": [pair(), pair(2)]},
        "switch_pairs lists vds-a and vds-d twice; raise its appliances instead",
    ),
    "unknown uplink": (
        {"uplinks": ["np-x"]},
        "site hcx-connector has no network profile np-x; there is: np-management, np-uplink, np-vmotion",
    ),
    "unknown remote uplink": (
        {"remote_uplinks": ["np-x"]},
        "site hcx-cloud has no network profile np-x; there is: np-management, np-uplink, np-vmotion",
    ),
    "bandwidth": ({"wan_optimization_bandwidth": 0}, "wan_optimization_bandwidth 0 must be 1 or more"),
    "a mesh of HCX itself": (
        {"name": "default-service-mesh-1"},
        "service mesh default-service-mesh-1 belongs to HCX itself and is not ours to change",
    ),
    "not a URL": (
        {"remote_url": "ftp://there"},
        "remote_url ftp://there is not a URL such as https://hcx-cloud.example.com",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_refused_before_anything_is_written(profiled: Building, run: Tasks, name: str) -> None:
    options, sentence = WRONG[name]
    for check in (True, False):
        since = run.mark()
        result = profiled.no_mesh(check=check, **options)
        assert sentence in result["problems"]
        assert result["msg"].split(" (and ")[0] == result["problems"][0]
        assert (result["changed"], run.writes(since)) == (False, [])


def test_an_unknown_switch_is_told_with_the_switches_of_the_profile(profiled: Building, seen: Reader) -> None:
    switch = seen.compute_profiles()["cp-onprem"]["switches"][0]["id"]
    result = profiled.no_mesh(switch_pairs=[{"local": "vds-x", "remote": "vds-d", "appliances": 1}])
    assert result["msg"] == (
        f"compute profile cp-onprem of site hcx-connector has no switch vds-x; there is: vds-a ({switch})"
    )


def test_one_pair_by_name_and_by_id_is_listed_twice(profiled: Building, seen: Reader) -> None:
    switch = seen.compute_profiles()["cp-onprem"]["switches"][0]["id"]
    result = profiled.no_mesh(switch_pairs=[pair(), {"local": switch, "remote": "vds-d", "appliances": 1}])
    assert "switch_pairs lists vds-a" in result["msg"]
    assert result["msg"].endswith("twice; raise its appliances instead")


def test_a_service_that_one_profile_lacks(profiled: Building, run: Tasks) -> None:
    bulk = ["INTERCONNECT", "BULK_MIGRATION"]
    run("hcx_compute_profile", name="cp-onprem", services=bulk)
    result = profiled.no_mesh(services=[*bulk, "WANOPT"], switch_pairs=None)
    assert result["msg"] == (
        "compute profile cp-onprem of site hcx-connector does not offer WANOPT; it offers: BULK_MIGRATION, INTERCONNECT"
    )


def test_without_a_pairing(building: Building) -> None:
    building.networks()
    building.compute_profile()
    assert building.no_mesh()["msg"] == "this manager is not paired with any site; pairings: none"


def test_with_several_pairings_the_site_is_named(profiled: Building, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab has two managers, so a third is put into what the first one lists."""
    other = Pairing("https://other.lab.example", "someone", "20240101080000000-other", "hcx-other", "4.11.0")
    monkeypatch.setattr(mesh_sites, "read_pairings", lambda hcx: [*read_pairings(hcx), other])
    message = profiled.no_mesh()["msg"]
    assert message.startswith("this manager is paired with several sites (")
    assert message.endswith("; give remote_url")
    unknown = profiled.no_mesh(remote_url="https://third.lab.example")["msg"]
    assert unknown.startswith("this manager is not paired with https://third.lab.example; pairings: ")
    assert profiled.mesh(remote_url=f"{lab.cloud.url}/")["changed"] is True


def test_a_mesh_is_changed_at_the_site_that_began_it(meshed: Building, lab: Lab) -> None:
    options = {**mesh(), "compute_profile": "cp-cloud", "remote_compute_profile": "cp-onprem", "switch_pairs": []}
    del options["services"], options["switch_pairs"]
    for state in ("present", "absent"):
        since = meshed.remote.mark()
        result = meshed.remote.failing("hcx_service_mesh", **options, state=state)
        assert result["msg"] == f"service mesh {MESH} was begun at its other site; run this task against that manager"
        assert meshed.remote.writes(since) == []
