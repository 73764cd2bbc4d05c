# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a task means, and the names of the distributed port groups they may use: one read of the inventory tree.

(vSphere reference 4, 5)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..engine.errors import InvalidInput, refuse_if
from .client import Properties, VSphere
from .sdk import vim, vmodl


@dataclass(frozen=True)
class Selection:
    """The hosts a user means. Clusters, folders and hosts add up; a datacenter narrows all of them."""

    datacenter: str | None
    clusters: tuple[str, ...]
    folders: tuple[str, ...]
    hosts: tuple[str, ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Selection:
        selection = cls(
            datacenter=params["datacenter"],
            clusters=tuple(params["clusters"] or ()),
            folders=tuple(params["folders"] or ()),
            hosts=tuple(params["hosts"] or ()),
        )
        if not (selection.datacenter or selection.clusters or selection.folders or selection.hosts):
            raise InvalidInput("no hosts are selected; give at least one of datacenter, clusters, folders, hosts")
        return selection


@dataclass(frozen=True)
class DistributedPortgroup:
    """``key`` is the port group's own key; the switch is known by its UUID on every host."""

    key: str
    name: str
    switch: str
    switch_uuid: str


@dataclass(frozen=True)
class Place:
    """Where a host stands in the inventory; cluster is None for a stand-alone host."""

    datacenter: str
    cluster: str | None


@dataclass(frozen=True)
class Inventory:
    """The selected hosts (reference and place) and all distributed port groups by key."""

    hosts: Mapping[Any, Place]
    portgroups: Mapping[str, DistributedPortgroup]


def read_inventory(server: VSphere, selection: Selection) -> Inventory:
    """One bulk read, whatever the size of the inventory. Raises `InvalidInput` naming everything that is not found."""
    tree = {ref: props for ref, props, _missing in server.retrieve([_tree_spec(server, bool(selection.hosts))])}
    return Inventory(_Tree(tree).select(selection), _portgroups(tree))


def _tree_spec(server: VSphere, with_hosts: bool) -> Any:
    collector = vmodl.query.PropertyCollector

    def walk(name: str, kind: Any, path: str, then: Iterable[str]) -> Any:
        select = [collector.SelectionSpec(name=following) for following in then]
        return collector.TraversalSpec(name=name, type=kind, path=path, skip=False, selectSet=select)

    below_folder = ["folder", "hosts of datacenter", "networks of datacenter"]
    walks = [
        walk("hosts of datacenter", vim.Datacenter, "hostFolder", ["folder"]),
        walk("networks of datacenter", vim.Datacenter, "networkFolder", ["folder"]),
    ]
    paths = {
        vim.Folder: ["name", "parent"],
        vim.Datacenter: ["name", "parent"],
        vim.ComputeResource: ["name", "parent", "host"],
        vim.DistributedVirtualSwitch: ["name", "uuid"],
        vim.dvs.DistributedVirtualPortgroup: ["name", "key", "config.distributedVirtualSwitch", "config.uplink"],
    }
    if with_hosts:
        # Names of hosts are needed only to find hosts by name; otherwise they come with the hosts' own facts.
        below_folder.append("hosts")
        walks.append(walk("hosts", vim.ComputeResource, "host", []))
        paths[vim.HostSystem] = ["name"]
    walks.append(walk("folder", vim.Folder, "childEntity", below_folder))
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=server.root_folder, skip=False, selectSet=walks)],
        propSet=[collector.PropertySpec(type=kind, pathSet=wanted, all=False) for kind, wanted in paths.items()],
    )


def _portgroups(tree: Mapping[Any, Properties]) -> dict[str, DistributedPortgroup]:
    switches = {ref: props for ref, props in tree.items() if isinstance(ref, vim.DistributedVirtualSwitch)}
    found = {}
    for ref, props in tree.items():
        switch = switches.get(props.get("config.distributedVirtualSwitch"))
        if isinstance(ref, vim.dvs.DistributedVirtualPortgroup) and switch and not props.get("config.uplink"):
            name, owner = display_name(props["name"]), display_name(switch["name"])
            found[props["key"]] = DistributedPortgroup(props["key"], name, owner, switch["uuid"])
    return found


def display_name(escaped: str) -> str:
    """Names come with slash, backslash and percent escaped as in a URL. (vSphere reference 5)"""
    return unquote(escaped)


