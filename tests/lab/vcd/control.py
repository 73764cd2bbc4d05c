# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for Cloud Director: what a cloud holds, drift, tunnel trouble, API tokens, sessions."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from . import drift
from .director import Director


class Body(BaseModel):
    """Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TokenBody(Body):
    user: str
    organization: str


class RightsBody(Body):
    add_rights: list[str] = Field(default_factory=list)
    remove_rights: list[str] = Field(default_factory=list)


class NetworkBody(Body):
    description: str | None = None
    dns1: str | None = None
    dns2: str | None = None
    dns_suffix: str | None = None
    ranges: list[list[str]] | None = None
    shared: bool | None = None


class PeerBody(Body):
    egress: list[str] | None = None
    description: str | None = None
    password: str | None = None
    enabled: bool | None = None


class TunnelBody(Body):
    description: str | None = None
    remote: str | None = None
    pre_shared_key: str | None = None
    enabled: bool | None = None


class TroubleBody(Body):
    edge: str
    peer: str | None = None
    reason: str = Field(min_length=1)


def routes(directors: dict[str, Director]) -> APIRouter:
    """Names are those of the ports: vcd-v and vcd-t."""
    router = APIRouter()
    router.include_router(_cloud_routes(directors))
    router.include_router(_tunnel_routes(directors))
    router.include_router(_session_routes(directors))
    return router


def _changed(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(exclude_none=True)


def _cloud_routes(directors: dict[str, Director]) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def all_directors() -> dict[str, Any]:
        return {d.name: {"url": d.url, "cloud": d.cloud_name, "versions": d.versions()} for d in directors.values()}

    @router.get("/{name}")
    async def cloud(name: str) -> dict[str, Any]:
        return drift.describe(directors[name].shared.world, directors[name].cloud)

    @router.patch("/{name}/organizations/{organization}", status_code=204)
    async def change_organization(name: str, organization: str, body: RightsBody) -> None:
        drift.change_organization(directors[name].cloud, organization, body.add_rights, body.remove_rights)

    @router.patch("/{name}/organizations/{organization}/roles/{role}", status_code=204)
    async def change_role(name: str, organization: str, role: str, body: RightsBody) -> None:
        drift.change_role(directors[name].cloud, organization, role, body.add_rights, body.remove_rights)

    @router.patch("/{name}/networks/{network}", status_code=204)
    async def change_network(name: str, network: str, body: NetworkBody) -> None:
        drift.change_network(directors[name].cloud, network, _changed(body))

    return router


def _tunnel_routes(directors: dict[str, Director]) -> APIRouter:
    router = APIRouter()

    @router.patch("/{name}/edges/{edge}/peers/{peer}", status_code=204)
    async def change_peer(name: str, edge: str, peer: str, body: PeerBody) -> None:
        drift.change_peer(directors[name].cloud, edge, peer, _changed(body))

    @router.patch("/{name}/tunnels/{tunnel}", status_code=204)
    async def change_tunnel(name: str, tunnel: str, body: TunnelBody) -> None:
        drift.change_tunnel(directors[name].cloud, tunnel, _changed(body))

    @router.post("/{name}/tunnels", status_code=204)
    async def disturb(name: str, body: TroubleBody) -> None:
        drift.disturb(directors[name].cloud, body.edge, body.peer, body.reason)

    @router.delete("/{name}/tunnels", status_code=204)
    async def restore(name: str) -> None:
        directors[name].cloud.troubles.clear()

    return router


def _session_routes(directors: dict[str, Director]) -> APIRouter:
    router = APIRouter()

    @router.post("/{name}/tokens", status_code=201)
    async def make_token(name: str, body: TokenBody) -> dict[str, str]:
        """An API token, as a user makes it in the user interface."""
        director = directors[name]
        user = director.cloud.user(body.user, body.organization)
        if user is None:
            raise KeyError(f"no user {body.user}@{body.organization}")
        token = secrets.token_urlsafe(24)
        director.state.api_tokens[token] = user.id
        return {"token": token}

    @router.get("/{name}/sessions")
    async def sessions(name: str) -> dict[str, int]:
        return directors[name].sessions.counts()

    @router.post("/{name}/sessions/expire")
    async def expire_sessions(name: str) -> dict[str, Any]:
        return {"expired": directors[name].sessions.expire_all()}

    return router
