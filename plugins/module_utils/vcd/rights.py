# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights as sets of ids, and what the XML interface and cloudapi both know to do with them. (VCD reference 4.1)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..engine.plan import Facts
from ..task import Task
from .client import Tenant, Vcd, bare_id

# Bare ids of rights.
Ids = frozenset[str]


@dataclass(frozen=True)
class Catalogue:
    """All rights of the installation: names by id, and the ids that each implies."""

    names: Mapping[str, str]
    implied: Mapping[str, Ids] = field(default_factory=dict)

    @property
    def ids(self) -> dict[str, str]:
        """Ids by name."""
        return {name: identifier for identifier, name in self.names.items()}

    def find(self, text: str) -> str | None:
        """The id that a name, an id or a URN stands for."""
        named = self.ids.get(text)
        return named or (bare_id(text) if bare_id(text) in self.names else None)

    def closed(self, ids: Ids) -> Ids:
        """These rights and all that they imply, at any distance."""
        closed, open_ends = set(ids), set(ids)
        while open_ends:
            open_ends = {more for one in open_ends for more in self.implied.get(one, frozenset())} - closed
            closed |= open_ends
        return frozenset(closed)


@dataclass(frozen=True)
class Role:
    """``organizations`` are those that share a global role; ``unlink`` is the path that ends following a template,
    empty for a role that follows none."""

    id: str
    name: str
    kind: str
    rights: Ids
    description: str = ""
    organizations: tuple[str, ...] = ()
    unlink: str = ""

    def facts(self) -> Facts:
        return {"name": self.name, "id": self.id, "kind": self.kind, "organizations": list(self.organizations)}

    def notes(self) -> list[str]:
        notes = ["unlinked from its template first, which it no longer follows then"] if self.unlink else []
        if self.kind == "global role":
            notes.append(f"a global role: it changes in {', '.join(self.organizations)}")
        return notes


@dataclass(frozen=True)
class Actual:
    """``granted`` is all that the organization has; ``own`` is what the container holds that this task may change: the
    organization itself in XML, one rights bundle in cloudapi."""

    granted: Ids
    own: Ids
    kind: str
    container: str
    exists: bool
    published: bool
    role: Role | None
    notes: tuple[str, ...] = ()


def rights_key(vcd: Vcd, tenant: Tenant) -> str:
    return f"{vcd.address} rights {bare_id(tenant.id)}"


def are_planned(vcd: Vcd, task: Task, tenant: Tenant) -> bool:
    """Whether an earlier task of this run, in check mode, would have given rights to the organization.

    What those rights are needed for to be read cannot be read then.
    """
    return task.check and task.run.planned(rights_key(vcd, tenant)) is not None


class Backend(Protocol):
    """One of the two interfaces."""

    def catalogue(self) -> Catalogue:
        """All rights there are."""

    def read(self, tenant: Tenant) -> Actual:
        """Raises `InvalidInput` for a role that there is not, or that must not be changed."""

    def write_grant(self, tenant: Tenant, actual: Actual, present: Ids, target: Ids) -> None:
        """Let the container hold ``target``, where it holds ``present``, and give it to the organization."""

    def role_writes(self, tenant: Tenant, role: Role, target: Ids) -> Sequence[Callable[[], None]]:
        """What lets the role hold ``target``, in order."""
