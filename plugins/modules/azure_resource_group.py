#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An Azure resource group."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_resource_group
short_description: An Azure resource group
version_added: 0.1.0
description:
  - Makes a resource group, sets its tags, and removes it.
  - A group that is not empty is removed only with O(remove_contents).
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
  name:
    description:
      - Name of the group.
    type: str
    required: true
  state:
    description:
      - Whether the group shall exist.
    type: str
    choices: [present, absent]
    default: present
  location:
    description:
      - Region of the group, for example V(westeurope). Needed to make it; it cannot be changed later.
    type: str
  remove_contents:
    description:
      - Whether a group is removed together with everything in it.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.azure_resource_provider
"""

EXAMPLES = r"""
- name: Make the group of the Arc machines
  hybridcloud.mobility.azure_resource_group:
    subscription_id: "{{ azure_subscription_id }}"
    name: rg-arc
    location: westeurope
    tags:
      owner: infrastructure

- name: Remove it when it is empty
  hybridcloud.mobility.azure_resource_group:
    subscription_id: "{{ azure_subscription_id }}"
    name: rg-arc
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: resource group
      name: rg-arc
      before: {}
      after: {location: westeurope, tags: {owner: infrastructure}}
resource_group:
  description: The group as Azure shows it; null when there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801/resourceGroups/rg-arc
    name: rg-arc
    location: westeurope
    tags: {owner: infrastructure}
failed_changes:
  description: The changes that failed, with Azure's reasons.
  returned: when Azure refuses a change
  type: list
  elements: dict
  sample:
    - chain: rg-arc
      action: create
      kind: resource group
      name: rg-arc
      before: {}
      after: {location: westeurope, tags: {}}
      error: the permission Microsoft.Resources/subscriptions/resourceGroups/write on /subscriptions/0b2c3d4e is missing
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION, TAGS, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.resource_group import ensure_group
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        **TAGS,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "location": {"type": "str"},
        "remove_contents": {"type": "bool", "default": False},
    },
    work=ensure_group,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
