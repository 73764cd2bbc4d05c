#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TCP/IP stacks of ESXi hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_netstack
short_description: TCP/IP stacks of ESXi hosts
version_added: 0.1.0
description:
  - Sets gateways, name resolution, static routes and connection settings of the TCP/IP stacks of any number of hosts,
    and creates and removes custom stacks.
  - Works on all selected hosts in one task, with one login and one bulk read, and writes to many hosts at the same
    time.
  - An option that is not given leaves the setting alone.
  - A gateway must be reachable from an adapter of its stack. Create the stack first if it is a custom one, then the
    adapter with M(hybridcloud.mobility.esxi_vmkernel), then set the gateway.
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
  stacks:
    description:
      - The stacks, the same on all selected hosts.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Key of the stack. V(defaultTcpipStack), V(vmotion) and V(vSphereProvisioning) are built in; another name
            is a custom stack.
        type: str
        required: true
      state:
        description:
          - Whether a custom stack shall exist. Built-in stacks always do.
        type: str
        choices: [present, absent]
        default: present
      gateway_ipv4:
        description:
          - Default gateway. An empty text removes it.
        type: str
      gateway_ipv6:
        description:
          - Default gateway for IPv6. An empty text removes it.
        type: str
      dns:
        description:
          - Name resolution of the stack. The host's own name is never changed.
        type: dict
        suboptions:
          servers:
            description:
              - Addresses of the name servers, in the order in which they are asked.
            type: list
            elements: str
          search_domains:
            description:
              - Domains in which short names are looked for, in this order.
            type: list
            elements: str
          domain:
            description:
              - Domain of the host.
            type: str
          adapter:
            description:
              - Take all of it by DHCP from this VMkernel adapter, instead of the other options.
            type: str
      routes:
        description:
          - Static routes. Routes that are not listed stay, unless O(stacks[].purge_routes) is set.
          - A route to the same network through another gateway replaces the present one.
        type: list
        elements: dict
        suboptions:
          network:
            description:
              - Destination with prefix, for example V(172.16.0.0/12).
            type: str
            required: true
          gateway:
            description:
              - Next hop.
            type: str
            required: true
          state:
            description:
              - Whether the route shall exist.
            type: str
            choices: [present, absent]
            default: present
      purge_routes:
        description:
          - Remove static routes that are not listed.
        type: bool
        default: false
      congestion_control:
        description:
          - Congestion control algorithm.
        type: str
        choices: [newreno, cubic]
      max_connections:
        description:
          - Most connections that the stack allows at a time.
        type: int
  allow_management_change:
    description:
      - Allow what could cut hosts off, namely removing a default gateway of V(defaultTcpipStack).
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel
"""

EXAMPLES = r"""
- name: Create a stack for storage
  hybridcloud.mobility.esxi_netstack:
    clusters: [compute-a]
    stacks:
      - name: storage

- name: Route vMotion and provisioning through their own gateways
  hybridcloud.mobility.esxi_netstack:
    clusters: [compute-a]
    stacks:
      - name: vmotion
        gateway_ipv4: 10.11.0.1
      - name: vSphereProvisioning
        gateway_ipv4: 10.12.0.1

- name: Name resolution and a static route on the default stack
  hybridcloud.mobility.esxi_netstack:
    clusters: [compute-a]
    stacks:
      - name: defaultTcpipStack
        dns:
          servers: [10.10.0.2, 10.10.0.3]
          search_domains: [lab.example]
        routes:
          - network: 172.16.0.0/12
            gateway: 10.10.0.254
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: TCP/IP stack
      name: esx-a01.lab.example/vmotion
      before: {gateway_ipv4: null}
      after: {gateway_ipv4: 10.11.0.1}
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
    - chain: esx-a03.lab.example
      action: update
      kind: TCP/IP stack
      name: esx-a03.lab.example/vmotion
      before: {gateway_ipv4: null}
      after: {gateway_ipv4: 10.11.0.1}
      error: An error occurred during host configuration. [HostConfigFault]
problems:
  description: Everything that makes the task impossible; nothing was changed then.
  returned: when the input cannot be realised
  type: list
  elements: str
  sample: ["esx-a01.lab.example: stack storage is used by vmk3; remove these adapters first"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.netstack import ensure_stacks
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.options import (
    CONNECTION,
    DISCONNECTED,
    SELECTION,
)

STACK = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "gateway_ipv4": {"type": "str"},
    "gateway_ipv6": {"type": "str"},
    "dns": {
        "type": "dict",
        "options": {
            "servers": {"type": "list", "elements": "str"},
            "search_domains": {"type": "list", "elements": "str"},
            "domain": {"type": "str"},
            "adapter": {"type": "str"},
        },
    },
    "routes": {
        "type": "list",
        "elements": "dict",
        "options": {
            "network": {"type": "str", "required": True},
            "gateway": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
    },
    "purge_routes": {"type": "bool", "default": False},
    "congestion_control": {"type": "str", "choices": ["newreno", "cubic"]},
    "max_connections": {"type": "int"},
}

JOB = Job(
    argument_spec={
        **CONNECTION,
        **SELECTION,
        **DISCONNECTED,
        "stacks": {"type": "list", "elements": "dict", "required": True, "options": STACK},
        "allow_management_change": {"type": "bool", "default": False},
    },
    work=ensure_stacks,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
