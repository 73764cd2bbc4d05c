# SPDX-License-Identifier: GPL-3.0-or-later
"""Appliances that are not healthy are deployed anew when, and only when, the task says so."""

from __future__ import annotations

from contract.hcx.building import MESH, Building

from lab import Lab, LabControl

BROKEN = f"{MESH}-IX-I1"


def redeployments(lab: Lab) -> int:
    return sum("/appliances/{appliance_id}/" in request.name for request in lab.requests())


def test_only_unhealthy_local_appliances_are_deployed_anew(lab: Lab, building: Building) -> None:
    building.everything()
    control = LabControl(lab.control_url, lab.ca_path)
    assert building.local("hcx_service_mesh", name=MESH, redeploy_unhealthy=True)["changes"] == []

    control.disturb_tunnels("down", "No answer from the peer.", BROKEN)
    planned = building.local("hcx_service_mesh", check=True, name=MESH, redeploy_unhealthy=True)
    assert [list(change["after"]) for change in planned["changes"]] == [[BROKEN]]
    assert redeployments(lab) == 0

    refused = building.local.failing("hcx_service_mesh", name=MESH, redeploy_unhealthy=True, wait_timeout=1)
    assert BROKEN in refused["msg"]
    assert redeployments(lab) == 1

    control.restore_tunnels()
    assert building.local("hcx_service_mesh", name=MESH, redeploy_unhealthy=True)["changes"] == []
    assert redeployments(lab) == 1


def test_without_the_option_nothing_is_deployed_anew(lab: Lab, building: Building) -> None:
    building.everything()
    LabControl(lab.control_url, lab.ca_path).disturb_tunnels("down", "No answer from the peer.", BROKEN)
    refused = building.local.failing("hcx_service_mesh", name=MESH, wait_timeout=1)
    assert BROKEN in refused["msg"]
    assert "UDP 4500" in refused["msg"]
    assert redeployments(lab) == 0
