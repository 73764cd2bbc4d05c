# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines and what belongs to them (Azure reference 6, 7.1, 7.2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from unit.lab.azure.conftest import GROUP, MACHINE, VM_ID, Azure, V, machine_body

HYBRID = f"{GROUP}/providers/Microsoft.HybridCompute"
EXTENSION = f"{MACHINE}/extensions/AzureMonitor"
SCOPE = f"{HYBRID}/privateLinkScopes/pls1"
GATEWAY = f"{HYBRID}/gateways/gw1"
SETTINGS = f"{MACHINE}/providers/Microsoft.HybridCompute/settings/default"
OLD = "2022-12-27"
DAY = 86400
EXTENSION_BODY = {
    "location": "westeurope",
    "properties": {
        "publisher": "Microsoft.Azure.Monitor",
        "type": "AzureMonitorLinuxAgent",
        "settings": {"a": 1},
        "protectedSettings": {"key": "hidden"},
    },
}


def properties(azure: Azure) -> Any:
    return azure.get(MACHINE)["properties"]


@pytest.mark.parametrize("version", ["2022-12-27", "2024-05-20-preview", "2025-01-13", "2026-07-15"])
def test_a_machine_is_created_at_once(azure: Azure, version: str) -> None:
    azure.ready()
    answer = azure.call("PUT", f"{MACHINE}b", version, machine_body())
    assert answer.status_code == 200
    made = answer.json()
    assert made["properties"]["provisioningState"] == "Creating"
    assert made["properties"].keys() >= {"vmId", "osName", "osProfile", "agentConfiguration"}
    assert not made["properties"].keys() & {"status", "agentVersion", "lastStatusChange"}
    assert made["identity"]["principalId"]
    found = azure.until(
        lambda: azure.get(f"{MACHINE}b", version), lambda m: m["properties"]["provisioningState"] != "Creating"
    )
    assert found["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("name", "change", "status", "code"),
    [
        ("app02", {"location": None}, 400, "InvalidRequestContent"),
        ("app02", {"location": "mars"}, 400, "LocationNotAvailableForResourceType"),
        ("app01", {"location": "eastus"}, 409, "InvalidResourceLocation"),
        ("app02-", {}, 400, "InvalidResourceName"),
        ("a" * 55, {}, 400, "InvalidResourceName"),
        ("app02", {"properties": {"vmId": VM_ID, "clientPublicKey": "bm9uZQ=="}}, 400, "HCRP400"),
        ("app01", {"properties": {"vmId": VM_ID.replace("c", "d")}}, 409, "Conflict"),
        ("app02", {"colour": "red"}, 400, "InvalidRequestContent"),
        ("app02", {"kind": "Toaster"}, 400, "InvalidRequestContent"),
    ],
)
def test_bad_machines(azure: Azure, name: str, change: dict[str, Any], status: int, code: str) -> None:
    azure.ready()
    answer = azure.call("PUT", f"{HYBRID}/machines/{name}", V, {**machine_body(), **change})
    assert azure.error(answer) == (status, code)


def test_a_machine_without_vm_id_is_refused_in_a_flat_body(azure: Azure) -> None:
    azure.ready()
    for vm_id in ({}, {"vmId": "nonsense"}):
        answer = azure.call("PUT", f"{MACHINE}b", V, {"location": "westeurope", "properties": vm_id})
        assert (answer.status_code, answer.json()["code"]) == (400, "HCRP400")
        assert answer.json()["message"].endswith("Missing or invalid properties: VmId")


def test_a_patch_shows_updating_once(azure: Azure) -> None:
    azure.ready()
    body = {"properties": {"locationData": {"name": "DC 1"}, "agentUpgrade": {"enableAutomaticUpgrade": True}}}
    answer = azure.call("PATCH", MACHINE, V, body)
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (200, "Updating")
    found = properties(azure)
    assert found["provisioningState"] == "Succeeded"
    assert found["locationData"] == {"name": "DC 1"}


def test_what_is_set_in_azure_is_not_hidden_by_what_the_agent_reports(azure: Azure) -> None:
    azure.control("POST", "/machines", {"count": 1, "group": "rg-arc"})
    azure.register()
    machine = f"{HYBRID}/machines/server-0001"
    assert azure.get(machine)["properties"]["agentUpgrade"] == {"enableAutomaticUpgrade": False}
    azure.call("PATCH", machine, V, {"properties": {"agentUpgrade": {"enableAutomaticUpgrade": True}}})
    found = azure.get(machine)["properties"]
    assert found["agentUpgrade"] == {"enableAutomaticUpgrade": True}
    assert found["osProfile"] == {"computerName": "server-0001"}


