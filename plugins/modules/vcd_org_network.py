#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routed networks of an Org VDC of Cloud Director."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcd_org_network
short_description: Routed networks of an Org VDC of Cloud Director
version_added: 0.1.0
description:
  - Creates, changes, converts and removes the routed networks of an Org VDC, all of a list in one task.
  - A network that exists is converted in place to the wanted kind of interface on its NSX-V edge gateway, as a step of
    its own after all other changes.
  - Uses the XML interface up to API version 33.0 and cloudapi from 34.0 on.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcd
  - hybridcloud.mobility.vcd.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_vcd
options:
  vdc:
    description:
      - Org VDC of the networks.
    type: str
    required: true
  organization:
    description:
      - Organization of the Org VDC. Needed only by the provider, and only where several have one of this name.
    type: str
  networks:
    description:
      - The networks, by name. Networks that are not listed stay as they are.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the network.
        type: str
        required: true
      state:
        description:
          - Whether the network shall exist. One that is stretched or used by virtual machines is not removed; Cloud
            Director refuses that.
        type: str
        choices: [present, absent]
        default: present
      edge_gateway:
        description:
          - Edge gateway that the network is routed by. Needed for a new network; it cannot be changed.
        type: str
      gateway:
        description:
          - Address of the edge gateway in the network. Needed for a new network; it cannot be changed.
        type: str
      prefix_length:
        description:
          - Length of the network's prefix, from 1 to 30. Needed for a new network; it cannot be changed.
        type: int
      interface_type:
        description:
          - How the network is connected to its edge gateway. Only a V(subinterface) can be stretched by the L2VPN of
            an NSX-V edge gateway. A new network is V(internal) unless this says otherwise.
          - NSX-T has neither V(subinterface) nor V(distributed); nothing is converted there, and the result says so.
          - V(non_distributed) is for NSX-T.
        type: str
        choices: [internal, subinterface, distributed, non_distributed]
      dns_servers:
        description:
          - Addresses of at most two DNS servers, in their order; an empty list takes them away.
        type: list
        elements: str
      dns_suffix:
        description:
          - DNS suffix; an empty text takes it away.
        type: str
      ip_ranges:
        description:
          - The static pools, all of them; an empty list takes them away.
        type: list
        elements: dict
        suboptions:
          first:
            description:
              - First address.
            type: str
            required: true
          last:
            description:
              - Last address. Without it, the range is the first address alone.
            type: str
      description:
        description:
          - Description of the network.
        type: str
      shared:
        description:
          - Whether the other Org VDCs of the organization see the network.
        type: bool
seealso:
  - module: hybridcloud.mobility.vcd_edge_l2vpn
  - module: hybridcloud.mobility.vcd_l2vpn_tunnel
"""

EXAMPLES = r"""
- name: A routed network that can be stretched
  hybridcloud.mobility.vcd_org_network:
    vdc: acme-vdc
    networks:
      - name: company-network
        edge_gateway: acme-edge
        gateway: 172.16.10.1
        prefix_length: 24
        dns_servers: [172.16.10.10, 172.16.10.11]
        dns_suffix: company.example
        ip_ranges:
          - {first: 172.16.10.150, last: 172.16.10.199}
        interface_type: subinterface

- name: Convert a network that exists
  hybridcloud.mobility.vcd_org_network:
    vdc: acme-vdc
    networks:
      - name: acme-services
        interface_type: subinterface

- name: Remove a network
  hybridcloud.mobility.vcd_org_network:
    vdc: acme-vdc
    networks:
      - name: company-network
        state: absent
"""

RETURN = r"""
changes:
  description:
    - What was changed, or in check mode what would be. A conversion is a change of its own.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: interface of org network
      name: acme-services
      before: {interface_type: internal}
      after: {interface_type: subinterface}
      notes: [converted in place]
networks:
  description: The listed networks as they are now.
  returned: success
  type: list
  elements: dict
  sample:
    - name: company-network
      edge_gateway: acme-edge
      gateway: 172.16.10.1
      prefix_length: 24
      interface_type: subinterface
      dns_servers: [172.16.10.10, 172.16.10.11]
      dns_suffix: company.example
      ip_ranges: [172.16.10.150-172.16.10.199]
      description: ""
      shared: false
      id: 9f1c7c1e-0000-4000-8000-000000000001
notes:
  description: What else to know, such as that NSX-T has no subinterfaces.
  returned: success
  type: list
  elements: str
  sample: []
failed_changes:
  description: The changes that failed, with Cloud Director's reason and the id of the request.
  returned: when Cloud Director refuses a change
  type: list
  elements: dict
  sample:
    - chain: company-network
      action: remove
      kind: org network
      name: company-network
      before: {name: company-network}
      after: {}
      error: the removal of network company-network failed, the network is in use [BAD_REQUEST]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.org_network import ensure_networks

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "vdc": {"type": "str", "required": True},
        "organization": {"type": "str"},
        "networks": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"type": "str", "required": True},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "edge_gateway": {"type": "str"},
                "gateway": {"type": "str"},
                "prefix_length": {"type": "int"},
                "interface_type": {
                    "type": "str",
                    "choices": ["internal", "subinterface", "distributed", "non_distributed"],
                },
                "dns_servers": {"type": "list", "elements": "str"},
                "dns_suffix": {"type": "str"},
                "ip_ranges": {
                    "type": "list",
                    "elements": "dict",
                    "options": {"first": {"type": "str", "required": True}, "last": {"type": "str"}},
                },
                "description": {"type": "str"},
                "shared": {"type": "bool"},
            },
        },
    },
    work=ensure_networks,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
