# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions of machines: long-running, with an empty first answer (Azure reference 6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import documents, machines, operations
from .api_versions import HYBRID_COMPUTE
from .documents import document
from .errors import ArmError, invalid, missing_resource
from .gate import Answer
from .groups import required_location
from .paging import of_resources
from .state import Resource
from .tags import checked_tags

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

KIND = documents.EXTENSION
LIST = f"{machines.ONE}/extensions"
ONE = f"{LIST}/{{extension}}"
TEXTS = ("publisher", "type", "typeHandlerVersion", "forceUpdateTag")
SWITCHES = ("autoUpgradeMinorVersion", "enableAutomaticUpgrade")
OBJECTS = ("settings", "protectedSettings")


def add_routes(routes: Routes) -> None:
    provider = machines.NAMESPACE
    for method, template, handler, verb in (
        ("GET", LIST, _list, "read"),
        ("GET", ONE, _get, "read"),
        ("PUT", ONE, _put, "write"),
        ("PATCH", ONE, _patch, "write"),
        ("DELETE", ONE, _delete, "delete"),
    ):
        routes.add(method, template, handler, HYBRID_COMPUTE, f"{KIND}/{verb}", provider)
    upgrade = f"{machines.KIND}/UpgradeExtensions/action"
    routes.add("POST", f"{machines.ONE}/upgradeExtensions", _upgrade, HYBRID_COMPUTE, upgrade, provider)


def _list(call: Call) -> Answer:
    machine = machines.of_path(call)
    return of_resources(call, documents.extensions(call, machine))


def _get(call: Call) -> Answer:
    return Answer(200, document(call, _of_path(call)))


def _of_path(call: Call) -> Resource:
    machine = machines.of_path(call)
    found = call.state.resources.get(f"{machine.key}/extensions/{call.names['extension']}".lower())
    if found is None:
        raise missing_resource(KIND, f"{machine.name}/{call.names['extension']}", machine.group)
    return found


def _put(call: Call) -> Answer:
    machine = machines.of_path(call)
    body = call.body("location", "tags", "properties")
    location = required_location(body, KIND)
    if location != machine.location:
        raise ArmError(
            "InvalidResourceLocation",
            f"The extension's location '{location}' must be that of its machine, '{machine.location}'.",
        )
    properties = _properties(body)
    missing = [name for name in ("publisher", "type") if not properties.get(name)]
    if missing:
        raise ArmError("HCRP400", f"The property '{missing[0]}' is required.", gateway=False)
    tags = checked_tags(body.get("tags"))
    id_ = f"{machine.id}/extensions/{call.names['extension']}"
    call.refuse_locked(id_, delete=False)
    extension = call.state.resources.get(id_.lower())
    action = "update" if extension else "create"
    if extension is None:
        extension = Resource(
            id_, call.names["extension"], KIND, location, tags, call.now, call.identity.object_id, properties
        )
        call.state.resources[extension.key] = extension
    extension.properties, extension.tags = properties, tags
    return _started(call, extension, "create" if action == "create" else "update")


def _patch(call: Call) -> Answer:
    extension = _of_path(call)
    body = call.body("tags", "properties")
    properties = _properties(body)
    call.refuse_locked(extension.id, delete=False)
    if "tags" in body:
        extension.tags = checked_tags(body["tags"])
    extension.properties = {**extension.properties, **properties}
    return _started(call, extension, "update")


def _delete(call: Call) -> Answer:
    machine = machines.of_path(call)
    extension = call.state.resources.get(f"{machine.key}/extensions/{call.names['extension']}".lower())
    if extension is None:
        return Answer(204)
    call.refuse_locked(extension.id, delete=True)
    operation = operations.start(call, extension, "delete")
    return Answer(202, None, operations.headers(call, operation, machine.location))


def _started(call: Call, extension: Resource, action: Any) -> Answer:
    operation = operations.start(call, extension, action)
    return Answer(202, None, operations.headers(call, operation, extension.location))


def _upgrade(call: Call) -> Answer:
    """By publisher and type to a version; the operation ends with a list (2.4)."""
    machine = machines.of_path(call)
    targets = call.body("extensionTargets").get("extensionTargets")
    if not isinstance(targets, dict) or not targets:
        raise invalid("extensionTargets is an object of targets")
    found = {f"{e.properties['publisher']}.{e.properties['type']}": e for e in documents.extensions(call, machine)}
    for name, target in targets.items():
        if name not in found:
            raise ArmError("HCRP404", f"The machine has no extension {name}.", status=404, gateway=False)
        found[name].properties["typeHandlerVersion"] = str(target.get("targetVersion", ""))
    operation = operations.start(call, machine, "upgrade")
    operation.result = [document(call, found[name]) for name in targets]
    return Answer(202, None, operations.headers(call, operation, machine.location))


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    """Without protectedSettings, which are never read back."""
    given = body.get("properties", {})
    if not isinstance(given, dict):
        raise invalid("properties is an object")
    strange = sorted(given.keys() - {*TEXTS, *SWITCHES, *OBJECTS, "provisioningState", "instanceView"})
    if strange:
        raise invalid(f"Could not find member '{strange[0]}' on object of type 'MachineExtensionProperties'.")
    for names, kind in ((TEXTS, str), (SWITCHES, bool), (OBJECTS, dict)):
        for name in names:
            if given.get(name) is not None and not isinstance(given[name], kind):
                raise invalid(f"properties.{name} has the wrong type")
    return {k: v for k, v in given.items() if k in (*TEXTS, *SWITCHES, "settings") and v is not None}
