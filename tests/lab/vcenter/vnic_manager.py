# SPDX-License-Identifier: GPL-3.0-or-later
"""HostVirtualNicManager: which adapter carries which service (vSphere reference 7)."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from ..rules import Rules
from ..world import DEDICATED_STACKS, DEFAULT_STACK, Adapter, Host, World
from .adapters import invalid
from .bindings import vim
from .managed import Call, method, prop
from .network_info import vnic_key, vnics
from .network_system import HostNetworkNode

SERVICES = (
    "faultToleranceLogging",
    "management",
    "nvmeRdma",
    "nvmeTcp",
    "ptp",
    "vSphereBackupNFC",
    "vSphereProvisioning",
    "vSphereReplication",
    "vSphereReplicationNFC",
    "vmotion",
    "vsan",
    "vsanExternal",
    "vsanReplication",
    "vsanWitness",
)
"""What an ESXi 8.0 U3 knows."""


def info(world: World, rules: Rules, host: Host) -> Any:
    made = vnics(world, host)
    return vim.host.VirtualNicManagerInfo(netConfig=[net_config(rules, host, s, made) for s in SERVICES])


def net_config(rules: Rules, host: Host, service: str, made: list[Any]) -> Any:
    """From the host's VirtualNics; keys are "<service>.<adapter key>" in both lists (4)."""
    selected = [a.device for a in host.state.carriers(service)]
    return vim.host.VirtualNicManager.NetConfig(
        nicType=service,
        multiSelectAllowed=service not in rules.single_select_services,
        candidateVnic=[
            _candidate(vnic, service)
            for vnic, adapter in zip(made, host.state.adapters, strict=True)
            if _is_candidate(rules, adapter, service)
        ],
        selectedVnic=[f"{service}.{vnic_key(d)}" for d in selected],
    )


def _candidate(vnic: Any, service: str) -> Any:
    """The same adapter under the service's key; the specification is shared, not copied."""
    made = copy.copy(vnic)
    made.key = f"{service}.{vnic.key}"
    return made


def _is_candidate(rules: Rules, adapter: Adapter, service: str) -> bool:
    if adapter.stack == DEFAULT_STACK or DEDICATED_STACKS.get(adapter.stack) == service:
        return True
    return adapter.stack not in DEDICATED_STACKS and rules.custom_stack_candidates


class VirtualNicManager(HostNetworkNode):
    vim_type = vim.host.VirtualNicManager

    @prop("info")
    def manager_info(self) -> Any:
        if self.host.state.connection != "connected":
            return None
        return info(self.vcenter.world, self.vcenter.rules, self.host)

    @method("QueryNetConfig")
    def query_net_config(self, call: Call, nicType: str) -> Any:
        self.require_connection()
        self._check_service(nicType)
        return net_config(self.vcenter.rules, self.host, nicType, vnics(self.vcenter.world, self.host))

    @method("SelectVnicForNicType")
    def select(self, call: Call, nicType: str, device: str) -> None:
        self.require_connection()
        adapter = self._selectable(nicType, device)
        state = self.host.state
        if nicType in self.vcenter.rules.single_select_services:
            for other in state.adapters:
                state = state.with_adapter(replace(other, services=other.services - {nicType}))
        self.commit(state.with_adapter(replace(adapter, services=adapter.services | {nicType})))

    @method("DeselectVnicForNicType")
    def deselect(self, call: Call, nicType: str, device: str) -> None:
        self.require_connection()
        adapter = self._selectable(nicType, device)
        if nicType not in adapter.services:
            raise invalid("device", f"{device} is not selected for {nicType}.")
        self.commit(self.host.state.with_adapter(replace(adapter, services=adapter.services - {nicType})))

    def _check_service(self, service: str) -> None:
        if service not in SERVICES:
            raise invalid("nicType", f"There is no service {service}.")

    def _selectable(self, service: str, device: str) -> Adapter:
        self._check_service(service)
        if service == "vsan":
            raise invalid("nicType", "vSAN traffic is set through the vSAN system.")
        if service == "vsanWitness" and self.vcenter.rules.vsan_witness_by_select == "refuse":
            raise invalid("nicType", "vSAN witness traffic is set through the vSAN system.")
        adapter = self.host.state.adapter(device)
        if adapter is None:
            raise invalid("device", f"There is no adapter {device}.")
        if adapter.stack != DEFAULT_STACK:
            raise invalid("device", f"Services of {device} cannot be set: it is on the TCP/IP stack {adapter.stack}.")
        if service in DEDICATED_STACKS.values() and self.host.state.on_stack(service):
            raise invalid("device", f"{service} of this host is carried by the TCP/IP stack {service}.")
        return adapter
