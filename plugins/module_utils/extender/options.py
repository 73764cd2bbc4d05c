# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that the modules of the on-premises end share; the documentation fragment ``extender`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options
from ..vcd.options import CONNECTION as CLOUD_DIRECTOR

# Each server has its own group of options: one task speaks to up to three of them.
SERVERS: Spec = {
    "vcenter": {"type": "dict", "options": connection_options("VMWARE", request_timeout=120)},
    "edge": {"type": "dict", "options": connection_options("EDGE", request_timeout=60)},
    "cloud_director": {"type": "dict", "options": CLOUD_DIRECTOR},
}
GENERATION: Spec = {"generation": {"type": "str", "required": True, "choices": ["nsx_v", "nsx_t"]}}
TRUNK: Spec = {
    "trunk": {
        "type": "dict",
        "options": {
            "port_group": {"type": "str", "required": True},
            "switch": {"type": "str", "required": True},
            "vlans": {"type": "list", "elements": "str"},
            "security": {"type": "str", "choices": ["promiscuous", "mac_learning"], "default": "promiscuous"},
        },
    }
}
TUNNEL: Spec = {
    "tunnel": {
        "type": "dict",
        "options": {
            "edge_gateway": {"type": "str", "required": True},
            "vdc": {"type": "str", "required": True},
            "organization": {"type": "str"},
            "name": {"type": "str"},
        },
    }
}
WAITING: Spec = {"wait_timeout": {"type": "int", "default": 900}}
_PLACEMENT: Spec = {
    "datacenter": {"type": "str", "required": True},
    "folder": {"type": "str"},
    "cluster": {"type": "str"},
    "resource_pool": {"type": "str"},
    "host": {"type": "str"},
    "datastore": {"type": "str"},
}
_PROPERTIES: Spec = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "id": {"type": "str", "required": True},
        "value": {"type": "str"},
        "secret": {"type": "str", "no_log": True},
    },
    "mutually_exclusive": [("value", "secret")],
    "required_one_of": [("value", "secret")],
}
_DEPLOYMENT: Spec = {
    "library_item": {"type": "str", "required": True},
    "library_id": {"type": "str"},
    "network_mappings": {"type": "dict", "required": True},
    "properties": _PROPERTIES,
    "accept_eula": {"type": "bool", "default": False},
    "storage_provisioning": {"type": "str", "choices": ["thin", "thick", "eagerZeroedThick"]},
}
_UPLINK: Spec = {
    "addresses": {"type": "list", "elements": "str", "required": True},
    "gateway": {"type": "str", "required": True},
    "prefix_length": {"type": "int", "required": True},
}
_NETWORK: Spec = {
    "name": {"type": "str", "required": True},
    "vlan": {"type": "int", "required": True},
    "tunnel_id": {"type": "int"},
    "cidr": {"type": "str"},
    "egress_gateway": {"type": "str"},
}
_SERVER: Spec = {
    "address": {"type": "str"},
    "port": {"type": "int", "default": 443},
    "cipher": {"type": "str"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
}
APPLIANCE: Spec = {
    "placement": {"type": "dict", "options": _PLACEMENT},
    "deployment": {"type": "dict", "options": _DEPLOYMENT},
    "uplink": {"type": "dict", "options": _UPLINK},
    "networks": {"type": "list", "elements": "dict", "default": [], "options": _NETWORK},
    "server": {"type": "dict", "options": _SERVER},
}
