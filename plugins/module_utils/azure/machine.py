# SPDX-License-Identifier: GPL-3.0-or-later
"""Arc machines as Azure shows them, and how to find one among many. (Azure reference 6.2, 6.3, 12.3)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..engine.errors import InvalidInput
from ..engine.plan import Facts
from .api_versions import MACHINES, RESOURCE_GRAPH
from .client import Azure
from .names import Tags, region

PROVIDER = "providers/Microsoft.HybridCompute"
# Kinds whose machine is more than an agent: its removal can remove the server behind it. (Azure reference 12.4)
GUARDED_KINDS = ("VMware", "SCVMM", "HCI", "AVS")
# What we call a machine that has never reported: Azure leaves the status out, newer versions have this word.
AWAITING = "AwaitingConnection"
# Rows of one answer of Resource Graph.
MOST_ROWS = 1000
COLUMNS = "id, name, kind, location, tags, properties"


@dataclass(frozen=True)
class Machine:
    """``changed`` is when ``status`` last changed. ``vm_id`` is the agent's identity, ``vm_uuid`` the BIOS UUID."""

    machine_id: str
    name: str
    resource_group: str
    location: str
    kind: str
    tags: Tags
    status: str
    status_reason: str
    provisioning_state: str
    vm_id: str
    vm_uuid: str
    changed: datetime | None
    properties: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_answer(cls, body: Mapping[str, Any]) -> Machine:
        seen = body.get("properties") or {}
        return cls(
            machine_id=body["id"],
            name=body["name"],
            resource_group=group_of(body["id"]),
            location=region(body.get("location") or ""),
            kind=body.get("kind") or "",
            tags=dict(body.get("tags") or {}),
            status=seen.get("status") or AWAITING,
            status_reason=seen.get("statusReason") or "",
            provisioning_state=seen.get("provisioningState") or "Succeeded",
            vm_id=(seen.get("vmId") or "").lower(),
            vm_uuid=(seen.get("vmUuid") or "").lower(),
            changed=moment(seen.get("lastStatusChange")),
            properties=seen,
        )

    def facts(self) -> Facts:
        agent = self.properties.get("agentConfiguration") or {}
        return {
            "id": self.machine_id,
            "name": self.name,
            "resource_group": self.resource_group,
            "location": self.location,
            "kind": self.kind,
            "tags": self.tags,
            "status": self.status,
            "status_reason": self.status_reason,
            "provisioning_state": self.provisioning_state,
            "vm_id": self.vm_id,
            "bios_uuid": self.vm_uuid,
            "last_status_change": self.changed.isoformat() if self.changed else None,
            "agent_version": self.properties.get("agentVersion") or "",
            "os_type": (self.properties.get("osType") or self.properties.get("osName") or "").lower(),
            "os_sku": self.properties.get("osSku") or "",
            "fqdn": self.properties.get("machineFqdn") or self.properties.get("dnsFqdn") or "",
            "private_link_scope": self.properties.get("privateLinkScopeResourceId") or "",
            "proxy_url": agent.get("proxyUrl") or "",
            "config_mode": agent.get("configMode") or "",
        }

    def idle(self, now: datetime) -> timedelta | None:
        """How long ago the status changed; None for a machine that has never reported."""
        return now - self.changed if self.changed else None


def group_of(machine_id: str) -> str:
    """Spelling of the keywords in an id varies. (Azure reference 2.1)"""
    parts = machine_id.split("/")
    return parts[[part.lower() for part in parts].index("resourcegroups") + 1]


def moment(text: str | None) -> datetime | None:
    """Azure writes seven digits after the second. (Azure reference 2.7)"""
    if not text:
        return None
    whole, _dot, part = text.rstrip("Z").partition(".")
    parsed = datetime.fromisoformat(f"{whole}.{part[:6]:0<6}")
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def swapped(uuid: str) -> str:
    """The same BIOS UUID with the bytes of its first three groups reversed, as some guests see it."""
    groups = uuid.lower().split("-")
    turned = ["".join(reversed([group[at : at + 2] for at in range(0, len(group), 2)])) for group in groups[:3]]
    return "-".join([*turned, *groups[3:]])


def machine_path(azure: Azure, group: str, name: str) -> str:
    return f"{azure.subscription}/resourceGroups/{group}/{PROVIDER}/machines/{name}"


def read_machine(azure: Azure, group: str, name: str) -> Machine | None:
    body = azure.find(machine_path(azure, group, name), MACHINES)
    return Machine.from_answer(body) if body else None


def list_machines(azure: Azure, group: str | None) -> list[Machine]:
    """All machines of a group, or of the subscription; one call for each page. A group that is missing has none."""
    if group is None:
        return [Machine.from_answer(one) for one in azure.pages(f"{azure.subscription}/{PROVIDER}/machines", MACHINES)]
    place = f"{azure.subscription}/resourceGroups/{group}"
    listed = azure.pages_if_there(f"{place}/{PROVIDER}/machines", MACHINES)
    return [Machine.from_answer(one) for one in listed]


def query_machines(azure: Azure, group: str | None) -> list[Machine]:
    """The same from Resource Graph, a thousand in one call, up to a minute old. (Azure reference 11)"""
    steps = ["Resources", "where type =~ 'microsoft.hybridcompute/machines'"]
    if group is not None:
        steps.append(f"where resourceGroup =~ '{group}'")
    body: dict[str, Any] = {
        "subscriptions": [azure.subscription.rpartition("/")[2]],
        "query": " | ".join([*steps, f"project {COLUMNS}", "order by id asc"]),
        "options": {"resultFormat": "objectArray", "$top": MOST_ROWS},
    }
    return [Machine.from_answer(row) for row in _rows(azure, body)]


def _rows(azure: Azure, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while True:
        answer = azure.ask("/providers/Microsoft.ResourceGraph/resources", body, RESOURCE_GRAPH)
        yield from answer.get("data") or []
        following = answer.get("$skipToken")
        if not following:
            return
        body = {**body, "options": {**body["options"], "$skipToken": following}}


def one_of(machines: Iterable[Machine], fits: Callable[[Machine], bool], what: str) -> Machine | None:
    """The one machine that fits; raises `InvalidInput` naming all of them when there are more."""
    found = [machine for machine in machines if fits(machine)]
    if len(found) > 1:
        names = ", ".join(sorted(machine.machine_id for machine in found))
        raise InvalidInput(f"more than one machine has {what}: {names}; name one of them")
    return found[0] if found else None


def has_bios_uuid(uuid: str) -> Callable[[Machine], bool]:
    """Guests differ in the order of bytes, so both are tried. (Azure reference 12.3)"""
    spellings = {uuid.lower(), swapped(uuid)}
    return lambda machine: machine.vm_uuid in spellings
