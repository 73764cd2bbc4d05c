# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HCX profiles completed by the facts of the hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_profile_facts import completed
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems

DOCUMENTATION = r"""
name: hcx_completed_profiles
short_description: HCX profiles completed by the facts of the hosts
version_added: 0.1.0
description:
  - Gives network profiles that do not state them their network and their roles, and compute profiles the network
    profiles of the roles that their services need.
  - The management profile is in the network of the management adapters. vMotion and replication have the network of
    their own adapters; where the hosts have none, the management profile serves the role too.
  - What is stated stays as it is, and so does a network profile without ranges or a compute profile without datastores,
    which only changes settings of one that HCX has.
  - Fails with a sentence for each profile about which the hosts tell nothing, or differ.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
positional: compute_profiles, hosts
options:
  _input:
    description: Network profiles, as for M(hybridcloud.mobility.hcx_network_profile).
    type: list
    elements: dict
    required: true
  compute_profiles:
    description: Compute profiles, each as for M(hybridcloud.mobility.hcx_compute_profile).
    type: list
    elements: dict
    required: true
  hosts:
    description: Hosts, as M(hybridcloud.mobility.esxi_vmkernel_info) returns them.
    type: list
    elements: dict
    required: true
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel_info
  - plugin: hybridcloud.mobility.hcx_profile_questions
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the VMkernel adapters
  hybridcloud.mobility.esxi_vmkernel_info:
    clusters: [compute-a]
  register: esxi

- name: Profiles with the networks of the adapters
  ansible.builtin.debug:
    msg: "{{ [np_management] | hybridcloud.mobility.hcx_completed_profiles([], esxi.hosts) }}"
  vars:
    np_management: {name: np-management, roles: [management], ranges: [{first: 10.10.3.10, last: 10.10.3.19}]}
"""

RETURN = r"""
_value:
  description: The same profiles, completed.
  type: dict
  contains:
    network_profiles:
      description: The network profiles, in their order.
      type: list
      elements: dict
    compute_profiles:
      description: The compute profiles, in their order.
      type: list
      elements: dict
"""


def hcx_completed_profiles(
    network_profiles: Sequence[Mapping[str, Any]],
    compute_profiles: Sequence[Mapping[str, Any]],
    hosts: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    try:
        return completed(network_profiles, compute_profiles, hosts)
    except Problems as problems:
        raise AnsibleFilterError("\n".join(problems.sentences)) from problems


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"hcx_completed_profiles": hcx_completed_profiles}
