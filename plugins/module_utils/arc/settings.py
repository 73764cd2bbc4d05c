# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's local settings: which option is which property, and when two values are equal. (Azure reference 9.6)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LISTS = {
    "incoming_ports": "incomingconnections.ports",
    "proxy_bypass": "proxy.bypass",
    "extensions_allowlist": "extensions.allowlist",
    "extensions_blocklist": "extensions.blocklist",
}
TEXTS = {"proxy_url": "proxy.url", "connection_type": "connection.type", "config_mode": "config.mode"}
SWITCHES = {
    "incoming_connections": "incomingconnections.enabled",
    "extensions_enabled": "extensions.enabled",
    "guest_configuration_enabled": "guestconfiguration.enabled",
}
# In the order in which they are written: what lets extensions in comes last.
PROPERTIES = {**LISTS, **TEXTS, **SWITCHES}
PROXY = re.compile(r"https?://\S+")
EXTENSION = re.compile(r"[\w.-]+/[\w.-]+")
NOTHING = "Allow/None"

Value = Any


def wanted_settings(params: Mapping[str, Any]) -> dict[str, Value]:
    """Only what was given, in canonical form: texts, sorted lists of texts, ``true`` and ``false``; empty is unset."""
    wanted: dict[str, Value] = {}
    for option in PROPERTIES:
        value = params[option]
        if value is None:
            continue
        if option in LISTS:
            wanted[option] = sorted(str(one) for one in value)
        else:
            wanted[option] = str(value).lower() if option in SWITCHES else value
    return wanted


def problems(params: Mapping[str, Any]) -> list[str]:
    found = []
    proxy = params["proxy_url"]
    if proxy and not PROXY.fullmatch(proxy):
        found.append(
            "proxy_url is not an address such as http://proxy.example.com:3128; an empty one removes the proxy"
        )
    for option in ("extensions_allowlist", "extensions_blocklist"):
        entries = params[option] or []
        found += [
            f"{option}: {one} is not written as publisher/type, such as Microsoft.Azure.Monitor/AzureMonitorLinuxAgent"
            for one in entries
            if not EXTENSION.fullmatch(one)
        ]
        if NOTHING in entries and len(entries) > 1:
            found.append(f"{option}: {NOTHING} forbids every extension and stands alone")
    for port in params["incoming_ports"] or []:
        if not 0 < port < 65536:
            found.append(f"incoming_ports: {port} is outside 1 to 65535")
    if params["connection_type"] == "gateway" and params["proxy_bypass"]:
        found.append("proxy_bypass has no effect behind a gateway, and the agent refuses it; leave one of the two out")
    return found


def parsed(option: str, output: str) -> Value:
    """What ``config get`` printed, in canonical form. A sentence such as "has not been set" means empty."""
    lines = [line.strip() for line in output.splitlines()]
    said = [line for line in lines if line and not re.match(r"(INFO|DEBUG|WARN\w*|ERROR)\b", line)]
    text = said[-1] if said else ""
    if option in LISTS:
        inner = text[1:-1] if text.startswith("[") and text.endswith("]") else ("" if " " in text else text)
        return sorted(part for part in re.split(r"[,\s\"']+", inner) if part)
    if " " in text or (option == "proxy_url" and not PROXY.fullmatch(text)):
        return ""
    return text.lower() if option in SWITCHES else text


def written(value: Value) -> str:
    """As ``config set`` takes it."""
    return ",".join(value) if isinstance(value, list) else str(value)
