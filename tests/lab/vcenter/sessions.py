# SPDX-License-Identifier: GPL-3.0-or-later
"""Login sessions of one vCenter: cookies, idle time on the lab's clock, and the counts a test asserts on."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock
from .managed import Node

COOKIE = "vmware_soap_session"
_COOKIE = re.compile(COOKIE + r'="?([^";]+)"?')


@dataclass(eq=False)
class Session:
    """`nodes` are the objects that end with the session: views, collectors, filters."""

    key: str
    user: str
    opened: float
    last_active: float
    user_agent: str
    address: str
    calls: int = 0
    nodes: dict[str, Node] = field(default_factory=dict)
    continuations: dict[str, Any] = field(default_factory=dict)


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self.opened = 0
        self.closed = 0
        self.expired = 0

    def open(self, user: str, user_agent: str, address: str) -> Session:
        now = self._clock.now()
        session = Session(secrets.token_hex(20), user, now, now, user_agent, address)
        self._open[session.key] = session
        self.opened += 1
        return session

    def find(self, cookie: str | None, idle_limit: float) -> Session | None:
        """The live session of a Cookie header; one past its idle time ends here."""
        match = _COOKIE.search(cookie or "")
        return self.of_key(match[1] if match else "", idle_limit)

    def of_key(self, key: str, idle_limit: float) -> Session | None:
        """The live session of a key, as the REST API sends it."""
        session = self._open.get(key)
        if session is None:
            return None
        if self._clock.now() - session.last_active > idle_limit:
            del self._open[session.key]
            self.expired += 1
            return None
        session.last_active = self._clock.now()
        session.calls += 1
        return session

    def close(self, key: str) -> bool:
        if self._open.pop(key, None) is None:
            return False
        self.closed += 1
        return True

    def expire_all(self) -> int:
        """End every session at once, as a restart of the service would."""
        count = len(self._open)
        self._open.clear()
        self.expired += count
        return count

    def all(self) -> list[Session]:
        return list(self._open.values())

    def counts(self) -> dict[str, int]:
        """opened = closed + expired + open."""
        return {"opened": self.opened, "closed": self.closed, "expired": self.expired, "open": len(self._open)}

    def clear(self) -> None:
        self._open.clear()
        self.opened = self.closed = self.expired = 0


@dataclass(frozen=True)
class Opened:
    """The result of a login: the session's cookie goes into the answer's headers."""

    session: Session
    value: Any
