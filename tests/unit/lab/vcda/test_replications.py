# SPDX-License-Identifier: GPL-3.0-or-later
"""Replications: what is asked, how they live, what changes them (VCD reference 10.4, 10.6 to 10.8)."""

from __future__ import annotations

from typing import Any

import pytest

from lab import Lab, LabControl

MINUTE = 60


def test_a_new_replication_synchronizes_and_gets_its_instance(either: Any, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcda_sync_ms=100_000)
    answer = either.call("POST", "/vm-replications", either.creation())
    task = answer.json()
    assert (answer.status_code, task["state"], task["endTime"], task["error"]) == (202, "RUNNING", -1, None)
    assert either.get("/vm-replications")["total"] == 0
    lab.shared.clock.advance(1)
    task = either.get(f"/tasks/{task['id']}")
    resource = task["workflowInfo"]["resourceId"]
    assert (task["state"], task["progress"], task["result"]["id"]) == ("SUCCEEDED", 100, resource)
    lab.shared.clock.advance(50)
    half = either.replication(resource)
    assert 45 <= half["sourceState"]["progress"] <= 60
    assert (half["dataConnectionState"], half["destinationState"]["latestInstance"]) == ("SYNCING", None)
    lab.shared.clock.advance(60)
    ready = either.replication(resource)
    instance = ready["destinationState"]["latestInstance"]
    assert (ready["dataConnectionState"], ready["overallHealth"], instance["sequenceNumber"]) == ("OK", "GREEN", 1)
    assert 0 < instance["transferBytes"] <= ready["destinationState"]["spaceRequirement"]
    assert either.get(f"/vm-replications/{resource}/instances") == [instance]


def test_unset_fields_are_null_or_absent(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    assert vcda.replication(resource)["destinationState"]["lastError"] is None
    lab.rules = lab.rules.changed(vcda_unset="absent")
    assert "lastError" not in vcda.replication(resource)["destinationState"]
    assert "error" not in vcda.get("/tasks")["items"][0]


def test_instances_come_each_rpo_unless_paused(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    first = vcda.replication(resource)["destinationState"]["latestInstance"]
    lab.shared.clock.advance(11 * MINUTE)
    later = vcda.replication(resource)["destinationState"]
    assert later["latestInstance"]["timestamp"] == first["timestamp"] + 10 * MINUTE * 1000
    assert later["currentRpoViolation"] == 0
    assert vcda.task("POST", f"/vm-replications/{resource}/pause")["state"] == "SUCCEEDED"
    lab.shared.clock.advance(20 * MINUTE)
    paused = vcda.replication(resource)
    assert (paused["isPaused"], paused["overallHealth"]) == (True, "YELLOW")
    assert paused["destinationState"]["currentRpoViolation"] == 16
    assert vcda.refused("POST", f"/vm-replications/{resource}/sync")[0] == 400
    vcda.task("POST", f"/vm-replications/{resource}/resume")
    assert vcda.task("POST", f"/vm-replications/{resource}/sync")["state"] == "SUCCEEDED"
    assert vcda.replication(resource)["destinationState"]["currentRpoViolation"] == 0


def test_a_start_time_holds_the_first_synchronization_back(vcda: Any, lab: Lab) -> None:
    at = round((lab.shared.clock.now() + 900) * 1000)
    resource = vcda.replicate(initialSyncTime=at)
    assert vcda.replication(resource)["sourceState"]["progress"] == 0
    lab.shared.clock.advance(901)
    assert vcda.replication(resource)["destinationState"]["latestInstance"] is not None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rpo": 4}, (400, "BadUserInput")),
        ({"rpo": 1441}, (400, "BadUserInput")),
        ({"rpo": "5"}, (400, "BadUserInput")),
        ({"dataConnectionType": "SHOUTED"}, (400, "BadUserInput")),
        ({"unknown": 1}, (400, "BadUserInput")),
        ({"destination": {"vdc": "nothing"}}, (404, "NotFound")),
        ({"destination": {"storageProfile": "nothing"}}, (404, "NotFound")),
        ({"destination": {"site": "elsewhere"}}, (404, "SiteNotFound")),
        ({"source": {"vmId": "vm-0"}}, (404, "NotFound")),
        ({"source": {"vcUuid": "nothing"}}, (404, "NotFound")),
        ({"source": {"site": "elsewhere"}}, (404, "SiteNotFound")),
        ({"source": {"excludedDisks": [2001]}}, (400, "BadUserInput")),
    ],
)
def test_a_wrong_request_makes_nothing(vcda: Any, fields: dict[str, Any], expected: tuple[int, str]) -> None:
    body = vcda.creation()
    for name, value in fields.items():
        body[name] = body[name] | value if isinstance(value, dict) else value
    assert vcda.refused("POST", "/vm-replications", body) == expected
    assert vcda.get("/tasks")["total"] == 0


