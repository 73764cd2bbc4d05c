# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of distributed port groups do: create, change, delete (vSphere reference 5, 21)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..world import TRUNK, DistributedPortGroup, DistributedSwitch, PortSecurity, Site
from .bindings import fault, vim, vmodl

if TYPE_CHECKING:
    from .server import VCenterServer

LAST_VLAN = 4094
BINDINGS = ("earlyBinding", "lateBinding", "ephemeral")


def add(vcenter: VCenterServer, site: Site, switch: str, specs: list[Any]) -> list[Any]:
    """References of the new port groups: all of them, or none and a fault."""
    made: list[DistributedPortGroup] = []
    for spec in specs:
        if not spec.name:
            raise _invalid("spec.name", "A port group needs a name.")
        _check_name(vcenter, site, spec.name, made)
        made.append(_described(vcenter, DistributedPortGroup(_new_key(vcenter), spec.name, "0"), spec))
    for group in made:
        site.keep_port_group(switch, group)
    return [vim.dvs.DistributedVirtualPortgroup(group.key) for group in made]


def reconfigure(vcenter: VCenterServer, site: Site, key: str, spec: Any) -> None:
    switch, group = _found(site, key)
    if spec.configVersion and spec.configVersion != str(group.version):
        raise fault(vim.fault.ConcurrentAccess, "The port group has been changed by another client.")
    if spec.name and spec.name != group.name:
        _check_name(vcenter, site, spec.name, [])
    changed = _described(vcenter, replace(group, name=spec.name or group.name, version=group.version + 1), spec)
    site.keep_port_group(switch.uuid, changed)


def destroy(vcenter: VCenterServer, site: Site, key: str) -> None:
    group = _found(site, key)[1]
    machines = [m.name for m in vcenter.world.machines_of(vcenter.name) if any(c.network == key for c in m.cards)]
    adapters = [
        f"{a.device} of {h.name}"
        for h in site.hosts
        for a in h.state.adapters
        if a.attachment.kind == "distributed" and a.attachment.network == key
    ]
    users = [*machines, *adapters]
    if users or group.uplink:
        raise fault(
            vim.fault.ResourceInUse, f"The port group {group.name} is in use by {', '.join(users) or 'uplinks'}."
        )
    site.drop_port_group(key)


def _new_key(vcenter: VCenterServer) -> str:
    while (key := vcenter.inventory.numbers.next("dvportgroup-")) in vcenter.nodes:
        pass
    return key


def _found(site: Site, key: str) -> tuple[DistributedSwitch, DistributedPortGroup]:
    found = site.distributed_port_group(key)
    if found is None:
        raise fault(vmodl.fault.ManagedObjectNotFound, "The port group has been deleted.")
    return found


def _check_name(vcenter: VCenterServer, site: Site, name: str, made: list[DistributedPortGroup]) -> None:
    names = {g.name: g.key for s in site.switches for g in s.port_groups} | {g.name: g.key for g in made}
    if name in names:
        raise fault(
            vim.fault.DuplicateName,
            f"The name '{name}' already exists.",
            name=name,
            object=vim.dvs.DistributedVirtualPortgroup(names[name]),
        )
    if (site.name, name) in vcenter.inventory.networks:
        node = vcenter.inventory.networks[site.name, name]
        raise fault(vim.fault.DuplicateName, f"The name '{name}' already exists.", name=name, object=node.ref)


def _described(vcenter: VCenterServer, group: DistributedPortGroup, spec: Any) -> DistributedPortGroup:
    """The group with all that the specification sets; what it leaves unset stays."""
    if spec.type is not None and spec.type not in BINDINGS:
        raise _invalid("spec.type", f"{spec.type} is not a type of port group.")
    if spec.numPorts is not None:
        group = replace(group, ports=spec.numPorts)
    if spec.description is not None:
        group = replace(group, description=spec.description)
    setting = spec.defaultPortConfig
    if setting is None:
        return group
    if setting.vlan is not None:
        group = _with_vlan(group, setting.vlan)
    return replace(group, security=_security(vcenter, group.security, setting))


def _with_vlan(group: DistributedPortGroup, vlan: Any) -> DistributedPortGroup:
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    if isinstance(vlan, dvs.TrunkVlanSpec):
        ranges = tuple((r.start, r.end) for r in vlan.vlanId)
        if not ranges or not all(0 <= first <= last <= LAST_VLAN for first, last in ranges):
            raise _invalid("spec.defaultPortConfig.vlan", "A trunk has ranges of VLANs from 0 to 4094.")
        return replace(group, segment=TRUNK, trunk=ranges)
    if isinstance(vlan, dvs.VlanIdSpec):
        if not 0 <= vlan.vlanId <= LAST_VLAN:
            raise _invalid("spec.defaultPortConfig.vlan", "A VLAN is a number from 0 to 4094.")
        return replace(group, segment=str(vlan.vlanId), trunk=())
    raise fault(vmodl.fault.NotSupported, "The lab has no private VLANs.")


def _security(vcenter: VCenterServer, before: PortSecurity, setting: Any) -> PortSecurity:
    """`macManagementPolicy` says the same as `securityPolicy` in newer words, and wins where both are set."""
    found: dict[str, bool] = {}
    old, new = setting.securityPolicy, setting.macManagementPolicy
    names = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}
    for own, wire in names.items():
        if old is not None and getattr(old, wire) is not None and getattr(old, wire).value is not None:
            found[own] = getattr(old, wire).value
        if new is not None and getattr(new, wire) is not None:
            found[own] = getattr(new, wire)
    learning = None if new is None else new.macLearningPolicy
    if learning is not None and learning.enabled is not None:
        if vcenter.rules.dvpg_mac_learning == "missing":
            raise fault(vmodl.fault.NotSupported, "MAC learning needs a distributed switch of version 6.6 or newer.")
        found["mac_learning"] = learning.enabled
    return replace(before, **found)


def _invalid(where: str, text: str) -> Any:
    return fault(vmodl.fault.InvalidArgument, text, invalidProperty=where)
