# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's networking as vCenter shows it: vim.host.NetworkInfo and its parts (vSphere reference 5, 6.1, 8.1)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Interface, ip_interface, ip_network
from typing import Any

from ..reachability import addresses
from ..rules import Rules
from ..world import DEFAULT_STACK, Adapter, DistributedSwitch, Dns, Host, PortGroup, Stack, StandardSwitch, World
from .bindings import vim
from .encode import shared

PNICS = ("vmnic0", "vmnic1", "vmnic2", "vmnic3")


def vnic_key(device: str) -> str:
    return f"key-vim.host.VirtualNic-{device}"


def port_key(switch: str, device: str) -> str:
    """The free port a distributed port group gives an adapter."""
    return str(8 + sum(map(ord, switch)) % 64 + int(device.removeprefix("vmk")))


def network_info(world: World, rules: Rules, host: Host) -> Any:
    state = host.state
    default = state.stack(DEFAULT_STACK)
    instances = stack_instances(world, rules, host)
    shown = instances[0] if default is not None else None
    return vim.host.NetworkInfo(
        vswitch=switches(host),
        proxySwitch=proxy_switches(host),
        portgroup=port_groups(host),
        pnic=physical_nics(host),
        vnic=vnics(world, host),
        dnsConfig=shown.dnsConfig if shown else None,
        ipRouteConfig=shown.ipRouteConfig if shown else None,
        routeTableInfo=_route_table(world, rules, host, default) if default else None,
        ipV6Enabled=state.ipv6_enabled,
        atBootIpV6Enabled=state.ipv6_enabled,
        netStackInstance=instances,
        opaqueNetwork=opaque_networks(host),
    )


def switches(host: Host) -> list[Any]:
    return [_vswitch(s, host.state.port_groups) for s in host.state.switches]


def port_groups(host: Host) -> list[Any]:
    return [_port_group(p) for p in host.state.port_groups]


def proxy_switches(host: Host) -> list[Any]:
    return [
        _proxy_switch(switch, m.mtu, m.uplinks)
        for m in host.state.memberships
        if (switch := host.site.switch(m.switch)) is not None
    ]


def opaque_networks(host: Host) -> list[Any]:
    return [
        vim.host.OpaqueNetworkInfo(
            opaqueNetworkId=n, opaqueNetworkName=n, opaqueNetworkType="nsx.LogicalSwitch", pnicZone=[]
        )
        for n in host.state.opaque_networks
    ]


def stack_instances(world: World, rules: Rules, host: Host) -> list[Any]:
    return [stack_instance(world, rules, host, s) for s in host.state.stacks if s.announced]


@lru_cache(maxsize=256)
def _vswitch(switch: StandardSwitch, groups: tuple[PortGroup, ...]) -> Any:
    bond = vim.host.VirtualSwitch.BondBridge(nicDevice=list(switch.uplinks))
    made = vim.host.VirtualSwitch(
        name=switch.name,
        key=f"key-vim.host.VirtualSwitch-{switch.name}",
        numPorts=1536,
        numPortsAvailable=1500,
        mtu=switch.mtu,
        portgroup=[f"key-vim.host.PortGroup-{p.name}" for p in groups if p.switch == switch.name],
        pnic=[f"key-vim.host.PhysicalNic-{u}" for u in switch.uplinks],
        spec=vim.host.VirtualSwitch.Specification(numPorts=128, bridge=bond, mtu=switch.mtu),
    )
    return shared(made)


@lru_cache(maxsize=256)
def _port_group(group: PortGroup) -> Any:
    made = vim.host.PortGroup(
        key=f"key-vim.host.PortGroup-{group.name}",
        vswitch=f"key-vim.host.VirtualSwitch-{group.switch}",
        computedPolicy=vim.host.NetworkPolicy(
            security=vim.host.NetworkPolicy.SecurityPolicy(
                allowPromiscuous=False, macChanges=False, forgedTransmits=False
            )
        ),
        spec=vim.host.PortGroup.Specification(
            name=group.name, vlanId=group.vlan, vswitchName=group.switch, policy=vim.host.NetworkPolicy()
        ),
    )
    return shared(made)


@lru_cache(maxsize=256)
def _proxy_switch(switch: DistributedSwitch, mtu: int, uplinks: tuple[str, ...]) -> Any:
    made = vim.host.HostProxySwitch(
        dvsUuid=switch.uuid,
        dvsName=switch.name,
        key=f"key-vim.host.HostProxySwitch-{switch.name}",
        numPorts=2048,
        configNumPorts=1024,
        numPortsAvailable=2000,
        mtu=mtu,
        pnic=[f"key-vim.host.PhysicalNic-{u}" for u in uplinks],
        spec=vim.host.HostProxySwitch.Specification(
            backing=vim.dvs.HostMember.PnicBacking(
                pnicSpec=[vim.dvs.HostMember.PnicSpec(pnicDevice=u) for u in uplinks]
            )
        ),
        networkReservationSupported=True,
        nsxtEnabled=any(g.nsx for g in switch.port_groups),
    )
    return shared(made)


