# SPDX-License-Identifier: GPL-3.0-or-later
"""The site that both sides build: for each host three adapters, and gateways on two stacks. In the words of either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from .lab_process import LabProcess

Play = dict[str, Any]
OURS = "hybridcloud.mobility"
THEIRS = "community.vmware"
REPLICATION = ("vSphereReplication", "vSphereReplicationNFC")


@dataclass(frozen=True)
class Role:
    """An adapter of every host. `stack` None: the default one; `peer_stack` is the peer's word for it."""

    portgroup: str
    network: IPv4Network
    mtu: int
    stack: str | None = None
    peer_stack: str = "default"

    def address(self, number: int) -> IPv4Interface:
        """Of the host with this number, the first is 0."""
        address = IPv4Address(int(self.network.network_address) + 11 + number)
        return IPv4Interface((address, self.network.prefixlen))

    @property
    def gateway(self) -> str:
        return str(self.network.network_address + 1)


VMOTION = Role("pg-vmotion", IPv4Network("10.11.0.0/22"), 9000, "vmotion", "vmotion")
PROVISIONING = Role("pg-provisioning", IPv4Network("10.12.0.0/22"), 1500, "vSphereProvisioning", "provisioning")
REPLICATING = Role("pg-replication", IPv4Network("10.13.0.0/22"), 1500)
ROLES = (VMOTION, PROVISIONING, REPLICATING)


def host_names(count: int) -> list[str]:
    """The hosts of cluster compute-a."""
    return [f"esx-a{number:02}.lab.example" for number in range(1, count + 1)]


def _play(tasks: list[Play], hosts: str = "all", **more: Any) -> list[Play]:
    return [{"hosts": hosts, "gather_facts": False, "tasks": tasks, **more}]


def our_tasks(hosts: Sequence[str]) -> list[Play]:
    """One task for all adapters of all hosts and one for all stacks, as the role vmkernel_networking does it."""
    adapters: list[dict[str, Any]] = [
        {
            "network": role.portgroup,
            "mtu": role.mtu,
            "ipv4": {
                "mode": "static",
                "addresses": {host: str(role.address(number)) for number, host in enumerate(hosts)},
            },
            **({"stack": role.stack} if role.stack else {"services": dict.fromkeys(REPLICATION, True)}),
        }
        for role in ROLES
    ]
    stacks = [{"name": role.stack, "gateway_ipv4": role.gateway} for role in ROLES if role.stack]
    return [
        {f"{OURS}.esxi_vmkernel": {"clusters": ["compute-a"], "adapters": adapters}},
        {f"{OURS}.esxi_netstack": {"clusters": ["compute-a"], "stacks": stacks}},
    ]


def ours(lab: LabProcess, tasks: list[Play]) -> list[Play]:
    return _play(tasks, module_defaults={f"group/{OURS}.vsphere": lab.login})


def our_info() -> list[Play]:
    return [{f"{OURS}.esxi_vmkernel_info": {"clusters": ["compute-a"]}}]


def peer_tasks() -> list[Play]:
    """For a host in `host`: a loop over its adapters in `adapters`, then its stacks."""
    adapter = {
        "esxi_hostname": "{{ item.host }}",
        "dvswitch_name": "vds-a",
        "portgroup_name": "{{ item.portgroup }}",
        "mtu": "{{ item.mtu }}",
        "network": {
            "type": "static",
            "ip_address": "{{ item.address }}",
            "subnet_mask": "{{ item.mask }}",
            "tcpip_stack": "{{ item.stack }}",
        },
        "enable_replication": "{{ item.replication }}",
        "enable_replication_nfc": "{{ item.replication }}",
    }
    stacks = {role.peer_stack: {"gateway": role.gateway} for role in ROLES if role.stack}
    return [
        {f"{THEIRS}.vmware_vmkernel": adapter, "loop": "{{ adapters }}"},
        {
            f"{THEIRS}.vmware_host_tcpip_stacks": {"esxi_hostname": "{{ item }}", **stacks},
            "loop": "{{ esxi_hosts }}",
        },
    ]


def peer_info() -> list[Play]:
    return [{f"{THEIRS}.vmware_vmkernel_info": {"esxi_hostname": "{{ item }}"}, "loop": "{{ esxi_hosts }}"}]


def peer(lab: LabProcess, tasks: list[Play]) -> list[Play]:
    return _play(tasks, module_defaults={f"group/{THEIRS}.vmware": lab.login})


def in_one_loop(hosts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The peer's inventory for one loop over all hosts and adapters."""
    adapters = [adapter for number, host in enumerate(hosts) for adapter in _peer_adapters(host, number)]
    return {"vcenter": {"adapters": adapters, "esxi_hosts": list(hosts)}}


def host_by_host(hosts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The peer's inventory with ESXi hosts as Ansible's hosts, so that forks work on several at a time."""
    return {host: {"adapters": _peer_adapters(host, number), "esxi_hosts": [host]} for number, host in enumerate(hosts)}


def _peer_adapters(host: str, number: int) -> list[dict[str, Any]]:
    return [
        {
            "host": host,
            "portgroup": role.portgroup,
            "mtu": role.mtu,
            "address": str(role.address(number).ip),
            "mask": str(role.network.netmask),
            "stack": role.peer_stack,
            "replication": role is REPLICATING,
        }
        for role in ROLES
    ]
