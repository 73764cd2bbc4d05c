# SPDX-License-Identifier: GPL-3.0-or-later
"""`azcmagent config`: local settings (Azure reference 9.6)."""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

from . import places
from .output import Failure, Output

LISTS = ("incomingconnections.ports", "proxy.bypass", "extensions.allowlist", "extensions.blocklist")
SWITCHES = ("incomingconnections.enabled", "extensions.enabled", "guestconfiguration.enabled")
LIMITS = ("guestconfiguration.agent.cpulimit", "extensions.agent.cpulimit")
WORDS = {"connection.type": ("default", "direct", "gateway"), "config.mode": ("full", "monitor")}
DEFAULTS: dict[str, Any] = {
    "incomingconnections.enabled": "true",
    "incomingconnections.ports": [],
    "connection.type": "default",
    "proxy.url": "",
    "proxy.bypass": [],
    "extensions.allowlist": [],
    "extensions.blocklist": [],
    "extensions.enabled": "true",
    "guestconfiguration.enabled": "true",
    "guestconfiguration.agent.cpulimit": "5",
    "extensions.agent.cpulimit": "5",
    "config.mode": "full",
}
BYPASS = ("AAD", "ARM", "AMA", "Arc", "ArcData")
PATTERNS = {
    "proxy.url": re.compile(r"http://\S+"),
    "incomingconnections.ports": re.compile(r"\d{1,5}"),
    "extensions.allowlist": re.compile(r"[\w.-]+/[\w.-]+"),
    "extensions.blocklist": re.compile(r"[\w.-]+/[\w.-]+"),
}


def _file() -> Any:
    return places.data("localconfig.json")


def stored() -> dict[str, Any]:
    """Only what was set."""
    try:
        found: dict[str, Any] = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def value(name: str) -> Any:
    return stored().get(name, DEFAULTS[name])


def run(options: argparse.Namespace, output: Output) -> None:
    if options.verb == "list":
        print("Local Configuration Settings")
        for name in DEFAULTS:
            print(f"  {name:<40}: {_shown(value(name))}")
        return
    name = options.property
    if name not in DEFAULTS:
        raise Failure(23, f"{name} is not a configuration property; known: {', '.join(DEFAULTS)}.")
    if options.verb == "get":
        print(_shown(value(name)) if name in stored() or DEFAULTS[name] != "" else f"{name} has not been set")
    elif options.verb == "info":
        print(f"{name}: default {_shown(DEFAULTS[name])}")
    elif options.verb == "clear":
        _store({k: v for k, v in stored().items() if k != name})
        print(f"Config property {name} cleared")
        output.log("INFO", f"Local configuration property {name} removed")
    else:
        _set(name, options, output)


def _shown(found: Any) -> str:
    return f"[{','.join(found)}]" if isinstance(found, list) else str(found)


def _set(name: str, options: argparse.Namespace, output: Output) -> None:
    given = options.value or ""
    wanted: Any = [v.strip() for v in given.split(",") if v.strip()] if name in LISTS else given.strip()
    if (options.add or options.remove) and name not in LISTS:
        raise Failure(23, f"{name} is no list.")
    old = value(name)
    if options.add:
        wanted = [*old, *(v for v in wanted if v not in old)]
    elif options.remove:
        wanted = [v for v in old if v not in wanted]
    _check(name, wanted)
    new = {**stored(), name: wanted}
    _refuse_conflicts({**DEFAULTS, **new})
    _store(new)
    print(f"Config property {name} set to value {given}")
    output.log("INFO", "The configuration takes effect without a restart of the services")


def _check(name: str, wanted: Any) -> None:
    values = wanted if isinstance(wanted, list) else [wanted]
    allowed = WORDS.get(name) or (("true", "false") if name in SWITCHES else BYPASS if name == "proxy.bypass" else None)
    pattern = PATTERNS.get(name) or (re.compile(r"\d{1,3}") if name in LIMITS else None)
    for one in values:
        if (allowed and one not in allowed) or (pattern and not pattern.fullmatch(one)):
            raise Failure(23, f"{one} is not a value of {name}.")


def _refuse_conflicts(settings: dict[str, Any]) -> None:
    if settings["connection.type"] == "gateway" and settings["proxy.bypass"]:
        raise Failure(27, "proxy.bypass is not supported with connection.type gateway.")
    if "Allow/None" in settings["extensions.allowlist"] and len(settings["extensions.allowlist"]) > 1:
        raise Failure(27, "Allow/None cannot stand beside other entries of extensions.allowlist.")


def _store(settings: dict[str, Any]) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings, indent=2), encoding="utf-8")


def reported() -> dict[str, Any]:
    """As the machine's agentConfiguration in Azure (6.3)."""
    monitor = value("config.mode") == "monitor"
    listed = {
        key: [dict(zip(("publisher", "type"), entry.split("/"), strict=True)) for entry in value(f"extensions.{name}")]
        for key, name in (("extensionsAllowList", "allowlist"), ("extensionsBlockList", "blocklist"))
    }
    return {
        "proxyUrl": value("proxy.url"),
        "proxyBypass": value("proxy.bypass"),
        "incomingConnectionsPorts": value("incomingconnections.ports"),
        **listed,
        "extensionsEnabled": "false" if monitor else value("extensions.enabled"),
        "guestConfigurationEnabled": "false" if monitor else value("guestconfiguration.enabled"),
        "configMode": value("config.mode"),
    }
