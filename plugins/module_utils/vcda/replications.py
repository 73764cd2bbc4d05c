# SPDX-License-Identifier: GPL-3.0-or-later
"""Replications as Cloud Director Availability lists them, and what state they are in. (VCD reference 10.7, 11.2)"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..engine.plan import Facts
from .answers import words
from .client import Json, Vcda

VM, VAPP = "vm-replications", "vapp-replications"

State = Literal["scheduled", "syncing", "cutover_ready", "paused", "tested", "cutting_over", "completed", "error"]


@dataclass(frozen=True)
class Replication:
    """One virtual machine's replication. Times are milliseconds since 1970, sizes bytes, the RPO minutes."""

    id: str
    vm_id: str
    vm_name: str
    vapp_replication: str | None
    site: str
    vc_uuid: str | None
    destination: Mapping[str, Any]
    settings: Mapping[str, Any]
    storage_profile: Any
    is_migration: bool
    paused: bool
    health: str
    recovery: str
    recovery_info: Mapping[str, Any]
    progress: int | None
    instance: Mapping[str, Any] | None
    violation: int
    error: str
    size: int | None

    @property
    def state(self) -> State:
        if self.recovery == "COMPLETE":
            return "completed"
        if self.recovery == "IN_PROGRESS":
            return "cutting_over"
        if self.recovery == "TEST":
            return "tested"
        if self.error or self.health == "RED":
            return "error"
        if self.paused:
            return "paused"
        if self.instance is None:
            return "scheduled" if self.start > time.time() * 1000 else "syncing"
        return "cutover_ready"

    @property
    def rpo(self) -> int | None:
        rpo = self.settings.get("rpo")
        return None if rpo is None else int(rpo)

    @property
    def start(self) -> int:
        """When the first synchronisation begins, in milliseconds; 0 where that was at once."""
        return int(self.settings.get("initialSyncTime") or 0)

    def behind(self) -> str | None:
        """A sentence where the replica is older than the RPO allows."""
        if not self.violation:
            return None
        return f"the replica of {self.vm_name} is {self.violation} min behind its RPO of {self.rpo} min"

    def trouble(self) -> str:
        """Why the replication is in error."""
        return self.error or f"its health is {self.health}"

    def facts(self) -> Facts:
        return {
            "vm": self.vm_name,
            "vm_id": self.vm_id,
            "id": self.id,
            "vapp_replication": self.vapp_replication,
            "state": self.state,
            "progress": self.progress,
            "rpo_minutes": self.rpo,
            "rpo_violation": self.violation,
            "description": self.settings.get("description"),
            "health": self.health,
            "error": self.error or None,
            "source_site": self.site,
            "cloud": self.destination.get("site"),
            "organization": self.destination.get("org"),
            "vdc": self.destination.get("vdcName"),
            "vapp": self.recovery_info.get("vAppName"),
            "vapp_id": self.recovery_info.get("vAppId"),
            "cloud_vm_id": self.recovery_info.get("vcdVmId"),
            "started_at": moment(self.start) if self.start else None,
            "last_instance_at": moment((self.instance or {}).get("timestamp")),
            "transferred_bytes": (self.instance or {}).get("transferBytes"),
            "required_bytes": self.size,
        }


def replication(item: Json) -> Replication:
    """From the service's own object; what it may leave out is None, 0 or empty."""
    destination_state = item.get("destinationState") or {}
    recovery = destination_state.get("recoveryInfo") or {}
    source, source_state = item.get("source") or {}, item.get("sourceState") or {}
    error = destination_state.get("lastError")
    progress = source_state.get("progress")
    return Replication(
        id=str(item["id"]),
        vm_id=str(item.get("vmId")),
        vm_name=str(item.get("vmName") or item.get("vmId")),
        vapp_replication=item.get("vappReplicationId"),
        site=str(source.get("site")),
        vc_uuid=source.get("vcUuid"),
        destination=item.get("destination") or {},
        settings=item.get("settings") or {},
        storage_profile=item.get("storageProfile"),
        is_migration=bool(item.get("isMigration")),
        paused=bool(item.get("isPaused")),
        health=str(item.get("overallHealth") or "GREEN").upper(),
        recovery=str(recovery.get("recoveryState") or "NOT_STARTED"),
        recovery_info=recovery,
        progress=None if progress is None else int(progress),
        instance=destination_state.get("latestInstance"),
        violation=max(0, int(destination_state.get("currentRpoViolation") or 0)),
        error=words(error) if error else "",
        size=destination_state.get("spaceRequirement"),
    )


def read_replications(vcda: Vcda, site: str | None = None) -> list[Replication]:
    """All replications, or those from one source site, in one bulk read."""
    return [replication(item) for item in vcda.items(f"/{VM}", **({"sourceSite": site} if site else {}))]


def creation(site: str) -> str:
    """The operation under which the making of a job is found again while it is not listed yet."""
    return f"hybridcloud-mobility-{site}"


def running_tasks(vcda: Vcda, operation: str | None = None) -> dict[str, Json]:
    """The tasks that run, by the replication they work on; those of an operation alone, or all. (VCD reference 10.4)"""
    tasks = vcda.items("/tasks", state="RUNNING", **({"operationID": operation} if operation else {}))
    running = [task for task in tasks if task.get("state") == "RUNNING"]
    return {str((task.get("workflowInfo") or {}).get("resourceId")): task for task in running}


def histories(vcda: Vcda, finished: Collection[Replication]) -> dict[str, Facts]:
    """By replication, when it was begun, when its cut-over began and ended, and the seconds between.

    The first task that succeeded has made the replication. No other task succeeds on a finished migration, so the
    newest one that did is the cut-over. It powers the source off after its beginning and has powered the target on at
    its end: the seconds are an upper bound of the downtime.
    """
    if not finished:
        return {}
    oldest: dict[str, Json] = {}
    newest: dict[str, Json] = {}
    for task in vcda.items("/tasks", state="SUCCEEDED"):
        resource = str((task.get("workflowInfo") or {}).get("resourceId"))
        if task.get("state") != "SUCCEEDED":
            continue
        if _end(task) >= _end(newest.get(resource, task)):
            newest[resource] = task
        if _end(task) <= _end(oldest.get(resource, task)):
            oldest[resource] = task
    found = {}
    for one in finished:
        last = newest.get(one.id) or newest.get(str(one.vapp_replication))
        first = oldest.get(one.id) or oldest.get(str(one.vapp_replication))
        if first and last:
            found[one.id] = {"started_at": moment(one.start or first.get("startTime")), **cutover_facts(last)}
    return found


def _end(task: Json) -> int:
    return int(task.get("endTime") or 0)


def cutover_facts(task: Json) -> Facts:
    start, end = task.get("startTime"), task.get("endTime")
    done = bool(start and end and end > 0)
    return {
        "cutover_start": moment(start),
        "cutover_end": moment(end) if done else None,
        "downtime_seconds": round((int(end or 0) - int(start or 0)) / 1000, 3) if done else None,
    }


NO_CUTOVER: Facts = {"cutover_start": None, "cutover_end": None, "downtime_seconds": None}


def moment(milliseconds: Any) -> str | None:
    """ISO 8601 in UTC."""
    if not milliseconds or int(milliseconds) <= 0:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(milliseconds) / 1000))
