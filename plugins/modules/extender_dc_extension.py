#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network of the source site stretched to an Org VDC network."""

from __future__ import annotations

DOCUMENTATION = r"""
module: extender_dc_extension
short_description: Network of the source site stretched to an Org VDC network
version_added: 0.1.0
description:
  - States that a port group of the source site is one layer 2 network with an Org VDC network, with a local egress
    gateway, and waits until the tunnel is up.
  - Composes what no single call makes. At Cloud Director it is a peer site of the edge gateway's L2VPN server (NSX-V)
    or a network of its L2VPN tunnel (NSX-T), at the source site an extension on the edge of
    M(hybridcloud.mobility.extender_l2_appliance), and between them the trunk port group.
  - A server of NSX-T issues another peer code whenever it changes. The edge's session is then made again with the new
    code and with all its extensions.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.extender
  - hybridcloud.mobility.extender.waiting
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_extender
options:
  name:
    description:
      - Name of the extension. With O(generation=nsx_v) it is the peer site unless O(peer_site.name) is given, with
        O(generation=nsx_t) the port on the edge.
    type: str
    required: true
  state:
    description:
      - V(absent) ends the extension, the client's end first. A peer site goes with its last network. The edge, its
        trunk port group and the Org VDC network stay.
    type: str
    choices: [present, absent]
    default: present
  backend:
    description:
      - V(vcd) builds the extension from documented APIs.
      - V(extender) is experimental and off unless O(allow_experimental) is set. A vCloud Director Extender appliance
        has no published API; only its management plane was observed, so the module says which appliance it is and
        refuses.
    type: str
    choices: [vcd, extender]
    default: vcd
  allow_experimental:
    description:
      - Whether endpoints may be spoken to that were only observed.
    type: bool
    default: false
  extender:
    description:
      - The vCloud Director Extender appliance, for O(backend=extender).
    type: dict
    suboptions:
      hostname:
        description: Name or address of the appliance.
        type: str
        required: true
      port:
        description: Its HTTPS port.
        type: int
        default: 443
      username:
        description: User name; upper and lower case matter.
        type: str
        required: true
      password:
        description: Password of the user.
        type: str
        required: true
      authenticator:
        description: Whether the user is the appliance's own or one of vCenter single sign-on.
        type: str
        choices: [LOCAL_MACHINE, VCENTER]
        default: LOCAL_MACHINE
      validate_certs:
        description: Whether the appliance's certificate must be trusted.
        type: bool
        default: true
      ca_path:
        description: File of PEM certificates to trust.
        type: path
      request_timeout:
        description: Seconds to wait for each answer.
        type: int
        default: 60
  generation:
    description:
      - What the edge gateway at Cloud Director runs on. Needed with O(backend=vcd).
    type: str
    choices: [nsx_v, nsx_t]
  source_port_group:
    description:
      - Distributed port group of the source site, with one VLAN. Needed with O(backend=vcd).
    type: str
  datacenter:
    description:
      - Datacenter of O(vcenter) that holds the port group and the edge. Needed with O(backend=vcd).
    type: str
  folder:
    description:
      - Folder of the edge's virtual machine, to be sure that it is the right one.
    type: str
  network:
    description:
      - Org VDC network. On NSX-V it must be a subinterface. Needed with O(backend=vcd).
    type: str
  egress_gateway:
    description:
      - Address inside the network that is served locally and kept from crossing the tunnel, for O(generation=nsx_v).
        When the gateway of the virtual machines is the same at both sites, it is required for traffic to leave at the
        nearer one. Without it, the gateways of the peer site are left alone.
    type: str
  appliance:
    description:
      - Name of the edge's virtual machine. Needed with O(backend=vcd).
    type: str
  session:
    description:
      - Name of the L2VPN session on an autonomous edge. Without it, the name of the edge.
    type: str
  tunnel_id:
    description:
      - Number of the network in the tunnel, for O(generation=nsx_t) and a Cloud Director that does not tell it. Where
        it tells another one, that is used.
    type: int
  interface:
    description:
      - Interface of an autonomous edge that is connected to the trunk.
    type: str
    default: eth2
  trunk:
    description:
      - The trunk port group of the edge. Needed with O(backend=vcd).
    type: dict
    suboptions:
      port_group:
        description: Name of the port group.
        type: str
        required: true
      security:
        description: Mode that lets the edge send and receive for other machines; checked and restored.
        type: str
        choices: [promiscuous, mac_learning]
        default: promiscuous
  tunnel:
    description:
      - Where Cloud Director has its end. Needed with O(backend=vcd).
    type: dict
    suboptions:
      edge_gateway:
        description: Name of the edge gateway.
        type: str
        required: true
      vdc:
        description: Name of its Org VDC.
        type: str
        required: true
      organization:
        description: Organization of the Org VDC, where the login can see several.
        type: str
      name:
        description: Name of the L2VPN tunnel, for O(generation=nsx_t).
        type: str
  peer_site:
    description:
      - The peer site of the L2VPN server, for O(generation=nsx_v).
    type: dict
    suboptions:
      name:
        description: Its name. Without it, that of the extension.
        type: str
      user:
        description: User that the edge logs in with. Needed when the site is new, or its server shows no passwords.
        type: str
      password:
        description: Password of that user.
        type: str
  wait:
    description:
      - Whether to wait until the tunnel is up, and to fail with its reason when it does not come.
    type: bool
    default: true
seealso:
  - module: hybridcloud.mobility.extender_l2_appliance
  - module: hybridcloud.mobility.vcd_edge_l2vpn
  - module: hybridcloud.mobility.vcd_l2vpn_tunnel
"""

