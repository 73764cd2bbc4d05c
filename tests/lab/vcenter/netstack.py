# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of TCP/IP stacks: gateways, DNS, routes, tuning, and custom stacks (vSphere reference 8.2, 8.3)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from ..rules import Rules
from ..world import BUILT_IN_STACKS, Dns, Host, HostState, Route, Stack, World
from .adapters import gateway_address, invalid, refused
from .bindings import fault, vim, vmodl
from .network_info import connected_networks

WHERE = "config.netStackSpec.netStackInstance"
CONGESTION_CONTROLS = ("newreno", "cubic")


class StackEditor:
    """Changes stacks in `state`, which belongs to `host` but is not yet its state."""

    def __init__(self, world: World, rules: Rules, host: Host, state: HostState) -> None:
        self._world = world
        self._rules = rules
        self._host = host
        self.state = state

    def apply(self, spec: Any) -> None:
        """One NetStackSpec."""
        key = spec.netStackInstance.key
        if not key:
            raise invalid(f"{WHERE}.key", "The stack must be named.")
        if spec.operation == "edit":
            self._edit(key, spec.netStackInstance)
        elif spec.operation in ("add", "remove"):
            if self._rules.netstack_add_via_api == "refuse":
                raise fault(vmodl.fault.NotSupported, "Only editing a TCP/IP stack is supported.")
            if spec.operation == "add":
                self.add(key, spec.netStackInstance.name or key)
                self._edit(key, spec.netStackInstance)
            else:
                self.remove(key)
        else:
            raise invalid("config.netStackSpec.operation", "edit, add or remove is expected.")

    def add(self, key: str, name: str, announced: bool = True) -> None:
        if self.state.stack(key) is not None:
            raise fault(vim.fault.AlreadyExists, f"The TCP/IP stack {key} already exists.", name=key)
        self.state = self.state.with_stack(Stack(key, name, Dns("", ""), announced=announced))

    def remove(self, key: str) -> None:
        self._existing(key)
        if key in BUILT_IN_STACKS:
            raise invalid(f"{WHERE}.key", f"The TCP/IP stack {key} cannot be removed.")
        users = self.state.on_stack(key)
        if users:
            raise fault(
                vim.fault.ResourceInUse,
                f"The resource '{key}' is in use by {', '.join(a.device for a in users)}.",
                type=vim.host.NetStackInstance,
                name=key,
            )
        self.state = self.state.without_stack(key)

    def _existing(self, key: str) -> Stack:
        stack = self.state.stack(key)
        if stack is None:
            raise fault(vim.fault.NotFound, f"The TCP/IP stack {key} was not found.")
        return stack

    def _edit(self, key: str, wanted: Any) -> None:
        stack = self._existing(key)
        if wanted.name is not None and wanted.name != stack.name:
            if key in BUILT_IN_STACKS:
                raise invalid(f"{WHERE}.name", f"The TCP/IP stack {key} cannot be renamed.")
            stack = replace(stack, name=wanted.name)
        stack = self._tuned(stack, wanted)
        if wanted.dnsConfig is not None:
            stack = replace(stack, dns=self._dns(stack, wanted.dnsConfig))
        if wanted.ipRouteConfig is not None:
            stack = self._with_gateways(stack, wanted.ipRouteConfig)
        elif self._rules.unset_route_config == "clear":
            stack = replace(stack, gateway_ipv4=None, gateway_ipv6=None)
        if wanted.routeTableConfig is not None:
            stack = self._with_routes(stack, wanted.routeTableConfig)
        self.state = self.state.with_stack(stack)

    @staticmethod
    def _tuned(stack: Stack, wanted: Any) -> Stack:
        if wanted.congestionControlAlgorithm is not None:
            if wanted.congestionControlAlgorithm not in CONGESTION_CONTROLS:
                raise invalid(f"{WHERE}.congestionControlAlgorithm", "newreno or cubic is expected.")
            stack = replace(stack, congestion_control=wanted.congestionControlAlgorithm)
        if wanted.requestedMaxNumberOfConnections is not None:
            if wanted.requestedMaxNumberOfConnections < 1:
                raise invalid(f"{WHERE}.requestedMaxNumberOfConnections", "A positive number is expected.")
            stack = replace(stack, max_connections=wanted.requestedMaxNumberOfConnections)
        return stack

    def _dns(self, stack: Stack, wanted: Any) -> Dns:
        where = f"{WHERE}.dnsConfig"
        if "." in wanted.hostName:
            raise invalid(f"{where}.hostName", "A host name has no dots.")
        for server in wanted.address:
            try:
                ip_address(server)
            except ValueError as error:
                raise invalid(f"{where}.address", f"{server} is not an address.") from error
        if wanted.dhcp:
            adapter = self.state.adapter(wanted.virtualNicDevice or "")
            if adapter is None or adapter.stack != stack.key or adapter.ipv4.mode != "dhcp":
                raise invalid(f"{where}.virtualNicDevice", "DNS by DHCP needs a DHCP adapter of this stack.")
        servers, search = tuple(wanted.address), tuple(wanted.searchDomain)
        if self._rules.partial_dns == "merge":
            servers, search = servers or stack.dns.servers, search or stack.dns.search
        return Dns(
            wanted.hostName,
            wanted.domainName,
            () if wanted.dhcp else servers,
            search,
            wanted.dhcp,
            wanted.virtualNicDevice if wanted.dhcp else None,
            wanted.ipv6VirtualNicDevice if wanted.dhcp else None,
        )

    def _with_gateways(self, stack: Stack, wanted: Any) -> Stack:
        """A gateway left unset in a sent ipRouteConfig is removed."""
        ipv4, ipv6 = wanted.defaultGateway or None, wanted.ipV6DefaultGateway or None
        for text, version, current in ((ipv4, 4, stack.gateway_ipv4), (ipv6, 6, stack.gateway_ipv6)):
            if text is None:
                continue
            gateway_address(text, version, f"{WHERE}.ipRouteConfig")
            if text == current or self._accepts_gateway(stack, text):
                continue
            if version == 4:
                ipv4 = current
            else:
                ipv6 = current
        return replace(stack, gateway_ipv4=ipv4, gateway_ipv6=ipv6)

    def _accepts_gateway(self, stack: Stack, gateway: str) -> bool:
        """False: silently ignored; a refusal is a fault."""
        if not self.state.on_stack(stack.key):
            if self._rules.gateway_without_adapter == "refuse":
                raise refused(f"The TCP/IP stack {stack.key} has no adapter that reaches the gateway {gateway}.")
            return self._rules.gateway_without_adapter == "accept"
        self._check_on_link(stack, gateway)
        return True

    def _check_on_link(self, stack: Stack, gateway: str) -> None:
        if self._rules.gateway_off_subnet == "accept":
            return
        probe = replace_state(self._host, self.state)
        networks = [ip_network(n) for _rest, n in connected_networks(self._world, probe, stack.key)]
        address = ip_address(gateway)
        if not address.is_link_local and not any(address in n for n in networks):
            raise refused(f"The gateway {gateway} is not reachable from an adapter of the TCP/IP stack {stack.key}.")

    def _with_routes(self, stack: Stack, table: Any) -> Stack:
        routes = list(stack.routes)
        for operations, version in ((table.ipRoute, 4), (table.ipv6Route, 6)):
            for operation in operations:
                if operation.changeOperation == "ignore":
                    continue
                route = _route(operation.route, version)
                if operation.changeOperation == "add":
                    if route in routes:
                        raise fault(
                            vim.fault.AlreadyExists, f"The route {route.network} already exists.", name=route.network
                        )
                    if not self.state.on_stack(stack.key):
                        raise refused(f"The TCP/IP stack {stack.key} has no adapter for a route.")
                    self._check_on_link(stack, route.gateway)
                    routes.append(route)
                elif operation.changeOperation == "remove":
                    if route not in routes:
                        raise fault(vim.fault.NotFound, f"The route {route.network} via {route.gateway} was not found.")
                    routes.remove(route)
                else:
                    raise invalid(f"{WHERE}.routeTableConfig", "add, remove or ignore is expected.")
        return replace(stack, routes=tuple(routes))


def replace_state(host: Host, state: HostState) -> Host:
    """The host as it would be with this state."""
    return replace(host, state=state)


def _route(entry: Any, version: int) -> Route:
    where = f"{WHERE}.routeTableConfig"
    try:
        network = ip_network(f"{entry.network}/{entry.prefixLength}")
    except ValueError as error:
        raise invalid(where, f"{entry.network}/{entry.prefixLength} is not a network.") from error
    if network.version != version or network.prefixlen == 0:
        raise invalid(where, f"{network} cannot be an IPv{version} route of this table.")
    return Route(str(network), str(gateway_address(entry.gateway, version, where)))
