# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own clock: real time plus whatever a test advanced it by."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._offset

    def utc(self, at: float | None = None) -> datetime:
        return datetime.fromtimestamp(self.now() if at is None else at, UTC)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._offset += seconds

    def reset(self) -> None:
        self._offset = 0.0
