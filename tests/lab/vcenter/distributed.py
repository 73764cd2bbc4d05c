# SPDX-License-Identifier: GPL-3.0-or-later
"""Distributed switches and their port groups, NSX-backed ones included."""

from __future__ import annotations

from typing import Any

from ..world import TRUNK, DistributedPortGroup, DistributedSwitch, PortSecurity, Site
from . import port_group_work
from .bindings import vim
from .entities import Entity, Network, escaped
from .managed import Call, method, prop

DVS = vim.dvs.VmwareDistributedVirtualSwitch


class SwitchNode(Entity):
    vim_type = DVS

    def __init__(self, vcenter: Any, moid: str, site: Site, switch: DistributedSwitch, parent: Entity) -> None:
        super().__init__(vcenter, moid, switch.name, parent)
        self.site = site
        self.switch = switch
        self.port_groups: list[PortGroupNode] = []

    @prop("uuid")
    def uuid(self) -> str:
        return self.switch.uuid

    @prop("portgroup")
    def portgroup(self) -> list[Any]:
        return [p.ref for p in self.port_groups]

    @method("CreateDVPortgroup_Task")
    def create_port_group(self, call: Call, spec: Any) -> Any:
        return self.vcenter.inventory.tasks.start(
            call, self.ref, lambda: port_group_work.add(self.vcenter, self.site, self.switch.uuid, [spec])[0]
        )

    @method("AddDVPortgroup_Task")
    def add_port_groups(self, call: Call, spec: list[Any]) -> Any:
        def work() -> None:
            port_group_work.add(self.vcenter, self.site, self.switch.uuid, spec)

        return self.vcenter.inventory.tasks.start(call, self.ref, work)

    def _members(self) -> list[Any]:
        return [
            h
            for h in self.vcenter.inventory.hosts.values()
            if h.host.site is self.site and h.host.state.membership(self.switch.uuid) is not None
        ]

    @prop("summary")
    def summary(self) -> Any:
        return vim.DistributedVirtualSwitch.Summary(
            name=escaped(self.name),
            uuid=self.switch.uuid,
            numPorts=8 * len(self.port_groups),
            productInfo=self._product(),
            hostMember=[h.ref for h in self._members()],
            portgroupName=[escaped(p.name) for p in self.port_groups],
            numHosts=len(self._members()),
        )

    @staticmethod
    def _product() -> Any:
        return vim.dvs.ProductSpec(name="DVS", vendor="VMware, Inc.", version="8.0.3", forwardingClass="etherswitch")

    @prop("config")
    def config(self) -> Any:
        return DVS.ConfigInfo(
            uuid=self.switch.uuid,
            name=escaped(self.name),
            numStandalonePorts=0,
            numPorts=8 * len(self.port_groups),
            maxPorts=2147483647,
            uplinkPortPolicy=vim.DistributedVirtualSwitch.NameArrayUplinkPortPolicy(
                uplinkPortName=["Uplink 1", "Uplink 2"]
            ),
            uplinkPortgroup=[p.ref for p in self.port_groups if p.group.uplink],
            defaultPortConfig=DVS.VmwarePortConfigPolicy(),
            host=[
                vim.dvs.HostMember(
                    config=vim.dvs.HostMember.ConfigInfo(
                        host=h.ref,
                        maxProxySwitchPorts=1024,
                        backing=vim.dvs.HostMember.PnicBacking(
                            pnicSpec=[
                                vim.dvs.HostMember.PnicSpec(pnicDevice=u)
                                for u in h.host.state.membership(self.switch.uuid).uplinks
                            ]
                        ),
                    ),
                    productInfo=self._product(),
                    status="up",
                )
                for h in self._members()
            ],
            productInfo=self._product(),
            targetInfo=self._product(),
            policy=vim.DistributedVirtualSwitch.SwitchPolicy(
                autoPreInstallAllowed=False, autoUpgradeAllowed=False, partialUpgradeAllowed=False
            ),
            contact=vim.DistributedVirtualSwitch.ContactInfo(),
            configVersion="1",
            maxMtu=self.switch.mtu,
            createTime=self.vcenter.inventory.created,
            networkResourceManagementEnabled=True,
            defaultProxySwitchMaxNumPorts=1024,
            vspanSession=[],
            pvlanConfig=[],
        )


