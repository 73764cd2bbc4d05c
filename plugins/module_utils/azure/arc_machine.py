# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure side of Arc machines: the work of ``arc_machine``. (Azure reference 6, 9.4, 10, 12.4)"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ..engine.errors import InvalidInput, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .account import GUID, Account
from .api_versions import MACHINES
from .client import Azure
from .machine import AWAITING, GUARDED_KINDS, Machine, has_bios_uuid, list_machines, machine_path, one_of, read_machine
from .names import group_problems, machine_problems, region, tag_problems, wanted_tags
from .tags import write_tags

KIND = "arc machine"
# A machine that reports is in use; a stale one is none of these. (Azure reference 6.4)
STALE = ("Disconnected", "Expired", "Error", AWAITING)


@dataclass(frozen=True)
class Wanted:
    """``key`` is the public key of a machine made before its agent connects; ``age`` the limit of stale ones."""

    group: str
    name: str | None
    vm_id: str | None
    bios_uuid: str | None
    absent: bool
    location: str | None
    os_type: str | None
    key: str | None
    tags: Mapping[str, Any] | None
    tags_mode: str
    settings: Mapping[str, Any]
    statuses: frozenset[str] | None
    age: timedelta | None
    kinds: frozenset[str]
    extensions: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Wanted:
        problems = group_problems("resource_group", params["resource_group"]) + tag_problems(params["tags"])
        if params["name"]:
            problems += machine_problems("name", params["name"])
        for option in ("vm_id", "bios_uuid"):
            if params[option] and not GUID.fullmatch(params[option]):
                problems.append(f"{option} {params[option]} is no UUID, such as 38773742-b91d-85eb-a6c5-88b261ec6deb")
        absent = params["state"] == "absent"
        if not (params["name"] or params["vm_id"] or params["bios_uuid"]):
            if not absent:
                problems.append("which machine is meant is not said; give name, vm_id or bios_uuid")
            elif params["stale_days"] is None:
                problems.append(
                    "removing machines that are not named needs stale_days, the age from which they are stale"
                )
        if params["stale_days"] is not None and params["stale_days"] < 1:
            problems.append(f"stale_days {params['stale_days']} is less than a day; machines report every five minutes")
        if params["public_key"] and not all(params[part] for part in ("name", "vm_id", "location", "os_type")):
            problems.append("making a machine for a public_key needs name, vm_id, location and os_type")
        refuse_if(problems)
        return cls(
            group=params["resource_group"],
            name=params["name"],
            vm_id=params["vm_id"].lower() if params["vm_id"] else None,
            bios_uuid=params["bios_uuid"],
            absent=absent,
            location=region(params["location"]) if params["location"] else None,
            os_type=params["os_type"],
            key=params["public_key"],
            tags=params["tags"],
            tags_mode=params["tags_mode"],
            settings=_settings(params),
            statuses=frozenset(params["only_statuses"]) if params["only_statuses"] else None,
            age=timedelta(days=params["stale_days"]) if params["stale_days"] else None,
            kinds=frozenset(params["allowed_kinds"] or ()),
            extensions=params["remove_extensions"],
        )

    @property
    def called(self) -> str:
        said = {"": self.name, "vm_id ": self.vm_id, "bios_uuid ": self.bios_uuid}
        return next(f"{word}{value}" for word, value in said.items() if value)


def _settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """What PATCH takes, under Azure's names; only what was given. (Azure reference 6.3)"""
    given = {
        "locationData": params["location_data"]
        and {
            part: value
            for part, value in {
                "name": params["location_data"]["name"],
                "city": params["location_data"]["city"],
                "district": params["location_data"]["district"],
                "countryOrRegion": params["location_data"]["country_or_region"],
            }.items()
            if value is not None
        },
        "agentUpgrade": None
        if params["automatic_upgrade"] is None
        else {"enableAutomaticUpgrade": params["automatic_upgrade"]},
        "privateLinkScopeResourceId": params["private_link_scope"],
    }
    return {name: value for name, value in given.items() if value is not None}


def present() -> datetime:
    return datetime.now(UTC)


