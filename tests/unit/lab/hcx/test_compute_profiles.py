# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute profiles (HCX reference 10)."""

from __future__ import annotations

from typing import Any

import pytest

from lab import Lab

PROFILES = "/hybridity/api/interconnect/computeProfiles"


@pytest.fixture
def body(connector: Any) -> dict[str, Any]:
    groups = (("pg-management", 10), ("pg-vmotion", 11), ("pg-replication", 13))
    ids = [connector.create_network(g, group=g, first=f"10.{o}.1.1", last=f"10.{o}.1.9") for g, o in groups]
    roles = (["management", "uplink"], ["vmotion"], ["replication"])
    found: dict[str, Any] = connector.compute_profile("cp", "a", dict(zip(ids, roles, strict=True)))
    return found


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    assert "interconnectTaskId" not in answer.json()["data"]
    return [e["code"] for e in answer.json()["errors"]]


def test_a_profile_is_made_by_a_task_and_gets_the_names_of_its_ids(
    connector: Any, body: dict[str, Any], later: Any
) -> None:
    answer = connector.call("POST", PROFILES, body)
    assert answer.status_code == 202
    assert connector.items("computeProfiles")[0]["state"] != "VALID"
    later()
    task = connector.task(answer.json())
    assert (task["status"], task["progress"], task["entityDetails"]["type"]) == ("SUCCESS", 100, "COMPUTE_PROFILE")
    (found,) = connector.items("computeProfiles")
    assert (found["state"], found["deploymentComputeClusterName"]) == ("VALID", "compute-a")
    assert found["deploymentContainer"]["storage"][0]["name"] == "ds-a"
    assert [n["name"] for n in found["networks"]] == ["pg-management", "pg-vmotion", "pg-replication"]
    assert found["switches"][0]["maxMtu"] == 9000
    assert connector.post(f"{PROFILES}/query", {"filter": {"name": "cp"}})["items"] == [found]
    assert connector.post(f"{PROFILES}/query", {"filter": {"name": "other"}})["items"] == []


def test_a_body_without_its_parts_is_400(connector: Any, body: dict[str, Any]) -> None:
    for part in ("name", "services", "compute", "deploymentContainer", "networks"):
        answer = connector.call("POST", PROFILES, {k: v for k, v in body.items() if k != part})
        assert answer.status_code == 400
        assert part in answer.json()["errors"][0]["message"]


def test_names_in_the_place_of_ids_and_wrong_types_are_caught(connector: Any, body: dict[str, Any]) -> None:
    vcenter = connector.vcenter()
    wrong = {
        "INVALID_ID": {"compute": [{"cmpId": vcenter, "id": "dc-a", "type": "datacenter"}]},
        "INVALID_TYPE": {"compute": [body["compute"][0] | {"type": "Datacenter"}]},
        "UNKNOWN_SERVICE": {"services": [*body["services"], {"name": "Vmotion"}]},
        "DUPLICATE_NETWORK": {"networks": [*body["networks"], body["networks"][0]]},
        "MISSING_NETWORK": {"networks": body["networks"][:2]},
        "MISSING_SWITCH": {"switches": []},
    }
    for code, change in wrong.items():
        assert codes(connector.call("POST", PROFILES, body | change)) == [code]


def test_storage_must_be_seen_by_the_deployment_cluster(connector: Any, body: dict[str, Any]) -> None:
    other = connector.of_cluster("datastores", "compute-b")["ds-b"]["id"]
    body["deploymentContainer"]["storage"][0]["id"] = other
    assert codes(connector.call("POST", PROFILES, body)) == ["UNREACHABLE_STORAGE"]


def test_rules_decide_what_a_release_knows_and_needs(lab: Lab, connector: Any, body: dict[str, Any]) -> None:
    lab.rules = lab.rules.changed(hcx_missing_services=["WANOPT"], hcx_required_networks="all")
    small = body | {"services": [{"name": "INTERCONNECT"}, {"name": "WANOPT"}], "networks": body["networks"][:1]}
    assert codes(connector.call("POST", PROFILES, small)) == ["UNKNOWN_SERVICE", "MISSING_NETWORK", "MISSING_NETWORK"]


def test_a_change_replaces_the_whole_and_a_running_task_refuses_another(
    connector: Any, body: dict[str, Any], later: Any
) -> None:
    path = f"{PROFILES}/{connector.post(PROFILES, body)['data']['computeProfileId']}"
    assert connector.call("PUT", path, body).status_code == 409
    later()
    changed = body | {"services": body["services"][:-1]}
    answer = connector.call("PUT", path, changed).json()
    later()
    assert connector.task(answer)["status"] == "SUCCESS"
    assert [s["name"] for s in connector.get(path)["services"]] == [s["name"] for s in changed["services"]]


def test_a_failed_task_tells_in_its_steps_and_by_rule_elsewhere(lab: Lab, connector: Any, body: dict[str, Any]) -> None:
    lab.faults.add("fail_work", method=f"POST {PROFILES}", step=2, message="vCenter is busy.")
    answer = connector.post(PROFILES, body)
    task = connector.task(answer)
    assert (task["status"], task["message"]) == ("FAILED", "")
    assert [s["status"] for s in task["steps"]] == ["SUCCESS", "FAILED"]
    assert task["steps"][1]["errors"] == [{"message": "vCenter is busy."}]
    lab.rules = lab.rules.changed(hcx_task_error_in="errorMessage")
    assert connector.task(answer)["errorMessage"] == "vCenter is busy."


def test_a_network_profile_in_use_is_not_deleted_and_a_profile_goes_by_a_task(
    connector: Any, body: dict[str, Any]
) -> None:
    answer = connector.post(PROFILES, body)
    connector.task(answer)
    refusal = connector.call("DELETE", f"/hybridity/api/networks/{body['networks'][0]['id']}")
    assert refusal.json()["errorCode"] == "IN_USE"
    path = f"{PROFILES}/{answer['data']['computeProfileId']}"
    connector.task(connector.call("DELETE", path).json())
    gone = connector.call("GET", path)
    assert (gone.status_code, gone.content) == (404, b"")


def test_previews_are_tasks_and_tasks_are_listed_newest_first(connector: Any, body: dict[str, Any]) -> None:
    preview = connector.call("POST", f"{PROFILES}/preview", body)
    assert preview.status_code == 202
    assert connector.task(preview.json())["status"] == "SUCCESS"
    connector.task(connector.post(PROFILES, body))
    tasks = "/hybridity/api/interconnect/tasks"
    assert [t["type"] for t in connector.get(tasks)["items"]] == ["createComputeProfile", "previewComputeProfile"]
    page = connector.get(tasks, offset="2", pageSize="1")
    assert ([t["type"] for t in page["items"]], page["paging"]["totalSize"]) == (["previewComputeProfile"], 2)
    asked = {"filter": {"type": "createComputeProfile"}}
    assert len(connector.post(f"{tasks}/query", asked)["items"]) == 1
    assert connector.call("GET", f"{tasks}/none").status_code == 404
