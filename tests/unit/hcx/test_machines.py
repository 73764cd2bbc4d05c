# SPDX-License-Identifier: GPL-3.0-or-later
"""How the sizes of appliances are looked for among the machines of a site."""

from __future__ import annotations

from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.appliances import Appliance
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.machines import PAGE, Size, read_sizes


def appliance(name: str, endpoint_id: str) -> Appliance:
    return Appliance(name, "HCX-WAN-IX", f"id of {name}", endpoint_id, "mesh", "4.11.0", (), "up", (8, 8), ())


class Inventory:
    """Machines of sites, as a manager lists them."""

    def __init__(self, **sites: list[str]) -> None:
        self.sites = sites
        self.asked: list[tuple[str, int]] = []

    def ask(self, path: str, body: Any, **query: str) -> Any:
        skip, size = body["paging"]["skipCount"], body["paging"]["pageSize"]
        self.asked.append((body["filter"]["cloud"]["endpointId"], skip))
        assert query == {"hcspUUID": self.asked[-1][0]}
        summary = {"config": {"numCpu": 8, "memorySizeMB": 3072}}
        page = self.sites[query["hcspUUID"]][skip : skip + size]
        return {"data": {"items": [{"name": name, "summary": summary} for name in page]}}


def test_no_further_page_is_asked_for_than_one_that_has_them() -> None:
    machines = [f"vm-{number}" for number in range(3 * PAGE)]
    inventory: Any = Inventory(here=[*machines[: PAGE + 5], "mesh-IX-I1", *machines[PAGE + 5 :]], there=["mesh-IX-R1"])
    found = read_sizes(inventory, [appliance("mesh-IX-I1", "here"), appliance("mesh-IX-R1", "there")])
    assert found == dict.fromkeys(("id of mesh-IX-I1", "id of mesh-IX-R1"), Size(8, 3072))
    assert inventory.asked == [("here", 0), ("here", PAGE), ("there", 0)]


def test_a_machine_that_is_not_listed_has_no_size() -> None:
    inventory: Any = Inventory(here=["other"])
    assert read_sizes(inventory, [appliance("mesh-IX-I1", "here")]) == {"id of mesh-IX-I1": Size(None, None)}
    assert read_sizes(inventory, []) == {}
