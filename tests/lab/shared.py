# SPDX-License-Identifier: GPL-3.0-or-later
"""What all simulators of one lab have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import default_world
from .clock import Clock
from .default_clouds import PASSWORD
from .faults import Faults, Latency
from .request_log import RequestLog
from .rules import Rules
from .world import World

__all__ = ["PASSWORD", "USERS", "Kept", "Shared"]
USERS = {"administrator@vsphere.local": "Admin", "reader@vsphere.local": "ReadOnly"}


class Kept(Protocol):
    """A simulator with state of its own, which snapshots hold beside the world."""

    def copied_state(self) -> Any: ...

    def restore_state(self, kept: Any) -> None: ...


class Directory(Protocol):
    """A vCenter, by which others learn the ids of its objects."""

    def machine_id(self, uuid: str) -> str: ...


@dataclass(eq=False)
class Shared:
    """The world with everything that acts on it.

    Simulators register in `rebuilt` to hear that the world is a new one, in `passing` to let happen what is due before
    a request is answered, and in `kept` to have their own state in snapshots.
    """

    hosts: int = 32
    latency_ms: float = 0.0
    rules: Rules = field(default_factory=Rules)
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    latency: Latency = field(default_factory=Latency)
    log: RequestLog = field(default_factory=RequestLog)
    rebuilt: list[Callable[[], None]] = field(default_factory=list)
    passing: list[Callable[[], None]] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)
    directories: dict[str, Directory] = field(default_factory=dict)
    """vCenters by name."""
    users: dict[str, str] = field(default_factory=lambda: dict.fromkeys(USERS, PASSWORD))
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self._first_rules = self.rules
        self.world = default_world.build(self.hosts)
        self.latency.clear(self.latency_ms)

    def reset(self) -> None:
        """As on the first day: world, rules, faults, latency, clock, request log, sessions."""
        with self.world.lock:
            self.rules = self._first_rules
            self.world = default_world.build(self.hosts)
            self.clock.reset()
            self.faults.clear()
            self.latency.clear(self.latency_ms)
            self.log.clear()
            for rebuild in self.rebuilt:
                rebuild()

    def catch_up(self) -> None:
        """Let everything happen that is due on the lab's clock."""
        for due in self.passing:
            due()
