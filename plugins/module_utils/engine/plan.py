# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task is going to change.

A resource compares what is wanted with what is there and answers with chains of changes. Everything a user sees
(``changed``, ``changes``, the diff, check mode) and everything that is written comes from these objects, so the
two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Facts = dict[str, Any]
Action = Literal["create", "update", "replace", "remove"]


@dataclass(frozen=True)
class Change:
    """One object that differs from what is wanted.

    ``before`` and ``after`` hold only the settings that differ; ``before`` is empty for a new object and ``after``
    for a removed one. ``notes`` tell a reader what the values cannot: side effects, order, dependencies.
    """

    action: Action
    kind: str
    name: str
    before: Facts
    after: Facts
    notes: tuple[str, ...] = ()

    def facts(self) -> Facts:
        shown: Facts = {
            "action": self.action,
            "kind": self.kind,
            "name": self.name,
            "before": self.before,
            "after": self.after,
        }
        return {**shown, "notes": list(self.notes)} if self.notes else shown


@dataclass(frozen=True)
class Step:
    """One write. A change may need several, and other changes' steps may have to happen in between.

    ``write`` may return the object's real name where only the service can choose it.
    """

    change: Change
    write: Callable[[], str | None]


@dataclass(frozen=True)
class Chain:
    """The changes of one object's world (a host), whose steps must run in order and stop at the first failure.

    ``changes`` may hold changes without a step of their own: side effects of other changes' steps.
    ``outcome`` is what the chain leaves behind, in the resource's own model; check mode continues from it.
    """

    name: str
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    outcome: Any = None


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Facts, Facts]:
    """The entries of two canonical mappings that differ, from either side."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


def summary(changes: Iterable[Change]) -> Facts:
    """The part of a task's result that every state module shares: changed, changes and diff."""
    listed = list(changes)
    return {
        "changed": bool(listed),
        "changes": [change.facts() for change in listed],
        "diff": {
            "before": {f"{change.kind} {change.name}": change.before for change in listed if change.before},
            "after": {f"{change.kind} {change.name}": change.after for change in listed if change.after},
        },
    }
