# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of the modules for the on-premises end: the cloud with NSX-T, whose tunnel an earlier case has made."""

from __future__ import annotations

from typing import Any

END = {"edge_gateway": "acme-edge", "vdc": "acme-vdc", "organization": "acme", "name": "company-dc1"}


def _property(name: str, **value: str) -> dict[str, str]:
    return {"id": name, **value}


def _appliance(address: str) -> dict[str, Any]:
    return {
        "name": "l2-company-dc1",
        "generation": "nsx_t",
        "tunnel": END,
        "placement": {"datacenter": "dc-a", "cluster": "compute-a", "datastore": "ds-a", "folder": "Appliances"},
        "uplink": {"addresses": [address], "gateway": "10.15.0.1", "prefix_length": 22},
        "networks": [{"name": "company-network", "vlan": 110}],
        "trunk": {"port_group": "pg-l2vpn-trunk", "switch": "vds-a"},
        "deployment": {
            "library_item": "nsx-autonomous-edge",
            "accept_eula": True,
            "network_mappings": {
                "Network 0": "pg-management",
                "Network 1": "pg-uplink",
                "Network 2": "pg-l2vpn-trunk",
                "Network 3": "pg-management",
            },
            "properties": [
                _property("is_autonomous_edge", value="True"),
                _property("nsx_passwd_0", secret="{{ cloud.password }}"),
                _property("nsx_cli_passwd_0", secret="{{ cloud.password }}"),
                _property("nsx_ip_0", value="10.10.3.60"),
                _property("nsx_netmask_0", value="255.255.252.0"),
                _property("nsx_gateway_0", value="10.10.0.1"),
                _property("external_port", value="0,eth1,{uplink_address},{uplink_prefix_length}"),
            ],
        },
    }


def _extension(network: str) -> dict[str, Any]:
    return {
        "name": "web",
        "generation": "nsx_t",
        "datacenter": "dc-a",
        "source_port_group": "pg-web",
        "network": network,
        "appliance": "l2-company-dc1",
        "trunk": {"port_group": "pg-l2vpn-trunk"},
        "tunnel": END,
    }


# Per module: options that work, options that are refused.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "extender_l2_appliance": (_appliance("10.15.0.41"), _appliance("10.15.0.1")),
    "extender_dc_extension": (_extension("company-network"), _extension("no-such-network")),
}
