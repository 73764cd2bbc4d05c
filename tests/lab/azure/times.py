# SPDX-License-Identifier: GPL-3.0-or-later
"""Time stamps as Azure writes them (Azure reference 2.7)."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(seconds: float) -> str:
    """Seven fractional digits and Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def spoken(seconds: float) -> str:
    """As in messages: 12/13/2018 7:25:27 AM."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S %p}"