def ensure_machine(task: Task) -> Facts:
    """Make, change or remove machines; see the module's RETURN for the result."""
    wanted = Wanted.from_params(task.params)
    with Azure(Account.from_params(task.params), task.run, task.redactor, task.progress) as azure:
        if task.params["api_version"]:
            azure.prefer(MACHINES, task.params["api_version"])
        resource = Machines(azure, wanted, float(task.params["wait_timeout"]))
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "machine": resource.facts(), "kept": resource.kept}


class Machines:
    """What the engine reconciles: one machine, or the stale ones of a group."""

    def __init__(self, azure: Azure, wanted: Wanted, timeout: float) -> None:
        self._azure = azure
        self._wanted = wanted
        self._timeout = timeout
        self._now = present()
        self._actual: Machine | None = None
        self._reasons: dict[str, str] = {}

    def facts(self) -> Facts | None:
        return self._actual.facts() if self._actual else None

    @property
    def kept(self) -> list[Facts]:
        return [{"name": name, "reason": reason} for name, reason in sorted(self._reasons.items()) if reason]

    def read(self, names: Collection[str] | None = None) -> list[Machine]:
        wanted = self._wanted
        if wanted.name:
            found = read_machine(self._azure, wanted.group, wanted.name)
        else:
            listed = list_machines(self._azure, wanted.group)
            if not wanted.vm_id and not wanted.bios_uuid:
                return [one for one in listed if names is None or one.name in names]
            fits = has_bios_uuid(wanted.bios_uuid) if wanted.bios_uuid else lambda one: one.vm_id == wanted.vm_id
            found = one_of(listed, fits, wanted.called)
        self._actual = found
        return [found] if found else []

    def plan(self, state: list[Machine]) -> list[Chain]:
        wanted = self._wanted
        if wanted.absent:
            named = wanted.name or wanted.vm_id or wanted.bios_uuid
            return self._removals(state) if named else self._sweep(state)
        if not state:
            return [self._creation()]
        (machine,) = state
        self._refuse_another(machine)
        return self._update(machine)

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Nothing of a later task depends on it before it is real."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """Nothing is remembered."""

    # --- present ---

    def _creation(self) -> Chain:
        wanted = self._wanted
        if not wanted.key or not wanted.name:
            raise InvalidInput(
                f"resource group {wanted.group} has no machine {wanted.called}; connect its agent first, or give "
                "public_key to make the machine before its agent connects"
            )
        tags = wanted_tags({}, wanted.tags, "exact")
        after: Facts = {"location": wanted.location, "vm_id": wanted.vm_id, "tags": tags, **wanted.settings}
        change = Change("create", KIND, wanted.name, {}, after, ("its agent has still to connect",))
        return Chain(wanted.name, (change,), (Step(change, partial(self._create, tags)),))

    def _create(self, tags: Mapping[str, str]) -> None:
        wanted = self._wanted
        properties = {"osName": wanted.os_type, "vmId": wanted.vm_id, "clientPublicKey": wanted.key, **wanted.settings}
        body = {
            "location": wanted.location,
            "identity": {"type": "SystemAssigned"},
            "tags": tags,
            "properties": properties,
        }
        self._azure.write("PUT", machine_path(self._azure, wanted.group, wanted.name or ""), MACHINES, body)

    def _refuse_another(self, machine: Machine) -> None:
        """Names can be taken by another server; its agent's identity tells. (Azure reference 9.8)"""
        wanted = self._wanted
        if wanted.vm_id and wanted.name and machine.vm_id != wanted.vm_id:
            raise InvalidInput(
                f"machine {machine.name} of resource group {wanted.group} is another server: its vm_id is "
                f"{machine.vm_id}, not {wanted.vm_id}; nothing was changed"
            )
        if wanted.location and wanted.location != machine.location:
            raise InvalidInput(
                f"machine {machine.name} is in {machine.location}, not in {wanted.location}; a machine changes its "
                "region only by disconnecting and connecting again"
            )

    def _update(self, machine: Machine) -> list[Chain]:
        wanted = self._wanted
        target = wanted_tags(machine.tags, wanted.tags, wanted.tags_mode)
        tags_before, tags_after = differing(machine.tags, target)
        shown = {name: _comparable(machine.properties.get(name), value) for name, value in wanted.settings.items()}
        before, after = differing(shown, wanted.settings)
        steps: list[Any] = []
        if tags_after:
            before, after = {**before, "tags": tags_before}, {**after, "tags": tags_after}
            steps.append(partial(write_tags, self._azure, machine.machine_id, machine.tags, target))
        settings = {name: value for name, value in after.items() if name != "tags"}
        if settings:
            steps.append(partial(self._patch, machine, settings))
        if not steps:
            return []
        change = Change("update", KIND, machine.name, before, after)
        return [Chain(machine.name, (change,), tuple(Step(change, write) for write in steps))]

    def _patch(self, machine: Machine, settings: Facts) -> None:
        self._azure.write("PATCH", machine.machine_id, MACHINES, {"properties": settings})

    # --- absent ---

    def _removals(self, state: list[Machine]) -> list[Chain]:
        for machine in state:
            self._refuse_another(machine)
            reason = self._reason_to_keep(machine)
            if reason:
                raise InvalidInput(f"machine {machine.name} was not removed: {reason}")
        return [self._removal(machine) for machine in state]

    def _sweep(self, state: list[Machine]) -> list[Chain]:
        """Machines that nobody named: only stale ones, and every other is told with its reason."""
        self._reasons.update({machine.name: self._reason_to_keep(machine) for machine in state})
        return [self._removal(machine) for machine in state if not self._reasons[machine.name]]

    def _reason_to_keep(self, machine: Machine) -> str:
        wanted = self._wanted
        if machine.kind in GUARDED_KINDS and machine.kind not in wanted.kinds:
            return (
                f"it is of kind {machine.kind}, and removing it in Azure can remove the server behind it; list the "
                "kind in allowed_kinds if that is meant"
            )
        if wanted.statuses is not None and machine.status not in wanted.statuses:
            return f"its status is {machine.status}, not {' or '.join(sorted(wanted.statuses))}"
        if wanted.age is not None:
            if machine.status not in STALE:
                return f"its status is {machine.status}"
            idle = machine.idle(self._now)
            if idle is None:
                return "it has never reported, so its age is not known; name it to remove it"
            if idle < wanted.age:
                return f"it is {machine.status} for {idle.days} days, and stale_days is {wanted.age.days}"
        return ""

    def _removal(self, machine: Machine) -> Chain:
        before = {"status": machine.status, "location": machine.location, "vm_id": machine.vm_id, "tags": machine.tags}
        change = Change("remove", KIND, machine.name, before, {})
        writes = [partial(self._remove_extensions, machine)] if self._wanted.extensions else []
        steps = [*writes, partial(self._remove, machine)]
        return Chain(machine.name, (change,), tuple(Step(change, write) for write in steps))

    def _remove_extensions(self, machine: Machine) -> None:
        """Before the machine, so that their own clean-up still runs on the server. (Azure reference 10)"""
        listed = list(self._azure.pages(f"{machine.machine_id}/extensions", MACHINES))
        for one in listed:
            what = f"the removal of extension {one['name']} from {machine.name}"
            self._azure.finish(
                "DELETE", f"{machine.machine_id}/extensions/{one['name']}", MACHINES, what=what, timeout=self._timeout
            )

    def _remove(self, machine: Machine) -> None:
        what = f"the removal of machine {machine.name}"
        self._azure.finish("DELETE", machine.machine_id, MACHINES, what=what, timeout=self._timeout)


def _comparable(actual: Any, wanted: Any) -> Any:
    """What Azure shows of a setting, without the parts that nobody asked for; ids are compared without case."""
    if isinstance(wanted, Mapping):
        shown = actual if isinstance(actual, Mapping) else {}
        return {name: shown.get(name) for name in wanted}
    same = isinstance(actual, str) and isinstance(wanted, str) and actual.lower() == wanted.lower()
    return wanted if same else actual
