#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The on-premises client of an L2VPN tunnel to Cloud Director."""

from __future__ import annotations

DOCUMENTATION = r"""
module: extender_l2_appliance
short_description: On-premises client of an L2VPN tunnel to Cloud Director
version_added: 0.1.0
description:
  - Deploys or adopts the edge that begins a layer 2 tunnel at the source site, with its trunk port group, and
    configures it for the server at Cloud Director.
  - For an NSX-T server it is an NSX Autonomous Edge, configured through its REST API with the server's peer code. The
    module reads that code from Cloud Director itself, so that it never appears anywhere.
  - For an NSX-V server it is a standalone NSX Edge, which has no API and reads its OVF properties when it starts for
    the first time. What cannot be changed in place is refused until O(recreate) is set.
  - A deployment that was interrupted is found again; one name is one virtual machine.
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
      - Name of the edge's virtual machine, and of the L2VPN session on an autonomous edge.
    type: str
    required: true
  state:
    description:
      - V(absent) removes the virtual machine when it was deployed by this module. An edge that was adopted stays, and
        only its session is ended. The trunk port group stays unless O(remove_port_group) is set.
    type: str
    choices: [present, absent]
    default: present
  generation:
    description:
      - What the edge gateway at Cloud Director runs on, and so which edge belongs here.
    type: str
    choices: [nsx_v, nsx_t]
    required: true
  placement:
    description:
      - Where the edge is, or shall be, in O(vcenter).
    type: dict
    suboptions:
      datacenter:
        description: Datacenter. The name of the edge must be unique in it.
        type: str
        required: true
      folder:
        description: Folder of virtual machines. Without it, the datacenter's own.
        type: str
      cluster:
        description: Cluster, or stand-alone host.
        type: str
      resource_pool:
        description: Resource pool. Without it, the cluster's own.
        type: str
      host:
        description: Host. Without it, vCenter chooses.
        type: str
      datastore:
        description: Datastore. Without it, vCenter chooses.
        type: str
  deployment:
    description:
      - How the edge is made. Without it, an edge of this name is adopted.
    type: dict
    suboptions:
      library_item:
        description: Name of the OVF template in a content library.
        type: str
        required: true
      library_id:
        description: Id of the content library, where several have a template of this name.
        type: str
      network_mappings:
        description: For each network of the template, the name of a network of the datacenter.
        type: dict
        required: true
      properties:
        description:
          - The template's OVF properties. Their names belong to the template and its version, and are compared with
            what it declares.
        type: list
        elements: dict
        default: []
        suboptions:
          id:
            description: Name of the property.
            type: str
            required: true
          value:
            description:
              - Its value. It may refer to other options, as C({uplink_address}), C({uplink_prefix_length}),
                C({uplink_netmask}), C({uplink_gateway}), C({server_address}), C({server_port}), C({server_user}),
                C({server_password}), C({cipher}), C({networks}) and C({egress_gateways}). A plain brace is written
                twice.
              - C({networks}) is the form of a standalone edge, VLAN and tunnel id of each network, for example
                V(110(1\),120(2\)).
            type: str
          secret:
            description: Its value, taken as it is written, never shown and never compared.
            type: str
      accept_eula:
        description: Whether you accept the licence agreement of the template.
        type: bool
        default: false
      storage_provisioning:
        description: How disks are made.
        type: str
        choices: [thin, thick, eagerZeroedThick]
  uplink:
    description:
      - The addresses of the edge itself.
    type: dict
    suboptions:
      addresses:
        description:
          - IPv4 addresses, one for each stretched network and at least one. The tunnel begins at the first.
        type: list
        elements: str
        required: true
      gateway:
        description: Gateway.
        type: str
        required: true
      prefix_length:
        description: Length of the subnet's prefix.
        type: int
        required: true
  networks:
    description:
      - The networks that the edge shall stretch.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the Org VDC network at the other end.
        type: str
        required: true
      vlan:
        description: VLAN of the network at the source site.
        type: int
        required: true
      tunnel_id:
        description:
          - Its number in the tunnel. Without it, that of the edge gateway's subinterface, read from O(cloud_director).
        type: int
      cidr:
        description: Subnet of the network, to find out overlaps before they hurt.
        type: str
      egress_gateway:
        description: Address of the gateway at the source site that serves the network there.
        type: str
  trunk:
    description:
      - The distributed port group that carries the networks to the edge. It is made when it does not exist; the mode
        that lets the edge send and receive for other machines is checked and restored.
    type: dict
    suboptions:
      port_group:
        description: Name of the port group.
        type: str
        required: true
      switch:
        description: Name of the distributed switch.
        type: str
        required: true
      vlans:
        description:
          - Exactly the VLANs it shall carry, for example V(110) or V(100-120). Without it, it carries at least those of
            O(networks).
        type: list
        elements: str
      security:
        description:
          - V(promiscuous) is promiscuous mode with forged transmits; V(mac_learning) is MAC learning with forged
            transmits, on switches of version 6.6 and later. A sink port is not part of the public API.
        type: str
        choices: [promiscuous, mac_learning]
        default: promiscuous
  server:
    description:
      - The L2VPN server.
    type: dict
    suboptions:
      address:
        description:
          - Its address. With O(generation=nsx_t), without it, the local endpoint of the tunnel.
        type: str
      port:
        description: Its port, for O(generation=nsx_v).
        type: int
        default: 443
      cipher:
        description: Its cipher, for O(generation=nsx_v).
        type: str
      user:
        description: User of the peer site, for O(generation=nsx_v).
        type: str
      password:
        description: Password of that user.
        type: str
  tunnel:
    description:
      - Where O(cloud_director) knows the other end.
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
  peer_code:
    description:
      - The server's peer code, instead of letting the module read it. It holds the pre-shared key.
    type: str
  recreate:
    description:
      - Whether a virtual machine that differs in what cannot be changed in place is removed and deployed again. One
        that does not differ stays.
    type: bool
    default: false
  remove_port_group:
    description:
      - With O(state=absent), remove the trunk port group as well.
    type: bool
    default: false
notes:
  - A property that is given as O(deployment.properties[].secret) cannot be compared, because vCenter hides it. To
    change it, remove the edge and make it again.
  - The session on an autonomous edge carries a fingerprint of its peer code in its description, because the edge never
    tells the code. After the server has issued another one, the session is made again with its extensions.
seealso:
  - module: hybridcloud.mobility.extender_dc_extension
  - module: hybridcloud.mobility.vcd_edge_l2vpn
  - module: hybridcloud.mobility.vcd_l2vpn_tunnel
"""

