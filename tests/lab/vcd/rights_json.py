# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights, their categories, and the three containers of rights in cloudapi (VCD reference 4.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from ..clouds import Published, Right, Role, new_id
from . import answers, global_roles, rights
from .body import Body, Reference, References
from .gate import VcdRoute
from .names import bare, urn
from .pages import page

if TYPE_CHECKING:
    from .director import Director

Kind = Literal["rightsBundle", "globalRole"]
CONTAINERS: dict[str, Kind] = {"rightsBundles": "rightsBundle", "globalRoles": "globalRole"}
"""By their path."""
UNDEFINED = "com.vmware.vcloud.undefined.key"


class ContainerBody(Body):
    name: str = Field(min_length=1)
    description: str | None = None
    publishAll: bool | None = None


def unknown(kind: str, object_id: str) -> answers.Refused:
    """cloudapi says 403 of what it does not know (3.5)."""
    return answers.forbidden(f"No access to entity {kind} {object_id}.")


def _reference(director: Director, right: str) -> dict[str, Any]:
    return {"name": director.cloud.rights[right].name, "id": urn("right", right)}


def right_references(director: Director, wanted: frozenset[str]) -> list[dict[str, Any]]:
    return sorted((_reference(director, r) for r in wanted), key=lambda r: str(r["name"]))


def rights_of(director: Director, references: list[Reference]) -> frozenset[str]:
    """Ids of the rights that a body names; Refused 400 for anything else."""
    return rights.known(director, (bare("right", r.id) or r.id for r in references))


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_right_routes(director))
    router.include_router(_role_routes(director))
    router.include_router(_role_rights_routes(director))
    for path, kind in CONTAINERS.items():
        containers = Containers(director, kind)
        router.include_router(_container_routes(containers, path))
        router.include_router(_container_rights_routes(containers, path))
        router.include_router(_tenant_routes(containers, path))
    return router


def _right_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0", route_class=VcdRoute)

    def visible() -> list[Right]:
        granted = director.cloud.granted(director.caller.acts_in)
        return [r for r in director.cloud.rights.values() if r.id in granted]

    @router.get("/rights")
    async def list_rights(request: Request) -> Response:
        return page(director, request, [_right(director, r) for r in visible()])

    @router.get("/rights/{right}")
    async def read_right(right: str) -> dict[str, Any]:
        found = next((r for r in visible() if urn("right", r.id) == right), None)
        if found is None:
            raise unknown("right", right)
        return _right(director, found)

    @router.get("/rightsCategories")
    async def categories(request: Request) -> Response:
        return page(director, request, _categories(visible()))

    return router


def _right(director: Director, right: Right) -> dict[str, Any]:
    return {
        "name": right.name,
        "id": urn("right", right.id),
        "description": right.name,
        "bundleKey": UNDEFINED,
        "category": urn("rightsCategory", right.category),
        "serviceNamespace": right.name[1:].partition("}")[0] if right.name.startswith("{") else None,
        "rightType": right.kind,
        "impliedRights": [_reference(director, i) for i in right.implied],
    }


