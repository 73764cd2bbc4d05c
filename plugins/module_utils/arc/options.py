# SPDX-License-Identifier: GPL-3.0-or-later
"""The option table of ``arc_agent`` beside the connection to Azure, which stays on the controller."""

from __future__ import annotations

from ..module import Spec

TEXTS: Spec = {"type": "list", "elements": "str"}
SETTINGS: Spec = {
    "proxy_url": {"type": "str"},
    "proxy_bypass": {**TEXTS, "choices": ["AAD", "ARM", "AMA", "Arc", "ArcData"]},
    "connection_type": {"type": "str", "choices": ["default", "direct", "gateway"]},
    "config_mode": {"type": "str", "choices": ["full", "monitor"]},
    "incoming_connections": {"type": "bool"},
    "incoming_ports": {"type": "list", "elements": "int"},
    "extensions_enabled": {"type": "bool"},
    "extensions_allowlist": TEXTS,
    "extensions_blocklist": TEXTS,
    "guest_configuration_enabled": {"type": "bool"},
}
PERMITS: Spec = {
    name: {"type": "bool", "default": False}
    for name in ("replace_stale", "allow_move", "reset_clone", "new_hardware", "allow_azure_vm")
}
AGENT: Spec = {
    "state": {"type": "str", "choices": ["connected", "disconnected", "prepared"], "default": "connected"},
    "subscription_id": {"type": "str"},
    "resource_group": {"type": "str"},
    "location": {"type": "str"},
    "resource_name": {"type": "str"},
    "tags": {"type": "dict"},
    "agent_version": {"type": "str"},
    "automatic_upgrade": {"type": "bool"},
    "private_link_scope": {"type": "str"},
    "gateway_id": {"type": "str"},
    "correlation_id": {"type": "str"},
    "ignore_network_check": {"type": "bool", "default": False},
    "vm_id": {"type": "str"},
    "azure_machine": {"type": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
    **SETTINGS,
    **PERMITS,
}