class _Tree:
    """The inventory tree, searched by names."""

    def __init__(self, tree: Mapping[Any, Properties]) -> None:
        self._tree = tree

    def select(self, selection: Selection) -> dict[Any, Place]:
        problems: list[str] = []
        scope = None
        if selection.datacenter:
            scope = self._one("datacenter", selection.datacenter, vim.Datacenter, None, problems)
            refuse_if(problems)
        wanted: dict[Any, Place] = {}
        for cluster in selection.clusters:
            found = self._one("cluster", cluster, vim.ClusterComputeResource, scope, problems)
            wanted |= self._members([found] if found else [])
        for folder in selection.folders:
            found = self._one("folder", folder, vim.Folder, scope, problems)
            wanted |= self._members([ref for ref in self._compute(scope) if found in self._above(ref)] if found else [])
        in_scope = self._members(self._compute(scope))
        if selection.hosts:
            wanted |= self._named(selection.hosts, in_scope, self._in(scope), problems)
        elif not (selection.clusters or selection.folders):
            wanted = in_scope
        refuse_if(problems)
        if not wanted:
            raise InvalidInput("the selected datacenter, clusters and folders hold no host")
        return wanted

    def _one(self, what: str, name: str, kind: Any, scope: Any, problems: list[str]) -> Any:
        named = {ref: display_name(props["name"]) for ref, props in self._tree.items() if isinstance(ref, kind)}
        there = {ref: n for ref, n in named.items() if scope is None or scope in self._above(ref)}
        found = [ref for ref, n in there.items() if n == name]
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(sorted(self._path(ref) for ref in found))
            problems.append(f"{what} {name} is not unique: {paths}; name the datacenter as well")
        else:
            problems.append(f"{what} {name} does not exist {self._in(scope)}; {there_is(there.values())}")
        return None

    def _named(
        self, names: Sequence[str], in_scope: Mapping[Any, Place], where: str, problems: list[str]
    ) -> dict[Any, Place]:
        hosts = {ref: display_name(self._tree[ref]["name"]) for ref in in_scope}
        chosen = {}
        for name in names:
            found = [ref for ref, known in hosts.items() if same_host(name, known, exactly=True)]
            found = found or [ref for ref, known in hosts.items() if same_host(name, known)]
            if len(found) == 1:
                chosen[found[0]] = in_scope[found[0]]
            elif found:
                which = ", ".join(sorted(hosts[ref] for ref in found))
                problems.append(f"host {name} is not unique: {which}; give the full name")
            else:
                problems.append(f"host {name} does not exist {where}; {there_is(hosts.values())}")
        return chosen

    def _in(self, scope: Any) -> str:
        return "here" if scope is None else f"in {display_name(self._tree[scope]['name'])}"

    def _compute(self, scope: Any) -> list[Any]:
        resources = [ref for ref in self._tree if isinstance(ref, vim.ComputeResource)]
        return [ref for ref in resources if scope is None or scope in self._above(ref)]

    def _members(self, resources: Iterable[Any]) -> dict[Any, Place]:
        members: dict[Any, Place] = {}
        for resource in resources:
            datacenter = next(ref for ref in self._above(resource) if isinstance(ref, vim.Datacenter))
            cluster = self._tree[resource]["name"] if isinstance(resource, vim.ClusterComputeResource) else None
            place = Place(
                display_name(self._tree[datacenter]["name"]), display_name(cluster) if cluster is not None else None
            )
            members |= dict.fromkeys(self._tree[resource].get("host", []), place)
        return members

    def _above(self, ref: Any) -> list[Any]:
        chain = []
        parent = self._tree[ref].get("parent")
        while parent is not None:
            chain.append(parent)
            parent = self._tree.get(parent, {}).get("parent")
        return chain

    def _path(self, ref: Any) -> str:
        chain = [display_name(self._tree[up]["name"]) for up in reversed(self._above(ref)[:-1])]
        return "/" + "/".join([*chain, display_name(self._tree[ref]["name"])])


def same_host(written: str, known: str, *, exactly: bool = False) -> bool:
    """Host names are compared without case; a short name means the host whose first label it is."""
    if written.lower() == known.lower():
        return True
    return not exactly and "." not in written and known.lower().split(".")[0] == written.lower()


def there_is(names: Iterable[str], most: int = 10) -> str:
    """What exists, for a person who named something that does not."""
    listed = sorted(set(names))
    shown = ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
    return f"there is: {shown or 'none'}"
