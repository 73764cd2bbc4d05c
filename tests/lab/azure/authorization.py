# SPDX-License-Identifier: GPL-3.0-or-later
"""Role definitions, role assignments, and what an identity may do (Azure reference 7.3)."""

from __future__ import annotations

import re
import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from . import directory
from .directory import Identity, Role
from .errors import ArmError, invalid
from .gate import Answer
from .paging import page
from .state import Assignment, State
from .times import stamp

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

VERSIONS = ("2022-04-01", "2020-10-01-preview", "2018-07-01", "2015-07-01")
NAMESPACE = "Microsoft.Authorization"


def allowed(state: State, identity: Identity, action: str, scope: str) -> bool:
    """By roles assigned at the scope or above it, less what a test took away."""
    if any(_matches(action, pattern) for pattern in state.denied.get(identity.name, ())):
        return False
    roles = (directory.ROLES[a.role] for a in of(state, identity) if within(scope, a.scope))
    return any(
        any(_matches(action, p) for p in role.actions) and not any(_matches(action, p) for p in role.not_actions)
        for role in roles
    )


def of(state: State, identity: Identity) -> list[Assignment]:
    return [a for a in state.assignments.values() if a.principal == identity.object_id]


def within(scope: str, above: str) -> bool:
    here, there = scope.lower().rstrip("/"), above.lower().rstrip("/")
    return here == there or here.startswith(f"{there}/")


def scope_of(path: str, action: str) -> str:
    """The scope that a refusal names: the resource, without a trailing verb or extension of it."""
    if action.endswith("/action"):
        path = path.rsplit("/", 1)[0]
    parts = re.split(r"/providers/Microsoft\.(?:Authorization|Resources)/", path, maxsplit=1, flags=re.IGNORECASE)
    return parts[0].rstrip("/") or "/"


def _matches(action: str, pattern: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())


def add_routes(routes: Routes) -> None:
    assignments = "/{scope}/providers/Microsoft.Authorization/roleAssignments"
    definitions = "/{scope}/providers/Microsoft.Authorization/roleDefinitions"
    one = f"{assignments}/{{assignment}}"
    kind = f"{NAMESPACE}/roleAssignments"
    routes.add("GET", assignments, _list, VERSIONS, f"{kind}/read")
    routes.add("GET", one, _get, VERSIONS, f"{kind}/read")
    routes.add("PUT", one, _put, VERSIONS, f"{kind}/write")
    routes.add("DELETE", one, _delete, VERSIONS, f"{kind}/delete")
    routes.add("GET", definitions, _list_definitions, VERSIONS, f"{NAMESPACE}/roleDefinitions/read")
    routes.add("GET", f"{definitions}/{{role}}", _get_definition, VERSIONS, f"{NAMESPACE}/roleDefinitions/read")


def _list(call: Call) -> Answer:
    scope, wanted = call.names["scope"], call.query.get("$filter", "")
    principal = re.search(r"(?:principalId eq|assignedTo\()\s*'([^']+)'", wanted)
    if wanted and not principal and "atscope()" not in wanted.lower():
        raise ArmError("BadRequestFilter", f"The filter '{wanted}' is not supported.")
    found = []
    for assignment in call.state.assignments.values():
        at = within(scope, assignment.scope)
        below = within(assignment.scope, scope) and "atscope()" not in wanted.lower()
        if (at or below) and (not principal or assignment.principal == principal[1].lower()):
            found.append(_document(assignment))
    return page(call, found)


def _get(call: Call) -> Answer:
    return Answer(200, _document(_of_path(call)))


def _put(call: Call) -> Answer:
    body = call.body("properties")
    properties = body.get("properties")
    if not isinstance(properties, dict) or not all(properties.get(k) for k in ("roleDefinitionId", "principalId")):
        raise invalid("properties.roleDefinitionId and properties.principalId are required")
    name, scope = call.names["assignment"], call.names["scope"]
    try:
        uuid.UUID(name)
    except ValueError as error:
        raise ArmError(
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.",
        ) from error
    role = str(properties["roleDefinitionId"]).rsplit("/", 1)[-1].lower()
    if role not in directory.ROLES:
        raise ArmError("RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role}' does not exist.")
    principal = str(properties["principalId"]).lower()
    if principal not in {i.object_id for i in directory.IDENTITIES.values()}:
        raise ArmError(
            "PrincipalNotFound",
            f"Principal {principal} does not exist in the directory {directory.TENANT}. Check that you have the "
            "correct "
            "principal ID. If you are creating this principal and then immediately assigning a role, this "
            "error might be "
            "related to a replication delay. In this case, set the role assignment principalType property to a value, "
            "such as ServicePrincipal, User, or Group.",
        )
    call.refuse_locked(scope, delete=False)
    made = Assignment(
        f"{scope}/providers/{NAMESPACE}/roleAssignments/{name}",
        scope,
        role,
        principal,
        str(properties.get("principalType", "ServicePrincipal")),
        call.now,
        call.identity.object_id,
    )
    same = (made.scope.lower(), made.role, made.principal)
    for other in call.state.assignments.values():
        if (other.scope.lower(), other.role, other.principal) == same:
            raise ArmError("RoleAssignmentExists", "The role assignment already exists.")
    known = call.state.assignments.get(made.id.lower())
    if known is not None:
        raise ArmError(
            "RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not "
            "allowed to be "
            "updated."
        )  # fmt: skip
    call.state.assignments[made.id.lower()] = made
    return Answer(201, _document(made))


def _delete(call: Call) -> Answer:
    key = call.path.lower()
    if key not in call.state.assignments:
        return Answer(204)
    call.refuse_locked(call.names["scope"], delete=True)
    return Answer(200, _document(call.state.assignments.pop(key)))


def _of_path(call: Call) -> Assignment:
    found = call.state.assignments.get(call.path.lower())
    if found is None:
        raise ArmError("RoleAssignmentNotFound", f"The role assignment '{call.names['assignment']}' is not found.")
    return found


def _document(assignment: Assignment) -> dict[str, Any]:
    definitions = f"/subscriptions/{assignment.scope.split('/')[2]}/providers/{NAMESPACE}/roleDefinitions"
    at = stamp(assignment.created)
    return {
        "id": assignment.id,
        "name": assignment.name,
        "type": f"{NAMESPACE}/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{definitions}/{assignment.role}",
            "principalId": assignment.principal,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "createdOn": at,
            "updatedOn": at,
            "createdBy": assignment.created_by,
            "updatedBy": assignment.created_by,
        },
    }


def _list_definitions(call: Call) -> Answer:
    name = re.search(r"roleName eq '([^']+)'", call.query.get("$filter", ""))
    found = [r for r in directory.ROLES.values() if name is None or r.name == name[1]]
    return page(call, [_definition(call, role) for role in found])


def _get_definition(call: Call) -> Answer:
    role = directory.ROLES.get(call.names["role"].lower())
    if role is None:
        raise ArmError(
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{call.names['role']}' does not exist.",
        )
    return Answer(200, _definition(call, role))


def _definition(call: Call, role: Role) -> dict[str, Any]:
    subscription = call.names["scope"].split("/")[2]
    return {
        "id": f"/subscriptions/{subscription}/providers/{NAMESPACE}/roleDefinitions/{role.id}",
        "name": role.id,
        "type": f"{NAMESPACE}/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [{"actions": list(role.actions), "notActions": list(role.not_actions)}],
        },
    }
