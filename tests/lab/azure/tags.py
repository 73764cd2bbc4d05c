# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: their limits, and the operations on them at any scope (Azure reference 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api_versions import RESOURCES
from .errors import ArmError, invalid, missing_group, missing_resource
from .gate import Answer
from .state import Resource, Tags

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

PATH = "/{scope}/providers/Microsoft.Resources/tags/default"
MOST, NAME_LENGTH, VALUE_LENGTH = 50, 512, 256
FORBIDDEN = "<>%&\\?/"


def add_routes(routes: Routes) -> None:
    kind = "Microsoft.Resources/tags"
    routes.add("GET", PATH, _get, RESOURCES, f"{kind}/read")
    routes.add("PUT", PATH, _put, RESOURCES, f"{kind}/write")
    routes.add("PATCH", PATH, _patch, RESOURCES, f"{kind}/write")
    routes.add("DELETE", PATH, _delete, RESOURCES, f"{kind}/delete")


def checked_tags(tags: Any) -> Tags:
    """The tags of a body; null is none."""
    if tags is None:
        return {}
    if not isinstance(tags, dict) or not all(isinstance(v, str) for v in tags.values()):
        raise invalid("tags is an object of strings")
    if len(tags) > MOST:
        raise ArmError("TooManyTags", f"The resource has {len(tags)} tags, which is more than the maximum of {MOST}.")
    if len({name.lower() for name in tags}) < len(tags):
        raise ArmError("InvalidTagName", "Tag names are case-insensitive; the same name was given twice.")
    for name, value in tags.items():
        bad = sorted(set(name) & set(FORBIDDEN))
        if bad:
            raise ArmError(
                "InvalidTagNameCharacters",
                f"The tag names '{name}' have reserved characters '{','.join(FORBIDDEN)}' or control characters.",
            )
        if not 0 < len(name) <= NAME_LENGTH:
            raise ArmError("InvalidTagName", f"The tag name must be 1 to {NAME_LENGTH} characters.")
        if len(value) > VALUE_LENGTH:
            raise ArmError("InvalidTagValueLength", f"Tag value too large, it has more than {VALUE_LENGTH} characters.")
    return dict(tags)


def merged(old: Tags, new: Tags) -> Tags:
    """Names keep the case they were given first (5)."""
    found = dict(old)
    for name, value in new.items():
        kept = next((n for n in found if n.lower() == name.lower()), name)
        found[kept] = value
    return checked_tags(found)


def patched(call: Call, old: Tags, new: Tags) -> Tags:
    return merged(old, new) if call.rules.azure_patch_tags == "merge" else new


def _get(call: Call) -> Answer:
    return _answer(call, *_at(call))


def _put(call: Call) -> Answer:
    new = _sent(call, "properties")
    call.refuse_locked(call.names["scope"], delete=False)
    return _write(call, new)


def _patch(call: Call) -> Answer:
    new = _sent(call, "operation", "properties")
    operation = call.body("operation", "properties").get("operation")
    _resource, old = _at(call)
    call.refuse_locked(call.names["scope"], delete=False)
    if operation == "Merge":
        return _write(call, merged(old, new))
    if operation == "Replace":
        return _write(call, new)
    if operation == "Delete":
        gone = {name.lower(): value for name, value in new.items()}
        kept = {k: v for k, v in old.items() if k.lower() not in gone or gone[k.lower()] not in ("", v)}
        return _write(call, kept)
    raise invalid(f"operation is Merge, Replace or Delete, not '{operation}'")


def _delete(call: Call) -> Answer:
    call.refuse_locked(call.names["scope"], delete=False)
    _write(call, {})
    return Answer(200)


def _sent(call: Call, *known: str) -> Tags:
    properties = call.body(*known).get("properties")
    if not isinstance(properties, dict) or "tags" not in properties:
        raise invalid("properties.tags is required")
    return checked_tags(properties["tags"])


def _at(call: Call) -> tuple[Resource | None, Tags]:
    """What is at the scope and its tags; the subscription itself is no resource."""
    scope = call.names["scope"]
    key = scope.lower()
    found = call.state.groups.get(key) or call.state.resources.get(key)
    if found is not None:
        return found, found.tags
    parts = scope.split("/")
    if len(parts) == 3:
        return None, call.state.subscription_tags.get(parts[2].lower(), {})
    if len(parts) == 5:
        raise missing_group(parts[4])
    raise missing_resource("/".join(parts[6:-1]), parts[-1], parts[4])


def _write(call: Call, tags: Tags) -> Answer:
    resource, _old = _at(call)
    if resource is None:
        call.state.subscription_tags[call.names["scope"].split("/")[2].lower()] = tags
    else:
        resource.tags = tags
        resource.changed, resource.changed_by = call.now, call.identity.object_id
    return _answer(call, resource, tags)


def _answer(call: Call, resource: Resource | None, tags: Tags) -> Answer:
    scope = resource.id if resource else call.names["scope"]
    return Answer(
        200,
        {
            "id": f"{scope}/providers/Microsoft.Resources/tags/default",
            "name": "default",
            "type": "Microsoft.Resources/tags",
            "properties": {"tags": dict(tags)},
        },
    )
