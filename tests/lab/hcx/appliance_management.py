# SPDX-License-Identifier: GPL-3.0-or-later
"""Port 9443 of one manager: what it is connected to, its place, roles and services (HCX reference 3.2, 16)."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import AfterValidator, Field

from ..shared import PASSWORD
from . import answers, certificates, component_services
from .app import unknown_paths
from .appliance_settings import CITIES, known
from .body import Body
from .gate import Gate, HcxRoute

if TYPE_CHECKING:
    from .manager import Manager

USER = "admin"


def _base64(text: str) -> str:
    """Passwords travel in base64; plain text is a parser's error (16)."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("Unexpected character") from error


class Connection(Body):
    url: str = Field(min_length=1)
    userName: str = Field(min_length=1)
    password: Annotated[str, AfterValidator(_base64)]


class LookupService(Body):
    lookupServiceUrl: str = Field(min_length=1)
    providerType: Literal["PSC"]


class Activation(Body):
    url: str
    activationKey: str = Field(min_length=1)


class Proxy(Body):
    proxyHost: str = Field(min_length=1)
    proxyPort: str | int


SECTIONS: dict[str, type[Body]] = {
    "vcenter": Connection,
    "nsx": Connection,
    "lookupservice": LookupService,
    "hcx": Activation,
    "proxy": Proxy,
}
"""Sections of the global configuration that are lists in envelope K."""


class ConfigItem(Body):
    config: dict[str, Any]


class ConfigData(Body):
    items: list[ConfigItem] = Field(min_length=1, max_length=1)


class ConfigBody(Body):
    data: ConfigData


class RoleMapping(Body):
    role: Literal["System Administrator", "Enterprise Administrator"]
    userGroups: list[str]


class Location(Body):
    city: str
    country: str
    latitude: float
    longitude: float


class Certificate(Body):
    url: str | None = None
    certificate: str | None = None


class License(Body):
    url: str
    licenseKey: str = Field(min_length=1)


def authenticate(request: Request) -> str:
    scheme, _rest, given = request.headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    if scheme.lower() != "basic" or given != expected:
        raise answers.Refused(401)
    return USER


def application(manager: Manager) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.gate = Gate(manager, f"hcx/{manager.name}-admin", authenticate, always=True)
    for part in (_place_routes, _section_routes, _license_routes, component_services.routes):
        app.include_router(part(manager))
    app.include_router(unknown_paths(app))
    return app


def _problem(status: int, message: str) -> answers.Refused:
    return answers.Refused(status, {"isSuccess": False, "message": message, "httpStatusCode": status})


def _listed(section: str, configs: list[dict[str, Any]]) -> dict[str, Any]:
    """Envelope K."""
    return {"data": {"items": [{"config": c, "section": section} for c in configs]}}


Section = Literal["vcenter", "nsx", "lookupservice", "hcx", "proxy"]
Changeable = Literal["vcenter", "lookupservice"]


def _checked(section: str, body: ConfigBody) -> dict[str, Any]:
    """The configuration without its secrets."""
    given = body.data.items[0].config
    try:
        SECTIONS[section].model_validate(given)
    except ValueError as error:
        raise _problem(400, str(error).replace("\n", " ")) from error
    return {k: v for k, v in given.items() if k not in ("password", "activationKey")}


def _found(manager: Manager, section: str, uuid: str) -> dict[str, Any]:
    found = [c for c in manager.settings.sections[section] if c["UUID"] == uuid]
    if not found:
        raise _problem(404, f"There is no {section} {uuid}.")
    return found[0]


def _section_routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/api/admin/global/config", route_class=HcxRoute)

    @router.get("/{section}")
    async def read(section: Section) -> dict[str, Any]:
        return _listed(section, manager.settings.sections[section])

    @router.post("/{section}")
    async def add(section: Section, body: ConfigBody) -> dict[str, Any]:
        config = known(_checked(section, body))
        if section == "vcenter":
            config |= {"vcuuid": manager.vcenter_uuid, "UUID": manager.vcenter_uuid, "name": manager.vcenter_name}
        manager.settings.sections[section] = [config]
        manager.state.nsx_registered = manager.state.nsx_registered or section == "nsx"
        return _listed(section, [config])

    @router.post("/{section}/{uuid}")
    async def change(section: Changeable, uuid: str, body: ConfigBody) -> dict[str, Any]:
        config = _found(manager, section, uuid)
        config |= _checked(section, body)
        return _listed(section, [config])

    @router.delete("/proxy")
    async def remove_proxy() -> dict[str, Any]:
        manager.settings.sections["proxy"] = []
        return _listed("proxy", [])

    @router.delete("/{section}/{uuid}")
    async def remove(section: Changeable, uuid: str) -> dict[str, Any]:
        manager.settings.sections[section].remove(_found(manager, section, uuid))
        return _listed(section, manager.settings.sections[section])

    return router


def _place_routes(manager: Manager) -> APIRouter:
    """Location, role mappings, certificates: their answers have no envelope."""
    router = APIRouter(prefix="/api/admin", route_class=HcxRoute)

    @router.get("/global/config/location")
    async def location() -> dict[str, Any]:
        return manager.settings.location or {}

    @router.put("/global/config/location", status_code=204)
    async def set_location(body: Location) -> Response:
        manager.settings.location = body.model_dump()
        return Response(status_code=204)

    @router.get("/global/config/searchCities")
    async def search_cities(searchString: str) -> dict[str, Any]:
        return {"items": [c for c in CITIES if str(c["city"]).lower().startswith(searchString.lower())]}

    @router.get("/global/config/roleMappings")
    async def roles() -> list[dict[str, Any]]:
        return manager.state.role_mappings

    @router.put("/global/config/roleMappings")
    async def set_roles(body: list[RoleMapping]) -> dict[str, Any]:
        manager.state.role_mappings = [m.model_dump(include={"role", "userGroups"}) for m in body]
        return {"isSuccess": True, "message": "", "httpStatusCode": 200}

    @router.post("/certificates")
    async def trust(body: Certificate) -> dict[str, Any]:
        pem = body.certificate
        if body.url:
            other = manager.at(body.url)
            pem = other.certificate if other else None
        try:
            certificates.trust(manager, pem or "")
        except ValueError as error:
            raise _problem(400, "There is no certificate to import.") from error
        return {"success": True, "completed": True}

    return router


def _license_routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/api/admin/licenses", route_class=HcxRoute)

    @router.get("")
    async def licenses() -> dict[str, Any]:
        return {"licenses": manager.settings.licenses}

    @router.post("/activation")
    async def activate(body: License) -> dict[str, Any]:
        job_id = secrets.token_hex(16)
        manager.settings.license_jobs.add(job_id)
        manager.settings.licenses = [{"licenseKey": f"{'*' * 8}{body.licenseKey[-4:]}"}]
        return {"jobId": job_id}

    @router.get("/status/{job_id}")
    async def status(job_id: str) -> dict[str, Any]:
        if job_id not in manager.settings.license_jobs:
            raise _problem(404, f"There is no job {job_id}.")
        return {"status": "COMPLETED", "message": ""}

    return router
