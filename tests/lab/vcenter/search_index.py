# SPDX-License-Identifier: GPL-3.0-or-later
"""SearchIndex: finding inventory objects by path, name, address or uuid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..world import Site, VirtualMachine
from .bindings import vim
from .entities import Datacenter, Entity, escaped
from .host_system import HostSystem
from .managed import Call, Node, method


class SearchIndex(Node):
    vim_type = vim.SearchIndex

    @method("FindByInventoryPath")
    def find_by_inventory_path(self, call: Call, inventoryPath: str) -> Any:
        current: Entity = self.vcenter.inventory.root
        for part in [p for p in inventoryPath.strip("/").split("/") if p]:
            found = self._child(current, part)
            if found is None:
                return None
            current = found
        return current.ref

    @method("FindChild")
    def find_child(self, call: Call, entity: Any, name: str) -> Any:
        parent = self.vcenter.node(entity, call)
        found = self._child(parent, name) if isinstance(parent, Entity) else None
        return found.ref if found else None

    @staticmethod
    def _child(parent: Entity, name: str) -> Entity | None:
        if isinstance(parent, Datacenter):
            return parent.folders.get(name)
        return next((c for c in parent.children if escaped(c.name) == escaped(name) or escaped(c.name) == name), None)

    @method("FindByDnsName")
    def find_by_dns_name(self, call: Call, datacenter: Any, dnsName: str, vmSearch: bool) -> Any:
        return next(iter(self.find_all_by_dns_name(call, datacenter, dnsName, vmSearch)), None)

    @method("FindAllByDnsName")
    def find_all_by_dns_name(self, call: Call, datacenter: Any, dnsName: str, vmSearch: bool) -> list[Any]:
        if vmSearch:
            return self._machines(call, datacenter, lambda m: m.powered_on and m.name.lower() == dnsName.lower())
        return self._hosts(call, datacenter, lambda node: node.name.lower() == dnsName.lower())

    @method("FindByIp")
    def find_by_ip(self, call: Call, datacenter: Any, ip: str, vmSearch: bool) -> Any:
        return next(iter(self.find_all_by_ip(call, datacenter, ip, vmSearch)), None)

    @method("FindAllByIp")
    def find_all_by_ip(self, call: Call, datacenter: Any, ip: str, vmSearch: bool) -> list[Any]:
        if vmSearch:
            return self._machines(call, datacenter, lambda m: m.powered_on and ip in [c.address for c in m.cards])

        def has_address(node: Any) -> bool:
            return any(
                (self.vcenter.world.ipv4_address(node.host, a) or "").partition("/")[0] == ip
                for a in node.host.state.adapters
            )

        return self._hosts(call, datacenter, has_address)

    @method("FindByUuid")
    def find_by_uuid(
        self, call: Call, datacenter: Any, uuid: str, vmSearch: bool, instanceUuid: bool | None = None
    ) -> Any:
        if vmSearch:
            found = self._machines(call, datacenter, lambda m: m.uuid == uuid.lower())
        else:
            found = self._hosts(call, datacenter, lambda node: node.host.uuid == uuid.lower())
        return next(iter(found), None)

    def _site(self, call: Call, datacenter: Any) -> Site | None:
        within = self.vcenter.node(datacenter, call) if datacenter is not None else None
        return within.site if isinstance(within, Datacenter) else None

    def _hosts(self, call: Call, datacenter: Any, wanted: Callable[[HostSystem], bool]) -> list[Any]:
        site = self._site(call, datacenter)
        found = self.vcenter.inventory.hosts.values()
        return [n.ref for n in found if (site is None or n.host.site is site) and wanted(n)]

    def _machines(self, call: Call, datacenter: Any, wanted: Callable[[VirtualMachine], bool]) -> list[Any]:
        site = self._site(call, datacenter)
        found = self.vcenter.inventory.machines.values()
        return [n.ref for n in found if (site is None or n.machine.site == site.name) and wanted(n.machine)]
