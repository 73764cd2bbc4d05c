# SPDX-License-Identifier: GPL-3.0-or-later
"""What hcx_info and hcx_health_info tell of a site, in good and in bad days."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from contract.hcx.building import MESH, Building
from contract.hcx.reader import Reader

from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_health_info, hcx_info
from lab import Lab, LabControl

Facts = dict[str, Any]


def ask(building: Building, module: Any, **options: Any) -> Facts:
    checked = ArgumentSpecValidator(module.JOB.argument_spec).validate({**building.local.connection, **options})
    assert not checked.error_messages
    result: Facts = module.JOB.result(checked.validated_parameters, check=False, show=print)
    assert "failed" not in result, result["msg"]
    return result


def health(building: Building, **options: Any) -> Facts:
    return ask(building, hcx_health_info, **options)


def control(lab: Lab) -> LabControl:
    return LabControl(lab.control_url, lab.ca_path)


def sound(lab: Lab, severity: str, message: str, name: str) -> Facts:
    entity = {"id": "1", "name": name, "type": "OTHER"}
    body = {"severity": severity, "message": message, "entity": entity}
    alert: Facts = control(lab).call("POST", "/hcx/managers/connector/alerts", body)
    return alert


def test_a_site_without_anything_is_described(building: Building) -> None:
    facts = ask(building, hcx_info)
    assert facts["site"]["name"] == "hcx-connector"
    assert [facts[key] for key in ("pairings", "compute_profiles", "service_meshes", "appliances")] == [[], [], [], []]


def test_a_built_site_is_described(building: Building) -> None:
    building.everything()
    facts = ask(building, hcx_info)
    assert [pairing["name"] for pairing in facts["pairings"]] == ["hcx-cloud"]
    assert [one["name"] for one in facts["network_profiles"]] == ["np-management", "np-uplink", "np-vmotion"]
    assert [one["name"] for one in facts["compute_profiles"]] == ["cp-onprem"]
    assert [one["name"] for one in facts["service_meshes"]] == [MESH]
    assert f"{MESH}-IX-I1" in [one["name"] for one in facts["appliances"]]
    assert all(one["healthy"] for one in facts["appliances"])


@pytest.mark.parametrize("summary", ["vsphere", "flat", "absent"])
def test_appliances_of_both_sites_tell_their_size(lab: Lab, building: Building, summary: Any) -> None:
    lab.rules = lab.rules.changed(hcx_machine_summary=summary)
    building.everything()
    sizes = {one["name"]: (one["cpus"], one["memory_mb"]) for one in ask(building, hcx_info)["appliances"]}
    # (HCX planning facts 1)
    wanted = {"IX": (8, 6 * 1024), "WO": (8, 14 * 1024), "NE": (8, 3 * 1024)}
    assert sizes == {
        f"{MESH}-{kind}-{side}1": (None, None) if summary == "absent" else size
        for kind, size in wanted.items()
        for side in "IR"
    }


def test_a_built_site_is_healthy(building: Building) -> None:
    building.everything()
    facts = health(building)
    assert facts["healthy"] is True
    assert facts["problems"] == []


@pytest.mark.parametrize(("kind", "rows"), [("IX", ["S2", "S4"]), ("NE", ["S3", "S4"])])
def test_a_tunnel_that_is_down_names_the_cause_and_the_firewall_rows(
    lab: Lab, building: Building, kind: str, rows: list[str]
) -> None:
    building.everything()
    control(lab).disturb_tunnels("down", "No answer from the peer.", f"{MESH}-{kind}-I1")
    facts = health(building)
    assert facts["healthy"] is False
    found = {problem["object"]: problem for problem in facts["problems"]}
    assert set(found) == {f"{MESH}-{kind}-I1", f"{MESH}-{kind}-R1"}
    problem = found[f"{MESH}-{kind}-I1"]
    assert problem["firewall_rows"] == rows
    assert problem["state"].startswith("down, 0 of ")
    assert "No answer from the peer." in problem["cause"]
    assert "UDP 4500" in problem["cause"]


def test_a_critical_alert_is_a_problem_until_it_is_gone(lab: Lab, building: Building, seen: Reader) -> None:
    building.everything()
    alert = sound(lab, "CRITICAL", "The licence trial has ended.", "licence")
    assert [problem["cause"] for problem in health(building)["problems"]] == ["The licence trial has ended."]
    seen.delete(f"/alerts/{alert['alarm_id']}")
    assert health(building)["healthy"] is True


def test_a_warning_is_told_and_is_no_problem(lab: Lab, building: Building) -> None:
    building.everything()
    sound(lab, "WARNING", "RPO violation", "vm-1")
    facts = health(building)
    assert [alert["message"] for alert in facts["alerts"]] == ["RPO violation"]
    assert facts["healthy"] is True


def test_a_mesh_that_does_not_exist_is_a_problem(building: Building) -> None:
    building.everything()
    assert health(building, service_mesh=MESH)["healthy"] is True
    facts = health(building, service_mesh="other")
    assert facts["problems"] == [{"object": "other", "state": "missing", "cause": "no such mesh", "firewall_rows": []}]


@pytest.mark.parametrize("listed", ["names", "whole"])
def test_a_diagnosis_names_what_fails_and_changes_nothing(lab: Lab, building: Building, listed: Any) -> None:
    lab.rules = lab.rules.changed(hcx_diagnostics_listed=listed)
    building.everything()
    facts = health(building, diagnose=True)
    (diagnosis,) = facts["diagnoses"]
    assert (facts["changed"], facts["healthy"], diagnosis["service_mesh"], diagnosis["failing"]) == (
        False,
        True,
        MESH,
        [],
    )
    control(lab).disturb_tunnels("down", "No answer from the peer.", f"{MESH}-NE-I1")
    facts = health(building, diagnose=True)
    (diagnosis,) = facts["diagnoses"]
    assert diagnosis["failing"] == [
        {"check": f"{MESH}-NE-{side}1", "state": "down", "reasons": ["No answer from the peer."]} for side in "IR"
    ]
    # What the appliances tell themselves is told once.
    assert [problem["object"] for problem in facts["problems"]] == [f"{MESH}-NE-I1", f"{MESH}-NE-R1"]
    assert facts["changed"] is False


def test_a_check_that_only_the_diagnosis_knows_is_a_problem(lab: Lab, building: Building) -> None:
    building.everything()
    trouble = control(lab)
    trouble.disturb_tunnels("down", "", f"{MESH}-IX-I1")
    health(building, diagnose=True)
    lab._server.managers["connector"].state.tunnel_troubles.clear()
    since = building.local.mark()
    # Check mode starts no diagnosis, so the earlier one is told.
    result = building.local("hcx_health_info", diagnose=True, check=True)
    assert not [call for call in building.local.calls(since) if call.endswith("/diagnose")]
    assert [(one["object"], one["state"]) for one in result["problems"]] == [
        (f"{MESH}-IX-I1", "diagnosis: down"),
        (f"{MESH}-IX-R1", "diagnosis: down"),
    ]
    assert result["healthy"] is False


def test_without_a_diagnosis_nothing_is_started(building: Building) -> None:
    building.everything()
    since = building.local.mark()
    assert building.local("hcx_health_info")["diagnoses"] == []
    assert building.local("hcx_health_info", diagnose=True, check=True)["diagnoses"][0]["raw"] is None
    assert not [call for call in building.local.calls(since) if call.endswith("/diagnose")]
