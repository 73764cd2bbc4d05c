# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the agent of this server to the wanted state: the work of ``arc_agent``. (Azure reference 9, 10)"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..engine.errors import InvalidInput, Refused
from ..engine.plan import Action, Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..engine.wait import Pace, wait_for
from ..task import Task
from .agent import Azcmagent
from .secret_file import removed_when_killed
from .situation import (
    CONNECT,
    CONNECTED,
    DISCONNECT,
    INSTALL,
    REMOVE_MACHINE,
    RESET,
    RESTART,
    Agent,
    InAzure,
    Verdict,
    joining,
    leaving,
)
from .wanted import Wanted

KIND, SETTINGS, KEY = "arc agent", "arc agent settings", "arc agent key"
POLLING = Pace(first=0.5, longest=5.0)
ACTIONS: dict[str, Action] = {
    INSTALL: "create",
    REMOVE_MACHINE: "remove",
    RESET: "update",
    RESTART: "update",
    CONNECT: "create",
    DISCONNECT: "remove",
}


@dataclass(frozen=True)
class State:
    """The agent, its settings as far as they are wanted, and the version of what is installed."""

    agent: Agent
    settings: dict[str, Any]
    version: str


def ensure_agent(task: Task, agent: Azcmagent | None = None) -> Facts:
    """Connect, disconnect or prepare the agent; see the module's RETURN for the result."""
    wanted = Wanted.from_params(task.params, socket.gethostname())
    resource = ArcAgent(agent or Azcmagent(), wanted, task)
    with removed_when_killed():
        shared = reconcile(resource, check=task.check, progress=task.progress)
    return {**shared, **resource.facts()}