def _categories(visible: list[Right]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for category in sorted({r.category for r in visible}):
        kinds = [r.kind for r in visible if r.category == category]
        found.append(
            {
                "name": category,
                "id": urn("rightsCategory", category),
                "bundleKey": UNDEFINED,
                "parent": None,
                "rightsCount": {"view": kinds.count("VIEW"), "modify": kinds.count("MODIFY")},
                "subCategories": [],
            }
        )
    return found


class Containers:
    """Rights bundles or global roles, which are the provider's."""

    def __init__(self, director: Director, kind: Kind) -> None:
        self.director = director
        self.kind = kind

    @property
    def values(self) -> dict[str, Published]:
        cloud = self.director.cloud
        return cloud.bundles if self.kind == "rightsBundle" else cloud.global_roles

    def found(self, object_id: str, to_change: bool = False) -> Published:
        self.director.need_provider()
        container = self.values.get(bare(self.kind, object_id) or "")
        if container is None:
            raise unknown(self.kind, object_id)
        if to_change and container.read_only:
            raise answers.bad(f"{container.name} is read-only.", "OBJECT_IS_READ_ONLY")
        return container

    def keep(self, container: Published) -> None:
        self.values[container.id] = container
        if self.kind == "globalRole":
            global_roles.follow(self.director.cloud)

    def document(self, container: Published) -> dict[str, Any]:
        cloud = self.director.cloud
        return {
            "name": container.name,
            "id": urn(self.kind, container.id),
            "description": container.description,
            "bundleKey": container.bundle_key,
            "readOnly": container.read_only,
            "publishAll": container.publish_all,
            "publishCount": len([o for o in cloud.organizations if container.reaches(o)]),
        }

    def tenants(self, container: Published) -> list[dict[str, Any]]:
        known = self.director.cloud.organizations
        return [{"name": known[o].name, "id": urn("org", o)} for o in sorted(container.tenants)]

    def publish(self, request: Request, after: Published) -> Response:
        """To other organizations than before."""
        before = self.values[after.id]
        if self.kind == "globalRole":
            gone = {o for o in self.director.cloud.organizations if before.reaches(o) and not after.reaches(o)}
            global_roles.check_unused(self.director.cloud, after.id, gone)
        self.keep(after)
        return page(self.director, request, self.tenants(after))

    def organizations(self, references: list[Reference]) -> frozenset[str]:
        found = [bare("org", r.id) for r in references]
        for organization, reference in zip(found, references, strict=True):
            if organization not in self.director.cloud.organizations:
                raise answers.bad(f"The organization {reference.id} does not exist.", "INVALID_REFERENCE")
        return frozenset(f for f in found if f)

    def check_name(self, name: str, but: str | None = None) -> None:
        if any(c.name == name and c.id != but for c in self.values.values()):
            raise answers.bad(f"There already is a {self.kind} {name}.", "DUPLICATE_NAME")


def _container_routes(containers: Containers, path: str) -> APIRouter:
    router = APIRouter(prefix=f"/cloudapi/1.0.0/{path}", route_class=VcdRoute)
    director = containers.director

    @router.get("")
    async def list_all(request: Request) -> Response:
        director.need_provider()
        return page(director, request, [containers.document(c) for c in containers.values.values()])

    @router.post("")
    async def create(body: ContainerBody) -> Response:
        director.need_provider()
        containers.check_name(body.name)
        made = Published(new_id(), body.name, body.description or "", publish_all=body.publishAll or False)
        containers.keep(made)
        return JSONResponse(containers.document(made), 201)

    @router.get("/{container}")
    async def read(container: str) -> dict[str, Any]:
        return containers.document(containers.found(container))

    @router.put("/{container}")
    async def change(container: str, body: ContainerBody) -> dict[str, Any]:
        before = containers.found(container, to_change=True)
        containers.check_name(body.name, before.id)
        publish_all = before.publish_all if body.publishAll is None else body.publishAll
        after = replace(before, name=body.name, description=body.description or "", publish_all=publish_all)
        containers.keep(after)
        return containers.document(after)

    @router.delete("/{container}")
    async def delete(container: str) -> Response:
        before = containers.found(container, to_change=True)
        if containers.kind == "globalRole":
            global_roles.check_unused(director.cloud, before.id, set(director.cloud.organizations))
        containers.values.pop(before.id)
        global_roles.follow(director.cloud)
        return Response(status_code=204)

    return router


def _container_rights_routes(containers: Containers, path: str) -> APIRouter:
    router = APIRouter(prefix=f"/cloudapi/1.0.0/{path}", route_class=VcdRoute)
    director = containers.director

    def keep(request: Request, before: Published, wanted: frozenset[str]) -> Response:
        rights.check_implied(director, wanted)
        containers.keep(replace(before, rights=wanted))
        return page(director, request, right_references(director, wanted))

    @router.get("/{container}/rights")
    async def read_rights(container: str, request: Request) -> Response:
        return page(director, request, right_references(director, containers.found(container).rights))

    @router.post("/{container}/rights")
    async def add_rights(container: str, body: References, request: Request) -> Response:
        before = containers.found(container, to_change=True)
        return keep(request, before, before.rights | rights_of(director, body.values))

    @router.put("/{container}/rights")
    async def replace_rights(container: str, body: References, request: Request) -> Response:
        before = containers.found(container, to_change=True)
        return keep(request, before, rights_of(director, body.values))

    return router


def _tenant_routes(containers: Containers, path: str) -> APIRouter:
    router = APIRouter(prefix=f"/cloudapi/1.0.0/{path}", route_class=VcdRoute)
    director = containers.director

    @router.get("/{container}/tenants")
    async def read_tenants(container: str, request: Request) -> Response:
        return page(director, request, containers.tenants(containers.found(container)))

    @router.put("/{container}/tenants")
    async def replace_tenants(container: str, body: References, request: Request) -> Response:
        before = containers.found(container)
        return containers.publish(request, replace(before, tenants=containers.organizations(body.values)))

    @router.post("/{container}/tenants/publish")
    async def publish(container: str, body: References, request: Request) -> Response:
        before = containers.found(container)
        return containers.publish(
            request, replace(before, tenants=before.tenants | containers.organizations(body.values))
        )

    @router.post("/{container}/tenants/unpublish")
    async def unpublish(container: str, body: References, request: Request) -> Response:
        before = containers.found(container)
        return containers.publish(
            request, replace(before, tenants=before.tenants - containers.organizations(body.values))
        )

    @router.post("/{container}/tenants/publishAll")
    async def publish_all(container: str, request: Request) -> Response:
        return containers.publish(request, replace(containers.found(container), publish_all=True))

    @router.post("/{container}/tenants/unpublishAll")
    async def unpublish_all(container: str, request: Request) -> Response:
        return containers.publish(request, replace(containers.found(container), publish_all=False, tenants=frozenset()))

    return router


def _found_role(director: Director, object_id: str) -> Role:
    role = director.cloud.roles.get(bare("role", object_id) or "")
    if role is None or role.organization != director.caller.acts_in:
        raise unknown("role", object_id)
    return role


def _role(role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "id": urn("role", role.id),
        "description": role.description,
        "bundleKey": UNDEFINED,
        "readOnly": role.template is not None,
    }


def _check_role_name(director: Director, name: str, but: str | None = None) -> None:
    own = (r for r in director.cloud.roles.values() if r.organization == director.caller.acts_in)
    if any(r.name == name and r.id != but for r in own):
        raise answers.bad(f"There already is a role {name}.", "DUPLICATE_NAME")


def _role_routes(director: Director) -> APIRouter:
    """Of one organization: a provider names it by the tenant context."""
    router = APIRouter(prefix="/cloudapi/1.0.0/roles", route_class=VcdRoute)

    @router.get("")
    async def list_roles(request: Request) -> Response:
        own = [r for r in director.cloud.roles.values() if r.organization == director.caller.acts_in]
        return page(director, request, [_role(r) for r in own])

    @router.post("")
    async def create(body: ContainerBody) -> Response:
        rights.need_role_editing(director)
        _check_role_name(director, body.name)
        made = Role(new_id(), body.name, director.caller.acts_in, body.description or "")
        director.cloud.roles[made.id] = made
        return JSONResponse(_role(made), 201)

    @router.get("/{role}")
    async def read(role: str) -> dict[str, Any]:
        return _role(_found_role(director, role))

    @router.put("/{role}")
    async def change(role: str, body: ContainerBody) -> dict[str, Any]:
        rights.need_role_editing(director)
        before = _found_role(director, role)
        _check_role_name(director, body.name, before.id)
        after = replace(before, name=body.name, description=body.description or "")
        rights.change_role(director, after)
        return _role(after)

    @router.delete("/{role}")
    async def delete(role: str) -> Response:
        rights.need_role_editing(director)
        before = _found_role(director, role)
        if before.template is not None or any(u.role == before.id for u in director.cloud.users.values()):
            raise answers.bad(f"The role {before.name} follows a global role, or users have it.")
        del director.cloud.roles[before.id]
        return Response(status_code=204)

    return router


def _role_rights_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0/roles", route_class=VcdRoute)

    def keep(request: Request, role: Role, wanted: frozenset[str]) -> Response:
        rights.need_role_editing(director)
        rights.change_role(director, replace(role, rights=wanted))
        return page(director, request, right_references(director, wanted))

    @router.get("/{role}/rights")
    async def read_rights(role: str, request: Request) -> Response:
        own = director.cloud.rights_of_role(_found_role(director, role))
        return page(director, request, right_references(director, own))

    @router.post("/{role}/rights")
    async def add_rights(role: str, body: References, request: Request) -> Response:
        before = _found_role(director, role)
        return keep(request, before, before.rights | rights_of(director, body.values))

    @router.put("/{role}/rights")
    async def replace_rights(role: str, body: References, request: Request) -> Response:
        return keep(request, _found_role(director, role), rights_of(director, body.values))

    return router
