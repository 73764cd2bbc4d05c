# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions, logging in both ways, API tokens, logging out (VCD reference 3.2, 3.3)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from ..clouds import SYSTEM, User
from . import answers
from .director import Caller, Director
from .documents import ADMIN, MEDIA, leaf, link, vcloud, written
from .gate import VcdRoute
from .names import bare, href, is_uuid, urn
from .sessions import Session, Style

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

CLASSIC, ACCESS = "x-vcloud-authorization", "X-VMWARE-VCLOUD-ACCESS-TOKEN"
CONTEXT = "x-vmware-vcloud-tenant-context"
CLOUDAPI = "/cloudapi/1.0.0"
SESSION = MEDIA + "session+xml"


def authenticate(director: Director, request: Request) -> Caller | None:
    """Who asks; None on the ways in; Refused 401 for everything else."""
    path = request.url.path
    way_in = path in ("/api/sessions", f"{CLOUDAPI}/sessions", f"{CLOUDAPI}/sessions/provider")
    if path == "/api/versions" or (request.method == "POST" and (way_in or path.startswith("/oauth/"))):
        return None
    scheme, _rest, bearer = request.headers.get("authorization", "").partition(" ")
    style: Style = "jwt" if scheme.lower() == "bearer" else "classic"
    token = bearer if style == "jwt" else request.headers.get(CLASSIC, "")
    session = director.sessions.use(token, style, director.rules.vcd_session_idle_seconds)
    user = director.cloud.users.get(session.user) if session else None
    if session is None or user is None:
        raise answers.unauthorized()
    organization = director.cloud.organizations[user.organization]
    request.state.user = f"{user.name}@{organization.name}"
    caller = Caller(user, organization, session)
    wanted = request.headers.get(CONTEXT)
    return Caller(user, organization, session, _context(director, caller, wanted)) if wanted else caller


def _context(director: Director, caller: Caller, wanted: str) -> str:
    object_id = bare("org", wanted)
    if object_id is None:
        object_id = wanted
    elif director.rules.vcd_tenant_context_urn == "refuse":
        raise answers.unauthorized()
    if not is_uuid(object_id) or object_id not in director.cloud.organizations or not caller.sees(object_id):
        raise answers.forbidden("The tenant context is not an organization that the user may act in.")
    return object_id


def _basic(director: Director, request: Request) -> User:
    """The user whose name and password come as name@Org; Refused 401 for all others."""
    scheme, _rest, given = request.headers.get("authorization", "").partition(" ")
    try:
        login, _rest, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise answers.unauthorized() from error
    name, at, organization = login.rpartition("@")
    user = director.cloud.user(name, organization) if at else None
    if scheme.lower() != "basic" or user is None or user.password != password:
        raise answers.unauthorized()
    return user


def _session_element(director: Director, session: Session, user: User) -> Element:
    organization = director.cloud.organizations[user.organization]
    api = f"{director.url}/api"
    links = [
        link("down", f"{api}/org/", MEDIA + "orgList+xml"),
        link("down", href(director, "org", organization.id), MEDIA + "org+xml", organization.name),
        link("down", f"{api}/query", MEDIA + "query.queryList+xml"),
        link("down", f"{api}/admin/", ADMIN + "vcloud+xml"),
        link("remove", f"{api}/session"),
    ]
    if not director.xml_only:
        links.append(link("openapi", f"{director.url}/cloudapi", "application/json"))
    attributes = {
        "user": user.name,
        "org": organization.name,
        "userId": urn("user", user.id),
        "roles": director.cloud.roles[user.role].name,
        "href": f"{api}/session/",
        "type": SESSION,
        "id": session.id,
    }
    return vcloud("Session", attributes, *links)


def _session_json(director: Director, session: Session, user: User) -> dict[str, Any]:
    cloud = director.cloud
    organization, role = cloud.organizations[user.organization], cloud.roles[user.role]
    return {
        "id": f"urn:vcloud:session:{session.id}",
        "site": {"name": director.name, "id": urn("site", cloud.organization(SYSTEM).id)},
        "user": {"name": user.name, "id": urn("user", user.id)},
        "org": {"name": organization.name, "id": urn("org", organization.id)},
        "location": f"{organization.id}@{cloud.name}",
        "roles": [role.name],
        "roleRefs": [{"name": role.name, "id": urn("role", role.id)}],
        "sessionIdleTimeoutMinutes": director.rules.vcd_session_idle_seconds // 60,
    }


