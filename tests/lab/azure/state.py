# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that changes in the lab's Azure; made anew by a reset, copied as a whole into snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from . import directory
from .directory import Identity

Tags = dict[str, str]


@dataclass
class Token:
    """`expires` on the lab's clock."""

    identity: Identity
    audience: str
    expires: float


@dataclass
class Provider:
    namespace: str
    state: Literal["NotRegistered", "Registering", "Registered", "Unregistered"] = "NotRegistered"
    since: float = 0.0
    polls: int = 0


@dataclass
class Resource:
    """Anything with an id; `properties` as a client reads them, without `provisioningState`.

    It is `word` (Creating, Updating, Deleting) until `ready` on the lab's clock, and for one read at least where
    `shows` is set; then it is `outcome`.
    """

    id: str
    name: str
    type: str
    location: str
    tags: Tags
    created: float
    created_by: str
    properties: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] | None = None
    kind: str | None = None
    word: str = ""
    ready: float = 0.0
    outcome: Literal["Succeeded", "Failed"] = "Succeeded"
    changed: float = 0.0
    changed_by: str = ""
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def group(self) -> str:
        """Name of its resource group; empty for what has none."""
        parts = self.id.split("/")
        return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""

    def provisioning_state(self, now: float) -> str:
        return self.word if self.word and now < self.ready else self.outcome


@dataclass
class Machine(Resource):
    """An Arc machine; `heard` is its last heartbeat on the lab's clock, `reported` what the agent says about itself."""

    first_heard: float | None = None
    heard: float | None = None
    connected: float = 0.0
    """Since when it is Connected without a break."""
    reported: dict[str, Any] = field(default_factory=dict)
    hosts: dict[str, float] = field(default_factory=dict)
    """By the hardware's id: when a server with this identity was heard; two of them are a clone (9.7)."""
    silent: bool = False
    """Heartbeats no longer arrive, until the agent's service is started anew."""


@dataclass
class Operation:
    """A long-running one: it ends at `due`, when `effect` was done; `query` is its signed query string (2.4)."""

    id: str
    kind: str
    resource: str
    action: Literal["create", "update", "delete", "upgrade"]
    started: float
    due: float
    query: str
    failure: dict[str, str] | None = None
    endless: bool = False
    ended: float | None = None
    result: Any = None


@dataclass
class Lock:
    name: str
    scope: str
    level: Literal["CanNotDelete", "ReadOnly"]


@dataclass
class Policy:
    """Refuses machines: without this tag, or in these regions (2.3)."""

    name: str
    required_tag: str | None = None
    denied_locations: tuple[str, ...] = ()


@dataclass
class Throttle:
    """Every `every`-th call is refused; 0: none. `retry_after` in seconds (2.5)."""

    every: int = 0
    retry_after: int = 1
    code: str = "SubscriptionRequestsThrottled"
    calls: int = 0


@dataclass
class Assignment:
    id: str
    scope: str
    role: str
    principal: str
    principal_type: str
    created: float = 0.0
    created_by: str = ""

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[1]


@dataclass
class State:
    tokens: dict[str, Token] = field(default_factory=dict)
    providers: dict[tuple[str, str], Provider] = field(default_factory=dict)
    """By subscription and namespace in lower case."""
    groups: dict[str, Resource] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    """By id in lower case; machines are Machine."""
    assignments: dict[str, Assignment] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=Throttle)
    denied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Identity name to actions that it may not do whatever its roles say."""
    subscription_tags: dict[str, Tags] = field(default_factory=dict)
    tokens_issued: int = 0

    @classmethod
    def new(cls) -> State:
        state = cls()
        for identity in directory.IDENTITIES.values():
            for subscription in identity.subscriptions:
                for role in identity.roles:
                    scope = f"/subscriptions/{subscription}"
                    number = f"{identity.number:04d}{directory.BOTH.index(subscription)}000"
                    name = f"{number}-0000-4000-8000-{role[-12:]}"
                    id_ = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
                    state.assignments[id_.lower()] = Assignment(
                        id_, scope, role, identity.object_id, "ServicePrincipal"
                    )
        return state

    def machines(self) -> list[Machine]:
        return [r for r in self.resources.values() if isinstance(r, Machine)]
