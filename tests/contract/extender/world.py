# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab itself knows of both ends of a tunnel, and changes that a colleague would make there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.extender.tasks import SOURCE, TRUNK

from lab import Lab, l2vpn
from lab.clouds import Cloud, Tunnel
from lab.world import DistributedPortGroup, VirtualMachine

PEER = "company-dc1"


def cloud(lab: Lab, generation: str) -> Cloud:
    return lab.world.clouds["cloud-v" if generation == "nsx_v" else "cloud-t"]


def edge_of(lab: Lab, generation: str) -> str:
    return cloud(lab, generation).edge("acme-edge").id


def tunnel(lab: Lab) -> Tunnel:
    return next(one for one in cloud(lab, "nsx_t").tunnels.values() if one.name == PEER)


def is_up(lab: Lab, generation: str) -> bool:
    """As the lab finds by comparing both ends."""
    return l2vpn.status(lab.world, cloud(lab, generation), edge_of(lab, generation), PEER)[0]


def reached(lab: Lab, source: str = SOURCE) -> list[str]:
    """The Org VDC networks that machines on a port group of the source site are on."""
    return [one.network.name for one in l2vpn.stretched(lab.world, "dc-a", source)]


def interrupt(lab: Lab, generation: str, reason: str | None) -> None:
    """Nothing passes to the edge gateway, whatever both ends are."""
    troubles = cloud(lab, generation).troubles
    troubles.clear()
    if reason:
        troubles[edge_of(lab, generation), None] = reason


def machines(lab: Lab, name: str) -> list[VirtualMachine]:
    return [machine for machine in lab.world.machines.values() if machine.name == name]


def port_group(lab: Lab, name: str = TRUNK) -> DistributedPortGroup | None:
    groups = [group for switch in lab.world.sites["dc-a"].switches for group in switch.port_groups]
    return next((group for group in groups if group.name == name), None)


def change_trunk(lab: Lab, **security: Any) -> None:
    site, group = lab.world.sites["dc-a"], port_group(lab)
    assert group is not None
    changed = replace(group, security=replace(group.security, **security), version=group.version + 1)
    with lab.world.lock:
        site.keep_port_group(site.switches[0].uuid, changed)


def second_source(lab: Lab) -> str:
    """Another network of the source site, with VLAN 120."""
    site = lab.world.sites["dc-a"]
    with lab.world.lock:
        site.keep_port_group(site.switches[0].uuid, DistributedPortGroup("dvportgroup-9120", "pg-app", "120"))
    return "pg-app"
