# SPDX-License-Identifier: GPL-3.0-or-later
"""Appliances of service meshes and the health of their tunnels. (HCX reference 12)"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.plan import Facts
from .client import API, Hcx

INTERCONNECT = "HCX-WAN-IX"
WAN_OPTIMIZATION = "HCX-WAN-OPT"
NETWORK_EXTENSION = "HCX-NET-EXT"
# As they are called in the names of appliances.
TYPES = {"IX": INTERCONNECT, "WO": WAN_OPTIMIZATION, "NE": NETWORK_EXTENSION}


@dataclass(frozen=True)
class Appliance:
    """``tunnels`` is (active, all). An appliance without a status is not healthy: nobody knows."""

    name: str
    type: str
    appliance_id: str
    endpoint_id: str
    mesh_id: str
    version: str
    addresses: tuple[str, ...]
    status: str
    tunnels: tuple[int, int]
    reasons: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        active, total = self.tunnels
        # WAN optimisation works through the IX and has no tunnel of its own.
        through = self.type == WAN_OPTIMIZATION or (total > 0 and active == total)
        return self.status == "up" and through

    def facts(self) -> Facts:
        active, total = self.tunnels
        return {
            "name": self.name,
            "type": self.type,
            "id": self.appliance_id,
            "endpoint_id": self.endpoint_id,
            "version": self.version,
            "uplink_addresses": list(self.addresses),
            "status": self.status,
            "tunnels_up": active,
            "tunnels": total,
            "reasons": list(self.reasons),
            "healthy": self.healthy,
        }


def read_appliances(hcx: Hcx, mesh_id: str | None = None) -> list[Appliance]:
    """All appliances of the manager's meshes, or those of one mesh, by name; in one call."""
    body = {"filter": {"serviceMeshId": mesh_id} if mesh_id else {}}
    items = hcx.ask(f"{API}/interconnect/appliances/query", body)["items"]
    return sorted((_appliance(item) for item in items), key=lambda appliance: appliance.name)


def _appliance(item: Mapping[str, Any]) -> Appliance:
    summary: Mapping[str, Any] = (item.get("status") or {}).get("summary") or {}
    transports = summary.get("transportSummary") or []
    state: Mapping[str, Any] = item.get("applianceStatus") or {}
    reasons = [str(reason) for reason in summary.get("reasons") or []]
    if state.get("detailedMessage"):
        reasons.append(str(state["detailedMessage"]))
    return Appliance(
        name=item.get("applianceName") or item["applianceId"],
        type=item.get("applianceType") or "",
        appliance_id=item["applianceId"],
        endpoint_id=item.get("endpointId") or "",
        mesh_id=item.get("serviceMeshId") or "",
        version=item.get("version") or "",
        addresses=tuple((item.get("config") or {}).get("uplinkIps") or ()),
        status=str(summary.get("overallStatus") or "unknown").lower(),
        tunnels=(
            sum(int(transport.get("totalActiveTunnelCount") or 0) for transport in transports),
            sum(int(transport.get("totalTunnelCount") or 0) for transport in transports),
        ),
        reasons=tuple(reasons),
    )


def missing(listed: Sequence[Appliance], services: Collection[str], extension: int) -> list[str]:
    """Which types a mesh has too few of, at each site whose appliances are listed; ``extension`` is of one side.

    An appliance that somebody has removed is in no list, and its peer may not have noticed yet.
    """
    found = []
    for site in sorted({appliance.endpoint_id for appliance in listed}):
        types = [appliance.type for appliance in listed if appliance.endpoint_id == site]
        for short, wanted in _counts(services, extension).items():
            # Newer releases have further kinds of them, such as HCX-WAN-IX-EDGE. (HCX reference 12)
            there = sum(kind.startswith(TYPES[short]) for kind in types)
            if there < wanted:
                found.append(f"{there} of {wanted} {TYPES[short]} at site {site}")
    return found


def _counts(services: Collection[str], extension: int) -> dict[str, int]:
    """How many of each kind one side of a mesh has. (HCX reference 11)"""
    counts = {"IX": 1, "WO": int("WANOPT" in services), "NE": extension if "NETWORK_EXTENSION" in services else 0}
    return {kind: count for kind, count in counts.items() if count}


def expected_names(mesh: str, services: frozenset[str], extension: int) -> list[str]:
    """What HCX will call the appliances: I is the initiator's side, R the responder's. (HCX reference 11, 12)"""
    return [
        f"{mesh}-{kind}-{side}{number}"
        for kind, count in _counts(services, extension).items()
        for side in ("I", "R")
        for number in range(1, count + 1)
    ]
