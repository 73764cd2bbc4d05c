# SPDX-License-Identifier: GPL-3.0-or-later
"""Appliances deployed from the content library over REST (vSphere reference 13, 21)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pyVmomi import vim as _vim

from lab import Lab

vim: Any = _vim
FIND = "/api/content/library/item?action=find"
STANDALONE = {
    "cli_admin_password": "Secret!1",
    "cli_enable_password": "Secret!1",
    "cli_root_password": "Secret!1",
    "uplink_ip": "10.15.0.40",
    "uplink_prefix": "22",
    "uplink_gateway": "10.15.0.1",
    "l2vpn_server_address": "203.0.113.20",
    "l2vpn_user": "dc1",
    "l2vpn_password": "Tunnel!1",
    "l2vpn_sub_interfaces": "110(1)",
}


class Deployment:
    """Of the standalone edge into the source site, with what a test wants otherwise."""

    def __init__(self, rest: Any, named: Any) -> None:
        self.rest = rest
        (self.item,) = rest.post(FIND, {"name": "nsx-l2vpn-client", "type": "ovf"})
        self.path = f"/api/vcenter/ovf/library-item/{self.item}?action="
        datacenter = named(vim.Datacenter, "dc-a")
        pool = named(vim.ClusterComputeResource, "compute-a").resourcePool
        folder = next(e for e in datacenter.vmFolder.childEntity if e.name == "Appliances")
        self.target = {"resource_pool_id": pool._moId, "folder_id": folder._moId}
        groups = {n.name: n._moId for n in datacenter.network}
        self.networks = {"Public": groups["pg-uplink"], "Trunk": groups["pg-web"], "HA": groups["pg-uplink"]}

    def body(self, properties: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
        values = [{"id": k, "value": v} for k, v in {**STANDALONE, **(properties or {})}.items()]
        structure = {"@class": "com.vmware.vcenter.ovf.property_params", "type": "PropertyParams", "properties": values}
        wanted = {
            "name": "edge-1",
            "accept_all_EULA": True,
            "network_mappings": self.networks,
            "additional_parameters": [structure],
        }
        return {"target": self.target, "deployment_spec": wanted | spec}

    def run(self, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.rest.post(self.path + "deploy", body or self.body(), **headers)


@pytest.fixture
def deployment(rest: Any, named: Any) -> Deployment:
    return Deployment(rest, named)


def test_sessions_open_and_close_and_end_when_idle(stranger: Any, lab: Lab) -> None:
    assert stranger.login(password="wrong").status_code == 401
    answer = stranger.call("POST", FIND, {})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "UNAUTHENTICATED")
    assert stranger.login().status_code == 201
    assert stranger.call("GET", "/api/session").json()["user"] == lab.username
    lab.shared.clock.advance(lab.rules.session_idle_seconds + 1)
    assert stranger.call("GET", "/api/session").status_code == 401
    stranger.login()
    assert stranger.call("DELETE", "/api/session").status_code == 204
    assert stranger.call("GET", "/api/session").status_code == 401


def test_the_older_session_form_wraps_its_answer(stranger: Any) -> None:
    basic = base64.b64encode(f"{Lab.username}:{Lab.password}".encode()).decode()
    key = stranger.post("/rest/com/vmware/cis/session", None, Authorization=f"Basic {basic}")["value"]
    assert stranger.call("GET", "/api/session", **{"vmware-api-session-id": key}).status_code == 200


def test_filter_tells_what_a_template_declares(deployment: Deployment) -> None:
    found = deployment.rest.post(deployment.path + "filter", {"target": deployment.target})
    assert found["networks"] == ["Public", "Trunk", "HA"]
    declared = {p["id"]: p for p in found["additional_params"][0]["properties"]}
    assert declared["l2vpn_server_port"]["value"] == "443"
    assert set(STANDALONE) <= {name for name, p in declared.items() if not p["ui_optional"]}


def test_a_deployed_appliance_is_off_and_then_answers_at_its_address(
    deployment: Deployment, named: Any, done: Callable[[Any], Any]
) -> None:
    answer = deployment.run()
    machine = named(vim.VirtualMachine, "edge-1")
    assert answer["succeeded"]
    assert answer["resource_id"] == {"type": "VirtualMachine", "id": machine._moId}
    assert (machine.runtime.powerState, machine.parent.name) == ("poweredOff", "Appliances")
    assert [n.name for n in machine.network] == ["pg-uplink", "pg-web", "pg-uplink"]
    values = {p.id: p.value for p in machine.config.vAppConfig.property}
    assert (values["l2vpn_sub_interfaces"], values["l2vpn_password"]) == ("110(1)", "")
    done(machine.PowerOnVM_Task())
    assert machine.guest.ipAddress == "10.15.0.40"


def test_the_same_token_gives_the_same_machine_also_after_a_lost_answer(
    deployment: Deployment, lab: Lab, named: Any
) -> None:
    headers: Any = {"Client-Token": "5f0e8f6e-7a6c-4b52-a1c4-7b7a4c2b1f11"}
    lab.faults.add("drop_after", method="POST /api/vcenter/ovf/library-item/{item}?action=deploy")
    with pytest.raises(requests.ConnectionError):
        deployment.run(**headers)
    first = named(vim.VirtualMachine, "edge-1")
    assert deployment.run(**headers)["resource_id"]["id"] == first._moId
    again = deployment.run()
    assert not again["succeeded"]
    assert "already exists" in again["error"]["errors"][0]["message"]["default_message"]


@pytest.mark.parametrize(
    ("properties", "spec", "names"),
    [
        ({"nobody": "1"}, {}, "nobody"),
        ({"uplink_ip": "10.15.0"}, {}, "uplink_ip"),
        ({"uplink_prefix": "33"}, {}, "uplink_prefix"),
        ({"l2vpn_user": ""}, {}, "l2vpn_user"),
        ({}, {"accept_all_EULA": False}, "false"),
        ({}, {"network_mappings": {"Wire": "network-1"}}, "Wire"),
        ({}, {"network_mappings": {"Public": "network-99"}}, "network-99"),
    ],
)
def test_a_failed_deployment_is_a_success_that_is_none(
    deployment: Deployment, named: Any, properties: dict[str, str], spec: dict[str, Any], names: str
) -> None:
    answer = deployment.run(deployment.body(properties, **spec))
    assert not answer["succeeded"]
    assert [e["value"] for e in answer["error"]["errors"]] == [names]
    assert named(vim.VirtualMachine, "edge-1") is None


def test_what_is_not_known_or_not_allowed_has_its_own_error(deployment: Deployment, lab: Lab) -> None:
    rest = deployment.rest
    unknown = "/api/vcenter/ovf/library-item/nothing?action=filter"
    nowhere = deployment.body() | {"target": {"resource_pool_id": "resgroup-0"}}
    malformed = deployment.body() | {"target": {}}
    for path, body, status in (
        (unknown, {"target": deployment.target}, 404),
        (deployment.path + "deploy", nowhere, 404),
        (deployment.path + "deploy", malformed, 400),
        (deployment.path + "copy", {}, 400),
    ):
        answer = rest.call("POST", path, body)
        assert answer.status_code == status, answer.text
        assert answer.json()["messages"][0]["default_message"]
    rest.login(lab.reader_username)
    assert rest.call("POST", deployment.path + "deploy", deployment.body()).status_code == 403


def test_a_property_changes_only_while_the_machine_is_off(
    deployment: Deployment, named: Any, done: Callable[[Any], Any]
) -> None:
    deployment.run()
    machine = named(vim.VirtualMachine, "edge-1")
    key = next(p.key for p in machine.config.vAppConfig.property if p.id == "l2vpn_sub_interfaces")
    change = vim.vApp.PropertySpec(operation="edit", info=vim.vApp.PropertyInfo(key=key, value="110(2)"))
    spec = vim.vm.ConfigSpec(vAppConfig=vim.vApp.VmConfigSpec(property=[change]))
    done(machine.ReconfigVM_Task(spec))
    assert machine.config.vAppConfig.property[key].value == "110(2)"
    done(machine.PowerOnVM_Task())
    with pytest.raises(vim.fault.InvalidPowerState):
        done(machine.ReconfigVM_Task(spec))
