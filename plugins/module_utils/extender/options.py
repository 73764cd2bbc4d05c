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
