# SPDX-License-Identifier: GPL-3.0-or-later
"""What `esxi_vmkernel` refuses before its first write."""

from __future__ import annotations

from typing import Any

import pytest
from contract.bad_input.case import Case, all_of
from contract.vsphere import scenes
from contract.vsphere.tasks import Tasks, static

from lab import Lab, default_world
from lab.vcenter import network_info, vnic_manager

VMOTION = {"network": "pg-vmotion", "ipv4": static("10.11.0.11/22")}
HOST = "esx-a01.lab.example"


def networks_there() -> str:
    """The first ten networks of a host by name, and how many more there are."""
    world = default_world.build(1)
    standard = [f"{group.name} on {group.switch}" for group in world.host(HOST).state.port_groups]
    switches = world.sites["dc-a"].switches
    distributed = [f"{g.name} on {switch.name}" for switch in switches for g in switch.port_groups if not g.uplink]
    known = sorted(standard + distributed)
    return "there is: " + ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")


THERE_IS = networks_there()


def adapters(*entries: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"adapters": list(entries), **options}


def vmotion_stack_in_use(lab: Lab) -> None:
    scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")


def two_adapters(lab: Lab) -> None:
    scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22")
    scenes.place(lab, "vmk2", "pg-vmotion", "10.11.0.12/22")


VALUES = [
    Case("mtu 1000", "adapters[0] (vmk0): mtu 1000 is outside 1280 to 9000", adapters({"device": "vmk0", "mtu": 1000})),
    Case("mtu 9001", "adapters[0] (vmk0): mtu 9001 is outside 1280 to 9000", adapters({"device": "vmk0", "mtu": 9001})),
    Case(
        "mtu above the switch's",
        f"{HOST}: mtu 9000 of adapters[0] (vmk0) is above the 1500 of switch vSwitch0",
        adapters({"device": "vmk0", "mtu": 9000}),
    ),
    Case(
        "network address",
        "adapters[0] (pg-vmotion): ipv4.addresses of esx-a01: 10.11.0.0/22 is the network or broadcast address of "
        "10.11.0.0/22",
        adapters({**VMOTION, "ipv4": static("10.11.0.0/22")}),
    ),
    Case(
        "broadcast address",
        "adapters[0] (pg-vmotion): ipv4.addresses of esx-a01: 10.11.3.255/22 is the network or broadcast address of "
        "10.11.0.0/22",
        adapters({**VMOTION, "ipv4": static("10.11.3.255/22")}),
    ),
    Case(
        "address without prefix",
        "adapters[0] (pg-vmotion): ipv4.addresses of esx-a01: 10.11.0.11 is not an IPv4 address with prefix, such as "
        "10.0.0.5/24",
        adapters({**VMOTION, "ipv4": static("10.11.0.11")}),
    ),
    Case(
        "two hosts given one address",
        "adapters[0] (pg-vmotion): esx-a01 and esx-a02 are both given 10.11.0.11",
        adapters({**VMOTION, "ipv4": static({"esx-a01": "10.11.0.11/22", "esx-a02": "10.11.0.11/22"})}),
    ),
    Case(
        "two adapters given one address",
        "adapters[0] (pg-vmotion) and adapters[1] (pg-provisioning) are both given 10.11.0.11",
        adapters(VMOTION, {**VMOTION, "network": "pg-provisioning"}),
    ),
    Case(
        "address of another adapter of the host",
        f"{HOST}: 10.10.0.11 is already the address of {HOST}/vmk0",
        adapters({"network": "pg-management", "ipv4": static("10.10.0.11/22")}),
        lambda lab: scenes.place(lab, "vmk1", "pg-management", "10.10.0.99/22"),
    ),
    Case(
        "address of another host",
        f"{HOST}: 10.11.0.12 is already the address of esx-a02.lab.example/vmk1",
        adapters(
            {
                "network": "pg-vmotion",
                "stack": "vSphereProvisioning",
                "ipv4": static({"esx-a01": "10.11.0.12/22", "esx-a02": "10.11.0.13/22"}),
            },
            hosts=["esx-a01", "esx-a02"],
        ),
        lambda lab: scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.12/22", host="esx-a02"),
    ),
    Case(
        "no address for one host",
        "esx-a02.lab.example: adapters[0] (pg-vmotion) has no address for this host in ipv4.addresses",
        adapters(VMOTION, hosts=["esx-a01", "esx-a02"]),
    ),
    Case(
        "dhcp with addresses",
        "adapters[0] (pg-vmotion): ipv4.mode dhcp excludes ipv4.addresses; remove one of them",
        adapters({**VMOTION, "ipv4": {**static("10.11.0.11/22"), "mode": "dhcp"}}),
    ),
    Case(
        "static without addresses",
        "adapters[0] (pg-vmotion): ipv4.mode static needs ipv4.addresses, an address with prefix for every host",
        adapters({**VMOTION, "ipv4": {"mode": "static"}}),
    ),
    Case(
        "new adapter without any address",
        f"{HOST}: adapters[0] (pg-vmotion) is new there and needs ipv4 or ipv6 addresses",
        adapters({"network": "pg-vmotion", "mtu": 9000}),
    ),
    Case(
        "gateway outside the subnet",
        "adapters[0] (pg-vmotion): gateway_ipv4 10.12.0.1 is not in the network of 10.11.0.11/22 (esx-a01), so it "
        "cannot be reached",
        adapters({**VMOTION, "gateway_ipv4": "10.12.0.1"}),
    ),
    Case(
        "gateway outside the subnet the adapter has",
        f"{HOST}: gateway_ipv4 10.12.0.1 of adapters[0] (vmk0) is not in the adapter's own network (10.10.0.11/22)",
        adapters({"device": "vmk0", "gateway_ipv4": "10.12.0.1"}),
    ),
    Case(
        "gateway of the wrong family",
        "adapters[0] (pg-vmotion): gateway_ipv6 10.11.0.1 is not an IPv6 address; give one, or '' to remove the "
        "gateway",
        adapters({**VMOTION, "gateway_ipv6": "10.11.0.1"}),
    ),
]

