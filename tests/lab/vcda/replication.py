# SPDX-License-Identifier: GPL-3.0-or-later
"""A replication of one machine: its life on the lab's clock, and what it shows (10.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from . import answers
from .places import ON_PREMISES

if TYPE_CHECKING:
    from .cloud_site import CloudSite

MINUTE = 60
GIB = 1 << 30
FAILS_AT = 0.4
"""Of the first synchronization of a replication that the lab lets fail."""
DELTA_BYTES = 32 << 20
Recovery = Literal["NOT_STARTED", "IN_PROGRESS", "TEST", "COMPLETE"]


@dataclass
class Instance:
    key: str
    number: int
    at: float
    size: int
    seconds: float

    def document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "sequenceNumber": self.number,
            "timestamp": round(self.at * 1000),
            "transferBytes": self.size,
            "transferSeconds": round(self.seconds, 3),
            "quiescedType": "NONE",
            "isPinned": False,
        }


@dataclass
class Settings:
    """What can be changed of a replication (10.8)."""

    description: str
    rpo: int
    connection: str
    quiesced: bool
    retention: dict[str, Any]
    initial_sync_time: int

    def document(self, excluded: list[int]) -> dict[str, Any]:
        return {
            "description": self.description,
            "rpo": self.rpo,
            "dataConnectionType": self.connection,
            "quiesced": self.quiesced,
            "retentionPolicy": self.retention,
            "initialSyncTime": self.initial_sync_time,
            "excludedDiskKeys": excluded,
        }


@dataclass
class Replication:
    """`machine` is the source machine's uuid; `moved` the time up to which `progress` is reckoned."""

    id: str
    machine: str
    vm_id: str
    vm_name: str
    group: str | None
    organization: str
    vdc: str
    vapp_name: str
    storage_profile: str
    disk_type: str
    is_migration: bool
    excluded: list[int]
    disk_bytes: int
    settings: Settings
    owner: str
    moved: float
    progress: float = 0.0
    paused: bool = False
    recovery: Recovery = "NOT_STARTED"
    instances: list[Instance] = field(default_factory=list)
    network_settings: dict[str, Any] = field(default_factory=dict)
    was_on: bool = False
    """The source machine before the cut-over that is under way or over."""
    vapp: str | None = None
    vm: str | None = None
    """Ids in the cloud, of a recovered or tested machine."""
    engine: str = field(default_factory=lambda: f"H4-{uuid4()}")

    @property
    def latest(self) -> Instance | None:
        return self.instances[-1] if self.instances else None

    def advance(self, site: CloudSite) -> None:
        """Synchronize as far as the time that went by allows; afterwards keep the RPO."""
        now = site.now()
        trouble = site.trouble(self.vm_name)
        begins = max(self.moved, self.settings.initial_sync_time / 1000)
        if self.paused or now <= begins or self.recovery in ("IN_PROGRESS", "COMPLETE"):
            self.moved = max(self.moved, now)
            return
        if self.latest is None:
            share = (now - begins) * trouble.speed * 1000 / max(1, site.rules.vcda_sync_ms)
            limit = FAILS_AT if trouble.fail is not None else 1.0
            self.progress = max(self.progress, min(limit, self.progress + share))
            if self.progress >= 1.0:
                self.take_instance(now, self.disk_bytes * 2 // 5)
        elif trouble.fail is None and trouble.rpo_violation is None:
            rpo = self.settings.rpo * MINUTE
            periods = int((now - self.latest.at) // rpo)
            if periods > 0:
                self.take_instance(self.latest.at + periods * rpo, DELTA_BYTES)
        self.moved = now

    def take_instance(self, at: float, size: int) -> None:
        """One more; earlier ones stay only where a retention policy says so."""
        number = self.latest.number + 1 if self.latest else 1
        kept = self.instances if self.settings.retention.get("rules") else []
        self.instances = [*kept, Instance(str(uuid4()), number, at, size, size / GIB)]

    def violation(self, site: CloudSite) -> int:
        """Minutes beyond the RPO."""
        forced = site.trouble(self.vm_name).rpo_violation or 0
        if self.latest is None or self.recovery == "COMPLETE":
            return forced if self.recovery != "COMPLETE" else 0
        late = (site.now() - self.latest.at) / MINUTE - self.settings.rpo
        return max(0, int(late), forced)

    def error(self, site: CloudSite) -> dict[str, Any] | None:
        text = site.trouble(self.vm_name).fail
        if text is None or self.recovery == "COMPLETE":
            return None
        return answers.error("GeneralServerFailure", text)

    def health(self, site: CloudSite) -> str:
        if self.error(site) is not None:
            return "RED"
        return "YELLOW" if self.violation(site) else "GREEN"

    def document(self, site: CloudSite) -> dict[str, Any]:
        """As a single VM replication and within a vApp's (10.7)."""
        syncing = self.latest is None and not self.paused and self.error(site) is None
        found: dict[str, Any] = {
            "id": self.id,
            "vmId": self.vm_id,
            "vmName": self.vm_name,
            "vmDescription": "",
            "computerName": self.vm_name,
            "owner": self.owner,
            "vappReplicationId": self.group,
            "source": source_document(site),
            "destination": destination_document(site, self.vdc, self.vapp),
            "settings": self.settings.document(self.excluded),
            "isMigration": self.is_migration,
            "isPaused": self.paused,
            "isReversed": False,
            "overallHealth": self.health(site),
            "dataConnectionState": "SYNCING" if syncing else "OK",
            "sourceState": {
                "state": self._source_state(site, syncing),
                "progress": int(self.progress * 100) if self.latest is None else 100,
                "stateAge": 0,
            },
            "destinationState": self._destination_state(site, syncing),
            "storageProfile": self.storage_profile,
            "vimLocation": self.engine,
            "lastUpdated": round(site.now() * 1000),
        }
        return found

    def _source_state(self, site: CloudSite, syncing: bool) -> str:
        if self.error(site) is not None:
            return "error"
        return "paused" if self.paused else "syncing" if syncing else "idle"

    def _destination_state(self, site: CloudSite, syncing: bool) -> dict[str, Any]:
        recovery = {
            "recoveryState": self.recovery,
            "vAppId": self.vapp,
            "vcdVmId": self.vm,
            "optimizeUntil": None,
        }
        opened = self.recovery in ("TEST", "COMPLETE")
        found: dict[str, Any] = {
            "state": "opened" if opened else "paused" if self.paused else "fullsync" if syncing else "idle",
            "recoveryInfo": recovery,
            "currentRpoViolation": self.violation(site),
            "spaceRequirement": self.disk_bytes,
            "stateAge": 0,
            "isMovingReplica": False,
        }
        site.set_or_leave(found, "latestInstance", self.latest.document() if self.latest else None)
        site.set_or_leave(found, "lastError", self.error(site))
        return found


@dataclass
class Group:
    """A vApp replication: several machines that become one vApp."""

    id: str
    name: str
    members: list[str]
    """Ids of VM replications."""

    def replications(self, site: CloudSite) -> list[Replication]:
        return [site.state.replications[m] for m in self.members]

    def document(self, site: CloudSite) -> dict[str, Any]:
        members = self.replications(site)
        first = members[0]
        worst = next((h for h in ("RED", "YELLOW") if any(m.health(site) == h for m in members)), "GREEN")
        recoveries = {m.recovery for m in members}
        return {
            "id": self.id,
            "vappName": self.name,
            "owner": first.owner,
            "source": source_document(site),
            "destination": destination_document(site, first.vdc, first.vapp),
            "settings": first.settings.document([]),
            "isMigration": first.is_migration,
            "isPaused": all(m.paused for m in members),
            "isReversed": False,
            "overallHealth": worst,
            "destinationState": {
                "recoveryInfo": {
                    "recoveryState": recoveries.pop() if len(recoveries) == 1 else "IN_PROGRESS",
                    "vAppId": first.vapp,
                }
            },
            "vmReplications": [m.document(site) for m in members],
            "lastUpdated": round(site.now() * 1000),
        }


def source_document(site: CloudSite) -> dict[str, Any]:
    return {"type": "vcVm", "site": ON_PREMISES, "vcUuid": site.vcenter_id}


def destination_document(site: CloudSite, vdc_id: str, vapp: str | None) -> dict[str, Any]:
    vdc = site.cloud.vdcs[vdc_id]
    return {
        "type": "vcloud",
        "site": site.cloud_name,
        "org": site.organization(vdc.organization).name,
        "vdcId": vdc.id,
        "vdcName": vdc.name,
        "recoveredVappId": vapp,
    }
