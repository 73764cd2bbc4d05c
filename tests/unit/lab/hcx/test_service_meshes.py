# SPDX-License-Identifier: GPL-3.0-or-later
"""Service meshes, and what they leave in the vCenters (HCX reference 11, 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim as _vim

from lab import Lab, LabControl
from lab.default_world import WEB_MACHINES

vim: Any = _vim
MESHES = "/hybridity/api/interconnect/serviceMesh"
APPLIANCES = "/hybridity/api/interconnect/appliances"


@pytest.fixture
def in_vcenters(connect: Callable[..., Any]) -> Callable[[Any], list[Any]]:
    """Objects of a type in both vCenters, without machines that run applications: (moid, name) each."""
    clients = [connect(vcenter=name).content for name in ("source", "destination")]

    def read(kind: Any) -> list[Any]:
        found = []
        for content in clients:
            view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
            there = [o for o in view.view if not isinstance(o, vim.ClusterComputeResource)]
            found.append(sorted((o.name, o._moId) for o in there if o.name not in WEB_MACHINES))
            view.Destroy()
        return found

    return read


def build(connector: Any, body: dict[str, Any]) -> str:
    answer = connector.post(MESHES, body)
    assert connector.task(answer)["status"] == "SUCCESS"
    return str(answer["data"]["serviceMeshId"])


def codes(answer: Any, status: int = 422) -> list[str]:
    assert answer.status_code == status, answer.text
    return [e["code"] for e in answer.json()["errors"]]


def green(connector: Any) -> bool:
    return all(a["status"]["summary"]["overallStatus"] == "up" for a in connector.items("appliances"))


def test_a_mesh_puts_its_appliances_into_both_vcenters_and_takes_them_out(
    connector: Any, mesh: dict[str, Any], in_vcenters: Any
) -> None:
    assert in_vcenters(vim.VirtualMachine) == [[], []]
    mesh_id = build(connector, mesh)
    machines = in_vcenters(vim.VirtualMachine)
    assert [[name for name, _rest in side] for side in machines] == [
        ["mesh-IX-I1", "mesh-NE-I1", "mesh-WO-I1"],
        ["mesh-IX-R1", "mesh-NE-R1", "mesh-WO-R1"],
    ]
    assert [[name for name, _rest in side] for side in in_vcenters(vim.ComputeResource)] == [
        ["10.10.1.10"],
        ["10.30.1.10"],
    ]
    assert connector.task(connector.call("DELETE", f"{MESHES}/{mesh_id}").json())["status"] == "SUCCESS"
    assert in_vcenters(vim.VirtualMachine) == in_vcenters(vim.ComputeResource) == [[], []]
    assert connector.call("GET", f"{MESHES}/{mesh_id}").status_code == 404


def test_the_interconnect_is_a_host_without_cluster_that_one_can_tell_from_others(
    connector: Any, mesh: dict[str, Any], connect: Callable[..., Any]
) -> None:
    build(connector, mesh)
    client = connect()
    host = client.host("10.10.1.10")
    assert type(host.parent) is vim.ComputeResource
    assert (host.summary.hardware.vendor, host.summary.hardware.model) == ("VMware, Inc.", "VMware Mobility Platform")
    addresses = {v.device: v.spec.ip.ipAddress for v in host.config.network.vnic}
    assert addresses == {"vmk0": "10.10.1.10", "vmk1": "10.11.1.10"}
    assert client.selected("10.10.1.10")["vmotion"] == {"vmk1"}
    assert host not in client.host().parent.host


def test_without_vmotion_there_is_no_such_host(connector: Any, mesh: dict[str, Any], in_vcenters: Any) -> None:
    mesh["services"] = [s for s in mesh["services"] if s["name"] != "VMOTION"]
    mesh_id = build(connector, mesh)
    assert in_vcenters(vim.ComputeResource) == [[], []]
    mesh["services"].append({"name": "VMOTION"})
    connector.task(connector.call("PUT", f"{MESHES}/{mesh_id}", mesh).json())
    assert [len(side) for side in in_vcenters(vim.ComputeResource)] == [1, 1]


def test_tunnels_come_up_after_the_task(lab: Lab, connector: Any, mesh: dict[str, Any]) -> None:
    lab.rules = lab.rules.changed(hcx_tunnels_ms=60_000)
    build(connector, mesh)
    by_kind = {a["applianceType"]: a["status"]["summary"] for a in connector.items("appliances")}
    assert by_kind["HCX-WAN-IX"]["encryptionTunnelSummary"] == {
        "totalTunnelCount": 8,
        "totalActiveTunnelCount": 0,
        "aggregatedTunnelStatus": "down",
    }
    assert "encryptionTunnelSummary" not in by_kind["HCX-WAN-OPT"]
    lab.shared.clock.advance(60)
    assert green(connector)


def test_the_appliances_have_addresses_of_their_profiles_and_both_managers_show_them(
    connector: Any, cloud: Any, mesh: dict[str, Any], paired: str
) -> None:
    mesh_id = build(connector, mesh)
    connector.until(lambda: green(connector), bool)
    asked = {"filter": {"applianceType": "HCX-WAN-IX", "endpointId": paired, "serviceMeshId": mesh_id}}
    (found,) = connector.post(f"{APPLIANCES}/query", asked)["items"]
    assert (found["applianceName"], found["isInitiator"]) == ("mesh-IX-R1", False)
    assert found["config"]["uplinkIps"] == ["10.30.1.10"]
    assert cloud.post(f"{APPLIANCES}/query", asked)["items"] == [found]
    seen = cloud.get(f"{MESHES}/{mesh_id}")
    assert (seen["name"], seen["isLocalMesh"]) == ("mesh", False)
    assert codes(cloud.call("DELETE", f"{MESHES}/{mesh_id}")) == ["NOT_INITIATOR"]


def test_a_task_has_a_step_per_site_and_a_child_per_appliance(connector: Any, mesh: dict[str, Any]) -> None:
    task = connector.task(connector.post(MESHES, mesh))
    deploying = [s for s in task["steps"] if s["children"]]
    assert [[c["title"].rpartition("-")[0] for c in s["children"]] for s in deploying] == [
        [f"Deploy {n}" for n in ("mesh-IX", "mesh-WO", "mesh-NE")]
    ] * 2
    assert task["entityDetails"] == {"id": task["entityDetails"]["id"], "type": "SERVICE_MESH", "name": "mesh"}


def test_growing_adds_an_appliance_and_leaves_the_others_as_they_are(
    connector: Any, mesh: dict[str, Any], in_vcenters: Any
) -> None:
    mesh_id = build(connector, mesh)
    before = in_vcenters(vim.VirtualMachine)
    ids = {a["applianceId"] for a in connector.items("appliances")}
    body = connector.get(f"{MESHES}/{mesh_id}")
    body["switchPairCount"][0]["l2cApplianceCount"] = 2
    connector.task(connector.call("PUT", f"{MESHES}/{mesh_id}", body).json())
    after = in_vcenters(vim.VirtualMachine)
    assert [next(m for m in now if m not in then)[0] for now, then in zip(after, before, strict=True)] == [
        "mesh-NE-I2",
        "mesh-NE-R2",
    ]
    assert all(m in now for now, then in zip(after, before, strict=True) for m in then)
    assert ids < {a["applianceId"] for a in connector.items("appliances")}
    body["switchPairCount"][0]["l2cApplianceCount"] = 1
    body["services"] = [s for s in body["services"] if s["name"] != "WANOPT"]
    connector.task(connector.call("PUT", f"{MESHES}/{mesh_id}", body).json())
    assert [[name for name, _rest in side] for side in in_vcenters(vim.VirtualMachine)] == [
        ["mesh-IX-I1", "mesh-NE-I1"],
        ["mesh-IX-R1", "mesh-NE-R1"],
    ]


def test_while_a_task_runs_everything_else_is_409(lab: Lab, connector: Any, mesh: dict[str, Any]) -> None:
    lab.faults.add("never_end", method=f"POST {MESHES}", step=3)
    mesh_id = connector.post(MESHES, mesh)["data"]["serviceMeshId"]
    lab.shared.clock.advance(600)
    path = f"{MESHES}/{mesh_id}"
    task = connector.get(path)["lastTaskDetails"]
    assert task["status"] == "RUNNING"
    for method, where in (("PUT", path), ("POST", f"{path}/resync"), ("DELETE", path)):
        assert codes(connector.call(method, where, mesh), 409) == ["TASK_IN_PROGRESS"]
    steps = connector.get(f"/hybridity/api/interconnect/tasks/{task['interconnectTaskId']}")["steps"]
    assert [s["status"] for s in steps[:3]] == ["SUCCESS", "SUCCESS", "RUNNING"]


def test_the_last_task_of_a_mesh_may_lie(lab: Lab, connector: Any, mesh: dict[str, Any]) -> None:
    path = f"{MESHES}/{build(connector, mesh)}"
    assert (connector.get(path)["state"], connector.get(path)["lastTaskDetails"]["status"]) == ("COMMITTED", "RUNNING")
    lab.rules = lab.rules.changed(hcx_last_task_lags=False)
    assert connector.get(path)["lastTaskDetails"]["status"] == "SUCCESS"


def test_a_build_that_fails_half_way_is_finished_by_the_next_change(
    lab: Lab, connector: Any, mesh: dict[str, Any], in_vcenters: Any
) -> None:
    lab.faults.add("fail_work", method=f"POST {MESHES}", step=4, message="The datastore is full.")
    answer = connector.post(MESHES, mesh)
    assert connector.task(answer)["status"] == "FAILED"
    path = f"{MESHES}/{answer['data']['serviceMeshId']}"
    assert connector.get(path)["state"] == "UPDATE_FAILED"
    half = in_vcenters(vim.VirtualMachine)
    assert [len(side) for side in half] == [3, 0]
    connector.task(connector.call("PUT", path, mesh).json())
    assert in_vcenters(vim.VirtualMachine)[0] == half[0]
    assert len(in_vcenters(vim.VirtualMachine)[1]) == 3


def test_an_exhausted_pool_fails_the_task_and_says_where(connector: Any, cloud: Any, mesh: dict[str, Any]) -> None:
    used = connector.get("/hybridity/api/networks")[0]
    used["ipScopes"][0]["networkIpRanges"] = [{"startAddress": "10.10.1.10", "endAddress": "10.10.1.11"}]
    path = f"/hybridity/api/networks/{used['objectId']}"
    connector.job(connector.call("PUT", path, used).json()["data"]["jobId"])
    task = connector.task(connector.post(MESHES, mesh))
    (step,) = [s for s in task["steps"] if s["status"] == "FAILED"]
    assert step["errors"][0]["message"] == "No free IP address is left in network profile np-management for mesh-NE-I1."


def test_a_profile_change_reaches_the_appliances_by_resync(
    lab: Lab, connector: Any, mesh: dict[str, Any], in_vcenters: Any
) -> None:
    mesh_id = build(connector, mesh)
    before = in_vcenters(vim.VirtualMachine)
    uplink = connector.create_network("np-uplink", group="pg-provisioning", first="10.12.1.1", last="10.12.1.9")
    path = "/hybridity/api/interconnect/computeProfiles"
    (profile,) = connector.items("computeProfiles")
    profile["networks"][0]["tags"] = ["management"]
    profile["networks"].append({"id": uplink, "tags": ["uplink"]})
    connector.task(connector.call("PUT", f"{path}/{profile['computeProfileId']}", profile).json())

    def uplinks() -> list[Any]:
        found = connector.items("appliances")
        return [a["config"]["uplinkIps"] for a in found if a["applianceName"] == "mesh-IX-I1"]

    assert uplinks() == [[]]
    lab.rules = lab.rules.changed(hcx_resync_shown="response")
    diff = connector.call("POST", f"{MESHES}/{mesh_id}/generateDiff", mesh).json()
    assert connector.task(diff)["response"]["changes"] == ["cp-source", "np-uplink"]
    connector.task(connector.post(f"{MESHES}/{mesh_id}/resync", None))
    assert uplinks() == [["10.12.1.1"]]
    assert in_vcenters(vim.VirtualMachine) == before


def test_redeploying_makes_a_new_machine(connector: Any, mesh: dict[str, Any], in_vcenters: Any) -> None:
    build(connector, mesh)
    before = in_vcenters(vim.VirtualMachine)
    appliance = next(a for a in connector.items("appliances") if a["applianceName"] == "mesh-NE-I1")
    answer = connector.call("POST", f"{APPLIANCES}/{appliance['applianceId']}/redeploy")
    assert answer.status_code == 202
    connector.task(answer.json())
    after = in_vcenters(vim.VirtualMachine)
    assert [n for n, _rest in after[0]] == [n for n, _rest in before[0]]
    assert [n for n, moid in after[0] if (n, moid) not in before[0]] == ["mesh-NE-I1"]
    assert connector.call("POST", f"{APPLIANCES}/none/redeploy").status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"services": [{"name": "VMOTION"}], "switchPairCount": []}, "MISSING_SERVICE"),
        ({"services": [{"name": "INTERCONNECT"}, {"name": "RAV"}], "switchPairCount": []}, "SERVICE_NOT_ENABLED"),
        ({"services": [{"name": "INTERCONNECT"}, {"name": "X"}], "switchPairCount": []}, "UNKNOWN_SERVICE"),
        ({"switchPairCount": []}, "MISSING_SWITCH_PAIR"),
        ({"trafficEnggCfg": {"isEncryptionlessTunnelEnabledForNE": True}}, "CONFIRMATION_NEEDED"),
    ],
)
def test_what_speaks_against_a_mesh_is_422(connector: Any, mesh: dict[str, Any], change: Any, code: str) -> None:
    assert codes(connector.call("POST", MESHES, mesh | change)) in ([code], [code, code])
    assert connector.items("serviceMesh") == []


def test_ids_must_be_of_the_right_sites(connector: Any, mesh: dict[str, Any]) -> None:
    swapped = mesh | {"computeProfiles": mesh["computeProfiles"][::-1]}
    assert set(codes(connector.call("POST", MESHES, swapped))) >= {"INVALID_ID"}
    other = [s | {"id": s["name"]} for s in mesh["switchPairCount"][0]["switches"]]
    named = mesh | {"switchPairCount": [{"switches": other, "l2cApplianceCount": 1}]}
    assert codes(connector.call("POST", MESHES, named)) == ["INVALID_ID", "INVALID_ID"]


def test_what_a_mesh_uses_stays(lab: Lab, connector: Any, cloud: Any, mesh: dict[str, Any], paired: str) -> None:
    build(connector, mesh)
    assert codes(connector.call("POST", MESHES, mesh)) == ["DUPLICATE_NAME"]
    profiles = "/hybridity/api/interconnect/computeProfiles"
    for manager, part in ((connector, 0), (cloud, 1)):
        profile = mesh["computeProfiles"][part]["computeProfileId"]
        assert codes(manager.call("DELETE", f"{profiles}/{profile}")) == ["IN_USE"]
    assert connector.call("DELETE", f"/hybridity/api/endpointPairing/{paired}").json()["success"] is False


def test_the_uplink_can_be_overridden_for_one_mesh(connector: Any, mesh: dict[str, Any]) -> None:
    uplink = connector.create_network("np-uplink", group="pg-provisioning", first="10.12.1.1", last="10.12.1.9")
    mesh["computeProfiles"][0] |= {"overriddenUplink": True, "networks": [{"id": uplink, "tags": ["uplink"]}]}
    build(connector, mesh)
    appliance = next(a for a in connector.items("appliances") if a["applianceName"] == "mesh-IX-I1")
    assert appliance["config"]["uplinkIps"] == ["10.12.1.1"]


def test_diagnostics_tell_the_state_of_each_appliance(connector: Any, mesh: dict[str, Any]) -> None:
    path = f"{MESHES}/{build(connector, mesh)}"
    answer = connector.call("POST", f"{path}/diagnose")
    assert answer.status_code == 202
    connector.task(answer.json())
    (found,) = connector.post(f"{path}/diagnostics/query", {})["items"]
    assert connector.get(f"{path}/diagnostics/{found['id']}")["results"][0]["applianceName"] == "mesh-IX-I1"


def test_snapshots_hold_managers_and_machines_also_in_the_middle_of_a_task(
    lab: Lab, connector: Any, control: LabControl, mesh: dict[str, Any], in_vcenters: Any
) -> None:
    lab.rules = lab.rules.changed(hcx_task_step_ms=60_000)
    answer = connector.post(MESHES, mesh)
    lab.shared.clock.advance(61)
    control.take_snapshot("begun")
    lab.shared.clock.advance(600)
    connector.login()
    assert connector.task(answer)["status"] == "SUCCESS"
    assert in_vcenters(vim.VirtualMachine)[0]
    control.restore_snapshot("begun")
    assert connector.task(answer)["status"] == "SUCCESS"
    assert [len(side) for side in in_vcenters(vim.VirtualMachine)] == [3, 3]
    assert len(connector.items("appliances")) == 6
