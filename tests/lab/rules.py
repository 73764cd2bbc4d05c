# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's systems that no public source settles, as a switch; defaults are strict."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .autonomous_edge.rules import EdgeRules
from .azure.rules import AzureRules
from .hcx.rules import HcxRules
from .vcd.rules import VcdRules
from .vcda.rules import VcdaRules
from .vcenter.rules import DeploymentRules


@dataclass(frozen=True)
class Rules(HcxRules, VcdRules, AzureRules, DeploymentRules, VcdaRules, EdgeRules):
    """One instance holds for a whole lab; docs/lab.md lists the switches with their contract sections."""

    api_version: str = "8.0.3.0"
    """vim25 version the vCenters offer (vSphere reference 4)."""
    page_size: int = 100
    """Objects per RetrievePropertiesEx answer; the server may page earlier than maxObjects (4)."""
    disconnected_reads: Literal["absent", "missing"] = "absent"
    """`config` of a host that is not connected: left out, or named in missingSet with HostNotConnected (4)."""
    denied_paths: tuple[str, ...] = ()
    """Property paths that a read-only user may not read: they go to missingSet with NoPermission (4)."""
    session_idle_seconds: int = 1800
    """A session unused for this long on the lab's clock is NotAuthenticated (16)."""
    mtu_min: int = 1280
    mtu_max: int = 9000
    """Bounds of an adapter's MTU (6.1, 19.2)."""
    mtu_above_switch: Literal["refuse", "accept"] = "refuse"
    """An adapter's MTU larger than its switch's (5)."""
    unset_mtu: Literal["reset", "keep"] = "reset"
    """UpdateVirtualNic without mtu: back to 1500, or unchanged (19.1)."""
    unset_ip: Literal["refuse", "keep"] = "refuse"
    """UpdateVirtualNic without ip (19.1)."""
    ipv4_absent_beside_ipv6: Literal["reset", "keep"] = "reset"
    """UpdateVirtualNic with ipV6Config but no IPv4 address: IPv4 is removed, or unchanged (6.5)."""
    device_names: Literal["lowest_free", "never_again"] = "lowest_free"
    """A new adapter gets the lowest free vmkN, or one above all that the host ever had (6.2)."""
    duplicate_address_on_segment: Literal["refuse", "accept"] = "refuse"
    """An address that another host already has in the same layer 2 segment."""
    netstack_add_via_api: Literal["refuse", "accept"] = "refuse"
    """NetStackSpec operations add and remove: NotSupported, as the API text says, or done (8.3, 19.3)."""
    gateway_without_adapter: Literal["refuse", "ignore", "accept"] = "refuse"
    """A stack gateway while no adapter of the stack exists (8.2, 19.4)."""
    unset_route_config: Literal["keep", "clear"] = "keep"
    """A stack edit without any ipRouteConfig: gateways stay, or are removed (8.2)."""
    partial_dns: Literal["replace", "merge"] = "replace"
    """Lists left out of a sent dnsConfig: emptied, or unchanged (8.2)."""
    gateway_off_subnet: Literal["refuse", "accept"] = "refuse"
    """A gateway or route next hop outside the subnets of the stack's adapters (8.2)."""
    connected_routes: Literal["unspecified", "interface"] = "unspecified"
    """Gateway shown for a connected route: 0.0.0.0 or the adapter's own address (8.4, 19.7)."""
    custom_stack_candidates: bool = False
    """Whether adapters of custom stacks are candidateVnic of services (19.5)."""
    vsan_witness_by_select: Literal["accept", "refuse"] = "accept"
    """SelectVnicForNicType('vsanWitness'); 'vsan' itself always needs UpdateVsan_Task (7)."""
    single_select_services: tuple[str, ...] = ()
    """Services reported with multiSelectAllowed=false (7)."""
    concurrent_operation: Literal["task_in_progress", "rollback"] = "task_in_progress"
    """Fault of a second network operation on a host while one runs (9)."""
    operation_min_ms: int = 5
    """Shortest time a host network operation occupies its host."""
    rollback_on_management_loss: bool = True
    """vCenter's config.vpxd.network.rollback (9)."""
    esxcli_privilege: str = "Host.Config.Network"
    """Privilege ExecuteSoap asks for (10, 19.6)."""
    esxcli_answers: bool = True
    """False: RetrieveManagedMethodExecuter is unknown, as newer releases may do (19.6)."""
    esxcli_needs_refresh: bool = True
    """A stack made by esxcli shows in the API only after RefreshNetworkSystem (6.2)."""
    ping_roundtrip_suffix: Literal["MS", ""] = "MS"
    """RoundtripMinMS or RoundtripMin in ping summaries (10, 19.6)."""
    task_queued_ms: int = 10
    task_running_ms: int = 30
    """How long a task stays queued and running on the lab's clock."""

    def changed(self, **values: Any) -> Rules:
        """A copy with these switches; ValueError names an unknown switch or a value that it cannot have."""
        hints = get_type_hints(type(self))
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown rule {name}; known: {', '.join(sorted(known))}")
            if hints[name] == tuple[str, ...]:
                values[name] = _names(name, value)
            elif get_origin(hints[name]) is Literal:
                allowed = get_args(hints[name])
                if value not in allowed:
                    raise ValueError(f"rule {name} is one of {', '.join(map(repr, allowed))}, not {value!r}")
            elif type(value) is not hints[name]:
                raise ValueError(f"rule {name} is a {hints[name].__name__}, not {value!r}")
        return replace(self, **values)


def _names(rule: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"rule {rule} is a list of names, not {value!r}")
    return tuple(value)
