# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations of virtual machines: the work of ``vcda_migration``. (VCD reference 10, 11)"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from ..connection import Connection
from ..engine.errors import ApplyFailed, TimedOut, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..engine.wait import wait_for
from ..task import Task
from .client import POLLING, Vcda
from .inventory import ANY_PROFILE, Source, SourceVm, Target, least_rpo, read_source, read_target, read_vms, source_site
from .migration_jobs import Job, Jobs, Unit, find_job, off_at_both_ends, unit_facts, units
from .migration_options import Wanted
from .migration_writes import MigrationWrites, Write
from .network_settings import Card, cards_of
from .replications import NO_CUTOVER, VAPP, creation, histories, moment, running_tasks
from .watch import Watch

KIND = "migration"
DEFAULT_RPO = 60
LEFT_OFF = "{} was cut over without power_on, so it is powered off at both ends; power it on in the cloud"
POWERS_OFF = "powers the source off at its end; the source VM stays where it is"


def ensure_migrations(task: Task) -> Facts:
    """Bring the migrations to the wanted state; see the module's RETURN for the result."""
    wanted = Wanted.from_params(task.params)
    connection = Connection.from_params(task.params)
    with Vcda(connection, task.run, task.redactor, task.progress) as vcda:
        site = source_site(vcda, task.params["source_site"])
        user = task.params["source_username"] or connection.username
        vcda.extend(site, user, task.params["source_password"] or connection.password)
        source = read_source(vcda, site, task.params["source_vcenter"])
        target = read_target(vcda, wanted.target) if wanted.target else None
        migrations = Migrations(vcda, wanted, source, target, task)
        try:
            shared = reconcile(migrations, check=task.check, progress=task.progress, parallel=wanted.concurrency)
        except ApplyFailed as failed:
            raise ApplyFailed(str(failed), **failed.facts, **migrations.facts(fresh=True)) from failed
        return {**shared, **migrations.facts(fresh=shared["changed"] and not task.check)}


