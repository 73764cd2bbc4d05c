#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""L2VPN tunnel of an NSX-T edge gateway of Cloud Director."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcd_l2vpn_tunnel
short_description: L2VPN tunnel of an NSX-T edge gateway of Cloud Director
version_added: 0.1.0
description:
  - Creates, changes and removes an L2VPN tunnel of an NSX-T edge gateway, as server or as client, and tells how it is.
  - Needs API version 35.0. An NSX-V edge gateway is the work of M(hybridcloud.mobility.vcd_edge_l2vpn).
  - A server issues a peer code that its client needs, and a new one with every change. It holds the pre-shared key, so
    this module does not return it; modules that configure a client read it from Cloud Director themselves.
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
      - Name of the edge gateway.
    type: str
    required: true
  name:
    description:
      - Name of the tunnel.
    type: str
    required: true
  state:
    description:
      - Whether the tunnel shall exist.
    type: str
    choices: [present, absent]
    default: present
  session_mode:
    description:
      - Which end of the tunnel this is; needed unless the tunnel shall be absent. It cannot be changed, and all tunnels
        of an edge gateway are of one kind.
    type: str
    choices: [server, client]
  description:
    description:
      - Description of the tunnel.
    type: str
  enabled:
    description:
      - Whether the tunnel works. A client cannot be disabled before API version 38.1.
    type: bool
  local_endpoint:
    description:
      - Address of this end, one that is allocated to the edge gateway. Needed for a new tunnel.
    type: str
  remote_endpoint:
    description:
      - Address of the other end. Needed for a new tunnel.
    type: str
  tunnel_interface:
    description:
      - Address and prefix length of the server's interface inside the tunnel, for example V(192.168.1.1/24). Older
        versions need it for a new server.
    type: str
  initiation_mode:
    description:
      - Which end of a server's tunnel begins. A new server is an V(initiator) unless this says otherwise.
    type: str
    choices: [initiator, respond_only, on_demand]
  pre_shared_key:
    description:
      - Key of a server's tunnel. Needed for a new server. It is compared where Cloud Director shows the stored one, and
        O(update_password) decides otherwise.
    type: str
  peer_code:
    description:
      - Peer code that the server has issued, for a client. Needed for a new client.
    type: str
  networks:
    description:
      - The stretched networks, all of them; routed networks on the edge gateway.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the network.
        type: str
        required: true
      tunnel_id:
        description:
          - Number that the server has given to the network, from 1 to 4093. Needed by a client, and not taken by a
            server, which numbers its networks itself.
        type: int
  logging:
    description:
      - Whether the tunnel logs.
    type: bool
  update_password:
    description:
      - When a key or peer code is written that cannot be compared. V(on_create) only for a new tunnel, V(always) in
        every run, which then always changes something.
    type: str
    choices: [on_create, always]
    default: on_create
  wait_for_tunnel:
    description:
      - Whether to wait until the tunnel is up, at most O(wait_timeout) seconds. Fails with what the edge gateway says
        of a tunnel that stays down.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.vcd_org_network
  - module: hybridcloud.mobility.vcd_edge_l2vpn
"""

EXAMPLES = r"""
- name: Let the company's first data center connect
  hybridcloud.mobility.vcd_l2vpn_tunnel:
    vdc: acme-vdc
    edge_gateway: acme-edge
    name: company-dc1
    session_mode: server
    local_endpoint: 203.0.113.30
    remote_endpoint: 198.51.100.10
    tunnel_interface: 192.168.254.1/30
    pre_shared_key: "{{ vault_l2vpn_key }}"
    networks:
      - name: company-network

- name: Remove the tunnel
  hybridcloud.mobility.vcd_l2vpn_tunnel:
    vdc: acme-vdc
    edge_gateway: acme-edge
    name: company-dc1
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: L2VPN tunnel
      name: company-dc1
      before: {remote_endpoint: 198.51.100.9}
      after: {remote_endpoint: 198.51.100.10}
      notes: ["its peer code changes, so every client needs the new one"]
tunnel:
  description:
    - The tunnel as it is now, without key and peer code; null when there is none. Its C(version) grows with every
      change, and so tells when a client needs a new peer code.
  returned: success
  type: dict
  sample:
    name: company-dc1
    session_mode: server
    description: ""
    enabled: true
    local_endpoint: 203.0.113.30
    remote_endpoint: 198.51.100.10
    tunnel_interface: 192.168.254.1/30
    initiation_mode: initiator
    networks: {company-network: 1}
    logging: false
    id: 9f1c7c1e-0000-4000-8000-000000000001
    version: 1
status:
  description: How the tunnel is, with the edge gateway's words about one that is down; null when there is none.
  returned: success
  type: dict
  sample: {status: down, failure: No client has connected}
failed_changes:
  description: The change that failed, with the reason and the id of the request.
  returned: when Cloud Director refuses the change
  type: list
  elements: dict
  sample:
    - chain: company-dc1
      action: create
      kind: L2VPN tunnel
      name: company-dc1
      before: {}
      after: {local_endpoint: 203.0.113.99}
      error: the address is not allocated to the edge gateway [BAD_REQUEST] (request 4a1b)
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.l2vpn_tunnel import ensure_tunnel
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.options import CONNECTION, WAITING

JOB = Job(
    argument_spec={
        **CONNECTION,
        **WAITING,
        "vdc": {"type": "str", "required": True},
        "organization": {"type": "str"},
        "edge_gateway": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "session_mode": {"type": "str", "choices": ["server", "client"]},
        "description": {"type": "str"},
        "enabled": {"type": "bool"},
        "local_endpoint": {"type": "str"},
        "remote_endpoint": {"type": "str"},
        "tunnel_interface": {"type": "str"},
        "initiation_mode": {"type": "str", "choices": ["initiator", "respond_only", "on_demand"]},
        "pre_shared_key": {"type": "str", "no_log": True},
        "peer_code": {"type": "str", "no_log": True},
        "networks": {
            "type": "list",
            "elements": "dict",
            "options": {"name": {"type": "str", "required": True}, "tunnel_id": {"type": "int"}},
        },
        "logging": {"type": "bool"},
        "update_password": {
            "type": "str",
            "choices": ["on_create", "always"],
            "default": "on_create",
            "no_log": False,
        },
        "wait_for_tunnel": {"type": "bool", "default": False},
    },
    work=ensure_tunnel,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
