#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an HCX service mesh needs, before HCX is installed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_plan
short_description: What an HCX service mesh needs, before HCX is installed
version_added: 0.1.0
description:
  - Plans a service mesh between two sites. Counts appliances and the addresses that they take from each network
    profile, resolves the port list of HCX into a firewall table with the addresses of both sites, and compares with
    the limits.
  - Tells what the planning rules of HCX say against the plan, each with its reason and source.
  - Works on its options alone and connects to nothing.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_planning
options:
  local:
    description:
      - The site that initiates the pairing, usually the source of the migration.
    type: dict
    required: true
    suboptions: &site
      name:
        description:
          - Name of the site in the plan.
        type: str
        required: true
      manager:
        description:
          - Address or name of the site's HCX Manager or Connector, with a port where it is not 443.
        type: str
        required: true
      manager_type:
        description:
          - Kind of the HCX Manager, by default V(connector) at the local site and V(cloud) at the remote one.
          - A connector cannot be paired with, so only the local site may have one.
        type: str
        choices: [connector, cloud]
      vcenter:
        description:
          - Address or name of vCenter.
        type: str
        required: true
      nsx:
        description:
          - Addresses or names of the NSX Managers, where the site has NSX.
        type: list
        elements: str
        default: []
      dns:
        description:
          - Addresses of the DNS servers.
        type: list
        elements: str
        default: []
      ntp:
        description:
          - Addresses or names of the NTP servers.
        type: list
        elements: str
        default: []
      syslog:
        description:
          - Addresses or names of the syslog servers, where logs are sent to some.
        type: list
        elements: str
        default: []
      admin_networks:
        description:
          - Where administrators work, each an address, a range or a CIDR.
        type: list
        elements: str
        default: []
      esxi_networks:
        description:
          - Addresses of the ESXi hosts by traffic, each an address, a range or a CIDR. What is not stated comes from
            the facts of the hosts; traffic of which neither knows is planned over management.
        type: dict
        suboptions:
          management:
            description:
              - Addresses of the management adapters.
            type: list
            elements: str
            default: []
          vmotion:
            description:
              - Addresses of the vMotion adapters.
            type: list
            elements: str
            default: []
          replication:
            description:
              - Addresses of the adapters for vSphere Replication.
            type: list
            elements: str
            default: []
      hosts:
        description:
          - Facts of the ESXi hosts, as M(hybridcloud.mobility.esxi_vmkernel_info) returns them. They tell which
            adapters carry vMotion and replication, and whether they have a way to the network profiles.
        type: list
        elements: dict
        default: []
      network_profiles:
        description:
          - The network profiles, from whose ranges the appliances get their addresses.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description:
              - Name of the profile.
            type: str
            required: true
          roles:
            description:
              - What the profile is for. One profile of the site must have V(management), and a role without a profile
                falls to that one. V(uplink) may be a role of several profiles.
            type: list
            elements: str
            required: true
            choices: [management, uplink, vmotion, replication]
          network:
            description:
              - Name of the port group or segment behind it.
            type: str
          cidr:
            description:
              - The network, such as V(10.0.0.0/24).
            type: str
            required: true
          ranges:
            description:
              - Addresses that HCX may give to appliances, each an address, a range such as V(10.0.0.5-10.0.0.9), or a
                CIDR.
            type: list
            elements: str
            required: true
          gateway:
            description:
              - Gateway of the network.
            type: str
          mtu:
            description:
              - MTU of the network, from 68 to 9000. By default 1350 for an uplink over VPN and 1500 otherwise.
            type: int
          vpn:
            description:
              - Whether the way to the other site is a VPN. Means something for uplinks only.
            type: bool
            default: false
  remote:
    description:
      - The other site.
    type: dict
    required: true
    suboptions: *site
  services:
    description:
      - The services of the mesh. Interconnect is part of every mesh.
    type: list
    elements: str
    required: true
    choices:
      - bulk_migration
      - vmotion
      - rav
      - cold_migration
      - disaster_recovery
      - network_extension
      - mon
      - wan_optimization
      - os_assisted_migration
      - srm
  network_extension_ha:
    description:
      - Whether every NE appliance gets a standby partner.
    type: bool
    default: false
  extended_networks:
    description:
      - The local networks to extend.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the network.
        type: str
        required: true
      switch:
        description:
          - Its switch or transport zone. Every pair of switches has NE appliances of its own.
        type: str
        required: true
      remote_switch:
        description:
          - The switch or transport zone that gets the network. Networks that name none share one.
        type: str
      kind:
        description:
          - What kind of network it is. HCX extends V(distributed) port groups and NSX V(segment)s only.
        type: str
        choices: [distributed, segment, standard, vmkernel, private_vlan, ephemeral]
        default: distributed
      vlan:
        description:
          - Its VLAN; V(0) is an untagged network.
        type: int
      router:
        description:
          - The remote router that becomes its gateway.
        type: str
  hcx_version:
    description:
      - Version of HCX, such as V(4.10.1). Some services are not in all versions.
    type: str
  offline_licensing:
    description:
      - Whether HCX is activated without the internet.
    type: bool
    default: false
  optional_rows:
    description:
      - Rows of the firewall table that not everybody needs. V(ike) is UDP 500 beside UDP 4500 between the uplinks, as
        older tables have it; V(ssh) is for support; V(legacy_sso) is for vSphere 5.5.
    type: list
    elements: str
    choices: [ike, ssh, legacy_sso]
    default: []
  underlay_mbit:
    description:
      - Bandwidth between the sites in Mbit/s.
    type: int
  limits:
    description:
      - Figures that replace the built-in limits, by name. RV(limits) lists the names.
      - V(networks_per_ne) may only be lowered, because HCX itself refuses more.
    type: dict
    default: {}
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel_info
  - module: hybridcloud.mobility.migration_network_plan
