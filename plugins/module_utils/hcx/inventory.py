# SPDX-License-Identifier: GPL-3.0-or-later
"""Names into ids, as a manager knows its own site: every name is exactly one thing, or refused. (HCX reference 7)"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..engine.errors import Refused
from .client import API, Hcx


@dataclass(frozen=True)
class SiteNetwork:
    """A port group or segment as HCX lists it; ``type`` is HCX's own word for the kind."""

    id: str
    name: str
    type: str


class Inventory:
    """The local site. Each list is asked for once, when it is first needed."""

    def __init__(self, hcx: Hcx) -> None:
        self._hcx = hcx

    @property
    def endpoint_id(self) -> str:
        """The login answer tells it; an older manager is asked. (HCX reference 3.1, 7.2)"""
        return self._hcx.endpoint_id or str(self._site["endpointId"])

    @property
    def name(self) -> str:
        return str(self._site.get("name") or "")

    @cached_property
    def _site(self) -> dict[str, Any]:
        items = self._hcx.ask(f"{API}/service/inventory/cloud/list", {"filter": {"local": True}})["data"]["items"]
        if len(items) != 1:
            raise Refused(f"{self._hcx.address} names {len(items)} local sites instead of one")
        site: dict[str, Any] = items[0]
        return site

    @cached_property
    def vcenter_uuid(self) -> str:
        """Instance UUID of the vCenter that the local manager is registered with."""
        items = self._hcx.ask(
            f"{API}/service/inventory/resourcecontainer/list", {"filter": {"cloud": {"local": True, "remote": False}}}
        )["data"]["items"]
        uuids = {item.get("vcuuid") or item["resourceId"] for item in items}
        if len(uuids) != 1:
            raise Refused(f"{self._hcx.address} names {len(uuids)} local vCenters instead of one")
        uuid: str = uuids.pop()
        return uuid

    @cached_property
    def networks(self) -> list[SiteNetwork]:
        items = self._hcx.ask(
            f"{API}/service/inventory/networks", {"filter": {"cloud": {"endpointId": self.endpoint_id}}}
        )["data"]["items"]
        return [SiteNetwork(item["entity_id"], item["name"], item["entityType"]) for item in items]

    def find_network(self, name: str, kind: str | None) -> SiteNetwork | str:
        """The network of this name or id and of this kind, or the sentence that says why there is not exactly one."""
        usable = [network for network in self.networks if kind in (None, network.type)]
        found = [network for network in usable if network.id == name]
        found = found or [network for network in usable if network.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            which = ", ".join(f"{network.id} ({network.type})" for network in found)
            return f"network {name} is not unique in HCX's inventory: {which}; give the id instead of the name"
        known = ", ".join(sorted({network.name for network in usable}))
        of_kind = f" of type {kind}" if kind else ""
        return f"network {name}{of_kind} is not in HCX's inventory; there is: {known or 'none'}"
