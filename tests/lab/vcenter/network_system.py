# SPDX-License-Identifier: GPL-3.0-or-later
"""HostNetworkSystem: one write at a time, all or nothing, rolled back when it cuts the host off (reference 6.2, 9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..reachability import find_path
from ..rules import Rules
from ..world import DEFAULT_STACK, Host, HostState, PortGroup
from . import network_info
from .adapters import AdapterEditor, invalid
from .bindings import fault, vim, vmodl
from .managed import Call, Node, method, prop
from .netstack import StackEditor, replace_state


class HostNetworkNode(Node):
    """Base of objects whose writes occupy a host's networking."""

    def __init__(self, vcenter: Any, moid: str, host: Host) -> None:
        super().__init__(vcenter, moid)
        self.host = host

    def state(self) -> Any:
        return self.host.state

    def exclusive_host(self, method_name: str, values: dict[str, Any]) -> Host | None:
        return self.host if method_name in self._methods and method_name not in READING else None

    def busy(self, rules: Rules) -> Any:
        """The fault of a second operation while one runs."""
        if rules.concurrent_operation == "rollback":
            return fault(
                vim.fault.HostConfigFault,
                "An error occurred during host configuration. "
                f"Transaction has rolled back on the host {self.host.name}.",
            )
        return fault(
            vim.fault.TaskInProgress,
            "The operation is not allowed while another one of this host is in progress.",
            task=vim.Task(f"haTask-{self.host.number}-vim.host.NetworkSystem"),
        )

    def require_connection(self) -> None:
        if self.host.state.connection == "disconnected":
            raise fault(
                vmodl.fault.HostNotConnected, "Unable to communicate with the remote host, since it is disconnected."
            )
        if self.host.state.connection == "notResponding":
            raise fault(vmodl.fault.HostNotReachable, "Unable to communicate with the remote host.")

    def commit(self, state: HostState) -> None:
        """Make it the host's state, unless vCenter would lose the host by it."""
        self.require_connection()
        if self.vcenter.rules.rollback_on_management_loss and self._cuts_management(state):
            raise fault(
                vim.fault.HostConfigFault,
                f"Network configuration change disconnected the host '{self.host.name}' from vCenter Server"
                " and has been rolled back.",
            )
        self.host.state = state

    def _cuts_management(self, state: HostState) -> bool:
        return (
            self._touches_management(state)
            and self._reaches_vcenter(self.host)
            and not self._reaches_vcenter(replace_state(self.host, state))
        )

    def _touches_management(self, state: HostState) -> bool:
        """Whether the change can matter for the way to vCenter at all."""

        def relevant(of: HostState) -> tuple[Any, ...]:
            carriers = of.carriers("management")
            return carriers, [of.stack(a.stack) for a in carriers], of.port_groups, of.memberships

        return relevant(state) != relevant(self.host.state)

    def _reaches_vcenter(self, host: Host) -> bool:
        world = self.vcenter.world
        address = world.vcenters[self.vcenter.name].address
        return any(
            find_path(world, host, address, a.stack, a.device) is not None for a in host.state.carriers("management")
        )


READING = frozenset({"QueryNetConfig", "QueryNetworkHint"})


