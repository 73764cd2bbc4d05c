# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines as vCenter shows them: identity, place, hardware in outline, networks, run state, OVF properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..world import VappProperty, VirtualMachine
from . import machine_work
from .bindings import vim
from .entities import Datastore, Entity, Network, ResourcePool, escaped
from .managed import Call, method, prop

if TYPE_CHECKING:
    from .host_system import HostSystem

HARDWARE_VERSION = "vmx-19"
GUEST_ID, GUEST_NAME = "other5xLinux64Guest", "Other 5.x or later Linux (64-bit)"
FIRST_CARD_KEY = 4000


class VirtualMachineNode(Entity):
    vim_type = vim.VirtualMachine

    def __init__(
        self,
        vcenter: Any,
        moid: str,
        machine: VirtualMachine,
        parent: Entity,
        host: HostSystem,
        pool: ResourcePool,
        datastore: Datastore,
        networks: list[Network],
    ) -> None:
        super().__init__(vcenter, moid, machine.name, parent)
        self.machine = machine
        self.host_node = host
        self.pool_node = pool
        self.datastore_node = datastore
        self.network_nodes = networks

    @prop("network")
    def networks(self) -> list[Any]:
        return [n.ref for n in self.network_nodes]

    @prop("datastore")
    def datastores(self) -> list[Any]:
        return [self.datastore_node.ref]

    @prop("resourcePool")
    def resource_pool(self) -> Any:
        return self.pool_node.ref

    @prop("config")
    def config(self) -> Any:
        machine = self.machine
        return vim.vm.ConfigInfo(
            changeVersion="1",
            modified=self.vcenter.inventory.created,
            name=escaped(machine.name),
            guestFullName=GUEST_NAME,
            guestId=GUEST_ID,
            alternateGuestName="",
            version=HARDWARE_VERSION,
            uuid=machine.uuid,
            instanceUuid=machine.uuid,
            template=False,
            annotation=machine.annotation,
            files=vim.vm.FileInfo(vmPathName=self._path()),
            tools=vim.vm.ToolsConfigInfo(toolsVersion=0),
            flags=vim.vm.FlagInfo(),
            vAppConfig=self._vapp_config(),
            defaultPowerOps=vim.vm.DefaultPowerOpInfo(),
            hardware=vim.vm.VirtualHardware(
                numCPU=machine.cpus,
                numCoresPerSocket=1,
                memoryMB=machine.memory_mb,
                device=[self._card(n) for n in range(len(machine.cards))],
            ),
        )

    def _vapp_config(self) -> Any:
        if not self.machine.properties:
            return None
        return vim.vApp.VmConfigInfo(
            property=[self._property(number, p) for number, p in enumerate(self.machine.properties)],
            ipAssignment=vim.vApp.IPAssignmentInfo(ipAllocationPolicy="fixedPolicy", ipProtocol="IPv4"),
            ovfEnvironmentTransport=["com.vmware.guestInfo"],
            installBootRequired=False,
            installBootStopDelay=0,
        )

    def _property(self, key: int, found: VappProperty) -> Any:
        secret = found.type == "password" and not self.vcenter.rules.ovf_passwords_readable
        return vim.vApp.PropertyInfo(
            key=key,
            id=found.id,
            category=found.category,
            label=found.label,
            type=found.type,
            userConfigurable=True,
            defaultValue=found.default,
            value="" if secret else found.value,
        )

    def _task(self, call: Call, work: Callable[..., None], *details: Any) -> Any:
        return self.vcenter.inventory.tasks.start(
            call, self.ref, lambda: work(self.vcenter, self.machine.uuid, *details)
        )

    @method("PowerOnVM_Task")
    def power_on(self, call: Call, host: Any) -> Any:
        return self._task(call, machine_work.switch, True)

    @method("PowerOffVM_Task")
    def power_off(self, call: Call) -> Any:
        return self._task(call, machine_work.switch, False)

    @method("ShutdownGuest")
    def shut_down(self, call: Call) -> None:
        machine_work.switch(self.vcenter, self.machine.uuid, False)

    @method("Destroy_Task")
    def destroy(self, call: Call) -> Any:
        return self._task(call, machine_work.destroy)

    @method("ReconfigVM_Task")
    def reconfigure(self, call: Call, spec: Any) -> Any:
        return self._task(call, machine_work.reconfigure, spec)

    def _path(self) -> str:
        return f"[{self.datastore_node.name}] {self.machine.name}/{self.machine.name}.vmx"

    def _card(self, index: int) -> Any:
        card, network = self.machine.cards[index], self.network_nodes[index]
        if issubclass(network.vim_type, vim.dvs.DistributedVirtualPortgroup):
            switch: Any = network
            backing = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(
                port=vim.dvs.PortConnection(portgroupKey=network.moid, switchUuid=switch.switch_node.switch.uuid)
            )
        else:
            backing = vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network.name, network=network.ref)
        return vim.vm.device.VirtualVmxnet3(
            key=FIRST_CARD_KEY + index,
            deviceInfo=vim.Description(label=f"Network adapter {index + 1}", summary=network.name),
            backing=backing,
            connectable=vim.vm.device.VirtualDevice.ConnectInfo(
                startConnected=True, allowGuestControl=True, connected=self.machine.powered_on
            ),
            addressType="assigned",
            macAddress=card.mac,
        )

    @prop("runtime")
    def runtime(self) -> Any:
        return vim.vm.RuntimeInfo(
            host=self.host_node.ref,
            connectionState="connected",
            powerState="poweredOn" if self.machine.powered_on else "poweredOff",
            faultToleranceState="notConfigured",
            toolsInstallerMounted=False,
            bootTime=self.vcenter.inventory.created if self.machine.powered_on else None,
            numMksConnections=0,
            recordReplayState="inactive",
            onlineStandby=False,
            consolidationNeeded=False,
        )

    @prop("guest")
    def guest(self) -> Any:
        cards = [c for c in self.machine.cards if c.address]
        return vim.vm.GuestInfo(
            toolsStatus="toolsOk" if self.machine.powered_on else "toolsNotRunning",
            toolsVersionStatus2="guestToolsUnmanaged",
            toolsRunningStatus="guestToolsRunning" if self.machine.powered_on else "guestToolsNotRunning",
            hostName=self.machine.name,
            ipAddress=cards[0].address if cards and self.machine.powered_on else None,
            guestState="running" if self.machine.powered_on else "notRunning",
            net=[
                vim.vm.GuestInfo.NicInfo(
                    network=n.name,
                    ipAddress=[c.address] if c.address else [],
                    macAddress=c.mac,
                    connected=True,
                    deviceConfigId=FIRST_CARD_KEY + i,
                )
                for i, (c, n) in enumerate(zip(self.machine.cards, self.network_nodes, strict=True))
            ]
            if self.machine.powered_on
            else [],
        )

    @prop("summary")
    def summary(self) -> Any:
        guest, machine = self.guest(), self.machine
        return vim.vm.Summary(
            vm=self.ref,
            runtime=self.runtime(),
            guest=vim.vm.Summary.GuestSummary(
                toolsStatus=guest.toolsStatus,
                toolsRunningStatus=guest.toolsRunningStatus,
                hostName=guest.hostName,
                ipAddress=guest.ipAddress,
            ),
            config=vim.vm.Summary.ConfigSummary(
                name=escaped(machine.name),
                template=False,
                vmPathName=self._path(),
                memorySizeMB=machine.memory_mb,
                numCpu=machine.cpus,
                numEthernetCards=len(machine.cards),
                numVirtualDisks=1,
                uuid=machine.uuid,
                instanceUuid=machine.uuid,
                guestId=GUEST_ID,
                guestFullName=GUEST_NAME,
                annotation=machine.annotation,
            ),
            quickStats=vim.vm.Summary.QuickStats(guestHeartbeatStatus="green"),
            overallStatus="green",
        )
