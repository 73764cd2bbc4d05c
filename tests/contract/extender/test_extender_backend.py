# SPDX-License-Identifier: GPL-3.0-or-later
"""Backend ``extender`` of ``extender_dc_extension``: says which appliance it is, and refuses. (VCD reference 9, 11.2)

There is nothing to build a simulator from, so the appliance's answers are written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.extender.tasks import Result, Tasks
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

MODULE = "extender_dc_extension"
WORDS = "vCloud Director Extender has no published API for DC extensions; use backend vcd or the Extender UI"
PROVIDER = {"deploymentType": "cx-cloud-service", "deploymentEnv": "vcenter", "version": "1.1.0.1"}
TENANT = {**PROVIDER, "deploymentType": "cx-connector"}


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


def options(run: Tasks, appliance: ScriptedServer, **settings: Any) -> Result:
    login = {"hostname": "localhost", "port": appliance.port, "username": "Administrator", "ca_path": appliance.ca_path}
    extender = {**login, "password": run.lab.password, **settings}
    return {"name": "web", "backend": "extender", "allow_experimental": True, "extender": extender}


def asked(appliance: ScriptedServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in appliance.requests]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_tenants_appliance(run: Tasks, appliance: ScriptedServer, state: str, check: bool) -> None:
    appliance.script = [Reply(200, TENANT), Reply(204)]
    result = run.failing(MODULE, check=check, state=state, **options(run, appliance))
    assert result["msg"] == WORDS
    assert result["appliance"] == {
        "deployment": "cx-connector",
        "role": "tenant",
        "environment": "vcenter",
        "version": "1.1.0.1",
    }
    assert asked(appliance) == ["GET /mobility/info", "GET /mobility/mgmt/login"]
    assert run.lab.requests() == []


def test_a_providers_appliance(run: Tasks, appliance: ScriptedServer) -> None:
    token = Reply(204, headers={"x-mobility-authorization": "token-1"})
    managers, sites = Reply(200, [{"entityName": "cx-manager"}]), Reply(200, [{"name": "vcd"}])
    appliance.script = [Reply(200, PROVIDER), token, managers, Reply(204), sites]
    result = run.failing(MODULE, **options(run, appliance, authenticator="VCENTER"))
    assert result["msg"] == WORDS
    shown = {name: result["appliance"][name] for name in ("role", "managers", "replicators", "sites")}
    assert shown == {"role": "provider", "managers": ["cx-manager"], "replicators": [], "sites": ["vcd"]}
    assert {request.method for request in appliance.requests} == {"GET"}
    assert "token-1" not in str(result)


def test_wrong_credentials(run: Tasks, appliance: ScriptedServer) -> None:
    appliance.script = [Reply(200, TENANT), Reply(401)]
    result = run.failing(MODULE, **options(run, appliance))
    assert "does not accept this user name and password as LOCAL_MACHINE" in result["msg"]


def test_it_is_off_unless_it_is_asked_for(run: Tasks, appliance: ScriptedServer) -> None:
    result = run.failing(MODULE, **{**options(run, appliance), "allow_experimental": False})
    assert "set allow_experimental to true, or use backend vcd" in result["msg"]
    assert appliance.requests == []
