# SPDX-License-Identifier: GPL-3.0-or-later
"""The L2VPN session of an autonomous edge, and the peer code that it was fed with. (VCD reference 8, 11.3)"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..autonomous_edge.client import AutonomousEdge, Port, Session
from ..engine.errors import InvalidInput
from ..engine.plan import Facts

# Slow on purpose: a fingerprint is shown by the edge, and a peer code holds a key that people may have chosen.
ROUNDS = 100_000
FINGERPRINT_BYTES = 8
MARK = "hybridcloud.mobility, peer code "
# What is told of the code itself.
CURRENT, OLDER, UNKNOWN = "the present one", "another one", "unknown"


@dataclass(frozen=True)
class WantedSession:
    """The edge never tells a peer code, so its fingerprint is kept in the session's description."""

    name: str
    peer_address: str
    local_address: str
    peer_code: str = field(repr=False)

    @cached_property
    def description(self) -> str:
        salt = f"{self.name} {self.peer_address}".encode()
        digest = hashlib.pbkdf2_hmac("sha256", self.peer_code.encode(), salt, ROUNDS, FINGERPRINT_BYTES)
        return f"{MARK}{digest.hex()}"

    def facts(self) -> Facts:
        return {"peer_address": self.peer_address, "local_address": self.local_address, "peer_code": CURRENT}


def session_facts(session: Session, wanted: WantedSession | None) -> Facts:
    """Beside a session of somebody else stands no fingerprint."""
    code = OLDER if session.description.startswith(MARK) else UNKNOWN
    if wanted and session.description == wanted.description:
        code = CURRENT
    return {"peer_address": session.peer_address, "local_address": session.local_address, "peer_code": code}


def named(sessions: Sequence[Session], name: str) -> Session | None:
    """Raises `InvalidInput` when the name is not unique."""
    found = [one for one in sessions if one.name == name]
    if len(found) > 1:
        raise InvalidInput(f"the edge has {len(found)} sessions called {name}; remove all but one in its own screens")
    return found[0] if found else None


def renew(edge: AutonomousEdge, wanted: WantedSession) -> Session:
    """A session takes no other peer code, so it is made again, with the extensions that were on it."""
    present = named(edge.sessions(), wanted.name)
    ports = [port for port in edge.extensions() if present and port.session == present.id]
    if present:
        end(edge, present, ports)
    made = edge.create_session(
        name=wanted.name,
        description=wanted.description,
        peer_code=wanted.peer_code,
        peer_address=wanted.peer_address,
        local_address=wanted.local_address,
    )
    for port in ports:
        edge.create_extension(
            name=port.name, session=made.id, tunnel_id=port.tunnel_id, vlan=port.vlan, interface=port.interface
        )
    return made


def end(edge: AutonomousEdge, session: Session, ports: Sequence[Port]) -> None:
    """A session with ports on it cannot be deleted."""
    for port in ports:
        edge.delete_extension(port.id)
    edge.delete_session(session.id)
