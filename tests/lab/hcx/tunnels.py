# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the tunnels of an appliance to its peer are up, and why not (HCX reference 12, 15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .appliance import HAS_TUNNELS, Appliance
from .service_mesh import ServiceMesh, network_ids

if TYPE_CHECKING:
    from .manager import Manager

TunnelStatus = Literal["up", "degraded", "down"]


@dataclass(frozen=True)
class TunnelTrouble:
    """Between an appliance and its peer; no name: on all tunnels."""

    status: TunnelStatus
    reason: str
    appliance: str | None = None


def status(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> tuple[TunnelStatus, list[str]]:
    """With the reasons for not being up."""
    peer = mesh.peer(appliance)
    if peer is None:
        return "down", ["The peer appliance is not deployed."]
    if any(a.tunnels_from is None or owner.now() < a.tunnels_from for a in (appliance, peer)):
        return "down", ["Tunnels are being established."]
    found = [t for t in owner.state.tunnel_troubles if t.appliance in (None, appliance.name, peer.name)]
    worst: TunnelStatus = "up"
    if found:
        worst = "down" if any(t.status == "down" for t in found) else "degraded"
    return worst, [t.reason for t in found]


def summary(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> dict[str, Any]:
    """`status.summary` of an appliance; WAN optimisation has no tunnels of its own."""
    if appliance.kind not in HAS_TUNNELS:
        return {"overallStatus": "up", "reasons": [], "servicePipelineStatus": "up", "wanOptStatus": "up"}
    state, reasons = status(owner, mesh, appliance)
    total = owner.rules.hcx_tunnels_per_appliance
    active = {"up": total, "degraded": max(1, total // 2), "down": 0}[state]
    counts = {"totalTunnelCount": total, "totalActiveTunnelCount": active, "aggregatedTunnelStatus": state}
    return {
        "overallStatus": state,
        "reasons": reasons,
        "servicePipelineStatus": "up",
        "overallTransportStatus": state,
        "transportSummary": [
            {"transportIp": address, "name": f"uplink-{n}", **counts}
            for n, address in enumerate(uplink_addresses(owner, mesh, appliance), 1)
        ],
        "overallEncryptionTunnelStatus": state,
        "encryptionTunnelSummary": counts,
    }


def uplink_addresses(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> list[str]:
    uplinks = network_ids(owner, mesh, appliance.side, appliance.kind, "uplink")
    return [appliance.addresses[n] for n in uplinks if n in appliance.addresses]
