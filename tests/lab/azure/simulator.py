# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Azure: Entra ID, Azure Resource Manager, the agent's identity service, the package repository."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from fastapi import APIRouter, FastAPI

from ..shared import Shared
from ..simulator import Place, Simulator
from . import (
    authorization,
    control,
    directory,
    extensions,
    gateways,
    groups,
    machines,
    operations,
    private_link,
    providers,
    resource_graph,
    subscriptions,
    tags,
)
from .arm import Arm
from .entra import Entra
from .his import IdentityService
from .packages import PackageServer
from .repository import Repository
from .state import State

PARTS = (
    subscriptions,
    operations,
    providers,
    tags,
    authorization,
    groups,
    machines,
    extensions,
    private_link,
    gateways,
    resource_graph,
)


class AzureSimulator:
    name: ClassVar[str] = "azure"
    ports: ClassVar[tuple[str, ...]] = ("entra", "arm", "his", "packages")

    def __init__(self, shared: Shared, places: dict[str, Place], simulators: dict[str, Simulator]) -> None:
        self.shared = shared
        self.places = places
        self.state = State.new()
        self.entra = Entra(shared, lambda: self.state, places["entra"].url, places["arm"].url)
        self.arm = Arm(shared, lambda: self.state, places["arm"].url, self.entra.audiences)
        self.his = IdentityService(shared, lambda: self.state)
        self.packages = PackageServer(shared, Repository())
        for part in PARTS:
            part.add_routes(self.arm.routes)
        shared.rebuilt.append(self._rebuild)
        shared.passing.append(self._proceed)
        shared.kept[self.name] = self

    def applications(self) -> dict[str, FastAPI]:
        services = (self.entra.service(), self.arm.service(), self.his.service(), self.packages.service())
        return {port: service.application() for port, service in zip(self.ports, services, strict=True)}

    def control(self) -> APIRouter:
        return control.routes(self)

    def environment(self) -> dict[str, str]:
        administrator, onboarding = directory.IDENTITIES["administrator"], directory.IDENTITIES["onboarding"]
        return {
            "AZURE_TENANT": directory.TENANT,
            "AZURE_SUBSCRIPTION_ID": directory.SUBSCRIPTION,
            "AZURE_CLIENT_ID": administrator.client_id,
            "AZURE_SECRET": administrator.secret,
            "LAB_AZURE_ONBOARDING_CLIENT_ID": onboarding.client_id,
            "LAB_AZURE_ONBOARDING_SECRET": onboarding.secret,
            "LAB_AZURE_LOGIN_URL": self.places["entra"].url,
            "LAB_AZURE_ARM_URL": self.places["arm"].url,
            "LAB_AZURE_HIS_URL": self.places["his"].url,
            "LAB_AZURE_PACKAGES_URL": self.places["packages"].url,
        }

    def certificate(self, identity: str) -> str:
        """Key and certificate of an application as PEM, registered with it."""
        return directory.certificate(directory.IDENTITIES[identity].name)

    def copied_state(self) -> Any:
        return copy.deepcopy(self.state)

    def restore_state(self, kept: Any) -> None:
        self.state = copy.deepcopy(kept)

    def _rebuild(self) -> None:
        self.state = State.new()
        self.arm.exchanges.clear()

    def _proceed(self) -> None:
        operations.proceed(self.state, self.shared.clock.now(), self.shared.rules)