def test_a_machine_is_replicated_once_until_complete(vcda: Any, lab: Lab) -> None:
    assert vcda.call("POST", "/vm-replications", vcda.creation()).status_code == 202
    assert vcda.refused("POST", "/vm-replications", vcda.creation()) == (400, "BadRequest")
    lab.shared.clock.advance(2)
    (found,) = vcda.get("/vm-replications", vmName="WebApp2")["items"]
    assert vcda.refused("POST", "/vapp-replications", vcda.group_creation("WebApp2"))[1] == "BadRequest"
    assert vcda.task("POST", f"/vm-replications/{found['id']}/migrate", vcda.recovery())["state"] == "SUCCEEDED"
    assert vcda.task("POST", "/vm-replications", vcda.creation())["state"] == "SUCCEEDED"
    lab.rules = lab.rules.changed(vcda_second_replication="accept")
    assert vcda.task("POST", "/vm-replications", vcda.creation())["state"] == "SUCCEEDED"


def test_a_change_keeps_what_it_leaves_out(vcda: Any) -> None:
    resource = vcda.replicate()
    task = vcda.task("PATCH", f"/vm-replications/{resource}?site=company-dc1", {"rpo": 15, "quiesced": True})
    settings = task["result"]["settings"]
    assert (settings["rpo"], settings["quiesced"], settings["description"]) == (15, True, "to the cloud")
    assert vcda.refused("PATCH", f"/vm-replications/{resource}?site=moon", {"rpo": 15}) == (404, "SiteNotFound")


def test_lists_are_filtered_and_paged(vcda: Any) -> None:
    made = [vcda.replicate(f"wave-0{n}") for n in range(1, 5)]
    assert vcda.get("/vm-replications", limit=3, offset=2)["total"] == 4
    assert len(vcda.get("/vm-replications", limit=3, offset=2)["items"]) == 2
    assert [r["id"] for r in vcda.get("/vm-replications", ids=",".join(made[:2]))["items"]] == made[:2]
    assert [r["vmName"] for r in vcda.get("/vm-replications", vmName="wave-03")["items"]] == ["wave-03"]
    assert vcda.get("/vm-replications", destinationOrg="globex")["total"] == 0
    assert vcda.get("/tasks", state="RUNNING")["total"] == 0
    vcda.http.headers["operationID"] = "wave-1"
    vcda.task("POST", f"/vm-replications/{made[0]}/pause")
    assert [t["workflowInfo"]["resourceId"] for t in vcda.get("/tasks", operationID="wave-1")["items"]] == [made[0]]


def test_a_removed_replication_is_gone(vcda: Any) -> None:
    resource = vcda.replicate()
    assert vcda.task("DELETE", f"/vm-replications/{resource}")["state"] == "SUCCEEDED"
    assert vcda.refused("GET", f"/vm-replications/{resource}") == (404, "NotFound")


def test_the_lab_disturbs_by_name(vcda: Any, lab: Lab, control: LabControl) -> None:
    control.call("PATCH", "/vcda/replications/WebApp2", {"fail": "No route to the replicator."})
    failing = vcda.replication(vcda.replicate())
    assert (failing["overallHealth"], failing["sourceState"]["state"]) == ("RED", "error")
    assert failing["destinationState"]["lastError"]["msg"] == "No route to the replicator."
    assert failing["destinationState"]["latestInstance"] is None
    task = vcda.task("POST", f"/vm-replications/{failing['id']}/sync")
    assert (task["state"], task["error"]["msg"]) == ("FAILED", "No route to the replicator.")
    control.call("PATCH", "/vcda/replications/WebApp2", {"fail": None, "rpo_violation": 7})
    lab.shared.clock.advance(2)
    late = vcda.replication(failing["id"])
    assert (late["overallHealth"], late["destinationState"]["currentRpoViolation"]) == ("YELLOW", 7)
    assert late["destinationState"]["latestInstance"] is not None
    control.call("PATCH", "/vcda/replications/wave-01", {"speed": 0.0})
    assert vcda.replication(vcda.replicate("wave-01"))["sourceState"]["progress"] == 0
    assert {r["vm"]: r["progress"] for r in control.call("GET", "/vcda/replications")} == {"WebApp2": 100, "wave-01": 0}


def test_planned_work_fails_or_never_ends(vcda: Any, lab: Lab) -> None:
    lab.faults.add("fail_work", service="vcda/vcda-t", method="POST /vm-replications", message="No space.")
    task = vcda.task("POST", "/vm-replications", vcda.creation())
    assert (task["state"], task["error"]["msg"]) == ("FAILED", "No space.")
    assert vcda.get("/vm-replications")["total"] == 0
    resource = vcda.replicate()
    lab.faults.add("never_end", service="vcda/vcda-t", method="POST /vm-replications/{resource}/pause")
    task = vcda.task("POST", f"/vm-replications/{resource}/pause")
    assert (task["state"], task["progress"] < 100) == ("RUNNING", True)
    assert vcda.refused("POST", f"/vm-replications/{resource}/sync")[1] == "BadRequest"


def test_snapshots_hold_replications_and_tasks(vcda: Any, lab: Lab, control: LabControl) -> None:
    resource = vcda.replicate()
    task = vcda.call("POST", f"/vm-replications/{resource}/migrate", vcda.recovery()).json()["id"]
    control.take_snapshot("moving")
    lab.shared.clock.advance(2)
    assert vcda.get(f"/tasks/{task}")["state"] == "SUCCEEDED"
    control.restore_snapshot("moving")
    assert control.call("GET", "/vcda/replications")[0]["recovery"] == "COMPLETE"
    assert vcda.get(f"/tasks/{task}")["state"] == "SUCCEEDED"