def _port_config(vlan: Any, security: PortSecurity, learning: bool) -> Any:
    def flag(value: bool) -> Any:
        return vim.BoolPolicy(inherited=False, value=value)

    return DVS.VmwarePortConfigPolicy(
        vlan=vlan,
        blocked=flag(False),
        securityPolicy=DVS.SecurityPolicy(
            inherited=False,
            allowPromiscuous=flag(security.promiscuous),
            macChanges=flag(security.mac_changes),
            forgedTransmits=flag(security.forged_transmits),
        ),
        macManagementPolicy=DVS.MacManagementPolicy(
            inherited=False,
            allowPromiscuous=security.promiscuous,
            macChanges=security.mac_changes,
            forgedTransmits=security.forged_transmits,
            macLearningPolicy=DVS.MacLearningPolicy(
                inherited=False,
                enabled=security.mac_learning,
                allowUnicastFlooding=True,
                limit=4096,
                limitPolicy="DROP",
            ),
        )
        if learning
        else None,
        uplinkTeamingPolicy=DVS.UplinkPortTeamingPolicy(
            inherited=False,
            policy=vim.StringPolicy(inherited=False, value="loadbalance_srcid"),
            reversePolicy=flag(True),
            notifySwitches=flag(True),
            rollingOrder=flag(False),
            uplinkPortOrder=DVS.UplinkPortOrderPolicy(
                inherited=False, activeUplinkPort=["Uplink 1", "Uplink 2"], standbyUplinkPort=[]
            ),
        ),
        ipfixEnabled=flag(False),
    )


class PortGroupNode(Network):
    vim_type = vim.dvs.DistributedVirtualPortgroup

    def __init__(self, vcenter: Any, group: DistributedPortGroup, switch: SwitchNode, parent: Entity) -> None:
        super().__init__(vcenter, group.key, group.name, parent)
        self.group = group
        self.switch_node = switch
        switch.port_groups.append(self)

    def show(self, group: DistributedPortGroup) -> None:
        """It has changed in the world."""
        self.group = group
        self.name = group.name

    @method("ReconfigureDVPortgroup_Task")
    def reconfigure(self, call: Call, spec: Any) -> Any:
        return self.vcenter.inventory.tasks.start(
            call, self.ref, lambda: port_group_work.reconfigure(self.vcenter, self.switch_node.site, self.moid, spec)
        )

    @method("Destroy_Task")
    def destroy(self, call: Call) -> Any:
        return self.vcenter.inventory.tasks.start(
            call, self.ref, lambda: port_group_work.destroy(self.vcenter, self.switch_node.site, self.moid)
        )

    @prop("key")
    def key(self) -> str:
        return self.group.key

    @prop("config")
    def config(self) -> Any:
        made = vim.dvs.DistributedVirtualPortgroup.ConfigInfo(
            key=self.group.key,
            name=escaped(self.name),
            numPorts=2 if self.group.uplink else self.group.ports,
            description=self.group.description,
            distributedVirtualSwitch=self.switch_node.ref,
            defaultPortConfig=_port_config(
                self._vlan(), self.group.security, self.vcenter.rules.dvpg_mac_learning == "offered"
            ),
            type="earlyBinding",
            policy=DVS.VMwarePortgroupPolicy(
                blockOverrideAllowed=True,
                ipfixOverrideAllowed=False,
                networkResourcePoolOverrideAllowed=False,
                trafficFilterOverrideAllowed=False,
                shapingOverrideAllowed=False,
                vendorConfigOverrideAllowed=False,
                livePortMovingAllowed=False,
                portConfigResetAtDisconnect=True,
                vlanOverrideAllowed=False,
                uplinkTeamingOverrideAllowed=False,
                securityPolicyOverrideAllowed=False,
            ),
            configVersion=str(self.group.version),
            autoExpand=True,
            uplink=self.group.uplink,
            backingType="nsx" if self.group.nsx else "standard",
        )
        if self.group.nsx:
            made.logicalSwitchUuid = self.group.segment
            made.segmentId = f"/infra/segments/{self.group.name}"
        return made

    # Two parts that clients read of all port groups at once; making all of `config` for each costs much more.

    @prop("config.distributedVirtualSwitch")
    def switch(self) -> Any:
        return self.switch_node.ref

    @prop("config.uplink")
    def uplink(self) -> bool:
        return self.group.uplink

    def _vlan(self) -> Any:
        if self.group.uplink:
            return DVS.TrunkVlanSpec(inherited=False, vlanId=[vim.NumericRange(start=0, end=4094)])
        if self.group.segment == TRUNK:
            ranges = [vim.NumericRange(start=first, end=last) for first, last in self.group.trunk]
            return DVS.TrunkVlanSpec(inherited=False, vlanId=ranges)
        number = 0 if self.group.nsx else int(self.group.segment)
        return DVS.VlanIdSpec(inherited=False, vlanId=number)
