# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all request bodies (HCX reference 18)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Missing fields and wrong types are refused, unknown fields are not."""

    model_config = ConfigDict(extra="allow", strict=True)