class NetworkSystem(HostNetworkNode):
    vim_type = vim.host.NetworkSystem

    @prop("networkInfo")
    def info(self) -> Any:
        if self.host.state.connection != "connected":
            return None
        return network_info.network_info(self.vcenter.world, self.vcenter.rules, self.host)

    @prop("capabilities")
    def capabilities(self) -> Any:
        return capabilities()

    @prop("networkConfig")
    def network_config(self) -> Any:
        current = self.info()
        if current is None:
            return None
        Config = vim.host.NetworkConfig
        return Config(
            vswitch=[
                vim.host.VirtualSwitch.Config(name=s.name, spec=s.spec, changeOperation=None) for s in current.vswitch
            ],
            pnic=[vim.host.PhysicalNic.Config(device=n.device, spec=n.spec) for n in current.pnic],
            portgroup=[vim.host.PortGroup.Config(spec=p.spec) for p in current.portgroup],
            vnic=[
                vim.host.VirtualNic.Config(device=v.device, portgroup=v.portgroup, spec=v.spec) for v in current.vnic
            ],
            dnsConfig=current.dnsConfig,
            ipRouteConfig=current.ipRouteConfig,
            ipV6Enabled=current.ipV6Enabled,
            netStackSpec=[Config.NetStackSpec(netStackInstance=s, operation=None) for s in current.netStackInstance],
        )

    @prop("dnsConfig")
    def dns_config(self) -> Any:
        current = self.info()
        return current.dnsConfig if current else None

    @prop("ipRouteConfig")
    def ip_route_config(self) -> Any:
        current = self.info()
        return current.ipRouteConfig if current else None

    def _adapters(self, state: HostState | None = None) -> AdapterEditor:
        self.require_connection()
        return AdapterEditor(self.vcenter.world, self.vcenter.rules, self.host, state or self.host.state)

    def _stacks(self, state: HostState | None = None) -> StackEditor:
        self.require_connection()
        return StackEditor(self.vcenter.world, self.vcenter.rules, self.host, state or self.host.state)

    @method("AddVirtualNic")
    def add_virtual_nic(self, call: Call, portgroup: str, nic: Any) -> str:
        editor = self._adapters()
        device = editor.add(portgroup, nic)
        self.commit(editor.state)
        return device

    @method("UpdateVirtualNic")
    def update_virtual_nic(self, call: Call, device: str, nic: Any) -> None:
        editor = self._adapters()
        editor.update(device, nic)
        self.commit(editor.state)

    @method("RemoveVirtualNic")
    def remove_virtual_nic(self, call: Call, device: str) -> None:
        editor = self._adapters()
        editor.remove(device)
        self.commit(editor.state)

    @method("RefreshNetworkSystem")
    def refresh(self, call: Call) -> None:
        """Stacks made by esxcli become visible."""
        self.require_connection()
        state = self.host.state
        self.host.state = replace(state, stacks=tuple(replace(s, announced=True) for s in state.stacks))

    def _update_default_stack(self, **parts: Any) -> None:
        editor = self._stacks()
        instance = vim.host.NetStackInstance(key=DEFAULT_STACK, **parts)
        editor.apply(vim.host.NetworkConfig.NetStackSpec(operation="edit", netStackInstance=instance))
        self.commit(editor.state)

    @method("UpdateDnsConfig")
    def update_dns_config(self, call: Call, config: Any) -> None:
        self._update_default_stack(dnsConfig=config)

    @method("UpdateIpRouteConfig")
    def update_ip_route_config(self, call: Call, config: Any) -> None:
        self._update_default_stack(ipRouteConfig=config)

    @method("UpdateIpRouteTableConfig")
    def update_ip_route_table_config(self, call: Call, config: Any) -> None:
        self._update_default_stack(routeTableConfig=config)

    @method("UpdateNetworkConfig")
    def update_network_config(self, call: Call, config: Any, changeMode: str) -> Any:
        """Stacks, then adapters; anything else in the configuration is not simulated and refused."""
        if changeMode == "replace":
            raise fault(vmodl.fault.NotSupported, "The change mode replace is not implemented.")
        if changeMode != "modify":
            raise invalid("changeMode", "modify is expected.")
        self._check_supported(config)
        devices: list[str] = []
        state = self.host.state
        for change in config.vnic:
            if change.changeOperation == "remove":
                editor = self._adapters(state)
                editor.remove(change.device)
                state = editor.state
        for spec in config.netStackSpec:
            stacks = self._stacks(state)
            stacks.apply(spec)
            state = stacks.state
        for change in config.vnic:
            editor = self._adapters(state)
            if change.changeOperation == "add":
                devices.append(editor.add(change.portgroup or "", change.spec))
            elif change.changeOperation == "edit":
                editor.update(change.device, change.spec)
            state = editor.state
        self.commit(state)
        return vim.host.NetworkConfig.Result(vnicDevice=devices, consoleVnicDevice=[])

    @staticmethod
    def _check_supported(config: Any) -> None:
        simulated = {"netStackSpec", "vnic"}
        for info in config._GetPropertyList():
            if info.name not in simulated and getattr(config, info.name) not in (None, []):
                raise fault(vmodl.fault.NotImplemented, f"The lab's UpdateNetworkConfig does not simulate {info.name}.")

    @method("QueryNetworkHint")
    def query_network_hint(self, call: Call, device: list[str]) -> list[Any]:
        """Nothing was overheard: the lab's switches send neither CDP nor LLDP."""
        self.require_connection()
        known = network_info.PNICS
        for name in device:
            if name not in known:
                raise fault(vim.fault.NotFound, f"The physical adapter {name} was not found.")
        return [vim.host.PhysicalNic.NetworkHint(device=name) for name in device or known]

    @method("AddPortGroup")
    def add_port_group(self, call: Call, portgrp: Any) -> None:
        self.require_connection()
        state = self.host.state
        if state.port_group(portgrp.name) is not None:
            raise fault(vim.fault.AlreadyExists, f"The port group {portgrp.name} already exists.", name=portgrp.name)
        if portgrp.vswitchName not in {s.name for s in state.switches}:
            raise fault(vim.fault.NotFound, f"The switch {portgrp.vswitchName} was not found.")
        if not 0 <= portgrp.vlanId <= 4095:
            raise invalid("portgrp.vlanId", "0 to 4095 is expected.")
        group = PortGroup(portgrp.name, portgrp.vswitchName, portgrp.vlanId)
        self.commit(replace(state, port_groups=(*state.port_groups, group)))
        self.vcenter.add_network(self.host.site, group.name)

    @method("RemovePortGroup")
    def remove_port_group(self, call: Call, pgName: str) -> None:
        self.require_connection()
        state = self.host.state
        if state.port_group(pgName) is None:
            raise fault(vim.fault.NotFound, f"The port group {pgName} was not found.")
        if any(a.attachment.kind == "standard" and a.attachment.network == pgName for a in state.adapters):
            raise fault(
                vim.fault.ResourceInUse,
                f"The resource '{pgName}' is in use.",
                type=vim.host.PortGroup,
                name=pgName,
            )
        self.commit(replace(state, port_groups=tuple(p for p in state.port_groups if p.name != pgName)))


def capabilities() -> Any:
    return vim.host.NetCapabilities(
        canSetPhysicalNicLinkSpeed=True,
        supportsNicTeaming=True,
        nicTeamingPolicy=["loadbalance_ip", "loadbalance_srcmac", "loadbalance_srcid", "failover_explicit"],
        supportsVlan=True,
        usesServiceConsoleNic=False,
        supportsNetworkHints=True,
        maxPortGroupsPerVswitch=512,
        vswitchConfigSupported=True,
        vnicConfigSupported=True,
        ipRouteConfigSupported=True,
        dnsConfigSupported=True,
        dhcpOnVnicSupported=True,
        ipV6Supported=True,
        backupNfcNiocSupported=True,
    )
