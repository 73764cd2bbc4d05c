#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about the VMkernel networking of ESXi hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_vmkernel_info
short_description: Facts about the VMkernel networking of ESXi hosts
version_added: 0.1.0
description:
  - Returns the adapters, TCP/IP stacks, gateways and services of any number of hosts with one login and one bulk
    read, and for each kind of traffic the adapters that really carry it.
  - In check mode the facts include what earlier tasks of the same run would have changed; such hosts are marked
    C(planned).
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vsphere
  - hybridcloud.mobility.vsphere.selection
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_vsphere
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel
  - module: hybridcloud.mobility.migration_network_plan
"""

EXAMPLES = r"""
- name: Read the hosts of a cluster
  hybridcloud.mobility.esxi_vmkernel_info:
    datacenter: dc-a
    clusters: [compute-a]
  register: networking

- name: Every host has an adapter for vMotion
  ansible.builtin.assert:
    that: networking.hosts | map(attribute='carriers.vmotion.devices') | select | length == networking.hosts | length
"""

RETURN = r"""
hosts:
  description: The hosts, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name in the inventory.
      type: str
      sample: esx-a01.lab.example
    datacenter:
      description: Datacenter of the host.
      type: str
      sample: dc-a
    cluster:
      description: Cluster of the host; null for a stand-alone host.
      type: str
      sample: compute-a
    connection_state:
      description: V(connected), V(disconnected) or V(notResponding). What follows is empty unless connected.
      type: str
      sample: connected
    version:
      description: Version of ESXi.
      type: str
      sample: 8.0.3
    adapters:
      description: The VMkernel adapters, by number.
      type: list
      elements: dict
      sample:
        - device: vmk0
          network: Management Network
          network_type: standard
          switch: vSwitch0
          stack: defaultTcpipStack
          ipv4: {mode: static, address: 10.10.0.11/22}
          ipv6: {addresses: [], autoconf: false, dhcp: false}
          gateway_ipv4: null
          gateway_ipv6: null
          mtu: 1500
          mac: "00:50:56:60:00:01"
          services: [management, vmotion]
    stacks:
      description: The TCP/IP stacks, by name. Routes are the static ones.
      type: list
      elements: dict
      sample:
        - name: defaultTcpipStack
          active: true
          gateway_ipv4: 10.10.0.1
          gateway_ipv6: null
          dns: {servers: [10.10.0.2], search_domains: [lab.example], domain: lab.example, adapter: null}
          routes: []
          congestion_control: newreno
          max_connections: 11000
    carriers:
      description:
        - Which adapters really carry each kind of traffic. The source is V(stack) (a stack of its own), V(service)
          (enabled on the adapters), V(fallback) (management carries it, because no adapter is set aside for it) or
          V(none).
      type: dict
      sample:
        management: {devices: [vmk0], source: service}
        vmotion: {devices: [vmk0], source: service}
        vSphereProvisioning: {devices: [vmk0], source: fallback}
        vSphereReplication: {devices: [vmk0], source: fallback}
        vSphereReplicationNFC: {devices: [vmk0], source: fallback}
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.options import CONNECTION, SELECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_info import read_hosts

JOB = Job(argument_spec={**CONNECTION, **SELECTION}, work=read_hosts)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
