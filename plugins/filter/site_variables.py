# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of sites out of their sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse_all
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_variables import summary, variables

DOCUMENTATION = r"""
name: site_variables
short_description: The variables of sites out of their sheets
version_added: 0.1.0
description:
  - Checks site sheets and turns each into the variables that the roles of this collection read.
  - Fails with every problem of every sheet, one sentence each.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
options:
  _input:
    description: The sheets, as P(hybridcloud.mobility.site_sheets#filter) gives them.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: hybridcloud.mobility.site_sheets
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check a sheet and show the variables of its site
  ansible.builtin.debug:
    msg: >-
      {{ lookup('ansible.builtin.file', 'sheets/site-a.yml')
         | hybridcloud.mobility.site_sheets
         | hybridcloud.mobility.site_variables }}
"""

RETURN = r"""
_value:
  description: One entry per sheet, in their order.
  type: list
  elements: dict
  contains:
    site:
      description: Name of the site, which is its name in the inventory.
      type: str
      sample: site-a
    summary:
      description: Two lines per network for the person who reviews the variables.
      type: list
      elements: str
      sample:
        - "vmotion: pg-vmotion on stack vmotion, VLAN 20, MTU 9000"
        - "  10.11.0.0/22, 10.11.0.11 to 10.11.0.42 for 32 hosts, gateway 10.11.0.1"
    variables:
      description: The connection variables and those of the role vmkernel_networking.
      type: dict
"""


def site_variables(sheets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    try:
        sites = parse_all(sheets)
    except Problems as problems:
        raise AnsibleFilterError("\n".join(problems.sentences)) from problems
    return [{"site": site.name, "summary": summary(site), "variables": variables(site)} for site in sites]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"site_variables": site_variables}
