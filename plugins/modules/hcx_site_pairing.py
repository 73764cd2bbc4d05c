#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pairing of an HCX manager with a remote site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hcx_site_pairing
short_description: Pairing of an HCX manager with a remote site
version_added: 0.1.0
description:
  - Pairs the HCX manager it logs in to, normally the connector, with the HCX Cloud Manager of a remote site, changes
    the credentials of a pairing, and ends it.
  - The remote certificate is trusted only when its fingerprint is the given one. Without a fingerprint, the task
    fails and shows the one that the remote site presents.
  - A run that was interrupted is repeated; a pairing that exists is not made twice.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.hcx
  - hybridcloud.mobility.hcx.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_hcx
options:
  remote_url:
    description:
      - Address of the remote manager, for example V(https://hcx-cloud.example.com). Upper and lower case of the host
        name, a closing slash and the port V(443) make no difference.
    type: str
    required: true
  state:
    description:
      - Whether the pairing shall exist. HCX refuses to end a pairing that a service mesh uses.
    type: str
    choices: [present, absent]
    default: present
  remote_username:
    description:
      - User at the remote site. Needed unless the pairing shall be absent.
    type: str
  remote_password:
    description:
      - Password of that user. Needed unless the pairing shall be absent.
    type: str
  certificate_fingerprint:
    description:
      - SHA-256 fingerprint of the remote manager's certificate, 64 hexadecimal digits with or without colons. Needed
        when HCX does not trust that certificate yet.
    type: str
  renew_credentials:
    description:
      - Store the given user and password even when the user is the stored one. HCX does not tell whether the
        password is the same.
      - The site is paired once more with them. Where HCX refuses that, because it is paired already, the pairing is
        ended and made again, which a service mesh that uses it prevents.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.hcx_network_profile
"""

EXAMPLES = r"""
- name: Pair the connector with the cloud
  hybridcloud.mobility.hcx_site_pairing:
    remote_url: https://hcx-cloud.example.com
    remote_username: administrator@vsphere.local
    remote_password: "{{ vault_hcx_cloud_password }}"
    certificate_fingerprint: "{{ hcx_cloud_fingerprint }}"

- name: End the pairing
  hybridcloud.mobility.hcx_site_pairing:
    remote_url: https://hcx-cloud.example.com
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: site pairing
      name: https://hcx-cloud.example.com
      before: {}
      after: {url: "https://hcx-cloud.example.com", username: administrator@vsphere.local}
pairing:
  description: The pairing as HCX lists it; null when there is none.
  returned: success
  type: dict
  sample:
    url: https://hcx-cloud.example.com
    username: administrator@vsphere.local
    endpoint_id: 20240101080000000-11111111-2222-3333-4444-555555555555
    name: hcx-cloud
    version: 4.11.0
failed_changes:
  description: The change that failed, with HCX's reason.
  returned: when HCX refuses the change
  type: list
  elements: dict
  sample:
    - chain: https://hcx-cloud.example.com
      action: create
      kind: site pairing
      name: https://hcx-cloud.example.com
      before: {}
      after: {url: "https://hcx-cloud.example.com", username: administrator@vsphere.local}
      error: The user name or password of the remote site is wrong. [Login failure]
certificate_fingerprint:
  description: SHA-256 fingerprint of the remote certificate, inside the entry of RV(failed_changes).
  returned: when the certificate is not trusted
  type: str
  sample: "5A:0B:..."
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.options import CONNECTION, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.site_pairing import ensure_pairing
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "remote_url": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "remote_username": {"type": "str"},
        "remote_password": {"type": "str", "no_log": True},
        "certificate_fingerprint": {"type": "str"},
        "renew_credentials": {"type": "bool", "default": False},
    },
    work=ensure_pairing,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
