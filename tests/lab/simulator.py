# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simulator of a REST service gives the lab: ports, applications, control routes, environment variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from fastapi import APIRouter, FastAPI

from .shared import Shared


@dataclass(frozen=True)
class Place:
    """Where one port of a simulator answers, and its own certificate as PEM."""

    url: str
    certificate: str


class Simulator(Protocol):
    """Made once for a lab. Its state follows `shared.rebuilt`, `shared.kept` and the lab's clock.

    One that needs another takes it from `simulators`, which holds those made before it, by name.
    """

    name: ClassVar[str]
    ports: ClassVar[tuple[str, ...]]
    """Names of its ports, unique in the lab; the lab numbers them in this order."""

    def __init__(self, shared: Shared, places: dict[str, Place], simulators: dict[str, Simulator]) -> None: ...

    def applications(self) -> dict[str, FastAPI]:
        """By port name."""

    def control(self) -> APIRouter:
        """What a test or a rehearsing person does to it from outside, below /<name>."""

    def environment(self) -> dict[str, str]:
        """Variables for those who source the env file."""
