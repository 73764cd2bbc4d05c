# SPDX-License-Identifier: GPL-3.0-or-later
"""VirtualNic specifications to adapters, with the refusals of a real host (vSphere reference 6)."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface
from typing import Any

from ..rules import Rules
from ..world import DEFAULT_STACK, Adapter, Attachment, Host, HostState, Ipv4, Ipv6, World
from .bindings import fault, vim, vmodl
from .network_info import port_key

DEFAULT_MTU = 1500


def refused(text: str) -> Any:
    return fault(vim.fault.HostConfigFault, f"An error occurred during host configuration. {text}")


def invalid(field: str, text: str) -> Any:
    return fault(
        vmodl.fault.InvalidArgument,
        f"A specified parameter was not correct: {field}. {text}",
        invalidProperty=field,
    )


class AdapterEditor:
    """Adds, changes and removes adapters of one host; works on a state, so that nothing happens unless all succeeds."""

    def __init__(self, world: World, rules: Rules, host: Host, state: HostState) -> None:
        self._world = world
        self._rules = rules
        self._host = host
        self.state = state

    def add(self, portgroup: str, spec: Any) -> str:
        """The new device."""
        if spec.ip is None:
            raise invalid("nic.ip", "An adapter needs an address configuration.")
        stack = spec.netStackInstanceKey or DEFAULT_STACK
        if self.state.stack(stack) is None:
            raise invalid("nic.netStackInstanceKey", f"There is no TCP/IP stack {stack}.")
        device = self._free_device()
        attachment = self._attachment(spec, portgroup, device)
        if attachment is None:
            raise invalid("portgroup", "A port group, distributed port or opaque network is required.")
        self._check_standard_port_group(attachment, device)
        adapter = Adapter(device, spec.mac or self._free_mac(), attachment, Ipv4(), stack=stack)
        self._check_mac(adapter)
        adapter = replace(
            adapter,
            ipv4=self._ipv4(spec.ip, Ipv4()),
            ipv6=self._ipv6(spec.ip.ipV6Config, Ipv6()),
            mtu=DEFAULT_MTU if spec.mtu is None else spec.mtu,
            tso=spec.tsoEnabled is not False,
        )
        self._finish(self._with_gateways(adapter, spec))
        return device

    def update(self, device: str, spec: Any) -> None:
        adapter = self.state.adapter(device)
        if adapter is None:
            raise fault(vim.fault.NotFound, f"The adapter {device} was not found.")
        if spec.netStackInstanceKey not in (None, adapter.stack):
            raise refused(f"The TCP/IP stack of {device} cannot be changed.")
        adapter = self._moved(adapter, self._attachment(spec, "", device))
        if spec.mac is not None and spec.mac.lower() != adapter.mac:
            adapter = replace(adapter, mac=spec.mac.lower())
            self._check_mac(adapter)
        if spec.ip is not None:
            adapter = replace(
                adapter, ipv4=self._ipv4(spec.ip, adapter.ipv4), ipv6=self._ipv6(spec.ip.ipV6Config, adapter.ipv6)
            )
        elif self._rules.unset_ip == "refuse":
            raise invalid("nic.ip", "An adapter needs an address configuration.")
        if spec.mtu is not None:
            adapter = replace(adapter, mtu=spec.mtu)
        elif self._rules.unset_mtu == "reset":
            adapter = replace(adapter, mtu=DEFAULT_MTU)
        if spec.tsoEnabled is not None:
            adapter = replace(adapter, tso=spec.tsoEnabled)
        self._finish(self._with_gateways(adapter, spec))

    def _moved(self, adapter: Adapter, to: Attachment | None) -> Adapter:
        """Naming the present network again is no move: the port stays."""
        here = adapter.attachment
        if to is None or (to.kind, to.network) == (here.kind, here.network):
            return adapter
        self._check_standard_port_group(to, adapter.device)
        return replace(adapter, attachment=to)

    def remove(self, device: str) -> None:
        if self.state.adapter(device) is None:
            raise fault(vim.fault.NotFound, f"The adapter {device} was not found.")
        self.state = self.state.without_adapter(device)

    def _finish(self, adapter: Adapter) -> None:
        self._check_mtu(adapter)
        self._check_addresses(adapter)
        self._check_gateways(adapter)
        self.state = self.state.with_adapter(adapter)
        if adapter.stack in ("vmotion", "vSphereProvisioning"):
            # From now on the host uses only this stack for the service (7).
            service = adapter.stack
            for other in self.state.adapters:
                if service in other.services:
                    self.state = self.state.with_adapter(replace(other, services=other.services - {service}))

    def _free_device(self) -> str:
        if self._rules.device_names == "never_again":
            return f"vmk{self.state.highest_device + 1}"
        taken = {a.device for a in self.state.adapters}
        return next(f"vmk{n}" for n in range(256) if f"vmk{n}" not in taken)

    def _free_mac(self) -> str:
        """A generated one; unlike the device name it is not used again while the host lives."""
        prefix = self._host.uuid.replace("-", "")[:6]
        taken = {a.mac for h in self._world.hosts() for a in h.state.adapters} | {a.mac for a in self.state.adapters}
        for number in range(0xFFFF):
            value = (int(prefix, 16) + number) & 0xFFFFFF
            mac = f"00:50:56:{0x60 | (value >> 16 & 0x0F):02x}:{value >> 8 & 0xFF:02x}:{value & 0xFF:02x}"
            if mac not in taken:
                return mac
        raise refused("No free MAC address.")

    def _check_mac(self, adapter: Adapter) -> None:
        if not re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", adapter.mac.lower()) or int(adapter.mac[:2], 16) & 1:
            raise invalid("nic.mac", f"{adapter.mac} is not a unicast MAC address.")
        if any(a.mac == adapter.mac and a.device != adapter.device for a in self.state.adapters):
            raise refused(f"The MAC address {adapter.mac} is already in use on this host.")

    def _attachment(self, spec: Any, portgroup: str, device: str) -> Attachment | None:
        """At most one kind of network may be named (6.1)."""
        if portgroup and spec.portgroup and spec.portgroup != portgroup:
            raise invalid("nic.portgroup", "The specification names another port group than the call.")
        standard = portgroup or spec.portgroup
        named = [n for n in (standard, spec.distributedVirtualPort, spec.opaqueNetwork) if n]
        if len(named) > 1:
            raise invalid("nic", "Only one of port group, distributed port and opaque network may be set.")
        if not named:
            return None
        if standard:
            group = self.state.port_group(standard)
            if group is None:
                raise invalid("portgroup", f"There is no port group {standard} on this host.")
            return Attachment("standard", standard, group.switch)
        if spec.opaqueNetwork:
            return self._opaque(spec.opaqueNetwork)
        return self._distributed(spec.distributedVirtualPort, device)

    def _opaque(self, network: Any) -> Attachment:
        if network.opaqueNetworkId not in self.state.opaque_networks:
            raise invalid("nic.opaqueNetwork", f"There is no opaque network {network.opaqueNetworkId} on this host.")
        if network.opaqueNetworkType != "nsx.LogicalSwitch":
            raise invalid("nic.opaqueNetwork.opaqueNetworkType", "The network is of type nsx.LogicalSwitch.")
        return Attachment("opaque", network.opaqueNetworkId)

    def _distributed(self, port: Any, device: str) -> Attachment:
        where = "nic.distributedVirtualPort"
        if self.state.membership(port.switchUuid) is None:
            raise invalid(f"{where}.switchUuid", "The host is not a member of that distributed switch.")
        if not port.portgroupKey:
            raise invalid(f"{where}.portgroupKey", "The lab connects adapters by port group, not by single port.")
        found = self._host.site.distributed_port_group(port.portgroupKey)
        if found is None or found[0].uuid != port.switchUuid:
            raise invalid(f"{where}.portgroupKey", f"There is no port group {port.portgroupKey} on that switch.")
        if found[1].uplink:
            raise invalid(f"{where}.portgroupKey", "An uplink port group takes no adapters.")
        return Attachment("distributed", port.portgroupKey, port.switchUuid, port_key(port.switchUuid, device))

    def _check_standard_port_group(self, attachment: Attachment, device: str) -> None:
        others = (a.attachment for a in self.state.adapters if a.device != device)
        if attachment.kind == "standard" and any(
            o.kind == "standard" and o.network == attachment.network for o in others
        ):
            raise fault(
                vim.fault.AlreadyExists,
                f"The specified key, name, or identifier '{attachment.network}' already exists.",
                name=attachment.network,
            )

    def _ipv4(self, ip: Any, current: Ipv4) -> Ipv4:
        if ip.dhcp:
            return Ipv4("dhcp")
        if not ip.ipAddress:
            has_ipv6 = ip.ipV6Config is not None and (
                ip.ipV6Config.ipV6Address or ip.ipV6Config.autoConfigurationEnabled or ip.ipV6Config.dhcpV6Enabled
            )
            if not has_ipv6:
                raise invalid("nic.ip.ipAddress", "A static configuration needs an address.")
            return current if self._rules.ipv4_absent_beside_ipv6 == "keep" else Ipv4("static")
        try:
            address = IPv4Address(ip.ipAddress)
        except ValueError as error:
            raise invalid("nic.ip.ipAddress", f"{ip.ipAddress} is not an IPv4 address.") from error
        interface = _masked(address, ip.subnetMask)
        network = interface.network
        if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
            raise invalid("nic.ip.ipAddress", f"{address} cannot be an adapter's address.")
        if network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
            raise invalid("nic.ip.ipAddress", f"{address} is not a host address in {network}.")
        return Ipv4("static", str(interface))

    def _ipv6(self, config: Any, current: Ipv6) -> Ipv6:
        """Addresses change by operations; ones without an operation, as read back, are left alone (6.5)."""
        if config is None:
            return current
        if not self.state.ipv6_enabled:
            raise fault(vim.fault.InvalidState, "IPv6 is not enabled on this host.")
        addresses = list(current.addresses)
        for entry in config.ipV6Address:
            if not entry.operation or entry.operation == "ignore":
                continue
            text = _ipv6_interface(entry)
            if entry.operation == "add":
                if text in addresses:
                    raise refused(f"The address {text} is already set.")
                addresses.append(text)
            elif entry.operation == "remove":
                if text not in addresses:
                    raise refused(f"The address {text} is not set.")
                addresses.remove(text)
            else:
                raise invalid("nic.ip.ipV6Config.ipV6Address.operation", "add or remove is expected.")
        flags = (config.autoConfigurationEnabled, config.dhcpV6Enabled)
        return Ipv6(
            tuple(addresses),
            current.autoconf if flags[0] is None else flags[0],
            current.dhcp if flags[1] is None else flags[1],
        )

    @staticmethod
    def _with_gateways(adapter: Adapter, spec: Any) -> Adapter:
        """A gateway left unset inside a sent ipRouteConfig removes the override (6.1)."""
        if spec.ipRouteSpec is None:
            return adapter
        config = spec.ipRouteSpec.ipRouteConfig
        return replace(
            adapter,
            gateway_ipv4=(config.defaultGateway if config else None) or None,
            gateway_ipv6=(config.ipV6DefaultGateway if config else None) or None,
        )

    def _check_mtu(self, adapter: Adapter) -> None:
        if not self._rules.mtu_min <= adapter.mtu <= self._rules.mtu_max:
            raise invalid("nic.mtu", f"The MTU must be {self._rules.mtu_min} to {self._rules.mtu_max}.")
        limit = self._world.switch_mtu(self._host, adapter.attachment)
        if adapter.mtu > limit and self._rules.mtu_above_switch == "refuse":
            raise refused(f"The MTU {adapter.mtu} of {adapter.device} exceeds the {limit} of its switch.")

    def _check_addresses(self, adapter: Adapter) -> None:
        own = {a.partition("/")[0] for a in (adapter.ipv4.address, *adapter.ipv6.addresses) if a}
        for other in self.state.adapters:
            if other.device != adapter.device:
                self._check_duplicate(own, self._host, other)
        if self._rules.duplicate_address_on_segment == "accept":
            return
        segment = self._world.attached_segment(self._host, adapter.attachment)
        for host in self._host.site.hosts:
            for other in () if host is self._host else host.state.adapters:
                self._check_duplicate(own, host, other, segment.id)
        for router in segment.routers:
            if router.partition("/")[0] in own:
                raise refused(f"The address {router.partition('/')[0]} is in use by a router of the network.")

    def _check_duplicate(self, own: set[str], host: Host, other: Adapter, segment: str | None = None) -> None:
        ipv4 = other.ipv4.address if other.ipv4.mode == "static" else self._world.leases.get(other.mac)
        taken = own & {a.partition("/")[0] for a in (ipv4, *other.ipv6.addresses) if a}
        if taken and segment in (None, self._world.attached_segment(host, other.attachment).id):
            raise refused(f"The address {taken.pop()} is already in use by {other.device} of {host.name}.")

    def _check_gateways(self, adapter: Adapter) -> None:
        networks = [
            ip_interface(a).network
            for a in (self._world.ipv4_address(self._host, adapter), *adapter.ipv6.addresses)
            if a
        ]
        for field, text in (("defaultGateway", adapter.gateway_ipv4), ("ipV6DefaultGateway", adapter.gateway_ipv6)):
            if text is None:
                continue
            where = f"nic.ipRouteSpec.ipRouteConfig.{field}"
            gateway = gateway_address(text, 4 if field == "defaultGateway" else 6, where)
            if not any(gateway in n for n in networks) and self._rules.gateway_off_subnet == "refuse":
                raise refused(f"The gateway {gateway} is not in a subnet of {adapter.device}.")


def gateway_address(text: str, version: int, where: str) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise invalid(where, f"{text} is not an address.") from error
    if address.version != version or address.is_multicast or address.is_unspecified or address.is_loopback:
        raise invalid(where, f"{text} cannot be an IPv{version} gateway.")
    return address


def _masked(address: IPv4Address, mask: str | None) -> IPv4Interface:
    if not mask:
        raise invalid("nic.ip.subnetMask", "A static address needs a subnet mask.")
    try:
        bits = int(IPv4Address(mask))
    except ValueError as error:
        raise invalid("nic.ip.subnetMask", f"{mask} is not a subnet mask.") from error
    inverted = bits ^ 0xFFFFFFFF
    if inverted & (inverted + 1) or bits == 0:
        raise invalid("nic.ip.subnetMask", f"{mask} is not a subnet mask.")
    return IPv4Interface((address, bits.bit_count()))


def _ipv6_interface(entry: Any) -> str:
    where = "nic.ip.ipV6Config.ipV6Address"
    try:
        interface = IPv6Interface(f"{entry.ipAddress}/{entry.prefixLength}")
    except ValueError as error:
        raise invalid(where, f"{entry.ipAddress}/{entry.prefixLength} is not an IPv6 address.") from error
    if interface.ip.is_multicast or interface.ip.is_unspecified or interface.ip.is_loopback:
        raise invalid(where, f"{interface.ip} cannot be an adapter's address.")
    return str(interface)
