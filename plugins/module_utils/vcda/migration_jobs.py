# SPDX-License-Identifier: GPL-3.0-or-later
"""Which replications are the jobs of which virtual machines. (VCD reference 11.3)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..engine.plan import Facts
from .inventory import Source, SourceVm
from .migration_options import Wanted, WantedVm
from .network_settings import Card
from .replications import VAPP, VM, Replication, State

# Of several virtual machines in one job, the first of these states is the job's.
WORST_FIRST: tuple[State, ...] = (
    "error",
    "cutting_over",
    "scheduled",
    "syncing",
    "paused",
    "tested",
    "cutover_ready",
    "completed",
)


@dataclass(frozen=True)
class Member:
    wanted: WantedVm
    vm: SourceVm


@dataclass(frozen=True)
class Unit:
    """What is migrated as one: a virtual machine, or a group that shares a vApp."""

    name: str
    members: tuple[Member, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(member.vm.id for member in self.members)


@dataclass(frozen=True)
class Job:
    """The replication of a unit. ``cards`` are the stored networks by virtual machine, None where nobody looked."""

    kind: str
    id: str
    replications: tuple[Replication, ...]
    cards: Mapping[str, Sequence[Card]] | None = None

    @property
    def path(self) -> str:
        return f"/{self.kind}/{self.id}"

    @property
    def state(self) -> State:
        states = {one.state for one in self.replications}
        return next(state for state in WORST_FIRST if state in states)

    @property
    def first(self) -> Replication:
        return self.replications[0]


Jobs: TypeAlias = "Mapping[str, Job | None]"


def units(wanted: Wanted, source: Source, problems: list[str]) -> list[Unit]:
    """Every virtual machine found at the source by name or id; what is not found or not unique is a problem."""
    members = []
    for one in wanted.vms:
        found = [vm for vm in source.vms if (vm.id == one.id if one.id else vm.name == one.name)]
        if not found:
            problems.append(f"{one.label} does not exist in the vCenter of site {source.site}; check its name there")
        elif len(found) > 1:
            listed = ", ".join(vm.id for vm in found)
            problems.append(f"{one.label} is the name of {len(found)} virtual machines ({listed}); give id instead")
        else:
            members.append(Member(one, found[0]))
    labels: dict[str, str] = {}
    for member in members:
        other = labels.setdefault(member.vm.id, member.wanted.label)
        if other != member.wanted.label:
            problems.append(f"vms: {other} and {member.wanted.label} are the same virtual machine; keep one of them")
    if wanted.group:
        return [Unit(wanted.group, tuple(members))] if members else []
    names = Counter(member.vm.name for member in members)
    return [
        Unit(member.vm.name if names[member.vm.name] == 1 else f"{member.vm.name} ({member.vm.id})", (member,))
        for member in members
    ]


def find_job(
    unit: Unit, source: Source, listed: Sequence[Replication], problems: list[str], *, group: bool
) -> Job | None:
    """The unit's job: the one that is under way, else the one that has finished."""
    found = []
    for member in unit.members:
        candidates = [one for one in listed if one.vm_id == member.vm.id and _is_from(one, source)]
        protection = next((one for one in candidates if not one.is_migration and one.state != "completed"), None)
        if protection:
            problems.append(
                f"{member.vm.name} is protected by {protection.id}, which is no migration; end that protection first"
            )
        migrations = [one for one in candidates if one.is_migration]
        found.append(
            next((one for one in migrations if one.state != "completed"), migrations[-1] if migrations else None)
        )
    present = [one for one in found if one]
    if not present:
        return None
    if not group:
        return Job(VM, present[0].id, tuple(present))
    vapps = {one.vapp_replication for one in present}
    if len(present) < len(found) or len(vapps) > 1 or None in vapps:
        listed_jobs = ", ".join(f"{one.vm_name} ({one.vapp_replication or one.id})" for one in present)
        problems.append(
            f"the virtual machines of vApp {unit.name} are not in one job; there are: {listed_jobs}; "
            "remove these jobs (state absent), or set group_into_vapp to false"
        )
    return Job(VAPP, str(present[0].vapp_replication), tuple(present))


def _is_from(one: Replication, source: Source) -> bool:
    return one.site == source.site and one.vc_uuid in (None, source.vc_uuid)


def off_at_both_ends(jobs: Jobs, source: Source) -> Iterator[str]:
    """A sentence for every virtual machine that runs nowhere although its migration is not finished."""
    for job in jobs.values():
        for one in job.replications if job else ():
            vm = source.vm(one.vm_id)
            if vm and vm.powered_on is False and one.state not in ("completed", "cutting_over", "tested"):
                yield both_ends_off(vm.name, source.site)


def both_ends_off(name: str, site: str) -> str:
    return (
        f"{name} is powered off at both ends: it is off at {site} and not yet cut over; power it on in the source "
        "vCenter, or cut it over (again)"
    )


def unit_facts(unit: Unit, job: Job | None, planned: Facts | None) -> Iterator[Facts]:
    """One entry for each virtual machine; a job that is only planned has the settings that it would get."""
    for member in unit.members:
        one = next((each for each in job.replications if each.vm_id == member.vm.id), None) if job else None
        cards = member.wanted.cards
        if cards is None and job and job.cards is not None:
            cards = tuple(job.cards.get(member.vm.id, ()))
        shown = (
            one.facts() if one else {"vm": member.vm.name, "vm_id": member.vm.id, "state": "none", **(planned or {})}
        )
        yield {
            **shown,
            "migration": unit.name,
            "networks": None if cards is None else [card.facts() for card in cards],
            "source_powered_on": member.vm.powered_on,
        }
