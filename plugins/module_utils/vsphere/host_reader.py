# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the networking of any number of hosts in one bulk call, and translate it. (vSphere reference 4 to 8)"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..engine.errors import InvalidInput
from ..engine.plan import Chain, Facts
from ..planning.carriers import device_order
from ..task import Task
from .client import Properties, VSphere
from .host_network import DEFAULT_MTU, DEFAULT_STACK, Adapter, Dns, Host, Network, Route, Stack
from .inventory import DistributedPortgroup, Inventory, Place, Selection, display_name, read_inventory
from .sdk import vim, vmodl

MODEL = "summary.hardware.model"
# HCX shows its interconnect appliance as a stand-alone host, which nobody may work on. (HCX reference 12; the name of
# the model is [I])
MOBILITY_AGENT = "VMware Mobility Platform"
PATHS = [
    "name",
    "runtime.connectionState",
    "runtime.networkRuntimeInfo",
    "summary.config.product",
    MODEL,
    "config.network.vnic",
    "config.network.netStackInstance",
    "config.network.portgroup",
    "config.network.vswitch",
    "config.network.proxySwitch",
    "config.network.opaqueNetwork",
    "config.virtualNicManagerInfo",
    "configManager.networkSystem",
    "configManager.virtualNicManager",
    "configManager.vsanSystem",
]
# What a host or a user's rights may not show.
NOT_NEEDED = ("configManager.vsanSystem", MODEL)
# Addresses that a person set; the others come and go by themselves. (vSphere reference 6.5)
MANUAL_ORIGINS = (None, "manual", "other")


