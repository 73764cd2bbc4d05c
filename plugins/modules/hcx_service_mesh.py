#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service mesh between two paired HCX sites."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_service_mesh
short_description: Service mesh between two paired HCX sites
version_added: 0.1.0
description:
  - Creates, changes, synchronises and removes a service mesh on the HCX manager that initiated the pairing, and
    waits until its appliances are deployed and all their tunnels are up.
  - A mesh that exists with tunnels that stay down is a failure, whoever has made it. The message names the
    appliances and what to check first.
  - A task that an interrupted run has begun is joined; while another task works on the mesh, the change waits for
    its turn.
  - An option that is not given leaves the setting alone. Names must be exactly one thing; an id is taken in place of
    any name.
  - In check mode, a site, compute profiles and network profiles that earlier tasks of the same run would have made
    may be named. What a site that is not paired yet offers cannot be checked then.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  name:
    description:
      - Name of the service mesh.
    type: str
    required: true
  state:
    description:
      - Whether the mesh shall exist.
    type: str
    choices: [present, absent]
    default: present
  remote_url:
    description:
      - Address of the paired remote manager, as in M(hybridcloud.mobility.hcx_site_pairing). Needed when the manager
        has several pairings, and in check mode before it has one.
    type: str
  compute_profile:
    description:
      - Compute profile of the local site. Needed for a new mesh.
    type: str
  remote_compute_profile:
    description:
      - Compute profile of the remote site. Needed for a new mesh.
    type: str
  services:
    description:
      - Services of the mesh, all of them. Both compute profiles must offer them. V(INTERCONNECT) is always among them.
    type: list
    elements: str
    choices:
      - INTERCONNECT
      - WANOPT
      - VMOTION
      - BULK_MIGRATION
      - RAV
      - NETWORK_EXTENSION
      - DISASTER_RECOVERY
      - SRM
      - HCX_ASSISTED_VMOTION
  uplinks:
    description:
      - Network profiles to use as uplink at the local site instead of the compute profile's. An empty list ends that.
    type: list
    elements: str
  remote_uplinks:
    description:
      - Network profiles to use as uplink at the remote site instead of the compute profile's. An empty list ends that.
    type: list
    elements: str
  switch_pairs:
    description:
      - Switches whose networks may be extended, with the NE appliances for each pair. Needed for V(NETWORK_EXTENSION);
        a mesh that loses this service loses its pairs.
        An NE appliance carries eight networks.
    type: list
    elements: dict
    suboptions:
      local:
        description: Distributed switch or transport zone of the local compute profile.
        type: str
        required: true
      remote:
        description: Distributed switch or transport zone of the remote compute profile.
        type: str
        required: true
      appliances:
        description: NE appliances at each side.
        type: int
        default: 1
  wan_optimization_bandwidth:
    description:
      - Most bandwidth for WAN optimization, as the number that HCX keeps. Its unit is not documented.
    type: int
  application_path_resiliency:
    description:
      - Several paths for each tunnel.
    type: bool
  tcp_flow_conditioning:
    description:
      - Adjust the segment size of TCP connections that cross an extended network.
    type: bool
  resync:
    description:
      - Let the appliances follow changes of the compute and network profiles, which they do not do by themselves. With
        V(true), a mesh that is otherwise as wanted is synchronised, and the task is changed every time.
    type: bool
    default: false
  redeploy_unhealthy:
    description:
      - Deploy local appliances anew that are not healthy on a mesh that is otherwise as wanted. Traffic through them is
        interrupted.
    type: bool
    default: false
  force_delete:
    description:
      - Remove the mesh even when its peer does not answer or networks are still extended.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait for the task that makes a change, and again for the tunnels. HCX goes on after that, and a
        repeated run waits again.
    type: int
    default: 3600
seealso:
  - module: hybridcloud.mobility.hcx_compute_profile
  - module: hybridcloud.mobility.hcx_plan
"""

EXAMPLES = r"""
- name: Bulk migration through a VPN
  hybridcloud.mobility.hcx_service_mesh:
    name: onprem-cloud
    remote_url: https://hcx-cloud.example.com
    compute_profile: cp-onprem
    remote_compute_profile: cp-cloud
    services: [INTERCONNECT, WANOPT, BULK_MIGRATION]

- name: A second NE appliance
  hybridcloud.mobility.hcx_service_mesh:
    name: onprem-cloud
    switch_pairs:
      - local: vds-a
        remote: vds-d
        appliances: 2
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be, with the names of the appliances.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: service mesh
      name: onprem-cloud
      before: {}
      after:
        compute_profile: cp-onprem
        remote_compute_profile: cp-cloud
        services: [BULK_MIGRATION, INTERCONNECT]
        appliances: [onprem-cloud-IX-I1, onprem-cloud-IX-R1]
service_mesh:
  description: The mesh as it is now, with HCX's id; null when there is none.
  returned: success
  type: dict
  sample:
    name: onprem-cloud
    id: servicemesh-11111111-2222-3333-4444-555555555555
    compute_profile: cp-onprem
    remote_compute_profile: cp-cloud
    services: [BULK_MIGRATION, INTERCONNECT]
    uplinks: []
    remote_uplinks: []
    switch_pairs: []
    wan_optimization_bandwidth: null
    application_path_resiliency: false
    tcp_flow_conditioning: false
    appliances: [onprem-cloud-IX-I1, onprem-cloud-IX-R1]
appliances:
  description: The appliances of the mesh as HCX reports them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: onprem-cloud-IX-I1
      type: HCX-WAN-IX
      id: 7d8a1c9e-1111-4222-8333-444455556666
      endpoint_id: 20240101080000000-11111111-2222-3333-4444-555555555555
      version: 4.11.0
      uplink_addresses: [10.13.3.10]
      status: up
      tunnels_up: 8
      tunnels: 8
      reasons: []
      healthy: true
failed_changes:
  description: The change that failed, with HCX's reason.
  returned: when HCX refuses the change, or tunnels stay down
  type: list
  elements: dict
  sample:
    - chain: onprem-cloud
      action: create
      kind: service mesh
      name: onprem-cloud
      before: {}
      after: {services: [INTERCONNECT]}
      error: "the change of service mesh onprem-cloud failed: Deploy IX: no address left"
problems:
  description: Everything that makes the task impossible; nothing was changed then.
  returned: when the input cannot be realised
  type: list
  elements: str
  sample: ["compute profile cp-cloud of site hcx-cloud does not offer WANOPT; it offers: BULK_MIGRATION, INTERCONNECT"]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import CONNECTION, SERVICES
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.service_mesh import ensure_mesh
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

NAMES = {"type": "list", "elements": "str"}

JOB = Job(
    argument_spec={
        **CONNECTION,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "remote_url": {"type": "str"},
        "compute_profile": {"type": "str"},
        "remote_compute_profile": {"type": "str"},
        "services": SERVICES,
        "uplinks": NAMES,
        "remote_uplinks": NAMES,
        "switch_pairs": {
            "type": "list",
            "elements": "dict",
            "options": {
                "local": {"type": "str", "required": True},
                "remote": {"type": "str", "required": True},
                "appliances": {"type": "int", "default": 1},
            },
        },
        "wan_optimization_bandwidth": {"type": "int"},
        "application_path_resiliency": {"type": "bool"},
        "tcp_flow_conditioning": {"type": "bool"},
        "resync": {"type": "bool", "default": False},
        "redeploy_unhealthy": {"type": "bool", "default": False},
        "force_delete": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 3600},
    },
    work=ensure_mesh,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
