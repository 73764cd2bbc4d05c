# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of one Cloud Director: classic ones of 32 characters, and JSON web tokens (VCD reference 3.3)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Literal

from ..clock import Clock

Style = Literal["classic", "jwt"]


@dataclass(eq=False)
class Session:
    """`ends`: when it is over however much it is used."""

    id: str
    user: str
    style: Style
    last_active: float
    ends: float | None = None


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self.opened = self.closed = self.expired = 0

    def open(self, user: str, style: Style, seconds: float | None = None) -> tuple[str, Session]:
        """A new token."""
        now = self._clock.now()
        session = Session(secrets.token_hex(16), user, style, now, None if seconds is None else now + seconds)
        token = secrets.token_hex(16) if style == "classic" else _web_token(session, now)
        self._open[token] = session
        self.opened += 1
        return token, session

    def use(self, token: str, style: Style, idle_limit: float) -> Session | None:
        """None for a token that is unknown, of the other style, or past its time."""
        session = self._open.get(token)
        if session is None or session.style != style:
            return None
        now = self._clock.now()
        if now - session.last_active > idle_limit or (session.ends is not None and now >= session.ends):
            del self._open[token]
            self.expired += 1
            return None
        session.last_active = now
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


def _web_token(session: Session, now: float) -> str:
    """The signature is random: nothing in the lab trusts what a token says of itself."""
    header = {"alg": "RS256", "typ": "JWT"}
    claims = {"sub": session.user, "iss": "lab", "iat": int(now), "jti": session.id, "kid": secrets.token_hex(32)}
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256)]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)
