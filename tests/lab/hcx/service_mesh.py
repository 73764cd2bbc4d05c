# SPDX-License-Identifier: GPL-3.0-or-later
"""One service mesh: its body on the wire, and which appliances it asks for (HCX reference 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from .appliance import KINDS, Appliance, Side
from .body import Body
from .compute_profile import AssignedNetwork, Named, Placed

if TYPE_CHECKING:
    from .compute_profile import ComputeProfile
    from .manager import Manager


class MeshProfile(Body):
    endpointId: str = Field(min_length=1)
    computeProfileId: str = Field(min_length=1)
    overriddenUplink: bool = False
    networks: list[AssignedNetwork] = Field(default_factory=list)


class WanOptimization(Body):
    uplinkMaxBandwidth: int = Field(ge=1)


class TrafficEngineering(Body):
    isAppPathResiliencyEnabled: bool = False
    isTcpFlowConditioningEnabled: bool = False
    isEncryptionlessTunnelEnabledForMigration: bool = False
    isEncryptionlessTunnelEnabledForNE: bool = False
    groEnabled: bool = False


class SwitchPair(Body):
    switches: list[Placed] = Field(min_length=2, max_length=2)
    l2cApplianceCount: int = Field(ge=1)


class MeshBody(Body):
    name: str = Field(min_length=1)
    computeProfiles: list[MeshProfile] = Field(min_length=2, max_length=2)
    services: list[Named] = Field(min_length=1)
    wanoptConfig: WanOptimization | None = None
    trafficEnggCfg: TrafficEngineering | None = None
    switchPairCount: list[SwitchPair] = Field(default_factory=list)


@dataclass
class ServiceMesh:
    """`content` is the client's body with names filled in; `applied` what the appliances were last made from."""

    mesh_id: str
    content: dict[str, Any]
    state: str = "IN_PROGRESS"
    task_id: str | None = None
    appliances: dict[str, Appliance] = field(default_factory=dict)
    applied: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.content["name"])

    @property
    def services(self) -> list[str]:
        return [s["name"] for s in self.content["services"]]

    def part(self, side: Side) -> dict[str, Any]:
        """The side's entry of computeProfiles."""
        found: dict[str, Any] = self.content["computeProfiles"]["IR".index(side)]
        return found

    def on(self, side: Side) -> list[Appliance]:
        return [a for a in self.appliances.values() if a.side == side]

    def peer(self, appliance: Appliance) -> Appliance | None:
        return next((a for a in self.appliances.values() if a.slot == appliance.slot and a is not appliance), None)


def site_of(owner: Manager, mesh: ServiceMesh, side: Side) -> Manager:
    """The manager at one side."""
    return next(m for m in (owner, *owner.others()) if m.endpoint_id == mesh.part(side)["endpointId"])


def profile_of(owner: Manager, mesh: ServiceMesh, side: Side) -> ComputeProfile:
    return site_of(owner, mesh, side).state.compute_profiles[mesh.part(side)["computeProfileId"]]


def visible(manager: Manager) -> list[tuple[Manager, ServiceMesh]]:
    """Own meshes, and those that paired initiators have with this site; each with its initiator."""
    found = [(manager, m) for m in manager.state.meshes.values()]
    for other in manager.paired():
        found += [(other, m) for m in other.state.meshes.values() if m.part("R")["endpointId"] == manager.endpoint_id]
    return found


def using(manager: Manager, profile_id: str) -> list[ServiceMesh]:
    """Meshes that refer to a compute profile of this site."""
    meshes = [m for _rest, m in visible(manager)]
    return [m for m in meshes if any(c["computeProfileId"] == profile_id for c in m.content["computeProfiles"])]


def between(manager: Manager, endpoint_id: str) -> list[ServiceMesh]:
    """Meshes with a paired site."""
    return [
        m for _rest, m in visible(manager) if any(c["endpointId"] == endpoint_id for c in m.content["computeProfiles"])
    ]


def network_ids(owner: Manager, mesh: ServiceMesh, side: Side, kind: str, only: str | None = None) -> list[str]:
    """The network profiles in which an appliance of this kind has an address, one each (9); of one role only."""
    part, profile = mesh.part(side), profile_of(owner, mesh, side)
    found: list[str] = []
    for role in (r for r in KINDS[kind].roles if only in (None, r)):
        override = [n["id"] for n in part.get("networks", []) if role in n["tags"]]
        found += override if role == "uplink" and part.get("overriddenUplink") else profile.networks(role)
    return list(dict.fromkeys(found))


def wanted_slots(mesh: ServiceMesh) -> list[tuple[str, int, tuple[str, ...]]]:
    """Kind, number and switch pair of the appliances one side needs (11).

    Extension appliances keep their numbers as long as their switch pair does.
    """
    found: list[tuple[str, int, tuple[str, ...]]] = [("HCX-WAN-IX", 1, ())]
    if "WANOPT" in mesh.services:
        found.append(("HCX-WAN-OPT", 1, ()))
    if "NETWORK_EXTENSION" not in mesh.services:
        return found
    pairs = [(tuple(s["id"] for s in p["switches"]), p["l2cApplianceCount"]) for p in mesh.content["switchPairCount"]]
    there = {a.number: a.switches for a in mesh.appliances.values() if a.kind == "HCX-NET-EXT"}
    kept: dict[int, tuple[str, ...]] = {}
    for pair, count in pairs:
        kept.update(dict.fromkeys(sorted(n for n, switches in there.items() if switches == pair)[:count], pair))
    for pair, count in pairs:
        for _rest in range(count - list(kept.values()).count(pair)):
            kept[next(n for n in range(1, len(kept) + 2) if n not in kept)] = pair
    return found + [("HCX-NET-EXT", number, kept[number]) for number in sorted(kept)]
