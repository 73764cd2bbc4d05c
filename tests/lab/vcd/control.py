# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for Cloud Director: what a cloud holds, drift, tunnel trouble, API tokens, sessions."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from .director import Director


class Body(BaseModel):
    """Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TokenBody(Body):
    user: str
    organization: str


def routes(directors: dict[str, Director]) -> APIRouter:
    router = APIRouter()
    router.include_router(_session_routes(directors))
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
