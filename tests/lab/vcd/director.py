# SPDX-License-Identifier: GPL-3.0-or-later
"""One Cloud Director: which cloud it manages, which versions it offers, and who asks."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..clouds import SYSTEM, Cloud, Edge, Organization, OrgVdcNetwork, User, VApp, Vdc
from ..faults import FaultRule
from ..shared import Shared
from . import answers
from .sessions import Session, Sessions

if TYPE_CHECKING:
    from ..rules import Rules
    from .tasks import Task

VERSIONS = {
    "nsx-v": ("20.0", "21.0", "22.0", "23.0", "24.0", "25.0", "26.0", "27.0", "29.0", "30.0"),
    "nsx-t": ("33.0", "34.0", "35.0", "36.0", "36.1", "36.2", "36.3", "37.0", "38.0", "38.1"),
}
ADMINISTRATOR_VIEW = "General: Administrator View"


@dataclass(frozen=True)
class Caller:
    """`context`: the organization inside which a provider acts (3.3)."""

    user: User
    organization: Organization
    session: Session
    context: str | None = None

    @property
    def is_provider(self) -> bool:
        return self.organization.name == SYSTEM

    @property
    def acts_in(self) -> str:
        """Id of the organization."""
        return self.context or self.organization.id

    def sees(self, organization: str) -> bool:
        if self.is_provider:
            return self.context in (None, organization)
        return organization == self.organization.id


@dataclass
class DirectorState:
    """All that can change about a Cloud Director beside its cloud."""

    tasks: dict[str, Task] = field(default_factory=dict)
    coming: dict[str, OrgVdcNetwork] = field(default_factory=dict)
    """Networks that are being made, or whose making failed."""
    api_tokens: dict[str, str] = field(default_factory=dict)
    """Refresh token to user id."""
    up_since: dict[tuple[str, str], float] = field(default_factory=dict)
    """Edge id and peer site to when its tunnel was first seen up."""


class Director:
    """`caller`, `version`, `request_id`, `planned` belong to the request that is being served, one after the other."""

    def __init__(self, shared: Shared, name: str, cloud: str, url: str) -> None:
        self.shared = shared
        self.name = name
        self.cloud_name = cloud
        self.url = url
        self.sessions = Sessions(shared.clock)
        self.state = DirectorState()
        self.planned: FaultRule | None = None
        self.request_id = ""
        self.version = (0, 0)
        self._caller: Caller | None = None
        shared.rebuilt.append(self.rebuild)
        shared.passing.append(self.catch_up)
        shared.kept[f"vcd/{name}"] = self

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    @property
    def cloud(self) -> Cloud:
        return self.shared.world.clouds[self.cloud_name]

    @property
    def xml_only(self) -> bool:
        return self.cloud.backing == "nsx-v"

    @property
    def caller(self) -> Caller:
        if self._caller is None:
            raise answers.unauthorized()
        return self._caller

    def serve(self, caller: Caller | None) -> None:
        self._caller = caller

    def rebuild(self) -> None:
        self.sessions.clear()
        self.state = DirectorState()

    def copied_state(self) -> DirectorState:
        return copy.deepcopy(self.state)

    def restore_state(self, kept: Any) -> None:
        self.state = copy.deepcopy(kept)

    def now(self) -> float:
        return self.shared.clock.now()

    def catch_up(self) -> None:
        for task in list(self.state.tasks.values()):
            task.advance(self)

    def versions(self) -> tuple[str, ...]:
        """Oldest first."""
        known = VERSIONS[self.cloud.backing]
        newest = self.rules.vcd_v_newest_version if self.xml_only else self.rules.vcd_t_newest_version
        return known[: known.index(newest) + 1]

    def since(self, version: tuple[int, int]) -> None:
        """Refused 404 when the request speaks an older version than a path exists in (2.2)."""
        if self.version < version:
            wanted = ".".join(map(str, version))
            raise answers.Refused(404, "NOT_FOUND", f"This path needs API version {wanted} or newer.")

    def need(self, *rights: str) -> None:
        """Refused 403 unless the caller has all these rights; a provider has."""
        missing = sorted(set(rights) - self.effective())
        if missing:
            raise answers.missing_right(", ".join(missing))

    def effective(self) -> frozenset[str]:
        """Names of the caller's rights."""
        cloud, user = self.cloud, self.caller.user
        if self.rules.vcd_effective_rights == "both":
            return cloud.effective(user)
        role = cloud.roles[user.role]
        own = cloud.global_roles[role.template].rights if role.template else role.rights
        return frozenset(cloud.rights[r].name for r in own)

    def need_provider(self) -> None:
        if not self.caller.is_provider:
            raise answers.forbidden("This operation is for system administrators only.")

    def unknown(self, kind: str, object_id: str) -> answers.Refused:
        """What /api says of an id that does not exist, or that the caller may not see."""
        if self.rules.vcd_xml_unknown_id == "not_found":
            return answers.Refused(404, "RESOURCE_NOT_FOUND", f"No {kind} with id {object_id} exists.")
        return answers.forbidden(f'No access to entity "com.vmware.vcloud.entity.{kind}:{object_id}".')

    def organization(self, object_id: str) -> Organization:
        found = self.cloud.organizations.get(object_id)
        if found is None or not self.caller.sees(object_id):
            raise self.unknown("org", object_id)
        return found

    def vdc(self, object_id: str) -> Vdc:
        found = self.cloud.vdcs.get(object_id)
        if found is None or not self.caller.sees(found.organization):
            raise self.unknown("vdc", object_id)
        return found

    def edge(self, object_id: str) -> Edge:
        found = self.cloud.edges.get(object_id)
        if found is None or not self.caller.sees(self.owner_of_vdc(found.vdc)):
            raise self.unknown("gateway", object_id)
        return found

    def network(self, object_id: str) -> OrgVdcNetwork:
        """Also one that is being made."""
        found = self.networks().get(object_id)
        if found is None or not self.caller.sees(self.owner_of_vdc(found.vdc)):
            raise self.unknown("network", object_id)
        return found

    def vapp(self, object_id: str) -> VApp:
        found = self.cloud.vapps.get(object_id)
        if found is None or not self.caller.sees(self.owner_of_vdc(found.vdc)):
            raise self.unknown("vapp", object_id)
        return found

    def owner_of_vdc(self, vdc: str) -> str:
        """Id of the organization."""
        return self.cloud.vdcs[vdc].organization

    def networks(self) -> dict[str, OrgVdcNetwork]:
        return {**self.cloud.networks, **self.state.coming}

    def is_busy(self, object_id: str) -> bool:
        return any(object_id in t.occupies and t.is_active for t in self.state.tasks.values())
