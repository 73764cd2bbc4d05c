# SPDX-License-Identifier: GPL-3.0-or-later
"""Content-library items and their deployment over REST (vSphere reference 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from . import ovf_deployment, templates
from .rest_gate import Body, Refused, RestRoute, check_privilege
from .templates import Template

if TYPE_CHECKING:
    from .server import VCenterServer

Kind = TypeVar("Kind", bound=Body)


class FindBody(Body):
    name: str | None = None
    type: str | None = None
    library_id: str | None = None


class Target(Body):
    resource_pool_id: str
    host_id: str | None = None
    folder_id: str | None = None


class Property(Body):
    id: str
    class_id: str = ""
    instance_id: str = ""
    value: str = ""
    category: str = ""
    type: str = ""
    label: str = ""
    description: str = ""
    ui_optional: bool = False


class Parameters(Body):
    """Other structures than properties exist; the lab's templates have none (21)."""

    structure: Literal["com.vmware.vcenter.ovf.property_params"] = Field(alias="@class")
    type: Literal["PropertyParams"] = "PropertyParams"
    properties: list[Property] = Field(default_factory=list)


class Specification(Body):
    name: str | None = None
    annotation: str | None = None
    accept_all_EULA: bool
    network_mappings: dict[str, str] = Field(default_factory=dict)
    storage_mappings: dict[str, Any] = Field(default_factory=dict)
    storage_provisioning: Literal["thin", "thick", "eagerZeroedThick"] | None = None
    default_datastore_id: str | None = None
    storage_profile_id: str | None = None
    locale: str | None = None
    flags: list[str] = Field(default_factory=list)
    additional_parameters: list[Parameters] = Field(default_factory=list)


class FilterBody(Body):
    target: Target


class DeployBody(FilterBody):
    deployment_spec: Specification


def routes(server: VCenterServer) -> APIRouter:
    router = APIRouter(prefix="/api", route_class=RestRoute)
    tokens: dict[str, dict[str, Any]] = {}
    server.shared.rebuilt.append(tokens.clear)

    @router.post("/content/library/item")
    async def find(action: Literal["find"], body: FindBody) -> list[str]:
        wanted = (body.library_id in (None, templates.LIBRARY), body.type in (None, "ovf"))
        return [t.item_id for t in templates.TEMPLATES if all(wanted) and body.name in (None, t.name)]

    @router.post("/vcenter/ovf/library-item/{item}")
    async def use(
        request: Request,
        item: str,
        action: Literal["filter", "deploy"],
        client_token: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        template = templates.of_item(item)
        if template is None:
            raise Refused("NOT_FOUND", f"Library item {item} was not found.")
        if action == "filter":
            ovf_deployment.place(server, _parsed(FilterBody, await request.body()).target)
            return _summary(template)
        check_privilege(server, request, "VApp.Import")
        body = _parsed(DeployBody, await request.body())
        if client_token is not None and client_token in tokens:
            return tokens[client_token]
        answer = ovf_deployment.deploy(server, template, body.target, body.deployment_spec)
        if client_token is not None and answer["succeeded"]:
            tokens[client_token] = answer
        return answer

    return router


def _parsed(kind: type[Kind], raw: bytes) -> Kind:
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _summary(template: Template) -> dict[str, Any]:
    properties = [
        {
            "id": p.id,
            "class_id": "",
            "instance_id": "",
            "category": p.category,
            "type": p.type,
            "label": p.label,
            "description": "",
            "ui_optional": not p.required,
            "value": p.default,
        }
        for p in template.properties
    ]
    return {
        "name": template.name,
        "annotation": template.annotation,
        "EULAs": [f"End user licence agreement of {template.name}"],
        "networks": list(template.networks),
        "storage_groups": [],
        "additional_params": [
            {
                "@class": "com.vmware.vcenter.ovf.property_params",
                "type": "PropertyParams",
                "properties": properties,
            }
        ],
    }
