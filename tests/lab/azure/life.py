# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a machine's status by its heartbeats on the lab's clock (Azure reference 6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .state import Machine
from .times import stamp

if TYPE_CHECKING:
    from ..rules import Rules

AWAITING_SINCE = "2026-07-15"
CLONE_SECONDS = 600
"""Two servers with one identity within this time are clones."""


def status(machine: Machine, now: float, rules: Rules) -> str | None:
    """None before the first heartbeat arrived."""
    since = _since(machine, now, rules)
    return None if since is None else since[0]


def _since(machine: Machine, now: float, rules: Rules) -> tuple[str, float] | None:
    """Status and since when."""
    if machine.heard is None or machine.first_heard is None:
        return None
    shown = machine.first_heard + rules.azure_first_heartbeat_ms / 1000
    if now < shown:
        return None
    expired = machine.heard + rules.azure_expired_days * 86400
    disconnected = machine.heard + rules.azure_disconnected_minutes * 60
    if now >= expired:
        return "Expired", expired
    if now >= disconnected:
        return "Disconnected", disconnected
    return "Connected", max(shown, machine.connected)


def cloned(machine: Machine, now: float) -> bool:
    return len([at for at in machine.hosts.values() if now - at < CLONE_SECONDS]) > 1


def shown_status(machine: Machine, now: float, rules: Rules, version: str) -> dict[str, Any] | None:
    found = _since(machine, now, rules)
    if found is None:
        named = rules.azure_before_heartbeat == "named" and version[:10] >= AWAITING_SINCE
        return {"status": "AwaitingConnection"} if named else None
    word, since = found
    shown = {"status": word, "lastStatusChange": stamp(since)}
    if version[:10] >= AWAITING_SINCE and cloned(machine, now):
        shown["statusReason"] = "Cloned"
    return shown


def hear(machine: Machine, now: float, rules: Rules, hardware: str, reported: dict[str, Any]) -> bool:
    """A heartbeat of the server with this hardware; False: refused, because it is a clone (9.7)."""
    machine.hosts[hardware] = now
    if cloned(machine, now):
        return False
    word = status(machine, now, rules)
    if word == "Expired" or machine.silent:
        # An expired certificate is not renewed: only disconnect and connect help.
        return True
    if machine.first_heard is None:
        machine.first_heard = now
    if word != "Connected":
        machine.connected = now
    machine.heard = now
    machine.reported = reported
    return True