def xml_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api", route_class=VcdRoute)

    @router.get("/versions")
    async def versions() -> Response:
        found = []
        for version in director.versions():
            new = int(version.partition(".")[0]) >= 33
            at = f"{CLOUDAPI}/sessions" if new else "/api/sessions"
            deprecated = str(version in director.rules.vcd_deprecated_versions).lower()
            entry = (leaf("Version", version), leaf("LoginUrl", director.url + at))
            found.append(vcloud("VersionInfo", {"deprecated": deprecated}, *entry))
        return Response(written(vcloud("SupportedVersions", {}, *found)), media_type="text/xml")

    @router.post("/sessions")
    async def log_in(request: Request) -> Response:
        if not director.xml_only and director.rules.vcd_classic_login == "refuse":
            raise answers.unauthorized()
        user = _basic(director, request)
        token, session = director.sessions.open(user.id, "classic")
        headers = {CLASSIC: token, "Set-Cookie": f"vcloud-token={token}; Secure; Path=/"}
        return Response(written(_session_element(director, session, user)), 200, headers, media_type=SESSION)

    @router.get("/session")
    async def current() -> Response:
        caller = director.caller
        return Response(written(_session_element(director, caller.session, caller.user)), media_type=SESSION)

    @router.delete("/session")
    @router.delete("/sessions")
    async def log_out() -> Response:
        director.sessions.close(director.caller.session)
        return Response(status_code=director.rules.vcd_logout_status)

    return router


def json_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix=f"{CLOUDAPI}/sessions", route_class=VcdRoute)

    def opened(user: User) -> Response:
        token, session = director.sessions.open(user.id, "jwt")
        return JSONResponse(_session_json(director, session, user), headers={ACCESS: token})

    def is_provider(user: User) -> bool:
        return director.cloud.organizations[user.organization].name == SYSTEM

    @router.post("")
    async def log_in(request: Request) -> Response:
        user = _basic(director, request)
        if is_provider(user):
            raise answers.unauthorized()
        return opened(user)

    @router.post("/provider")
    async def log_in_provider(request: Request) -> Response:
        user = _basic(director, request)
        if not is_provider(user):
            raise answers.unauthorized()
        return opened(user)

    @router.get("/current")
    async def current() -> dict[str, Any]:
        director.since((34, 0))
        return _session_json(director, director.caller.session, director.caller.user)

    @router.delete("/current")
    @router.delete("")
    @router.delete("/provider")
    async def log_out() -> Response:
        director.sessions.close(director.caller.session)
        return Response(status_code=director.rules.vcd_logout_status)

    return router


def token_routes(director: Director) -> APIRouter:
    """Access tokens for refresh tokens, which are made beforehand and stay valid."""
    router = APIRouter(prefix="/oauth", route_class=VcdRoute)

    async def exchange(request: Request, organization: str) -> Response:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise answers.Refused(415, "UNSUPPORTED_MEDIA_TYPE", "The body is a form.")
        form = {k: v[-1] for k, v in parse_qs((await request.body()).decode(errors="replace")).items()}
        if form.get("grant_type") != "refresh_token":
            raise answers.bad("grant_type must be refresh_token.", "invalid_grant")
        given = form.get("refresh_token", "")
        user = director.cloud.users.get(director.state.api_tokens.get(given, ""))
        if user is None or director.cloud.organizations[user.organization].name != organization:
            raise answers.bad("The refresh token is not valid.", "invalid_grant")
        seconds = director.rules.vcd_token_seconds
        token, _rest = director.sessions.open(user.id, "jwt", seconds)
        return JSONResponse(
            {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "refresh_token": given}
        )

    @router.post("/provider/token")
    async def of_provider(request: Request) -> Response:
        return await exchange(request, SYSTEM)

    @router.post("/tenant/{organization}/token")
    async def of_tenant(organization: str, request: Request) -> Response:
        return await exchange(request, organization)

    return router
