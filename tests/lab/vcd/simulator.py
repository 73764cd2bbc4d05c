# SPDX-License-Identifier: GPL-3.0-or-later
"""Both Cloud Directors as a part of the lab."""

from __future__ import annotations

from typing import ClassVar

from fastapi import APIRouter, FastAPI

from ..shared import PASSWORD, Shared
from ..simulator import Place, Simulator
from . import control
from .app import application
from .director import Director

CLOUDS = {"vcd-v": "cloud-v", "vcd-t": "cloud-t"}


class CloudDirectors:
    name: ClassVar[str] = "vcd"
    ports: ClassVar[tuple[str, ...]] = tuple(CLOUDS)

    def __init__(self, shared: Shared, places: dict[str, Place], simulators: dict[str, Simulator]) -> None:
        self._places = places
        self.directors = {name: Director(shared, name, cloud, places[name].url) for name, cloud in CLOUDS.items()}

    def applications(self) -> dict[str, FastAPI]:
        return {name: application(director) for name, director in self.directors.items()}

    def control(self) -> APIRouter:
        return control.routes(self.directors)

    def environment(self) -> dict[str, str]:
        ports = {name: place.url.rpartition(":")[2] for name, place in self._places.items()}
        return {
            "VCD_HOST": "localhost",
            "VCD_PORT": ports["vcd-v"],
            "VCD_ORG": "System",
            "VCD_USER": "administrator",
            "VCD_PASSWORD": PASSWORD,
            "LAB_VCD_V_PORT": ports["vcd-v"],
            "LAB_VCD_T_PORT": ports["vcd-t"],
        }
