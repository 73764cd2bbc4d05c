# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that the modules of Cloud Director Availability share; the fragment ``vcda`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options, from_environment

CONNECTION = connection_options("VCDA", request_timeout=60)
# The login at the site that the virtual machines leave.
SOURCE_LOGIN: Spec = {
    "source_username": {"type": "str", "fallback": from_environment("VCDA_SOURCE_USER")},
    "source_password": {"type": "str", "no_log": True, "fallback": from_environment("VCDA_SOURCE_PASSWORD")},
}
NETWORKS: Spec = {
    "type": "list",
    "elements": "dict",
    "options": {
        "network": {"type": "str", "required": True},
        "address": {"type": "str"},
        "mode": {"type": "str", "choices": ["manual", "keep", "pool", "dhcp", "none"]},
        "nic": {"type": "int"},
        "connected": {"type": "bool", "default": True},
        "keep_mac": {"type": "bool", "default": True},
    },
}
_VM: Spec = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "vapp_name": {"type": "str"},
    "excluded_disks": {"type": "list", "elements": "int"},
    "networks": NETWORKS,
}
_TARGET: Spec = {
    "cloud": {"type": "str"},
    "vdc": {"type": "str"},
    "storage_profile": {"type": "str"},
    "networks": NETWORKS,
    "test_network": {"type": "str"},
}
MIGRATION: Spec = {
    "vms": {"type": "list", "elements": "dict", "required": True, "options": _VM},
    "state": {
        "type": "str",
        "choices": ["present", "paused", "tested", "cutover", "absent"],
        "default": "present",
    },
    "type": {"type": "str", "choices": ["warm", "cold"], "default": "warm"},
    "source_vms": {"type": "list", "elements": "dict"},
    "source_site": {"type": "str"},
    "source_vcenter": {"type": "str"},
    "target": {"type": "dict", "options": _TARGET},
    "rpo_minutes": {"type": "int"},
    "rpo_violation": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
    "start_at": {"type": "str"},
    "description": {"type": "str"},
    "group_into_vapp": {"type": "bool", "default": False},
    "vapp_name": {"type": "str"},
    "quiesced": {"type": "bool"},
    "data_connection": {"type": "str", "choices": ["encrypted", "encrypted_compressed", "plain"]},
    "disk_type": {"type": "str", "choices": ["thin", "thick"], "default": "thin"},
    "power_on": {"type": "bool", "default": True},
    "concurrency": {"type": "int", "default": 8},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 14400},
}
