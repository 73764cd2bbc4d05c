# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What HCX profiles leave to the facts of the hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_profile_facts import open_questions

DOCUMENTATION = r"""
name: hcx_profile_questions
short_description: What HCX profiles leave to the facts of the hosts
version_added: 0.1.0
description:
  - Names the network profiles that do not state their network or their roles, and the roles that a compute profile
    needs and no network profile has. With none of them, nobody has to ask the hosts.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
positional: compute_profiles
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
seealso:
  - plugin: hybridcloud.mobility.hcx_completed_profiles
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What the hosts have to be asked for
  ansible.builtin.debug:
    msg: "{{ [np_management] | hybridcloud.mobility.hcx_profile_questions([]) }}"
  vars:
    np_management: {name: np-management, roles: [management], ranges: [{first: 10.10.3.10, last: 10.10.3.19}]}
"""

RETURN = r"""
_value:
  description: Names of network profiles, and roles of compute profiles.
  type: list
  elements: str
  sample: [np-management, vmotion of cp-onprem]
"""


def hcx_profile_questions(
    network_profiles: Sequence[Mapping[str, Any]], compute_profiles: Sequence[Mapping[str, Any]]
) -> list[str]:
    return open_questions(network_profiles, compute_profiles)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"hcx_profile_questions": hcx_profile_questions}
