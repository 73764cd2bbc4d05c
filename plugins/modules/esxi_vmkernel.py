#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VMkernel adapters of ESXi hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_vmkernel
short_description: VMkernel adapters of ESXi hosts
version_added: 0.1.0
description:
  - Creates, changes, moves, replaces and removes VMkernel adapters on any number of hosts in one task, with one
    login and one bulk read, and writes to many hosts at the same time.
  - An option that is not given leaves the setting alone; nothing is removed that is not named.
  - The TCP/IP stack of an adapter cannot be changed in place. Asking for another one replaces the adapter.
  - As soon as a host has an adapter on the stack C(vmotion), it uses that stack alone for vMotion, and the service
    leaves the adapters of the default stack. The same holds for C(vSphereProvisioning). Such side effects are listed
    as changes.
  - Adapters that carry management, or the address of this connection, are never removed, replaced, moved or renumbered
    unless O(allow_management_change) says so.
  - A host that fails does not stop the others.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vsphere
  - hybridcloud.mobility.vsphere.selection
  - hybridcloud.mobility.vsphere.disconnected
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_vsphere
options:
  adapters:
    description:
      - The adapters, the same on all selected hosts but for their addresses.
      - An adapter is found by O(adapters[].device); otherwise by its network and stack; otherwise by its address. When
        several adapters fit, the task is refused.
    type: list
    elements: dict
    required: true
    suboptions:
      device:
        description:
          - Name of an existing adapter, for example V(vmk1). New adapters get the lowest free name from the host.
        type: str
      network:
        description:
          - Port group on a standard or distributed switch, or NSX segment.
        type: str
      switch:
        description:
          - Switch of the port group; needed where the host knows several networks of this name.
        type: str
      state:
        description:
          - Whether the adapter shall exist.
        type: str
        choices: [present, absent]
        default: present
      stack:
        description:
          - TCP/IP stack of the adapter. New adapters are made on V(defaultTcpipStack) when it is not given.
        type: str
      ipv4:
        description:
          - IPv4 configuration.
        type: dict
        suboptions:
          mode:
            description:
              - Fixed addresses, or a lease.
            type: str
            required: true
            choices: [static, dhcp]
          addresses:
            description:
              - Address with prefix for each host, by the host's full name or its first label. Entries for hosts that
                are not selected are ignored.
            type: dict
      ipv6:
        description:
          - IPv6 configuration.
        type: dict
        suboptions:
          addresses:
            description:
              - List of all fixed addresses with prefix for each host, by its full name or first label. Link-local
                addresses and addresses that the host got by itself are left alone.
            type: dict
          autoconf:
            description:
              - Take addresses from router advertisements.
            type: bool
          dhcp:
            description:
              - Take addresses by DHCPv6.
            type: bool
      gateway_ipv4:
        description:
          - Default gateway of this adapter alone, instead of its stack's. An empty text removes it.
        type: str
      gateway_ipv6:
        description:
          - IPv6 default gateway of this adapter alone, instead of its stack's. An empty text removes it.
        type: str
      mtu:
        description:
          - Largest packet in bytes, V(1280) to V(9000), and not above the MTU of the host's switch.
        type: int
      services:
        description:
          - Services to enable (V(true)) or disable (V(false)) on the adapter; those not given stay as they are.
          - On the default stack each service is enabled by itself. An adapter on the stack C(vmotion) or
            C(vSphereProvisioning) always carries that service and no other; one on a custom stack carries none.
        type: dict
        suboptions:
          management:
            description: Management of the host.
            type: bool
          vmotion:
            description: vMotion.
            type: bool
          vSphereProvisioning:
            description: Cold migration, clones and snapshots.
            type: bool
          vSphereReplication:
            description: Outgoing replication.
            type: bool
          vSphereReplicationNFC:
            description: Incoming replication.
            type: bool
          faultToleranceLogging:
            description: Fault Tolerance.
            type: bool
          vsan:
            description: vSAN.
            type: bool
          vsanWitness:
            description: vSAN witness.
            type: bool
          nvmeTcp:
            description: NVMe over TCP.
            type: bool
          nvmeRdma:
            description: NVMe over RDMA.
            type: bool
          vSphereBackupNFC:
            description: Backup.
            type: bool
  allow_management_change:
    description:
      - Allow removing, replacing, moving or renumbering adapters that carry management or the address of this
        connection, and taking the management service from them.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.esxi_netstack
  - module: hybridcloud.mobility.esxi_vmkernel_info
  - module: hybridcloud.mobility.esxi_vmkping
