# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be migrated and where to: sites, on-premises machines, organizations, Org VDCs, policies (10.5)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ..world import VirtualMachine
from . import answers
from .cloud_site import CloudSite
from .gate import VcdaRoute
from .places import ON_PREMISES, VCENTER
from .sessions import Session

GIB = 1 << 30
FIRST_DISK = 2000
"""Device key of a machine's first disk (10.6)."""
Offset = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=1000)]


class PolicyBody(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    minRpo: int = Field(ge=1)


def routes(site: CloudSite) -> APIRouter:
    router = APIRouter(route_class=VcdaRoute)
    router.include_router(_site_routes(site))
    router.include_router(_cloud_routes(site))
    router.include_router(_policy_routes(site))
    return router


def _site_routes(site: CloudSite) -> APIRouter:
    router = APIRouter(route_class=VcdaRoute)

    @router.get("/diagnostics/about")
    async def about() -> dict[str, str]:
        return {
            "serviceType": "Cloud",
            "productName": "VMware Cloud Director Availability",
            "buildVersion": site.rules.vcda_version,
            "buildDate": "2024-01-01",
        }

    @router.get("/sites")
    async def sites() -> list[dict[str, Any]]:
        own = {"site": site.cloud_name, "description": f"The cloud {site.cloud_name}", "isLocal": True}
        return [own | _reached(site)]

    @router.get("/vc-sites")
    async def vc_sites() -> list[dict[str, Any]]:
        own = {"id": ON_PREMISES, "site": ON_PREMISES, "description": "On premises", "owner": "*", "isLocal": False}
        return [own | _reached(site) | {"isProviderDeployment": False}]

    @router.get("/vc-sites/{name}/vcenters")
    async def vcenters(request: Request, name: str) -> list[dict[str, Any]]:
        _on_premises(site, request.state.session, name)
        found = site.shared.world.vcenters[VCENTER]
        return [{"vcId": found.instance_uuid, "vcName": f"vc-{VCENTER}.lab.example", "url": f"https://{found.address}"}]

    def machines(request: Request, name: str, vc_id: str, offset: int, limit: int) -> dict[str, Any]:
        _on_premises(site, request.state.session, name)
        if vc_id != site.vcenter_id:
            raise answers.not_found("vCenter", vc_id)
        found = [_machine(site, moid, m) for moid, m in site.source_machines().items()]
        return answers.page(found, offset, limit)

    @router.get("/vc-sites/{name}/vcenters/{vc_id}/vms")
    async def below_vcenters(
        request: Request, name: str, vc_id: str, offset: Offset = 0, limit: Limit = 100
    ) -> dict[str, Any]:
        _check_path(site, request, "vcenters")
        return machines(request, name, vc_id, offset, limit)

    @router.get("/vc-sites/{name}/{vc_id}/vms")
    async def bare(request: Request, name: str, vc_id: str, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        _check_path(site, request, "bare")
        return machines(request, name, vc_id, offset, limit)

    return router


def _check_path(site: CloudSite, request: Request, spelling: str) -> None:
    if site.rules.vcda_vms_path not in (spelling, "both"):
        raise answers.not_found("Path", request.url.path)


def _on_premises(site: CloudSite, session: Session, name: str) -> None:
    if name != ON_PREMISES:
        raise answers.Refused(404, "SiteNotFound", f"Site {name} is not known.", name)
    site.check_site(session, name)


def _reached(site: CloudSite) -> dict[str, Any]:
    return {
        "apiUrl": site.url,
        "apiPublicUrl": site.url,
        "state": {"incomingCommError": None, "outgoingCommError": None},
        "apiVersion": "4.7",
        "buildVersion": site.rules.vcda_version,
    }


def _machine(site: CloudSite, moid: str, machine: VirtualMachine) -> dict[str, Any]:
    return {
        "id": moid,
        "name": machine.name,
        "vcId": site.vcenter_id,
        "powerState": "poweredOn" if machine.powered_on else "poweredOff",
        "numCpu": machine.cpus,
        "memoryMB": machine.memory_mb,
        "disks": [{"key": FIRST_DISK, "label": "Hard disk 1", "capacity": machine.disk_gb * GIB}],
        "nics": [{"index": n, "mac": c.mac} for n, c in enumerate(machine.cards)],
    }


def _cloud_routes(site: CloudSite) -> APIRouter:
    router = APIRouter(prefix="/inventory", route_class=VcdaRoute)

    @router.get("/orgs")
    async def orgs(request: Request, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        own = request.state.session.organization
        found = [o for o in site.cloud.organizations.values() if own in (None, o.id)]
        return answers.page([{"id": o.id, "name": o.name, "fullName": o.full_name} for o in found], offset, limit)

    @router.get("/vdcs")
    async def vdcs(request: Request, name: str | None = None, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        found = [v for v in site.vdcs(request.state.session) if name in (None, v.name)]
        org = {v.id: site.organization(v.organization).name for v in found}
        return answers.page([{"id": v.id, "name": v.name, "org": org[v.id]} for v in found], offset, limit)

    @router.get("/vdcs/{vdc_id}/networks")
    async def networks(request: Request, vdc_id: str, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        found = site.cloud.of_vdc(site.vdc(request.state.session, vdc_id).id)
        return answers.page([{"id": n.id, "name": n.name} for n in found], offset, limit)

    @router.get("/vdcs/{vdc_id}/storage-profiles")
    async def profiles(request: Request, vdc_id: str) -> list[dict[str, Any]]:
        found = site.vdc(request.state.session, vdc_id).storage_profiles
        return [{"id": p.id, "name": p.name} for p in found]

    @router.get("/vapps")
    async def vapps(request: Request, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        own = {v.id for v in site.vdcs(request.state.session)}
        found = [v for v in site.cloud.vapps.values() if v.vdc in own]
        return answers.page([{"id": v.id, "name": v.name, "vdcId": v.vdc} for v in found], offset, limit)

    @router.get("/vms")
    async def machines(request: Request, offset: Offset = 0, limit: Limit = 100) -> dict[str, Any]:
        own = {v.id for v in site.vdcs(request.state.session)}
        vapps = {v.id: v for v in site.cloud.vapps.values() if v.vdc in own}
        found = [v for v in site.cloud.vms.values() if v.vapp in vapps]
        listed = [{"id": v.id, "name": v.name, "vappId": v.vapp, "vdcId": vapps[v.vapp].vdc} for v in found]
        return answers.page(listed, offset, limit)

    return router


def _policy_routes(site: CloudSite) -> APIRouter:
    router = APIRouter(prefix="/policies", route_class=VcdaRoute)

    @router.get("")
    async def policies(request: Request) -> Any:
        session: Session = request.state.session
        wanted = [session.organization] if session.organization else [None, *site.state.min_rpo]
        found = [site.policy(o).document() for o in wanted]
        return answers.page(found, 0, len(found)) if site.rules.vcda_policies_paged else found

    @router.put("/{policy_id}/orgs/{organization}")
    async def assign(request: Request, policy_id: str, organization: str, body: PolicyBody) -> dict[str, Any]:
        session: Session = request.state.session
        if session.organization is not None:
            raise answers.Refused(403, "Forbidden", "Permission denied.")
        found = next((o for o in site.cloud.organizations.values() if o.name == organization), None)
        if found is None:
            raise answers.not_found("Organization", organization)
        site.state.min_rpo[found.id] = body.minRpo
        return site.policy(found.id).document()

    return router
