# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds one vCenter's managed objects from the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from ..world import Host, Site
from .bindings import vim
from .distributed import PortGroupNode, SwitchNode
from .entities import (
    ComputeResource,
    Datacenter,
    Datastore,
    Folder,
    Network,
    OpaqueNetwork,
    ResourcePool,
    StandAloneResource,
)
from .esxcli import MethodExecuter
from .host_facts import HOST_SETTINGS
from .host_system import HostSystem
from .managed import Node
from .network_system import NetworkSystem
from .property_collector import PropertyCollector
from .search_index import SearchIndex
from .service import (
    AuthorizationManager,
    CustomFieldsManager,
    OptionManager,
    ServiceInstance,
    SessionManager,
    placeholder,
)
from .tasks import TaskManager, Tasks
from .views import ViewManager
from .virtual_machines import VirtualMachineNode
from .vnic_manager import VirtualNicManager
from .vsan import VsanSystem

if TYPE_CHECKING:
    from .server import VCenterServer

SETTINGS = {
    "VirtualCenter.FQDN": "localhost",
    "config.vpxd.network.rollback": "true",
    "vpxd.certmgmt.mode": "vmca",
}
PLACEHOLDERS = {
    "alarmManager": (vim.alarm.AlarmManager, "AlarmManager"),
    "certificateManager": (vim.CertificateManager, "certificateManager"),
    "customizationSpecManager": (vim.CustomizationSpecManager, "CustomizationSpecManager"),
    "diagnosticManager": (vim.DiagnosticManager, "DiagMgr"),
    "dvSwitchManager": (vim.dvs.DistributedVirtualSwitchManager, "DVSManager"),
    "eventManager": (vim.event.EventManager, "EventManager"),
    "extensionManager": (vim.ExtensionManager, "ExtensionManager"),
    "fileManager": (vim.FileManager, "FileManager"),
    "ipPoolManager": (vim.IpPoolManager, "IpPoolManager"),
    "licenseManager": (vim.LicenseManager, "LicenseManager"),
    "ovfManager": (vim.OvfManager, "OvfManager"),
    "perfManager": (vim.PerformanceManager, "PerfMgr"),
    "scheduledTaskManager": (vim.scheduler.ScheduledTaskManager, "ScheduledTaskManager"),
    "storageResourceManager": (vim.StorageResourceManager, "StorageResourceManager"),
    "userDirectory": (vim.UserDirectory, "UserDirectory"),
    "virtualDiskManager": (vim.VirtualDiskManager, "virtualDiskManager"),
    "vmProvisioningChecker": (vim.vm.check.ProvisioningChecker, "ProvChecker"),
}


