# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test makes go wrong through the control endpoint (HCX reference 15, 18)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from lab import Lab, LabControl, LabError

MESHES = "/hybridity/api/interconnect/serviceMesh"
NETWORKS = "/hybridity/api/networks"


def reached(manager: Any) -> int | None:
    """The status of an answer on a fresh connection; None when the connection is refused."""
    manager.http.close()
    try:
        return int(manager.call("GET", NETWORKS).status_code)
    except requests.ConnectionError as error:
        return None if "refused" in str(error) else -1


def test_a_restarting_manager_answers_503_until_it_is_up_on_the_lab_s_clock(
    lab: Lab, connector: Any, control: LabControl
) -> None:
    control.set_manager("connector", availability="starting", seconds=30.0)
    assert connector.call("GET", NETWORKS).status_code == 503
    lab.shared.clock.advance(30)
    assert connector.call("GET", NETWORKS).status_code == 200


def test_a_manager_that_is_down_refuses_connections_until_it_is_back(
    lab: Lab, connector: Any, cloud: Any, control: LabControl
) -> None:
    control.set_manager("connector", availability="down", seconds=600.0)
    assert reached(connector) is None
    assert reached(cloud) == 200
    lab.shared.clock.advance(600)
    assert connector.until(lambda: reached(connector), lambda status: status == 200) == 200


def test_reset_brings_a_manager_back(lab: Lab, connector: Any, control: LabControl) -> None:
    for reset in (lab.reset, control.reset):
        control.set_manager("connector", availability="down")
        assert reached(connector) is None
        reset()
        assert reached(connector) == 401


def test_sign_on_that_is_not_ready_says_so_in_xml(control: LabControl, stranger: Any) -> None:
    control.set_manager("connector", sso_ready=False)
    answer = stranger.login()
    assert answer.status_code == 500
    assert "<entries><entry><string>message</string><string>'Trusted root certificates'" in answer.text
    control.set_manager("connector", sso_ready=True)
    assert stranger.login().status_code == 200


def test_a_site_without_nsx_cannot_be_paired_with(lab: Lab, connector: Any, trust: None, control: LabControl) -> None:
    control.set_manager("cloud", nsx_registered=False)
    remote = {"url": lab.cloud.url, "username": lab.username, "password": lab.password}
    answer = connector.post("/hybridity/api/cloudConfigs", {"remote": remote})
    assert "without registering a valid NSX-T Manager" in answer["errors"][0]["text"]


@pytest.mark.parametrize(("status", "active", "severity"), [("down", 0, "CRITICAL"), ("degraded", 4, "INFO")])
def test_disturbed_tunnels_show_with_their_cause_and_an_alert(
    connector: Any, mesh: dict[str, Any], control: LabControl, status: str, active: int, severity: str
) -> None:
    connector.task(connector.post(MESHES, mesh))

    def summaries() -> dict[str, Any]:
        return {a["applianceName"]: a["status"]["summary"] for a in connector.items("appliances")}

    connector.until(summaries, lambda found: all(s["overallStatus"] == "up" for s in found.values()))
    control.disturb_tunnels(status, "UDP 4500 is blocked.", "mesh-NE-I1")
    found = summaries()
    assert {n for n, s in found.items() if s["overallStatus"] != "up"} == {"mesh-NE-I1", "mesh-NE-R1"}
    shown = found["mesh-NE-R1"]
    assert (shown["reasons"], shown["transportSummary"][0]["totalActiveTunnelCount"]) == (
        ["UDP 4500 is blocked."],
        active,
    )
    alerts = connector.post("/hybridity/api/alerts", {"filter": {"severity": severity}}, action="query")["items"]
    assert [(a["state"], a["entity"]["name"]) for a in alerts] == [("CREATED", "mesh-NE-I1")]
    path = f"/hybridity/api/alerts/{alerts[0]['alarm_id']}"
    assert connector.post(f"{path}/acknowledge", None)["acknowledgedBy"] == Lab.username
    assert connector.call("DELETE", path).status_code == 200
    assert connector.call("DELETE", path).status_code == 404
    control.restore_tunnels()
    assert all(s["overallStatus"] == "up" for s in summaries().values())


def test_live_extensions_hold_a_mesh_unless_forced(connector: Any, mesh: dict[str, Any], control: LabControl) -> None:
    mesh_id = connector.post(MESHES, mesh)["data"]["serviceMeshId"]
    connector.until(lambda: connector.get(f"{MESHES}/{mesh_id}"), lambda m: m["state"] == "COMMITTED")
    control.set_extensions("mesh-NE-I1", 3)
    counts = {a["applianceName"]: a["networkExtensionCount"] for a in connector.items("appliances")}
    assert (counts["mesh-NE-I1"], counts["mesh-NE-R1"]) == (3, 3)
    refused = connector.call("DELETE", f"{MESHES}/{mesh_id}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "NETWORKS_EXTENDED")
    assert connector.task(connector.call("DELETE", f"{MESHES}/{mesh_id}", force="true").json())["status"] == "SUCCESS"
    with pytest.raises(LabError, match="no appliance mesh-NE-I1"):
        control.set_extensions("mesh-NE-I1", 1)


def test_a_dead_peer_fails_the_removal_unless_forced(connector: Any, mesh: dict[str, Any], control: LabControl) -> None:
    mesh_id = connector.task(connector.post(MESHES, mesh))["entityDetails"]["id"]
    control.set_manager("cloud", availability="starting")
    task = connector.task(connector.call("DELETE", f"{MESHES}/{mesh_id}").json())
    assert (task["status"], task["steps"][0]["errors"][0]["message"].split(" at ")[0]) == ("FAILED", "hcx-cloud")
    assert connector.task(connector.call("DELETE", f"{MESHES}/{mesh_id}", force="true").json())["status"] == "SUCCESS"


def test_managers_are_listed_for_those_who_set_up_trust(lab: Lab, control: LabControl) -> None:
    found = control.managers()
    assert (found["cloud"]["url"], found["cloud"]["certificate"]) == (lab.cloud.url, lab.cloud.certificate)
    with pytest.raises(LabError, match="no manager other"):
        control.set_manager("other", sso_ready=False)


def test_sessions_of_managers_are_counted_and_expired_with_the_others(connector: Any, control: LabControl) -> None:
    assert control.sessions()["connector"]["open"] == 1
    control.expire_sessions()
    assert control.sessions()["connector"] == {"opened": 1, "closed": 0, "expired": 1, "open": 0}
    assert connector.call("GET", NETWORKS).status_code == 401
