# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of a site's inventory into ids. (HCX reference 7)"""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.client import Hcx
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.compute_inventory import (
    CLUSTER,
    POOL,
    ComputeInventory,
    Thing,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.inventory import Inventory


def cluster(identity: str, name: str) -> dict[str, Any]:
    return {"entity_id": identity, "name": name, "entityType": CLUSTER}


def container(identity: str, name: str, kind: str, parent: str | None) -> dict[str, Any]:
    above = {"type": "any", "value": parent} if parent else None
    return {"entity_id": identity, "name": name, "entityType": kind, "parent": above}


TREE = [
    {
        "entity_id": "vc",
        "children": [
            {"entity_id": "dc-1", "name": "one", "children": [cluster("c1", "alpha"), cluster("c2", "beta")]},
            {"entity_id": "dc-2", "name": "two", "children": [cluster("c3", "alpha")]},
            {"entity_id": "dc-3", "name": "empty"},
        ],
    }
]
CONTAINERS = [
    container("f1", "vm", "folder", "dc-1"),
    container("f2", "HCX", "folder", "f1"),
    container("f3", "HCX", "folder", "dc-2"),
    container("f4", "lost", "folder", None),
    container("p1", "Resources", "resourcePool", "c1"),
    container("p2", "HCX", "resourcePool", "p1"),
    container("p3", "HCX", "resourcePool", "c3"),
]


class Site:
    """Stands for a manager, and counts what it is asked."""

    vcenter_uuid, endpoint_id = "uuid", "here"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, path: str, body: Any) -> dict[str, Any]:
        self.asked.append(path.rpartition("/inventory/")[2])
        return {"data": {"items": TREE if path.endswith("vc/list") else CONTAINERS}}


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def inventory(site: Site) -> ComputeInventory:
    return ComputeInventory(cast(Hcx, site), cast(Inventory, site))


def test_a_name_that_only_one_datacenter_has(inventory: ComputeInventory) -> None:
    problems: list[str] = []
    assert [found.id for found in inventory.clusters(["beta", "c3"], None, problems)] == ["c2", "c3"]
    assert [found.id for found in inventory.clusters(["alpha"], "two", problems)] == ["c3"]
    assert [found.id for found in inventory.clusters(["alpha"], "dc-1", problems)] == ["c1"]
    assert problems == []


@pytest.mark.parametrize(
    ("names", "datacenter", "problem"),
    [
        (["alpha"], None, "cluster alpha is not unique: alpha (c1), alpha (c3); give the id instead of the name"),
        (["gamma"], None, "cluster gamma does not exist here; there is: alpha, beta"),
        (["beta"], "two", "cluster beta does not exist here; there is: alpha"),
        (["alpha"], "empty", "cluster alpha does not exist here; there is: none"),
        (["alpha"], "three", "datacenter three does not exist here; there is: empty, one, two"),
    ],
)
def test_clusters_that_are_not_one(
    inventory: ComputeInventory, names: list[str], datacenter: str | None, problem: str
) -> None:
    problems: list[str] = []
    assert inventory.clusters(names, datacenter, problems) == ()
    assert problems == [problem]


@pytest.mark.parametrize(("datacenter", "folder", "pool"), [("one", "f2", "p2"), ("two", "f3", "p3")])
def test_folders_and_pools_of_a_datacenter(
    inventory: ComputeInventory, datacenter: str, folder: str, pool: str
) -> None:
    problems: list[str] = []
    assert inventory.folder("HCX", datacenter, problems) == Thing(folder, "HCX", "Folder")
    found = inventory.resource_pool("HCX", datacenter, problems)
    assert (found, found.type if found else "") == (Thing(pool, "HCX", POOL), POOL)
    assert problems == []


def test_without_a_datacenter_a_common_name_is_not_unique(inventory: ComputeInventory) -> None:
    problems: list[str] = []
    assert inventory.folder("HCX", None, problems) is None
    assert inventory.resource_pool("HCX", None, problems) is None
    assert problems == [
        "folder HCX is not unique: HCX (f2), HCX (f3); give the id instead of the name",
        "resource pool HCX is not unique: HCX (p2), HCX (p3); give the id instead of the name",
    ]


def test_a_folder_is_no_pool(inventory: ComputeInventory) -> None:
    problems: list[str] = []
    assert inventory.folder("p2", None, problems) is None
    assert problems == ["folder p2 does not exist here; there is: HCX, lost, vm"]


def test_the_cluster_of_a_pool(inventory: ComputeInventory) -> None:
    assert inventory.cluster_of(Thing("p2", "", POOL)) == Thing("c1", "alpha", CLUSTER)
    assert inventory.cluster_of(Thing("p9", "", POOL)) is None


def test_each_list_is_asked_for_once(inventory: ComputeInventory, site: Site) -> None:
    problems: list[str] = []
    for _rest in range(2):
        inventory.clusters(["beta"], None, problems)
        inventory.folder("vm", "one", problems)
        inventory.resource_pool("Resources", "one", problems)
    assert sorted(site.asked) == ["containers", "vc/list"]


def test_two_things_are_the_same_by_id() -> None:
    assert Thing("1", "a", "x") == Thing("1", "b", "y")
    assert len({Thing("1", "a", ""), Thing("1", "", ""), Thing("2", "a", "")}) == 2
    assert [str(Thing("1", name, "")) for name in ("a", "", "1")] == ["a (1)", "1", "1"]
