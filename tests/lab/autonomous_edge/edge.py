# SPDX-License-Identifier: GPL-3.0-or-later
"""What autonomous edges hold, which of them answers, and the tunnel ends that all edges of the source site are."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..l2vpn import L2VpnClient
from ..shared import Shared
from ..vcenter import templates
from ..world import TRUNK, Site, VirtualMachine

if TYPE_CHECKING:
    from ..rules import Rules

VCENTER = "source"
CLIENT_PORT = 443
_SUB_INTERFACE = re.compile(r"\s*(\d+)\s*\(\s*(\d+)\s*\)\s*")


@dataclass
class Session:
    """An L2VPN session of the client; the peer code is never given back."""

    id: str
    name: str
    description: str
    enabled: bool
    peer_code: str
    peer_address: str
    local_address: str
    created: float

    def document(self) -> dict[str, Any]:
        return {
            "resource_type": "L2VPNSession",
            "id": self.id,
            "display_name": self.name,
            "description": self.description,
            "enabled": self.enabled,
            "transport_tunnels": [{"peer_address": self.peer_address, "local_address": self.local_address}],
            "_create_time": round(self.created * 1000),
            "_create_user": "admin",
            "_revision": 0,
        }


@dataclass
class Port:
    """A port whose VLAN of an interface is extended over a session."""

    id: str
    name: str
    interface: str
    vlan: int
    session: str | None
    tunnel_id: int | None

    def document(self, sessions: dict[str, Session]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "resource_type": "LogicalRouterPort",
            "id": self.id,
            "display_name": self.name,
            "exit_interface": self.interface,
            "vlan": self.vlan,
            "_revision": 0,
        }
        if self.session is not None:
            found["l2_extension"] = {
                "l2vpn_session_id": self.session,
                "l2vpn_session_name": sessions[self.session].name,
                "tunnel_id": self.tunnel_id,
            }
        return found


@dataclass
class Held:
    """What one autonomous edge is configured with."""

    sessions: dict[str, Session] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)


class Edges:
    """Follows the world: an edge that was deleted holds nothing any more, and ends no tunnel."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._held: dict[str, Held] = {}
        self._shown: set[str] = set()
        shared.rebuilt.append(self.rebuild)
        shared.passing.append(self.follow)
        shared.kept["autonomous_edge"] = self

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    def rebuild(self) -> None:
        self._held = {}
        self._shown = set()

    def copied_state(self) -> dict[str, Held]:
        return copy.deepcopy(self._held)

    def restore_state(self, kept: Any) -> None:
        self._held = copy.deepcopy(kept)

    def answering(self) -> VirtualMachine | None:
        """The youngest autonomous edge of the source vCenter that runs."""
        machines = self.shared.world.machines_of(VCENTER)
        found = [m for m in machines if m.template == templates.AUTONOMOUS and m.powered_on]
        return next((m for m in reversed(found) if m.value("is_autonomous_edge").lower() == "true"), None)

    def held(self, machine: VirtualMachine) -> Held:
        return self._held.setdefault(machine.uuid, Held())

    def follow(self) -> None:
        """Let `world.l2vpn_clients` have exactly the clients that the deployed edges are, beside any others."""
        world = self.shared.world
        machines = world.machines_of(VCENTER)
        present = {m.uuid for m in machines}
        self._held = {uuid: held for uuid, held in self._held.items() if uuid in present}
        found: dict[str, L2VpnClient] = {}
        for machine in machines:
            site = world.sites[machine.site]
            if machine.template == templates.STANDALONE:
                found[machine.name] = standalone(site, machine)
            elif machine.uuid in self._held:
                found |= {c.name: c for c in autonomous(site, machine, self._held[machine.uuid])}
        others = {n: c for n, c in world.l2vpn_clients.items() if n not in self._shown and c.machine in world.machines}
        world.l2vpn_clients = others | found
        self._shown = set(found)


def standalone(site: Site, machine: VirtualMachine) -> L2VpnClient:
    """The client that a standalone edge is by its OVF properties."""
    trunk = _card(machine, templates.STANDALONE, "Trunk")
    port = machine.value("l2vpn_server_port")
    pairs = (_SUB_INTERFACE.fullmatch(part) for part in machine.value("l2vpn_sub_interfaces").split(","))
    return L2VpnClient(
        machine.name,
        machine.uuid,
        "standalone",
        machine.value("l2vpn_server_address"),
        int(port) if port.isdigit() else CLIENT_PORT,
        machine.value("l2vpn_cipher"),
        machine.value("l2vpn_user"),
        machine.value("l2vpn_password"),
        stretched={int(p[2]): _extended(site, trunk, int(p[1])) for p in pairs if p is not None},
        trunk=trunk,
    )


def autonomous(site: Site, machine: VirtualMachine, held: Held) -> list[L2VpnClient]:
    """One client for each session; its trunk is what its first port goes out by."""
    found = []
    for session in held.sessions.values():
        ports = [p for p in held.ports.values() if p.session == session.id and p.tunnel_id is not None]
        cards = {p.interface: _card_number(machine, p.interface) for p in ports}
        stretched = {p.tunnel_id or 0: _extended(site, cards[p.interface], p.vlan) for p in ports}
        found.append(
            L2VpnClient(
                machine.name if len(held.sessions) == 1 else f"{machine.name}/{session.id}",
                machine.uuid,
                "autonomous",
                session.peer_address if session.enabled else "",
                CLIENT_PORT,
                peer_code=session.peer_code,
                stretched=stretched,
                trunk=next(iter(cards.values()), ""),
            )
        )
    return found


def _card(machine: VirtualMachine, template: str, network: str) -> str:
    """Key of the port group that a network of the template was mapped to."""
    declared = templates.named(template)
    number = declared.networks.index(network) if declared is not None else 0
    return machine.cards[number].network if number < len(machine.cards) else ""


def _card_number(machine: VirtualMachine, interface: str) -> str:
    number = int(interface.removeprefix("eth"))
    return machine.cards[number].network if number < len(machine.cards) else ""


def _extended(site: Site, key: str, vlan: int) -> str:
    """Name of the port group whose network a VLAN of an interface is."""
    found = site.distributed_port_group(key)
    if vlan == 0 and found is not None and found[1].segment != TRUNK:
        return found[1].name
    groups = (g for s in site.switches for g in s.port_groups)
    return next((g.name for g in groups if g.segment == str(vlan)), f"VLAN {vlan}")
