# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether NSX-V or NSX-T is behind an edge gateway, and the interfaces of the former. (VCD reference 3.5, 6.2)"""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.errors import Refused
from .client import Vcd, bare_id
from .inventory import Edge
from .markup import Node

# Said of an edge gateway behind which NSX-T works.
NOT_NSX_V = "is not a NSX-V manager"


@dataclass(frozen=True)
class Interface:
    """``index`` alone does not name an interface: distributed ones use the numbers of subinterfaces again.

    ``tunnel_id`` is that of a subinterface; 9.0.0.0 does not tell it.
    """

    network_id: str
    network: str
    type: str
    index: int
    tunnel_id: int | None = None


def interfaces_of(vcd: Vcd, edge: Edge) -> list[Interface] | None:
    """The interfaces of an NSX-V edge gateway; None where NSX-T is behind it."""
    try:
        root = vcd.read_nsx(f"/network/edges/{edge.id}/vdcNetworks")
    except Refused as refused:
        # Some refusals come without a body; there is no other reason to refuse this question with a 400.
        silent = str(refused).startswith(f"{vcd.address} answers")
        if refused.facts.get("status") == 400 and (silent or NOT_NSX_V in str(refused)):
            return None
        raise
    found = (_interface(one) for one in root.all("edgeInterface"))
    # The same network may be listed twice.
    return list(dict.fromkeys(found))


def _interface(root: Node) -> Interface:
    return Interface(
        network_id=bare_id(root.value("networkReference/id") or root.value("portgroupId")),
        network=root.value("networkReference/name") or root.value("name"),
        type=root.value("type").lower(),
        index=int(root.value("index") or -1),
        tunnel_id=int(root.value("tunnelId")) if root.value("tunnelId") else None,
    )
