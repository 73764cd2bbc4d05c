# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers, resource groups, tags, locks and role assignments (Azure reference 4, 5, 7.3)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from unit.lab.azure.conftest import GROUP, MACHINE, SUBSCRIPTION, V_RESOURCES, Azure, V, machine_body

from lab.azure import directory

PROVIDER = f"{SUBSCRIPTION}/providers/Microsoft.HybridCompute"
TAGS = "/providers/Microsoft.Resources/tags/default"
ASSIGNMENTS = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments"
V_ROLES = "2022-04-01"


def test_a_provider_registers_after_some_polls(azure: Azure) -> None:
    assert azure.get(PROVIDER, V_RESOURCES)["registrationState"] == "NotRegistered"
    answer = azure.call("POST", f"{PROVIDER}/register", V_RESOURCES)
    assert (answer.status_code, answer.json()["registrationState"]) == (200, "Registering")
    states: list[str] = []
    while "Registered" not in states and len(states) < 500:
        states.append(azure.get(PROVIDER, V_RESOURCES)["registrationState"])
    assert states[:2] == ["Registering", "Registering"]
    assert states[-1] == "Registered"


def test_registering_again_changes_nothing(azure: Azure) -> None:
    azure.register()
    assert azure.call("POST", f"{PROVIDER}/register", V_RESOURCES).json()["registrationState"] == "Registered"


def test_a_registration_can_stay_for_ever(azure: Azure) -> None:
    azure.lab.faults.add("never_end", method="POST /subscriptions/{subscription}/providers/{namespace}/register")
    azure.call("POST", f"{PROVIDER}/register", V_RESOURCES)
    azure.lab.shared.clock.advance(3000)
    states = {azure.get(PROVIDER, V_RESOURCES)["registrationState"] for _number in range(4)}
    assert states == {"Registering"}


def test_no_machine_before_registration(azure: Azure) -> None:
    azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"})
    assert azure.error(azure.call("PUT", MACHINE, V, machine_body())) == (409, "MissingSubscriptionRegistration")


def test_a_provider_with_resources_stays(azure: Azure) -> None:
    azure.ready()
    assert azure.error(azure.call("POST", f"{PROVIDER}/unregister", V_RESOURCES)) == (409, "Conflict")


def test_an_unknown_provider(azure: Azure) -> None:
    answer = azure.call("GET", f"{SUBSCRIPTION}/providers/Microsoft.Nothing", V_RESOURCES)
    assert azure.error(answer) == (404, "InvalidResourceNamespace")


def test_a_group_from_birth_to_death(azure: Azure) -> None:
    assert azure.call("HEAD", GROUP, V_RESOURCES).status_code == 404
    made = azure.call("PUT", GROUP, V_RESOURCES, {"location": "West Europe", "tags": {"owner": "infra"}})
    assert (made.status_code, made.json()["location"]) == (201, "westeurope")
    assert azure.call("HEAD", GROUP, V_RESOURCES).status_code == 204
    again = azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"})
    assert (again.status_code, again.json()["tags"]) == (200, {})
    answer = azure.call("DELETE", GROUP, V_RESOURCES)
    assert (answer.status_code, answer.content) == (202, b"")
    first = azure.call("GET", answer.headers["Location"])
    assert first.status_code == 202
    last = azure.until(lambda: azure.call("GET", answer.headers["Location"]), lambda found: found.status_code != 202)
    assert last.status_code == 200
    assert azure.error(azure.call("GET", GROUP, V_RESOURCES)) == (404, "ResourceGroupNotFound")


def test_deleting_a_group_deletes_what_is_in_it(azure: Azure) -> None:
    azure.ready()
    azure.call("DELETE", GROUP, V_RESOURCES)
    azure.lab.shared.clock.advance(1)
    assert azure.error(azure.call("GET", MACHINE)) == (404, "ResourceGroupNotFound")
    assert azure.control("GET", "/resources") == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"tags": {}}, 400, "LocationRequired"),
        ({"location": "mars"}, 400, "LocationNotAvailableForResourceGroup"),
        ({"location": "eastus"}, 409, "InvalidResourceGroupLocation"),
        ({"location": "westeurope", "tags": {"a<b": "c"}}, 400, "InvalidTagNameCharacters"),
        ({"location": "westeurope", "tags": {str(n): "" for n in range(51)}}, 400, "TooManyTags"),
    ],
)
def test_bad_groups(azure: Azure, body: dict[str, Any], status: int, code: str) -> None:
    azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"})
    assert azure.error(azure.call("PUT", GROUP, V_RESOURCES, body)) == (status, code)


def test_group_names_end_without_a_dot(azure: Azure) -> None:
    answer = azure.call("PUT", f"{GROUP}.", V_RESOURCES, {"location": "westeurope"})
    assert azure.error(answer) == (400, "InvalidResourceGroupName")


def test_groups_are_found_by_tag(azure: Azure) -> None:
    azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope", "tags": {"env": "lab"}})
    azure.call("PUT", f"{GROUP}2", V_RESOURCES, {"location": "westeurope"})
    query = {"$filter": "tagName eq 'env' and tagValue eq 'lab'"}
    found = azure.get(f"{SUBSCRIPTION}/resourcegroups", V_RESOURCES, **query)
    assert [g["name"] for g in found["value"]] == ["rg-arc"]