def test_the_older_delete_is_done_at_once(azure: Azure) -> None:
    azure.ready()
    answer = azure.call("DELETE", MACHINE, OLD)
    assert (answer.status_code, answer.content) == (200, b"")
    assert azure.error(azure.call("GET", MACHINE)) == (404, "ResourceNotFound")
    assert azure.call("DELETE", MACHINE, OLD).status_code == 204


def test_the_newer_delete_takes_its_time(azure: Azure) -> None:
    azure.ready()
    answer = azure.call("DELETE", MACHINE, V)
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (202, b"", "1")
    assert azure.get(answer.headers["Azure-AsyncOperation"])["status"] == "InProgress"
    assert azure.call("GET", answer.headers["Location"]).status_code == 202
    ended = azure.finished(answer)
    assert ended["status"] == "Succeeded"
    assert "properties" not in ended
    assert azure.call("GET", answer.headers["Location"]).status_code == 204
    assert azure.call("DELETE", MACHINE, V).status_code == 204


def test_addresses_of_operations_are_long_and_signed(azure: Azure) -> None:
    azure.ready()
    address = azure.call("DELETE", MACHINE, V).headers["Azure-AsyncOperation"]
    assert len(address) > 4096
    assert re.findall(r"&(\w)=", address) == ["t", "c", "s", "h"]
    assert azure.call("GET", f"{address}x").status_code == 404
    assert azure.call("GET", address.replace("&t=", "&T=")).status_code == 404


def test_an_operation_can_fail_and_can_never_end(azure: Azure) -> None:
    azure.ready()
    template = "DELETE /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/"
    azure.lab.faults.add("fail_work", method=f"{template}{{machine}}", fault="HCRP500", message="No luck.")
    ended = azure.finished(azure.call("DELETE", MACHINE, V))
    assert (ended["status"], ended["error"]) == ("Failed", {"code": "HCRP500", "message": "No luck."})
    azure.lab.faults.add("never_end", method=f"{template}{{machine}}")
    answer = azure.call("DELETE", MACHINE, V)
    azure.lab.shared.clock.advance(3000)
    assert azure.get(answer.headers["Azure-AsyncOperation"])["status"] == "InProgress"


def test_extensions_come_and_go(azure: Azure) -> None:
    azure.ready()
    beat(azure)
    answer = azure.call("PUT", EXTENSION, V, EXTENSION_BODY)
    assert (answer.status_code, answer.content) == (202, b"")
    assert azure.get(EXTENSION)["properties"]["provisioningState"] == "Creating"
    assert azure.finished(answer)["properties"]["properties"]["provisioningState"] == "Succeeded"
    found = azure.get(EXTENSION)["properties"]
    assert found["settings"] == {"a": 1}
    assert "protectedSettings" not in found
    assert [e["name"] for e in azure.get(MACHINE)["resources"]] == ["AzureMonitor"]
    azure.finished(azure.call("DELETE", EXTENSION, V))
    assert azure.get(f"{MACHINE}/extensions")["value"] == []
    assert azure.call("DELETE", EXTENSION, V).status_code == 204


def test_an_extension_waits_for_a_machine_that_is_away(azure: Azure) -> None:
    azure.ready()
    answer = azure.call("PUT", EXTENSION, V, EXTENSION_BODY)
    azure.lab.shared.clock.advance(600)
    assert azure.get(answer.headers["Azure-AsyncOperation"])["status"] == "InProgress"
    beat(azure)
    assert azure.finished(answer)["status"] == "Succeeded"


def test_extensions_are_upgraded_to_a_list(azure: Azure) -> None:
    azure.ready()
    beat(azure)
    azure.finished(azure.call("PUT", EXTENSION, V, EXTENSION_BODY))
    target = {"Microsoft.Azure.Monitor.AzureMonitorLinuxAgent": {"targetVersion": "1.2.3"}}
    answer = azure.call("POST", f"{MACHINE}/upgradeExtensions", V, {"extensionTargets": target})
    assert answer.status_code == 202
    assert [e["name"] for e in azure.finished(answer)["properties"]] == ["AzureMonitor"]
    assert azure.get(EXTENSION)["properties"]["typeHandlerVersion"] == "1.2.3"


