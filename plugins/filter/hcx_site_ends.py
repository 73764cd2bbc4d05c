# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sites need to know of each other to plan a service mesh."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_site_plan import site_end

DOCUMENTATION = r"""
name: hcx_site_ends
short_description: What sites need to know of each other to plan a service mesh
version_added: 0.1.0
description:
  - Takes from the variables of hosts what a plan of a service mesh needs, and leaves out hosts without C(hcx_hostname).
  - Nothing secret is among it.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
options:
  _input:
    description: The variables of hosts.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: hybridcloud.mobility.hcx_site_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The HCX sites of the inventory
  ansible.builtin.debug:
    msg: "{{ groups.all | map('extract', hostvars) | hybridcloud.mobility.hcx_site_ends | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: One entry for each site, in the order of the hosts.
  type: list
  elements: dict
"""


def hcx_site_ends(hosts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [end for end in map(site_end, hosts) if end is not None]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"hcx_site_ends": hcx_site_ends}
