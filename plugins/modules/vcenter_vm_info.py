#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about virtual machines of a vCenter."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcenter_vm_info
short_description: Facts about virtual machines of a vCenter
version_added: 0.1.0
description:
  - Returns power state, identity, networks and guest addresses of any number of virtual machines with one login and one
    bulk read. Templates are left out.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vsphere
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_vsphere
options:
  vms:
    description:
      - Names or managed object ids of the virtual machines, by default all.
    type: list
    elements: str
seealso:
  - module: hybridcloud.mobility.vcda_migration
  - module: hybridcloud.mobility.migration_verdict
"""

EXAMPLES = r"""
- name: See whether two machines run
  hybridcloud.mobility.vcenter_vm_info:
    vms: [WebApp2, WebApp3]
  register: source
"""

RETURN = r"""
vms:
  description: The machines that there are, sorted by name.
  returned: success
  type: list
  elements: dict
  sample:
    - name: WebApp2
      id: vm-15
      uuid: 42100f5e-6d1f-4f7e-9d35-5f0f1f9c0001
      power_state: "on"
      powered_on: true
      tools_running: true
      networks: [pg-web]
      addresses: [172.16.10.22]
      nics:
        - {network: pg-web, mac: "00:50:56:8a:00:01", connected: true, addresses: [172.16.10.22]}
missing:
  description: Names that no machine has.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.options import CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vm_info import read_vms

JOB = Job(argument_spec={**CONNECTION, "vms": {"type": "list", "elements": "str"}}, work=read_vms)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
