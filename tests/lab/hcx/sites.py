# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who: local and remote sites, their vCenters and capabilities (HCX reference 7.1, 7.2, 7.8)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from . import answers
from .appliance_settings import LOCATIONS
from .body import Body
from .gate import HcxRoute
from .manager import Manager

CREATED = "2024-01-01T08:00:00Z"
SERVICES = (
    "INTERCONNECT",
    "WANOPT",
    "VMOTION",
    "BULK_MIGRATION",
    "RAV",
    "NETWORK_EXTENSION",
    "DISASTER_RECOVERY",
    "SRM",
)
"""Literals of 19.1 that a source shows for 4.x."""


class CloudFilter(Body):
    local: bool | None = None
    remote: bool | None = None


class ContainerFilter(Body):
    cloud: CloudFilter = CloudFilter()


class ContainerListBody(Body):
    filter: ContainerFilter = ContainerFilter()


class CloudListBody(Body):
    filter: CloudFilter = CloudFilter()


class SitePairBody(Body):
    source_endpoint_id: str
    dest_endpoint_id: str


def wanted(manager: Manager, local: bool | None, remote: bool | None) -> list[Manager]:
    """Without any flag: all sites."""
    everything = not local and not remote
    return [*([manager] if local or everything else []), *(manager.paired() if remote or everything else [])]


def known_services(manager: Manager) -> list[str]:
    return [s for s in SERVICES if s not in manager.rules.hcx_missing_services]


def _endpoint(manager: Manager, site: Manager) -> dict[str, Any]:
    return {
        "endpointId": site.endpoint_id,
        "endpointType": "VC",
        "name": site.site_name,
        "cloudName": site.site_name,
        "cloudType": "VC",
        "url": site.url,
        "uuid": site.endpoint_id,
        "linkEstablished": site is not manager,
        "isBiDirectional": False,
        "isInbound": site is not manager and manager.state.pairings[site.endpoint_id].inbound,
        "isLocal": site is manager,
        "isValid": True,
        "isDeleted": False,
        "status": "OK",
        "creationDate": CREATED,
        "lastUpdated": CREATED,
        "location": LOCATIONS[site.name],
    }


def _vcenter(manager: Manager, site: Manager) -> dict[str, Any]:
    return {
        "url": f"https://{site.vcenter_name}",
        "vcuuid": site.vcenter_uuid,
        "version": site.rules.api_version.removesuffix(".0"),
        "buildNumber": "24022515",
        "osType": "linux-x64",
        "name": f"vc-{site.vcenter.name}",
        "resourceId": site.vcenter_uuid,
        "resourceType": "VC",
        "resourceName": site.vcenter_name,
        "vimServerUuid": site.vcenter_uuid,
        "endpointId": site.endpoint_id,
        "endpointName": site.site_name,
        "endpointType": "VC",
        "endpoint": _endpoint(manager, site),
    }


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api", route_class=HcxRoute)

    @router.post("/service/inventory/resourcecontainer/list")
    async def resource_containers(body: ContainerListBody) -> dict[str, Any]:
        sites = wanted(manager, body.filter.cloud.local, body.filter.cloud.remote)
        return answers.data(manager.now_ms(), items=[_vcenter(manager, s) for s in sites])

    @router.post("/service/inventory/cloud/list")
    async def clouds(body: CloudListBody) -> dict[str, Any]:
        found = [
            {"endpointId": s.endpoint_id, "name": s.site_name, "url": s.url, "endpointType": "VC"}
            for s in wanted(manager, body.filter.local, body.filter.remote)
        ]
        return answers.data(manager.now_ms(), items=found)

    @router.get("/interconnect/capabilities")
    async def capabilities() -> dict[str, Any]:
        services = [{"name": s} for s in known_services(manager)]
        sites = [manager, *manager.paired()]
        return answers.items([{"endpoints": [{"endpointId": s.endpoint_id}], "services": services} for s in sites])

    @router.post("/interconnect/capabilities/site-pair-capabilities")
    async def site_pair_capabilities(body: SitePairBody) -> dict[str, Any]:
        for endpoint_id in (body.source_endpoint_id, body.dest_endpoint_id):
            manager.site(endpoint_id)
        return answers.items([{"name": s} for s in known_services(manager)])

    @router.get("/metainfo/context/publisher")
    @router.get("/metainfo/context/interconnect")
    async def context() -> list[dict[str, Any]]:
        return [{"cloudManagementPlatforms": [{"cmpId": manager.vcenter_uuid, "cmpType": "VC"}]}]

    return router
