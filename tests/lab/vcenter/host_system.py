# SPDX-License-Identifier: GPL-3.0-or-later
"""HostSystem: one ESXi host as vCenter shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..world import Host, HostState
from . import host_facts, network_info, vnic_manager
from .bindings import fault, vim, vmodl
from .encode import Raw
from .entities import Entity
from .managed import Call, Node, method, prop


class HostSystem(Entity):
    vim_type = vim.HostSystem

    def __init__(self, vcenter: Any, moid: str, host: Host, parent: Entity) -> None:
        super().__init__(vcenter, moid, host.name, parent)
        self.host = host
        self.managers: dict[str, Node] = {}

    def state(self) -> Any:
        return self.host.state, self.vcenter.rules, tuple(self.host.site.switches)

    def denied(self, path: str) -> Any:
        """`config` of a host that is not connected may be unset or missing (4)."""
        if path.partition(".")[0] != "config" or self._connected():
            return None
        if self.vcenter.rules.disconnected_reads == "absent":
            return None
        return fault(vmodl.fault.HostNotConnected, "The host is not connected.")

    def _connected(self) -> bool:
        return self.host.state.connection == "connected"

    def _when_connected(self, read: Callable[[], Any]) -> Any:
        return read() if self._connected() else None

    @prop("config.network")
    def network(self) -> Any:
        return self._when_connected(
            lambda: network_info.network_info(self.vcenter.world, self.vcenter.rules, self.host)
        )

    # The parts that clients read of hundreds of hosts at once; making all of `config.network` for each costs much more.

    @prop("config.network.vnic")
    def vnic(self) -> Any:
        return self._when_connected(lambda: network_info.vnics(self.vcenter.world, self.host))

    @prop("config.network.vswitch")
    def switches(self) -> Any:
        return self._when_connected(lambda: network_info.switches(self.host))

    @prop("config.network.portgroup")
    def port_groups(self) -> Any:
        return self._when_connected(lambda: network_info.port_groups(self.host))

    @prop("config.network.proxySwitch")
    def proxy_switches(self) -> Any:
        return self._when_connected(lambda: network_info.proxy_switches(self.host))

    @prop("config.network.opaqueNetwork")
    def opaque_networks(self) -> Any:
        return self._when_connected(lambda: network_info.opaque_networks(self.host))

    @prop("config.network.netStackInstance")
    def stack_instances(self) -> Any:
        return self._when_connected(
            lambda: network_info.stack_instances(self.vcenter.world, self.vcenter.rules, self.host)
        )

    @prop("config.virtualNicManagerInfo")
    def virtual_nic_manager_info(self) -> Any:
        return self._when_connected(lambda: vnic_manager.info(self.vcenter.world, self.vcenter.rules, self.host))

    @prop("config.product")
    def product(self) -> Any:
        return self._when_connected(lambda: host_facts.product(self.host))

    @prop("config")
    def config(self) -> Any:
        if not self._connected():
            return None
        made = host_facts.config(self.host, self.ref)
        made.network = self.network()
        made.virtualNicManagerInfo = self.virtual_nic_manager_info()
        return made

    @prop("runtime")
    def runtime(self) -> Any:
        return host_facts.runtime(self.host)

    @prop("runtime.networkRuntimeInfo")
    def network_runtime_info(self) -> Any:
        return self._when_connected(lambda: network_info.runtime_info(self.host))

    @prop("runtime.connectionState")
    def connection_state(self) -> str:
        return self.host.state.connection

    @prop("runtime.inMaintenanceMode")
    def in_maintenance_mode(self) -> bool:
        return self.host.state.maintenance

    @prop("summary")
    def summary(self) -> Any:
        return host_facts.summary(self.host, self.ref, self.vcenter.world.vcenters[self.vcenter.name].address)

    @prop("summary.config.product")
    def summary_product(self) -> Any:
        return host_facts.product(self.host)

    @prop("summary.managementServerIp")
    def management_server(self) -> str:
        return self.vcenter.world.vcenters[self.vcenter.name].address

    @prop("hardware")
    def hardware(self) -> Any:
        return self._when_connected(lambda: host_facts.hardware(self.host))

    @prop("capability")
    def capability(self) -> Any:
        return self._when_connected(host_facts.capability)

    @prop("datastore")
    def datastores(self) -> list[Any]:
        site = self.host.site
        return [self.vcenter.inventory.datastores[site.name, name].ref for name in site.datastores]

    @prop("network")
    def networks(self) -> list[Any]:
        names = [p.name for p in self.host.state.port_groups] + list(self.host.state.opaque_networks)
        found = [self.vcenter.inventory.networks[self.host.site.name, n].ref for n in names]
        for membership in self.host.state.memberships:
            switch = self.vcenter.inventory.switches[membership.switch]
            found.extend(p.ref for p in switch.port_groups if not p.group.uplink)
        return found

    @prop("vm", cached=False)
    def virtual_machines(self) -> list[Any]:
        return [m.ref for m in self.vcenter.inventory.machines.values() if m.host_node is self]

    @prop("configManager")
    def config_manager(self) -> Any:
        return vim.host.ConfigManager(**{n: node.ref for n, node in self.managers.items() if n != "executer"})

    @prop("datastoreBrowser")
    def datastore_browser(self) -> Any:
        return vim.host.DatastoreBrowser(f"datastoreBrowser-{self.moid}")

    def _task(self, call: Call, change: Callable[[HostState], HostState]) -> Any:
        def work() -> None:
            self.host.state = change(self.host.state)

        return self.vcenter.inventory.tasks.start(call, self.ref, work)

    def _invalid_state(self, text: str) -> Any:
        return fault(vim.fault.InvalidState, text)

    @method("EnterMaintenanceMode_Task")
    def enter_maintenance_mode(
        self, call: Call, timeout: int, evacuatePoweredOffVms: bool | None, maintenanceSpec: Any
    ) -> Any:
        def enter(state: HostState) -> HostState:
            self._require_connected(state)
            if state.maintenance:
                raise self._invalid_state("The host is already in maintenance mode.")
            return replace(state, maintenance=True)

        return self._task(call, enter)

    @method("ExitMaintenanceMode_Task")
    def exit_maintenance_mode(self, call: Call, timeout: int) -> Any:
        def leave(state: HostState) -> HostState:
            self._require_connected(state)
            if not state.maintenance:
                raise self._invalid_state("The host is not in maintenance mode.")
            return replace(state, maintenance=False)

        return self._task(call, leave)

    @method("DisconnectHost_Task")
    def disconnect(self, call: Call) -> Any:
        def disconnected(state: HostState) -> HostState:
            if state.connection == "disconnected":
                raise self._invalid_state("The host is already disconnected.")
            return replace(state, connection="disconnected")

        return self._task(call, disconnected)

    @method("ReconnectHost_Task")
    def reconnect(self, call: Call, cnxSpec: Any, reconnectSpec: Any) -> Any:
        def reconnected(state: HostState) -> HostState:
            if state.connection != "disconnected":
                raise self._invalid_state("The host is not disconnected.")
            return replace(state, connection="connected")

        return self._task(call, reconnected)

    @staticmethod
    def _require_connected(state: HostState) -> None:
        if state.connection != "connected":
            raise fault(vmodl.fault.HostNotConnected, "The host is not connected.")

    @method("RetrieveManagedMethodExecuter")
    def managed_method_executer(self, call: Call) -> Raw:
        moid = self.managers["executer"].moid
        return Raw(f'<returnval type="ReflectManagedMethodExecuter">{moid}</returnval>')
