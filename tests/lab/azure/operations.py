# SPDX-License-Identifier: GPL-3.0-or-later
"""Long-running operations: both headers, signed query strings, both ways to ask (Azure reference 2.4)."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any, Literal

from .api_versions import HYBRID_COMPUTE, RESOURCES
from .documents import document
from .errors import ArmError
from .gate import Answer
from .life import status
from .state import Machine, Operation, Resource, State
from .times import stamp

if TYPE_CHECKING:
    from ..rules import Rules
    from .arm import Call
    from .routing import Routes

STATUS, RESULTS = "operationstatus", "operationresults"
HYBRID = "/subscriptions/{subscription}/providers/Microsoft.HybridCompute/locations/{location}"
OF_GROUPS = "/subscriptions/{subscription}/operationresults/{operation}"


def add_routes(routes: Routes) -> None:
    routes.add("GET", f"{HYBRID}/{STATUS}/{{operation}}", _status, HYBRID_COMPUTE, provider="Microsoft.HybridCompute")
    routes.add("GET", f"{HYBRID}/{RESULTS}/{{operation}}", _result, HYBRID_COMPUTE, provider="Microsoft.HybridCompute")
    routes.add("GET", OF_GROUPS, _result, RESOURCES)


def start(
    call: Call,
    resource: Resource,
    action: Literal["create", "update", "delete", "upgrade"],
    milliseconds: int | None = None,
) -> Operation:
    """Begin one on a resource; a planned fault lets it fail or never end."""
    id_ = str(uuid.uuid4())
    longest = call.rules.azure_operation_ms if milliseconds is None else milliseconds
    operation = Operation(
        id_, resource.type, resource.key, action, call.now, call.now + longest / 1000, _signed(call, id_)
    )
    if call.planned is not None and call.planned.action == "fail_work":
        operation.failure = {"code": call.planned.fault, "message": call.planned.message}
    operation.endless = call.planned is not None and call.planned.action == "never_end"
    call.state.operations[id_] = operation
    words: dict[str, str] = {"create": "Creating", "delete": "Deleting"}
    resource.word, resource.ready = words.get(action, "Updating"), float("inf")
    return operation


def headers(call: Call, operation: Operation, location: str | None) -> dict[str, str]:
    """Of the answer that starts it: a group's has Location only (5)."""
    base = f"{call.arm.url}/subscriptions/{call.subscription}"
    found = {"Retry-After": str(call.rules.azure_retry_after)} if call.rules.azure_retry_after else {}
    if location is None:
        return {"Location": f"{base}/operationresults/{operation.id}?{operation.query}", **found}
    base += f"/providers/Microsoft.HybridCompute/locations/{location}"
    return {
        "Azure-AsyncOperation": f"{base}/{STATUS}/{operation.id}?{operation.query}",
        "Location": f"{base}/{RESULTS}/{operation.id}?{operation.query}",
        **found,
    }


def proceed(state: State, now: float, rules: Rules) -> None:
    """Let end what is due; an extension waits for its machine to come back (6.5)."""
    for operation in state.operations.values():
        if operation.ended is not None or operation.endless or now < operation.due:
            continue
        resource = state.groups.get(operation.resource) or state.resources.get(operation.resource)
        if resource is not None and not _possible(state, operation, resource, now, rules):
            continue
        operation.ended = now
        if resource is not None:
            _finish(state, operation, resource, now)


def _possible(state: State, operation: Operation, resource: Resource, now: float, rules: Rules) -> bool:
    """Sets the failure of what cannot succeed; False: not yet."""
    if resource.type.lower() != "microsoft.hybridcompute/machines/extensions" or operation.failure:
        return True
    machine = state.resources.get(resource.key.rsplit("/extensions/", 1)[0])
    if not isinstance(machine, Machine):
        return True
    if status(machine, now, rules) != "Connected":
        if rules.azure_extension_disconnected == "waits":
            return False
        operation.failure = {"code": "HCRP409", "message": "The machine is not connected."}
    elif machine.reported.get("agentConfiguration", {}).get("extensionsEnabled") == "false":
        operation.failure = {"code": "ExtensionsDisabled", "message": "Extensions are disabled on the machine."}
    return True


def _finish(state: State, operation: Operation, resource: Resource, now: float) -> None:
    resource.ready = now
    if operation.failure:
        resource.outcome = "Failed"
        resource.errors = [operation.failure]
        return
    resource.outcome = "Succeeded"
    resource.errors = []
    resource.changed = now
    if operation.action == "delete":
        remove(state, resource.key)


def remove(state: State, key: str) -> None:
    """A resource or group with everything below it."""
    state.groups.pop(key, None)
    inside = [k for k in state.resources if k == key or k.startswith(f"{key}/")]
    for found in inside:
        del state.resources[found]
    for id_ in [
        a for a, assignment in state.assignments.items() if f"{assignment.scope.lower()}/".startswith(f"{key}/")
    ]:
        del state.assignments[id_]


def _of_path(call: Call) -> Operation:
    """404 when the address was altered by a single character (2.4)."""
    operation = call.state.operations.get(call.names["operation"].lower())
    if operation is None or operation.query != call.raw_query:
        raise ArmError("NotFound", f"The entity '{call.names['operation']}' was not found.")
    return operation


def _wait(call: Call, operation: Operation) -> None:
    if operation.ended is None and call.rules.azure_retry_after:
        call.headers["Retry-After"] = str(call.rules.azure_retry_after)


def _status(call: Call) -> Answer:
    operation = _of_path(call)
    _wait(call, operation)
    body: dict[str, Any] = {
        "id": call.path,
        "name": operation.id,
        "status": "InProgress",
        "startTime": stamp(operation.started),
    }
    if operation.ended is not None:
        body |= {"status": "Failed" if operation.failure else "Succeeded", "endTime": stamp(operation.ended)}
        if operation.failure:
            body["error"] = operation.failure
        elif operation.action != "delete":
            body["properties"] = _shown(call, operation)
    return Answer(200, body)


def _result(call: Call) -> Answer:
    operation = _of_path(call)
    _wait(call, operation)
    if operation.ended is None:
        # A group's address is sent again with every answer.
        again = f"{call.arm.url}{call.path}?{call.raw_query}"
        return Answer(202, None, {"Location": again})
    if operation.failure:
        raise ArmError(operation.failure["code"], operation.failure["message"], gateway=False)
    if operation.action == "delete":
        return Answer(200 if operation.kind == "Microsoft.Resources/resourceGroups" else 204)
    return Answer(200, _shown(call, operation))


def _shown(call: Call, operation: Operation) -> Any:
    if operation.result is not None:
        return operation.result
    resource = call.state.resources.get(operation.resource)
    return None if resource is None else document(call, resource)


def _signed(call: Call, id_: str) -> str:
    """t, c, s and h as the real service's: long, and not to be encoded anew (2.4)."""
    certificate = secrets.token_urlsafe(3300)
    signature = hashlib.sha256(f"{id_}{certificate}".encode()).hexdigest()
    version = call.api_version
    moment = int(call.now * 10**7) + 621_355_968_000_000_000
    long = signature + secrets.token_urlsafe(300)
    return f"api-version={version}&t={moment}&c={certificate}%3D%3D&s={long}&h={signature[:43]}"
