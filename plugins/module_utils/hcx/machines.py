# SPDX-License-Identifier: GPL-3.0-or-later
"""What the virtual machines of appliances take: HCX's list of appliances does not say it. (HCX reference 7.7, 12)"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .appliances import Appliance
from .client import API, Hcx

# (HCX reference 7.7)
PAGE = 1000


@dataclass(frozen=True)
class Size:
    """``cpus`` and ``memory_mb`` are None where HCX does not tell them."""

    cpus: int | None = None
    memory_mb: int | None = None


def read_sizes(hcx: Hcx, appliances: Iterable[Appliance]) -> dict[str, Size]:
    """By id of the appliance. Each site that has appliances is asked, the remote ones through the local manager."""
    found: dict[str, Size] = {}
    listed = list(appliances)
    for endpoint_id in dict.fromkeys(appliance.endpoint_id for appliance in listed):
        here = [appliance for appliance in listed if appliance.endpoint_id == endpoint_id]
        sizes = _sizes(hcx, endpoint_id, {appliance.name for appliance in here})
        found |= {appliance.appliance_id: sizes.get(appliance.name, Size()) for appliance in here}
    return found


def _sizes(hcx: Hcx, endpoint_id: str, names: Collection[str]) -> dict[str, Size]:
    found: dict[str, Size] = {}
    for machine in _machines(hcx, endpoint_id):
        if machine.get("name") in names:
            found[machine["name"]] = _size(machine)
        if len(found) == len(names):
            break
    return found


def _machines(hcx: Hcx, endpoint_id: str) -> Iterator[Mapping[str, Any]]:
    """A site may have thousands, so page by page, and only as many pages as somebody wants."""
    skip = 0
    while True:
        body = {"filter": {"cloud": {"endpointId": endpoint_id}}, "paging": {"skipCount": skip, "pageSize": PAGE}}
        items = hcx.ask(f"{API}/service/inventory/virtualmachines", body, hcspUUID=endpoint_id)["data"]["items"]
        yield from items
        if len(items) < PAGE:
            return
        skip += PAGE


def _size(machine: Mapping[str, Any]) -> Size:
    """The summary is seen, what it holds is inferred: that of vSphere, with or without its ``config``."""
    summary: Mapping[str, Any] = machine.get("summary") or {}
    config: Mapping[str, Any] = summary.get("config") or summary
    return Size(config.get("numCpu"), config.get("memorySizeMB"))