class Numbers:
    """Object ids as vCenter numbers them: one counter for all kinds."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, prefix: str) -> str:
        self._last += 1
        return f"{prefix}{self._last}"


@dataclass(eq=False)
class Inventory:
    """The objects of one vCenter under the names by which others look them up."""

    root: Folder
    tasks: Tasks
    numbers: Numbers
    created: datetime
    managers: dict[str, Node] = field(default_factory=dict)
    """By their name in ServiceContent."""
    hosts: dict[str, HostSystem] = field(default_factory=dict)
    """By host name."""
    datastores: dict[tuple[str, str], Datastore] = field(default_factory=dict)
    """By site and name."""
    machines: dict[str, VirtualMachineNode] = field(default_factory=dict)
    """By uuid."""
    networks: dict[tuple[str, str], Network] = field(default_factory=dict)
    """Standard and opaque ones, by site and name."""
    switches: dict[str, SwitchNode] = field(default_factory=dict)
    """By uuid."""


Kept = TypeVar("Kept", bound=Node)


def build(vcenter: VCenterServer) -> Inventory:
    numbers = Numbers()
    root = _keep(vcenter, Folder(vcenter, numbers.next("group-d"), "Datacenters", None, ("Folder", "Datacenter")))
    inventory = Inventory(root, Tasks(vcenter), numbers, vcenter.shared.clock.utc(), _managers(vcenter))
    for site in vcenter.world.sites.values():
        if site.vcenter == vcenter.name:
            _datacenter(vcenter, inventory, site)
    return inventory


def _keep(vcenter: VCenterServer, node: Kept) -> Kept:
    vcenter.register(node)
    return node


def _managers(vcenter: VCenterServer) -> dict[str, Node]:
    managers = {
        "propertyCollector": PropertyCollector(vcenter, "propertyCollector"),
        "viewManager": ViewManager(vcenter, "ViewManager"),
        "sessionManager": SessionManager(vcenter, "SessionManager"),
        "searchIndex": SearchIndex(vcenter, "SearchIndex"),
        "setting": OptionManager(vcenter, "VpxSettings", dict(SETTINGS)),
        "authorizationManager": AuthorizationManager(vcenter, "AuthorizationManager"),
        "taskManager": TaskManager(vcenter, "TaskManager"),
        "customFieldsManager": CustomFieldsManager(vcenter, "CustomFieldsManager"),
        **{name: placeholder(kind, vcenter, moid) for name, (kind, moid) in PLACEHOLDERS.items()},
    }
    for node in managers.values():
        vcenter.register(node)
    _keep(vcenter, ServiceInstance(vcenter, "ServiceInstance"))
    return managers


def _datacenter(vcenter: VCenterServer, inventory: Inventory, site: Site) -> None:
    datacenter = _keep(vcenter, Datacenter(vcenter, inventory.numbers.next("datacenter-"), site, inventory.root))
    kinds = (
        ("vm", "group-v", ("Folder", "VirtualMachine", "VirtualApp")),
        ("host", "group-h", ("Folder", "ComputeResource")),
        ("datastore", "group-s", ("Folder", "Datastore", "StoragePod")),
        ("network", "group-n", ("Folder", "Network", "DistributedVirtualSwitch")),
    )
    for name, prefix, types in kinds:
        datacenter.folders[name] = _keep(
            vcenter, Folder(vcenter, inventory.numbers.next(prefix), name, datacenter, types)
        )
    for name in site.datastores:
        inventory.datastores[site.name, name] = _keep(
            vcenter,
            Datastore(vcenter, inventory.numbers.next("datastore-"), name, site, datacenter.folders["datastore"]),
        )
    folder = datacenter.folders["network"]
    for switch in site.switches:
        node = _keep(vcenter, SwitchNode(vcenter, inventory.numbers.next("dvs-"), site, switch, folder))
        inventory.switches[switch.uuid] = node
        for group in switch.port_groups:
            _keep(vcenter, PortGroupNode(vcenter, group, node, folder))
    for name in site.opaque_networks:
        inventory.networks[site.name, name] = _keep(
            vcenter, OpaqueNetwork(vcenter, inventory.numbers.next("network-o"), name, folder)
        )
    for name in dict.fromkeys(p.name for h in site.hosts for p in h.state.port_groups):
        inventory.networks[site.name, name] = _keep(
            vcenter, Network(vcenter, inventory.numbers.next("network-"), name, folder)
        )
    for cluster in site.clusters:
        _cluster(vcenter, inventory, site, cluster, datacenter.folders["host"])
    for name in site.folders:
        root = datacenter.folders["vm"]
        _keep(vcenter, Folder(vcenter, inventory.numbers.next("group-v"), name, root, kinds[0][2]))


def _cluster(vcenter: VCenterServer, inventory: Inventory, site: Site, name: str, folder: Folder) -> None:
    cluster = _keep(vcenter, ComputeResource(vcenter, inventory.numbers.next("domain-c"), name, folder))
    cluster.pool = _keep(vcenter, ResourcePool(vcenter, inventory.numbers.next("resgroup-"), "Resources", cluster))
    for pool in site.pools:
        _keep(vcenter, ResourcePool(vcenter, inventory.numbers.next("resgroup-"), pool, cluster.pool))
    for host in site.hosts:
        if host.cluster == name:
            add_host(vcenter, inventory, host, cluster)


def add_stand_alone_host(vcenter: VCenterServer, inventory: Inventory, host: Host) -> None:
    """A host that is in no cluster has a ComputeResource of its own name (vSphere reference 5)."""
    folder = next(
        n.folders["host"] for n in inventory.root.children if isinstance(n, Datacenter) and n.site is host.site
    )
    resource = _keep(vcenter, StandAloneResource(vcenter, inventory.numbers.next("domain-s"), host.name, folder))
    resource.pool = _keep(vcenter, ResourcePool(vcenter, inventory.numbers.next("resgroup-"), "Resources", resource))
    for group in host.state.port_groups:
        add_network(vcenter, host.site, group.name)
    add_host(vcenter, inventory, host, resource)


def add_host(vcenter: VCenterServer, inventory: Inventory, host: Host, cluster: ComputeResource) -> None:
    node = _keep(vcenter, HostSystem(vcenter, inventory.numbers.next("host-"), host, cluster))
    inventory.hosts[host.name] = node
    number = node.moid.partition("-")[2]
    node.managers = {
        "networkSystem": NetworkSystem(vcenter, f"networkSystem-{number}", host),
        "virtualNicManager": VirtualNicManager(vcenter, f"virtualNicManager-{number}", host),
        "vsanSystem": VsanSystem(vcenter, f"vsanSystem-{number}", host),
        "executer": MethodExecuter(vcenter, f"ManagedMethodExecuter-{number}", host),
        "certificateManager": placeholder(vim.host.CertificateManager, vcenter, f"certificateManager-{number}"),
        "advancedOption": OptionManager(vcenter, f"EsxHostAdvSettings-{number}", dict(HOST_SETTINGS)),
        "serviceSystem": placeholder(vim.host.ServiceSystem, vcenter, f"serviceSystem-{number}"),
        "firewallSystem": placeholder(vim.host.FirewallSystem, vcenter, f"firewallSystem-{number}"),
        "vmotionSystem": placeholder(vim.host.VMotionSystem, vcenter, f"vmotionSystem-{number}"),
        "storageSystem": placeholder(vim.host.StorageSystem, vcenter, f"storageSystem-{number}"),
        "datastoreSystem": placeholder(vim.host.DatastoreSystem, vcenter, f"datastoreSystem-{number}"),
        "dateTimeSystem": placeholder(vim.host.DateTimeSystem, vcenter, f"dateTimeSystem-{number}"),
    }
    for manager in node.managers.values():
        vcenter.register(manager)


def add_network(vcenter: VCenterServer, site: Site, name: str) -> None:
    """A standard port group name that a datacenter did not have yet becomes a Network."""
    inventory = vcenter.inventory
    if (site.name, name) in inventory.networks:
        return
    folder = next(n.folders["network"] for n in inventory.root.children if isinstance(n, Datacenter) and n.site is site)
    made = Network(vcenter, inventory.numbers.next("network-"), name, folder)
    inventory.networks[site.name, name] = _keep(vcenter, made)
