# SPDX-License-Identifier: GPL-3.0-or-later
"""What hcx_info reads on the management port of a manager, with that port's own user. (HCX reference 3.2, 16)"""

from __future__ import annotations

import pytest
from contract.hcx.tasks import Tasks

from lab import Lab

RUNNING = {"appengine": "RUNNING", "web": "RUNNING", "planengine": "RUNNING"}


def admin(lab: Lab, **options: object) -> dict[str, object]:
    return {"admin_port": lab.connector.admin_port, "admin_password": lab.password, **options}


def test_the_manager_tells_its_components_and_registrations(run: Tasks, lab: Lab) -> None:
    manager = run("hcx_info", **admin(lab))["manager"]
    assert manager["components"] == RUNNING
    assert [one["url"] for one in manager["nsx_managers"]] == ["https://nsx.lab.example"]
    (vcenter,) = manager["vcenters"]
    assert vcenter["username"] == "administrator@vsphere.local"
    assert manager["lookup_services"] == [vcenter["url"]]
    assert manager["activated_at"] == ["https://connect.hcx.vmware.com"]


def test_a_component_that_is_stopped_and_an_nsx_that_is_not_registered(run: Tasks, lab: Lab) -> None:
    connector = lab._server.managers["connector"]
    connector.state.stopped.add("planengine")
    connector.settings.sections["nsx"] = []
    manager = run("hcx_info", **admin(lab))["manager"]
    assert manager["components"] == {**RUNNING, "planengine": "STOPPED"}
    assert manager["nsx_managers"] == []


def test_without_its_password_the_port_is_left_alone(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HCX_ADMIN_PASSWORD", raising=False)
    assert run("hcx_info")["manager"] is None
    assert lab.requests("hcx/connector-admin") == []


def test_the_user_of_the_service_api_is_not_that_of_the_appliance(run: Tasks, lab: Lab) -> None:
    result = run.failing("hcx_info", **admin(lab, admin_username=lab.username))
    assert result["msg"].endswith("does not accept this user name and password")
    assert "HCX_ADMIN_PASSWORD" in result["hint"]
    assert lab.requests("hcx/connector") == []


def test_a_port_at_which_nobody_is_fails_at_once(run: Tasks, lab: Lab) -> None:
    assert "no answer from localhost:9" in run.failing("hcx_info", **admin(lab, admin_port=9))["msg"]


def test_a_refusal_is_told_with_its_words(run: Tasks, lab: Lab) -> None:
    lab.faults.add("http", service="hcx/connector-admin", method="GET /components/{component}/status", status=500)
    assert "answers 500 to /components/appengine/status" in run.failing("hcx_info", **admin(lab))["msg"]


def test_the_password_is_nowhere_in_the_result(run: Tasks, lab: Lab) -> None:
    assert lab.password not in str(run("hcx_info", **admin(lab)))
