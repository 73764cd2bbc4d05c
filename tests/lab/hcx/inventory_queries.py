# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that turn names into ids (HCX reference 7.3 to 7.7)."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from ..vcenter.bindings import wsdl_name
from ..vcenter.entities import Entity
from ..vcenter.virtual_machines import VirtualMachineNode
from ..world import VirtualMachine
from . import answers, inventory
from .body import Body
from .gate import HcxRoute
from .manager import Manager


class SiteFilter(Body):
    endpointId: str | None = None


class CloudFilter(Body):
    cloud: SiteFilter = SiteFilter()
    endpointId: str | None = None
    entityType: str | list[str] | None = None


class Paging(Body):
    skipCount: int = Field(default=0, ge=0)
    pageSize: int = Field(default=1000, ge=1)


class CloudQueryBody(Body):
    filter: CloudFilter = CloudFilter()
    paging: Paging = Paging()


class ClusterFilter(Body):
    computeType: Literal["ClusterComputeResource"]
    vcenter_instanceId: str
    computeIds: list[str] = Field(min_length=1)


class ClusterQueryBody(Body):
    filter: ClusterFilter


def _site(manager: Manager, body: CloudQueryBody) -> Manager:
    return manager.site(body.filter.cloud.endpointId or body.filter.endpointId)


def _check_clusters(manager: Manager, wanted: ClusterFilter) -> list[str]:
    if wanted.vcenter_instanceId != manager.vcenter_uuid:
        raise answers.Refused(
            400, answers.untrue(manager.now_ms(), "INVALID_REQUEST", f"No vCenter {wanted.vcenter_instanceId} here.")
        )
    known = {c.moid for c in inventory.clusters(manager)}
    for cluster_id in wanted.computeIds:
        if cluster_id not in known:
            raise answers.Refused(
                400, answers.untrue(manager.now_ms(), "INVALID_REQUEST", f"There is no cluster {cluster_id}.")
            )
    return wanted.computeIds


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)
    router.include_router(_build_routes(manager))
    router.include_router(_placement_routes(manager))
    return router


def _build_routes(manager: Manager) -> APIRouter:
    """What profiles refer to."""
    router = APIRouter(prefix="/hybridity/api", route_class=HcxRoute)

    @router.post("/service/inventory/networks")
    async def networks(body: CloudQueryBody) -> dict[str, Any]:
        found = [
            {"entity_id": n.entity_id, "name": n.name, "entityType": n.kind}
            for n in inventory.networks(_site(manager, body))
        ]
        return answers.data(manager.now_ms(), items=found)

    @router.post("/service/inventory/vc/list")
    async def vcenters(body: Body) -> dict[str, Any]:
        return answers.data(manager.now_ms(), items=[inventory.tree(manager)])

    @router.post("/service/inventory/vc/datastores/query")
    async def datastores(body: ClusterQueryBody) -> dict[str, Any]:
        found = inventory.datastores(manager, _check_clusters(manager, body.filter))
        return answers.data(
            manager.now_ms(), items=[{"id": d.moid, "name": d.name, "entity_type": "Datastore"} for d in found]
        )

    @router.post("/service/inventory/vc/dvs/query")
    async def switches(body: ClusterQueryBody) -> dict[str, Any]:
        found = inventory.switches(manager, _check_clusters(manager, body.filter))
        return answers.data(
            manager.now_ms(),
            items=[{"id": s.id, "name": s.name, "type": s.kind, "maxMtu": s.mtu} for s in found],
        )

    @router.get("/vc/query")
    async def entities(
        kind: Literal["cluster", "datacenter", "dvs", "vm"] = Query(alias="entityType"),
    ) -> list[dict[str, Any]]:
        vcenter = manager.vcenter_uuid
        if kind == "vm":
            return [
                {"entity_id": m.moid, "vcenter_instanceId": vcenter, "name": m.name}
                for m in inventory.machines(manager)
            ]
        if kind == "dvs":
            return [
                {"entity_id": s.id, "vcenter_instanceId": vcenter, "name": s.name}
                for s in inventory.switches(manager)
                if s.kind == inventory.SWITCH
            ]
        if kind == "datacenter":
            return [
                {"entity_id": d.moid, "vcenter_instanceId": vcenter, "name": d.name}
                for d in inventory.datacenters(manager)
            ]
        return [
            {
                "entity_id": c.moid,
                "vcenter_instanceId": vcenter,
                "name": c.name,
                "datastore": [{"type": "Datastore", "value": d.moid} for d in inventory.datastores(manager, [c.moid])],
            }
            for c in inventory.clusters(manager)
        ]

    return router


def _placement_routes(manager: Manager) -> APIRouter:
    """Containers and datastores of any known site (7.7)."""
    router = APIRouter(prefix="/hybridity/api/service/inventory", route_class=HcxRoute)

    @router.post("/containers")
    async def containers(body: CloudQueryBody) -> dict[str, Any]:
        site = _site(manager, body)
        wanted = [body.filter.entityType] if isinstance(body.filter.entityType, str) else body.filter.entityType
        kinds: dict[str, list[Any]] = {
            "folder": inventory.vm_folders(site),
            "resourcePool": inventory.pools(site),
            "datacenter": inventory.datacenters(site),
            "cluster": inventory.clusters(site),
        }
        found = [_container(site, e, kind) for kind, found in kinds.items() if kind in (wanted or kinds) for e in found]
        return answers.data(manager.now_ms(), items=found)

    @router.post("/datastores")
    async def datastores(body: CloudQueryBody) -> dict[str, Any]:
        found = [{"entity_id": d.moid, "name": d.name} for d in inventory.datastores(_site(manager, body))]
        return answers.data(manager.now_ms(), items=found)

    @router.post("/virtualmachines")
    async def machines(body: CloudQueryBody, hcspUUID: str | None = None) -> dict[str, Any]:
        """Appliances are machines too: the vCenter does not know them from others."""
        page = body.paging
        found = inventory.machines(_site(manager, body))[page.skipCount :][: page.pageSize]
        return answers.data(manager.now_ms(), items=[_machine(manager, m) for m in found])

    @router.post("/storageProfiles")
    async def storage_profiles(body: CloudQueryBody) -> dict[str, Any]:
        return answers.data(manager.now_ms(), items=[])

    return router


def _machine(manager: Manager, machine: VirtualMachineNode) -> dict[str, Any]:
    networks = [
        {"type": wsdl_name(n.vim_type), "value": n.moid, "id": n.moid, "name": n.name, "displayName": n.name}
        for n in machine.network_nodes
    ]
    return {
        "id": machine.moid,
        "entity_id": machine.moid,
        "name": machine.name,
        "entityType": "VirtualMachine",
        "network": networks,
        **({} if manager.rules.hcx_machine_summary == "absent" else {"summary": _summary(manager, machine.machine)}),
    }


def _summary(manager: Manager, machine: VirtualMachine) -> dict[str, Any]:
    """A source shows that there is one (7.7), none shows what is in it: here that of vSphere."""
    numbers = {"numCpu": machine.cpus, "memorySizeMB": machine.memory_mb}
    return {"config": numbers} if manager.rules.hcx_machine_summary == "vsphere" else numbers


def _container(site: Manager, entity: Entity, kind: str) -> dict[str, Any]:
    parent = entity.parent
    return {
        "entity_id": entity.moid,
        "name": entity.name,
        "entityType": kind,
        "parent": {"type": wsdl_name(parent.vim_type), "value": parent.moid} if parent else None,
        "_origin": {"endpointId": site.endpoint_id},
    }
