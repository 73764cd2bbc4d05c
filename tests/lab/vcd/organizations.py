# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML views of the installation, its organizations and Org VDCs (VCD reference 3.7, 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from ..clouds import SYSTEM, Organization, Vdc
from .director import ADMINISTRATOR_VIEW
from .documents import ADMIN, MEDIA, leaf, link, vcloud, written
from .gate import VcdRoute
from .names import href, urn
from .rights_xml import ORG_RIGHTS, ROLE, references

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

NETWORK = MEDIA + "orgVdcNetwork+xml"
RECORDS = MEDIA + "query.records+xml"


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_tenant_views(director))
    router.include_router(_admin_views(director))
    return router


def _tenant_views(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api", route_class=VcdRoute)

    @router.get("/org")
    @router.get("/org/")
    async def organizations() -> Response:
        found = [_reference(director, "Org", "org", o.id, o.name, MEDIA) for o in visible(director)]
        at = {"href": f"{director.url}/api/org/", "type": MEDIA + "orgList+xml"}
        return Response(written(vcloud("OrgList", at, *found)), media_type=MEDIA + "orgList+xml")

    @router.get("/org/{org}")
    async def organization(org: str) -> Response:
        found = _organization(director, director.organization(org))
        return Response(written(found), media_type=MEDIA + "org+xml")

    @router.get("/vdc/{vdc}")
    async def vdc(vdc: str) -> Response:
        return Response(written(_vdc(director, director.vdc(vdc), admin=False)), media_type=MEDIA + "vdc+xml")

    @router.get("/vdcStorageProfile/{profile}")
    async def storage_profile(profile: str) -> Response:
        return _storage_profile(director, profile)

    return router


def _admin_views(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin", route_class=VcdRoute)

    @router.get("")
    @router.get("/")
    async def installation() -> Response:
        director.need(ADMINISTRATOR_VIEW)
        found = [_reference(director, "OrganizationReference", "org", o.id, o.name, ADMIN) for o in visible(director)]
        cloud = director.cloud
        shown = cloud.rights if director.caller.is_provider else cloud.granted(director.caller.organization.id)
        roles = [
            vcloud("RoleReference", {"href": href(director, "role", r.id), "name": r.name, "type": ROLE})
            for r in cloud.roles.values()
            if director.caller.sees(r.organization)
        ]
        root = vcloud(
            "VCloud",
            {"href": f"{director.url}/api/admin/", "name": cloud.name, "type": ADMIN + "vcloud+xml"},
            leaf("Description", "Lab"),
            vcloud("OrganizationReferences", {}, *found),
            vcloud("RightReferences", {}, *references(director, shown)),
            vcloud("RoleReferences", {}, *roles),
        )
        return Response(written(root), media_type=ADMIN + "vcloud+xml")

    @router.get("/org/{org}")
    async def admin_organization(org: str) -> Response:
        director.need(ADMINISTRATOR_VIEW)
        found = _admin_organization(director, director.organization(org))
        return Response(written(found), media_type=ADMIN + "organization+xml")

    @router.get("/vdc/{vdc}")
    async def admin_vdc(vdc: str) -> Response:
        director.need(ADMINISTRATOR_VIEW)
        return Response(written(_vdc(director, director.vdc(vdc), admin=True)), media_type=ADMIN + "vdc+xml")

    return router


def _storage_profile(director: Director, profile: str) -> Response:
    for vdc in director.cloud.vdcs.values():
        for found in vdc.storage_profiles:
            if found.id == profile and director.caller.sees(vdc.organization):
                attributes = _named(director, "vdcstorageProfile", found.id, found.name)
                root = vcloud("VdcStorageProfile", attributes, leaf("Enabled", True), leaf("Units", "MB"))
                return Response(written(root), media_type=MEDIA + "vdcStorageProfile+xml")
    raise director.unknown("vdcstorageProfile", profile)


def visible(director: Director) -> list[Organization]:
    return [o for o in director.cloud.organizations.values() if director.caller.sees(o.id)]


def _named(director: Director, kind: str, object_id: str, name: str, admin: bool = False) -> dict[str, str | None]:
    return {
        "href": href(director, kind, object_id, admin),
        "id": urn(kind, object_id),
        "name": name,
        "type": f"{ADMIN if admin else MEDIA}{ {'org': 'organization'}.get(kind, kind) if admin else kind }+xml",
    }


def _reference(director: Director, tag: str, kind: str, object_id: str, name: str, space: str) -> Element:
    found = _named(director, kind, object_id, name, space == ADMIN)
    return vcloud(tag, {key: found[key] for key in ("href", "name", "type")})


def _vdcs(director: Director, organization: str) -> list[Vdc]:
    return [v for v in director.cloud.vdcs.values() if v.organization == organization]


def _organization(director: Director, organization: Organization) -> Element:
    """Org VDCs are links up to 32.0; from 33.0 on one link leads to a query for them."""
    if director.version < (33, 0):
        vdcs = _vdcs(director, organization.id)
        links = [link("down", href(director, "vdc", v.id), MEDIA + "vdc+xml", v.name) for v in vdcs]
    else:
        query = f"{director.url}/api/query?type=orgVdc&format=records"
        if director.caller.is_provider:
            own = href(director, "org", organization.id, admin=True)
            query = f"{director.url}/api/query?type=adminOrgVdc&format=records&filter=(org=={own})"
        links = [link("down", query, RECORDS, "orgVdcs")]
    networks = [
        link("down", href(director, "network", n.id), MEDIA + "orgNetwork+xml", n.name)
        for v in _vdcs(director, organization.id)
        for n in director.cloud.of_vdc(v.id)
    ]
    links.append(link("alternate", href(director, "org", organization.id, admin=True), ADMIN + "organization+xml"))
    about = (leaf("Description", ""), leaf("FullName", organization.full_name), leaf("IsEnabled", True))
    return vcloud("Org", _named(director, "org", organization.id, organization.name), *links, *networks, *about)


def _admin_organization(director: Director, organization: Organization) -> Element:
    cloud = director.cloud
    at = f"{href(director, 'org', organization.id, admin=True)}/rights"
    rels = ("edit", "add") if director.caller.is_provider else ()
    users = [
        _reference(director, "UserReference", "user", u.id, u.name, ADMIN)
        for u in cloud.users.values()
        if u.organization == organization.id
    ]
    vdcs = [_reference(director, "Vdc", "vdc", v.id, v.name, ADMIN) for v in _vdcs(director, organization.id)]
    roles = [
        vcloud("RoleReference", {"href": href(director, "role", r.id), "name": r.name, "type": ROLE})
        for r in cloud.roles.values()
        if r.organization == organization.id
    ]
    granted = vcloud(
        "RightReferences",
        {"href": at, "type": ORG_RIGHTS},
        *(link(rel, at, ORG_RIGHTS) for rel in rels),
        *references(director, cloud.granted(organization.id)),
    )
    return vcloud(
        "AdminOrg",
        _named(director, "org", organization.id, organization.name, admin=True),
        link("down", at, ORG_RIGHTS),
        link("alternate", href(director, "org", organization.id), MEDIA + "org+xml"),
        leaf("Description", ""),
        leaf("FullName", organization.full_name),
        leaf("IsEnabled", True),
        vcloud("Users", {}, *users),
        vcloud("Vdcs", {}, *vdcs),
        granted if organization.name != SYSTEM else None,
        vcloud("RoleReferences", {}, *roles),
    )


def _vdc(director: Director, vdc: Vdc, admin: bool) -> Element:
    cloud = director.cloud
    api, own = f"{director.url}/api", href(director, "vdc", vdc.id)
    links = [
        link("up", href(director, "org", vdc.organization, admin), (ADMIN if admin else MEDIA) + "org+xml"),
        link("alternate", href(director, "vdc", vdc.id, not admin), (MEDIA if admin else ADMIN) + "vdc+xml"),
        link("add", f"{href(director, 'vdc', vdc.id, admin=True)}/networks", NETWORK),
    ]
    if admin:
        links += [
            link("edgeGateways", f"{api}/query?type=edgeGateway&filter=vdc=={own}", RECORDS),
            link("orgVdcNetworks", f"{api}/query?type=orgVdcNetwork&filter=vdc=={own}", RECORDS),
        ]
    entities = [
        vcloud("ResourceEntity", {**_named(director, "vapp", v.id, v.name), "type": MEDIA + "vApp+xml"})
        for v in cloud.vapps.values()
        if v.vdc == vdc.id
    ]
    networks = [_reference(director, "Network", "network", n.id, n.name, MEDIA) for n in cloud.of_vdc(vdc.id)]
    profiles = [
        _reference(director, "VdcStorageProfile", "vdcstorageProfile", p.id, p.name, MEDIA)
        for p in vdc.storage_profiles
    ]
    return vcloud(
        "AdminVdc" if admin else "Vdc",
        {**_named(director, "vdc", vdc.id, vdc.name, admin), "status": "1"},
        *links,
        leaf("Description", ""),
        leaf("AllocationModel", "AllocationVApp"),
        vcloud("ResourceEntities", {}, *entities),
        vcloud("AvailableNetworks", {}, *networks),
        leaf("IsEnabled", True),
        vcloud("VdcStorageProfiles", {}, *profiles),
    )