class HostReader:
    """The hosts a task selects on one server. The inventory is read once, the hosts as often as asked."""

    def __init__(self, server: VSphere, task: Task) -> None:
        self.server = server
        self._selection = Selection.from_params(task.params)
        self._skip_disconnected = task.params.get("disconnected_hosts") == "skip"
        self._run = task.run
        self._check = task.check
        self._inventory: Inventory | None = None
        self._skipped: list[str] = []
        self._by_name: dict[str, Any] = {}

    def read(self, names: Collection[str] | None = None) -> list[Host]:
        """The hosts that can be worked on; those that are not connected are refused or left out, as the user asked."""
        return self._usable(self.read_all(names))

    def read_all(self, names: Collection[str] | None = None) -> list[Host]:
        """The selected hosts, connected or not, sorted by name; ``names`` limits a second look."""
        if self._inventory is None:
            self._inventory = read_inventory(self.server, self._selection)
        wanted = self._inventory.hosts if names is None else [self._by_name[name] for name in names]
        read = self.server.retrieve([_host_spec(wanted)])
        hosts = []
        for reference, props, missing in read:
            if props.get(MODEL) == MOBILITY_AGENT:
                self._skipped.append(display_name(props["name"]))
                continue
            host = _host(reference, props, missing, self._inventory)
            self._by_name[host.name] = reference
            hosts.append(self._as_planned(host))
        return sorted(hosts, key=lambda host: host.name)

    def selected(self) -> Facts:
        """Names of the hosts that were worked on, and of those that were left out."""
        return {"hosts": sorted(set(self._by_name) - set(self._skipped)), "skipped_hosts": sorted(self._skipped)}

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Check mode: later tasks of the run continue from what these chains would have left behind."""
        for chain in chains:
            self._run.plan(self._key(chain.outcome), chain.outcome.saved())

    def forget(self, chains: Sequence[Chain]) -> None:
        """Before a real change: what check mode remembered about these hosts is no longer true."""
        for chain in chains:
            self._run.forget(self._key(chain.outcome))

    def _as_planned(self, host: Host) -> Host:
        planned = self._run.planned(self._key(host)) if self._check else None
        return Host.from_saved({**planned, "planned": True}) if planned else host

    def _key(self, host: Host) -> str:
        return f"{self.server.address} {host.moid}"

    def _usable(self, hosts: list[Host]) -> list[Host]:
        away = [host for host in hosts if not host.connected]
        if away and not self._skip_disconnected:
            listed = ", ".join(f"{host.name} ({host.connection_state})" for host in away[:5])
            more = f" and {len(away) - 5} more" if len(away) > 5 else ""
            raise InvalidInput(
                f"not connected to {self.server.address}: {listed}{more}; bring them back, or leave them out with "
                "disconnected_hosts: skip",
                disconnected_hosts=[host.name for host in away],
            )
        self._skipped += [host.name for host in away]
        return [host for host in hosts if host.connected]


def _host_spec(hosts: Iterable[Any]) -> Any:
    collector = vmodl.query.PropertyCollector
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=host, skip=False) for host in hosts],
        propSet=[collector.PropertySpec(type=vim.HostSystem, pathSet=PATHS, all=False)],
    )


def _host(reference: Any, props: Properties, missing: Mapping[str, str], inventory: Inventory) -> Host:
    place: Place = inventory.hosts[reference]
    state = str(props.get("runtime.connectionState", "notResponding"))
    product = props.get("summary.config.product")
    host = Host(
        name=display_name(props["name"]),
        moid=reference._moId,
        datacenter=place.datacenter,
        cluster=place.cluster,
        connection_state=state,
        version=product.version if product else None,
    )
    if not host.connected:
        return host
    unreadable = [path for path in PATHS if path in missing and path not in NOT_NEEDED]
    if unreadable:
        raise InvalidInput(
            f"{host.name}: {', '.join(unreadable)} cannot be read ({missing[unreadable[0]]}); it needs System.Read"
        )
    return _connected(host, props, inventory.portgroups)


def _connected(host: Host, props: Properties, portgroups: Mapping[str, DistributedPortgroup]) -> Host:
    networks = _networks(props, portgroups)
    services, offered = _services(props.get("config.virtualNicManagerInfo"))
    running = props.get("runtime.networkRuntimeInfo")
    active = {info.netStackInstanceKey for info in (running.netStackInstanceRuntimeInfo if running else None) or []}
    adapters = [
        _adapter(vnic, networks, portgroups, services.get(vnic.device, set()))
        for vnic in props.get("config.network.vnic") or []
    ]
    own = _own_addresses(props.get("config.network.vnic") or [])
    stacks = [_stack(stack, active, own) for stack in props.get("config.network.netStackInstance") or []]
    vsan = props.get("configManager.vsanSystem")
    return Host(
        name=host.name,
        moid=host.moid,
        datacenter=host.datacenter,
        cluster=host.cluster,
        connection_state=host.connection_state,
        version=host.version,
        adapters=tuple(sorted(adapters, key=lambda adapter: device_order(adapter.device))),
        stacks=tuple(sorted(stacks, key=lambda stack: stack.name)),
        networks=tuple(networks),
        offered_services=tuple(sorted(offered)),
        network_system=props["configManager.networkSystem"]._moId,
        vnic_manager=props["configManager.virtualNicManager"]._moId,
        vsan_system=vsan._moId if vsan is not None else None,
    )


def _networks(props: Properties, portgroups: Mapping[str, DistributedPortgroup]) -> list[Network]:
    """Everything an adapter of this host can attach to."""
    switch_mtu = {switch.name: switch.mtu for switch in props.get("config.network.vswitch") or []}
    found = [
        Network("standard", group.spec.name, group.spec.name, group.spec.vswitchName, mtu=_of(switch_mtu, group))
        for group in props.get("config.network.portgroup") or []
    ]
    member_of = {proxy.dvsUuid: proxy.mtu for proxy in props.get("config.network.proxySwitch") or []}
    found += [
        Network("distributed", group.name, group.key, group.switch, group.switch_uuid, mtu=member_of[group.switch_uuid])
        for group in portgroups.values()
        if group.switch_uuid in member_of
    ]
    found += [
        Network("opaque", segment.opaqueNetworkName, segment.opaqueNetworkId, opaque_type=segment.opaqueNetworkType)
        for segment in props.get("config.network.opaqueNetwork") or []
    ]
    return found


def _of(switch_mtu: Mapping[str, int | None], group: Any) -> int | None:
    return switch_mtu.get(group.spec.vswitchName)


def _services(info: Any) -> tuple[dict[str, set[str]], set[str]]:
    """Services by device, and the kinds of service the host offers. Keys match within one entry only."""
    by_device: dict[str, set[str]] = {}
    offered = set()
    for kind in (info.netConfig if info else None) or []:
        offered.add(kind.nicType)
        selected = {str(key) for key in kind.selectedVnic or []}
        for candidate in kind.candidateVnic or []:
            if candidate.key in selected:
                by_device.setdefault(candidate.device, set()).add(kind.nicType)
    return by_device, offered


def _adapter(
    vnic: Any, networks: Sequence[Network], portgroups: Mapping[str, DistributedPortgroup], services: set[str]
) -> Adapter:
    spec = vnic.spec
    route = spec.ipRouteSpec.ipRouteConfig if spec.ipRouteSpec else None
    ipv6 = spec.ip.ipV6Config if spec.ip else None
    return Adapter(
        device=vnic.device,
        network=_attached(vnic, networks, portgroups),
        stack=spec.netStackInstanceKey or DEFAULT_STACK,
        dhcp=bool(spec.ip and spec.ip.dhcp),
        ipv4=_interface(spec.ip),
        ipv6=_manual(ipv6),
        ipv6_autoconf=bool(ipv6 and ipv6.autoConfigurationEnabled),
        ipv6_dhcp=bool(ipv6 and ipv6.dhcpV6Enabled),
        gateway_ipv4=_gateway(route.defaultGateway) if route else None,
        gateway_ipv6=_gateway(route.ipV6DefaultGateway) if route else None,
        mtu=spec.mtu or DEFAULT_MTU,
        mac=spec.mac.lower() if spec.mac else None,
        services=tuple(sorted(services)),
        owner=getattr(vnic, "owner", None) or ("NSX or vSAN" if getattr(spec, "systemOwned", None) else None),
    )


def _attached(vnic: Any, networks: Sequence[Network], portgroups: Mapping[str, DistributedPortgroup]) -> Network | None:
    spec = vnic.spec
    if spec.distributedVirtualPort:
        kind, key = "distributed", spec.distributedVirtualPort.portgroupKey
    elif spec.opaqueNetwork:
        kind, key = "opaque", spec.opaqueNetwork.opaqueNetworkId
    else:
        kind, key = "standard", vnic.portgroup or spec.portgroup
    if not key:
        return None
    # A port group that the user may not see still has a key, and the adapter is still attached to it.
    return next((net for net in networks if (net.type, net.key) == (kind, key)), Network(kind, key, key))


def _interface(config: Any) -> str | None:
    if not config or not config.ipAddress or not config.subnetMask:
        return None
    return str(ipaddress.ip_interface(f"{config.ipAddress}/{config.subnetMask}"))


def _manual(config: Any) -> tuple[str, ...]:
    manual = [
        ipaddress.ip_interface(f"{item.ipAddress}/{item.prefixLength}")
        for item in (config.ipV6Address if config else None) or []
        if item.origin in MANUAL_ORIGINS
    ]
    return tuple(sorted(str(interface) for interface in manual if not interface.ip.is_link_local))


def _gateway(text: str | None) -> str | None:
    """The gateway, or None; hosts write "no gateway" as unset, as an empty text or as the unspecified address."""
    if not text:
        return None
    address = ipaddress.ip_address(text.partition("%")[0])
    return None if address.is_unspecified else str(address)


def _own_addresses(vnics: Iterable[Any]) -> set[str]:
    """Every address of the host, however it came by it."""
    configs = [vnic.spec.ip for vnic in vnics if vnic.spec.ip]
    texts = [config.ipAddress for config in configs if config.ipAddress]
    texts += [item.ipAddress for config in configs if config.ipV6Config for item in config.ipV6Config.ipV6Address or []]
    return {str(ipaddress.ip_address(text.partition("%")[0])) for text in texts}


def _stack(stack: Any, active: set[str], own_addresses: set[str]) -> Stack:
    gateways = stack.ipRouteConfig
    dns = stack.dnsConfig
    return Stack(
        name=stack.key,
        active=stack.key in active,
        gateway_ipv4=_gateway(gateways.defaultGateway) if gateways else None,
        gateway_ipv6=_gateway(gateways.ipV6DefaultGateway) if gateways else None,
        dns=Dns(
            servers=tuple(str(ipaddress.ip_address(server)) for server in dns.address or []),
            search_domains=tuple(dns.searchDomain or []),
            domain=dns.domainName or "",
            host_name=dns.hostName or "",
            adapter=dns.virtualNicDevice if dns.dhcp else None,
        )
        if dns
        else Dns(),
        routes=_routes(stack.routeTableConfig, own_addresses),
        congestion_control=stack.congestionControlAlgorithm,
        max_connections=stack.requestedMaxNumberOfConnections,
    )


def _routes(table: Any, own_addresses: set[str]) -> tuple[Route, ...]:
    """Static routes only; hosts also list the default routes and the connected networks. (vSphere reference 8.1)

    A connected network has no gateway, or an address of the host itself in its place. (vSphere reference 19)
    """
    listed = [operation.route for operation in ((table.ipRoute or []) + (table.ipv6Route or []) if table else [])]
    routes = []
    for route in listed:
        gateway = _gateway(route.gateway)
        if gateway and gateway not in own_addresses and route.prefixLength:
            network = ipaddress.ip_network(f"{route.network}/{route.prefixLength}", strict=False)
            routes.append(Route(str(network), gateway))
    return tuple(sorted(routes))
