# SPDX-License-Identifier: GPL-3.0-or-later
"""The source vCenter as an appliance needs it: its virtual machine, its trunk port group, its place."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..connection import Connection
from ..engine.errors import InvalidInput, Refused, refuse_if
from ..task import Task
from ..vsphere.appliances import content_library, machines, port_group
from ..vsphere.appliances.content_library import Order, Target, Template
from ..vsphere.appliances.inventory_tree import InventoryTree
from ..vsphere.appliances.machines import Machine
from ..vsphere.appliances.port_group import PortGroup, WantedPortGroup
from ..vsphere.appliances.rest import VCenterRest
from ..vsphere.client import VSphere
from ..vsphere.inventory import there_is
from ..vsphere.sdk import vim
from .appliance_options import Deployment, Placement

# In the annotation of every machine that is deployed here: only such a machine is ever removed.
MARK = "Deployed by hybridcloud.mobility"


@dataclass(frozen=True)
class Found:
    """What there is. ``networks`` are the names of the datacenter's networks, by object id."""

    machine: Machine | None
    trunk: PortGroup | None
    networks: Mapping[str, str]


class Site:
    """One datacenter, and one machine in it by name."""

    def __init__(self, server: VSphere, connection: Connection, placement: Placement, name: str, task: Task) -> None:
        self._server = server
        self._connection = connection
        self._placement = placement
        self._name = name
        self._redactor = task.redactor
        self._timeout = float(task.params["wait_timeout"])
        self._tree: InventoryTree | None = None
        self._datacenter: Any = None

    @property
    def address(self) -> str:
        return self._server.address

    def read(self, trunk: WantedPortGroup | None) -> Found:
        """Raises `InvalidInput` for names that are not there, or not unique."""
        problems: list[str] = []
        tree = InventoryTree.read(self._server)
        self._tree = tree
        self._datacenter = tree.one(vim.Datacenter, self._placement.datacenter, None, "datacenter", problems)
        refuse_if(problems)
        named = [ref for ref, name in tree.all(vim.VirtualMachine, self._datacenter).items() if name == self._name]
        if len(named) > 1:
            raise InvalidInput(
                f"{len(named)} virtual machines are called {self._name} in {self._placement.datacenter}; rename or "
                "remove all but one"
            )
        machine = machines.read_machine(self._server, named[0]) if named else None
        if machine and self._placement.folder and tree.name(tree.parent(machine.ref)) != self._placement.folder:
            raise InvalidInput(
                f"{self._name} exists in folder {tree.name(tree.parent(machine.ref))}, not in "
                f"{self._placement.folder}; move it, or name its folder"
            )
        networks = {str(ref._moId): name for ref, name in tree.all(vim.Network, self._datacenter).items()}
        return Found(machine, self._trunk(tree, trunk), networks)

    def _trunk(self, tree: InventoryTree, trunk: WantedPortGroup | None) -> PortGroup | None:
        if trunk is None:
            return None
        port_group.find_switch(tree, trunk.switch, self._datacenter)
        groups = port_group.read_port_groups(self._server, tree, [trunk.name], self._datacenter)
        elsewhere = [one for one in groups if one.switch_name != trunk.switch]
        if elsewhere:
            raise InvalidInput(f"port group {trunk.name} exists on {elsewhere[0].switch_name}, not on {trunk.switch}")
        return groups[0] if groups else None

    def target(self) -> Target:
        """Where a new machine goes. Raises `InvalidInput` with every name that is not there."""
        tree, placement, problems = self._known(), self._placement, list[str]()
        inside = self._datacenter
        folder = tree.folder_of_machines(inside)
        if placement.folder:
            folder = tree.one(vim.Folder, placement.folder, folder, "folder", problems)
        pool, host, datastore = None, None, None
        scope = inside
        if placement.cluster:
            scope = tree.one(vim.ComputeResource, placement.cluster, inside, "cluster", problems)
            pool = tree.property(scope, "resourcePool") if scope else None
        if placement.resource_pool and scope:
            pool = tree.one(vim.ResourcePool, placement.resource_pool, scope, "resource pool", problems)
        if placement.host and scope:
            host = tree.one(vim.HostSystem, placement.host, scope, "host", problems)
        if placement.datastore:
            datastore = tree.one(vim.Datastore, placement.datastore, inside, "datastore", problems)
        refuse_if(problems)
        return Target(_moid(pool), _moid(folder), _moid(host) or None, _moid(datastore) or None)

    def template(self, deployment: Deployment) -> Template:
        """What the library's template declares, asked with the place that the machine shall have."""
        with self._rest() as rest:
            item = content_library.find_template(rest, deployment.library_item, deployment.library_id)
            return content_library.read_template(rest, item, self.target())

    def deploy(self, template: Template, order: Order, predecessor: str) -> None:
        """``order.networks`` holds names; those made by this task exist by now. The machine is left switched off."""
        found = self.read(None)
        by_name = {name: moid for moid, name in found.networks.items()}
        missing = sorted({name for name in order.networks.values() if name not in by_name})
        if missing:
            raise InvalidInput(f"network {missing[0]} does not exist in {self._placement.datacenter}")
        networks = {network: by_name[name] for network, name in order.networks.items()}
        # The same for every repetition of this deployment, another one for a machine that takes another's place.
        words = [self.address, self._placement.datacenter, self._name, template.item, predecessor]
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(words)))
        with self._rest() as rest:
            content_library.deploy(
                rest,
                template,
                self.target(),
                Order(
                    order.name,
                    order.annotation,
                    networks,
                    order.properties,
                    order.accept_licence,
                    order.storage_provisioning,
                ),
                token=token,
                exists=self._moid_of_machine,
                timeout=self._timeout,
            )

    def switch_on(self) -> None:
        machine = self.read(None).machine
        if machine is None:
            raise Refused(f"{self._name} was deployed, but {self.address} no longer lists it")
        if not machine.powered_on:
            machines.switch_on(self._server, machine, self._timeout)

    def remove(self, machine: Machine) -> None:
        machines.remove(self._server, machine, self._timeout)

    def make_trunk(self, trunk: WantedPortGroup) -> None:
        switch = port_group.find_switch(self._known(), trunk.switch, self._datacenter)
        port_group.create_port_group(self._server, switch, trunk, self._timeout)

    def change_trunk(self, present: PortGroup, trunk: WantedPortGroup) -> None:
        port_group.change_port_group(self._server, present, trunk, self._timeout)

    def remove_trunk(self, present: PortGroup) -> None:
        port_group.remove_port_group(self._server, present, self._timeout)

    def find_port_group(self, name: str) -> PortGroup | None:
        """One of the datacenter's distributed port groups, after `read`."""
        groups = port_group.read_port_groups(self._server, self._known(), [name], self._datacenter)
        if len(groups) > 1:
            raise InvalidInput(f"{len(groups)} distributed port groups are called {name}; rename all but one")
        return groups[0] if groups else None

    def port_group(self, name: str) -> PortGroup:
        """One that must be there. Raises `InvalidInput` with those that are."""
        found = self.find_port_group(name)
        if found is None:
            known = self._known().all(vim.dvs.DistributedVirtualPortgroup, self._datacenter)
            where = self._placement.datacenter
            raise InvalidInput(f"distributed port group {name} does not exist in {where}; {there_is(known.values())}")
        return found

    def _moid_of_machine(self) -> str | None:
        machine = self.read(None).machine
        return machine.moid if machine else None

    def _rest(self) -> VCenterRest:
        # A deployment answers when it is done; until then nothing is heard of it.
        return VCenterRest(self._connection, self._redactor, answer_timeout=int(max(self._timeout, 60)))

    def _known(self) -> InventoryTree:
        if self._tree is None:
            raise ValueError("the inventory has not been read")
        return self._tree


def _moid(ref: Any) -> str:
    return "" if ref is None else str(ref._moId)
