# SPDX-License-Identifier: GPL-3.0-or-later
"""Private link scopes and which of them a machine uses (Azure reference 7.1)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from . import groups, machines, operations
from .api_versions import HYBRID_COMPUTE
from .documents import document
from .errors import ArmError, invalid, missing_resource
from .gate import Answer
from .paging import of_resources
from .state import Resource
from .tags import checked_tags, patched

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

KIND = f"{machines.NAMESPACE}/privateLinkScopes"
LIST = f"{machines.GROUP}/privateLinkScopes"
ONE = f"{LIST}/{{private_link_scope}}"
ALL = "/subscriptions/{subscription}/providers/Microsoft.HybridCompute/privateLinkScopes"
VALIDATION = (
    "/subscriptions/{subscription}/providers/Microsoft.HybridCompute/locations/{location}/privateLinkScopes/{scope_id}"
)
ACCESS = ("Enabled", "Disabled", "SecuredByPerimeter")


def add_routes(routes: Routes) -> None:
    for method, template, handler, verb in (
        ("GET", ALL, _list_all, "read"),
        ("GET", LIST, _list, "read"),
        ("GET", ONE, _get, "read"),
        ("PUT", ONE, _put, "write"),
        ("PATCH", ONE, _patch, "write"),
        ("DELETE", ONE, _delete, "delete"),
        ("GET", VALIDATION, _validation, "read"),
        ("GET", f"{machines.ONE}/privateLinkScopes/current", _current, "read"),
    ):
        routes.add(method, template, handler, HYBRID_COMPUTE, f"{KIND}/{verb}", machines.NAMESPACE)


def _list_all(call: Call) -> Answer:
    return _listed(call, f"/subscriptions/{call.subscription}/")


def _list(call: Call) -> Answer:
    return _listed(call, f"{groups.of_path(call).key}/")


def _listed(call: Call, prefix: str) -> Answer:
    found = [r for r in call.state.resources.values() if r.type == KIND and r.key.startswith(prefix)]
    return of_resources(call, found)


def _get(call: Call) -> Answer:
    return Answer(200, document(call, _of_path(call)))


def _of_path(call: Call) -> Resource:
    group = groups.of_path(call)
    name = call.names["private_link_scope"]
    found = call.state.resources.get(f"{group.key}/providers/{KIND}/{name}".lower())
    if found is None:
        raise missing_resource(KIND, name, group.name)
    return found


def _put(call: Call) -> Answer:
    group = groups.of_path(call)
    body = call.body("location", "tags", "properties")
    location = groups.required_location(body, KIND)
    given = body.get("properties") or {}
    access = given.get("publicNetworkAccess", "Disabled")
    if access not in ACCESS:
        raise invalid(f"publicNetworkAccess is one of {', '.join(ACCESS)}")
    id_ = f"{group.id}/providers/{KIND}/{call.names['private_link_scope']}"
    call.refuse_locked(id_, delete=False)
    scope = call.state.resources.get(id_.lower())
    if scope is not None and scope.location != location:
        raise ArmError(
            "InvalidResourceLocation",
            f"The resource '{scope.name}' already exists in location '{scope.location}' in resource group "
            f"'{group.name}'. A resource with the same name cannot be created in location '{location}'. Please "
            "select a "
            "new resource name.",
        )
    new = scope is None
    if scope is None:
        properties: dict[str, Any] = {"privateLinkScopeId": str(uuid.uuid4()), "privateEndpointConnections": []}
        name = call.names["private_link_scope"]
        scope = Resource(id_, name, KIND, location, {}, call.now, call.identity.object_id, properties)
        call.state.resources[scope.key] = scope
    scope.properties["publicNetworkAccess"] = access
    scope.tags = checked_tags(body.get("tags"))
    documented = call.rules.azure_scope_put == "documented"
    return Answer(201 if new and documented else 200, document(call, scope))


def _patch(call: Call) -> Answer:
    scope = _of_path(call)
    tags = checked_tags(call.body("tags").get("tags"))
    call.refuse_locked(scope.id, delete=False)
    scope.tags = patched(call, scope.tags, tags)
    return Answer(200, document(call, scope))


def _delete(call: Call) -> Answer:
    """At once, as seen."""
    group = groups.of_path(call)
    key = f"{group.key}/providers/{KIND}/{call.names['private_link_scope']}".lower()
    if key not in call.state.resources:
        return Answer(204)
    call.refuse_locked(call.state.resources[key].id, delete=True)
    operations.remove(call.state, key)
    return Answer(200)


def _validation(call: Call) -> Answer:
    wanted = call.names["scope_id"].lower()
    found = [
        r
        for r in call.state.resources.values()
        if r.type == KIND and r.properties["privateLinkScopeId"].lower() == wanted
    ]
    if not found or found[0].location != call.names["location"].lower():
        raise ArmError("HCRP404", f"The private link scope {wanted} was not found.", status=404, gateway=False)
    return Answer(200, _details(found[0]))


def _current(call: Call) -> Answer:
    machine = machines.of_path(call)
    found = call.state.resources.get(str(machine.properties.get("privateLinkScopeResourceId")).lower())
    if found is None:
        raise ArmError("HCRP404", "The machine has no private link scope.", status=404, gateway=False)
    return Answer(200, _details(found))


def _details(scope: Resource) -> dict[str, Any]:
    return {"id": scope.id, "publicNetworkAccess": scope.properties["publicNetworkAccess"], "connectionDetails": []}
