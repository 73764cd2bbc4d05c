# SPDX-License-Identifier: GPL-3.0-or-later
"""The esxcli commands that the lab knows, each with its parameters in declared order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from ..world import Stack
from . import ping
from .bindings import vim, vmodl
from .netstack import CONGESTION_CONTROLS, StackEditor
from .network_info import routes

Record = dict[str, Any]
"""Field name to text, number, bool, record, or list of these."""


class EsxcliError(Exception):
    """What esxcli prints as an error."""


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: str = "string"
    required: bool = False

    def parse(self, text: str) -> str | int | bool | None:
        """None when the text is not of this kind."""
        if self.kind == "bool":
            return {"true": True, "1": True, "false": False, "0": False}.get(text)
        if self.kind == "long":
            return int(text) if text.lstrip("-").isdigit() else None
        return text


@dataclass(frozen=True)
class Command:
    """`run` gets the MethodExecuter of the host and the values by name."""

    help: str
    parameters: tuple[Parameter, ...]
    run: Callable[[Any, dict[str, Any]], bool | Record | list[Record]]
    writes: bool = False
    result: str = "bool"


def _stack(executer: Any, values: dict[str, Any]) -> Stack:
    key = values.get("netstack", "defaultTcpipStack")
    stack: Stack | None = executer.host.state.stack(key)
    if stack is None:
        raise EsxcliError(f"Netstack Instance {key} not found")
    return stack


def _editor(executer: Any) -> StackEditor:
    return StackEditor(executer.vcenter.world, executer.vcenter.rules, executer.host, executer.host.state)


def _apply(executer: Any, change: Callable[[StackEditor], None]) -> bool:
    """Run the edit; the API's faults become esxcli's error texts."""
    editor = _editor(executer)
    try:
        change(editor)
        executer.commit(editor.state)
    except vmodl.MethodFault as error:
        raise EsxcliError(error.msg) from error
    return True


def _stack_record(stack: Stack, in_use: bool) -> Record:
    return {
        "Key": stack.key,
        "Name": stack.name or stack.key,
        "Enabled": True,
        "MaxConnections": stack.max_connections,
        "CurrentMaxConnections": stack.max_connections,
        "CongestionControlAlgorithm": stack.congestion_control,
        "IPv6Enabled": True,
        "CurrentIPv6Enabled": True,
        "State": 4660 if in_use else 0,
    }


def netstack_list(executer: Any, values: dict[str, Any]) -> list[Record]:
    """Stacks the kernel runs, as the command does; unused built-in ones are not among them."""
    state = executer.host.state
    return [
        {"Key": s.key, "Name": s.name or s.key, "State": 4660}
        for s in state.stacks
        if s.key == "defaultTcpipStack" or state.on_stack(s.key) or s.key not in ("vmotion", "vSphereProvisioning")
    ]


def netstack_get(executer: Any, values: dict[str, Any]) -> Record:
    stack = _stack(executer, values)
    return _stack_record(stack, bool(executer.host.state.on_stack(stack.key)))


def netstack_add(executer: Any, values: dict[str, Any]) -> bool:
    """The management service sees the stack only after RefreshNetworkSystem (6.2)."""
    key = values["netstack"]
    if executer.host.state.stack(key) is not None:
        raise EsxcliError(f"Netstack Instance {key} already found")
    if not key or len(key) > 127 or not key.replace("-", "").replace("_", "").isalnum():
        raise EsxcliError(f"Invalid netstack name {key}")

    def add(editor: StackEditor) -> None:
        editor.add(key, key, announced=not executer.vcenter.rules.esxcli_needs_refresh)

    return _apply(executer, add)


def netstack_remove(executer: Any, values: dict[str, Any]) -> bool:
    stack = _stack(executer, values)
    if executer.host.state.on_stack(stack.key):
        raise EsxcliError(f"Unable to remove Netstack Instance {stack.key}: Busy")
    return _apply(executer, lambda editor: editor.remove(stack.key))


def netstack_set(executer: Any, values: dict[str, Any]) -> bool:
    stack = _stack(executer, values)
    for unsupported in ("enable", "ipv6enabled"):
        if unsupported in values:
            raise EsxcliError(f"The lab does not simulate --{unsupported}")
    if values.get("ccalgo", "cubic") not in CONGESTION_CONTROLS:
        raise EsxcliError(f"Invalid congestion control algorithm {values['ccalgo']}")
    changed = replace(
        stack,
        congestion_control=values.get("ccalgo", stack.congestion_control),
        max_connections=values.get("maxconn", stack.max_connections),
        name=values.get("name", stack.name),
    )
    executer.commit(executer.host.state.with_stack(changed))
    return True


def interface_list(executer: Any, values: dict[str, Any]) -> list[Record]:
    if "netstack" in values:
        _stack(executer, values)
    host = executer.host
    records = []
    for adapter in host.state.adapters:
        if values.get("netstack", adapter.stack) != adapter.stack:
            continue
        attachment = adapter.attachment
        distributed = attachment.kind == "distributed"
        switch = host.site.switch(attachment.switch or "") if distributed else None
        records.append(
            {
                "Name": adapter.device,
                "MACAddress": adapter.mac,
                "Enabled": True,
                "Portset": "DvsPortset-0" if switch else attachment.switch or "N/A",
                "Portgroup": attachment.network if attachment.kind == "standard" else "N/A",
                "NetstackInstance": adapter.stack,
                "VDSName": switch.name if switch else "N/A",
                "VDSUUID": attachment.switch if distributed else "N/A",
                "VDSPort": attachment.port if distributed else "N/A",
                "OpaqueNetworkID": attachment.network if attachment.kind == "opaque" else "N/A",
                "MTU": adapter.mtu,
                "TSOMSS": 65535,
            }
        )
    return records


def route_list(executer: Any, values: dict[str, Any]) -> list[Record]:
    stack = _stack(executer, values)
    found = routes(executer.vcenter.world, executer.vcenter.rules, executer.host, stack)
    records = []
    for network, gateway, device in found:
        parsed = ip_network(network)
        if parsed.version == 4:
            records.append(
                {
                    "Network": "default" if parsed.prefixlen == 0 else str(parsed.network_address),
                    "Netmask": str(parsed.netmask),
                    "Gateway": gateway,
                    "Interface": device or "N/A",
                    "Source": "MANUAL",
                }
            )
    return records


def _route_change(operation: str) -> Callable[[Any, dict[str, Any]], bool]:
    def run(executer: Any, values: dict[str, Any]) -> bool:
        stack = _stack(executer, values)
        try:
            network = ip_network("0.0.0.0/0" if values["network"] == "default" else values["network"])
        except ValueError as error:
            raise EsxcliError(f"Invalid network {values['network']}") from error
        instance = vim.host.NetStackInstance(key=stack.key)
        if network.prefixlen == 0:
            if operation == "remove" and stack.gateway_ipv4 != values["gateway"]:
                raise EsxcliError(f"Unable to remove route: no default route via {values['gateway']}")
            instance.ipRouteConfig = vim.host.IpRouteConfig(
                defaultGateway=values["gateway"] if operation == "add" else None,
                ipV6DefaultGateway=stack.gateway_ipv6,
            )
        else:
            entry = vim.host.IpRouteEntry(
                network=str(network.network_address), prefixLength=network.prefixlen, gateway=values["gateway"]
            )
            instance.routeTableConfig = vim.host.IpRouteTableConfig(
                ipRoute=[vim.host.IpRouteOp(changeOperation=operation, route=entry)]
            )
        spec = vim.host.NetworkConfig.NetStackSpec(operation="edit", netStackInstance=instance)
        return _apply(executer, lambda editor: editor.apply(spec))

    return run


def diagnose(executer: Any, values: dict[str, Any]) -> Record:
    try:
        return ping.ping(executer.vcenter.world, executer.vcenter.rules, executer.host, values)
    except ping.PingError as error:
        raise EsxcliError(str(error)) from error


NETSTACK = Parameter("netstack")
REQUIRED_NETSTACK = Parameter("netstack", required=True)
ROUTE = (Parameter("gateway", required=True), NETSTACK, Parameter("network", required=True))

COMMANDS = {
    "network.diag.ping": Command(
        "Send ICMP echo requests to network hosts.",
        (
            Parameter("count", "long"),
            Parameter("debug", "bool"),
            Parameter("df", "bool"),
            Parameter("host"),
            Parameter("interface"),
            Parameter("interval"),
            Parameter("ipv4", "bool"),
            Parameter("ipv6", "bool"),
            NETSTACK,
            Parameter("nexthop"),
            Parameter("size", "long"),
            Parameter("ttl", "long"),
            Parameter("wait"),
        ),
        diagnose,
        result="vim.EsxCLI.network.diag.ping.Result",
    ),
    "network.ip.netstack.list": Command("List the netstack instances.", (), netstack_list, result="DataObject[]"),
    "network.ip.netstack.get": Command(
        "Get runtime and configuration settings of a netstack instance.", (NETSTACK,), netstack_get, result="DataObject"
    ),
    "network.ip.netstack.add": Command(
        "Create a new netstack instance.", (Parameter("disabled", "bool"), REQUIRED_NETSTACK), netstack_add, True
    ),
    "network.ip.netstack.remove": Command("Remove a netstack instance.", (REQUIRED_NETSTACK,), netstack_remove, True),
    "network.ip.netstack.set": Command(
        "Set the properties of a netstack instance.",
        (
            Parameter("ccalgo"),
            Parameter("enable", "bool"),
            Parameter("ipv6enabled", "bool"),
            Parameter("maxconn", "long"),
            Parameter("name"),
            NETSTACK,
        ),
        netstack_set,
        True,
    ),
    "network.ip.interface.list": Command(
        "List the VMkernel interfaces.", (NETSTACK,), interface_list, result="DataObject[]"
    ),
    "network.ip.route.ipv4.list": Command("List the IPv4 routes.", (NETSTACK,), route_list, result="DataObject[]"),
    "network.ip.route.ipv4.add": Command("Add an IPv4 route.", ROUTE, _route_change("add"), True),
    "network.ip.route.ipv4.remove": Command("Remove an IPv4 route.", ROUTE, _route_change("remove"), True),
}
