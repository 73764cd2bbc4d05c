#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compute profile of an HCX site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_compute_profile
short_description: Compute profile of an HCX site
version_added: 0.1.0
description:
  - Creates, changes and removes a compute profile of the site whose HCX manager it logs in to. A compute profile
    says which services a site offers, for which clusters, where appliances are put and which networks they use.
  - Every name must be exactly one thing of HCX's inventory; otherwise the task is refused with the candidates. An id is
    taken in place of any name.
  - An option that is not given leaves the setting alone.
  - In check mode, network profiles that an earlier task of the same run would have made may be named.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.hcx.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  name:
    description:
      - Name of the compute profile.
    type: str
    required: true
  state:
    description:
      - Whether the profile shall exist. HCX refuses to remove one that a service mesh uses.
    type: str
    choices: [present, absent]
    default: present
  datacenter:
    description:
      - Datacenter of the clusters, the resource pool and the folder; needed where these names exist in several.
    type: str
  services:
    description:
      - Services that the site offers, all of them. V(INTERCONNECT) is always among them. Not every release has all.
    type: list
    elements: str
    choices:
      - INTERCONNECT
      - WANOPT
      - VMOTION
      - BULK_MIGRATION
      - RAV
      - NETWORK_EXTENSION
      - DISASTER_RECOVERY
      - SRM
      - HCX_ASSISTED_VMOTION
  service_clusters:
    description:
      - Clusters whose virtual machines may use the services. Needed for a new profile.
    type: list
    elements: str
  deployment_clusters:
    description:
      - Clusters in which appliances are put. Needed for a new profile, unless O(resource_pool) is given.
    type: list
    elements: str
  resource_pool:
    description:
      - Resource pool in which appliances are put, instead of O(deployment_clusters).
    type: str
  datastores:
    description:
      - Datastores for the appliances. Needed for a new profile.
    type: list
    elements: str
  folder:
    description:
      - Folder for the appliances.
    type: str
  cpu_reservation:
    description:
      - CPU that is reserved for appliances, in percent.
    type: int
  memory_reservation:
    description:
      - Memory that is reserved for appliances, in percent.
    type: int
  networks:
    description:
      - Network profiles by what they are used for. One profile may serve several roles.
    type: dict
    suboptions:
      management:
        description: Management of the appliances. Needed for a new profile.
        type: list
        elements: str
      uplink:
        description: Way to the other site; management serves as uplink when it is not given.
        type: list
        elements: str
      vmotion:
        description: VMotion. Needed for V(VMOTION) and V(RAV).
        type: list
        elements: str
      replication:
        description: Replication. Needed for V(BULK_MIGRATION), V(RAV) and V(DISASTER_RECOVERY).
        type: list
        elements: str
      guest:
        description: Network of the machines that OS Assisted Migration moves.
        type: list
        elements: str
  switches:
    description:
      - Distributed switches or transport zones whose networks may be extended. Needed for V(NETWORK_EXTENSION).
    type: list
    elements: str
seealso:
  - module: hybridcloud.mobility.hcx_network_profile
"""

EXAMPLES = r"""
- name: Bulk migration for one cluster
  hybridcloud.mobility.hcx_compute_profile:
    name: cp-onprem
    datacenter: dc-a
    services: [INTERCONNECT, WANOPT, BULK_MIGRATION]
    service_clusters: [compute-a]
    deployment_clusters: [compute-a]
    datastores: [ds-a-1]
    networks:
      management: [np-management]
      uplink: [np-uplink]
      replication: [np-management]

- name: Offer network extension as well
  hybridcloud.mobility.hcx_compute_profile:
    name: cp-onprem
    services: [INTERCONNECT, WANOPT, BULK_MIGRATION, NETWORK_EXTENSION]
    switches: [vds-a]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: compute profile
      name: cp-onprem
      before: {switches: []}
      after: {switches: [vds-a (dvs-1000)]}
      notes: [service meshes that use it follow after they are synchronised again]
compute_profile:
  description: The profile as it is now, with HCX's id; null when there is none.
  returned: success
  type: dict
  sample:
    name: cp-onprem
    id: 3b0c6a9e-1111-4222-8333-444455556666
    services: [BULK_MIGRATION, INTERCONNECT]
    service_clusters: [compute-a (domain-c10)]
    deployment: [compute-a (domain-c10)]
    datastores: [ds-a-1 (datastore-11)]
    folder: null
    cpu_reservation: 0
    memory_reservation: 0
    networks:
      management: [np-management]
    switches: []
failed_changes:
  description: The change that failed, with HCX's reason.
  returned: when HCX refuses the change
  type: list
  elements: dict
  sample:
    - chain: cp-onprem
      action: remove
      kind: compute profile
      name: cp-onprem
      before: {services: [INTERCONNECT]}
      after: {}
      error: The compute profile is used by a service mesh.
problems:
  description: Everything that makes the task impossible; nothing was changed then.
  returned: when the input cannot be realised
  type: list
  elements: str
  sample: ["cluster compute-x does not exist here; there is: compute-a, compute-b"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.compute_profile import ensure_compute_profile
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.compute_profile_options import ROLES
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import CONNECTION, SERVICES, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

NAMES = {"type": "list", "elements": "str"}

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "datacenter": {"type": "str"},
        "services": SERVICES,
        "service_clusters": NAMES,
        "deployment_clusters": NAMES,
        "resource_pool": {"type": "str"},
        "datastores": NAMES,
        "folder": {"type": "str"},
        "cpu_reservation": {"type": "int"},
        "memory_reservation": {"type": "int"},
        "networks": {"type": "dict", "options": dict.fromkeys(ROLES, NAMES)},
        "switches": NAMES,
    },
    work=ensure_compute_profile,
    rules={"mutually_exclusive": [["deployment_clusters", "resource_pool"]]},
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
