# SPDX-License-Identifier: GPL-3.0-or-later
"""HostVsanSystem, as far as its networking goes: which adapters carry vSAN traffic (vSphere reference 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..world import DEFAULT_STACK
from .adapters import invalid
from .bindings import vim
from .managed import Call, method, prop
from .network_system import HostNetworkNode


class VsanSystem(HostNetworkNode):
    vim_type = vim.host.VsanSystem

    @prop("config")
    def config(self) -> Any:
        ports = [
            vim.vsan.host.ConfigInfo.NetworkInfo.PortConfig(
                ipConfig=vim.vsan.host.IpConfig(upstreamIpAddress="224.1.2.3", downstreamIpAddress="224.2.3.4"),
                device=a.device,
            )
            for a in self.host.state.carriers("vsan")
        ]
        return vim.vsan.host.ConfigInfo(
            enabled=self.host.state.vsan_enabled,
            networkInfo=vim.vsan.host.ConfigInfo.NetworkInfo(port=ports),
        )

    @method("QueryHostStatus")
    def query_host_status(self, call: Call) -> Any:
        """A host alone: the lab has no vSAN clusters."""
        self.require_connection()
        node = self.host.uuid
        enabled = self.host.state.vsan_enabled
        return vim.vsan.host.ClusterStatus(
            uuid=node if enabled else None,
            nodeUuid=node,
            health="healthy",
            nodeState=vim.vsan.host.ClusterStatus.State(state="master" if enabled else "error"),
            memberUuid=[node] if enabled else [],
        )

    @method("UpdateVsan_Task")
    def update(self, call: Call, config: Any) -> Any:
        """networkInfo, when sent, names all adapters with vSAN traffic."""
        self.require_connection()
        ports = None if config.networkInfo is None else [p.device for p in config.networkInfo.port]
        for device in ports or []:
            adapter = self.host.state.adapter(device)
            if adapter is None or adapter.stack != DEFAULT_STACK:
                raise invalid("config.networkInfo.port.device", f"{device} cannot carry vSAN traffic.")

        def work() -> None:
            state = self.host.state
            if config.enabled is not None:
                state = replace(state, vsan_enabled=config.enabled)
            for adapter in state.adapters if ports is not None else ():
                services = adapter.services - {"vsan"}
                if adapter.device in (ports or []):
                    services |= {"vsan"}
                state = state.with_adapter(replace(adapter, services=services))
            self.commit(state)

        return self.vcenter.inventory.tasks.start(call, self.vcenter.inventory.hosts[self.host.name].ref, work)
