#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Health of the service meshes of an HCX site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_health_info
short_description: Health of the service meshes of an HCX site
version_added: 0.1.0
description:
  - Says whether every service mesh has its appliances with all tunnels up and no critical alert is open, and
    otherwise what is wrong, what the likely cause is and which rows of the firewall table of
    M(hybridcloud.mobility.hcx_plan) to check.
  - An appliance whose status HCX does not tell is not healthy.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  service_mesh:
    description:
      - Only this mesh. One that does not exist is a problem. Alerts are those of the whole site.
    type: str
  diagnose:
    description:
      - Let HCX diagnose the meshes too, and wait for what it finds. Nothing about a mesh is changed by that.
      - In check mode no diagnosis is started; the results of the newest earlier one are read.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait for a diagnosis.
    type: int
    default: 600
seealso:
  - module: hybridcloud.mobility.hcx_info
  - module: hybridcloud.mobility.hcx_plan
"""

EXAMPLES = r"""
- name: Look at the meshes
  hybridcloud.mobility.hcx_health_info:
  register: hcx

- name: Let HCX diagnose one mesh
  hybridcloud.mobility.hcx_health_info:
    service_mesh: onprem-cloud
    diagnose: true

- name: All tunnels are up
  ansible.builtin.assert:
    that: hcx.healthy
    fail_msg: "{{ hcx.problems }}"
"""

RETURN = r"""
diagnoses:
  description:
    - With O(diagnose), for each mesh the checks that found something, and in C(raw) what HCX said, whose
      form is not documented. Null where no diagnosis was ever made.
  returned: success
  type: list
  elements: dict
  sample:
    - service_mesh: onprem-cloud
      created: 1718000000000
      failing: [{check: onprem-cloud-IX-I1, state: down, reasons: [No answer from the peer.]}]
      raw: {}
healthy:
  description: Whether there is no problem.
  returned: success
  type: bool
  sample: false
problems:
  description: What is wrong, one entry for each object.
  returned: success
  type: list
  elements: dict
  sample:
    - object: onprem-cloud-IX-I1
      state: down, 0 of 8 tunnels up
      cause: UDP 4500 is most likely blocked between the uplink addresses of the two sites
      firewall_rows: [S2, S4]
appliances:
  description: The appliances of the meshes, as M(hybridcloud.mobility.hcx_service_mesh) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: onprem-cloud-IX-I1
      type: HCX-WAN-IX
      status: down
      tunnels_up: 0
      tunnels: 8
      healthy: false
alerts:
  description: Open alerts of the site.
  returned: success
  type: list
  elements: dict
  sample:
    - severity: CRITICAL
      state: CREATED
      message: All tunnels are down
      entity: onprem-cloud-IX-I1
      created: 1718000000000
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.health import read_health
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

SPEC = {**CONNECTION, **WAITING, "service_mesh": {"type": "str"}, "diagnose": {"type": "bool", "default": False}}
JOB = Job(argument_spec=SPEC, work=read_health)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
