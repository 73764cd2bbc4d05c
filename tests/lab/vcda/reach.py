# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a machine answers at its address from the source site's application network, wherever it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ..clouds import Cloud, CloudNic
from ..default_world import WEB, WEB_VLAN
from ..l2vpn import Reached, stretched
from ..world import VirtualMachine, World
from .places import VCENTER

SITE = "dc-a"


@dataclass(frozen=True)
class Reach:
    reachable: bool
    where: str | None
    """"source", or the name of a cloud."""
    address: str | None
    reason: str = ""

    def document(self) -> dict[str, object]:
        return asdict(self)


def reach(world: World, name: str) -> Reach:
    """KeyError for a machine that is nowhere."""
    here = [m for m in world.machines_of(VCENTER) if m.name == name]
    vms = [
        (cloud, vm)
        for cloud in world.clouds.values()
        for vm in cloud.vms.values()
        if vm.name == name and vm.machine in world.machines
    ]
    if not here and not vms:
        raise KeyError(f"no machine {name}")
    seen = [_in_cloud(world, cloud, nic, world.machines[vm.machine]) for cloud, vm in vms for nic in vm.nics]
    found = next((r for r in seen if r.reachable), None)
    running = next((m for m in here if m.powered_on), None)
    if running is None:
        return found or next(iter(seen), Reach(False, None, None, f"{name} is off at the source and in no cloud."))
    at_source = _at_source(world, running)
    if found is not None and found.address == at_source.address:
        return replace(at_source, reachable=False, reason=f"{name} runs at the source and in {found.where}.")
    return at_source


def _at_source(world: World, machine: VirtualMachine) -> Reach:
    key = next(g.key for s in world.sites[SITE].switches for g in s.port_groups if g.name == WEB)
    card = next((c for c in machine.cards if c.network == key), None)
    if card is None or card.address is None:
        return Reach(False, "source", None, f"{machine.name} has no address on {WEB}.")
    return Reach(True, "source", card.address)


def _in_cloud(world: World, cloud: Cloud, nic: CloudNic, machine: VirtualMachine) -> Reach:
    reached: list[Reached] = stretched(world, SITE, WEB)
    network = cloud.networks.get(nic.network or "")
    reason = ""
    if not machine.powered_on:
        reason = f"It is off at the source and in {cloud.name}."
    elif network is None or not nic.connected:
        reason = f"Network card {nic.index} is not connected in {cloud.name}."
    elif not any(r.cloud == cloud.name and r.network.id == network.id for r in reached):
        reason = f"No tunnel that is up stretches {WEB} to the network {network.name} of {cloud.name}."
    elif nic.address is None or not any(IPv4Address(nic.address) in s for s in _subnets(world)):
        reason = f"{nic.address or 'No address'} is not one of {WEB}'s subnet."
    return Reach(not reason, cloud.name, nic.address, reason)


def _subnets(world: World) -> list[IPv4Network]:
    return [IPv4Interface(r).network for r in world.sites[SITE].segment(str(WEB_VLAN)).routers]