class ArcAgent:
    """What the engine reconciles: the one agent of a server."""

    def __init__(self, agent: Azcmagent, wanted: Wanted, task: Task) -> None:
        self._agent = agent
        self._wanted = wanted
        self._check = task.check
        self._timeout = float(task.params["wait_timeout"])
        self._azure = wanted.azure
        self._first: Verdict | None = None
        self._shown: Facts = {}
        self._key = ""

    def facts(self) -> Facts:
        """``situation`` is the one that was found, before anything was changed."""
        first = self._first or Verdict("", "")
        kept = ("status", "resourceId", "vmId", "agentVersion", "location", "lastHeartbeat", "vmUuid", "resourceName")
        return {
            "situation": first.situation,
            "verdict": first.sentence,
            "steps": list(first.steps),
            "agent": {name: self._shown.get(name) or "" for name in kept} if self._shown else None,
            "public_key": self._key or None,
        }

    def read(self, names: Collection[str] | None = None) -> State:
        found, self._shown = self._agent.read(probe=self._wanted.state != "disconnected")
        settings = {option: self._agent.setting(option) for option in self._wanted.settings} if found.installed else {}
        return State(found, settings, str(self._shown.get("agentVersion") or ""))

    def plan(self, state: State) -> list[Chain]:
        verdict = self._judged(state.agent)
        self._first = self._first or verdict
        if verdict.refused:
            raise InvalidInput(f"{self._wanted.name}: {verdict.sentence}", situation=verdict.situation)
        if self._wanted.state == "prepared":
            return self._preparation(state)
        self._refuse_version(state)
        if not self._check:
            self._refuse_what_others_do(verdict)
        steps: list[Step] = []
        settings = [] if self._wanted.state == "disconnected" else self._settings(state, verdict)
        for word in verdict.steps:
            if word in (CONNECT, RESTART):
                # Settings come first, so that no extension arrives in between. (Azure reference 9.6)
                steps, settings = [*steps, *settings], []
            steps.append(self._step(state, verdict, word))
        steps += settings
        return [Chain(self._wanted.name, tuple(step.change for step in steps), tuple(steps))] if steps else []

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Nothing of a later task depends on it before it is real."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """Nothing is remembered."""

    def _judged(self, agent: Agent) -> Verdict:
        wanted = self._wanted
        if wanted.state == "disconnected":
            return leaving(agent, self._azure, bool(wanted.token))
        verdict = joining(agent, wanted.resource_id, self._azure, wanted.permits, wanted.vm_id)
        if wanted.state == "prepared" and verdict.refused and verdict.situation != "azure_vm":
            return Verdict(verdict.situation, verdict.sentence)
        return verdict

    def _refuse_version(self, state: State) -> None:
        version = self._wanted.version
        if version and state.version and not f"{state.version}.".startswith(f"{version}."):
            raise InvalidInput(
                f"{self._wanted.name}: agent {state.version} is installed, not {version}; install the wanted one first"
            )

    def _refuse_what_others_do(self, verdict: Verdict) -> None:
        """Two steps are not ours: packages belong to the package manager, machine objects to the controller."""
        if INSTALL in verdict.steps:
            raise InvalidInput(f"{self._wanted.name}: {verdict.sentence}; install the package azcmagent first")
        if REMOVE_MACHINE in verdict.steps:
            raise InvalidInput(
                f"{self._wanted.name}: {verdict.sentence}; remove {self._wanted.resource_id} with arc_machine on the "
                "controller first, and say so with an empty azure_machine",
                situation=verdict.situation,
            )
        if CONNECT in verdict.steps and not (self._wanted.token or self._wanted.vm_id):
            raise InvalidInput(f"{self._wanted.name}: connecting needs an access_token, or vm_id for a key of its own")

    def _step(self, state: State, verdict: Verdict, word: str) -> Step:
        before: Facts = {}
        after: Facts = {}
        if word == CONNECT:
            after = {"resource_id": self._wanted.resource_id, "tags": dict(self._wanted.tags)}
        elif state.agent.resource_id:
            before = {"resource_id": state.agent.resource_id, "status": state.agent.status}
        action: Action = ACTIONS[word]
        change = Change(action, KIND, self._wanted.name, before, after, (word, verdict.sentence))
        return Step(change, self._write_for(word))

    def _write_for(self, word: str) -> Callable[[], None]:
        writes: dict[str, Callable[[], None]] = {
            CONNECT: self._connect,
            RESET: self._reset,
            RESTART: self._restart,
            DISCONNECT: self._disconnect,
        }
        return writes.get(word, _not_here)

    def _settings(self, state: State, verdict: Verdict) -> list[Step]:
        """What a reset may have taken away is compared again when it is written."""
        before, after = differing(state.settings, self._wanted.settings)
        if not after and (RESET not in verdict.steps or not self._wanted.settings):
            return []
        change = Change("update", SETTINGS, self._wanted.name, before, after or dict(self._wanted.settings))
        return [Step(change, self._write_settings)]

    def _write_settings(self) -> None:
        for option, value in self._wanted.settings.items():
            if self._agent.setting(option) != value:
                self._agent.set(option, value)

    def _preparation(self, state: State) -> list[Chain]:
        """A key of its own for an agent that is not connected; an agent that has none is always given a new one."""
        if not state.agent.installed:
            if self._check:
                return []
            raise InvalidInput(f"{self._wanted.name}: the agent is not installed; install the package azcmagent first")
        if state.agent.resource_id or self._key:
            return []
        change = Change("create", KEY, self._wanted.name, {}, {"key": "new"})
        return [Chain(self._wanted.name, (change,), (Step(change, self._make_key),))]

    def _make_key(self) -> None:
        self._key = self._agent.generate_key()

    def _connect(self) -> None:
        self._agent.connect(self._wanted)
        self._azure = InAzure()
        self._until_connected("reports to Azure")

    def _reset(self) -> None:
        self._agent.reset()
        self._azure = replace(self._azure, asked=True, found=False)

    def _restart(self) -> None:
        self._agent.restart()
        self._azure = InAzure()
        self._until_connected("reports to Azure again")

    def _disconnect(self) -> None:
        self._agent.disconnect(self._wanted)

    def _until_connected(self, what: str) -> None:
        wait_for(
            lambda: True if str(self._agent.show().get("status") or "").lower() == CONNECTED else None,
            what=f"{self._wanted.name}, whose agent {what}",
            timeout=self._timeout,
            advice="run azcmagent check on the server, which tells what it cannot reach",
            pace=POLLING,
        )


def _not_here() -> None:
    raise Refused("this step belongs to the controller or to the package manager")
