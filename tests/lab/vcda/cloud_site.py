# SPDX-License-Identifier: GPL-3.0-or-later
"""One cloud's Availability: what it holds, whom it serves, and how it reaches both vCenters."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, uuid5

from ..clouds import Cloud, Organization, Vdc
from ..faults import FaultRule
from ..shared import Shared
from ..world import VirtualMachine
from . import answers
from .places import ON_PREMISES, VCENTER
from .sessions import Session, Sessions

if TYPE_CHECKING:
    from ..rules import Rules
    from ..vcd.director import Director
    from .replication import Group, Replication
    from .tasks import Task


@dataclass
class Trouble:
    """What the lab does to the replications of machines of one name; None or 1: nothing."""

    fail: str | None = None
    rpo_violation: int | None = None
    """Minutes by which it stays behind."""
    speed: float = 1.0
    refuse_cutover: str | None = None


@dataclass
class Policy:
    id: str
    name: str
    min_rpo: int
    max_instances: int = 24
    max_incoming: int = -1
    allow_incoming: bool = True
    allow_outgoing: bool = True

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "displayName": self.name,
            "minRpo": self.min_rpo,
            "maxInstances": self.max_instances,
            "maxIncoming": self.max_incoming,
            "allowIncoming": self.allow_incoming,
            "allowOutgoing": self.allow_outgoing,
        }


@dataclass
class SiteState:
    """All that can change about an Availability."""

    replications: dict[str, Replication] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    """vApp replications."""
    tasks: dict[str, Task] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    """By name of the machine."""
    min_rpo: dict[str, int] = field(default_factory=dict)
    """Of organizations with a policy of their own, by id."""


class CloudSite:
    """`planned` and `operation` belong to the request that is being served; requests are served one after the other.

    `moment` is when the step that a task does now was due.
    """

    def __init__(self, shared: Shared, name: str, director: Director, url: str) -> None:
        self.shared = shared
        self.name = name
        self.director = director
        self.cloud_name = director.cloud_name
        self.url = url
        self.sessions = Sessions(shared.clock)
        self.state = SiteState()
        self.planned: FaultRule | None = None
        self.operation = ""
        self.moment = 0.0
        shared.rebuilt.append(self.rebuild)
        shared.passing.append(self.catch_up)
        shared.kept[f"vcda/{name}"] = self

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    @property
    def cloud(self) -> Cloud:
        return self.shared.world.clouds[self.cloud_name]

    @property
    def vcenter_id(self) -> str:
        return self.shared.world.vcenters[VCENTER].instance_uuid

    def rebuild(self) -> None:
        self.sessions.clear()
        self.state = SiteState()

    def copied_state(self) -> SiteState:
        return copy.deepcopy(self.state)

    def restore_state(self, kept: Any) -> None:
        self.state = copy.deepcopy(kept)

    def now(self) -> float:
        return self.shared.clock.now()

    def catch_up(self) -> None:
        """Let everything happen that is due."""
        for task in list(self.state.tasks.values()):
            if task.ended is None:
                task.advance(self)
        for replication in list(self.state.replications.values()):
            replication.advance(self)

    def trouble(self, name: str) -> Trouble:
        return self.state.troubles.get(name) or Trouble()

    def set_or_leave(self, document: dict[str, Any], name: str, value: Any) -> None:
        """Something that is unset is null or left out, by rule."""
        if value is not None or self.rules.vcda_unset == "null":
            document[name] = value

    def machine_id(self, machine: VirtualMachine) -> str:
        return self.shared.directories[VCENTER].machine_id(machine.uuid)

    def source_machines(self) -> dict[str, VirtualMachine]:
        """Those of the on-premises vCenter, by managed object id."""
        return {self.machine_id(m): m for m in self.shared.world.machines_of(VCENTER)}

    def check_site(self, session: Session, name: str | None) -> None:
        """Refused for a site that does not exist, or that the session does not reach (10.2, 10.3)."""
        if name in (None, self.cloud_name):
            return
        if name != ON_PREMISES:
            raise answers.Refused(404, "SiteNotFound", f"Site {name} is not known.", str(name))
        if name not in session.sites:
            raise answers.Refused(
                self.rules.vcda_remote_status,
                "RemoteAuthenticationFailure",
                f"The session is not authenticated at site {name}.",
                name,
            )

    def organization(self, organization: str) -> Organization:
        return self.cloud.organizations[organization]

    def vdcs(self, session: Session) -> list[Vdc]:
        return [v for v in self.cloud.vdcs.values() if session.organization in (None, v.organization)]

    def vdc(self, session: Session, vdc_id: str) -> Vdc:
        found = next((v for v in self.vdcs(session) if v.id == vdc_id), None)
        if found is None:
            raise answers.not_found("Org VDC", vdc_id)
        return found

    def policy(self, organization: str | None) -> Policy:
        """The one that holds for an organization; the default one for those without."""
        if organization is not None and organization in self.state.min_rpo:
            name = self.organization(organization).name
            return Policy(self._policy_id(name), f"Policy of {name}", self.state.min_rpo[organization])
        return Policy(self._policy_id("default"), "Default policy", self.rules.vcda_min_rpo)

    def _policy_id(self, name: str) -> str:
        return str(uuid5(NAMESPACE_DNS, f"{name}.policy.{self.cloud_name}.lab.example"))
