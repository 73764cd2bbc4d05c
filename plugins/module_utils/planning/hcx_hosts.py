# SPDX-License-Identifier: GPL-3.0-or-later
"""What HCX appliances must reach on the ESXi hosts of a site: by facts of the hosts, or as the user states it.

Facts are those of `esxi_vmkernel_info`. Traffic without an adapter of its own travels over management, and so
does the table of the firewall. (SEED1, vSphere reference 12)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from . import carriers, hcx_ranges
from .address_plan import Range
from .hcx_request import Site
from .hcx_roles import MANAGEMENT, REPLICATION, VMOTION
from .host_paths import Host, interfaces

TRAFFIC = {MANAGEMENT: carriers.MANAGEMENT, VMOTION: carriers.VMOTION, REPLICATION: carriers.REPLICATION}
OWN_ADAPTER = ("service", "stack")


class EsxiHosts:
    """The hosts of one site; `role` is management, vmotion or replication."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._every = [Host(facts) for facts in site.hosts]
        self.known = [host for host in self._every if host.connected]

    @property
    def silent(self) -> list[str]:
        """Hosts whose facts tell nothing, because they were not connected."""
        return [host.name for host in self._every if not host.connected]

    def ranges(self, role: str) -> list[Range]:
        """The addresses of the adapters that carry this traffic; those of management where none are known."""
        found = self.own_ranges(role)
        return found if found or role == MANAGEMENT else self.own_ranges(MANAGEMENT)

    def own_ranges(self, role: str) -> list[Range]:
        """As stated, or the addresses of the carriers by the facts."""
        if role in self._site.esxi:
            return hcx_ranges.merged(self._site.esxi[role])
        return hcx_ranges.merged(
            hcx_ranges.single(item.ip) for items in self._addresses[role].values() for item in items
        )

    def without_adapter(self, role: str) -> list[str]:
        """Hosts on which no adapter is meant for this traffic."""
        return [host.name for host in self.known if host.carrier(TRAFFIC[role])["source"] not in OWN_ADAPTER]

    def port_groups(self, role: str) -> set[str]:
        """Names of the networks to which the carriers are attached."""
        return {str(adapter["network"]) for host in self.known for adapter in host.adapters(TRAFFIC[role])}

    def without_way(self, role: str, target: IPv4Network) -> list[str]:
        """Hosts whose carriers are neither in the subnet `target` nor have a gateway or route towards it."""
        return [
            host.name
            for host in self.known
            if host.adapters(TRAFFIC[role])
            and not any(subnet.overlaps(target) for subnet in self._subnets(host, role))
            and host.way_out(TRAFFIC[role], target).by == "none"
        ]

    def apart_from(self, role: str, target: IPv4Network) -> bool:
        """Whether some of this traffic comes from outside the subnet `target`."""
        return any(not hcx_ranges.inside(found, target) for found in self.ranges(role))

    def used(self) -> dict[str, list[IPv4Interface]]:
        """Every IPv4 address of the known hosts, by host."""
        return {host.name: _ipv4(host.facts["adapters"]) for host in self.known}

    @cached_property
    def _addresses(self) -> Mapping[str, Mapping[str, list[IPv4Interface]]]:
        return {role: {host.name: _ipv4(host.adapters(kind)) for host in self.known} for role, kind in TRAFFIC.items()}

    def _subnets(self, host: Host, role: str) -> list[IPv4Network]:
        return [item.network for item in self._addresses[role][host.name]]


def _ipv4(adapters: list[Mapping[str, Any]]) -> list[IPv4Interface]:
    return [item for adapter in adapters for item in interfaces(adapter) if isinstance(item, IPv4Interface)]
