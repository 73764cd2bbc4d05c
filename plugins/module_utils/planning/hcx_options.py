# SPDX-License-Identifier: GPL-3.0-or-later
"""The option table of the module `hcx_plan`. Addresses are texts here; `hcx_request` checks them."""

from __future__ import annotations

from typing import Any

from .hcx_request import DISTRIBUTED, MANAGER_TYPES, NETWORK_KINDS, OPTIONAL_ROWS
from .hcx_roles import ROLES
from .hcx_services import SERVICES

NAME = {"type": "str", "required": True}
TEXTS = {"type": "list", "elements": "str", "default": []}

PROFILE = {
    "name": NAME,
    "roles": {"type": "list", "elements": "str", "required": True, "choices": list(ROLES)},
    "network": {"type": "str"},
    "cidr": {"type": "str", "required": True},
    "ranges": {"type": "list", "elements": "str", "required": True},
    "gateway": {"type": "str"},
    "mtu": {"type": "int"},
    "vpn": {"type": "bool", "default": False},
}
SITE = {
    "name": NAME,
    "manager": NAME,
    "manager_type": {"type": "str", "choices": list(MANAGER_TYPES)},
    "vcenter": NAME,
    "nsx": TEXTS,
    "dns": TEXTS,
    "ntp": TEXTS,
    "syslog": TEXTS,
    "admin_networks": TEXTS,
    "esxi_networks": {"type": "dict", "options": {"management": TEXTS, "vmotion": TEXTS, "replication": TEXTS}},
    "hosts": {"type": "list", "elements": "dict", "default": []},
    "network_profiles": {"type": "list", "elements": "dict", "required": True, "options": PROFILE},
}
NETWORK = {
    "name": NAME,
    "switch": NAME,
    "remote_switch": {"type": "str"},
    "kind": {"type": "str", "choices": list(NETWORK_KINDS), "default": DISTRIBUTED},
    "vlan": {"type": "int"},
    "router": {"type": "str"},
}
SPEC: dict[str, Any] = {
    "local": {"type": "dict", "required": True, "options": SITE},
    "remote": {"type": "dict", "required": True, "options": SITE},
    "services": {"type": "list", "elements": "str", "required": True, "choices": list(SERVICES)},
    "network_extension_ha": {"type": "bool", "default": False},
    "extended_networks": {"type": "list", "elements": "dict", "default": [], "options": NETWORK},
    "hcx_version": {"type": "str"},
    "offline_licensing": {"type": "bool", "default": False},
    "optional_rows": {"type": "list", "elements": "str", "choices": list(OPTIONAL_ROWS), "default": []},
    "underlay_mbit": {"type": "int"},
    "limits": {"type": "dict", "default": {}},
}