def test_what_is_in_a_group_is_listed(azure: Azure) -> None:
    azure.ready()
    found = azure.get(f"{GROUP}/resources", V_RESOURCES)["value"]
    assert [r["type"] for r in found] == ["Microsoft.HybridCompute/machines"]


def test_tags_merge_replace_and_go(azure: Azure) -> None:
    azure.ready()

    def patch(operation: str, **tags: str) -> Any:
        body = {"operation": operation, "properties": {"tags": tags}}
        answer = azure.call("PATCH", MACHINE + TAGS, V_RESOURCES, body)
        assert answer.status_code == 200, answer.text
        return answer.json()["properties"]["tags"]

    assert patch("Merge", DATACENTER="DC2", owner="infra") == {"Datacenter": "DC2", "owner": "infra"}
    assert patch("Delete", Owner="infra") == {"Datacenter": "DC2"}
    assert patch("Replace", env="lab") == {"env": "lab"}
    assert azure.get(MACHINE)["tags"] == {"env": "lab"}
    assert azure.get(MACHINE + TAGS, V_RESOURCES)["properties"]["tags"] == {"env": "lab"}


def test_patched_tags_replace_or_merge_by_rule(azure: Azure) -> None:
    azure.ready()
    assert azure.call("PATCH", MACHINE, V, {"tags": {"a": "b"}}).json()["tags"] == {"a": "b"}
    azure.lab.rules = azure.lab.rules.changed(azure_patch_tags="merge")
    assert azure.call("PATCH", MACHINE, V, {"tags": {"c": "d"}}).json()["tags"] == {"a": "b", "c": "d"}


def test_locks_keep_what_they_cover(azure: Azure) -> None:
    azure.ready()
    azure.control("PUT", "/locks", {"name": "keep", "scope": MACHINE})
    assert azure.error(azure.call("DELETE", MACHINE)) == (409, "ScopeLocked")
    assert azure.error(azure.call("DELETE", GROUP, V_RESOURCES)) == (409, "ScopeLocked")
    assert azure.call("PATCH", MACHINE, V, {"tags": {}}).status_code == 200
    azure.control("PUT", "/locks", {"name": "keep", "scope": GROUP, "level": "ReadOnly"})
    assert azure.error(azure.call("PATCH", MACHINE, V, {"tags": {}})) == (409, "ScopeLocked")
    azure.control("DELETE", "/locks/keep")
    assert azure.call("DELETE", MACHINE, "2022-12-27").status_code == 200


def assignment(identity: str, role: str) -> dict[str, Any]:
    return {
        "properties": {
            "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": identity,
            "principalType": "ServicePrincipal",
        }
    }


def test_a_role_assignment_gives_rights_once(azure: Azure) -> None:
    azure.ready()
    principal = directory.IDENTITIES["stranger"].object_id
    name = f"{ASSIGNMENTS}/{uuid.uuid4()}"
    body = assignment(principal, directory.READER)
    assert azure.call("GET", MACHINE, who="stranger").status_code == 403
    assert azure.call("PUT", name, V_ROLES, body).status_code == 201
    assert azure.call("GET", MACHINE, who="stranger").status_code == 200
    for again in (name, f"{ASSIGNMENTS}/{uuid.uuid4()}"):
        assert azure.error(azure.call("PUT", again, V_ROLES, body)) == (409, "RoleAssignmentExists")
    found = azure.get(ASSIGNMENTS, V_ROLES, **{"$filter": f"principalId eq '{principal}'"})["value"]
    assert [a["id"] for a in found] == [name]
    assert azure.call("DELETE", name, V_ROLES).status_code == 200
    assert azure.call("DELETE", name, V_ROLES).status_code == 204
    assert azure.call("GET", MACHINE, who="stranger").status_code == 403


def test_a_role_for_nobody(azure: Azure) -> None:
    body = assignment(str(uuid.UUID(int=1)), directory.READER)
    answer = azure.call("PUT", f"{ASSIGNMENTS}/{uuid.uuid4()}", V_ROLES, body)
    assert azure.error(answer) == (400, "PrincipalNotFound")


def test_a_contributor_assigns_no_roles(azure: Azure) -> None:
    body = assignment(directory.IDENTITIES["stranger"].object_id, directory.READER)
    answer = azure.call("PUT", f"{ASSIGNMENTS}/{uuid.uuid4()}", V_ROLES, body, who="contributor")
    assert azure.error(answer) == (403, "AuthorizationFailed")


def test_built_in_roles_have_their_ids(azure: Azure) -> None:
    path = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    query = {"$filter": "roleName eq 'Azure Connected Machine Onboarding'"}
    (role,) = azure.get(path, V_ROLES, **query)["value"]
    assert role["name"] == directory.ONBOARDING
    assert azure.get(f"{path}/{directory.ONBOARDING}", V_ROLES)["id"] == role["id"]
