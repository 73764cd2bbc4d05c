# SPDX-License-Identifier: GPL-3.0-or-later
"""Arc gateways, and the settings that attach a machine to one (Azure reference 6.6, 7.2)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from . import groups, machines, operations
from .api_versions import HYBRID_COMPUTE
from .documents import SETTINGS, document
from .errors import ArmError, invalid, missing_resource
from .gate import Answer
from .paging import of_resources
from .state import Resource
from .tags import checked_tags, patched

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

KIND = f"{machines.NAMESPACE}/gateways"
LIST = f"{machines.GROUP}/gateways"
ONE = f"{LIST}/{{gateway}}"
ALL = "/subscriptions/{subscription}/providers/Microsoft.HybridCompute/gateways"
SETTING = f"{machines.ONE}/providers/Microsoft.HybridCompute/settings/default"
MOST = 5
"""Of a subscription."""


def add_routes(routes: Routes) -> None:
    for method, template, handler, action in (
        ("GET", ALL, _list_all, f"{KIND}/read"),
        ("GET", LIST, _list, f"{KIND}/read"),
        ("GET", ONE, _get, f"{KIND}/read"),
        ("PUT", ONE, _put, f"{KIND}/write"),
        ("PATCH", ONE, _patch, f"{KIND}/write"),
        ("DELETE", ONE, _delete, f"{KIND}/delete"),
        ("GET", SETTING, _get_setting, f"{SETTINGS}/read"),
        ("PUT", SETTING, _put_setting, f"{SETTINGS}/write"),
        ("PATCH", SETTING, _patch_setting, f"{SETTINGS}/write"),
    ):
        routes.add(method, template, handler, HYBRID_COMPUTE, action, machines.NAMESPACE)


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
    found = call.state.resources.get(f"{group.key}/providers/{KIND}/{call.names['gateway']}".lower())
    if found is None:
        raise missing_resource(KIND, call.names["gateway"], group.name)
    return found


def _put(call: Call) -> Answer:
    group = groups.of_path(call)
    body = call.body("location", "tags", "properties")
    location = groups.required_location(body, KIND)
    given = body.get("properties") or {}
    if given.get("gatewayType", "Public") != "Public" or given.get("allowedFeatures", ["*"]) != ["*"]:
        raise invalid("gatewayType is Public and allowedFeatures is ['*']")
    id_ = f"{group.id}/providers/{KIND}/{call.names['gateway']}"
    call.refuse_locked(id_, delete=False)
    gateway = call.state.resources.get(id_.lower())
    if gateway is not None:
        gateway.tags = checked_tags(body.get("tags"))
        operation = operations.start(call, gateway, "update")
        return Answer(200, document(call, gateway), operations.headers(call, operation, location))
    prefix = f"/subscriptions/{call.subscription}/"
    if len([r for r in call.state.resources.values() if r.type == KIND and r.key.startswith(prefix)]) >= MOST:
        raise ArmError("QuotaExceeded", f"A subscription has at most {MOST} gateways.", gateway=False)
    number = str(uuid.uuid4())
    properties = {
        "gatewayId": number,
        "gatewayType": "Public",
        "gatewayEndpoint": f"{number}.gw.arc.azure.com",
        "allowedFeatures": ["*"],
    }
    tags = checked_tags(body.get("tags"))
    gateway = Resource(id_, call.names["gateway"], KIND, location, tags, call.now, call.identity.object_id, properties)
    call.state.resources[gateway.key] = gateway
    operation = operations.start(call, gateway, "create")
    return Answer(201, document(call, gateway), operations.headers(call, operation, location))


def _patch(call: Call) -> Answer:
    gateway = _of_path(call)
    body = call.body("tags", "properties")
    call.refuse_locked(gateway.id, delete=False)
    if "tags" in body:
        gateway.tags = patched(call, gateway.tags, checked_tags(body["tags"]))
    return Answer(200, document(call, gateway))


def _delete(call: Call) -> Answer:
    group = groups.of_path(call)
    gateway = call.state.resources.get(f"{group.key}/providers/{KIND}/{call.names['gateway']}".lower())
    if gateway is None:
        return Answer(204)
    call.refuse_locked(gateway.id, delete=True)
    operation = operations.start(call, gateway, "delete")
    return Answer(202, None, operations.headers(call, operation, gateway.location))


def _setting(call: Call) -> Resource:
    """A machine has settings from the first; nothing is attached then."""
    machine = machines.of_path(call)
    id_ = f"{machine.id}/providers/{SETTINGS}/default"
    if id_.lower() not in call.state.resources:
        call.state.resources[id_.lower()] = Resource(
            id_, "default", SETTINGS, machine.location, {}, call.now, call.identity.object_id, {"gatewayProperties": {}}
        )
    return call.state.resources[id_.lower()]


def _get_setting(call: Call) -> Answer:
    return Answer(200, document(call, _setting(call)))


def _put_setting(call: Call) -> Answer:
    return _attach(call)


def _patch_setting(call: Call) -> Answer:
    return _attach(call)


def _attach(call: Call) -> Answer:
    """Empty or null detaches."""
    setting = _setting(call)
    properties = call.body("properties").get("properties")
    if not isinstance(properties, dict) or not isinstance(properties.get("gatewayProperties", {}), dict):
        raise invalid("properties.gatewayProperties is an object")
    call.refuse_locked(setting.id, delete=False)
    wanted: Any = properties.get("gatewayProperties", {}).get("gatewayResourceId")
    if wanted:
        gateway = call.state.resources.get(str(wanted).lower())
        if gateway is None or gateway.type != KIND:
            raise ArmError("HCRP404", f"The gateway '{wanted}' was not found.", status=404, gateway=False)
    setting.properties = {"gatewayProperties": {"gatewayResourceId": wanted} if wanted else {}}
    return Answer(200, document(call, setting))
