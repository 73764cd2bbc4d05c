# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server a task means: an edge gateway of Cloud Director, of one generation or the other."""

from __future__ import annotations

from ..engine.errors import InvalidInput
from ..engine.redact import Redactor
from ..vcd.client import Vcd
from ..vcd.inventory import find_edge, find_vdc
from .appliance_options import Tunnel
from .nsxt_server import NsxtServer
from .nsxv_server import NsxvServer

__all__ = ["NsxtServer", "NsxvServer", "server_of"]


def server_of(vcd: Vcd, tunnel: Tunnel, generation: str, redactor: Redactor) -> NsxtServer | NsxvServer:
    """Raises `InvalidInput` for an edge gateway that is not there."""
    edge = find_edge(vcd, tunnel.edge_gateway, find_vdc(vcd, tunnel.vdc, tunnel.organization))
    if generation == "nsx_v":
        return NsxvServer(vcd, edge)
    if tunnel.name is None:
        raise InvalidInput("generation nsx_t needs tunnel.name, the L2VPN tunnel of the edge gateway")
    return NsxtServer(vcd, edge, tunnel.name, redactor)
