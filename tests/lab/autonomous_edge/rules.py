# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's autonomous edge that no public source settles, as a switch (VCD reference 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EdgeRules:
    edge_denied_status: int = 401
    """HTTP status for a wrong user or password (8)."""
    edge_local_address: Literal["own", "any"] = "own"
    """The local address of a session: only the one that the edge was deployed with, or any (8)."""
    edge_used_session: Literal["refuse", "accept"] = "refuse"
    """Deletion of a session that ports still extend: refused, or done with its extensions (8)."""
    edge_general_post: Literal["served", "missing"] = "served"
    """POST of a session without ?action=create_with_peer_code (8)."""
