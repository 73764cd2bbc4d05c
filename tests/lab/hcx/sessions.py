# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of one manager's port 443, with idle time on the lab's clock (HCX reference 3.1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ..clock import Clock


@dataclass(eq=False)
class Session:
    user: str
    last_active: float


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self.opened = 0
        self.expired = 0

    def open(self, user: str) -> str:
        """A new token."""
        digits = secrets.token_hex(16)
        token = ":".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        self._open[token] = Session(user, self._clock.now())
        self.opened += 1
        return token

    def user(self, token: str, idle_limit: float) -> str | None:
        """Whose token this is; None for one that is unknown or past its idle time."""
        session = self._open.get(token)
        if session is None:
            return None
        if self._clock.now() - session.last_active > idle_limit:
            del self._open[token]
            self.expired += 1
            return None
        session.last_active = self._clock.now()
        return session.user

    def expire_all(self) -> int:
        count = len(self._open)
        self._open.clear()
        self.expired += count
        return count

    def counts(self) -> dict[str, int]:
        """opened = closed + expired + open; nothing closes, because no source knows a logout."""
        return {"opened": self.opened, "closed": 0, "expired": self.expired, "open": len(self._open)}

    def clear(self) -> None:
        self._open.clear()
        self.opened = self.expired = 0
