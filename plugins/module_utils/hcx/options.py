# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that HCX modules share; the documentation fragment ``hcx`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options

CONNECTION = connection_options("HCX", request_timeout=60)
WAITING: Spec = {"wait_timeout": {"type": "int", "default": 600}}
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
