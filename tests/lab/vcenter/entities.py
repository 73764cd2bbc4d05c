# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory objects other than hosts: folders, datacenters, clusters, resource pools, datastores, networks."""

from __future__ import annotations

from typing import Any

from ..world import Site
from .bindings import vim
from .managed import Node, prop


def escaped(name: str) -> str:
    """Entity names on the wire escape three characters (vSphere reference 5)."""
    return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")


class Entity(Node):
    """A named object of the inventory tree; `children` are what SearchIndex and views walk."""

    def __init__(self, vcenter: Any, moid: str, name: str, parent: Entity | None) -> None:
        super().__init__(vcenter, moid)
        self.name = name
        self.parent = parent
        self.children: list[Entity] = []
        if parent is not None:
            parent.children.append(self)

    @prop("name")
    def wire_name(self) -> str:
        return escaped(self.name)

    @prop("parent")
    def parent_ref(self) -> Any:
        return self.parent.ref if self.parent else None

    @prop("overallStatus", cached=False)
    def overall_status(self) -> str:
        return "green"

    @prop("configStatus")
    def config_status(self) -> str:
        return "green"

    @prop("alarmActionsEnabled")
    def alarm_actions(self) -> bool:
        return True

    @prop("recentTask", cached=False)
    def recent_task(self) -> list[Any]:
        return [t.ref for t in self.vcenter.inventory.tasks.of(self.ref)]

    def below(self) -> list[Entity]:
        found: list[Entity] = []
        for child in self.children:
            found.append(child)
            found.extend(child.below())
        return found


class Folder(Entity):
    vim_type = vim.Folder

    def __init__(self, vcenter: Any, moid: str, name: str, parent: Entity | None, child_types: tuple[str, ...]) -> None:
        super().__init__(vcenter, moid, name, parent)
        self._child_types = child_types

    @prop("childEntity")
    def child_entity(self) -> list[Any]:
        return [c.ref for c in self.children]

    @prop("childType")
    def child_type(self) -> list[str]:
        return list(self._child_types)


class Datacenter(Entity):
    vim_type = vim.Datacenter

    def __init__(self, vcenter: Any, moid: str, site: Site, parent: Entity) -> None:
        super().__init__(vcenter, moid, site.name, parent)
        self.site = site
        self.folders: dict[str, Folder] = {}

    @prop("vmFolder")
    def vm_folder(self) -> Any:
        return self.folders["vm"].ref

    @prop("hostFolder")
    def host_folder(self) -> Any:
        return self.folders["host"].ref

    @prop("datastoreFolder")
    def datastore_folder(self) -> Any:
        return self.folders["datastore"].ref

    @prop("networkFolder")
    def network_folder(self) -> Any:
        return self.folders["network"].ref

    @prop("datastore")
    def datastores(self) -> list[Any]:
        return [c.ref for c in self.folders["datastore"].children]

    @prop("network")
    def networks(self) -> list[Any]:
        return [c.ref for c in self.folders["network"].children if isinstance(c, (Network, OpaqueNetwork))]


class ComputeResource(Entity):
    """A cluster; children are its hosts."""

    vim_type = vim.ClusterComputeResource
    pool: ResourcePool

    @prop("host")
    def host_refs(self) -> list[Any]:
        return [c.ref for c in self.hosts()]

    def hosts(self) -> list[Entity]:
        return [c for c in self.children if c.vim_type is vim.HostSystem]

    @prop("resourcePool")
    def root_pool(self) -> Any:
        return self.pool.ref

    @prop("datastore")
    def datastores(self) -> list[Any]:
        return list(self.hosts()[0].read("datastore")) if self.hosts() else []

    @prop("network")
    def networks(self) -> list[Any]:
        return list(self.hosts()[0].read("network")) if self.hosts() else []

    @prop("summary")
    def summary(self) -> Any:
        hosts = self.hosts()
        usable = [h for h in hosts if h.read("runtime.connectionState") == "connected"]
        return vim.ClusterComputeResource.Summary(
            totalCpu=2 * 16 * 2400 * len(hosts),
            totalMemory=len(hosts) << 39,
            numCpuCores=32 * len(hosts),
            numCpuThreads=64 * len(hosts),
            effectiveCpu=32 * 2300 * len(usable),
            effectiveMemory=len(usable) * 500_000,
            numHosts=len(hosts),
            numEffectiveHosts=len(usable),
            overallStatus="green",
            numVmotions=0,
        )

    @prop("configuration")
    def configuration(self) -> Any:
        return vim.cluster.ConfigInfo(
            dasConfig=vim.cluster.DasConfigInfo(enabled=False), drsConfig=vim.cluster.DrsConfigInfo(enabled=True)
        )

    @prop("configurationEx")
    def configuration_ex(self) -> Any:
        return vim.cluster.ConfigInfoEx(
            dasConfig=vim.cluster.DasConfigInfo(enabled=False), drsConfig=vim.cluster.DrsConfigInfo(enabled=True)
        )


