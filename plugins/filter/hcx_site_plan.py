# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to plan for the service meshes of a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_site_plan import site_plans

DOCUMENTATION = r"""
name: hcx_site_plan
short_description: What to plan for the service meshes of a site
version_added: 0.1.0
description:
  - Turns what sites have for the role C(hcx_site) into options of M(hybridcloud.mobility.hcx_plan), for each service
    mesh that the site initiates.
  - A mesh of which something is not known that a plan needs, such as the site at its other end, is not planned; the
    result says why.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
positional: meshes, sites
options:
  _input:
    description: The site, as P(hybridcloud.mobility.hcx_site_ends#filter) gives it.
    type: dict
    required: true
  meshes:
    description: Its service meshes, as the variable C(hcx_site_service_meshes) holds them.
    type: list
    elements: dict
    required: true
  sites:
    description: The sites of the inventory, among which the other ends are looked for.
    type: list
    elements: dict
    required: true
  remote_url:
    description: Address of the remote manager of meshes that do not state one.
    type: str
    default: ""
  options:
    description: Further options of M(hybridcloud.mobility.hcx_plan), which replace what is worked out.
    type: dict
seealso:
  - plugin: hybridcloud.mobility.hcx_site_ends
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What is planned for the meshes of this site
  ansible.builtin.debug:
    msg: "{{ ends[0] | hybridcloud.mobility.hcx_site_plan(hcx_site_service_meshes | default([]), ends) }}"
  vars:
    ends: "{{ [hostvars[inventory_hostname]] | hybridcloud.mobility.hcx_site_ends }}"
  when: hcx_hostname is defined
"""

RETURN = r"""
_value:
  description: What can be planned, and why the rest cannot.
  type: dict
  contains:
    plans:
      description: For each mesh its name, and the options of M(hybridcloud.mobility.hcx_plan).
      type: list
      elements: dict
    skipped:
      description: A sentence for each mesh that cannot be planned.
      type: list
      elements: str
      sample: ["Service mesh bulk is not planned: the vCenter of site-a is not stated."]
"""


def hcx_site_plan(
    site: Mapping[str, Any],
    meshes: Sequence[Mapping[str, Any]],
    sites: Sequence[Mapping[str, Any]],
    remote_url: str = "",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return site_plans(site, meshes, sites, remote_url, options)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"hcx_site_plan": hcx_site_plan}
