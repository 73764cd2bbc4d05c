# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource groups and what is in them (Azure reference 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import operations
from .api_versions import RESOURCES
from .documents import document
from .errors import ArmError, invalid, missing_group
from .gate import Answer
from .paging import page
from .regions import REGIONS, short
from .state import Resource
from .tags import checked_tags, patched

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

KIND = "Microsoft.Resources/resourceGroups"
ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
LIST = "/subscriptions/{subscription}/resourcegroups"
ONE = f"{LIST}/{{group}}"
NAME = re.compile(r"[\w.()-]{1,90}(?<!\.)")


def add_routes(routes: Routes) -> None:
    routes.add("GET", LIST, _list, RESOURCES)
    for method, handler, verb in (
        ("HEAD", _head, "read"),
        ("GET", _get, "read"),
        ("PUT", _put, "write"),
        ("PATCH", _patch, "write"),
        ("DELETE", _delete, "delete"),
    ):
        routes.add(method, ONE, handler, RESOURCES, f"{ACTION}/{verb}")
    routes.add("GET", f"{ONE}/resources", _resources, RESOURCES, f"{ACTION}/resources/read")
    routes.add("GET", "/subscriptions/{subscription}/resources", _all_resources, RESOURCES)


def of_path(call: Call) -> Resource:
    """The group in the call's path, or 404."""
    found = call.state.groups.get(_id(call).lower())
    if found is None:
        raise missing_group(call.names["group"])
    return found


def _id(call: Call) -> str:
    return f"/subscriptions/{call.subscription}/resourceGroups/{call.names['group']}"


def _list(call: Call) -> Answer:
    prefix = f"/subscriptions/{call.subscription}/".lower()
    found = [g for g in call.state.groups.values() if g.key.startswith(prefix) and call.allowed(f"{ACTION}/read", g.id)]
    wanted = call.query.get("$filter")
    if wanted:
        matched = re.fullmatch(r"tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?", wanted)
        if matched is None:
            raise ArmError("InvalidFilterInQueryString", f"Invalid $filter '{wanted}' specified in the query string.")
        name, value = matched.groups()
        found = [g for g in found if any(k.lower() == name.lower() and value in (None, v) for k, v in g.tags.items())]
    return page(call, [_document(call, g) for g in found])


def _head(call: Call) -> Answer:
    return Answer(204 if _id(call).lower() in call.state.groups else 404)


def _get(call: Call) -> Answer:
    return Answer(200, _document(call, of_path(call)))


def _put(call: Call) -> Answer:
    name = call.names["group"]
    if not NAME.fullmatch(name):
        raise ArmError(
            "InvalidResourceGroupName",
            f"The provided resource group name '{name}' has these invalid characters or its length is not valid.",
        )
    body = call.body("location", "tags", "managedBy", "properties")
    if not body.get("location"):
        raise ArmError("LocationRequired", "The location property is required for this definition.")
    location = short(str(body["location"]))
    if location not in REGIONS:
        raise ArmError(
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{location}' is not available for resource group. List of available regions is "
            f"'{','.join(REGIONS)}'.",
        )
    tags = checked_tags(body.get("tags"))
    group = call.state.groups.get(_id(call).lower())
    call.refuse_locked(_id(call), delete=False)
    if group is None:
        group = Resource(_id(call), name, KIND, location, tags, call.now, call.identity.object_id)
        call.state.groups[group.key] = group
        return Answer(201, _document(call, group))
    _refuse_deleting(call, group)
    if location != group.location:
        raise ArmError(
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{group.location}'.",
        )
    group.tags = tags
    return Answer(200, _document(call, group))


def _patch(call: Call) -> Answer:
    group = of_path(call)
    body = call.body("tags", "properties", "managedBy")
    _refuse_deleting(call, group)
    call.refuse_locked(group.id, delete=False)
    if "tags" in body:
        group.tags = patched(call, group.tags, checked_tags(body["tags"]))
    return Answer(200, _document(call, group))


def _refuse_deleting(call: Call, group: Resource) -> None:
    if group.provisioning_state(call.now) == "Deleting":
        raise ArmError(
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )


def _delete(call: Call) -> Answer:
    group = of_path(call)
    call.refuse_locked(group.id, delete=True, below=True)
    operation = operations.start(call, group, "delete", call.rules.azure_group_deleting_ms)
    operation.kind = KIND
    return Answer(202, None, operations.headers(call, operation, None))


def _document(call: Call, group: Resource) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "type": KIND,
        "location": group.location,
        "tags": dict(group.tags),
        "properties": {"provisioningState": group.provisioning_state(call.now)},
    }


def _resources(call: Call) -> Answer:
    return _listed(call, f"{of_path(call).key}/")


def _all_resources(call: Call) -> Answer:
    return _listed(call, f"/subscriptions/{call.subscription}/")


def _listed(call: Call, prefix: str) -> Answer:
    """Top-level resources in outline, those that the identity may read."""
    kind = re.fullmatch(r"resourceType eq '([^']+)'", call.query.get("$filter", ""))
    if call.query.get("$filter") and kind is None:
        raise ArmError("InvalidFilterInQueryString", "Invalid $filter specified in the query string.")
    found: list[dict[str, Any]] = []
    for key, resource in call.state.resources.items():
        top = resource.type.count("/") == 1 and key.count("/providers/") == 1
        wanted = kind is None or resource.type.lower() == kind[1].lower()
        if key.startswith(prefix) and top and wanted and call.allowed(f"{resource.type}/read", resource.id):
            outline = document(call, resource)
            found.append({k: outline[k] for k in ("id", "name", "type", "location", "tags", "kind") if k in outline})
    return page(call, found)


def required_location(body: dict[str, Any], kind: str) -> str:
    """The region of a new resource, in its short form."""
    if not isinstance(body.get("location"), str) or not body["location"]:
        raise invalid("Required property 'location' not found in JSON.")
    location = short(body["location"])
    if location not in REGIONS:
        raise ArmError(
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{kind}'. List of available "
            "regions "
            f"for the resource type is '{','.join(REGIONS)}'.",
        )
    return location
