# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings machines, hosts and port groups of the world into a vCenter's inventory, and out when they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..world import Site, VirtualMachine
from . import inventory
from .distributed import PortGroupNode
from .entities import ComputeResource, Datacenter, Entity, Network, ResourcePool, StandAloneResource
from .virtual_machines import VirtualMachineNode

if TYPE_CHECKING:
    from .server import VCenterServer


class Population:
    """Looks only when something came or went since it last did."""

    def __init__(self, vcenter: VCenterServer) -> None:
        self._vcenter = vcenter
        self._seen: list[Any] = []

    def follow(self) -> None:
        world = self._vcenter.world
        sites = [s for s in world.sites.values() if s.vcenter == self._vcenter.name]
        now: list[Any] = [
            self._vcenter.inventory,
            world.machines,
            *(s.hosts for s in sites),
            *(s.switches for s in sites),
        ]
        if len(now) == len(self._seen) and all(a is b for a, b in zip(now, self._seen, strict=True)):
            return
        self._seen = now
        for site in sites:
            self._follow_switches(site)
        self._follow_hosts(sites)
        self._follow_machines([m for m in world.machines.values() if world.sites[m.site] in sites])

    def _follow_switches(self, site: Site) -> None:
        folder = self._datacenter(site).folders["network"]
        for switch in site.switches:
            node = self._vcenter.inventory.switches[switch.uuid]
            node.switch = switch
            present = {g.key: g for g in switch.port_groups}
            for shown in list(node.port_groups):
                if shown.moid in present:
                    shown.show(present.pop(shown.moid))
                else:
                    node.port_groups.remove(shown)
                    self._drop(shown)
            for group in present.values():
                self._vcenter.register(PortGroupNode(self._vcenter, group, node, folder))

    def _follow_hosts(self, sites: list[Site]) -> None:
        known = self._vcenter.inventory.hosts
        present = {h.name: h for s in sites for h in s.hosts}
        for name, node in list(known.items()):
            if present.get(name) is not node.host:
                del known[name]
                for manager in node.managers.values():
                    del self._vcenter.nodes[manager.moid]
                gone = node.parent if isinstance(node.parent, StandAloneResource) else node
                self._drop(gone)
        for host in present.values():
            if host.name not in known and host.cluster is None:
                inventory.add_stand_alone_host(self._vcenter, self._vcenter.inventory, host)
            elif host.name not in known:
                cluster = next(e for e in self._datacenter(host.site).below() if e.name == host.cluster)
                assert isinstance(cluster, ComputeResource)
                inventory.add_host(self._vcenter, self._vcenter.inventory, host, cluster)

    def _follow_machines(self, present: list[VirtualMachine]) -> None:
        known = self._vcenter.inventory.machines
        wanted = {m.uuid: m for m in present}
        moids = {uuid: node.moid for uuid, node in known.items()}
        for uuid, node in list(known.items()):
            if wanted.get(uuid) != node.machine:
                del known[uuid]
                self._drop(node)
        for uuid, machine in wanted.items():
            if uuid not in known:
                # One that only changed stays the object that it was.
                known[uuid] = self._add(machine, moids.get(uuid) or self._vcenter.inventory.numbers.next("vm-"))

    def _add(self, machine: VirtualMachine, moid: str) -> VirtualMachineNode:
        found = self._vcenter.inventory
        site = self._vcenter.world.sites[machine.site]
        host = found.hosts[machine.host]
        root = self._datacenter(site).folders["vm"]
        resource = host.parent
        assert isinstance(resource, ComputeResource)
        pools = [e for e in resource.pool.below() if isinstance(e, ResourcePool)]
        node = VirtualMachineNode(
            self._vcenter,
            moid,
            machine,
            next((f for f in root.below() if f.name == machine.folder), root),
            host,
            next((p for p in pools if p.name == machine.pool), resource.pool),
            found.datastores[site.name, machine.datastore],
            [self._network(site, c.network) for c in machine.cards],
        )
        self._vcenter.register(node)
        return node

    def _network(self, site: Site, network: str) -> Network:
        node = self._vcenter.nodes.get(network)
        return node if isinstance(node, PortGroupNode) else self._vcenter.inventory.networks[site.name, network]

    def _datacenter(self, site: Site) -> Datacenter:
        root = self._vcenter.inventory.root
        return next(n for n in root.children if isinstance(n, Datacenter) and n.site is site)

    def _drop(self, node: Entity) -> None:
        """With everything below it."""
        for gone in (node, *node.below()):
            self._vcenter.nodes.pop(gone.moid, None)
        if node.parent is not None:
            node.parent.children.remove(node)
