# SPDX-License-Identifier: GPL-3.0-or-later
"""Which appliances a service mesh needs, and what they take from the cluster. Both sites get the same set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .hcx_services import OS_ASSISTED, WAN_OPTIMIZATION

MANAGER, IX, WO, NE, SGW, SDR = "Manager", "IX", "WO", "NE", "SGW", "SDR"

SwitchPair = tuple[str, str]


@dataclass(frozen=True)
class Size:
    vcpu: int
    memory_gb: int
    disk_gb: int


# HCX planning 1, from the user guide of 4.8.
SIZES = {
    MANAGER: Size(4, 12, 60),
    IX: Size(8, 6, 2),
    WO: Size(8, 14, 100),
    NE: Size(8, 3, 2),
    SGW: Size(8, 8, 21),
    SDR: Size(8, 8, 21),
}
# Storage that upgrade and redeployment need while old and new appliances exist. (HCX planning 1)
WHILE_UPGRADING = 2


@dataclass(frozen=True)
class Extension:
    """The NE appliances of one pair of switches: `active` carry networks, `standby` are their partners in HA groups."""

    pair: SwitchPair
    networks: int
    active: int
    standby: int

    @property
    def appliances(self) -> int:
        return self.active + self.standby


def extensions(pairs: Iterable[SwitchPair], per_appliance: int, ha: bool) -> list[Extension]:
    """The NE appliances for networks on these pairs of switches, one item per network.

    One appliance serves one pair only and `per_appliance` networks; HA gives each a partner. (HCX planning 3)
    """
    found = []
    for pair, networks in Counter(pairs).items():
        active = -(-networks // per_appliance)
        found.append(Extension(pair, networks, active, active if ha else 0))
    return found


def mesh_appliances(services: Collection[str], extended: Sequence[Extension], *, initiator: bool) -> dict[str, int]:
    """How many appliances of each type one side of the mesh has; every mesh has one IX. (HCX reference 11)"""
    counts = {
        IX: 1,
        WO: int(WAN_OPTIMIZATION in services),
        NE: sum(item.appliances for item in extended),
        SGW if initiator else SDR: int(OS_ASSISTED in services),
    }
    return {kind: count for kind, count in counts.items() if count}


def site_appliances(site: str, mesh: dict[str, int]) -> dict[str, Any]:
    """What is deployed at one site, the HCX Manager included, with sizes in vCPUs and the vendor's GB."""
    rows: list[dict[str, Any]] = [
        {
            "type": kind,
            "count": count,
            "vcpu": count * SIZES[kind].vcpu,
            "memory_gb": count * SIZES[kind].memory_gb,
            "disk_gb": count * SIZES[kind].disk_gb,
        }
        for kind, count in {MANAGER: 1, **mesh}.items()
    ]
    total = {key: sum(row[key] for row in rows) for key in ("count", "vcpu", "memory_gb", "disk_gb")}
    return {"site": site, "appliances": rows, "total": {**total, "disk_gb_while_upgrading": _doubled(rows)}}


def _doubled(rows: Iterable[dict[str, Any]]) -> int:
    """Only appliances are deployed anew on upgrade, the manager is not (inferred)."""
    return sum(row["disk_gb"] * (1 if row["type"] == MANAGER else WHILE_UPGRADING) for row in rows)


def switch_pairs(extended: Iterable[Extension]) -> list[dict[str, Any]]:
    return [
        {
            "switch": item.pair[0],
            "remote_switch": item.pair[1],
            "networks": item.networks,
            "active": item.active,
            "standby": item.standby,
        }
        for item in extended
    ]
