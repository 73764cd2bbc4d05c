# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in to port 443: a vCenter user whose group has an HCX role (HCX reference 3.1, 16)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from . import answers, xml_answers
from .body import Body
from .gate import HcxRoute
from .manager import Manager

TOKEN = "x-hm-authorization"
SESSIONS = "/hybridity/api/sessions"
NOT_READY = {"message": "'Trusted root certificates' value should not be empty"}
"""What a manager says whose single sign-on is not there yet (3.1)."""
GROUPS = {"administrator@vsphere.local": ("vsphere.local\\Administrators",), "reader@vsphere.local": ()}


class LoginBody(Body):
    username: str
    password: str


def authenticate(manager: Manager, request: Request) -> str:
    """The user of a token; Refused 401 without body for everything else."""
    if request.url.path == SESSIONS and request.method == "POST":
        return ""
    user = manager.sessions.user(request.headers.get(TOKEN, ""), manager.rules.hcx_session_idle_seconds)
    if user is None:
        raise answers.Refused(401)
    return user


def has_role(manager: Manager, user: str) -> bool:
    mapped = {group for mapping in manager.state.role_mappings for group in mapping["userGroups"]}
    return any(group in mapped for group in GROUPS.get(user, ()))


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)

    @router.post(SESSIONS)
    async def login(body: LoginBody, request: Request, response: Response) -> Any:
        if not manager.state.sso_ready:
            return Response(xml_answers.document(NOT_READY), 500, media_type=xml_answers.MEDIA_TYPE)
        if manager.users.get(body.username) != body.password:
            raise answers.Refused(401)
        if not has_role(manager, body.username):
            raise answers.Refused(403)
        request.state.user = body.username
        response.headers[TOKEN] = manager.sessions.open(body.username)
        here = {"uuid": manager.endpoint_id, "name": manager.site_name, "url": manager.url}
        return answers.data(manager.now_ms(), endpointInfo=here)

    return router