"""

EXAMPLES = r"""
- name: Plan bulk migration over a VPN
  hybridcloud.mobility.hcx_plan:
    services: [bulk_migration]
    hcx_version: 4.10.1
    local:
      name: plant
      manager: 10.40.10.20
      vcenter: 10.40.10.5
      dns: [10.40.1.53]
      ntp: [10.40.1.123]
      admin_networks: [10.40.200.0/24]
      esxi_networks: {management: [10.40.10.11-10.40.10.15], replication: [10.40.13.0/24]}
      network_profiles:
        - name: np-management
          roles: [management, replication]
          cidr: 10.40.10.0/24
          gateway: 10.40.10.1
          ranges: [10.40.10.30-10.40.10.33]
        - name: np-uplink
          roles: [uplink]
          cidr: 10.40.20.0/28
          gateway: 10.40.20.1
          ranges: [10.40.20.2-10.40.20.5]
          vpn: true
    remote:
      name: cloud
      manager: 10.80.10.9
      vcenter: 10.80.10.2
      nsx: [10.80.10.3]
      dns: [10.80.10.53]
      ntp: [10.80.10.123]
      admin_networks: [10.80.250.0/28]
      esxi_networks: {management: [10.80.12.0/24], replication: [10.80.13.0/24]}
      network_profiles:
        - name: np-management
          roles: [management, replication]
          cidr: 10.80.11.0/26
          gateway: 10.80.11.1
          ranges: [10.80.11.10-10.80.11.19]
        - name: np-uplink
          roles: [uplink]
          cidr: 10.80.20.0/26
          gateway: 10.80.20.1
          ranges: [10.80.20.10-10.80.20.19]
          vpn: true
  register: plan

- name: Stop when something is missing
  ansible.builtin.assert:
    that: plan.fits
    fail_msg: "{{ plan.cautions | selectattr('blocks') | map(attribute='message') | join(' ') }}"
"""

RETURN = r"""
fits:
  description: Whether no caution blocks the plan.
  returned: success
  type: bool
  sample: true
cautions:
  description:
    - What the planning rules say against the plan, with the reason and the key of the source. The site is null where
      both are concerned. Too few addresses, what HCX refuses, and an exceeded limit V(blocks) the plan.
  returned: success
  type: list
  elements: dict
  sample:
    - rule: management-as-vpn-uplink
      message: np-management is the management network and the uplink over VPN.
      reason: Over VPN the uplink needs a network of its own, because its MTU must be lowered.
      source: AVS, SEED1
      site: plant
      blocks: false
appliances:
  description: For each site, its appliances by type and what they take, the HCX Manager included.
  returned: success
  type: list
  elements: dict
  sample:
    - site: plant
      appliances: [{type: IX, count: 1, vcpu: 8, memory_gb: 6, disk_gb: 2}]
      total: {count: 1, vcpu: 8, memory_gb: 6, disk_gb: 2, disk_gb_while_upgrading: 4}
switch_pairs:
  description: For each pair of switches, how many networks are extended and how many NE appliances do it at each site.
  returned: success
  type: list
  elements: dict
  sample: [{switch: vds-a, remote_switch: remote switch, networks: 10, active: 2, standby: 0}]
addresses:
  description:
    - For each network profile, the addresses that appliances take from its ranges, and whether these hold them.
      V(outside_ranges) is the address of the HCX Manager, which is in the network but must not be in a range.
  returned: success
  type: list
  elements: dict
  sample:
    - site: plant
      profile: np-uplink
      roles: [uplink]
      cidr: 10.40.20.0/28
      gateway: 10.40.20.1
      ranges: [10.40.20.2-10.40.20.5]
      mtu: 1350
      mtu_reason: default of an uplink over VPN
      needed: {IX: 1}
      from_ranges: 1
      outside_ranges: 0
      available: 4
      missing: 0
      clashes: []
      fits: true
firewall:
  description:
    - The rows for the firewalls of each site. The direction V(local) stays in the site; a row between the sites is
      there for both. With V(mutual), either end may begin. An appliance has all ranges of its profile.
  returned: success
  type: list
  elements: dict
  sample:
    - id: S2
      site: plant
      direction: both
      source: IX uplink
      source_addresses: [10.40.20.2-10.40.20.5]
      destination: remote IX uplink
      destination_addresses: [10.80.20.10-10.80.20.19]
      protocols: [UDP]
      ports: [4500]
      mutual: true
      purpose: IPsec transport with NAT traversal
      needed_for: [bulk_migration]
      reference: LLD, SEED1, AVS
limits:
  description: The limits that concern the services, beside what is planned; null where the plan does not decide it.
  returned: success
  type: list
  elements: dict
  sample:
    - name: networks_per_ne
      what: Networks per NE appliance
      bound: at most
      figure: 8
      planned: 8
      exceeded: false
      source: LLD, SEED1
markdown:
  description: The plan as a report for people.
  returned: success
  type: str
csv:
  description: The firewall table as CSV with a header; several values in a cell are separated by blanks.
  returned: success
  type: str
"""

from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import refuse_if
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_mesh import plan
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_options import SPEC
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_report import firewall_csv, markdown
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task


def work(task: Task) -> dict[str, Any]:
    try:
        found = plan(task.params)
    except Problems as problems:
        refuse_if(problems.sentences)
        raise
    return {**found, "markdown": markdown(found), "csv": firewall_csv(found["firewall"])}


JOB = Job(argument_spec=SPEC, work=work)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
