#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Azure side of an Arc machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: arc_machine
short_description: The Azure side of an Arc machine
version_added: 0.1.0
description:
  - Sets tags and settings of an Arc machine in Azure, makes one for an agent that connects with a key of its own, and
    removes machines, also the stale ones of a whole group.
  - Finds the machine by its name, its agent's identity or its BIOS UUID. When name and identity are both given and do
    not belong together, another server has taken the name, and the task is refused.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.azure
  - hybridcloud.mobility.azure.waiting
  - hybridcloud.mobility.azure.tags
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_azure
options:
  resource_group:
    description:
      - Resource group of the machine.
    type: str
    required: true
  name:
    description:
      - Name of the machine.
    type: str
  vm_id:
    description:
      - Identity of its agent, as C(azcmagent show) tells it; a guard when O(name) is given too.
    type: str
  bios_uuid:
    description:
      - BIOS UUID of the server. Both orders of bytes are tried, because guests differ in it.
    type: str
  state:
    description:
      - Whether the machine shall be in Azure. V(present) changes a machine whose agent has connected; it makes one only
        with O(public_key).
    type: str
    choices: [present, absent]
    default: present
  location:
    description:
      - Region of the machine; another one is refused, because a machine keeps its region until it connects again.
    type: str
  os_type:
    description:
      - Operating system of a machine that is to be made.
    type: str
    choices: [linux, windows]
  public_key:
    description:
      - Public key of an agent, from M(hybridcloud.mobility.arc_agent). The machine is made for it, with O(vm_id), and
        the agent then connects without any credential of Azure.
    type: str
  location_data:
    description:
      - Where the server really is.
    type: dict
    suboptions:
      name:
        description: Name of the place.
        type: str
        required: true
      city:
        description: City.
        type: str
      district:
        description: District, state or province.
        type: str
      country_or_region:
        description: Country or region.
        type: str
  automatic_upgrade:
    description:
      - Whether Azure keeps the agent up to date.
    type: bool
  private_link_scope:
    description:
      - Resource id of the private link scope.
    type: str
  only_statuses:
    description:
      - Remove the machine only when its status is one of these. A machine that has never reported counts as
        V(AwaitingConnection).
    type: list
    elements: str
    choices: [AwaitingConnection, Connected, Disconnected, Error, Expired]
  stale_days:
    description:
      - Remove machines only when they have not been connected for this many days. Without name, identity and BIOS UUID
        all stale machines of the group are removed, and the others are listed in RV(kept).
    type: int
  allowed_kinds:
    description:
      - Kinds of machines that may be removed although Azure manages the server behind them too.
    type: list
    elements: str
    choices: [VMware, SCVMM, HCI, AVS]
  remove_extensions:
    description:
      - Whether to remove the machine's extensions first. Azure waits for the agent then, so it must be connected.
    type: bool
    default: false
  api_version:
    description:
      - Version of the API of C(Microsoft.HybridCompute) where it shall not be the tested one. An older one is taken by
        itself where the cloud does not know it.
    type: str
seealso:
  - module: hybridcloud.mobility.arc_machine_info
  - module: hybridcloud.mobility.arc_agent
"""

EXAMPLES = r"""
- name: Set the tags of a machine
  hybridcloud.mobility.arc_machine:
    subscription_id: "{{ azure_subscription_id }}"
    resource_group: rg-arc
    name: app01
    tags:
      Datacenter: DC1

- name: Remove all machines of the group that were last connected more than 60 days ago
  hybridcloud.mobility.arc_machine:
    subscription_id: "{{ azure_subscription_id }}"
    resource_group: rg-arc
    state: absent
    stale_days: 60
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: arc machine
      name: app01
      before: {tags: {Datacenter: null}}
      after: {tags: {Datacenter: DC1}}
machine:
  description: The machine as Azure shows it, in the form of M(hybridcloud.mobility.arc_machine_info); null when there
    is none or no single one was meant.
  returned: success
  type: dict
  sample: {name: app01, status: Connected, vm_id: cecf6466-3d5c-454e-b93a-ae9c30c06de7}
kept:
  description: Machines of the group that were not removed because they are not stale, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: app02, reason: its status is Connected}
failed_changes:
  description: The changes that failed, with Azure's reasons.
  returned: when Azure refuses a change
  type: list
  elements: dict
  sample:
    - chain: app01
      action: remove
      kind: arc machine
      name: app01
      before: {status: Expired}
      after: {}
      error: the permission Microsoft.HybridCompute/machines/delete on /subscriptions/0b2c3d4e is missing
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.arc_machine import ensure_machine
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION, TAGS, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        **TAGS,
        "resource_group": {"type": "str", "required": True},
        "name": {"type": "str"},
        "vm_id": {"type": "str"},
        "bios_uuid": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "location": {"type": "str"},
        "os_type": {"type": "str", "choices": ["linux", "windows"]},
        "public_key": {"type": "str", "no_log": False},
        "location_data": {
            "type": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "city": {"type": "str"},
                "district": {"type": "str"},
                "country_or_region": {"type": "str"},
            },
        },
        "automatic_upgrade": {"type": "bool"},
        "private_link_scope": {"type": "str"},
        "only_statuses": {
            "type": "list",
            "elements": "str",
            "choices": ["AwaitingConnection", "Connected", "Disconnected", "Error", "Expired"],
        },
        "stale_days": {"type": "int"},
        "allowed_kinds": {"type": "list", "elements": "str", "choices": ["VMware", "SCVMM", "HCI", "AVS"]},
        "remove_extensions": {"type": "bool", "default": False},
        "api_version": {"type": "str"},
    },
    work=ensure_machine,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
