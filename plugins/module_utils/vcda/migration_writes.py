# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that make, change, test, cut over and remove a migration. (VCD reference 10.6, 10.8)"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from ..engine.errors import MobilityError, Refused
from ..engine.plan import Facts
from ..engine.wait import wait_for
from .client import POLLING, Json, Vcda
from .inventory import Source, Target, read_vms
from .migration_jobs import Job, Unit, both_ends_off
from .migration_options import Wanted
from .network_settings import test_settings, vapp_settings, vm_settings
from .replications import VAPP, VM, Replication, creation, cutover_facts, running_tasks
from .watch import Watch

Write: TypeAlias = "Callable[[], str | None]"

MEND_REPLICATION = (
    "Look for snapshots and changed disks of the VM at the source, and for room and the storage policy at the target; "
    "then run again: it starts a synchronisation and goes on from there."
)
CATCH_UP = (
    "Give replication more bandwidth, or raise rpo_minutes, and run again when it has caught up; "
    "rpo_violation: warn cuts over all the same, with a longer downtime."
)
MEND_TARGET = "Mend what the target says (quota, networks, addresses, power-on rights), then run again."


class MigrationWrites:
    """Writes of one task. ``cutovers`` are the times of those made by it, ``warnings`` what their tasks warned of."""

    def __init__(self, vcda: Vcda, wanted: Wanted, source: Source, target: Target | None, watch: Watch) -> None:
        self._vcda = vcda
        self._wanted = wanted
        self._source = source
        self._target = target
        self._watch = watch
        self._made: dict[str, Job] = {}
        self.cutovers: dict[str, Facts] = {}
        self.warnings: list[str] = []

    def create(self, unit: Unit, settings: Facts, start: int) -> Write:
        """The replication and its networks; the address of the first is known from its task. (VCD reference 10.4)"""

        def write() -> None:
            kind = VAPP if self._wanted.group else VM
            body = self._creation(unit, settings, start)
            what = f"making the migration of {unit.name}"
            task = self._work("POST", f"/{kind}", body, what, operation=creation(self._source.site))
            made = (task.get("workflowInfo") or {}).get("resourceId") or (task.get("result") or {}).get("id")
            self._made[unit.name] = Job(kind, str(made), ())
            if self._has_cards(unit):
                self.store_networks(unit, None)()

        return write

    def update(self, unit: Unit, job: Job, body: Json) -> Write:
        def write() -> None:
            self._work("PATCH", job.path, body, f"changing the migration of {unit.name}", site=self._source.site)

        return write

    def move_profile(self, unit: Unit, job: Job, profile: str) -> Write:
        def write() -> None:
            what = f"changing the storage profile of {unit.name}"
            self._work("POST", f"{job.path}/storage-profile", {"storageProfileId": profile}, what)

        return write

    def store_networks(self, unit: Unit, job: Job | None) -> Write:
        """Stored at the job, and sent again at the cut-over. (VCD reference 10.8)"""

        def write() -> None:
            path = (job or self._made[unit.name]).path
            body = {"failoverSettings": self._networks(unit), "failoverTestSettings": self._networks(unit, test=True)}
            self._work("PUT", f"{path}/network-settings", body, f"storing the networks of {unit.name}")

        return write

    def operate(self, unit: Unit, job: Job, verb: str, what: str) -> Write:
        """A verb without settings: pause, resume, sync."""

        def write() -> None:
            self._work("POST", f"{job.path}/{verb}", None, f"{what} the replication of {unit.name}")

        return write

    def end_test(self, unit: Unit, job: Job) -> Write:
        def write() -> None:
            self._work("DELETE", f"{job.path}/failover-test", None, f"ending the test of {unit.name}")

        return write

    def remove(self, unit: Unit, job: Job) -> Write:
        def write() -> None:
            self._work("DELETE", job.path, None, f"removing the migration of {unit.name}")

        return write

    def ready(self, unit: Unit, *, within_rpo: bool = False, timeout: float | None = None) -> Write:
        """Wait until the unit could be cut over. Raises `Refused` with the cause where it never will by itself."""

        def settled(since: float) -> bool | None:
            seen = self._members(unit, since)
            for one in seen:
                if one.state == "error":
                    raise Refused(f"the replication of {one.vm_name} failed: {one.trouble()}", hint=MEND_REPLICATION)
                if one.state == "paused":
                    raise Refused(f"the replication of {one.vm_name} was paused by somebody else; run again to go on")
            if not seen or any(one.state in ("scheduled", "syncing") for one in seen):
                return None
            behind = [sentence for one in seen if (sentence := one.behind())]
            if behind and within_rpo:
                raise Refused("; ".join(behind), hint=CATCH_UP)
            return True

        def write() -> None:
            # What was there before the steps before this one is of no interest.
            wait_for(
                partial(settled, self._watch.now()),
                what=f"the first synchronisation of {unit.name}",
                timeout=self._wanted.timeout if timeout is None else timeout,
                advice="it goes on there; run again to wait for it",
                pace=POLLING,
            )

        return write

    def test(self, unit: Unit, job: Job | None) -> Write:
        def write() -> None:
            there = job or self._made[unit.name]
            body = {**self._recovery(unit, there, "failoverTestSettings"), "sync": True}
            self._work("POST", f"{there.path}/failover-test", body, f"the test of {unit.name}")

        return write

    def cut_over(self, unit: Unit, job: Job | None) -> Write:
        def write() -> None:
            there = job or self._made[unit.name]
            body = self._recovery(unit, there, "failoverSettings")
            self._at_cutover(unit, lambda: self._work("POST", f"{there.path}/migrate", body, _cutover_of(unit)))

        return write

    def join_cutover(self, unit: Unit, job: Job) -> Write:
        """Wait for a cut-over that an earlier run has begun."""

        def ended(since: float) -> bool | None:
            return None if any(one.state == "cutting_over" for one in self._members(unit, since)) else True

        def write() -> None:
            ids = {job.id, *(one.id for one in job.replications)}
            task = next((task for resource, task in running_tasks(self._vcda).items() if resource in ids), None)
            if task:
                found = task["id"]
                self._at_cutover(unit, lambda: self._wait(found, _cutover_of(unit)))
                return
            still = partial(ended, self._watch.now())
            wait_for(still, what=_cutover_of(unit), timeout=self._wanted.timeout, pace=POLLING)

        return write

    def _at_cutover(self, unit: Unit, work: Callable[[], Json]) -> None:
        try:
            self.cutovers[unit.name] = cutover_facts(work())
        except Refused as refused:
            raise self._explained(unit, refused) from refused

    def _explained(self, unit: Unit, refused: Refused) -> MobilityError:
        """A cut-over that failed may have powered off the source before; that must not stay unsaid."""
        powered = {vm.id: vm.powered_on for vm in read_vms(self._vcda, self._source.site, self._source.vc_uuid)}
        off = [member.vm.name for member in unit.members if powered.get(member.vm.id) is False]
        if not off:
            return Refused(f"{refused}; the source is still on", **{**refused.facts, "hint": MEND_TARGET})
        said = "; ".join(both_ends_off(name, self._source.site) for name in off)
        return Refused(f"{refused}; {said}", **{**refused.facts, "hint": MEND_TARGET, "off_at_both_ends": off})

    def _members(self, unit: Unit, since: float) -> list[Replication]:
        listed = self._watch.look(unit.ids, since=since)
        return [one for one in listed if one.vm_id in unit.ids and one.is_migration and one.state != "completed"]

    def _has_cards(self, unit: Unit) -> bool:
        return any(member.wanted.cards for member in unit.members)

    def _creation(self, unit: Unit, settings: Facts, start: int) -> Json:
        if self._target is None:
            raise ValueError(f"{unit.name} has no target")
        wanted = self._wanted
        return {
            "source": self._source_body(unit),
            "destination": {
                "type": "vcloud",
                "site": self._target.cloud,
                "vdc": self._target.vdc,
                "storageProfile": self._target.profile,
            },
            "description": settings["description"],
            "rpo": settings["rpo_minutes"],
            "isMigration": True,
            "quiesced": bool(wanted.quiesced),
            "dataConnectionType": wanted.connection_type or "ENCRYPTED_COMPRESSED",
            "targetDiskType": wanted.disk_type,
            "retentionPolicy": {"rules": []},
            "initialSyncTime": start,
        }

    def _source_body(self, unit: Unit) -> Json:
        place = {"site": self._source.site, "vcUuid": self._source.vc_uuid}
        if not self._wanted.group:
            (member,) = unit.members
            return {
                "type": "vcVm",
                **place,
                "vmId": member.vm.id,
                "vappName": member.wanted.vapp or member.vm.name,
                "excludedDisks": list(member.wanted.excluded_disks),
            }
        return {
            "type": "vcVapp",
            **place,
            "vappName": unit.name,
            "vmIds": [member.vm.id for member in unit.members],
            "vmExcludedDisks": {member.vm.id: list(member.wanted.excluded_disks) for member in unit.members},
        }

    def _networks(self, unit: Unit, *, test: bool = False) -> Json:
        """At vApp level the settings are a map from virtual machine to settings."""
        given = {member.vm.id: member.wanted.cards for member in unit.members if member.wanted.cards}
        wired = {
            vm: test_settings(cards, self._wanted.test_network) if test else vm_settings(cards)
            for vm, cards in given.items()
        }
        names = [card.network for cards in given.values() for card in cards]
        if test:
            names = [self._wanted.test_network] if self._wanted.test_network else []
        networks = vapp_settings(self._target.networks if self._target else {}, names)
        settings = wired if self._wanted.group else next(iter(wired.values()))
        return {"vmNetworkSettings": settings, "vAppNetworkSettings": networks}

    def _recovery(self, unit: Unit, job: Job, part: str) -> Json:
        """What is sent to cut over or to test: the networks of the task, or else those stored at the job."""
        if self._has_cards(unit):
            networks = self._networks(unit, test=part == "failoverTestSettings")
        else:
            stored = self._vcda.get(f"{job.path}/network-settings").get(part) or {}
            networks = {key: stored[key] for key in ("vmNetworkSettings", "vAppNetworkSettings") if key in stored}
        return {"type": "vcloud", "powerOn": self._wanted.power_on, "consolidate": False, **networks}

    def _work(self, method: str, path: str, body: Any, what: str, **more: Any) -> Json:
        try:
            task = self._vcda.work(method, path, body, what=what, timeout=self._wanted.timeout, **more)
        except Refused as refused:
            raise Refused(str(refused), **{"hint": MEND_REPLICATION, **refused.facts}) from refused
        return self._heard(task, what)

    def _wait(self, task: str, what: str) -> Json:
        return self._heard(self._vcda.wait_for_task(task, what=what, timeout=self._wanted.timeout), what)

    def _heard(self, task: Json, what: str) -> Json:
        for warning in task.get("warnings") or []:
            said = warning.get("msg") or warning if isinstance(warning, dict) else warning
            self.warnings.append(f"{what}: {said}")
        return task


def _cutover_of(unit: Unit) -> str:
    return f"the cut-over of {unit.name}"
