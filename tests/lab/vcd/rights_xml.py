# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights of organizations and of roles in the XML API (VCD reference 4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from ..clouds import Role
from . import answers, rights
from .documents import ADMIN, child, children, leaf, link, text, vcloud, written
from .gate import VcdRoute
from .names import href, last, urn
from .xml_bodies import bad_request, body, check_sequence

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

ORG_RIGHTS, ROLE, RIGHT = (f"{ADMIN}{kind}+xml" for kind in ("org.rights", "role", "right"))


def references(director: Director, object_ids: Iterable[str]) -> list[Element]:
    found = sorted((director.cloud.rights[i] for i in object_ids), key=lambda r: r.name)
    return [
        vcloud("RightReference", {"href": href(director, "right", r.id), "name": r.name, "type": RIGHT}) for r in found
    ]


def _referred(director: Director, element: Element) -> frozenset[str]:
    """Ids of the rights that an element's references name; a right is found by its href."""
    found = []
    for reference in children(element, "RightReference"):
        at = reference.get("href")
        if not at:
            raise answers.bad("A RightReference needs an href.")
        found.append(last(at))
    return rights.known(director, found)


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_organization_routes(director))
    router.include_router(_removal_routes(director))
    router.include_router(_right_routes(director))
    router.include_router(_role_routes(director))
    router.include_router(_template_routes(director))
    return router


def _organization_rights(director: Director, organization: str) -> Response:
    at = f"{href(director, 'org', organization, admin=True)}/rights"
    links = [link(rel, at, ORG_RIGHTS) for rel in ("edit", "add")]
    granted = references(director, director.cloud.granted(organization))
    root = vcloud("OrgRights", {"href": at, "type": ORG_RIGHTS}, *links, *granted)
    return Response(written(root), media_type=ORG_RIGHTS)


async def _wanted(director: Director, request: Request) -> frozenset[str]:
    root = await body(request, ORG_RIGHTS, "OrgRights")
    with bad_request():
        check_sequence(director, root, "Link*", "RightReference*")
    return _referred(director, root)


def _of_provider(director: Director, organization: str) -> str:
    """The id, for a provider only."""
    director.need_provider()
    return director.organization(organization).id


def _organization_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin", route_class=VcdRoute)

    @router.get("/org/{org}/rights")
    async def read(org: str) -> Response:
        return _organization_rights(director, director.organization(org).id)

    @router.put("/org/{org}/rights")
    async def replace_all(org: str, request: Request) -> Response:
        found = _of_provider(director, org)
        rights.grant(director, found, await _wanted(director, request))
        return _organization_rights(director, found)

    @router.post("/org/{org}/rights")
    async def add(org: str, request: Request) -> Response:
        found = _of_provider(director, org)
        rights.grant(director, found, await _wanted(director, request) | director.cloud.granted(found))
        return _organization_rights(director, found)

    return router


def _removal_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin", route_class=VcdRoute)

    @router.delete("/org/{org}/rights")
    async def remove_all(org: str) -> Response:
        rights.grant(director, _of_provider(director, org), frozenset())
        return Response(status_code=204)

    @router.delete("/org/{org}/right/{right}")
    async def remove(org: str, right: str) -> Response:
        found = _of_provider(director, org)
        granted = director.cloud.granted(found)
        if right not in granted:
            raise director.unknown("right", right)
        rights.grant(director, found, granted - {right})
        return Response(status_code=204)

    return router


def _right_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin", route_class=VcdRoute)

    @router.get("/right/{right}")
    async def one_right(right: str) -> Response:
        known = director.cloud.rights.get(right)
        if known is None:
            raise director.unknown("right", right)
        attributes = {
            "href": href(director, "right", known.id),
            "id": urn("right", known.id),
            "name": known.name,
            "type": RIGHT,
        }
        parts = (leaf("Description", known.name), leaf("Category", known.category))
        return Response(written(vcloud("Right", attributes, *parts)), media_type=RIGHT)

    return router


def _found(director: Director, object_id: str) -> Role:
    role = director.cloud.roles.get(object_id)
    if role is None or not director.caller.sees(role.organization):
        raise director.unknown("role", object_id)
    return role


def _role_answer(director: Director, object_id: str) -> Response:
    return Response(written(_role(director, director.cloud.roles[object_id])), media_type=ROLE)


def _role_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin/role", route_class=VcdRoute)

    @router.get("/{role}")
    async def read(role: str) -> Response:
        return _role_answer(director, _found(director, role).id)

    @router.put("/{role}")
    async def change(role: str, request: Request) -> Response:
        rights.need_role_editing(director)
        before = _found(director, role)
        root = await body(request, ROLE, "Role")
        with bad_request():
            check_sequence(director, root, "Link*", "Description", "RightReferences")
            if not root.get("name"):
                raise ValueError("A role needs a name.")
        listed = child(root, "RightReferences")
        wanted = frozenset() if listed is None else _referred(director, listed)
        description = text(root, "Description", before.description)
        after = replace(before, name=root.get("name") or "", description=description, rights=wanted)
        rights.change_role(director, after)
        return _role_answer(director, role)

    return router


def _template_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin/role", route_class=VcdRoute)

    @router.post("/{role}/action/unlinkFromTemplate")
    async def unlink(role: str) -> Response:
        rights.need_role_editing(director)
        before = _found(director, role)
        _check_templates(director)
        if before.template is None:
            raise answers.bad(f"The role {before.name} is not linked to a template.")
        own = director.cloud.rights_of_role(before)
        director.cloud.roles[role] = replace(before, template=None, rights=own)
        return Response(status_code=204)

    @router.post("/{role}/action/linkToTemplate")
    async def link_again(role: str) -> Response:
        rights.need_role_editing(director)
        before = _found(director, role)
        _check_templates(director)
        template = _template_of(director, before)
        if template is None or before.template is not None:
            raise answers.bad(f"The role {before.name} has no template, or is linked to it.")
        director.cloud.roles[role] = replace(before, template=template, rights=frozenset())
        return Response(status_code=204)

    return router


def _check_templates(director: Director) -> None:
    """Templates became global roles, which an organization's role cannot leave (4.1)."""
    if not director.xml_only:
        raise answers.bad("Roles of this version follow global roles.", "UNSUPPORTED_OPERATION")


def _template_of(director: Director, role: Role) -> str | None:
    return next((g.id for g in director.cloud.global_roles.values() if g.name == role.name), None)


def _role(director: Director, role: Role) -> Element:
    at = href(director, "role", role.id)
    links = [] if role.template else [link("edit", at, ROLE)]
    if director.xml_only and role.template:
        links.append(link("unlinkFromTemplate", f"{at}/action/unlinkFromTemplate", ROLE))
    elif director.xml_only and _template_of(director, role):
        links.append(link("linkToTemplate", f"{at}/action/linkToTemplate", ROLE))
    attributes = {"href": at, "id": urn("role", role.id), "name": role.name, "type": ROLE}
    listed = vcloud("RightReferences", {}, *references(director, director.cloud.rights_of_role(role)))
    return vcloud("Role", attributes, *links, leaf("Description", role.description), listed)