EXAMPLES = r"""
- name: An autonomous edge for a tunnel of an NSX-T edge gateway
  hybridcloud.mobility.extender_l2_appliance:
    name: l2-company-dc1
    generation: nsx_t
    vcenter: {hostname: vcenter.example.com, username: administrator@vsphere.local, password: "{{ vault_vcenter }}"}
    edge: {hostname: 10.10.0.60, username: admin, password: "{{ vault_edge }}"}
    cloud_director: {hostname: vcd.example.com, org: acme, username: orgadmin, password: "{{ vault_vcd }}"}
    tunnel: {edge_gateway: acme-edge, vdc: acme-vdc, name: company-dc1}
    placement: {datacenter: dc-a, cluster: compute-a, datastore: ds-a, folder: Appliances}
    uplink: {addresses: [10.15.0.41], gateway: 10.15.0.1, prefix_length: 22}
    networks:
      - {name: company-network, vlan: 110, cidr: 172.16.10.0/24}
    trunk: {port_group: pg-l2vpn-trunk, switch: vds-a}
    deployment:
      library_item: nsx-autonomous-edge
      accept_eula: true
      network_mappings:
        Network 0: pg-management
        Network 1: pg-uplink
        Network 2: pg-l2vpn-trunk
        Network 3: pg-management
      properties:
        - {id: is_autonomous_edge, value: "True"}
        - {id: nsx_passwd_0, secret: "{{ vault_edge_root }}"}
        - {id: nsx_cli_passwd_0, secret: "{{ vault_edge }}"}
        - {id: nsx_ip_0, value: 10.10.0.60}
        - {id: nsx_netmask_0, value: 255.255.252.0}
        - {id: nsx_gateway_0, value: 10.10.0.1}
        - {id: external_port, value: "0,eth1,{uplink_address},{uplink_prefix_length}"}

- name: A standalone edge for the peer site of an NSX-V edge gateway
  hybridcloud.mobility.extender_l2_appliance:
    name: l2-company-dc1
    generation: nsx_v
    vcenter: {hostname: vcenter.example.com, username: administrator@vsphere.local, password: "{{ vault_vcenter }}"}
    cloud_director: {hostname: vcd.example.com, org: acme, username: orgadmin, password: "{{ vault_vcd }}"}
    tunnel: {edge_gateway: acme-edge, vdc: acme-vdc}
    placement: {datacenter: dc-a, cluster: compute-a, datastore: ds-a}
    uplink: {addresses: [10.15.0.41], gateway: 10.15.0.1, prefix_length: 22}
    networks:
      - {name: company-network, vlan: 110, egress_gateway: 172.16.10.1}
    trunk: {port_group: pg-l2vpn-trunk, switch: vds-a}
    server: {address: 203.0.113.20, cipher: AES128-GCM-SHA256, user: company, password: "{{ vault_l2vpn }}"}
    deployment:
      library_item: nsx-l2vpn-client
      accept_eula: true
      network_mappings: {Public: pg-uplink, Trunk: pg-l2vpn-trunk, HA: pg-management}
      properties:
        - {id: cli_admin_password, secret: "{{ vault_edge }}"}
        - {id: cli_enable_password, secret: "{{ vault_edge }}"}
        - {id: cli_root_password, secret: "{{ vault_edge }}"}
        - {id: uplink_ip, value: "{uplink_address}"}
        - {id: uplink_prefix, value: "{uplink_prefix_length}"}
        - {id: uplink_gateway, value: "{uplink_gateway}"}
        - {id: l2vpn_server_address, value: "{server_address}"}
        - {id: l2vpn_server_port, value: "{server_port}"}
        - {id: l2vpn_user, value: "{server_user}"}
        - {id: l2vpn_password, value: "{server_password}"}
        - {id: l2vpn_cipher, value: "{cipher}"}
        - {id: l2vpn_sub_interfaces, value: "{networks}"}
        - {id: l2vpn_egress_ip, value: "{egress_gateways}"}

- name: Remove an edge that was deployed here, with its port group
  hybridcloud.mobility.extender_l2_appliance:
    name: l2-company-dc1
    generation: nsx_v
    state: absent
    vcenter: {hostname: vcenter.example.com, username: administrator@vsphere.local, password: "{{ vault_vcenter }}"}
    placement: {datacenter: dc-a}
    trunk: {port_group: pg-l2vpn-trunk, switch: vds-a, vlans: ["110"]}
    remove_port_group: true
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: trunk port group
      name: pg-l2vpn-trunk
      before: {}
      after: {switch: vds-a, vlans: "110", promiscuous: true, forged_transmits: true, mac_learning: false}
appliance:
  description: The edge as it is now; null when it shall be absent.
  returned: success
  type: dict
  sample:
    name: l2-company-dc1
    generation: nsx_t
    machine: {id: vm-101, uuid: 502c6a1e-0000-0000-0000-000000000000, powered_on: true}
    trunk:
      name: pg-l2vpn-trunk
      key: dvportgroup-1101
      vlans: "110"
      promiscuous: true
      forged_transmits: true
      mac_learning: false
    session:
      id: 8ab5c2a0-0000-0000-0000-000000000000
      peer_address: 203.0.113.30
      local_address: 10.15.0.41
      peer_code: the present one
failed_changes:
  description: The change that failed, with the service's reason.
  returned: when a change fails
  type: list
  elements: dict
  sample:
    - chain: l2-company-dc1
      action: create
      kind: virtual machine
      name: l2-company-dc1
      before: {}
      after: {template: nsx-autonomous-edge}
      error: "vCenter did not deploy it: the licence agreement was not accepted"
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.appliance import ensure_appliance
from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.options import (
    APPLIANCE,
    GENERATION,
    SERVERS,
    TRUNK,
    TUNNEL,
    WAITING,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(
    argument_spec={
        **SERVERS,
        **APPLIANCE,
        **GENERATION,
        **TRUNK,
        **TUNNEL,
        **WAITING,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "peer_code": {"type": "str", "no_log": True},
        "recreate": {"type": "bool", "default": False},
        "remove_port_group": {"type": "bool", "default": False},
    },
    work=ensure_appliance,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