def physical_nics(host: Host) -> list[Any]:
    speed = vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=25000, duplex=True)
    serial = int(host.uuid[:4], 16)
    return [
        vim.host.PhysicalNic(
            key=f"key-vim.host.PhysicalNic-{device}",
            device=device,
            pci=f"0000:{0x3B + number // 2:02x}:00.{number % 2}",
            driver="nmlx5_core",
            linkSpeed=speed,
            validLinkSpecification=[speed],
            spec=vim.host.PhysicalNic.Specification(linkSpeed=speed),
            wakeOnLanSupported=False,
            mac=f"b8:59:9f:{serial >> 8:02x}:{serial & 0xFF:02x}:{number:02x}",
            autoNegotiateSupported=True,
            resourcePoolSchedulerAllowed=True,
        )
        for number, device in enumerate(PNICS)
    ]


def vnics(world: World, host: Host) -> list[Any]:
    return [_virtual_nic(world, host, a) for a in host.state.adapters]


def _virtual_nic(world: World, host: Host, adapter: Adapter) -> Any:
    attachment = adapter.attachment
    made = vim.host.VirtualNic(
        device=adapter.device,
        key=vnic_key(adapter.device),
        portgroup=attachment.network if attachment.kind == "standard" else "",
        spec=_specification(world, host, adapter),
    )
    if attachment.kind == "standard":
        made.port = f"key-vim.host.PortGroup.Port-{0x2000000 + int(adapter.device[3:]):d}"
    return made


def _specification(world: World, host: Host, adapter: Adapter) -> Any:
    attachment = adapter.attachment
    made = vim.host.VirtualNic.Specification(
        ip=_ip_config(world, host, adapter),
        mac=adapter.mac,
        mtu=adapter.mtu,
        tsoEnabled=adapter.tso,
        netStackInstanceKey=adapter.stack,
        systemOwned=False,
    )
    if attachment.kind == "standard":
        made.portgroup = attachment.network
    elif attachment.kind == "distributed":
        made.distributedVirtualPort = vim.dvs.PortConnection(
            switchUuid=attachment.switch,
            portgroupKey=attachment.network,
            portKey=attachment.port,
            connectionCookie=int(host.uuid[:7], 16),
        )
    else:
        made.opaqueNetwork = vim.host.VirtualNic.OpaqueNetworkSpec(
            opaqueNetworkId=attachment.network, opaqueNetworkType="nsx.LogicalSwitch"
        )
    if adapter.gateway_ipv4 or adapter.gateway_ipv6:
        made.ipRouteSpec = vim.host.VirtualNic.IpRouteSpec(
            ipRouteConfig=vim.host.IpRouteConfig(
                defaultGateway=adapter.gateway_ipv4, ipV6DefaultGateway=adapter.gateway_ipv6
            )
        )
    return shared(made)


def _ip_config(world: World, host: Host, adapter: Adapter) -> Any:
    made = vim.host.IpConfig(dhcp=adapter.ipv4.mode == "dhcp")
    address = world.ipv4_address(host, adapter)
    if address:
        interface = ip_interface(address)
        made.ipAddress, made.subnetMask = str(interface.ip), str(interface.netmask)
    if host.state.ipv6_enabled:
        entries = [_ipv6_address(f"{link_local(adapter.mac)}/64", "other")]
        entries.extend(_ipv6_address(a, "manual") for a in adapter.ipv6.addresses)
        made.ipV6Config = vim.host.IpConfig.IpV6AddressConfiguration(
            ipV6Address=entries,
            autoConfigurationEnabled=adapter.ipv6.autoconf,
            dhcpV6Enabled=adapter.ipv6.dhcp,
        )
    return made


def _ipv6_address(text: str, origin: str) -> Any:
    interface = IPv6Interface(text)
    return vim.host.IpConfig.IpV6Address(
        ipAddress=str(interface.ip), prefixLength=interface.network.prefixlen, origin=origin, dadState="preferred"
    )