"""

EXAMPLES = r"""
- name: VMotion on its own stack, with jumbo frames
  hybridcloud.mobility.esxi_vmkernel:
    datacenter: dc-a
    hosts: [esx-a01, esx-a02]
    adapters:
      - network: pg-vmotion
        switch: vds-a
        stack: vmotion
        mtu: 9000
        ipv4:
          mode: static
          addresses:
            esx-a01: 10.11.0.11/22
            esx-a02: 10.11.0.12/22

- name: Replication on the default stack, addresses from DHCP
  hybridcloud.mobility.esxi_vmkernel:
    clusters: [compute-a]
    adapters:
      - network: pg-replication
        ipv4:
          mode: dhcp
        services:
          vSphereReplication: true
          vSphereReplicationNFC: true

- name: Larger packets on an existing adapter, nothing else
  hybridcloud.mobility.esxi_vmkernel:
    hosts: [esx-a01]
    adapters:
      - network: pg-vmotion
        mtu: 8900

- name: Remove the replication adapters
  hybridcloud.mobility.esxi_vmkernel:
    clusters: [compute-a]
    adapters:
      - network: pg-replication
        state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be. Side effects that the host itself causes are among
    them.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: VMkernel adapter
      name: esx-a01.lab.example/vmk1
      before: {}
      after:
        device: vmk1
        network: pg-vmotion
        switch: vds-a
        stack: vmotion
        ipv4: {mode: static, address: 10.11.0.11/22}
        mtu: 9000
        services: [vmotion]
    - action: update
      kind: VMkernel adapter
      name: esx-a01.lab.example/vmk0
      before: {services: [management, vmotion]}
      after: {services: [management]}
      notes: ["done by the host itself: an adapter on a stack of its own takes the service from the others"]
hosts:
  description: Names of the hosts that were looked at.
  returned: success
  type: list
  elements: str
  sample: [esx-a01.lab.example, esx-a02.lab.example]
skipped_hosts:
  description: Names of the selected hosts that were left out because they are not connected, or are HCX's own.
  returned: success
  type: list
  elements: str
  sample: []
failed_changes:
  description: The change that failed on each host where one did, with the reason. All other hosts are done.
  returned: when hosts refuse a change
  type: list
  elements: dict
  sample:
    - chain: esx-a02.lab.example
      action: create
      kind: VMkernel adapter
      name: esx-a02.lab.example/vmk1
      before: {}
      after: {device: vmk1, network: pg-vmotion}
      error: An error occurred during host configuration. [HostConfigFault]
problems:
  description: Everything that makes the task impossible; nothing was changed then.
  returned: when the input cannot be realised
  type: list
  elements: str
  sample: ["esx-a01.lab.example: mtu 9000 of adapters[0] (std-backup) is above the 1500 of switch vSwitch0"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.options import (
    CONNECTION,
    DISCONNECTED,
    SELECTION,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel import ensure_adapters

ADAPTER = {
    "device": {"type": "str"},
    "network": {"type": "str"},
    "switch": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "stack": {"type": "str"},
    "ipv4": {
        "type": "dict",
        "options": {
            "mode": {"type": "str", "required": True, "choices": ["static", "dhcp"]},
            "addresses": {"type": "dict"},
        },
    },
    "ipv6": {
        "type": "dict",
        "options": {
            "addresses": {"type": "dict"},
            "autoconf": {"type": "bool"},
            "dhcp": {"type": "bool"},
        },
    },
    "gateway_ipv4": {"type": "str"},
    "gateway_ipv6": {"type": "str"},
    "mtu": {"type": "int"},
    "services": {
        "type": "dict",
        "options": {
            "management": {"type": "bool"},
            "vmotion": {"type": "bool"},
            "vSphereProvisioning": {"type": "bool"},
            "vSphereReplication": {"type": "bool"},
            "vSphereReplicationNFC": {"type": "bool"},
            "faultToleranceLogging": {"type": "bool"},
            "vsan": {"type": "bool"},
            "vsanWitness": {"type": "bool"},
            "nvmeTcp": {"type": "bool"},
            "nvmeRdma": {"type": "bool"},
            "vSphereBackupNFC": {"type": "bool"},
        },
    },
}

JOB = Job(
    argument_spec={
        **CONNECTION,
        **SELECTION,
        **DISCONNECTED,
        "adapters": {"type": "list", "elements": "dict", "required": True, "options": ADAPTER},
        "allow_management_change": {"type": "bool", "default": False},
    },
    work=ensure_adapters,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
