# SPDX-License-Identifier: GPL-3.0-or-later
"""Routed Org VDC networks, however they are read and written. (VCD reference 5)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from ..engine.plan import Facts
from ..task import Task
from .client import Vcd
from .inventory import Edge, Vdc
from .org_network_options import Range

# Values of linkType in the query service. (VCD reference 3.7)
ROUTED = "1"
LINK_TYPES = {"0": "direct", ROUTED: "routed", "2": "isolated"}


@dataclass(frozen=True)
class Network:
    """``raw`` is Cloud Director's own object, sent back whole when it is changed; ``id`` is bare, and empty for a
    network that is only planned."""

    name: str
    edge_gateway: str
    gateway: str
    prefix_length: int
    interface_type: str = "internal"
    dns_servers: tuple[str, ...] = ()
    dns_suffix: str = ""
    ip_ranges: tuple[Range, ...] = ()
    description: str = ""
    shared: bool = False
    id: str = ""
    conversions: tuple[str, ...] | None = None
    raw: Any = field(default=None, compare=False, repr=False)

    def facts(self) -> Facts:
        """All settings but the interface type, which has a change of its own."""
        return {
            "name": self.name,
            "edge_gateway": self.edge_gateway,
            "gateway": self.gateway,
            "prefix_length": self.prefix_length,
            "dns_servers": list(self.dns_servers),
            "dns_suffix": self.dns_suffix,
            "ip_ranges": [str(one) for one in self.ip_ranges],
            "description": self.description,
            "shared": self.shared,
        }

    def saved(self) -> Facts:
        """This network as plain JSON values; `from_saved` is the way back."""
        ranges = [[str(one.first), str(one.last)] for one in self.ip_ranges]
        return {**asdict(self), "raw": None, "ip_ranges": ranges}

    @classmethod
    def from_saved(cls, saved: Mapping[str, Any]) -> Network:
        ranges = tuple(Range.parsed(first, last) for first, last in saved["ip_ranges"])
        conversions = saved["conversions"]
        return cls(
            **{
                **saved,
                "dns_servers": tuple(saved["dns_servers"]),
                "ip_ranges": ranges,
                "conversions": None if conversions is None else tuple(conversions),
            }
        )


class Backend(Protocol):
    """One of the two interfaces, for the networks of one Org VDC."""

    def read(self, record: Mapping[str, str]) -> Network:
        """The network of a record of the query service."""

    def create(self, target: Network, edge: Edge) -> None:
        """Returns when it is there."""

    def update(self, target: Network, edge: Edge) -> None:
        """Everything but the interface type, which stays as it is."""

    def convert(self, target: Network) -> None:
        """Let the network have the interface type of ``target``."""

    def remove(self, present: Network) -> None:
        """Returns when it is gone."""


def planned_networks(vcd: Vcd, task: Task, vdc: Vdc) -> dict[str, Network | None]:
    """In check mode, what earlier tasks of the run would have left of networks; None for a removed one."""
    planned = task.run.planned(networks_key(vcd, vdc)) if task.check else None
    found: Mapping[str, Any] = planned["networks"] if planned else {}
    return {name: Network.from_saved(saved) if saved else None for name, saved in found.items()}


def networks_key(vcd: Vcd, vdc: Vdc) -> str:
    return f"{vcd.address} networks {vdc.id}"
