# SPDX-License-Identifier: GPL-3.0-or-later
"""Named copies of everything that can change in the world; cheap, because states are immutable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .shared import Shared


@dataclass(frozen=True)
class Snapshot:
    hosts: dict[str, Any]
    populations: dict[str, list[Any]]
    """Site name to its hosts."""
    machines: dict[str, Any]
    segments: dict[str, dict[str, Any]]
    switches: dict[str, tuple[Any, ...]]
    """Site name to its distributed switches."""
    clouds: dict[str, Any]
    l2vpn_clients: dict[str, Any]
    leases: dict[str, str]
    wan_mtu: int
    simulators: dict[str, Any]


def take(shared: Shared) -> Snapshot:
    world = shared.world
    with world.lock:
        return Snapshot(
            {h.name: h.state for h in world.hosts()},
            {name: site.hosts for name, site in world.sites.items()},
            world.machines,
            {name: dict(site.segments) for name, site in world.sites.items()},
            {name: site.switches for name, site in world.sites.items()},
            {name: cloud.copied() for name, cloud in world.clouds.items()},
            dict(world.l2vpn_clients),
            dict(world.leases),
            world.wan_mtu,
            {name: simulator.copied_state() for name, simulator in shared.kept.items()},
        )


def restore(shared: Shared, snapshot: Snapshot) -> None:
    """Only into the world it was taken from."""
    world = shared.world
    with world.lock:
        for name, site in world.sites.items():
            site.hosts = snapshot.populations[name]
        world.machines = snapshot.machines
        for host in world.hosts():
            host.state = snapshot.hosts[host.name]
        for name, site in world.sites.items():
            site.segments = dict(snapshot.segments[name])
            site.switches = snapshot.switches[name]
        world.clouds = {name: cloud.copied() for name, cloud in snapshot.clouds.items()}
        world.l2vpn_clients = dict(snapshot.l2vpn_clients)
        world.leases = dict(snapshot.leases)
        world.wan_mtu = snapshot.wan_mtu
        for name, kept in snapshot.simulators.items():
            shared.kept[name].restore_state(kept)
