# SPDX-License-Identifier: GPL-3.0-or-later
"""The writing calls for TCP/IP stacks, each for one stack of one host. (vSphere reference 8.2, 8.3)"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from ..engine.errors import Refused
from .client import VSphere
from .esxcli import EsxCli
from .host_network import Dns, Host, Route, Stack
from .sdk import vim

# A host refuses `add` and `remove` through the API with one of these; esxcli is the documented way then.
# Which of the two a release wants is not documented. (vSphere reference 8.3, 19 no. 3)
NOT_THROUGH_THE_API = ("NotSupported", "InvalidArgument", "HostConfigFault", "PlatformConfigFault")


class NetstackWriter:
    """Writes to one host."""

    def __init__(self, server: VSphere, host: Host) -> None:
        self._server = server
        self._network_system = server.reference(vim.host.NetworkSystem, host.network_system)
        self._esxcli = EsxCli(server, host.moid)

    def create(self, name: str) -> None:
        self._add_or_remove("add", name)

    def remove(self, name: str) -> None:
        self._add_or_remove("remove", name)

    def edit(self, actual: Stack, wanted: Stack) -> None:
        """Send what differs. The gateways always go together, because one that is left out is removed."""
        instance = vim.host.NetStackInstance(
            key=wanted.name,
            ipRouteConfig=vim.host.IpRouteConfig(
                defaultGateway=wanted.gateway_ipv4, ipV6DefaultGateway=wanted.gateway_ipv6
            ),
        )
        if wanted.dns != actual.dns:
            instance.dnsConfig = _dns(wanted.dns)
        if wanted.routes != actual.routes:
            instance.routeTableConfig = _route_operations(actual.routes, wanted.routes)
        if wanted.congestion_control != actual.congestion_control:
            instance.congestionControlAlgorithm = wanted.congestion_control
        if wanted.max_connections != actual.max_connections:
            instance.requestedMaxNumberOfConnections = wanted.max_connections
        self._update("edit", instance)

    def _add_or_remove(self, operation: str, name: str) -> None:
        try:
            self._update(operation, vim.host.NetStackInstance(key=name, name=name))
        except Refused as refusal:
            if refusal.facts.get("service_code") not in NOT_THROUGH_THE_API:
                raise
        else:
            return
        refused = None
        try:
            self._esxcli.run(f"network.ip.netstack.{operation}", netstack=name)
        except Refused as refusal:
            refused = refusal
        self._server.call(self._network_system.RefreshNetworkSystem)
        # An interrupted run may have changed the kernel, and the host shows it only now that it was told to look.
        if refused and self._shows(name) is (operation == "remove"):
            raise refused

    def _shows(self, name: str) -> bool:
        info = self._server.read(lambda: self._network_system.networkInfo)
        return name in {stack.key for stack in info.netStackInstance or []}

    def _update(self, operation: str, instance: Any) -> None:
        spec = vim.host.NetworkConfig.NetStackSpec(operation=operation, netStackInstance=instance)
        config = vim.host.NetworkConfig(netStackSpec=[spec])
        self._server.call(lambda: self._network_system.UpdateNetworkConfig(config, "modify"))


def _dns(wanted: Dns) -> Any:
    """Name resolution is replaced as a whole, so every part is sent. (vSphere reference 8.2)"""
    return vim.host.DnsConfig(
        dhcp=wanted.adapter is not None,
        virtualNicDevice=wanted.adapter,
        hostName=wanted.host_name,
        domainName=wanted.domain,
        address=list(wanted.servers),
        searchDomain=list(wanted.search_domains),
    )


def _route_operations(actual: Sequence[Route], wanted: Sequence[Route]) -> Any:
    operations = [("remove", route) for route in actual if route not in wanted]
    operations += [("add", route) for route in wanted if route not in actual]
    by_version: dict[int, list[Any]] = {4: [], 6: []}
    for operation, route in operations:
        network = ipaddress.ip_network(route.network)
        entry = vim.host.IpRouteEntry(
            network=str(network.network_address), prefixLength=network.prefixlen, gateway=route.gateway
        )
        by_version[network.version].append(vim.host.IpRouteOp(changeOperation=operation, route=entry))
    return vim.host.IpRouteTableConfig(ipRoute=by_version[4], ipv6Route=by_version[6])
