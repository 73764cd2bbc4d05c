# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a virtual machine of a template: where it goes, what it is connected to, its properties (21)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..world import NetworkCard, VappProperty, VirtualMachine
from .bindings import vim
from .distributed import PortGroupNode
from .entities import ComputeResource, Datacenter, Datastore, Entity, Folder, Network, ResourcePool
from .host_system import HostSystem
from .rest_gate import Refused
from .templates import Template

if TYPE_CHECKING:
    from .content_library import Specification, Target
    from .server import VCenterServer

Kind = TypeVar("Kind", bound=Entity)


@dataclass(frozen=True)
class Placement:
    datacenter: Datacenter
    pool: ResourcePool
    host: HostSystem
    folder: Folder


class Failed(Exception):
    """The deployment fails: an answer 200 whose `succeeded` is false."""

    def __init__(self, name: str, value: str, text: str) -> None:
        super().__init__(text)
        self.name, self.value = name, value


def place(server: VCenterServer, target: Target) -> Placement:
    """Refused for ids that this vCenter does not have, or that do not belong together."""
    pool = _node(server, ResourcePool, target.resource_pool_id)
    datacenter = next(e for e in _upwards(pool) if isinstance(e, Datacenter))
    resource = next(e for e in _upwards(pool) if isinstance(e, ComputeResource))
    folder = datacenter.folders["vm"]
    if target.folder_id is not None:
        folder = _node(server, Folder, target.folder_id)
        if datacenter.folders["vm"] not in _upwards(folder):
            raise Refused("INVALID_ARGUMENT", f"Folder {folder.name} is no folder for machines of {datacenter.name}.")
    hosts = [h for h in resource.hosts() if isinstance(h, HostSystem)]
    if target.host_id is not None:
        hosts = [_node(server, HostSystem, target.host_id)]
        if hosts[0].parent is not resource:
            raise Refused("INVALID_ARGUMENT", f"Host {hosts[0].name} is not in {resource.name}.")
    usable = [h for h in hosts if h.host.state.connection == "connected" and not h.host.state.maintenance]
    if not usable:
        raise Refused("INVALID_ARGUMENT", f"No host of {resource.name} can take the machine.")
    return Placement(datacenter, pool, usable[0], folder)


def deploy(server: VCenterServer, template: Template, target: Target, spec: Specification) -> dict[str, Any]:
    placement = place(server, target)
    datastore = _datastore(server, placement, spec.default_datastore_id)
    try:
        machine = _machine(server, template, placement, datastore, spec)
    except Failed as failure:
        return _answer(None, failure)
    server.world.add_machine(machine)
    return _answer(server.machine_id(machine.uuid), None)


def _machine(
    server: VCenterServer, template: Template, placement: Placement, datastore: Datastore, spec: Specification
) -> VirtualMachine:
    if not spec.accept_all_EULA:
        raise Failed("accept_all_EULA", "false", "The end user licence agreement has to be accepted.")
    name = spec.name or template.name
    if any(e.name == name for e in placement.folder.children):
        raise Failed("name", name, f"The name '{name}' already exists.")
    properties = _properties(server, template, spec)
    values = {p.id: p.value for p in properties}
    made = uuid.uuid4()
    digits = made.hex
    networks = _networks(server, template, placement, spec)
    cards = tuple(
        NetworkCard(
            node.moid if isinstance(node, PortGroupNode) else node.name,
            f"00:50:56:{0xB0 + number:02x}:{digits[:2]}:{digits[2:4]}",
            template.address(network, values),
        )
        for number, (network, node) in enumerate(networks.items())
    )
    root = placement.datacenter.folders["vm"]
    return VirtualMachine(
        name,
        str(made),
        placement.datacenter.site.name,
        placement.host.name,
        datastore.name,
        "" if placement.folder is root else placement.folder.name,
        placement.pool.name if isinstance(placement.pool.parent, ResourcePool) else "",
        cards,
        template.cpus,
        template.memory_mb,
        template.annotation if spec.annotation is None else spec.annotation,
        powered_on=False,
        disk_gb=template.disk_gb,
        template=template.name,
        properties=properties,
    )


def _properties(server: VCenterServer, template: Template, spec: Specification) -> tuple[VappProperty, ...]:
    given = {p.id: p.value for structure in spec.additional_parameters for p in structure.properties}
    for property_id, value in given.items():
        if template.declared(property_id) is None:
            raise Failed("additional_parameters", property_id, f"The template has no property {property_id}.")
        if "\n" in value:
            raise Failed("additional_parameters", property_id, f"{property_id} is one line.")
    for declared in template.properties:
        value = given.get(declared.id, declared.default)
        problem = declared.problem(value)
        if problem and (value or server.rules.ovf_missing_property == "refuse"):
            raise Failed("additional_parameters", declared.id, problem)
    return tuple(
        VappProperty(p.id, p.type, given.get(p.id, p.default), p.label, p.category, p.default)
        for p in template.properties
    )


def _networks(
    server: VCenterServer, template: Template, placement: Placement, spec: Specification
) -> dict[str, Network]:
    """By their names in the template."""
    there = [n for n in placement.datacenter.folders["network"].children if isinstance(n, Network)]
    usable = [n for n in there if not (isinstance(n, PortGroupNode) and n.group.uplink)]
    for name in spec.network_mappings:
        if name not in template.networks:
            raise Failed("network_mappings", name, f"The template has no network {name}.")
    found = {}
    for name in template.networks:
        moid = spec.network_mappings.get(name)
        if moid is None and server.rules.ovf_unmapped_network == "refuse":
            raise Failed("network_mappings", name, f"Network {name} is not mapped.")
        node = next((n for n in usable if moid in (None, n.moid)), None)
        if node is None:
            raise Failed("network_mappings", str(moid), f"Network {moid} is not in {placement.datacenter.name}.")
        found[name] = node
    return found


def _datastore(server: VCenterServer, placement: Placement, moid: str | None) -> Datastore:
    there = [d for d in placement.datacenter.folders["datastore"].children if isinstance(d, Datastore)]
    if moid is None:
        return there[0]
    found = _node(server, Datastore, moid)
    if found not in there:
        raise Refused("INVALID_ARGUMENT", f"Datastore {found.name} is not in {placement.datacenter.name}.")
    return found


def _node(server: VCenterServer, kind: type[Kind], moid: str) -> Kind:
    node = server.nodes.get(moid)
    if not isinstance(node, kind):
        raise Refused("NOT_FOUND", f"{kind.vim_type.__name__.rpartition('.')[2]} {moid} was not found.")
    return node


def _upwards(entity: Entity) -> list[Entity]:
    """The object itself, its parent, and so on."""
    found: list[Entity] = []
    current: Entity | None = entity
    while current is not None:
        found.append(current)
        current = current.parent
    return found


def _answer(moid: str | None, failure: Failed | None) -> dict[str, Any]:
    errors = []
    if failure is not None:
        message = {"id": "com.vmware.ovfs.ovfs-main.ovfs.lab", "default_message": str(failure), "args": []}
        errors = [{"category": "INPUT", "name": failure.name, "value": failure.value, "message": message, "issues": []}]
    found: dict[str, Any] = {
        "succeeded": failure is None,
        "error": {"errors": errors, "warnings": [], "information": []},
    }
    if moid is not None:
        found["resource_id"] = {"type": vim.VirtualMachine.__name__.rpartition(".")[2], "id": moid}
    return found
