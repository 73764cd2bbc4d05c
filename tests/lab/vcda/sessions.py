# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of one Availability: who, and at which sites (10.2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock


@dataclass(eq=False)
class Session:
    """`organization` is an id in the cloud, None for those who see all; `sites` site name to organization name."""

    user: str
    organization: str | None
    last_active: float
    sites: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        roles = ["EVERYONE"] if self.organization else ["EVERYONE", "ADMINISTRATORS"]
        sites = [{"site": site, "org": org} for site, org in self.sites.items()]
        return {"user": self.user, "roles": roles, "authenticatedSites": sites}


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self.opened = self.closed = self.expired = 0

    def open(self, user: str, organization: str | None, sites: dict[str, str]) -> tuple[str, Session]:
        """A new token."""
        token = secrets.token_hex(16)
        self._open[token] = Session(user, organization, self._clock.now(), sites)
        self.opened += 1
        return token, self._open[token]

    def use(self, token: str, idle_limit: float) -> Session | None:
        """None for a token that is unknown or past its idle time."""
        session = self._open.get(token)
        if session is None:
            return None
        if self._clock.now() - session.last_active > idle_limit:
            del self._open[token]
            self.expired += 1
            return None
        session.last_active = self._clock.now()
        return session

    def close(self, session: Session) -> None:
        self._open = {token: s for token, s in self._open.items() if s is not session}
        self.closed += 1

    def expire_all(self) -> int:
        count = len(self._open)
        self._open.clear()
        self.expired += count
        return count

    def counts(self) -> dict[str, int]:
        """opened = closed + expired + open."""
        return {"opened": self.opened, "closed": self.closed, "expired": self.expired, "open": len(self._open)}

    def clear(self) -> None:
        self._open.clear()
        self.opened = self.closed = self.expired = 0
