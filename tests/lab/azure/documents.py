# SPDX-License-Identifier: GPL-3.0-or-later
"""How resources are written in answers (Azure reference 2.7, 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .life import shown_status
from .state import Machine, Resource
from .times import stamp

if TYPE_CHECKING:
    from .arm import Call

EXTENSION = "Microsoft.HybridCompute/machines/extensions"
SETTINGS = "Microsoft.HybridCompute/settings"


def document(call: Call, resource: Resource) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "location": resource.location,
        "tags": dict(resource.tags),
    }
    if resource.type == SETTINGS:
        body = {k: v for k, v in body.items() if k not in ("location", "tags")}
    if resource.kind is not None:
        body["kind"] = resource.kind
    if resource.identity is not None:
        body["identity"] = dict(resource.identity)
    body["properties"] = properties_of(call, resource)
    if isinstance(resource, Machine):
        body["resources"] = [document(call, extension) for extension in extensions(call, resource)]
    if call.rules.azure_system_data:
        body["systemData"] = {
            "createdBy": resource.created_by,
            "createdByType": "Application",
            "createdAt": stamp(resource.created),
            "lastModifiedBy": resource.changed_by or resource.created_by,
            "lastModifiedByType": "Application",
            "lastModifiedAt": stamp(resource.changed or resource.created),
        }
    return body


def properties_of(call: Call, resource: Resource) -> dict[str, Any]:
    properties = {"provisioningState": resource.provisioning_state(call.now), **resource.properties}
    if isinstance(resource, Machine):
        # What was set in Azure counts, not what the agent says of it.
        properties |= {name: value for name, value in _machine(call, resource).items() if not properties.get(name)}
    if resource.type == EXTENSION:
        properties["instanceView"] = _instance_view(call, resource)
    if resource.type == SETTINGS:
        del properties["provisioningState"]
    return properties


def extensions(call: Call, machine: Machine) -> list[Resource]:
    prefix = f"{machine.key}/extensions/"
    return [r for k, r in call.state.resources.items() if k.startswith(prefix)]


def _machine(call: Call, machine: Machine) -> dict[str, Any]:
    """What the agent told, and the status of the moment (6.4)."""
    found: dict[str, Any] = {}
    status = shown_status(machine, call.now, call.rules, call.api_version)
    if machine.heard is not None:
        found |= machine.reported
        found["errorDetails"] = machine.errors
    if status is not None:
        found |= status
    return found


def _instance_view(call: Call, extension: Resource) -> dict[str, Any]:
    view: dict[str, Any] = {
        "name": extension.name,
        "type": extension.properties.get("type", ""),
        "typeHandlerVersion": extension.properties.get("typeHandlerVersion", ""),
        "status": {},
    }
    state = extension.provisioning_state(call.now)
    if state in ("Succeeded", "Failed"):
        view["status"] = {
            "code": "0" if state == "Succeeded" else "1",
            "level": "Information" if state == "Succeeded" else "Error",
            "displayStatus": "Provisioning succeeded" if state == "Succeeded" else "Provisioning failed",
            "message": extension.errors[0]["message"] if extension.errors else "Extension is ready.",
            "time": stamp(extension.changed or extension.created),
        }
    return view
