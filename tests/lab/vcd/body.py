# SPDX-License-Identifier: GPL-3.0-or-later
"""Bases of JSON request bodies."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Missing fields and wrong types are refused, unknown fields are not."""

    model_config = ConfigDict(extra="allow", strict=True)


class Reference(Body):
    id: str
    name: str | None = None


class References(Body):
    values: list[Reference]