def beat(azure: Azure) -> None:
    """A heartbeat of the machine, as if its agent had sent one."""
    azure.control("PATCH", "/machines/app01", {"connected": True})


def test_a_machines_status_follows_the_clock(azure: Azure) -> None:
    azure.ready()
    assert "status" not in properties(azure)
    beat(azure)
    seen = [properties(azure)["status"]]
    for seconds in (15 * 60, 10 * 60, 90 * DAY):
        azure.lab.shared.clock.advance(seconds)
        azure._tokens.clear()
        seen.append(properties(azure)["status"])
    assert seen == ["Connected", "Connected", "Disconnected", "Expired"]


def test_before_the_first_heartbeat_newer_versions_may_name_it(azure: Azure) -> None:
    azure.lab.rules = azure.lab.rules.changed(azure_before_heartbeat="named")
    azure.ready()
    assert azure.get(MACHINE, "2026-07-15")["properties"]["status"] == "AwaitingConnection"
    assert "status" not in azure.get(MACHINE)["properties"]


def test_a_private_link_scope_is_in_its_machines_region(azure: Azure) -> None:
    azure.ready()
    made = azure.call("PUT", SCOPE, OLD, {"location": "eastus", "properties": {"publicNetworkAccess": "Disabled"}})
    assert (made.status_code, made.json()["properties"]["provisioningState"]) == (200, "Succeeded")
    body = {"properties": {"privateLinkScopeResourceId": SCOPE}}
    assert azure.error(azure.call("PATCH", MACHINE, V, body)) == (400, "HCRP400")
    assert azure.call("DELETE", SCOPE, OLD).status_code == 200
    azure.call("PUT", SCOPE, OLD, {"location": "westeurope", "properties": {}})
    assert azure.call("PATCH", MACHINE, V, body).status_code == 200
    assert azure.get(f"{MACHINE}/privateLinkScopes/current", OLD)["publicNetworkAccess"] == "Disabled"
    assert [s["name"] for s in azure.get(f"{HYBRID}/privateLinkScopes", OLD)["value"]] == ["pls1"]


def test_a_machine_is_attached_to_a_gateway(azure: Azure) -> None:
    azure.ready()
    body = {"location": "westeurope", "properties": {"gatewayType": "Public", "allowedFeatures": ["*"]}}
    answer = azure.call("PUT", GATEWAY, V, body)
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Creating")
    assert azure.finished(answer)["status"] == "Succeeded"
    attach = {"properties": {"gatewayProperties": {"gatewayResourceId": GATEWAY}}}
    assert azure.call("PATCH", SETTINGS, V, attach).status_code == 200
    assert azure.get(SETTINGS)["properties"]["gatewayProperties"]["gatewayResourceId"] == GATEWAY
    detach = {"properties": {"gatewayProperties": {"gatewayResourceId": ""}}}
    assert azure.call("PATCH", SETTINGS, V, detach).json()["properties"] == {"gatewayProperties": {}}
    azure.finished(azure.call("DELETE", GATEWAY, V))
    assert azure.call("GET", GATEWAY, V).status_code == 404


def test_a_subscription_has_at_most_five_gateways(azure: Azure) -> None:
    azure.ready()
    body = {"location": "westeurope", "properties": {}}
    statuses = [azure.call("PUT", f"{HYBRID}/gateways/gw{n}", V, body).status_code for n in range(6)]
    assert statuses == [201] * 5 + [400]


def test_a_policy_refuses_with_its_name(azure: Azure) -> None:
    azure.ready()
    azure.control("PUT", "/policies", {"name": "owners only", "required_tag": "Owner"})
    answer = azure.call("PUT", f"{MACHINE}b", V, machine_body())
    assert azure.error(answer) == (403, "RequestDisallowedByPolicy")
    assert answer.json()["error"]["additionalInfo"][0]["type"] == "PolicyViolation"
    azure.control("DELETE", "/policies/owners%20only")
    assert azure.call("PUT", f"{MACHINE}b", V, machine_body()).status_code == 200


def test_drift_behind_azures_back(azure: Azure) -> None:
    azure.ready()
    shown = azure.control("PATCH", "/machines/app01", {"tags": {"drifted": "yes"}, "kind": "VMware"})
    assert (shown["tags"], shown["kind"]) == ({"drifted": "yes"}, "VMware")
    assert azure.get(MACHINE)["kind"] == "VMware"
    azure.control("DELETE", "/machines/app01")
    assert azure.control("GET", "/machines") == []
