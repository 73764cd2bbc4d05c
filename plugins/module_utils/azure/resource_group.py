# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource groups and their tags: the work of ``azure_resource_group``. (Azure reference 5)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from ..engine.errors import InvalidInput, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .account import Account
from .api_versions import RESOURCE_GROUPS
from .client import Azure
from .names import Tags, group_problems, region, tag_problems, wanted_tags
from .tags import write_tags

KIND = "resource group"
# Contents that a refusal names; the rest is counted by the portal.
NAMED_CONTENTS = 5


@dataclass(frozen=True)
class Group:
    """``contents`` are names of what is in it, at most some; they are read only before a removal."""

    group_id: str
    name: str
    location: str
    tags: Tags
    contents: tuple[str, ...] = ()

    def facts(self) -> Facts:
        return {"id": self.group_id, "name": self.name, "location": self.location, "tags": self.tags}


def group_path(azure: Azure, name: str) -> str:
    return f"{azure.subscription}/resourceGroups/{name}"


def is_planned(azure: Azure, task: Task, name: str) -> bool:
    """Whether an earlier task of this run, in check mode, would have made the group."""
    return task.run.planned(_key(azure, name)) is not None


def _key(azure: Azure, name: str) -> str:
    return f"{azure.address} {azure.subscription} resource group {name.lower()}"


def ensure_group(task: Task) -> Facts:
    """Make a group, tag it, or remove it; see the module's RETURN for the result."""
    params = task.params
    problems = group_problems("name", params["name"]) + tag_problems(params["tags"])
    if params["state"] == "present" and params["location"] is not None and not region(params["location"]):
        problems.append("location is empty; give a region such as westeurope")
    refuse_if(problems)
    with Azure(Account.from_params(params), task.run, task.redactor, task.progress) as azure:
        resource = ResourceGroup(azure, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "resource_group": resource.facts()}


class ResourceGroup:
    """What the engine reconciles: the one group."""

    def __init__(self, azure: Azure, task: Task) -> None:
        self._azure = azure
        self._run = task.run
        self._name: str = task.params["name"]
        self._location = region(task.params["location"]) if task.params["location"] else None
        self._tags: dict[str, Any] | None = task.params["tags"]
        self._mode: str = task.params["tags_mode"]
        self._absent = task.params["state"] == "absent"
        self._with_contents = bool(task.params["remove_contents"])
        self._timeout = float(task.params["wait_timeout"])
        self._actual: Group | None = None

    def facts(self) -> Facts | None:
        return self._actual.facts() if self._actual else None

    def read(self, names: Collection[str] | None = None) -> Group | None:
        body = self._azure.find(self._path, RESOURCE_GROUPS)
        self._actual = None
        if body:
            tags = dict(body.get("tags") or {})
            contents = self._contents() if self._absent and not self._with_contents else ()
            self._actual = Group(body["id"], body["name"], region(body["location"]), tags, contents)
        return self._actual

    def plan(self, actual: Group | None) -> list[Chain]:
        if self._absent:
            return self._removal(actual)
        if actual is None:
            if self._location is None:
                raise InvalidInput(f"resource group {self._name} does not exist; give location to make it")
            target = wanted_tags({}, self._tags, "exact")
            change = Change("create", KIND, self._name, {}, {"location": self._location, "tags": target})
            return [self._chain(change, partial(self._create, target))]
        if self._location and self._location != actual.location:
            raise InvalidInput(
                f"resource group {self._name} is in {actual.location}, not in {self._location}, and Azure moves none; "
                "leave location out, or choose another name"
            )
        target = wanted_tags(actual.tags, self._tags, self._mode)
        before, after = differing(actual.tags, target)
        if not after:
            return []
        change = Change("update", KIND, self._name, {"tags": before}, {"tags": after})
        return [self._chain(change, partial(write_tags, self._azure, actual.group_id, actual.tags, target))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Machines of a later task may be in it."""
        if chains and not self._absent:
            self._run.plan(_key(self._azure, self._name), {"location": self._location})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._run.forget(_key(self._azure, self._name))

    @property
    def _path(self) -> str:
        return group_path(self._azure, self._name)

    def _removal(self, actual: Group | None) -> list[Chain]:
        if actual is None:
            return []
        if actual.contents:
            raise InvalidInput(
                f"resource group {self._name} is not empty, it holds {', '.join(actual.contents)}; remove what is in "
                "it, or say remove_contents to lose all of it"
            )
        change = Change("remove", KIND, self._name, {"location": actual.location, "tags": actual.tags}, {})
        return [self._chain(change, self._remove)]

    def _chain(self, change: Change, write: Any) -> Chain:
        return Chain(self._name, (change,), (Step(change, write),))

    def _contents(self) -> tuple[str, ...]:
        listed = self._azure.pages(f"{self._path}/resources", RESOURCE_GROUPS)
        return tuple(f"{one['type']}/{one['name']}" for one in islice(listed, NAMED_CONTENTS))

    def _create(self, tags: Tags) -> None:
        self._azure.write("PUT", self._path, RESOURCE_GROUPS, {"location": self._location, "tags": tags})

    def _remove(self) -> None:
        what = f"the removal of resource group {self._name}"
        self._azure.finish("DELETE", self._path, RESOURCE_GROUPS, what=what, timeout=self._timeout)
