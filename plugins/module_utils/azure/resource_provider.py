# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration of resource providers: the work of ``azure_resource_provider``. (Azure reference 4)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..engine.errors import refuse_if
from ..engine.plan import Chain, Change, Facts, Step
from ..engine.reconcile import PARALLEL_CHAINS, reconcile
from ..engine.wait import wait_for
from ..task import Task
from .account import Account
from .api_versions import PROVIDERS
from .client import POLLING, Azure
from .names import NAMESPACE

KIND = "resource provider"
REGISTERED, REGISTERING = "Registered", "Registering"


@dataclass(frozen=True)
class Provider:
    """``free`` ones need no registration."""

    namespace: str
    state: str
    free: bool

    @classmethod
    def from_answer(cls, body: dict[str, Any]) -> Provider:
        free = body.get("registrationPolicy") == "RegistrationFree"
        return cls(body["namespace"], body.get("registrationState") or "NotRegistered", free)


def ensure_providers(task: Task) -> Facts:
    """Register what is not registered, and wait for it; see the module's RETURN for the result."""
    namespaces = list(dict.fromkeys(task.params["namespaces"]))
    refuse_if(
        [
            f"namespaces: {name or '(empty)'} is no namespace of a resource provider, such as Microsoft.HybridCompute"
            for name in namespaces
            if not NAMESPACE.fullmatch(name)
        ]
    )
    with Azure(Account.from_params(task.params), task.run, task.redactor, task.progress) as azure:
        resource = Providers(azure, namespaces, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "providers": [{"namespace": one.namespace, "state": one.state} for one in resource.seen]}


class Providers:
    """What the engine reconciles: the registration of each provider is a chain of its own."""

    def __init__(self, azure: Azure, namespaces: Sequence[str], task: Task) -> None:
        self._azure = azure
        self._namespaces = namespaces
        self._waits = bool(task.params["wait"])
        self._timeout = float(task.params["wait_timeout"])
        self._check = task.check
        self._seen: dict[str, Provider] = {}

    @property
    def seen(self) -> list[Provider]:
        return [self._seen[name] for name in self._namespaces]

    def read(self, names: Collection[str] | None = None) -> list[Provider]:
        """A registration that somebody else has begun is awaited like our own."""
        asked = [name for name in self._namespaces if names is None or name in names]
        with ThreadPoolExecutor(min(PARALLEL_CHAINS, len(asked))) as pool:
            for name, provider in zip(asked, pool.map(self._provider, asked), strict=True):
                self._seen[name] = provider
        return [self._seen[name] for name in asked]

    def plan(self, state: list[Provider]) -> list[Chain]:
        chains = []
        for provider in state:
            if provider.free or provider.state in (REGISTERED, REGISTERING):
                continue
            name = next(name for name in self._namespaces if name.lower() == provider.namespace.lower())
            change = Change("update", KIND, name, {"state": provider.state}, {"state": REGISTERED})
            chains.append(Chain(name, (change,), (Step(change, partial(self._register, name)),)))
        return chains

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Nothing of a later task depends on it before it is real."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """Nothing is remembered."""

    def _provider(self, name: str) -> Provider:
        found = self._ask(name)
        if found.state == REGISTERING and self._waits and not self._check:
            self._registered(name)
            found = self._ask(name)
        return found

    def _ask(self, name: str) -> Provider:
        return Provider.from_answer(self._azure.get(f"{self._azure.subscription}/providers/{name}", PROVIDERS))

    def _register(self, name: str) -> None:
        self._azure.ask(f"{self._azure.subscription}/providers/{name}/register", None, PROVIDERS)
        if self._waits:
            self._registered(name)

    def _registered(self, name: str) -> None:
        wait_for(
            lambda: True if self._ask(name).state == REGISTERED else None,
            what=f"the registration of {name}",
            timeout=self._timeout,
            advice="Azure goes on with it; run again to wait for it",
            pace=POLLING,
        )
