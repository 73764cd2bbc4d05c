# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions over HTTP: login in its forms, extension to a second site, logout (10.2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ..clouds import SYSTEM, User
from ..shared import PASSWORD
from ..vcd.sessions import Style
from . import answers
from .cloud_site import CloudSite
from .gate import TOKEN, VcdaRoute
from .places import ON_PREMISES
from .sessions import Session

APPLIANCE_USERS = ("root",)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LocalUser(Form):
    type: Literal["localUser"]
    localUser: str
    localPassword: str


class SsoCredentials(Form):
    type: Literal["ssoCredentials"]
    username: str
    password: str
    principal: str | None = None


class VcdCredentials(Form):
    type: Literal["vcdCredentials"]
    vcdUser: str
    vcdPassword: str


class VcdCookie(Form):
    type: Literal["vcdCookie"]
    vcdCookie: str


class VcdAccessToken(Form):
    type: Literal["vcdAccessToken"]
    vcdAccessToken: str
    context: str | None = None


class Extension(Form):
    """The user is in one of two fields, by rule; forms of other types exist, but not in the lab."""

    type: Literal["credentials"]
    site: str
    vcdUsername: str | None = None
    vcdUser: str | None = None
    vcdPassword: str


AnyLogin = LocalUser | SsoCredentials | VcdCredentials | VcdCookie | VcdAccessToken
Login = Annotated[AnyLogin, Field(discriminator="type")]


def routes(site: CloudSite) -> APIRouter:
    router = APIRouter(prefix="/sessions", route_class=VcdaRoute)

    @router.post("")
    async def login(request: Request, response: Response, body: Login) -> dict[str, Any]:
        user, organization, own = _identified(site, body)
        token, session = site.sessions.open(user, organization, {site.cloud_name: own})
        request.state.session = session
        response.headers[TOKEN] = token
        return session.document()

    @router.get("")
    async def current(request: Request) -> dict[str, Any]:
        session: Session = request.state.session
        return session.document()

    @router.delete("", status_code=204)
    async def logout(request: Request) -> None:
        site.sessions.close(request.state.session)

    @router.post("/extend")
    async def extend(request: Request, body: Extension) -> dict[str, Any]:
        session: Session = request.state.session
        session.sites[body.site] = _extended(site, body)
        return session.document()

    @router.delete("/extend/{name}")
    async def shrink(request: Request, name: str) -> dict[str, Any]:
        session: Session = request.state.session
        if name == site.cloud_name or name not in session.sites:
            raise answers.Refused(404, "SiteNotFound", f"The session is not extended to {name}.", name)
        del session.sites[name]
        return session.document()

    return router


def _extended(site: CloudSite, body: Extension) -> str:
    """The organization, or on premises the user, as whom the session now reaches the site."""
    name = body.vcdUsername if site.rules.vcda_extend_user == "vcdUsername" else body.vcdUser
    if name is None:
        raise answers.bad_input(f"{site.rules.vcda_extend_user} is missing.")
    if body.site == site.cloud_name:
        return _cloud_user(site, name, body.vcdPassword)[2]
    if body.site != ON_PREMISES:
        raise answers.Refused(404, "SiteNotFound", f"Site {body.site} is not known.", body.site)
    if site.shared.users.get(name) != body.vcdPassword:
        raise _denied()
    return name


def _identified(site: CloudSite, body: AnyLogin) -> tuple[str, str | None, str]:
    """User, id of the organization (None: all), and the organization's name."""
    if isinstance(body, VcdCredentials):
        return _cloud_user(site, body.vcdUser, body.vcdPassword)
    if isinstance(body, VcdCookie):
        return _of_token(site, body.vcdCookie, "classic")
    if isinstance(body, VcdAccessToken):
        return _of_token(site, body.vcdAccessToken, "jwt")
    if isinstance(body, LocalUser):
        known = body.localUser in APPLIANCE_USERS and body.localPassword == PASSWORD
        name = body.localUser
    else:
        known = site.shared.users.get(body.username) == body.password
        name = body.username
    if not known:
        raise _denied()
    return name, None, SYSTEM


def _cloud_user(site: CloudSite, name: str, password: str) -> tuple[str, str | None, str]:
    user, _rest, organization = name.partition("@")
    found = site.cloud.user(user, organization)
    if found is None or found.password != password:
        raise _denied()
    return _known(site, found)


def _of_token(site: CloudSite, token: str, style: Style) -> tuple[str, str | None, str]:
    """The user of a session at the cloud's own Cloud Director."""
    session = site.director.sessions.use(token, style, site.rules.vcd_session_idle_seconds)
    found = site.cloud.users.get(session.user) if session is not None else None
    if found is None:
        raise _denied()
    return _known(site, found)


def _known(site: CloudSite, user: User) -> tuple[str, str | None, str]:
    own = site.organization(user.organization)
    return f"{user.name}@{own.name}", None if own.name == SYSTEM else own.id, own.name


def _denied() -> answers.Refused:
    return answers.Refused(401, "NotAuthenticated", "Invalid credentials.")
