# SPDX-License-Identifier: GPL-3.0-or-later
"""Service meshes as a manager lists them. (HCX reference 11)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..engine.plan import Facts
from .appliances import Appliance, expected_names, missing
from .client import API, Hcx
from .compute_inventory import Thing

PATH = f"{API}/interconnect/serviceMesh"


@dataclass(frozen=True)
class Mesh:
    """A service mesh; ``pairs`` counts NE appliances by local and remote switch, ``raw`` is HCX's own object.

    ``ours`` is False for a mesh that the other site has begun, and that only that site can change.
    """

    name: str
    local: Thing
    remote: Thing
    services: frozenset[str] = frozenset()
    uplinks: frozenset[Thing] = frozenset()
    remote_uplinks: frozenset[Thing] = frozenset()
    pairs: Mapping[tuple[Thing, Thing], int] = field(default_factory=dict)
    bandwidth: int | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    mesh_id: str | None = None
    task: str | None = None
    state: str = ""
    ours: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def failed(self) -> bool:
        """The last task left the mesh half done. (HCX reference 11: UPDATE_FAILED)"""
        return self.state.endswith("FAILED")

    def missing(self, listed: Sequence[Appliance]) -> list[str]:
        """Which appliances of the mesh are not among those that are listed for it."""
        return missing(listed, self.services, sum(self.pairs.values()))

    def facts(self) -> Facts:
        return {
            "compute_profile": self.local.name,
            "remote_compute_profile": self.remote.name,
            "services": sorted(self.services),
            "uplinks": sorted(thing.name or thing.id for thing in self.uplinks),
            "remote_uplinks": sorted(thing.name or thing.id for thing in self.remote_uplinks),
            "switch_pairs": [
                {"local": local.name or local.id, "remote": remote.name or remote.id, "appliances": count}
                for (local, remote), count in self.ordered_pairs()
            ],
            "wan_optimization_bandwidth": self.bandwidth,
            "application_path_resiliency": bool(self.flags.get("isAppPathResiliencyEnabled")),
            "tcp_flow_conditioning": bool(self.flags.get("isTcpFlowConditioningEnabled")),
            "appliances": expected_names(self.name, self.services, sum(self.pairs.values())),
        }

    def ordered_pairs(self) -> list[tuple[tuple[Thing, Thing], int]]:
        return sorted(self.pairs.items(), key=lambda pair: (pair[0][0].id, pair[0][1].id))

    def canonical(self) -> Facts:
        """The same settings by id, for comparison: reads may leave names out."""
        return {
            **self.facts(),
            "compute_profile": self.local.id,
            "remote_compute_profile": self.remote.id,
            "uplinks": sorted(thing.id for thing in self.uplinks),
            "remote_uplinks": sorted(thing.id for thing in self.remote_uplinks),
            "switch_pairs": sorted((local.id, remote.id, count) for (local, remote), count in self.pairs.items()),
        }


def read_meshes(hcx: Hcx) -> list[Mesh]:
    """All meshes of the local manager, in one call."""
    return [_mesh(item) for item in hcx.get(PATH)["items"]]


def _mesh(item: Mapping[str, Any]) -> Mesh:
    sides = [*(item.get("computeProfiles") or []), {}, {}][:2]
    pairs = {}
    for pair in item.get("switchPairCount") or []:
        ends = [Thing(end["id"], end.get("name") or "", end.get("type") or "") for end in pair.get("switches") or []]
        if len(ends) == 2:
            pairs[ends[0], ends[1]] = int(pair.get("l2cApplianceCount") or 0)
    return Mesh(
        name=item["name"],
        local=_profile(sides[0]),
        remote=_profile(sides[1]),
        services=frozenset(service["name"] for service in item.get("services") or []),
        uplinks=_uplinks(sides[0]),
        remote_uplinks=_uplinks(sides[1]),
        pairs=pairs,
        bandwidth=(item.get("wanoptConfig") or {}).get("uplinkMaxBandwidth"),
        flags=dict(item.get("trafficEnggCfg") or {}),
        mesh_id=item["serviceMeshId"],
        task=(item.get("lastTaskDetails") or {}).get("interconnectTaskId"),
        state=str(item.get("state") or ""),
        ours=item.get("isLocalMesh") is not False,
        raw=item,
    )


def _profile(side: Mapping[str, Any]) -> Thing:
    return Thing(side.get("computeProfileId") or "", side.get("computeProfileName") or "", "compute profile")


def _uplinks(side: Mapping[str, Any]) -> frozenset[Thing]:
    """Only an override counts; without one, the compute profile's own uplink is used."""
    if not side.get("overriddenUplink"):
        return frozenset()
    networks = side.get("networks") or []
    return frozenset(Thing(net["id"], net.get("name") or "", "network profile") for net in networks)
