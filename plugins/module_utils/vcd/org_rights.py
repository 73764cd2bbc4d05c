# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights of an organization, and of a role in it: the work of ``vcd_org_rights``. (VCD reference 4)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from ..engine.errors import refuse_if
from ..engine.plan import Chain, Change, Facts, Step
from ..engine.reconcile import reconcile
from ..task import Task
from .account import Account
from .client import Tenant, Vcd, bare_id
from .cloud_rights import CloudRights
from .inventory import find_org, near
from .org_rights_options import WantedRights
from .rights import Actual, Backend, Catalogue, Ids, rights_key
from .xml_rights import XmlRights


def ensure_rights(task: Task) -> Facts:
    """Give rights to an organization and a role, or take them away; see the module's RETURN for the result."""
    account = Account.from_params(task.params)
    wanted = WantedRights.from_params(task.params, account)
    with Vcd(account, task, wait_timeout=task.params["wait_timeout"]) as vcd:
        method = wanted.chosen_method(vcd.version)
        tenant = find_org(vcd, wanted.organization)
        backend: Backend = XmlRights(vcd, wanted) if method == "xml" else CloudRights(vcd, wanted)
        resource = OrgRights(backend, wanted, tenant, task, rights_key(vcd, tenant))
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, **resource.facts(), "method": method}


