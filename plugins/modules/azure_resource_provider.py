#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registration of Azure resource providers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_resource_provider
short_description: Registration of Azure resource providers
version_added: 0.1.0
description:
  - Registers the resource providers that a subscription needs, and waits until they are registered.
  - What is registered already stays as it is. Nothing is ever unregistered.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.azure
  - hybridcloud.mobility.azure.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_azure
options:
  namespaces:
    description:
      - Namespaces of the providers.
    type: list
    elements: str
    default: [Microsoft.HybridCompute, Microsoft.GuestConfiguration, Microsoft.HybridConnectivity]
  wait:
    description:
      - Whether to wait until they are registered, at most O(wait_timeout) seconds.
    type: bool
    default: true
seealso:
  - module: hybridcloud.mobility.azure_resource_group
"""

EXAMPLES = r"""
- name: Register what Arc-enabled servers need
  hybridcloud.mobility.azure_resource_provider:
    subscription_id: "{{ azure_subscription_id }}"
    tenant_id: "{{ azure_tenant_id }}"
    client_id: "{{ azure_client_id }}"
    client_secret: "{{ vault_azure_client_secret }}"

- name: Register the provider of Arc-enabled SQL Server too
  hybridcloud.mobility.azure_resource_provider:
    namespaces: [Microsoft.HybridCompute, Microsoft.AzureArcData]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: resource provider
      name: Microsoft.HybridCompute
      before: {state: NotRegistered}
      after: {state: Registered}
providers:
  description: The providers and their states.
  returned: success
  type: list
  elements: dict
  sample:
    - {namespace: Microsoft.HybridCompute, state: Registered}
failed_changes:
  description: The changes that failed, with Azure's reasons.
  returned: when Azure refuses a change
  type: list
  elements: dict
  sample:
    - chain: Microsoft.HybridCompute
      action: update
      kind: resource provider
      name: Microsoft.HybridCompute
      before: {state: NotRegistered}
      after: {state: Registered}
      error: the permission Microsoft.HybridCompute/register/action on /subscriptions/0b2c3d4e is missing
      missing_permission: Microsoft.HybridCompute/register/action
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.resource_provider import ensure_providers
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "namespaces": {
            "type": "list",
            "elements": "str",
            "default": ["Microsoft.HybridCompute", "Microsoft.GuestConfiguration", "Microsoft.HybridConnectivity"],
        },
        "wait": {"type": "bool", "default": True},
    },
    work=ensure_providers,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
