# SPDX-License-Identifier: GPL-3.0-or-later
"""Arc machines: create, change, delete, list (Azure reference 6.2, 6.3)."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from . import directory, groups, operations
from .api_versions import HYBRID_COMPUTE, asynchronous_delete
from .documents import document
from .errors import ArmError, invalid, missing_resource
from .gate import Answer
from .paging import of_resources
from .state import Machine
from .tags import checked_tags, patched

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

NAMESPACE = "Microsoft.HybridCompute"
KIND = f"{NAMESPACE}/machines"
GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute"
ONE = f"{GROUP}/machines/{{machine}}"
NAME = re.compile(r"[a-zA-Z0-9-_.]{1,54}")
KINDS = ("", "AVS", "HCI", "SCVMM", "VMware", "EPS", "GCP", "AWS")
CREATED = ("vmId", "clientPublicKey", "osName", "osType", "identityKeyStore", "mssqlDiscovered", "licenseProfile")
CHANGED = (
    "locationData",
    "osProfile",
    "cloudMetadata",
    "agentUpgrade",
    "parentClusterResourceId",
    "privateLinkScopeResourceId",
)
UPGRADE = ("desiredVersion", "correlationId", "enableAutomaticUpgrade")
READ_ONLY = frozenset(
    [
        "provisioningState",
        "status",
        "statusReason",
        "lastStatusChange",
        "errorDetails",
        "agentVersion",
        "vmUuid",
        "displayName",
        "machineFqdn",
        "dnsFqdn",
        "adFqdn",
        "domainName",
        "osVersion",
        "osSku",
        "osEdition",
        "osInstallDate",
        "agentConfiguration",
        "serviceStatuses",
        "detectedProperties",
        "networkProfile",
        "storageProfile",
        "firmwareProfile",
        "hardwareProfile",
    ]
)
"""Sent back by clients and ignored."""


def add_routes(routes: Routes) -> None:
    listed = "/subscriptions/{subscription}/providers/Microsoft.HybridCompute/machines"
    routes.add("GET", listed, _list_all, HYBRID_COMPUTE, f"{KIND}/read", NAMESPACE)
    routes.add("GET", f"{GROUP}/machines", _list, HYBRID_COMPUTE, f"{KIND}/read", NAMESPACE)
    for method, handler, verb in (
        ("GET", _get, "read"),
        ("PUT", _put, "write"),
        ("PATCH", _patch, "write"),
        ("DELETE", _delete, "delete"),
    ):
        routes.add(method, ONE, handler, HYBRID_COMPUTE, f"{KIND}/{verb}", NAMESPACE)
    routes.add("GET", f"{ONE}/networkProfile", _network, HYBRID_COMPUTE, f"{KIND}/read", NAMESPACE)


def of_path(call: Call) -> Machine:
    """The machine in the call's path; 404 for its group or for itself."""
    group = groups.of_path(call)
    found = call.state.resources.get(f"{group.key}/providers/{KIND}/{call.names['machine']}".lower())
    if not isinstance(found, Machine):
        raise missing_resource(KIND, call.names["machine"], group.name)
    return found


def _list_all(call: Call) -> Answer:
    return _listed(call, f"/subscriptions/{call.subscription}/")


def _list(call: Call) -> Answer:
    return _listed(call, f"{groups.of_path(call).key}/")


def _listed(call: Call, prefix: str) -> Answer:
    return of_resources(call, (m for m in call.state.machines() if m.key.startswith(prefix)))


def _get(call: Call) -> Answer:
    expand = call.query.get("$expand")
    if expand is not None and expand.lower() != "instanceview":
        raise ArmError("BadRequest", f"The expand expression '{expand}' is not supported.", gateway=False)
    return Answer(200, document(call, of_path(call)))


def _network(call: Call) -> Answer:
    return Answer(200, of_path(call).reported.get("networkProfile", {"networkInterfaces": []}))


