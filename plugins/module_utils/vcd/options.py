# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that Cloud Director modules share; the documentation fragment ``vcd`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options, from_environment

_LOGIN = connection_options("VCD", request_timeout=60)
CONNECTION: Spec = {
    **_LOGIN,
    # An API token stands for both.
    "username": {**_LOGIN["username"], "required": False},
    "password": {**_LOGIN["password"], "required": False},
    "api_token": {"type": "str", "no_log": True, "fallback": from_environment("VCD_API_TOKEN")},
    "org": {"type": "str", "default": "System", "fallback": from_environment("VCD_ORG")},
    "api_version": {"type": "str", "fallback": from_environment("VCD_API_VERSION")},
}
WAITING: Spec = {"wait_timeout": {"type": "int", "default": 600}}