class Migrations:
    """What the engine reconciles: one chain for each virtual machine, or for the group that shares a vApp."""

    def __init__(self, vcda: Vcda, wanted: Wanted, source: Source, target: Target | None, task: Task) -> None:
        self._vcda = vcda
        self._wanted = wanted
        self._source = source
        self._target = target
        self._check = task.check
        self._run = task.run
        self._watch = Watch(vcda, source.site, task.progress)
        self._writes = MigrationWrites(vcda, wanted, source, target, self._watch)
        problems: list[str] = []
        self._units = {unit.name: unit for unit in units(wanted, source, problems)}
        self._power = {
            member.vm.id: member.vm.powered_on if member.vm.powered_on is not None else member.wanted.powered_on
            for unit in self._units.values()
            for member in unit.members
        }
        problems += self._network_problems()
        refuse_if(problems)
        self._least_rpo = least_rpo(vcda) if wanted.state != "absent" else None
        self._planned: dict[str, Facts] = {}
        self._read: Jobs = {}

    def read(self, names: Collection[str] | None = None) -> Jobs:
        chosen = [unit for name, unit in self._units.items() if names is None or name in names]
        if not self._check:
            with suppress(TimedOut):
                self._join(chosen)
        self._read = self._jobs(chosen)
        return self._read

    def plan(self, jobs: Jobs) -> list[Chain]:
        problems: list[str] = []
        chains = [self._chain(self._units[name], job, problems) for name, job in jobs.items()]
        refuse_if(problems)
        return [chain for chain in chains if chain]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """A later task of the run may cut over what this one would have made."""
        for chain in chains:
            if chain.name in self._planned:
                self._run.plan(self._key(self._units[chain.name]), self._planned[chain.name])

    def forget(self, chains: Sequence[Chain]) -> None:
        for chain in chains:
            self._run.forget(self._key(self._units[chain.name]))

    def _key(self, unit: Unit) -> str:
        return f"{self._vcda.address} migration {self._source.site} {' '.join(sorted(unit.ids))}"

    def facts(self, *, fresh: bool) -> Facts:
        """All virtual machines as they are now, or were when last read, and what needs somebody's attention."""
        jobs = self._jobs(self._units.values()) if fresh else self._read
        finished = [one for job in jobs.values() if job for one in job.replications if one.state == "completed"]
        past = histories(self._vcda, finished)
        shown = []
        for name, job in jobs.items():
            for entry in unit_facts(self._units[name], job, self._planned.get(name)):
                made = self._writes.cutovers.get(name, {})
                shown.append({**entry, **NO_CUTOVER, **past.get(str(entry.get("id")), {}), **made})
        source = replace(self._source, vms=self._source_vms())
        behind = [said for job in jobs.values() for one in (job.replications if job else ()) if (said := one.behind())]
        left_off = [] if self._wanted.power_on else [LEFT_OFF.format(name) for name in self._writes.cutovers]
        warnings = [*self._writes.warnings, *behind, *left_off, *off_at_both_ends(jobs, source)]
        # Ansible shows them and leaves an empty list away.
        return {"jobs": shown, **({"warnings": warnings} if warnings else {})}

    def _source_vms(self) -> tuple[SourceVm, ...]:
        """Read again only where this task may have changed them."""
        if self._check or self._wanted.state != "cutover":
            return self._source.vms
        return read_vms(self._vcda, self._source.site, self._source.vc_uuid)

    def _join(self, chosen: Sequence[Unit]) -> None:
        """Wait for what earlier runs have begun: writes, and first synchronisations where those are waited for.

        A job whose making is under way may not be listed yet; its task shows that there is one, not whose.
        """
        ids = frozenset().union(*(unit.ids for unit in chosen))
        stays = self._wanted.state == "present" and self._wanted.wait

        def settled() -> bool | None:
            listed = self._watch.look(ids, since=self._watch.now())
            ours = [one for one in listed if one.vm_id in ids and one.is_migration and one.state != "completed"]
            if stays and any(one.state == "syncing" for one in ours):
                return None
            own = {each for one in ours if one.state != "cutting_over" for each in (one.id, one.vapp_replication)}
            coming = ids - {one.vm_id for one in listed}
            if coming and running_tasks(self._vcda, creation(self._source.site)):
                return None
            return None if own & running_tasks(self._vcda).keys() else True

        wait_for(settled, what="what is under way", timeout=self._wanted.timeout, pace=POLLING)

    def _jobs(self, chosen: Iterable[Unit]) -> dict[str, Job | None]:
        problems: list[str] = []
        listed = self._watch.look(since=self._watch.now())
        group = self._wanted.group is not None
        jobs = {unit.name: find_job(unit, self._source, listed, problems, group=group) for unit in chosen}
        refuse_if(problems)
        unfinished = {name: job for name, job in jobs.items() if job and job.state not in ("completed", "cutting_over")}
        if self._wanted.state in ("present", "tested", "cutover") and unfinished:
            with ThreadPoolExecutor(self._wanted.concurrency) as pool:
                stored = pool.map(self._stored_cards, unfinished.values())
                for (name, job), cards in zip(unfinished.items(), stored, strict=True):
                    jobs[name] = replace(job, cards=cards)
        return jobs

    def _stored_cards(self, job: Job) -> Mapping[str, Sequence[Card]]:
        """There is no bulk form of this read. (VCD reference 10.8)"""
        stored = (self._vcda.get(f"{job.path}/network-settings") or {}).get("failoverSettings") or {}
        settings = stored.get("vmNetworkSettings") or {}
        if job.kind == VAPP:
            return {vm: cards_of(entry) for vm, entry in settings.items()}
        return {job.first.vm_id: cards_of(settings)}

    # --- what has to be done -----------------------------------------------------------------------------------------

    def _chain(self, unit: Unit, job: Job | None, problems: list[str]) -> Chain | None:
        if self._wanted.state == "absent":
            return _chain(unit, self._removal(unit, job)) if job else None
        planned = self._run.planned(self._key(unit)) if self._check and job is None else None
        if planned is not None:
            return self._pending(unit, planned)
        if job is None:
            return self._creation(unit, problems)
        if job.state == "completed":
            return None
        if job.state == "cutting_over":
            change = _state_change(unit, job, "completed", "joins the cut-over that is already under way")
            join = self._writes.join_cutover(unit, job)
            return _chain(unit, (change, [join])) if self._wanted.state == "cutover" else None
        self._check_target(unit, job, problems)
        return _chain(unit, *self._drift(unit, job, problems), *self._transition(unit, job, problems))

    def _removal(self, unit: Unit, job: Job) -> tuple[Change, list[Write]]:
        change = Change("remove", KIND, unit.name, {"id": job.id, "state": job.state}, {})
        writes = [self._writes.remove(unit, job)]
        if job.state == "tested":
            writes.insert(0, self._writes.end_test(unit, job))
        if job.state == "cutting_over":
            writes.insert(0, self._writes.join_cutover(unit, job))
        return change, writes

    def _creation(self, unit: Unit, problems: list[str]) -> Chain | None:
        wanted, target = self._wanted, self._target
        if wanted.state == "paused":
            problems.append(f"{unit.name} has no migration that could be paused; make it first (state present)")
            return None
        if target is None:
            problems.append(f"{unit.name} has no migration yet, and making one needs target.vdc")
            return None
        problems += self._power_problems(unit)
        problems += self._rpo_problems()
        problems += [
            f"the present address of {member.vm.name} is not known; start VMware Tools in it, or give its address"
            for member in unit.members
            if member.wanted.unknown_address
        ]
        if wanted.state == "cutover" and not all(member.wanted.cards for member in unit.members):
            problems.append(f"{unit.name} would be cut over without a network; give target.networks")
        start = wanted.start or 0
        settings: Facts = {
            "type": "cold" if wanted.cold else "warm",
            "cloud": target.cloud,
            "vdc": target.vdc_name,
            "storage_profile": target.profile_name,
            "rpo_minutes": wanted.rpo or max(DEFAULT_RPO, self._least_rpo or 0),
            "networks": {
                member.vm.name: [card.facts() for card in member.wanted.cards or ()] for member in unit.members
            },
            "description": wanted.description or f"{unit.name} migration",
            "start_at": moment(start) if start else "at once",
            "disk_type": wanted.disk_type.lower(),
        }
        self._planned[unit.name] = {key: settings[key] for key in ("cloud", "vdc", "rpo_minutes", "description")}
        create = Change("create", KIND, unit.name, {}, settings)
        writes = [self._writes.create(unit, settings, start)]
        if wanted.state == "present":
            waits = wanted.wait and start <= time.time() * 1000
            return _chain(unit, (create, [*writes, *([self._writes.ready(unit)] if waits else [])]))
        goal = "completed" if wanted.state == "cutover" else "tested"
        after = Change("update", KIND, unit.name, {"state": "cutover_ready"}, {"state": goal}, self._notes())
        return _chain(unit, (create, writes), (after, self._recovery(unit, None)))

    def _pending(self, unit: Unit, planned: Facts) -> Chain | None:
        """Check mode, for a job that an earlier task of the run would have made."""
        self._planned[unit.name] = planned
        after = {"cutover": "completed", "tested": "tested", "paused": "paused"}.get(self._wanted.state)
        if after is None:
            return None
        change = Change("update", KIND, unit.name, {"state": "cutover_ready"}, {"state": after}, self._notes())
        return _chain(unit, (change, []))

    def _drift(self, unit: Unit, job: Job, problems: list[str]) -> list[tuple[Change, list[Write]]]:
        """The settings that were given and are stored otherwise, as one change."""
        wanted, stored = self._wanted, job.first.settings
        names: Facts = {
            "rpo": wanted.rpo,
            "description": wanted.description,
            "quiesced": wanted.quiesced,
            "dataConnectionType": wanted.connection_type,
        }
        if wanted.start and job.state in ("scheduled", "syncing") and job.first.start > 0:
            names["initialSyncTime"] = wanted.start
        body = {key: value for key, value in names.items() if value is not None and stored.get(key) != value}
        if "rpo" in body:
            problems += self._rpo_problems()
        before: Facts = {key: stored.get(key) for key in body}
        after: Facts = dict(body)
        writes = [self._writes.update(unit, job, body)] if body else []
        if self._target and self._profile_differs(job):
            before["storage_profile"], after["storage_profile"] = job.first.storage_profile, self._target.profile_name
            writes.append(self._writes.move_profile(unit, job, self._target.profile))
        stored_cards, wanted_cards = self._network_drift(unit, job)
        if wanted_cards:
            before["networks"], after["networks"] = stored_cards, wanted_cards
            writes.append(self._writes.store_networks(unit, job))
        renamed = {"rpo": "rpo_minutes", "dataConnectionType": "data_connection", "initialSyncTime": "start_at"}
        before, after = ({renamed.get(key, key): value for key, value in side.items()} for side in (before, after))
        return [(Change("update", KIND, unit.name, before, after), writes)] if writes else []

    def _network_drift(self, unit: Unit, job: Job) -> tuple[Facts, Facts]:
        before: Facts = {}
        after: Facts = {}
        for member in unit.members:
            wanted = list(member.wanted.cards or ())
            stored = list((job.cards or {}).get(member.vm.id, ()))
            if wanted and wanted != stored:
                before[member.vm.name] = [card.facts() for card in stored]
                after[member.vm.name] = [card.facts() for card in wanted]
        return differing(before, after)

    def _transition(self, unit: Unit, job: Job, problems: list[str]) -> list[tuple[Change, list[Write]]]:
        """The way from the job's state to the wanted one, as at most one change."""
        goal, state, writes = self._wanted.state, job.state, self._writes
        if goal == "paused":
            pause = writes.operate(unit, job, "pause", "pausing")
            return [] if state == "paused" else [(_state_change(unit, job, "paused"), [pause])]
        back: list[Write] = []
        if any(one.paused for one in job.replications):
            back.append(writes.operate(unit, job, "resume", "resuming"))
        if state == "error":
            back.append(writes.operate(unit, job, "sync", "synchronising"))
        if state == "tested" and goal != "tested":
            back.append(writes.end_test(unit, job))
        if goal == "present":
            stuck = state == "syncing" and self._wanted.wait and not self._check
            if not back and not stuck:
                return []
            waits = [writes.ready(unit, timeout=1.0 if stuck else None)] if self._wanted.wait else []
            notes = [f"retries after: {job_trouble(job)}"] if state == "error" else []
            return [(_state_change(unit, job, "cutover_ready", *notes), [*back, *waits])]
        if goal == "tested" and state == "tested":
            return []
        if not self._has_networks(unit, job):
            problems.append(f"{unit.name} has no networks for the target; give target.networks")
        if self._wanted.cold:
            problems += self._power_problems(unit)
        after = "completed" if goal == "cutover" else "tested"
        return [(_state_change(unit, job, after, *self._notes()), [*back, *self._recovery(unit, job)])]

    def _recovery(self, unit: Unit, job: Job | None) -> list[Write]:
        last = self._writes.cut_over if self._wanted.state == "cutover" else self._writes.test
        within = self._wanted.state == "cutover" and self._wanted.behind_fails
        return [self._writes.ready(unit, within_rpo=within), last(unit, job)]

    def _notes(self) -> tuple[str, ...]:
        return (POWERS_OFF,) if self._wanted.state == "cutover" else ()

    def _has_networks(self, unit: Unit, job: Job) -> bool:
        given = {member.vm.id for member in unit.members if member.wanted.cards}
        stored = {vm for vm, cards in (job.cards or {}).items() if cards}
        return given == unit.ids or (not given and stored >= unit.ids)

    # --- what must not be --------------------------------------------------------------------------------------------

    def _network_problems(self) -> list[str]:
        target = self._target
        if target is None:
            return []
        named = {card.network for vm in self._wanted.vms for card in vm.cards or ()}
        if self._wanted.test_network:
            named.add(self._wanted.test_network)
        listed = ", ".join(sorted(target.networks)) or "none"
        return [
            f"network {name} does not exist in Org VDC {target.vdc_name}; there is: {listed}"
            for name in sorted(named - target.networks.keys())
        ]

    def _power_problems(self, unit: Unit) -> list[str]:
        found = []
        for member in unit.members:
            powered, name = self._power[member.vm.id], member.vm.name
            if powered is None:
                found.append(f"nobody tells whether {name} runs at the source; give source_vms, from vcenter_vm_info")
            elif powered and self._wanted.cold:
                found.append(
                    f"{name} runs, and type cold is for a VM that is off; shut it down first, or use type warm"
                )
            elif not powered and not self._wanted.cold:
                found.append(f"{name} is powered off, and type warm is for a running VM; power it on, or use type cold")
        return found

    def _rpo_problems(self) -> list[str]:
        least, rpo = self._least_rpo, self._wanted.rpo
        if least is None or rpo is None or rpo >= least:
            return []
        said = f"rpo_minutes {rpo} is below {least}, the least that the organization's policy allows"
        return [said]

    def _check_target(self, unit: Unit, job: Job, problems: list[str]) -> None:
        there = job.first.destination
        if self._target and there.get("vdcId") not in (None, self._target.vdc):
            problems.append(
                f"{unit.name} already migrates to Org VDC {there.get('vdcName')}, not to {self._target.vdc_name}; "
                "a job cannot be moved: remove it first (state absent)"
            )

    def _profile_differs(self, job: Job) -> bool:
        """The service may show the id, the name or both; what it does not show is not compared."""
        target, stored = self._target, job.first.storage_profile
        if target is None or target.profile == ANY_PROFILE or not stored:
            return False
        known = set(stored.values()) if isinstance(stored, dict) else {stored}
        return not known & {target.profile, target.profile_name}


def job_trouble(job: Job) -> str:
    return next((one.trouble() for one in job.replications if one.state == "error"), "")


def _state_change(unit: Unit, job: Job, after: str, *notes: str) -> Change:
    return Change("update", KIND, unit.name, {"state": job.state}, {"state": after}, tuple(notes))


def _chain(unit: Unit, *parts: tuple[Change, Sequence[Write]]) -> Chain | None:
    steps = tuple(Step(change, write) for change, writes in parts for write in writes)
    return Chain(unit.name, tuple(change for change, _writes in parts), steps) if parts else None
