#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""L2VPN server of an NSX-V edge gateway of Cloud Director."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcd_edge_l2vpn
short_description: L2VPN server of an NSX-V edge gateway of Cloud Director
version_added: 0.1.0
description:
  - Configures the L2VPN server of an NSX-V edge gateway, its listener and its peer sites, and tells how the tunnels
    are.
  - Peer sites are merged by name. Those that the task does not list stay as they are, because Extender and others write
    their own into the same configuration.
  - An NSX-T edge gateway is the work of M(hybridcloud.mobility.vcd_l2vpn_tunnel).
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcd
  - hybridcloud.mobility.vcd.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_vcd
options:
  vdc:
    description:
      - Org VDC of the edge gateway.
    type: str
    required: true
  organization:
    description:
      - Organization of the Org VDC. Needed only by the provider, and only where several have one of this name.
    type: str
  edge_gateway:
    description:
      - Name of the edge gateway, an advanced one.
    type: str
    required: true
  state:
    description:
      - Whether the edge gateway shall be an L2VPN server. It is not removed while it has peer sites that
        O(peer_sites) does not list, unless O(peer_sites_exact=true).
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description:
      - Whether the server works. A new one does unless this says otherwise; it needs a peer site then.
    type: bool
  listener_ip:
    description:
      - Address of an external interface to listen on. Needed for a new server.
    type: str
  listener_port:
    description:
      - Port to listen on. A new server listens on 443 unless this says otherwise.
    type: int
  cipher:
    description:
      - Encryption of the tunnels. A new server uses V(AES128-GCM-SHA256) unless this says otherwise.
      - V(RC4-MD5), V(DES-CBC3-SHA) and V(NULL-MD5) are refused unless O(allow_weak_cipher=true).
    type: str
    choices: [AES128-GCM-SHA256, AES256-SHA, AES128-SHA, RC4-MD5, DES-CBC3-SHA, NULL-MD5]
  allow_weak_cipher:
    description:
      - Whether a cipher that is broken, or encrypts nothing, is accepted.
    type: bool
    default: false
  certificate:
    description:
      - Id of the server certificate on the edge gateway, for example V(certificate-4). Without one, the edge gateway
        uses a self-signed one.
    type: str
  log_enabled:
    description:
      - Whether the server logs.
    type: bool
  log_level:
    description:
      - What it logs.
    type: str
    choices: [emergency, alert, critical, error, warning, notice, info, debug]
  peer_sites:
    description:
      - The peer sites, by name.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the peer site.
        type: str
        required: true
      state:
        description:
          - Whether the peer site shall exist.
        type: str
        choices: [present, absent]
        default: present
      description:
        description:
          - Description of the peer site.
        type: str
      user:
        description:
          - User that the client of the site logs in as. Needed for a new site.
        type: str
      password:
        description:
          - Password of that user. Needed for a new site. It is compared where the edge gateway shows the stored one,
            and O(update_password) decides otherwise.
        type: str
      networks:
        description:
          - Names of the stretched networks, all of them; each must be connected as subinterface. Needed for a new site.
        type: list
        elements: str
      egress_gateways:
        description:
          - Addresses of gateways whose packets do not go through the tunnel, all of them.
        type: list
        elements: str
      enabled:
        description:
          - Whether the site may connect. A new one may unless this says otherwise.
        type: bool
  peer_sites_exact:
    description:
      - Whether peer sites that are not listed are removed, those of Extender and of others among them.
    type: bool
    default: false
  update_password:
    description:
      - When a password is written that cannot be compared. V(on_create) only for a new peer site, V(always) in every
        run, which then always changes something.
    type: str
    choices: [on_create, always]
    default: on_create
  replace_client:
    description:
      - Whether an edge gateway that is an L2VPN client gives that up to become a server.
    type: bool
    default: false
  wait_for_tunnel:
    description:
      - Whether to wait until the tunnels of the listed peer sites are up, at most O(wait_timeout) seconds. Fails with
        what the edge gateway says of a tunnel that stays down.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.vcd_org_network
  - module: hybridcloud.mobility.vcd_l2vpn_tunnel
"""

EXAMPLES = r"""
- name: Let the company's first data center connect
  hybridcloud.mobility.vcd_edge_l2vpn:
    vdc: acme-vdc
    edge_gateway: acme-edge
    listener_ip: 203.0.113.20
    peer_sites:
      - name: company-dc1
        user: company
        password: "{{ vault_l2vpn_password }}"
        networks: [company-network]
        egress_gateways: [172.16.10.1]

- name: Wait until its tunnel is up
  hybridcloud.mobility.vcd_edge_l2vpn:
    vdc: acme-vdc
    edge_gateway: acme-edge
    peer_sites:
      - name: company-dc1
    wait_for_tunnel: true

- name: Take the site away again, and leave all others
  hybridcloud.mobility.vcd_edge_l2vpn:
    vdc: acme-vdc
    edge_gateway: acme-edge
    enabled: false
    peer_sites:
      - name: company-dc1
        state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be; the server and each peer site are listed by themselves.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: L2VPN peer site
      name: company-dc1
      before: {egress_gateways: []}
      after: {egress_gateways: [172.16.10.1]}
server:
  description: The server with all peer sites, without passwords; null when there is none.
  returned: success
  type: dict
  sample:
    enabled: true
    listener_ip: 203.0.113.20
    listener_port: 443
    cipher: AES128-GCM-SHA256
    certificate: ""
    log_enabled: false
    log_level: info
    peer_sites:
      - name: company-dc1
        description: ""
        user: company
        networks: [company-network]
        egress_gateways: [172.16.10.1]
        enabled: true
tunnels:
  description: How the tunnels of all peer sites are, with the edge gateway's words about those that are down.
  returned: success
  type: list
  elements: dict
  sample:
    - {site: company-dc1, status: up, failure: ""}
notes:
  description: What else to know, such as that the edge gateway does not tell the status of its tunnels.
  returned: success
  type: list
  elements: str
  sample: []
failed_changes:
  description: The change that failed, with the reason and the id of the request.
  returned: when the edge gateway refuses the change
  type: list
  elements: dict
  sample:
    - chain: acme-edge
      action: create
      kind: L2VPN server
      name: acme-edge
      before: {}
      after: {listener_ip: 203.0.113.99}
      error: the listener is no address of an external interface [13113]
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.edge_l2vpn import ensure_server
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.options import CONNECTION, WAITING

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "vdc": {"type": "str", "required": True},
        "organization": {"type": "str"},
        "edge_gateway": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "enabled": {"type": "bool"},
        "listener_ip": {"type": "str"},
        "listener_port": {"type": "int"},
        "cipher": {
            "type": "str",
            "choices": ["AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA", "RC4-MD5", "DES-CBC3-SHA", "NULL-MD5"],
        },
        "allow_weak_cipher": {"type": "bool", "default": False},
        "certificate": {"type": "str"},
        "log_enabled": {"type": "bool"},
        "log_level": {
            "type": "str",
            "choices": ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"],
        },
        "peer_sites": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "description": {"type": "str"},
                "user": {"type": "str"},
                "password": {"type": "str", "no_log": True},
                "networks": {"type": "list", "elements": "str"},
                "egress_gateways": {"type": "list", "elements": "str"},
                "enabled": {"type": "bool"},
            },
        },
        "peer_sites_exact": {"type": "bool", "default": False},
        "update_password": {
            "type": "str",
            "choices": ["on_create", "always"],
            "default": "on_create",
            "no_log": False,
        },
        "replace_client": {"type": "bool", "default": False},
        "wait_for_tunnel": {"type": "bool", "default": False},
    },
    work=ensure_server,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