NETWORKS = [
    Case(
        "unknown port group",
        f"{HOST}: network pg-backup does not exist there; {THERE_IS}",
        adapters({**VMOTION, "network": "pg-backup"}),
    ),
    Case(
        "port group of another datacenter",
        f"{HOST}: network pg-vmotion on switch vds-b does not exist there; there is: pg-vmotion on vds-a",
        adapters({**VMOTION, "switch": "vds-b"}),
    ),
    Case(
        "segment of another datacenter",
        f"{HOST}: network seg-opaque does not exist there; {THERE_IS}",
        adapters({**VMOTION, "network": "seg-opaque"}),
    ),
    Case(
        "one name on two switches",
        f"{HOST}: network pg-vmotion is not unique: pg-vmotion on vSwitch1, pg-vmotion on vds-a; name the switch as "
        "well",
        adapters(VMOTION),
        lambda lab: scenes.add_port_group(lab, "pg-vmotion", "vSwitch1"),
    ),
    Case(
        "unknown switch",
        f"{HOST}: network pg-vmotion on switch vds-9 does not exist there; there is: pg-vmotion on vds-a",
        adapters({**VMOTION, "switch": "vds-9"}),
    ),
    Case(
        "uplink port group",
        f"{HOST}: network vds-a-uplinks does not exist there; {THERE_IS}",
        adapters({**VMOTION, "network": "vds-a-uplinks"}),
    ),
]

