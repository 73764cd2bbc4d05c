#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rights of an organization of Cloud Director and of a role in it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcd_org_rights
short_description: Rights of an organization of Cloud Director and of a role in it
version_added: 0.1.0
description:
  - Gives rights to an organization, then to a role in it, or takes them away, with one task for both.
  - Up to API version 30.0 the organization itself holds the rights. From 31.0 on, a rights bundle holds them that is
    published to the organization; the module makes and changes one of its own and never a built-in one.
  - Rights that others imply are added, and the plan shows them.
  - Needs a login of the provider.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcd
  - hybridcloud.mobility.vcd.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_vcd
options:
  organization:
    description:
      - Organization that shall have the rights.
    type: str
    required: true
  rights:
    description:
      - Names or ids of rights. All unknown ones are told at once.
    type: list
    elements: str
  rights_set:
    description:
      - A named set of rights, together with those of O(rights).
      - V(extender_l2vpn) holds the 27 rights that L2VPN and the migration with Extender need. Rights of the set that
        this version of Cloud Director does not know are left out and told.
    type: str
    choices: [extender_l2vpn]
  state:
    description:
      - V(present) adds the rights, V(absent) takes them away.
      - V(exact) takes all others away as well, from the organization (from the bundle where there are bundles) and
        from the role.
    type: str
    choices: [present, absent, exact]
    default: present
  method:
    description:
      - Interface to use. V(auto) takes V(xml) up to API version 30.0 and V(cloudapi) from 31.0 on.
    type: str
    choices: [auto, xml, cloudapi]
    default: auto
  bundle:
    description:
      - Rights bundle to make or to extend, where there are bundles. Without it, one of the organization's own, named
        after it with C(-extender-rights) at the end.
    type: str
  role:
    description:
      - Role that shall have the rights.
    type: str
    default: Organization Administrator
  role_scope:
    description:
      - V(org) changes a role of the organization. One that is inherited from a global role is refused with an
        explanation; one that follows its template is unlinked from it.
      - V(global) changes a global role, which changes it in every organization that it is published to; the plan and
        the result list them.
      - V(none) leaves roles alone.
    type: str
    choices: [org, global, none]
    default: org
seealso:
  - module: hybridcloud.mobility.vcd_org_network
"""

EXAMPLES = r"""
- name: Give an organization the rights for L2VPN, on a Cloud Director without rights bundles
  hybridcloud.mobility.vcd_org_rights:
    organization: acme
    rights_set: extender_l2vpn

- name: The same where Organization Administrator is a global role
  hybridcloud.mobility.vcd_org_rights:
    organization: acme
    rights_set: extender_l2vpn
    role_scope: global

- name: Take one right away again
  hybridcloud.mobility.vcd_org_rights:
    organization: acme
    rights:
      - "Organization vDC Gateway: Configure Syslog"
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be. Only the rights that differ are listed.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: organization rights
      name: acme
      before: {}
      after: {rights: ["Organization vDC Gateway: Configure L2 VPN", "Organization vDC Gateway: View L2 VPN"]}
      notes: ["added because others imply them: Organization vDC Gateway: View L2 VPN"]
organization:
  description: Name of the organization.
  returned: success
  type: str
  sample: acme
method:
  description: The interface that was used.
  returned: success
  type: str
  sample: xml
rights:
  description: All rights that the organization has.
  returned: success
  type: list
  elements: str
  sample: ["Organization vDC Gateway: View L2 VPN"]
implied_rights:
  description: Rights that were not asked for, but that others imply.
  returned: success
  type: list
  elements: str
  sample: ["Organization vDC Gateway: View L2 VPN"]
unknown_rights:
  description: Rights of the set that this Cloud Director does not know.
  returned: success
  type: list
  elements: str
  sample: []
bundle:
  description: Name of the rights bundle; the name of the organization where there are no bundles.
  returned: success
  type: str
  sample: acme-extender-rights
role:
  description: The role with its rights, and the organizations that share it; null with O(role_scope=none).
  returned: success
  type: dict
  sample:
    name: Organization Administrator
    id: urn:vcloud:globalRole:9f1c7c1e-0000-4000-8000-000000000001
    kind: global role
    organizations: [acme, globex]
    rights: ["Organization vDC Gateway: View L2 VPN"]
failed_changes:
  description: The change that failed, with Cloud Director's reason and the id of the request.
  returned: when Cloud Director refuses the change
  type: list
  elements: dict
  sample:
    - chain: acme
      action: update
      kind: role
      name: Organization Administrator
      before: {}
      after: {rights: ["Organization vDC Gateway: View L2 VPN"]}
      error: The role cannot be changed [ROLE_IS_READ_ONLY] (request 4a1b)
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.org_rights import ensure_rights

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "organization": {"type": "str", "required": True},
        "rights": {"type": "list", "elements": "str"},
        "rights_set": {"type": "str", "choices": ["extender_l2vpn"]},
        "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
        "method": {"type": "str", "choices": ["auto", "xml", "cloudapi"], "default": "auto"},
        "bundle": {"type": "str"},
        "role": {"type": "str", "default": "Organization Administrator"},
        "role_scope": {"type": "str", "choices": ["org", "global", "none"], "default": "org"},
    },
    work=ensure_rights,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
