#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network profiles of an HCX site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_network_profile
short_description: Network profiles of an HCX site
version_added: 0.1.0
description:
  - Creates, changes and removes the network profiles of the site whose HCX manager it logs in to, all in one task
    and each with a job of its own.
  - An option that is not given leaves the setting alone; profiles that are not listed are left alone.
  - Ranges that overlap those of another profile in the same network, or hold the gateway, are refused before
    anything is changed.
  - A job that an interrupted run has begun is joined, so that no profile is made twice.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.hcx.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  profiles:
    description:
      - The profiles, found by name.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the profile.
        type: str
        required: true
      state:
        description:
          - Whether the profile shall exist. HCX refuses to remove one that a compute profile uses.
        type: str
        choices: [present, absent]
        default: present
      network:
        description:
          - Port group or segment by its name in HCX's inventory, or by its id where several have the name. Needed for a
            new profile.
        type: str
      network_type:
        description:
          - Kind of network, for names that a port group and a segment share.
        type: str
        choices: [DistributedVirtualPortgroup, NsxtSegment]
      roles:
        description:
          - What the profile is meant for; HCX suggests it for these roles. V(guest) is the network of the machines that
            OS Assisted Migration moves.
        type: list
        elements: str
        choices: [management, uplink, vmotion, replication, guest]
      mtu:
        description:
          - Largest packet in bytes, V(68) to V(9000). New profiles get V(1500), or V(1350) with
            O(profiles[].over_vpn).
        type: int
      over_vpn:
        description:
          - The network is an uplink that runs through a VPN. Its MTU is then V(1350) unless O(profiles[].mtu) is
            smaller.
        type: bool
        default: false
      prefix_length:
        description:
          - Length of the network's prefix, V(1) to V(32). Needed for a new profile.
        type: int
      gateway:
        description:
          - Default gateway of the network.
        type: str
      ranges:
        description:
          - Addresses that HCX may give to appliances. Needed for a new profile.
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
              - Last address; the first one when it is not given.
            type: str
      dns_servers:
        description:
          - One or two name servers.
        type: list
        elements: str
      dns_suffix:
        description:
          - Domain of the appliances.
        type: str
seealso:
  - module: hybridcloud.mobility.hcx_site_pairing
  - module: hybridcloud.mobility.hcx_plan
"""

EXAMPLES = r"""
- name: Management, and an uplink through a VPN
  hybridcloud.mobility.hcx_network_profile:
    profiles:
      - name: np-management
        network: pg-management
        roles: [management]
        prefix_length: 22
        gateway: 10.10.0.1
        ranges:
          - first: 10.10.3.10
            last: 10.10.3.19
        dns_servers: [10.10.0.2]
        dns_suffix: lab.example
      - name: np-uplink
        network: pg-replication
        roles: [uplink]
        over_vpn: true
        prefix_length: 22
        gateway: 10.13.0.1
        ranges:
          - first: 10.13.3.10
            last: 10.13.3.19

- name: One more range, nothing else
  hybridcloud.mobility.hcx_network_profile:
    profiles:
      - name: np-uplink
        ranges:
          - first: 10.13.3.10
            last: 10.13.3.19
          - first: 10.13.3.30
            last: 10.13.3.39
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: network profile
      name: np-uplink
      before: {ranges: [10.13.3.10-10.13.3.19]}
      after: {ranges: [10.13.3.10-10.13.3.19, 10.13.3.30-10.13.3.39]}
profiles:
  description: The listed profiles as they are now, with HCX's id for each.
  returned: success
  type: list
  elements: dict
  sample:
    - id: network-11111111-2222-3333-4444-555555555555
      name: np-uplink
      network: pg-replication
      network_id: dvportgroup-24
      mtu: 1350
      prefix_length: 22
      gateway: 10.13.0.1
      ranges: [10.13.3.10-10.13.3.19, 10.13.3.30-10.13.3.39]
      dns_servers: []
      dns_suffix: ""
      roles: [uplink]
failed_changes:
  description: The change that failed for each profile where one did, with HCX's reason. The other profiles are done.
  returned: when HCX refuses a change
  type: list
  elements: dict
  sample:
    - chain: np-uplink
      action: remove
      kind: network profile
      name: np-uplink
      before: {name: np-uplink}
      after: {}
      error: The network profile is used by a compute profile.
problems:
  description: Everything that makes the task impossible; nothing was changed then.
  returned: when the input cannot be realised
  type: list
  elements: str
  sample: ["profiles[0] (np-uplink): gateway 10.13.0.1 lies in a range that appliances take addresses from"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.network_profile import ensure_profiles
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

PROFILE = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "network": {"type": "str"},
    "network_type": {"type": "str", "choices": ["DistributedVirtualPortgroup", "NsxtSegment"]},
    "roles": {
        "type": "list",
        "elements": "str",
        "choices": ["management", "uplink", "vmotion", "replication", "guest"],
    },
    "mtu": {"type": "int"},
    "over_vpn": {"type": "bool", "default": False},
    "prefix_length": {"type": "int"},
    "gateway": {"type": "str"},
    "ranges": {
        "type": "list",
        "elements": "dict",
        "options": {"first": {"type": "str", "required": True}, "last": {"type": "str"}},
    },
    "dns_servers": {"type": "list", "elements": "str"},
    "dns_suffix": {"type": "str"},
}

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "profiles": {"type": "list", "elements": "dict", "required": True, "options": PROFILE},
    },
    work=ensure_profiles,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