class OrgRights:
    """What the engine reconciles: the rights that one organization holds, and those of one role."""

    def __init__(self, backend: Backend, wanted: WantedRights, tenant: Tenant, task: Task, key: str) -> None:
        self._backend = backend
        self._wanted = wanted
        self._tenant = tenant
        self._task = task
        self._key = key
        self._catalogue: Catalogue | None = None
        self._actual: Actual | None = None
        self._named: Ids = frozenset()
        self._unknown: list[str] = []
        self._outcome: Facts = {}

    @property
    def catalogue(self) -> Catalogue:
        """All rights of the installation, read once: they do not change while a task runs."""
        if self._catalogue is None:
            self._catalogue = self._backend.catalogue()
        return self._catalogue

    def facts(self) -> Facts:
        if self._actual is None:
            raise ValueError("facts before read")
        role = self._actual.role
        return {
            "organization": self._tenant.name,
            "rights": self._names(self._actual.granted),
            "implied_rights": self._names(self.catalogue.closed(self._named) - self._named),
            "unknown_rights": self._unknown,
            "bundle": self._actual.container,
            "role": role and {**role.facts(), "rights": self._names(role.rights)},
        }

    def read(self, names: Collection[str] | None = None) -> Actual:
        self._named = self._resolved()
        actual = self._backend.read(self._tenant)
        planned = self._task.run.planned(self._key) if self._task.check else None
        if planned:
            role = actual.role
            pretended = planned["roles"].get(_role_key(actual))
            if role and pretended is not None:
                actual = replace(actual, role=replace(role, rights=frozenset(pretended), unlink=""))
            own = planned["containers"].get(actual.container)
            if own is not None:
                actual = replace(actual, own=frozenset(own), exists=True, published=True)
            actual = replace(actual, granted=frozenset(planned["granted"]))
        self._actual = actual
        return actual

    def plan(self, actual: Actual) -> list[Chain]:
        closed = self.catalogue.closed(self._named)
        own, role_rights = self._targets(actual, closed)
        steps: list[Step] = []
        publishes = self._wanted.state != "absent" and bool(own) and not actual.published
        union = actual.own | own
        grant = self._grant_change(actual, own, publishes)
        # First what is added, then the role, then what goes away: a role holds no right that its organization lacks.
        if grant and (union != actual.own or publishes):
            steps.append(Step(grant, lambda: self._backend.write_grant(self._tenant, actual, actual.own, union)))
        role_change = self._role_change(actual, role_rights)
        role = actual.role
        if role_change and role:
            steps += [Step(role_change, write) for write in self._backend.role_writes(self._tenant, role, role_rights)]
        if grant and union != own:
            steps.append(Step(grant, lambda: self._backend.write_grant(self._tenant, actual, union, own)))
        changes = tuple(dict.fromkeys(id(step.change) for step in steps))
        ordered = tuple(next(step.change for step in steps if id(step.change) == number) for number in changes)
        self._outcome = self._pretended(actual, own, role_rights)
        return [Chain(self._tenant.name, ordered, tuple(steps))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        self._task.run.plan(self._key, self._outcome)

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(self._key)

    def _resolved(self) -> Ids:
        """The ids of the wanted rights; names first, ids second. Raises `InvalidInput` with all that are unknown."""
        catalogue, problems = self.catalogue, []
        found = set()
        for text in self._wanted.named:
            identifier = catalogue.find(text)
            if identifier:
                found.add(identifier)
            else:
                problems.append(f"right {text} is not known{near(text, catalogue.ids)}")
        preset = {name: catalogue.find(name) or catalogue.find(known) for name, known in self._wanted.preset.items()}
        self._unknown = sorted(name for name, identifier in preset.items() if identifier is None)
        found |= {identifier for identifier in preset.values() if identifier}
        if not found and not problems:
            problems.append("none of the rights of the set is known to this Cloud Director")
        refuse_if(problems)
        return frozenset(found)

    def _targets(self, actual: Actual, closed: Ids) -> tuple[Ids, Ids]:
        """What the container and the role shall hold. Raises `InvalidInput` where a right that stays needs one that
        shall go."""
        role = actual.role.rights if actual.role else frozenset()
        if self._wanted.state == "exact":
            return closed, closed
        if self._wanted.state == "present":
            missing = closed - actual.granted
            return actual.own | self.catalogue.closed(missing), role | closed
        own, role = actual.own - self._named, role - self._named
        problems = [
            f"right {self.catalogue.names[needed]} cannot go: {self.catalogue.names[one]}, which stays, implies it; "
            "name both"
            for one in sorted(own | role)
            for needed in sorted(self.catalogue.implied.get(one, frozenset()) & self._named)
        ]
        refuse_if(problems)
        return own, role

    def _grant_change(self, actual: Actual, own: Ids, publishes: bool) -> Change | None:
        if own == actual.own and not publishes:
            return None
        added, removed = own - actual.own, actual.own - own
        before: Facts = {"rights": self._names(removed)} if removed else {}
        after: Facts = {"rights": self._names(added)} if added else {}
        if publishes:
            before = {**before, "published": False} if actual.exists else before
            after = {**after, "published": True}
        notes = [*actual.notes, *self._notes(added), *self._kept_elsewhere(actual, own)]
        action: Any = "update" if actual.exists else "create"
        return Change(action, actual.kind, actual.container or self._tenant.name, before, after, tuple(notes))

    def _role_change(self, actual: Actual, target: Ids) -> Change | None:
        role = actual.role
        if role is None or role.rights == target:
            return None
        added, removed = target - role.rights, role.rights - target
        before: Facts = {"rights": self._names(removed)} if removed else {}
        after: Facts = {"rights": self._names(added)} if added else {}
        return Change("update", role.kind, role.name, before, after, (*role.notes(), *self._notes(added)))

    def _notes(self, added: Ids) -> list[str]:
        implied = self._names(added - self._named)
        notes = [f"added because others imply them: {', '.join(implied)}"] if implied else []
        if self._unknown:
            notes.append(f"not known to this Cloud Director and left out: {', '.join(self._unknown)}")
        return notes

    def _kept_elsewhere(self, actual: Actual, own: Ids) -> list[str]:
        stays = self._names((actual.granted - actual.own) & self._named)
        if self._wanted.state != "absent" or not stays:
            return []
        return [f"still given to the organization by other rights bundles: {', '.join(stays)}"]

    def _pretended(self, actual: Actual, own: Ids, role_rights: Ids) -> Facts:
        earlier = self._task.run.planned(self._key) or {"roles": {}, "containers": {}}
        return {
            "granted": sorted((actual.granted - actual.own) | own),
            "containers": {**earlier["containers"], actual.container: sorted(own)},
            "roles": {**earlier["roles"], **({_role_key(actual): sorted(role_rights)} if actual.role else {})},
        }

    def _names(self, ids: Collection[str]) -> list[str]:
        return sorted(self.catalogue.names.get(one, bare_id(one)) for one in ids)


def _role_key(actual: Actual) -> str:
    return f"{actual.role.kind} {actual.role.id}" if actual.role else ""
