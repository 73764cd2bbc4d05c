# SPDX-License-Identifier: GPL-3.0-or-later
"""One service appliance: what kinds there are, and what is known of one (HCX reference 12, planning facts 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Side = Literal["I", "R"]
"""Initiator and responder, as in the names of appliances."""


@dataclass(frozen=True)
class Kind:
    """`roles`: network roles in which it has an address."""

    short: str
    roles: tuple[str, ...]
    cpus: int
    memory_mb: int


KINDS = {
    "HCX-WAN-IX": Kind("IX", ("management", "uplink", "replication", "vmotion"), 8, 6144),
    "HCX-WAN-OPT": Kind("WO", ("management",), 8, 14336),
    "HCX-NET-EXT": Kind("NE", ("management", "uplink"), 8, 3072),
}
HAS_TUNNELS = ("HCX-WAN-IX", "HCX-NET-EXT")
"""WAN optimisation talks through the interconnect (planning facts 2)."""


@dataclass
class Appliance:
    """`addresses`: network profile id to address; `switches`: ids of the pair that an extension appliance serves."""

    appliance_id: str
    kind: str
    number: int
    side: Side
    name: str
    mesh_id: str
    profile_id: str
    endpoint_id: str
    machine: str
    """UUID of its virtual machine."""
    version: str
    switches: tuple[str, ...] = ()
    addresses: dict[str, str] = field(default_factory=dict)
    tunnels_from: float | None = None
    """When its tunnels come up, on the lab's clock."""
    extensions: int = 0
    agent: str = ""
    """Name of the mobility-agent host, of an interconnect appliance with vMotion."""
    ha_group: str = ""

    @property
    def slot(self) -> tuple[str, int]:
        """What it has in common with its peer."""
        return self.kind, self.number
