#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about Arc machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: arc_machine_info
short_description: Facts about Arc machines
version_added: 0.1.0
description:
  - Returns what Azure knows of Arc machines, with one list or one query for thousands of them and never one for each.
  - Compares them with the machines that a playbook expects, and can wait until there is no difference.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.azure
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_azure
options:
  resource_group:
    description:
      - Resource group; without it, the machines of the whole subscription are read.
    type: str
  names:
    description:
      - Return only machines with one of these names.
    type: list
    elements: str
  vm_ids:
    description:
      - Return only machines with one of these agents.
    type: list
    elements: str
  bios_uuids:
    description:
      - Return only machines of servers with one of these BIOS UUIDs, in either order of bytes.
    type: list
    elements: str
  statuses:
    description:
      - Return only machines with one of these statuses. A machine that has never reported counts as
        V(AwaitingConnection).
    type: list
    elements: str
  source:
    description:
      - V(list) asks Resource Manager, which is up to date; V(graph) asks Resource Graph, which has a thousand machines
        in one answer and may be a minute old.
    type: str
    choices: [list, graph]
    default: list
  expected:
    description:
      - Machines that shall be connected and provisioned. Every difference becomes a sentence in RV(problems).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the machine.
        type: str
        required: true
      vm_id:
        description: Identity of its agent; another one means that another server has taken the name.
        type: str
      location:
        description: Its region.
        type: str
      tags:
        description: Tags that it shall have, among others.
        type: dict
  wait_timeout:
    description:
      - Seconds to wait until all machines of O(expected) are as they shall be; the task fails when they are not by
        then. With V(0), the differences are only returned.
    type: int
    default: 0
  api_version:
    description:
      - Version of the API of C(Microsoft.HybridCompute) where it shall not be the tested one.
    type: str
seealso:
  - module: hybridcloud.mobility.arc_machine
"""

EXAMPLES = r"""
- name: Read the machines of a group
  hybridcloud.mobility.arc_machine_info:
    subscription_id: "{{ azure_subscription_id }}"
    resource_group: rg-arc
  register: arc

- name: Wait until Azure itself says that the servers are connected
  hybridcloud.mobility.arc_machine_info:
    subscription_id: "{{ azure_subscription_id }}"
    resource_group: rg-arc
    expected:
      - name: app01
        vm_id: cecf6466-3d5c-454e-b93a-ae9c30c06de7
        tags: {Datacenter: DC1}
    wait_timeout: 600
"""

RETURN = r"""
machines:
  description: The machines, sorted by their ids.
  returned: success
  type: list
  elements: dict
  sample:
    - id: /subscriptions/0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801/resourceGroups/rg-arc/providers/Microsoft.HybridCompute
      name: app01
      resource_group: rg-arc
      location: westeurope
      kind: ""
      tags: {Datacenter: DC1}
      status: Connected
      status_reason: ""
      provisioning_state: Succeeded
      vm_id: cecf6466-3d5c-454e-b93a-ae9c30c06de7
      bios_uuid: 1a9e1b42-3894-11ec-80f0-84a9388b55fe
      last_status_change: "2026-08-20T08:54:45.999453+00:00"
      agent_version: 1.67.03504.1320
      os_type: linux
      os_sku: Debian GNU/Linux 12
      fqdn: app01.corp.example
      private_link_scope: ""
      proxy_url: ""
      config_mode: full
statuses:
  description: How many machines have which status.
  returned: success
  type: dict
  sample: {Connected: 998, Disconnected: 2}
problems:
  description: What is not as expected, a sentence each.
  returned: always
  type: list
  elements: str
  sample: ["machine app02 is Disconnected, not Connected"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.arc_machine_info import read_machines
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

TEXTS = {"type": "list", "elements": "str"}

JOB = Job(
    argument_spec={
        **CONNECTION,
        "resource_group": {"type": "str"},
        "names": TEXTS,
        "vm_ids": TEXTS,
        "bios_uuids": TEXTS,
        "statuses": TEXTS,
        "source": {"type": "str", "choices": ["list", "graph"], "default": "list"},
        "expected": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "vm_id": {"type": "str"},
                "location": {"type": "str"},
                "tags": {"type": "dict"},
            },
        },
        "wait_timeout": {"type": "int", "default": 0},
        "api_version": {"type": "str"},
    },
    work=read_machines,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
