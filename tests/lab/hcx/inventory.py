# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manager sees of its vCenter, read live: networks, trees, datastores, switches (HCX reference 7.3 to 7.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, uuid5

from ..vcenter.bindings import wsdl_name
from ..vcenter.distributed import PortGroupNode, SwitchNode
from ..vcenter.entities import (
    ComputeResource,
    Datacenter,
    Datastore,
    Entity,
    Folder,
    Network,
    OpaqueNetwork,
    ResourcePool,
)
from ..vcenter.virtual_machines import VirtualMachineNode

if TYPE_CHECKING:
    from .manager import Manager

DISTRIBUTED, SEGMENT = "DistributedVirtualPortgroup", "NsxtSegment"
CLUSTER, SWITCH, TRANSPORT_ZONE = "ClusterComputeResource", "VmwareDistributedVirtualSwitch", "OVERLAY_STANDARD"
BACKING_TYPES = {
    "DISTRIBUTED_PORTGROUP": DISTRIBUTED,
    "OPAQUE_NETWORK": "OpaqueNetwork",
    "STANDARD_PORTGROUP": "Network",
}
"""The vCenter REST API's words, which HCX takes too (9)."""
OVERLAY_MTU = 8900


@dataclass(frozen=True)
class VisibleNetwork:
    entity_id: str
    name: str
    kind: str
    node: Network


@dataclass(frozen=True)
class VisibleSwitch:
    id: str
    name: str
    kind: str
    mtu: int


def everything(manager: Manager) -> list[Entity]:
    manager.vcenter.follow_world()
    return manager.vcenter.inventory.root.below()


def _upwards(entity: Entity) -> Iterator[Entity]:
    """The object, its parent, and so on to the root folder."""
    current: Entity | None = entity
    while current is not None:
        yield current
        current = current.parent


def datacenters(manager: Manager) -> list[Datacenter]:
    return [e for e in everything(manager) if isinstance(e, Datacenter)]


def clusters(manager: Manager) -> list[ComputeResource]:
    return [e for e in everything(manager) if wsdl_name(e.vim_type) == CLUSTER and isinstance(e, ComputeResource)]


def datacenter_of(entity: Entity) -> Datacenter:
    return next(e for e in _upwards(entity) if isinstance(e, Datacenter))


def networks(manager: Manager) -> Iterator[VisibleNetwork]:
    for node in everything(manager):
        if isinstance(node, PortGroupNode) and node.group.uplink:
            continue
        if isinstance(node, PortGroupNode) and node.group.nsx and manager.state.nsx_registered:
            as_path = manager.rules.hcx_segment_ids == "path"
            segment = f"/infra/segments/{node.name}" if as_path else node.moid
            yield VisibleNetwork(segment, node.name, SEGMENT, node)
        elif isinstance(node, PortGroupNode):
            yield VisibleNetwork(node.moid, node.name, DISTRIBUTED, node)
        elif isinstance(node, OpaqueNetwork):
            yield VisibleNetwork(node.moid, node.name, "OpaqueNetwork", node)
        elif isinstance(node, Network):
            yield VisibleNetwork(node.moid, node.name, "Network", node)


def network(manager: Manager, entity_id: str, kind: str | None) -> VisibleNetwork | None:
    """By id, and by type where one is given, in either vocabulary."""
    wanted = BACKING_TYPES.get(kind or "", kind)
    found = (n for n in networks(manager) if n.entity_id == entity_id)
    return next((n for n in found if wanted is None or n.kind == wanted), None)


def transport_zone(manager: Manager) -> VisibleSwitch | None:
    """The overlay of the registered NSX."""
    if not manager.state.nsx_registered:
        return None
    zone = str(uuid5(NAMESPACE_DNS, f"tz.{manager.name}.hcx.lab.example"))
    return VisibleSwitch(zone, "tz-overlay", TRANSPORT_ZONE, OVERLAY_MTU)


def switches(manager: Manager, cluster_ids: list[str] | None = None) -> list[VisibleSwitch]:
    """Of these clusters, or of all."""
    sites = {c.moid: datacenter_of(c).site for c in clusters(manager)}
    wanted = list(sites.values()) if cluster_ids is None else [s for m, s in sites.items() if m in cluster_ids]
    found = [
        VisibleSwitch(n.moid, n.name, SWITCH, n.switch.mtu)
        for n in everything(manager)
        if isinstance(n, SwitchNode) and n.site in wanted
    ]
    zone = transport_zone(manager)
    return [*found, *([zone] if zone and wanted else [])]


def datastores(manager: Manager, cluster_ids: list[str] | None = None) -> list[Datastore]:
    """Of these clusters, or of all."""
    if cluster_ids is None:
        return [e for e in everything(manager) if isinstance(e, Datastore)]
    refs = [r._moId for c in clusters(manager) if c.moid in cluster_ids for r in c.read("datastore") or []]
    return [e for e in everything(manager) if isinstance(e, Datastore) and e.moid in refs]


def pools(manager: Manager) -> list[ResourcePool]:
    found = []
    for cluster in clusters(manager):
        found.append(cluster.pool)
        found.extend(e for e in cluster.pool.below() if isinstance(e, ResourcePool))
    return found


def cluster_of_pool(pool: ResourcePool) -> ComputeResource:
    return next(e for e in _upwards(pool) if isinstance(e, ComputeResource))


def vm_folders(manager: Manager) -> list[Folder]:
    """The root folders for virtual machines, and those below."""
    found = []
    for datacenter in datacenters(manager):
        root = datacenter.folders["vm"]
        found += [root, *(e for e in root.below() if isinstance(e, Folder))]
    return found


def machines(manager: Manager) -> list[VirtualMachineNode]:
    return [e for e in everything(manager) if isinstance(e, VirtualMachineNode)]


def tree(manager: Manager) -> dict[str, Any]:
    """The vCenter with its datacenters and their clusters (7.4)."""
    uuid = manager.vcenter_uuid

    def item(entity_id: str, name: str, kind: str, children: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {"vcenter_instanceId": uuid, "entity_id": entity_id, "name": name, "entityType": kind}
        return found if children is None else found | {"children": children}

    children = [
        item(
            d.moid,
            d.name,
            "datacenter",
            [item(c.moid, c.name, CLUSTER) for c in clusters(manager) if datacenter_of(c) is d],
        )
        for d in datacenters(manager)
    ]
    return item(uuid, manager.vcenter_name, "vcenter", children)
