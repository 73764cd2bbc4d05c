# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that HCX modules share; the documentation fragment ``hcx`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options, from_environment

CONNECTION = connection_options("HCX", request_timeout=60)
WAITING: Spec = {"wait_timeout": {"type": "int", "default": 600}}
# Of the appliance management API, which has a port and a user of its own. (HCX reference 3.2)
ADMIN: Spec = {
    "admin_port": {"type": "int", "default": 9443, "fallback": from_environment("HCX_ADMIN_PORT")},
    "admin_username": {"type": "str", "default": "admin", "fallback": from_environment("HCX_ADMIN_USER")},
    "admin_password": {"type": "str", "no_log": True, "fallback": from_environment("HCX_ADMIN_PASSWORD")},
}
# (HCX reference 19.1)
SERVICES: Spec = {
    "type": "list",
    "elements": "str",
    "choices": [
        "INTERCONNECT",
        "WANOPT",
        "VMOTION",
        "BULK_MIGRATION",
        "RAV",
        "NETWORK_EXTENSION",
        "DISASTER_RECOVERY",
        "SRM",
        "HCX_ASSISTED_VMOTION",
    ],
}
