# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory below its root, found by names: where an appliance may be placed. (vSphere reference 4, 5)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..client import Properties, VSphere
from ..inventory import display_name, there_is
from ..sdk import vim, vmodl


class InventoryTree:
    """Objects by kind and name, inside one another; every question answers with an object or adds a problem."""

    def __init__(self, objects: Mapping[Any, Properties]) -> None:
        self._objects = objects

    @classmethod
    def read(cls, server: VSphere) -> InventoryTree:
        """One bulk read, whatever the size of the inventory."""
        return cls({ref: props for ref, props, _missing in server.retrieve([_spec(server)])})

    def one(self, kind: Any, name: str, within: Any, label: str, problems: list[str]) -> Any:
        """The object of this kind and name below ``within`` (None: anywhere); None with a problem added."""
        there = self.all(kind, within)
        found = [ref for ref, known in there.items() if known == name]
        if len(found) == 1:
            return found[0]
        where = "here" if within is None else f"in {self.name(within)}"
        if found:
            problems.append(f"{label} {name} is not unique {where}")
        else:
            problems.append(f"{label} {name} does not exist {where}; {there_is(there.values())}")
        return None

    def all(self, kind: Any, within: Any = None) -> dict[Any, str]:
        """Objects of this kind by name."""
        return {
            ref: self.name(ref)
            for ref in self._objects
            if isinstance(ref, kind) and (within is None or within in self._above(ref))
        }

    def name(self, ref: Any) -> str:
        return display_name(self._objects[ref]["name"])

    def parent(self, ref: Any) -> Any:
        return self._objects[ref].get("parent")

    def property(self, ref: Any, path: str) -> Any:
        return self._objects[ref].get(path)

    def folder_of_machines(self, datacenter: Any) -> Any:
        return self._objects[datacenter]["vmFolder"]

    def _above(self, ref: Any) -> list[Any]:
        chain = []
        parent = self._objects[ref].get("parent")
        while parent is not None:
            chain.append(parent)
            parent = self._objects.get(parent, {}).get("parent")
        return chain


def _spec(server: VSphere) -> Any:
    collector = vmodl.query.PropertyCollector

    def walk(name: str, kind: Any, path: str, then: Iterable[str]) -> Any:
        select = [collector.SelectionSpec(name=following) for following in then]
        return collector.TraversalSpec(name=name, type=kind, path=path, skip=False, selectSet=select)

    folders = ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder")
    walks = [
        walk("folder", vim.Folder, "childEntity", ["folder", *folders, "hosts", "pools", "pools of pool"]),
        *(walk(path, vim.Datacenter, path, ["folder"]) for path in folders),
        walk("hosts", vim.ComputeResource, "host", []),
        walk("pools", vim.ComputeResource, "resourcePool", ["pools of pool"]),
        walk("pools of pool", vim.ResourcePool, "resourcePool", ["pools of pool"]),
    ]
    placed = ["name", "parent"]
    paths = {
        vim.Folder: placed,
        vim.Datacenter: [*placed, "vmFolder"],
        vim.ComputeResource: [*placed, "resourcePool", "datastore"],
        vim.ResourcePool: placed,
        vim.HostSystem: placed,
        vim.Datastore: placed,
        vim.Network: placed,
        vim.DistributedVirtualSwitch: placed,
        vim.VirtualMachine: placed,
    }
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=server.root_folder, skip=False, selectSet=walks)],
        propSet=[collector.PropertySpec(type=kind, pathSet=wanted, all=False) for kind, wanted in paths.items()],
    )