def _put(call: Call) -> Answer:
    group = groups.of_path(call)
    name = call.names["machine"]
    body = call.body("location", "tags", "identity", "kind", "properties", "resources")
    if not NAME.fullmatch(name) or name[-1] in "-_":
        raise ArmError("InvalidResourceName", f"Resource name '{name}' is invalid.")
    location = groups.required_location(body, KIND)
    tags = checked_tags(body.get("tags"))
    kind = _kind(body)
    properties = _properties(call, body, (*CREATED, *CHANGED))
    id_ = f"{group.id}/providers/{KIND}/{name}"
    machine = call.state.resources.get(id_.lower())
    if machine is not None and machine.location != location:
        raise ArmError(
            "InvalidResourceLocation",
            f"The resource '{name}' already exists in location '{machine.location}' in resource group "
            f"'{group.name}'. A "
            f"resource with the same name cannot be created in location '{location}'. Please select a new "
            "resource name.",
        )
    call.refuse_locked(id_, delete=False)
    _refuse_by_policy(call, name, location, tags)
    _scope_checked(call, properties, location)
    if isinstance(machine, Machine):
        _replace(call, machine, properties)
    else:
        machine = _new(call, id_, name, location, properties)
    machine.tags = tags
    machine.kind = kind if kind is not None else machine.kind
    machine.identity = _identity(body, machine)
    return Answer(200, document(call, machine))


def _new(call: Call, id_: str, name: str, location: str, properties: dict[str, Any]) -> Machine:
    missing = [k for k, v in (("VmId", properties.get("vmId")),) if not _is_guid(v)]
    if missing:
        raise _insufficient(call, missing)
    properties.setdefault("osProfile", {})
    properties.setdefault("agentConfiguration", {})
    machine = Machine(id_, name, KIND, location, {}, call.now, call.identity.object_id, properties)
    machine.word, machine.ready = "Creating", call.now + call.rules.azure_creating_ms / 1000
    if call.planned is not None and call.planned.action == "fail_work":
        machine.outcome = "Failed"
    call.state.resources[machine.key] = machine
    return machine


def _replace(call: Call, machine: Machine, properties: dict[str, Any]) -> None:
    sent = properties.get("vmId", machine.properties["vmId"])
    if not _is_guid(sent):
        raise _insufficient(call, ["VmId"])
    if sent.lower() != machine.properties["vmId"].lower() and call.rules.azure_other_vm_id == "refuse":
        raise ArmError(
            "Conflict",
            f"The machine '{machine.name}' exists with another vmId, which cannot be changed.",
            gateway=False,
        )
    kept = {k: v for k, v in machine.properties.items() if k in ("vmId", "clientPublicKey", "osName")}
    machine.properties = {"osProfile": {}, **kept, **properties, "vmId": machine.properties["vmId"]}
    _updating(call, machine)


def _updating(call: Call, machine: Machine) -> None:
    """Shown as Updating in this answer only: the next read has Succeeded (6.2)."""
    machine.word, machine.ready = "Updating", call.now + 0.001
    machine.changed, machine.changed_by = call.now, call.identity.object_id


def _patch(call: Call) -> Answer:
    machine = of_path(call)
    body = call.body("tags", "identity", "kind", "properties")
    tags = checked_tags(body["tags"]) if "tags" in body else None
    kind = _kind(body)
    properties = _properties(call, body, CHANGED)
    call.refuse_locked(machine.id, delete=False)
    _scope_checked(call, properties, machine.location)
    if tags is not None:
        machine.tags = patched(call, machine.tags, tags)
    if kind is not None:
        machine.kind = kind
    for name, value in properties.items():
        if value is None:
            machine.properties.pop(name, None)
        else:
            machine.properties[name] = value
    _updating(call, machine)
    return Answer(200, document(call, machine))


def _delete(call: Call) -> Answer:
    group = groups.of_path(call)
    found = call.state.resources.get(f"{group.key}/providers/{KIND}/{call.names['machine']}".lower())
    if found is None:
        return Answer(204)
    call.refuse_locked(found.id, delete=True)
    if not asynchronous_delete(call.api_version):
        operations.remove(call.state, found.key)
        return Answer(200)
    operation = operations.start(call, found, "delete")
    return Answer(202, None, operations.headers(call, operation, found.location))