EXAMPLES = r"""
- name: Stretch the web tier to a cloud with NSX-T
  hybridcloud.mobility.extender_dc_extension:
    name: web
    generation: nsx_t
    vcenter: {hostname: vcenter.example.com, username: administrator@vsphere.local, password: "{{ vault_vcenter }}"}
    edge: {hostname: 10.10.0.60, username: admin, password: "{{ vault_edge }}"}
    cloud_director: {hostname: vcd.example.com, org: acme, username: orgadmin, password: "{{ vault_vcd }}"}
    datacenter: dc-a
    source_port_group: pg-web
    network: company-network
    appliance: l2-company-dc1
    trunk: {port_group: pg-l2vpn-trunk}
    tunnel: {edge_gateway: acme-edge, vdc: acme-vdc, name: company-dc1}

- name: Stretch the web tier to a cloud with NSX-V, with the gateway of each site for its own machines
  hybridcloud.mobility.extender_dc_extension:
    name: company-dc1
    generation: nsx_v
    vcenter: {hostname: vcenter.example.com, username: administrator@vsphere.local, password: "{{ vault_vcenter }}"}
    cloud_director: {hostname: vcd.example.com, org: acme, username: orgadmin, password: "{{ vault_vcd }}"}
    datacenter: dc-a
    source_port_group: pg-web
    network: company-network
    egress_gateway: 172.16.10.1
    appliance: l2-company-dc1
    trunk: {port_group: pg-l2vpn-trunk}
    tunnel: {edge_gateway: acme-edge, vdc: acme-vdc}
    peer_site: {user: company, password: "{{ vault_l2vpn }}"}
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: L2VPN peer site
      name: company-dc1
      before: {egress_gateways: [172.16.10.254]}
      after: {egress_gateways: [172.16.10.1]}
extension:
  description:
    - The extension as it is now; null when it shall be absent. C(state) is V(connected), V(connecting) after a
      change, or V(error) with the tunnel's own words as C(failure).
  returned: success, and when the tunnel does not come up
  type: dict
  sample:
    name: company-dc1
    generation: nsx_v
    source_port_group: pg-web
    network: company-network
    state: connected
    tunnel: {up: true, failure: ""}
    tunnel_id: 1
    egress_gateways: [172.16.10.1]
appliance:
  description: The Extender appliance, as far as it tells.
  returned: with O(backend=extender), which always fails
  type: dict
  sample:
    deployment: cx-cloud-service
    role: provider
    environment: vcenter
    version: 1.1.0.1
    managers: [cx-manager]
    replicators: [cx-replicator]
    sites: [vcd]
failed_changes:
  description: The change that failed, with the service's reason.
  returned: when a change fails
  type: list
  elements: dict
  sample:
    - chain: web
      action: create
      kind: L2 extension
      name: web
      before: {}
      after: {vlan: 110, interface: eth2}
      error: "10.10.0.60:443 refuses POST /api/v1/ports: the VLAN is in use"
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.extension import ensure_extension
from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.options import SERVERS, TUNNEL, WAITING
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

EXTENDER = {
    "hostname": {"type": "str", "required": True},
    "port": {"type": "int", "default": 443},
    "username": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "authenticator": {"type": "str", "choices": ["LOCAL_MACHINE", "VCENTER"], "default": "LOCAL_MACHINE"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "request_timeout": {"type": "int", "default": 60},
}
TRUNK = {
    "port_group": {"type": "str", "required": True},
    "security": {"type": "str", "choices": ["promiscuous", "mac_learning"], "default": "promiscuous"},
}
PEER_SITE = {
    "name": {"type": "str"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
}

JOB = Job(
    argument_spec={
        **SERVERS,
        **TUNNEL,
        **WAITING,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "backend": {"type": "str", "choices": ["vcd", "extender"], "default": "vcd"},
        "allow_experimental": {"type": "bool", "default": False},
        "extender": {"type": "dict", "options": EXTENDER},
        "generation": {"type": "str", "choices": ["nsx_v", "nsx_t"]},
        "source_port_group": {"type": "str"},
        "datacenter": {"type": "str"},
        "folder": {"type": "str"},
        "network": {"type": "str"},
        "egress_gateway": {"type": "str"},
        "appliance": {"type": "str"},
        "session": {"type": "str"},
        "tunnel_id": {"type": "int"},
        "interface": {"type": "str", "default": "eth2"},
        "trunk": {"type": "dict", "options": TRUNK},
        "peer_site": {"type": "dict", "options": PEER_SITE},
        "wait": {"type": "bool", "default": True},
    },
    work=ensure_extension,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