STACKS_AND_SERVICES = [
    Case(
        "vMotion on a custom stack",
        "adapters[0] (pg-vmotion): service vmotion cannot run on stack backup, which carries no service",
        adapters({**VMOTION, "stack": "backup", "services": {"vmotion": True}}),
        lambda lab: scenes.add_stack(lab, "backup"),
    ),
    Case(
        "management on the vMotion stack",
        "adapters[0] (pg-vmotion): service management cannot run on stack vmotion, which carries only vmotion",
        adapters({**VMOTION, "stack": "vmotion", "services": {"management": True}}),
    ),
    Case(
        "management on an adapter of the vMotion stack",
        f"{HOST}: adapters[0] (vmk1): service management cannot run on stack vmotion, which carries only vmotion",
        adapters({"device": "vmk1", "services": {"management": True}}),
        vmotion_stack_in_use,
    ),
    Case(
        "vMotion off on the vMotion stack",
        "adapters[0] (pg-vmotion): an adapter on stack vmotion always carries vmotion; it cannot be switched off",
        adapters({**VMOTION, "stack": "vmotion", "services": {"vmotion": False}}),
    ),
    Case(
        "vMotion off on an adapter of the vMotion stack",
        f"{HOST}: adapters[0] (vmk1): an adapter on stack vmotion always carries vmotion; it cannot be switched off",
        adapters({"device": "vmk1", "services": {"vmotion": False}}),
        vmotion_stack_in_use,
    ),
    Case(
        "vMotion on the default stack beside the vMotion stack",
        f"{HOST}: vmotion cannot be enabled on vmk0: vmk1 on stack vmotion carries all of it there",
        adapters({"device": "vmk0", "services": {"vmotion": True}}),
        vmotion_stack_in_use,
    ),
    Case(
        "unknown stack",
        f"{HOST}: stack backup of adapters[0] (pg-vmotion) does not exist there (there is: defaultTcpipStack, "
        "vSphereProvisioning, vmotion); create it with esxi_netstack",
        adapters({**VMOTION, "stack": "backup"}),
    ),
    Case(
        "stack of the system",
        "adapters[0] (pg-vmotion): stack vxlan belongs to the system or to NSX; its adapters are not ours to change",
        adapters({**VMOTION, "stack": "vxlan"}),
    ),
]

MANAGEMENT = [
    Case(
        "removing management",
        f"{HOST}: vmk0 carries management; vmk0 would remove it, which needs allow_management_change: true",
        adapters({"device": "vmk0", "state": "absent"}),
    ),
    Case(
        "renumbering management",
        f"{HOST}: vmk0 carries management; adapters[0] (vmk0) would renumber it, which needs "
        "allow_management_change: true",
        adapters({"device": "vmk0", "ipv4": static("10.10.0.111/22")}),
    ),
    Case(
        "moving management",
        f"{HOST}: vmk0 carries management; adapters[0] (vmk0) would move it, which needs allow_management_change: true",
        adapters({"device": "vmk0", "network": "pg-management"}),
    ),
    Case(
        "replacing management",
        f"{HOST}: vmk0 carries management; adapters[0] (vmk0) would replace it, which needs "
        "allow_management_change: true",
        adapters({"device": "vmk0", "stack": "vmotion", "network": "pg-vmotion", "ipv4": static("10.11.0.11/22")}),
    ),
    Case(
        "management off",
        f"{HOST}: vmk0 carries management; adapters[0] (vmk0) would disable management on it, which needs "
        "allow_management_change: true",
        adapters({"device": "vmk0", "services": {"management": False}}),
    ),
    Case(
        "moving vSAN",
        f"{HOST}: vmk1 carries vSAN; disable its service vsan before you move it",
        adapters({"device": "vmk1", "network": "pg-provisioning"}),
        lambda lab: scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", services=["vsan"]),
    ),
]