def link_local(mac: str) -> str:
    """The EUI-64 address of a MAC."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    full = [*octets[:3], 0xFF, 0xFE, *octets[3:]]
    groups = [f"{full[i] << 8 | full[i + 1]:x}" for i in range(0, 8, 2)]
    return "fe80::" + ":".join(groups)


def stack_instance(world: World, rules: Rules, host: Host, stack: Stack) -> Any:
    table = _route_table(world, rules, host, stack)
    operation = vim.host.IpRouteOp
    return vim.host.NetStackInstance(
        key=stack.key,
        name=stack.name,
        dnsConfig=_dns_config(host, stack.dns),
        ipRouteConfig=vim.host.IpRouteConfig(
            defaultGateway=stack.gateway_ipv4,
            gatewayDevice=_gateway_device(world, host, stack),
            ipV6DefaultGateway=stack.gateway_ipv6,
        ),
        requestedMaxNumberOfConnections=stack.max_connections,
        congestionControlAlgorithm=stack.congestion_control,
        ipV6Enabled=host.state.ipv6_enabled,
        routeTableConfig=vim.host.IpRouteTableConfig(
            ipRoute=[operation(changeOperation="ignore", route=r) for r in table.ipRoute],
            ipv6Route=[operation(changeOperation="ignore", route=r) for r in table.ipv6Route],
        ),
    )


def _dns_config(host: Host, dns: Dns) -> Any:
    servers = host.site.dns_servers if dns.dhcp else dns.servers
    return vim.host.DnsConfig(
        dhcp=dns.dhcp,
        virtualNicDevice=dns.device,
        ipv6VirtualNicDevice=dns.device_ipv6,
        hostName=dns.host_name,
        domainName=dns.domain,
        address=list(servers),
        searchDomain=list(dns.search),
    )


def _gateway_device(world: World, host: Host, stack: Stack) -> str | None:
    if stack.gateway_ipv4 is None:
        return None
    return next((d for d, net in connected_networks(world, host, stack.key) if _within(stack.gateway_ipv4, net)), None)


def _within(address: str, network: str) -> bool:
    return ip_interface(address).ip in ip_network(network)


def connected_networks(world: World, host: Host, stack: str) -> list[tuple[str, str]]:
    """(device, network) of every address on a stack's adapters."""
    return [
        (adapter.device, str(ip_interface(text).network))
        for adapter in host.state.on_stack(stack)
        for text in addresses(world, host, adapter)
    ]


def _route_table(world: World, rules: Rules, host: Host, stack: Stack) -> Any:
    """All routes of a stack: default, static, connected (8.1)."""
    ipv4: list[Any] = []
    ipv6: list[Any] = []
    for network, gateway, device in routes(world, rules, host, stack):
        parsed = ip_network(network)
        entry = vim.host.IpRouteEntry(
            network=str(parsed.network_address), prefixLength=parsed.prefixlen, gateway=gateway, deviceName=device
        )
        (ipv4 if parsed.version == 4 else ipv6).append(entry)
    return vim.host.IpRouteTableInfo(ipRoute=ipv4, ipv6Route=ipv6)


def routes(world: World, rules: Rules, host: Host, stack: Stack) -> list[tuple[str, str, str | None]]:
    """(network, gateway, device) as the kernel would list them."""
    connected = connected_networks(world, host, stack.key)

    def device_to(gateway: str) -> str | None:
        return next((device for device, network in connected if _within(gateway, network)), None)

    found: list[tuple[str, str, str | None]] = []
    if stack.gateway_ipv4:
        found.append(("0.0.0.0/0", stack.gateway_ipv4, device_to(stack.gateway_ipv4)))
    if stack.gateway_ipv6:
        found.append(("::/0", stack.gateway_ipv6, device_to(stack.gateway_ipv6)))
    found.extend((r.network, r.gateway, device_to(r.gateway)) for r in stack.routes)
    for device, network in connected:
        if rules.connected_routes == "unspecified":
            gateway = "0.0.0.0" if ip_network(network).version == 4 else "::"
        else:
            gateway = _own_address(world, host, device, network)
        found.append((network, gateway, device))
    return found


def _own_address(world: World, host: Host, device: str, network: str) -> str:
    adapter = host.state.adapter(device)
    assert adapter is not None
    owned = addresses(world, host, adapter)
    return next(str(ip_interface(a).ip) for a in owned if str(ip_interface(a).network) == network)


def runtime_info(host: Host) -> Any:
    """Only stacks in use; the default stack always is."""
    instances = [
        vim.host.RuntimeInfo.NetStackInstanceRuntimeInfo(
            netStackInstanceKey=s.key,
            state="active",
            vmknicKeys=[a.device for a in host.state.on_stack(s.key)],
            maxNumberOfConnections=s.max_connections,
            currentIpV6Enabled=host.state.ipv6_enabled,
        )
        for s in host.state.stacks
        if s.key == DEFAULT_STACK or host.state.on_stack(s.key)
    ]
    return vim.host.RuntimeInfo.NetworkRuntimeInfo(netStackInstanceRuntimeInfo=instances)
