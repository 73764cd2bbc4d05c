#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts about an HCX site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_info
short_description: Facts about an HCX site
version_added: 0.1.0
description:
  - Returns what an HCX manager knows of its site, pairings, profiles, service meshes and appliances, with one call
    for each kind of object.
  - With O(admin_password), also what the manager itself says on its management port, such as which of its components
    run, and which vCenter and NSX are registered.
  - In check mode profiles are as earlier tasks of the same run would have left them.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  admin_password:
    description:
      - Password of the appliance's own user, to read what its management port tells.
      - The environment variable E(HCX_ADMIN_PASSWORD) is used when the option is not given.
    type: str
  admin_username:
    description:
      - The appliance's own user, who is not one of vCenter.
      - The environment variable E(HCX_ADMIN_USER) is used when the option is not given.
    type: str
    default: admin
  admin_port:
    description:
      - Port of the appliance management.
      - The environment variable E(HCX_ADMIN_PORT) is used when the option is not given.
    type: int
    default: 9443
seealso:
  - module: hybridcloud.mobility.hcx_health_info
"""

EXAMPLES = r"""
- name: Read the site
  hybridcloud.mobility.hcx_info:
  register: hcx

- name: Read what the manager says of itself too
  hybridcloud.mobility.hcx_info:
    admin_password: "{{ vault_hcx_admin_password | default(omit) }}"
  register: hcx

- name: There is a pairing
  ansible.builtin.assert:
    that: hcx.pairings | length > 0
"""

RETURN = r"""
site:
  description: The local site.
  returned: success
  type: dict
  sample: {endpoint_id: 20240101080000000-11111111-2222-3333-4444-555555555555, name: hcx-onprem}
manager:
  description: The manager itself, from its management port; null without O(admin_password).
  returned: success
  type: dict
  sample:
    components: {appengine: RUNNING, web: RUNNING, planengine: RUNNING}
    vcenters: [{url: https://vcenter.example.com, username: administrator@vsphere.local, name: vcenter, version: 8.0.3}]
    nsx_managers: [{url: https://nsx.example.com, username: admin, name: null, version: 4.1.2}]
    lookup_services: [https://vcenter.example.com]
    activated_at: [https://connect.hcx.vmware.com]
pairings:
  description: Pairings with remote sites, as M(hybridcloud.mobility.hcx_site_pairing) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - url: https://hcx-cloud.example.com
      username: administrator@vsphere.local
      endpoint_id: 20240101080000000-66666666-7777-8888-9999-000000000000
      name: hcx-cloud
      version: 4.11.0
network_profiles:
  description: Network profiles, as M(hybridcloud.mobility.hcx_network_profile) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: network-11111111-2222-3333-4444-555555555555
      name: np-management
      network: pg-management
      mtu: 1500
compute_profiles:
  description: Compute profiles, as M(hybridcloud.mobility.hcx_compute_profile) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 3b0c6a9e-1111-4222-8333-444455556666
      name: cp-onprem
      services: [BULK_MIGRATION, INTERCONNECT]
service_meshes:
  description: Service meshes, as M(hybridcloud.mobility.hcx_service_mesh) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: servicemesh-11111111-2222-3333-4444-555555555555
      name: onprem-cloud
      services: [BULK_MIGRATION, INTERCONNECT]
appliances:
  description:
    - Appliances of all meshes, as M(hybridcloud.mobility.hcx_service_mesh) returns them, with what their virtual
      machines take. C(cpus) and C(memory_mb) are null where HCX does not tell them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: onprem-cloud-IX-I1
      type: HCX-WAN-IX
      status: up
      tunnels_up: 8
      tunnels: 8
      healthy: true
      cpus: 8
      memory_mb: 6144
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.info import read_site
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import ADMIN, CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(argument_spec={**CONNECTION, **ADMIN}, work=read_site)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
