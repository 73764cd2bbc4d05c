# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the modules of the on-premises end against the lab as Ansible would, in this process."""

from __future__ import annotations

import copy
import json
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    extender_dc_extension,
    extender_l2_appliance,
    vcd_edge_l2vpn,
    vcd_l2vpn_tunnel,
    vcd_org_network,
)
from lab import Lab

MODULES = {
    "extender_dc_extension": extender_dc_extension,
    "extender_l2_appliance": extender_l2_appliance,
    "vcd_edge_l2vpn": vcd_edge_l2vpn,
    "vcd_l2vpn_tunnel": vcd_l2vpn_tunnel,
    "vcd_org_network": vcd_org_network,
}
EDGE, TRUNK, NETWORK, SOURCE, VLAN = "l2-company-dc1", "pg-l2vpn-trunk", "company-network", "pg-web", 110
EDGE_PASSWORD, L2VPN_PASSWORD = "Edge!secret-4711", "Tunnel!secret-4712"
END = {"edge_gateway": "acme-edge", "vdc": "acme-vdc", "organization": "acme"}

Result = dict[str, Any]


class Tasks:
    """``run("extender_l2_appliance", ...)``; the connections are the group defaults of a play."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.shown: list[str] = []
        self.checking = False
        self._codes: set[str] = set()

    def server(self, port: int, **login: str) -> Result:
        login = {"username": self.lab.username, "password": self.lab.password, **login}
        return {"hostname": "localhost", "port": port, "ca_path": self.lab.ca_path, **login}

    def port(self, name: str) -> int:
        return self.lab.ports[name]

    @property
    def vcenter(self) -> Result:
        return self.server(self.lab.source.port)

    @property
    def edge(self) -> Result:
        return self.server(self.port("autonomous-edge"), username="admin", password=EDGE_PASSWORD)

    def cloud(self, name: str) -> Result:
        """As the provider: the organization of the lab begins without the rights."""
        return {**self.server(self.port(name), username="administrator"), "org": "System"}

    def org_network(self, cloud: str, name: str = NETWORK, subnet: str = "172.16.10") -> Result:
        """At the other end, with the same gateway as at the source site."""
        network = {
            "name": name,
            "edge_gateway": END["edge_gateway"],
            "gateway": f"{subnet}.1",
            "prefix_length": 24,
            "interface_type": "subinterface" if cloud == "vcd-v" else None,
        }
        given = {key: value for key, value in network.items() if value is not None}
        inside = {name: END[name] for name in ("vdc", "organization")}
        return self("vcd_org_network", **self.cloud(cloud), **inside, networks=[given])

    def l2vpn_server(self, **settings: Any) -> Result:
        """The server of NSX-V with the peer site of the source site, which stretches the network."""
        site = {"name": "company-dc1", "user": "company", "password": L2VPN_PASSWORD, "networks": [NETWORK]}
        listener = {"listener_ip": "203.0.113.20", "cipher": "AES128-GCM-SHA256", "enabled": True, "peer_sites": [site]}
        return self("vcd_edge_l2vpn", **self.cloud("vcd-v"), **END, **{**listener, **settings})

    def l2vpn_tunnel(self, **settings: Any) -> Result:
        """The tunnel of NSX-T, which stretches nothing yet."""
        tunnel = {
            "name": "company-dc1",
            "session_mode": "server",
            "local_endpoint": "203.0.113.30",
            "remote_endpoint": "198.51.100.10",
            "tunnel_interface": "192.168.254.1/30",
            "pre_shared_key": L2VPN_PASSWORD,
        }
        return self("vcd_l2vpn_tunnel", **self.cloud("vcd-t"), **END, **{**tunnel, **settings})

    def __call__(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that succeeds."""
        result = self.attempt(module, check=check or self.checking, **options)
        assert not result.get("failed"), result
        return result

    def failing(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that fails: one sentence, and facts."""
        result = self.attempt(module, check=check, **options)
        assert result.get("failed"), result
        assert "\n" not in result["msg"]
        return result

    def attempt(self, module: str, *, check: bool = False, **options: Any) -> Result:
        job = MODULES[module].JOB
        given = {name: value for name, value in copy.deepcopy(options).items() if value is not None}
        checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate(given)
        assert checked.error_messages == []
        result: Result = job.result(checked.validated_parameters, check=check, show=self.shown.append)
        text = json.dumps(result) + "".join(self.shown)
        assert [secret for secret in self.secrets() if secret in text] == []
        return result

    def secrets(self) -> set[str]:
        """What no result may show: passwords, keys, and every peer code that the lab has issued."""
        tunnels = [tunnel for cloud in self.lab.world.clouds.values() for tunnel in cloud.tunnels.values()]
        self._codes |= {tunnel.peer_code for tunnel in tunnels}
        return {EDGE_PASSWORD, L2VPN_PASSWORD, self.lab.password, *self._codes}

    def build(self, generation: str) -> None:
        """Everything but the extension."""
        if generation == "nsx_t":
            self.org_network("vcd-t")
            self.l2vpn_tunnel()
            self("extender_l2_appliance", **self.autonomous())
        else:
            self.org_network("vcd-v")
            self.l2vpn_server()
            self("extender_l2_appliance", **self.standalone_of_cloud())

    def standalone_of_cloud(self, **settings: Any) -> Result:
        """Options of an edge for an NSX-V server, whose tunnel ids are read there."""
        end = {"cloud_director": self.cloud("vcd-v"), "tunnel": END}
        return self.standalone(**{**end, "networks": [{"name": NETWORK, "vlan": VLAN}], **settings})

    def standalone(self, **settings: Any) -> Result:
        """Options of an edge for an NSX-V server, whose tunnel ids are given."""
        return {
            "name": EDGE,
            "generation": "nsx_v",
            "vcenter": self.vcenter,
            "placement": {"datacenter": "dc-a", "cluster": "compute-a", "datastore": "ds-a", "folder": "Appliances"},
            "uplink": {"addresses": ["10.15.0.41"], "gateway": "10.15.0.1", "prefix_length": 22},
            "networks": [{"name": NETWORK, "vlan": VLAN, "tunnel_id": 1, "egress_gateway": "172.16.10.1"}],
            "trunk": {"port_group": TRUNK, "switch": "vds-a"},
            "server": {
                "address": "203.0.113.20",
                "cipher": "AES128-GCM-SHA256",
                "user": "company",
                "password": L2VPN_PASSWORD,
            },
            "deployment": {
                "library_item": "nsx-l2vpn-client",
                "accept_eula": True,
                "network_mappings": {"Public": "pg-uplink", "Trunk": TRUNK, "HA": "pg-management"},
                "properties": STANDALONE_PROPERTIES,
            },
            **settings,
        }

    def autonomous(self, **settings: Any) -> Result:
        """Options of an edge for an NSX-T server, which the module asks for its peer code."""
        return {
            "name": EDGE,
            "generation": "nsx_t",
            "vcenter": self.vcenter,
            "edge": self.edge,
            "cloud_director": self.cloud("vcd-t"),
            "tunnel": {**END, "name": "company-dc1"},
            "placement": {"datacenter": "dc-a", "cluster": "compute-a", "datastore": "ds-a", "folder": "Appliances"},
            "uplink": {"addresses": ["10.15.0.41"], "gateway": "10.15.0.1", "prefix_length": 22},
            "networks": [{"name": NETWORK, "vlan": VLAN}],
            "trunk": {"port_group": TRUNK, "switch": "vds-a"},
            "deployment": {
                "library_item": "nsx-autonomous-edge",
                "accept_eula": True,
                "network_mappings": {
                    "Network 0": "pg-management",
                    "Network 1": "pg-uplink",
                    "Network 2": TRUNK,
                    "Network 3": "pg-management",
                },
                "properties": AUTONOMOUS_PROPERTIES,
            },
            **settings,
        }

    def extension_v(self, **settings: Any) -> Result:
        """Options of an extension to a cloud with NSX-V."""
        return {
            "name": "company-dc1",
            "generation": "nsx_v",
            "vcenter": self.vcenter,
            "cloud_director": self.cloud("vcd-v"),
            "datacenter": "dc-a",
            "source_port_group": SOURCE,
            "network": NETWORK,
            "egress_gateway": "172.16.10.1",
            "appliance": EDGE,
            "trunk": {"port_group": TRUNK},
            "tunnel": END,
            "peer_site": {"user": "company", "password": L2VPN_PASSWORD},
            "wait_timeout": 5,
            **settings,
        }

    def extension_t(self, **settings: Any) -> Result:
        """Options of an extension to a cloud with NSX-T."""
        return {
            "name": "web",
            "generation": "nsx_t",
            "vcenter": self.vcenter,
            "edge": self.edge,
            "cloud_director": self.cloud("vcd-t"),
            "datacenter": "dc-a",
            "source_port_group": SOURCE,
            "network": NETWORK,
            "appliance": EDGE,
            "trunk": {"port_group": TRUNK},
            "tunnel": {**END, "name": "company-dc1"},
            "wait_timeout": 5,
            **settings,
        }


def plain(name: str, value: str) -> Result:
    return {"id": name, "value": value}


def secret(name: str) -> Result:
    return {"id": name, "secret": EDGE_PASSWORD}


STANDALONE_PROPERTIES = [
    secret("cli_admin_password"),
    secret("cli_enable_password"),
    secret("cli_root_password"),
    plain("uplink_ip", "{uplink_address}"),
    plain("uplink_prefix", "{uplink_prefix_length}"),
    plain("uplink_gateway", "{uplink_gateway}"),
    plain("l2vpn_server_address", "{server_address}"),
    plain("l2vpn_server_port", "{server_port}"),
    plain("l2vpn_user", "{server_user}"),
    plain("l2vpn_password", "{server_password}"),
    plain("l2vpn_cipher", "{cipher}"),
    plain("l2vpn_sub_interfaces", "{networks}"),
    plain("l2vpn_egress_ip", "{egress_gateways}"),
]
AUTONOMOUS_PROPERTIES = [
    plain("is_autonomous_edge", "True"),
    secret("nsx_passwd_0"),
    secret("nsx_cli_passwd_0"),
    plain("nsx_ip_0", "10.10.3.60"),
    plain("nsx_netmask_0", "255.255.252.0"),
    plain("nsx_gateway_0", "10.10.0.1"),
    plain("external_port", "0,eth1,{uplink_address},{uplink_prefix_length}"),
]


def listed(result: Result) -> list[tuple[str, str]]:
    """(action, kind) of every change."""
    return [(change["action"], change["kind"]) for change in result["changes"]]
