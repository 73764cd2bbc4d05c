#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reachability between VMkernel adapters."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_vmkping
short_description: Reachability between VMkernel adapters of ESXi hosts
version_added: 0.1.0
description:
  - Pings from VMkernel adapters of the selected hosts to those of the other hosts, to their gateway and to given
    addresses, with full-size packets that must not be fragmented, so that a wrong MTU, VLAN or gateway is found
    before a migration finds it.
  - Fails when a ping is not answered in full. When only large packets are lost, the message says so.
  - Changes nothing and therefore also runs in check mode; hosts that earlier tasks of the run would have changed are
    not pinged then, and their pings are marked C(planned).
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vsphere
  - hybridcloud.mobility.vsphere.selection
  - hybridcloud.mobility.vsphere.disconnected
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_vsphere
options:
  service:
    description:
      - Ping from the adapters that carry this kind of traffic, for example V(vmotion).
    type: str
  stack:
    description:
      - Ping from the adapters on this TCP/IP stack.
    type: str
  device:
    description:
      - Ping from the adapter of this name.
    type: str
  pattern:
    description:
      - Which hosts ping each other. V(ring) lets each host ping the next one, so every adapter sends and answers;
        V(all_pairs) lets each host ping all others; V(none) leaves it at O(gateway) and O(targets).
    type: str
    choices: [ring, all_pairs, none]
    default: ring
  gateway:
    description:
      - Also ping the gateway of each adapter, with small packets.
    type: bool
    default: false
  targets:
    description:
      - Addresses that each adapter pings as well.
    type: list
    elements: str
  size:
    description:
      - Bytes of payload. Without it, packets are as large as the adapter's MTU allows.
    type: int
  dont_fragment:
    description:
      - Forbid routers to cut packets into pieces.
    type: bool
    default: true
  count:
    description:
      - Packets for each ping.
    type: int
    default: 3
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel
"""

EXAMPLES = r"""
- name: Full-size packets between the vMotion adapters of a cluster, and to their gateway
  hybridcloud.mobility.esxi_vmkping:
    datacenter: dc-a
    clusters: [compute-a]
    service: vmotion
    gateway: true

- name: Management reaches the other site
  hybridcloud.mobility.esxi_vmkping:
    clusters: [compute-a]
    device: vmk0
    pattern: none
    targets: [10.20.0.11]
    size: 1322
"""

RETURN = r"""
pings:
  description: Every ping and its answer.
  returned: when the hosts could be read
  type: list
  elements: dict
  contains:
    host:
      description: Host that pings.
      type: str
      sample: esx-a01.lab.example
    device:
      description: Adapter that pings.
      type: str
      sample: vmk1
    stack:
      description: Its TCP/IP stack.
      type: str
      sample: vmotion
    target:
      description: Address that is pinged.
      type: str
      sample: 10.11.0.12
    target_host:
      description: Host whose adapter is pinged; null for gateways and given addresses.
      type: str
      sample: esx-a02.lab.example
    size:
      description: Bytes of payload.
      type: int
      sample: 8972
    dont_fragment:
      description: Whether fragmenting was forbidden.
      type: bool
      sample: true
    transmitted:
      description: Packets sent; null when the ping did not run.
      type: int
      sample: 3
    received:
      description: Packets answered; null when the ping did not run.
      type: int
      sample: 3
    round_trip_ms:
      description: Average round trip in milliseconds; null when nothing came back.
      type: float
      sample: 0.31
    ok:
      description: Whether all packets came back.
      type: bool
      sample: true
    reason:
      description: Why not.
      type: str
      sample: null
    planned:
      description: Whether the ping did not run because check mode would first have changed the host.
      type: bool
      sample: false
hosts:
  description: Names of the hosts that took part.
  returned: when the hosts could be read
  type: list
  elements: str
  sample: [esx-a01.lab.example, esx-a02.lab.example]
skipped_hosts:
  description: Names of the selected hosts that were left out because they are not connected, or are HCX's own.
  returned: when the hosts could be read
  type: list
  elements: str
  sample: []
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.options import (
    CONNECTION,
    DISCONNECTED,
    SELECTION,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkping import ping_hosts

JOB = Job(
    argument_spec={
        **CONNECTION,
        **SELECTION,
        **DISCONNECTED,
        "service": {"type": "str"},
        "stack": {"type": "str"},
        "device": {"type": "str"},
        "pattern": {"type": "str", "choices": ["ring", "all_pairs", "none"], "default": "ring"},
        "gateway": {"type": "bool", "default": False},
        "targets": {"type": "list", "elements": "str"},
        "size": {"type": "int"},
        "dont_fragment": {"type": "bool", "default": True},
        "count": {"type": "int", "default": 3},
    },
    work=ping_hosts,
    rules={
        "required_one_of": [["service", "stack", "device"]],
        "mutually_exclusive": [["service", "stack", "device"]],
    },
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
