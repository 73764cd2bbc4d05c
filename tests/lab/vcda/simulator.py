# SPDX-License-Identifier: GPL-3.0-or-later
"""Both Availabilities as a part of the lab."""

from __future__ import annotations

from typing import ClassVar

from fastapi import APIRouter, FastAPI

from ..shared import PASSWORD, Shared
from ..simulator import Place, Simulator
from ..vcd.simulator import CloudDirectors
from . import control
from .app import application
from .cloud_site import CloudSite

DIRECTORS = {"vcda-v": "vcd-v", "vcda-t": "vcd-t"}
USER = "orgadmin@acme"


class Availabilities:
    name: ClassVar[str] = "vcda"
    ports: ClassVar[tuple[str, ...]] = tuple(DIRECTORS)

    def __init__(self, shared: Shared, places: dict[str, Place], simulators: dict[str, Simulator]) -> None:
        self._shared = shared
        self._places = places
        clouds = simulators["vcd"]
        assert isinstance(clouds, CloudDirectors)
        self.sites = {
            name: CloudSite(shared, name, clouds.directors[director], places[name].url)
            for name, director in DIRECTORS.items()
        }

    def applications(self) -> dict[str, FastAPI]:
        return {name: application(site) for name, site in self.sites.items()}

    def control(self) -> APIRouter:
        return control.routes(self._shared, self.sites)

    def environment(self) -> dict[str, str]:
        ports = {name: place.url.rpartition(":")[2] for name, place in self._places.items()}
        return {
            "VCDA_HOST": "localhost",
            "VCDA_PORT": ports["vcda-v"],
            "VCDA_USER": USER,
            "VCDA_PASSWORD": PASSWORD,
            "LAB_VCDA_V_PORT": ports["vcda-v"],
            "LAB_VCDA_T_PORT": ports["vcda-t"],
        }