class StandAloneResource(ComputeResource):
    """What a host without cluster lives in."""

    vim_type = vim.ComputeResource

    @prop("summary")
    def summary(self) -> Any:
        return vim.ComputeResource.Summary(
            totalCpu=0,
            totalMemory=0,
            numCpuCores=0,
            numCpuThreads=0,
            effectiveCpu=0,
            effectiveMemory=0,
            numHosts=1,
            numEffectiveHosts=1,
            overallStatus="green",
        )

    @prop("configuration")
    def configuration(self) -> Any:
        return None

    @prop("configurationEx")
    def configuration_ex(self) -> Any:
        return vim.ComputeResource.ConfigInfo(vmSwapPlacement="vmDirectory")


class ResourcePool(Entity):
    vim_type = vim.ResourcePool

    @prop("owner")
    def owner(self) -> Any:
        above = self.parent
        while isinstance(above, ResourcePool):
            above = above.parent
        return above.ref if above else None

    @prop("resourcePool")
    def pools(self) -> list[Any]:
        return [c.ref for c in self.children]

    @prop("vm")
    def virtual_machines(self) -> list[Any]:
        return [m.ref for m in self.vcenter.inventory.machines.values() if m.pool_node is self]


class Datastore(Entity):
    vim_type = vim.Datastore

    def __init__(self, vcenter: Any, moid: str, name: str, site: Site, parent: Entity) -> None:
        super().__init__(vcenter, moid, name, parent)
        self.site = site

    @prop("vm")
    def virtual_machines(self) -> list[Any]:
        return [m.ref for m in self.vcenter.inventory.machines.values() if m.datastore_node is self]

    @prop("summary")
    def summary(self) -> Any:
        return vim.Datastore.Summary(
            datastore=self.ref,
            name=escaped(self.name),
            url=f"ds:///vmfs/volumes/{self.name}/",
            capacity=100 << 40,
            freeSpace=80 << 40,
            uncommitted=0,
            accessible=True,
            multipleHostAccess=True,
            type="VMFS",
            maintenanceMode="normal",
        )

    @prop("host")
    def mounts(self) -> list[Any]:
        return [
            vim.Datastore.HostMount(
                key=h.ref,
                mountInfo=vim.host.MountInfo(
                    path=f"/vmfs/volumes/{self.name}", accessMode="readWrite", mounted=True, accessible=True
                ),
            )
            for h in self.vcenter.inventory.hosts.values()
            if h.host.site is self.site
        ]


class Network(Entity):
    """A standard port group's name in one datacenter."""

    vim_type = vim.Network

    @prop("host")
    def host_refs(self) -> list[Any]:
        return [h.ref for h in self.vcenter.inventory.hosts.values() if self.ref in h.read("network")]

    @prop("vm")
    def virtual_machines(self) -> list[Any]:
        return [m.ref for m in self.vcenter.inventory.machines.values() if self in m.network_nodes]

    @prop("summary")
    def summary(self) -> Any:
        return vim.Network.Summary(network=self.ref, name=escaped(self.name), accessible=True, ipPoolName="")


class OpaqueNetwork(Network):
    vim_type = vim.OpaqueNetwork

    @prop("summary")
    def summary(self) -> Any:
        return vim.OpaqueNetwork.Summary(
            network=self.ref,
            name=escaped(self.name),
            accessible=True,
            ipPoolName="",
            opaqueNetworkId=self.name,
            opaqueNetworkType="nsx.LogicalSwitch",
        )
