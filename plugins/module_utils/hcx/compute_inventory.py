# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters, pools, datastores, folders and switches of the local site by name. (HCX reference 7.4, 7.5, 7.7)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .client import API, Hcx
from .inventory import Inventory

CLUSTER, POOL = "ClusterComputeResource", "ResourcePool"


@dataclass(frozen=True)
class Thing:
    """Something of the inventory: two are the same when their ids are."""

    id: str
    name: str
    type: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id


class ComputeInventory:
    """What compute profiles are made of. Each list is asked for once, when it is first needed."""

    def __init__(self, hcx: Hcx, site: Inventory) -> None:
        self._hcx = hcx
        self._site = site

    @cached_property
    def _tree(self) -> list[tuple[Thing, list[Thing]]]:
        """Datacenters with their clusters."""
        roots = self._hcx.ask(f"{API}/service/inventory/vc/list", {})["data"]["items"]
        datacenters = [child for root in roots for child in root.get("children") or []]
        return [(_thing(item), [_thing(child) for child in item.get("children") or []]) for item in datacenters]

    def clusters(self, names: Iterable[str], datacenter: str | None, problems: list[str]) -> tuple[Thing, ...]:
        scope = [(found, inside) for found, inside in self._tree if datacenter in (None, found.name, found.id)]
        if datacenter and not scope:
            known = ", ".join(sorted(found.name for found, _inside in self._tree))
            problems.append(f"datacenter {datacenter} does not exist here; there is: {known or 'none'}")
            return ()
        usable = [cluster for _found, inside in scope for cluster in inside if cluster.type == CLUSTER]
        return resolve("cluster", names, usable, problems)

    def datastores(self, names: Iterable[str], clusters: Sequence[Thing], problems: list[str]) -> tuple[Thing, ...]:
        return resolve("datastore", names, self._of_clusters("datastores", clusters), problems)

    def switches(self, names: Iterable[str], clusters: Sequence[Thing], problems: list[str]) -> tuple[Thing, ...]:
        """Distributed switches and NSX transport zones that the clusters reach."""
        return resolve("switch", names, self._of_clusters("dvs", clusters), problems)

    def folder(self, name: str, datacenter: str | None, problems: list[str]) -> Thing | None:
        usable = self._containers_in("folder", "Folder", datacenter)
        return next(iter(resolve("folder", [name], usable, problems)), None)

    def resource_pool(self, name: str, datacenter: str | None, problems: list[str]) -> Thing | None:
        usable = self._containers_in("resourcePool", POOL, datacenter)
        return next(iter(resolve("resource pool", [name], usable, problems)), None)

    def cluster_of(self, pool: Thing) -> Thing | None:
        """The cluster that a resource pool is part of."""
        clusters = {cluster.id: cluster for _datacenter, inside in self._tree for cluster in inside}
        return next((clusters[place] for place in self._places_of(pool.id) if place in clusters), None)

    def _of_clusters(self, kind: str, clusters: Sequence[Thing]) -> list[Thing]:
        body = {
            "filter": {
                "computeType": CLUSTER,
                "vcenter_instanceId": self._site.vcenter_uuid,
                "computeIds": sorted(cluster.id for cluster in clusters),
            }
        }
        items = self._hcx.ask(f"{API}/service/inventory/vc/{kind}/query", body)["data"]["items"]
        return [_thing(item) for item in items]

    @cached_property
    def _containers(self) -> dict[str, Mapping[str, Any]]:
        """Folders and resource pools by id."""
        # The site is named in both places in which public clients put it. (HCX reference 7.7)
        site = {"endpointId": self._site.endpoint_id}
        kinds = ["folder", "resourcePool"]
        body = {"filter": {"cloud": site, **site, "entityType": kinds}, "options": {"compat": 2.1}}
        items = self._hcx.ask(f"{API}/service/inventory/containers", body)["data"]["items"]
        return {item["entity_id"]: item for item in items}

    def _containers_in(self, listed_as: str, kind: str, datacenter: str | None) -> list[Thing]:
        """Profiles call the kinds otherwise than this list does."""
        found = [item for item in self._containers.values() if item["entityType"] == listed_as]
        if datacenter is not None:
            scope = {place.id for dc, inside in self._tree if datacenter in (dc.name, dc.id) for place in (dc, *inside)}
            found = [item for item in found if scope.intersection(self._places_of(item["entity_id"]))]
        return [Thing(item["entity_id"], item["name"], kind) for item in found]

    def _places_of(self, container: str) -> Iterator[str]:
        """The ids of everything above a container, as far as the list tells."""
        here = self._containers.get(container)
        while here is not None and here.get("parent"):
            above = str(here["parent"]["value"])
            yield above
            here = self._containers.get(above)


def _thing(item: Mapping[str, Any]) -> Thing:
    """Families of calls differ in how they spell the id and the type. (HCX reference 7.5)"""
    identity = item.get("entity_id") or item.get("id") or ""
    kind = item.get("entityType") or item.get("entity_type") or item.get("type") or ""
    return Thing(str(identity), str(item.get("name") or ""), str(kind))


def resolve(what: str, names: Iterable[str], usable: Sequence[Thing], problems: list[str]) -> tuple[Thing, ...]:
    """Each name, or id, as exactly one thing; a problem with the candidates otherwise."""
    return tuple(found for name in names for found in _one(what, name, usable, problems))


def _one(what: str, name: str, usable: Sequence[Thing], problems: list[str]) -> Iterator[Thing]:
    found = [thing for thing in usable if thing.id == name] or [thing for thing in usable if thing.name == name]
    if len(set(found)) == 1:
        yield found[0]
    elif found:
        which = ", ".join(sorted(str(thing) for thing in found))
        problems.append(f"{what} {name} is not unique: {which}; give the id instead of the name")
    else:
        known = ", ".join(sorted({thing.name for thing in usable}))
        problems.append(f"{what} {name} does not exist here; there is: {known or 'none'}")
