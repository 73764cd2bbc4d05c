# SPDX-License-Identifier: GPL-3.0-or-later
"""One compute profile: its body on the wire and what can be asked about it (HCX reference 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .body import Body

if TYPE_CHECKING:
    from .manager import Manager

Role = Annotated[Literal["management", "uplink", "replication", "vmotion", "guest"], BeforeValidator(str.lower)]
"""Only PowerCLI has the last one, as "Guest" (19.2)."""


def shown(manager: Manager, roles: list[str]) -> list[str]:
    return [manager.rules.hcx_guest_role if role == "guest" else role for role in roles]


class Named(Body):
    name: str = Field(min_length=1)


class Placed(Body):
    """An object of a vCenter; names beside ids are ignored (10)."""

    cmpId: str = Field(min_length=1)
    id: str = Field(min_length=1)
    type: str = ""


class StaticRoute(Body):
    network: str
    nextHop: str


class AssignedNetwork(Body):
    id: str = Field(min_length=1)
    tags: list[Role] = Field(min_length=1)
    staticRoutes: list[StaticRoute] = Field(default_factory=list)


class DeploymentContainer(Body):
    compute: list[Placed] = Field(min_length=1)
    storage: list[Placed] = Field(min_length=1)
    folder: Placed | None = None
    cpuReservation: int = Field(0, ge=0, le=100)
    memoryReservation: int = Field(0, ge=0, le=100)


class ComputeProfileBody(Body):
    name: str = Field(min_length=1)
    services: list[Named] = Field(min_length=1)
    compute: list[Placed] = Field(min_length=1)
    deploymentContainer: DeploymentContainer
    networks: list[AssignedNetwork] = Field(min_length=1)
    switches: list[Placed] = Field(default_factory=list)


@dataclass
class ComputeProfile:
    """`content` is the client's body with names filled in."""

    profile_id: str
    content: dict[str, Any]
    state: str = "IN_PROGRESS"
    task_id: str | None = None

    @property
    def name(self) -> str:
        return str(self.content["name"])

    @property
    def services(self) -> list[str]:
        return [s["name"] for s in self.content["services"]]

    def networks(self, role: str) -> list[str]:
        """Ids of the network profiles that have this role."""
        return [n["id"] for n in self.content["networks"] if role in n["tags"]]