def _properties(call: Call, body: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    properties = body.get("properties", {})
    if not isinstance(properties, dict):
        raise invalid("properties is an object")
    strange = sorted(properties.keys() - set(known) - set(CREATED) - READ_ONLY)
    if strange:
        raise invalid(f"Could not find member '{strange[0]}' on object of type 'MachineProperties'.")
    found = {k: v for k, v in properties.items() if k in known}
    _typed(found)
    return found


def _typed(properties: dict[str, Any]) -> None:
    for name in (
        "vmId",
        "clientPublicKey",
        "osName",
        "osType",
        "parentClusterResourceId",
        "privateLinkScopeResourceId",
    ):
        if properties.get(name) is not None and not isinstance(properties[name], str):
            raise invalid(f"properties.{name} is a string")
    for name in ("locationData", "osProfile", "cloudMetadata", "agentUpgrade"):
        if properties.get(name) is not None and not isinstance(properties[name], dict):
            raise invalid(f"properties.{name} is an object")
    place = properties.get("locationData")
    if place is not None and not place.get("name"):
        raise invalid("properties.locationData.name is required")
    upgrade = properties.get("agentUpgrade")
    if upgrade is not None:
        if not isinstance(upgrade.get("enableAutomaticUpgrade", False), bool):
            raise invalid("properties.agentUpgrade.enableAutomaticUpgrade is true or false")
        properties["agentUpgrade"] = {k: v for k, v in upgrade.items() if k in UPGRADE}
    key = properties.get("clientPublicKey")
    if key and not is_public_key(key):
        raise ArmError("HCRP400", "The client public key is not a base64 encoded PKCS#1 RSA public key.", gateway=False)


def is_public_key(text: str) -> bool:
    """base64 of a PKCS#1 RSAPublicKey in DER, 2048 bits (6.3)."""
    try:
        der = base64.b64decode(text, validate=True)
        key = load_der_public_key(der)
    except (ValueError, binascii.Error):
        return False
    right = isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048
    return right and key.public_bytes(Encoding.DER, PublicFormat.PKCS1) == der


def _is_guid(value: Any) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return "-" in str(value)


def _insufficient(call: Call, names: list[str]) -> ArmError:
    return ArmError(
        "HCRP400",
        "The request does not have sufficient information to complete the operation. Missing or invalid properties: "
        + ", ".join(names),
        gateway=False,
        flat=call.rules.azure_flat_errors,
    )


def _kind(body: dict[str, Any]) -> str | None:
    kind = body.get("kind")
    if kind is None:
        return None
    found = next((k for k in KINDS if k.lower() == str(kind).lower()), None)
    if found is None:
        raise invalid(f"kind '{kind}' is not one of {', '.join(KINDS[1:])}")
    return found


def _identity(body: dict[str, Any], machine: Machine) -> dict[str, Any] | None:
    wanted = body.get("identity")
    if wanted is None:
        return machine.identity
    if not isinstance(wanted, dict) or wanted.get("type") not in ("SystemAssigned", "None"):
        raise invalid("identity.type is SystemAssigned")
    if wanted["type"] == "None":
        return None
    principal = uuid.uuid5(uuid.NAMESPACE_URL, machine.key + machine.properties["vmId"])
    return {"type": "SystemAssigned", "principalId": str(principal), "tenantId": directory.TENANT}


def _scope_checked(call: Call, properties: dict[str, Any], location: str) -> None:
    """A private link scope exists, may be read and is in the machine's region (7.1)."""
    scope_id = properties.get("privateLinkScopeResourceId")
    if not scope_id:
        return
    call.require(f"{NAMESPACE}/privateLinkScopes/read", scope_id)
    scope = call.state.resources.get(scope_id.lower())
    if scope is None or scope.type != f"{NAMESPACE}/privateLinkScopes":
        raise ArmError("HCRP404", f"The private link scope '{scope_id}' was not found.", status=404, gateway=False)
    if scope.location != location:
        raise ArmError(
            "HCRP400",
            f"The private link scope is in region '{scope.location}', the machine in '{location}'; they must be "
            "the same.",
            gateway=False,
        )


def _refuse_by_policy(call: Call, name: str, location: str, tags: dict[str, str]) -> None:
    for policy in call.state.policies.values():
        lacks = policy.required_tag is not None and policy.required_tag.lower() not in {t.lower() for t in tags}
        if lacks or location in policy.denied_locations:
            raise ArmError(
                "RequestDisallowedByPolicy",
                f"Resource '{name}' was disallowed by policy. Reasons: '{policy.name}'. See error details for policy "
                "resource IDs.",
                target=name,
                additionalInfo=[
                    {
                        "type": "PolicyViolation",
                        "info": {
                            "policyAssignmentName": policy.name,
                            "policyDefinitionDisplayName": policy.name,
                            "policyDefinitionEffect": "deny",
                        },
                    }
                ],
            )