WHICH = [
    Case(
        "device that is no name",
        "adapters[0] (eth0): device eth0 is not the name of a VMkernel adapter, such as vmk1",
        adapters({"device": "eth0", "mtu": 9000}),
    ),
    Case(
        "neither device nor network",
        "adapters[0] (unnamed): give network (a port group or segment) or device (such as vmk1), so that it can be "
        "found",
        adapters({"mtu": 9000}),
    ),
    Case(
        "device that does not exist",
        f"{HOST}: adapters[0] (vmk7) does not exist there (there is: vmk0); give network as well, so that it can be "
        "created",
        adapters({"device": "vmk7", "mtu": 9000}),
    ),
    Case(
        "two entries for one device",
        "adapters[0] (vmk0) and adapters[1] (vmk0) mean the same adapter; merge them, or give each its device",
        adapters({"device": "vmk0", "mtu": 1500}, {"device": "vmk0", "services": {"vmotion": False}}),
    ),
    Case(
        "two entries that turn out to mean one adapter",
        f"{HOST}: adapters[0] (vmk0) and adapters[1] (Management Network) both mean vmk0; give device",
        adapters({"device": "vmk0", "mtu": 1400}, {"network": "Management Network", "mtu": 1500}),
    ),
    Case(
        "one adapter both wanted and not wanted",
        "adapters[0] (pg-vmotion) and adapters[1] (pg-vmotion) mean the same adapter; merge them, or give each its "
        "device",
        adapters({"network": "pg-vmotion", "state": "absent"}, VMOTION),
    ),
    Case(
        "another stack without the network",
        f"{HOST}: vmk1 is created anew on stack vmotion under another name; state also network in adapters[0] (vmk1), "
        "so that the next run finds it",
        adapters({"device": "vmk1", "stack": "vmotion", "ipv4": static("10.11.0.31/22")}),
        lambda lab: scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22"),
    ),
    Case(
        "address that another adapter gives up in the same task",
        f"{HOST}: vmk1 cannot be written while vmk2 holds its address or its standard port group; change vmk2 in a "
        "task before this one",
        adapters(
            {"device": "vmk1", "ipv4": static("10.11.0.12/22")}, {"device": "vmk2", "ipv4": static("10.11.0.13/22")}
        ),
        two_adapters,
    ),
    Case(
        "two adapters in one standard port group",
        f"{HOST}: vmk1 and vmk2 would both be in std-storage on vSwitch1; a standard port group holds one adapter",
        adapters(
            {"network": "std-storage", "ipv4": static("10.14.0.11/22")},
            {"network": "std-storage", "ipv4": static("10.14.0.12/22")},
        ),
    ),
    Case(
        "one entry that could mean two adapters",
        f"{HOST}: adapters[0] (pg-vmotion) could mean any of vmk1, vmk2; give device",
        adapters({"network": "pg-vmotion", "mtu": 9000}),
        two_adapters,
    ),
]


@all_of([*VALUES, *NETWORKS, *WHICH])
def test_adapters_that_cannot_be_are_refused(case: Case, run: Tasks) -> None:
    case.refused_by("esxi_vmkernel", run)


@all_of([*STACKS_AND_SERVICES, *MANAGEMENT])
def test_what_would_harm_a_host_is_refused(case: Case, run: Tasks) -> None:
    case.refused_by("esxi_vmkernel", run)


def test_a_service_that_the_host_does_not_offer_is_refused(run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vnic_manager, "SERVICES", ("management", "vmotion"))
    Case(
        "service that the host does not offer",
        f"{HOST}: service nvmeTcp of adapters[0] (vmk0) is not offered there; offered: management, vmotion",
        adapters({"device": "vmk0", "services": {"nvmeTcp": True}}),
    ).refused_by("esxi_vmkernel", run)


def test_an_adapter_of_nsx_or_vsan_is_refused(run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = network_info._specification

    def owned(world: Any, host: Any, adapter: Any) -> Any:
        made = plain(world, host, adapter)
        made.systemOwned = adapter.device == "vmk1"
        return made

    monkeypatch.setattr(network_info, "_specification", owned)
    Case(
        "adapter of NSX or vSAN",
        f"{HOST}: vmk1 belongs to NSX or vSAN, so adapters[0] (vmk1) must not move it",
        adapters({"device": "vmk1", "network": "pg-provisioning"}),
        lambda lab: scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22"),
    ).refused_by("esxi_vmkernel", run)


def test_several_problems_are_told_at_once(run: Tasks) -> None:
    result = run.failing(
        "esxi_vmkernel", adapters=[{"device": "vmk0", "mtu": 9000}, {"network": "pg-backup", "mtu": 1500}]
    )
    assert result["msg"].endswith(" (and 1 more problem, see 'problems')")
    assert len(result["problems"]) == 2
