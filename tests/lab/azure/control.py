# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for Azure, below /azure: what others see, drift, rights, throttling, locks, policies."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from . import authorization, directory, life, operations, providers
from .state import Assignment, Lock, Machine, Policy, Resource, State, Throttle

if TYPE_CHECKING:
    from .simulator import AzureSimulator

SEEN_LONG_AGO = 1.0
"""Seconds past the limit after which a machine is Disconnected."""


class Body(BaseModel):
    """Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class MachinesBody(Body):
    count: int = Field(ge=1, le=20_000)
    group: str
    location: str = "westeurope"
    prefix: str = "server-"
    subscription: str = directory.SUBSCRIPTION
    tags: dict[str, str] = Field(default_factory=dict)
    kind: str | None = None
    status: Literal["Connected", "Disconnected", "Expired", "none"] = "Connected"


class MachineBody(Body):
    tags: dict[str, str] | None = None
    kind: str | None = None
    connected: bool | None = None
    vm_id: str | None = None


class IdentityBody(Body):
    denied: list[str] | None = None
    roles: list[str] | None = None


class ThrottleBody(Body):
    every: int = Field(ge=0)
    retry_after: int = Field(default=1, ge=0)
    code: Literal["SubscriptionRequestsThrottled", "TooManyRequests", "ResourceRequestsThrottled"] = (
        "SubscriptionRequestsThrottled"
    )


class LockBody(Body):
    name: str
    scope: str
    level: Literal["CanNotDelete", "ReadOnly"] = "CanNotDelete"


class PolicyBody(Body):
    name: str
    required_tag: str | None = None
    denied_locations: list[str] = Field(default_factory=list)


class ProviderBody(Body):
    state: Literal["NotRegistered", "Registered"]
    subscription: str = directory.SUBSCRIPTION


def routes(azure: AzureSimulator) -> APIRouter:
    router = _overview(azure)
    router.include_router(_machine_routes(azure))
    router.include_router(_right_routes(azure))
    router.include_router(_trouble_routes(azure))
    return router


def found_machine(state: State, name: str) -> Machine:
    """By its name; KeyError."""
    found = [m for m in state.machines() if m.name.lower() == name.lower()]
    if not found:
        raise KeyError(f"no machine {name}")
    return found[0]


def make_machines(azure: AzureSimulator, body: MachinesBody) -> list[Machine]:
    """Machines as agents that connected long ago would have left them; their group is made when it is missing."""
    state, shared = azure.state, azure.shared
    now = shared.clock.now()
    silence = {
        "Connected": 0.0,
        "Disconnected": shared.rules.azure_disconnected_minutes * 60 + SEEN_LONG_AGO,
        "Expired": shared.rules.azure_expired_days * 86400 + SEEN_LONG_AGO,
    }
    group_id = f"/subscriptions/{body.subscription}/resourceGroups/{body.group}"
    if group_id.lower() not in state.groups:
        state.groups[group_id.lower()] = Resource(
            group_id, body.group, "Microsoft.Resources/resourceGroups", body.location, {}, now, "lab"
        )
    made = []
    for number in range(1, body.count + 1):
        name = f"{body.prefix}{number:04d}"
        id_ = f"{state.groups[group_id.lower()].id}/providers/Microsoft.HybridCompute/machines/{name}"
        vm_id = str(uuid.uuid5(uuid.NAMESPACE_URL, id_))
        machine = Machine(
            id_, name, "Microsoft.HybridCompute/machines", body.location, dict(body.tags), now - 86400, "lab"
        )
        machine.kind = body.kind
        machine.properties = {
            "vmId": vm_id,
            "osName": "linux",
            "osProfile": {"computerName": name},
            "clientPublicKey": base64.b64encode(vm_id.encode()).decode(),
        }
        if body.status != "none":
            machine.heard = now - silence[body.status]
            machine.first_heard = machine.connected = machine.heard - 3600
            machine.reported = reported(name, str(uuid.uuid5(uuid.NAMESPACE_DNS, id_)))
        state.resources[machine.key] = machine
        made.append(machine)
    return made


def reported(name: str, vm_uuid: str) -> dict[str, Any]:
    """What an agent tells about its server (6.3)."""
    return {
        "agentVersion": "1.67.03504.1320",
        "displayName": name,
        "machineFqdn": f"{name}.lab.example",
        "dnsFqdn": f"{name}.lab.example",
        "adFqdn": "unknown",
        "domainName": "unknown",
        "osType": "linux",
        "osSku": "Debian GNU/Linux 12 (bookworm)",
        "osVersion": "6.1.0",
        "vmUuid": vm_uuid,
        "mssqlDiscovered": "false",
        "cloudMetadata": {"provider": "N/A"},
        "detectedProperties": {"manufacturer": "VMware, Inc.", "model": "VMware20,1", "cloudprovider": "N/A"},
        "agentConfiguration": {
            "proxyUrl": "",
            "proxyBypass": [],
            "incomingConnectionsPorts": [],
            "extensionsAllowList": [],
            "extensionsBlockList": [],
            "extensionsEnabled": "true",
            "guestConfigurationEnabled": "true",
            "configMode": "full",
        },
        "serviceStatuses": {
            "extensionService": {"status": "active", "startupType": "enabled"},
            "guestConfigurationService": {"status": "active", "startupType": "enabled"},
        },
        "agentUpgrade": {"enableAutomaticUpgrade": False},
    }


def _overview(azure: AzureSimulator) -> APIRouter:
    router = APIRouter()

    @router.get("")
    async def overview() -> dict[str, Any]:
        """Who can log in, and where everything answers."""
        return {
            "tenant": directory.TENANT,
            "otherTenant": directory.OTHER_TENANT,
            "subscriptions": directory.SUBSCRIPTIONS,
            "urls": {name: place.url for name, place in azure.places.items()},
            "tokensIssued": azure.state.tokens_issued,
            "identities": {
                i.name: {
                    "clientId": i.client_id,
                    "objectId": i.object_id,
                    "secret": i.secret,
                    "roles": [directory.ROLES[a.role].name for a in authorization.of(azure.state, i)],
                    "denied": list(azure.state.denied.get(i.name, ())),
                }
                for i in directory.IDENTITIES.values()
            },
        }

    @router.get("/groups")
    async def groups() -> list[dict[str, Any]]:
        return [{"id": g.id, "name": g.name, "tags": g.tags} for g in azure.state.groups.values()]

    @router.get("/resources")
    async def resources() -> list[str]:
        return sorted(r.id for r in azure.state.resources.values())

    @router.get("/providers")
    async def registrations() -> list[dict[str, str]]:
        found = azure.state.providers.items()
        return [{"subscription": s, "namespace": p.namespace, "state": p.state} for (s, _rest), p in found]

    @router.put("/providers/{namespace}", status_code=204)
    async def set_provider(namespace: str, body: ProviderBody) -> None:
        with azure.shared.world.lock:
            providers.at(azure.state, body.subscription, namespace).state = body.state

    return router


def _machine_routes(azure: AzureSimulator) -> APIRouter:
    router = APIRouter(prefix="/machines")
    shared = azure.shared

    def outline(machine: Machine) -> dict[str, Any]:
        now = shared.clock.now()
        return {
            "id": machine.id,
            "name": machine.name,
            "vmId": machine.properties["vmId"],
            "tags": machine.tags,
            "kind": machine.kind,
            "status": life.status(machine, now, shared.rules),
            "provisioningState": machine.provisioning_state(now),
        }

    @router.get("")
    async def machines() -> list[dict[str, Any]]:
        return [outline(m) for m in azure.state.machines()]

    @router.post("", status_code=201)
    async def make(body: MachinesBody) -> dict[str, Any]:
        with shared.world.lock:
            return {"made": len(make_machines(azure, body))}

    @router.patch("/{name}")
    async def change(name: str, body: MachineBody) -> dict[str, Any]:
        """Behind Azure's back; `connected: false` holds back heartbeats until its service is started anew."""
        with shared.world.lock:
            machine = found_machine(azure.state, name)
            machine.tags = machine.tags if body.tags is None else dict(body.tags)
            machine.kind = machine.kind if body.kind is None else body.kind or None
            if body.vm_id is not None:
                machine.properties["vmId"] = body.vm_id
            if body.connected is not None:
                machine.silent = not body.connected
                now = shared.clock.now()
                limit = shared.rules.azure_disconnected_minutes * 60 + SEEN_LONG_AGO
                machine.heard = now if body.connected else now - limit
                machine.first_heard = min(machine.first_heard or machine.heard, machine.heard - 60)
            return outline(machine)

    @router.delete("/{name}", status_code=204)
    async def delete(name: str) -> None:
        with shared.world.lock:
            operations.remove(azure.state, found_machine(azure.state, name).key)

    return router


