#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about virtual machines of an Org VDC."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcd_vm_info
short_description: Facts about virtual machines of an Org VDC
version_added: 0.1.0
description:
  - Returns power state, vApp, networks and addresses of virtual machines in an Org VDC with one login.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcd
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_vcd
options:
  vdc:
    description:
      - Name of the Org VDC.
    type: str
    required: true
  organization:
    description:
      - Organization of the Org VDC, where the provider logs in and the name is not unique.
    type: str
  vms:
    description:
      - Names or ids of the virtual machines, by default all of the Org VDC.
    type: list
    elements: str
seealso:
  - module: hybridcloud.mobility.migration_verdict
"""

EXAMPLES = r"""
- name: See what runs in the cloud
  hybridcloud.mobility.vcd_vm_info:
    org: acme
    vdc: acme-vdc
    vms: [WebApp2]
  register: target
"""

RETURN = r"""
vms:
  description: The machines that there are, sorted by name.
  returned: success
  type: list
  elements: dict
  sample:
    - name: WebApp2
      id: 3f2504e0-4f89-41d3-9a0c-0305e82c3301
      vapp: WebApp2
      power_state: "on"
      powered_on: true
      networks: [company-network]
      addresses: [172.16.10.22]
      nics:
        - nic: 0
          network: company-network
          connected: true
          mode: manual
          address: 172.16.10.22
          mac: "00:50:56:8a:00:01"
missing:
  description: Names that no machine has.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.options import CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.vm_info import read_vms

JOB = Job(
    argument_spec={
        **CONNECTION,
        "vdc": {"type": "str", "required": True},
        "organization": {"type": "str"},
        "vms": {"type": "list", "elements": "str"},
    },
    work=read_vms,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
