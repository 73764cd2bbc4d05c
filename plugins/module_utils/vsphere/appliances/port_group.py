# SPDX-License-Identifier: GPL-3.0-or-later
"""A distributed port group that carries other networks' frames to an appliance. (vSphere reference 5, 21)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...engine.errors import InvalidInput, Refused
from ...engine.plan import Facts, differing
from ..client import VSphere
from ..inventory import display_name
from ..sdk import vim, vmodl
from .inventory_tree import InventoryTree
from .machines import finish

Vlans = tuple[tuple[int, int], ...]
Security = Literal["promiscuous", "mac_learning"]
# A sink port is not part of the public API; promiscuous mode with forged transmits is the supported way, and MAC
# learning the alternative on switches of version 6.6 and later. (vSphere reference 21)
FORGED = "forged_transmits"


@dataclass(frozen=True)
class PortGroup:
    """``vlans`` are ranges of a trunk, or one range of one VLAN; None when the port group has another kind of VLAN."""

    ref: Any = field(repr=False)
    name: str
    key: str
    switch: Any = field(repr=False)
    switch_name: str
    vlans: Vlans | None
    trunk: bool
    promiscuous: bool
    forged_transmits: bool
    mac_learning: bool
    config_version: str = field(repr=False)

    def facts(self) -> Facts:
        return {
            "vlans": None if self.vlans is None else shown(self.vlans),
            "promiscuous": self.promiscuous,
            FORGED: self.forged_transmits,
            "mac_learning": self.mac_learning,
        }

    @property
    def lets_frames_through(self) -> bool:
        return self.forged_transmits and (self.promiscuous or self.mac_learning)

    def carries(self, vlan: int) -> bool:
        return any(first <= vlan <= last for first, last in self.vlans or ())


@dataclass(frozen=True)
class WantedPortGroup:
    """The trunk that the user describes. ``exact``: it carries these VLANs and no other."""

    name: str
    switch: str
    vlans: Vlans
    security: Security
    exact: bool

    def beside(self, present: PortGroup) -> WantedPortGroup:
        """With the VLANs that are there for others."""
        if self.exact or not present.trunk or present.vlans is None:
            return self
        return replace(self, vlans=merged([*present.vlans, *self.vlans]))

    def facts(self) -> Facts:
        learning = self.security == "mac_learning"
        return {"vlans": shown(self.vlans), "promiscuous": not learning, FORGED: True, "mac_learning": learning}


def merged(ranges: Sequence[tuple[int, int]]) -> Vlans:
    """In order, with those that touch made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def differences(present: PortGroup, wanted: WantedPortGroup) -> tuple[Facts, Facts]:
    """What of a port group is not as wanted, from either side."""
    before, after = differing(present.facts(), wanted.facts())
    if wanted.security == "promiscuous" and present.mac_learning:
        # Learning does no harm beside promiscuous mode, and nobody asked to end it.
        before.pop("mac_learning", None)
        after.pop("mac_learning", None)
    if not present.trunk:
        before["vlan_type"], after["vlan_type"] = "one VLAN", "trunk"
    return before, after


def shown(vlans: Vlans) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in vlans) or "none"


def read_port_groups(server: VSphere, tree: InventoryTree, names: Collection[str], within: Any) -> list[PortGroup]:
    """Those of these names in a datacenter, in two reads."""
    kind = vim.dvs.DistributedVirtualPortgroup
    refs = [ref for ref, name in tree.all(kind, within).items() if name in names]
    if not refs:
        return []
    collector = vmodl.query.PropertyCollector
    paths = ["name", "key", "config"]
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=ref, skip=False) for ref in refs],
        propSet=[collector.PropertySpec(type=kind, pathSet=paths, all=False)],
    )
    return [_port_group(tree, ref, found) for ref, found, _missing in server.retrieve([spec])]


def _port_group(tree: InventoryTree, ref: Any, found: Facts) -> PortGroup:
    config = found["config"]
    settings = config.defaultPortConfig
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    vlan = getattr(settings, "vlan", None)
    vlans: Vlans | None = None
    if isinstance(vlan, dvs.TrunkVlanSpec):
        vlans = merged([(one.start, one.end) for one in vlan.vlanId])
    elif isinstance(vlan, dvs.VlanIdSpec):
        vlans = ((vlan.vlanId, vlan.vlanId),)
    security = getattr(settings, "securityPolicy", None)
    management = getattr(settings, "macManagementPolicy", None)
    learning = getattr(management, "macLearningPolicy", None)
    return PortGroup(
        ref,
        display_name(found["name"]),
        found["key"],
        config.distributedVirtualSwitch,
        tree.name(config.distributedVirtualSwitch),
        vlans,
        isinstance(vlan, dvs.TrunkVlanSpec),
        _flag(security, "allowPromiscuous") or getattr(management, "allowPromiscuous", None) is True,
        _flag(security, "forgedTransmits") or getattr(management, "forgedTransmits", None) is True,
        bool(learning and learning.enabled),
        config.configVersion or "",
    )


def _flag(policy: Any, name: str) -> bool:
    found = getattr(policy, name, None)
    return found is not None and found.value is True


def create_port_group(server: VSphere, switch: Any, wanted: WantedPortGroup, timeout: float) -> None:
    """One that somebody else, or an interrupted run, has made meanwhile is looked at when all is verified."""
    spec = _spec(wanted)
    spec.name, spec.type, spec.numPorts, spec.autoExpand = wanted.name, "earlyBinding", 8, True
    try:
        finish(server, lambda: switch.AddDVPortgroup_Task([spec]), f"port group {wanted.name} to be made", timeout)
    except Refused as refused:
        if refused.facts.get("service_code") != "DuplicateName":
            raise


def change_port_group(server: VSphere, present: PortGroup, wanted: WantedPortGroup, timeout: float) -> None:
    """Only what differs is in the specification that is sent; the version keeps others' changes from being lost."""
    spec = _spec(wanted)
    spec.configVersion = present.config_version
    finish(
        server, lambda: present.ref.ReconfigureDVPortgroup_Task(spec), f"port group {wanted.name} to change", timeout
    )


def remove_port_group(server: VSphere, present: PortGroup, timeout: float) -> None:
    finish(server, present.ref.Destroy_Task, f"port group {present.name} to be removed", timeout)


def _spec(wanted: WantedPortGroup) -> Any:
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    learning = wanted.security == "mac_learning"

    def flag(value: bool) -> Any:
        return vim.BoolPolicy(inherited=False, value=value)

    settings = dvs.VmwarePortConfigPolicy(
        vlan=dvs.TrunkVlanSpec(
            inherited=False, vlanId=[vim.NumericRange(start=first, end=last) for first, last in wanted.vlans]
        ),
        securityPolicy=dvs.SecurityPolicy(
            inherited=False, allowPromiscuous=flag(not learning), forgedTransmits=flag(True)
        ),
    )
    if learning:
        settings.macManagementPolicy = dvs.MacManagementPolicy(
            inherited=False,
            allowPromiscuous=False,
            forgedTransmits=True,
            macLearningPolicy=dvs.MacLearningPolicy(inherited=False, enabled=True),
        )
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(defaultPortConfig=settings)


def find_switch(tree: InventoryTree, name: str, within: Any) -> Any:
    """Raises `InvalidInput` when there is none of this name."""
    problems: list[str] = []
    switch = tree.one(vim.DistributedVirtualSwitch, name, within, "distributed switch", problems)
    if switch is None:
        raise InvalidInput(problems[0])
    return switch