def _right_routes(azure: AzureSimulator) -> APIRouter:
    router = APIRouter(prefix="/identities")

    @router.patch("/{name}", status_code=204)
    async def change(name: str, body: IdentityBody) -> None:
        """`denied` are actions with `*`, whatever the roles say; `roles` replace those of the first subscription."""
        if name not in directory.IDENTITIES:
            raise KeyError(f"no identity {name}")
        identity = directory.IDENTITIES[name]
        with azure.shared.world.lock:
            if body.denied is not None:
                azure.state.denied[name] = tuple(body.denied)
            if body.roles is not None:
                _assign(azure.state, identity, body.roles)

    return router


def _assign(state: State, identity: directory.Identity, names: list[str]) -> None:
    roles = {role.name: role.id for role in directory.ROLES.values()}
    unknown = [name for name in names if name not in roles]
    if unknown:
        raise ValueError(f"no role {unknown[0]}; known: {', '.join(roles)}")
    for assignment in authorization.of(state, identity):
        if assignment.scope.lower().startswith(f"/subscriptions/{directory.SUBSCRIPTION}"):
            del state.assignments[assignment.id.lower()]
    scope = f"/subscriptions/{directory.SUBSCRIPTION}"
    for name in names:
        id_ = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        made = Assignment(id_, scope, roles[name], identity.object_id, "ServicePrincipal")
        state.assignments[id_.lower()] = made


def _trouble_routes(azure: AzureSimulator) -> APIRouter:
    router = APIRouter()

    @router.put("/throttle", status_code=204)
    async def throttle(body: ThrottleBody) -> None:
        azure.state.throttle = Throttle(body.every, body.retry_after, body.code)

    @router.put("/locks", status_code=204)
    async def lock(body: LockBody) -> None:
        azure.state.locks[body.name] = Lock(body.name, body.scope, body.level)

    @router.delete("/locks/{name}", status_code=204)
    async def unlock(name: str) -> None:
        if azure.state.locks.pop(name, None) is None:
            raise KeyError(f"no lock {name}")

    @router.put("/policies", status_code=204)
    async def policy(body: PolicyBody) -> None:
        azure.state.policies[body.name] = Policy(body.name, body.required_tag, tuple(body.denied_locations))

    @router.delete("/policies/{name}", status_code=204)
    async def forget_policy(name: str) -> None:
        if azure.state.policies.pop(name, None) is None:
            raise KeyError(f"no policy {name}")

    return router
