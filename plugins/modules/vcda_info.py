#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sites, migrations, health and tasks of Cloud Director Availability."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcda_info
short_description: Sites, migrations, health and tasks of Cloud Director Availability
version_added: 0.1.0
description:
  - Returns the sites and how the pairing with them is, all migrations with their state, what is wrong as sentences, and
    tasks.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcda
  - hybridcloud.mobility.vcda.source_login
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_vcda
options:
  source_site:
    description:
      - The on-premises site that O(source_username) logs in to. Needed with it where there are several.
    type: str
  gather:
    description:
      - What to read.
    type: list
    elements: str
    choices: [product, sites, jobs, health, tasks]
    default: [product, sites, jobs, health]
  vms:
    description:
      - Limits jobs and health to virtual machines with these names or ids.
    type: list
    elements: str
  networks:
    description:
      - Whether jobs are returned with the network cards that are stored for the cut-over. That costs a call for each
        job.
    type: bool
    default: false
  task_state:
    description:
      - Limits tasks to those in this state.
    type: str
    choices: [running, succeeded, failed]
seealso:
  - module: hybridcloud.mobility.vcda_migration
"""

EXAMPLES = r"""
- name: Read the migrations of two machines
  hybridcloud.mobility.vcda_info:
    gather: [jobs]
    vms: [WebApp2, WebApp4]
  register: availability

- name: Stop unless all is well
  hybridcloud.mobility.vcda_info:
    gather: [health]
  register: availability
  failed_when: not availability.health.healthy
"""

RETURN = r"""
api_version:
  description: Version of the interface that both sides speak.
  returned: success
  type: str
  sample: "4.7"
product:
  description: What answers.
  returned: when gathered
  type: dict
  sample: {service: CLOUD, product: VMware Cloud Director Availability, build: 4.7.0}
sites:
  description:
    - Cloud sites and on-premises sites. A site is paired when neither direction reports an error. The vCenters of a
      site are null without a login there.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - name: cloud-t
      kind: cloud
      local: true
      description: null
      version: 4.7.0
      paired: true
      errors: []
    - name: company-dc1
      kind: on_premises
      local: false
      description: null
      version: 4.7.0
      paired: true
      errors: []
      vcenters: [5a1c0f5e-6d1f-4f7e-9d35-5f0f1f9c0001]
jobs:
  description: The migrations, as in RV(hybridcloud.mobility.vcda_migration#module:jobs).
  returned: when gathered
  type: list
  elements: dict
  sample:
    - {vm: WebApp2, vm_id: vm-15, state: cutover_ready, rpo_minutes: 15, rpo_violation: 0}
health:
  description: Whether all sites and migrations are well, and a sentence for each that is not.
  returned: when gathered
  type: dict
  sample: {healthy: false, problems: ["wave-03: no space on the datastore [StorageFull]"]}
tasks:
  description: Tasks, as Cloud Director Availability lists them.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - id: 0b1d7e9a-8f2c-4c7b-9d3e-2a1b0c9d8e7f
      state: succeeded
      progress: 100
      replication: C4-7c9e6679-7425-40de-944b-e07fc1f90ae7
      user: orgadmin@acme
      start: "2026-05-02T20:00:00Z"
      end: "2026-05-02T20:03:10Z"
      error: null
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.info import read_info
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.options import CONNECTION, SOURCE_LOGIN

PARTS = ["product", "sites", "jobs", "health", "tasks"]

JOB = Job(
    argument_spec={
        **CONNECTION,
        **SOURCE_LOGIN,
        "source_site": {"type": "str"},
        "gather": {"type": "list", "elements": "str", "choices": PARTS, "default": PARTS[:-1]},
        "vms": {"type": "list", "elements": "str"},
        "networks": {"type": "bool", "default": False},
        "task_state": {"type": "str", "choices": ["running", "succeeded", "failed"]},
    },
    work=read_info,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
