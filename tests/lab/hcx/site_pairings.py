# SPDX-License-Identifier: GPL-3.0-or-later
"""Site pairing with certificate trust (HCX reference 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import Field

from . import answers, certificates, jobs, login, service_mesh
from .body import Body
from .gate import HcxRoute
from .manager import Manager

NSX_MISSING = "Site pairing with HCX Manager is not permitted without registering a valid NSX-T Manager with it."


@dataclass
class Pairing:
    """`established` once its job is done; one that failed stays listed."""

    endpoint_id: str
    url: str
    username: str
    inbound: bool = False
    established: bool = False
    gone_at: float | None = None


class Remote(Body):
    url: str = Field(min_length=1)
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)


class PairingBody(Body):
    remote: Remote


class CertificateBody(Body):
    certificate: str


def establish(manager: Manager, endpoint_id: str) -> None:
    """Both sides list the pair, unless it was taken away meanwhile."""
    pairing = manager.state.pairings.get(endpoint_id)
    if pairing is None:
        return
    pairing.established = True
    other = manager.remote(endpoint_id)
    other.state.pairings[manager.endpoint_id] = Pairing(
        manager.endpoint_id, manager.url, pairing.username, inbound=True, established=True
    )


def remove(manager: Manager, endpoint_id: str) -> None:
    """The entries go after a while, on both sides."""
    gone = manager.now() + manager.rules.hcx_unpairing_ms / 1000
    manager.state.pairings[endpoint_id].gone_at = gone
    for other in manager.others():
        if other.endpoint_id == endpoint_id and manager.endpoint_id in other.state.pairings:
            other.state.pairings[manager.endpoint_id].gone_at = gone


def _refused(manager: Manager, error: str, text: str, details: list[dict[str, Any]] | None = None) -> answers.Refused:
    """A pairing that cannot be: 200 all the same, or 409 by rule."""
    status = 200 if manager.rules.hcx_refusals == "envelope" else 409
    return answers.Refused(status, answers.untrue(manager.now_ms(), error, text, details))


def _check(manager: Manager, wanted: Remote) -> Manager:
    """The other side, after everything that speaks against pairing with it."""
    other = manager.at(wanted.url)
    if other is None or other.availability() == "down":
        raise _refused(manager, "Connection failure", f"Unable to connect to {wanted.url}.")
    if other is manager:
        raise _refused(manager, "Invalid endpoint", "A site cannot be paired with itself.")
    if not certificates.is_trusted(manager, other.certificate):
        text = f"The certificate of {wanted.url} is not trusted."
        # An untrusted certificate is shown with status 200 whatever the rule: that one is seen (8).
        raise answers.Refused(
            200,
            answers.untrue(manager.now_ms(), "Untrusted certificate", text, [{"certificate": other.certificate}]),
        )
    if other.availability() == "starting":
        raise _refused(manager, "Connection failure", f"{wanted.url} answered 503 Service Unavailable.")
    if other.users.get(wanted.username) != wanted.password or not login.has_role(other, wanted.username):
        text = f"Login to {wanted.url} as {wanted.username} failed. Check user name and password."
        raise answers.Refused(200, answers.untrue(manager.now_ms(), "Login failure", text))
    if other.is_connector:
        raise _refused(manager, "Invalid endpoint", "An HCX Connector cannot be the target of a site pairing.")
    if not other.state.nsx_registered:
        raise _refused(manager, "Pairing not permitted", NSX_MISSING)
    return other


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(route_class=HcxRoute)
    router.include_router(_pairing_routes(manager))
    router.include_router(_certificate_routes(manager))
    return router


def _pairing_routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api", route_class=HcxRoute)

    @router.get("/cloudConfigs")
    async def list_pairings() -> dict[str, Any]:
        found = [_listed(manager, p) for p in manager.state.pairings.values() if _shown(manager, p)]
        if manager.rules.hcx_pairing_lists_local:
            found.insert(0, _item(manager, manager.url, ""))
        return answers.data(manager.now_ms(), items=found)

    @router.post("/cloudConfigs")
    async def pair(request: Request) -> dict[str, Any]:
        wanted = await _wanted(manager, request)
        other = _check(manager, wanted)
        state = manager.state
        known = state.pairings.get(other.endpoint_id)
        if known is not None and known.established and manager.rules.hcx_pairing_again == "refuse":
            raise _refused(manager, "Already paired", f"{wanted.url} is already paired.")
        if known is None:
            state.pairings[other.endpoint_id] = Pairing(other.endpoint_id, other.url, wanted.username)
        else:
            known.username, known.gone_at = wanted.username, None
        job = jobs.start(
            manager,
            "pairing",
            partial(establish, endpoint_id=other.endpoint_id),
            result={"endpoint": {"endpointId": other.endpoint_id}},
        )
        return answers.data(manager.now_ms(), jobId=job.job_id)

    @router.delete("/endpointPairing/{endpoint_id}")
    async def unpair(endpoint_id: str) -> dict[str, Any]:
        if endpoint_id not in manager.state.pairings:
            text = f"There is no pairing with {endpoint_id}."
            raise answers.Refused(404, answers.untrue(manager.now_ms(), "Not found", text))
        users = [m.name for m in service_mesh.between(manager, endpoint_id)]
        if users:
            raise _refused(manager, "In use", f"The pairing is used by service mesh {', '.join(users)}.")
        remove(manager, endpoint_id)
        return {"success": True, "completed": True, "time": manager.now_ms()}

    return router


def _certificate_routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api", route_class=HcxRoute)

    @router.post("/admin/certificates")
    async def trust(body: CertificateBody) -> dict[str, Any]:
        try:
            certificates.trust(manager, body.certificate)
        except ValueError as error:
            text = "The text is no certificate in PEM form."
            raise answers.Refused(400, answers.untrue(manager.now_ms(), "Invalid certificate", text)) from error
        return {"success": True, "completed": True}

    return router


async def _wanted(manager: Manager, request: Request) -> Remote:
    """A body without `remote` is not a validation error but breaks the server (8)."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "remote" not in body:
        raise answers.Refused(500, answers.untrue(manager.now_ms(), "NullPointerException", "null"))
    try:
        return PairingBody.model_validate(body).remote
    except ValueError as error:
        text = "remote: url, username and password are required"
        raise answers.Refused(400, answers.untrue(manager.now_ms(), "INVALID_REQUEST", text)) from error


def _shown(manager: Manager, pairing: Pairing) -> bool:
    return manager.rules.hcx_pairing_lists_local or not pairing.inbound


def _listed(manager: Manager, pairing: Pairing) -> dict[str, Any]:
    """A site that is none of the lab's is known by its entry alone."""
    other = next((m for m in manager.others() if m.endpoint_id == pairing.endpoint_id), None)
    if other is not None:
        return _item(other, pairing.url, pairing.username)
    host = urlsplit(pairing.url).hostname or pairing.url
    known = {"endpointId": pairing.endpoint_id, "cloudName": host, "name": host}
    return {**_item(manager, pairing.url, pairing.username), **known}


def _item(site: Manager, url: str, username: str) -> dict[str, Any]:
    return {
        "url": url,
        "username": username,
        "endpointId": site.endpoint_id,
        "cloudType": "VC",
        "cloudName": site.site_name,
        "name": site.site_name,
        "version": site.rules.hcx_version,
        "buildNumber": "24457397",
    }
