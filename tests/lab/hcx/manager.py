# SPDX-License-Identifier: GPL-3.0-or-later
"""One HCX manager: who it is, what it holds, and which others it knows."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from uuid import NAMESPACE_DNS, uuid5

from ..faults import FaultRule
from ..shared import Shared
from . import answers
from .appliance_settings import SERVES_REQUESTS, ApplianceSettings, first_settings
from .sessions import Sessions

if TYPE_CHECKING:
    from ..rules import Rules
    from ..vcenter.server import VCenterServer
    from .alerts import Alert
    from .compute_profile import ComputeProfile
    from .interconnect_tasks import Task
    from .jobs import Job
    from .network_profile import NetworkProfile
    from .service_mesh import ServiceMesh
    from .site_pairings import Pairing
    from .tunnels import TunnelTrouble

SITES: dict[str, tuple[str, bool]] = {"connector": ("source", True), "cloud": ("destination", False)}
"""Manager to its vCenter and whether it is a Connector."""
Availability = Literal["up", "starting", "down"]


@dataclass
class ManagerState:
    """All that can change about a manager."""

    trusted: list[str] = field(default_factory=list)
    """Certificates as PEM, beside those of the sites' own vCenter."""
    pairings: dict[str, Pairing] = field(default_factory=dict)
    """By the other site's endpoint id."""
    networks: dict[str, NetworkProfile] = field(default_factory=dict)
    compute_profiles: dict[str, ComputeProfile] = field(default_factory=dict)
    meshes: dict[str, ServiceMesh] = field(default_factory=dict)
    """Of which this manager is the initiator."""
    jobs: dict[str, Job] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    role_mappings: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"role": "System Administrator", "userGroups": ["vsphere.local\\Administrators"]},
            {"role": "Enterprise Administrator", "userGroups": []},
        ]
    )
    diagnostics: dict[str, dict[str, Any]] = field(default_factory=dict)
    tunnel_troubles: list[TunnelTrouble] = field(default_factory=list)
    settings: ApplianceSettings | None = None
    stopped: set[str] = field(default_factory=set)
    """Services that were stopped on port 9443."""
    nsx_registered: bool = True
    sso_ready: bool = True
    availability: Availability = "up"
    available_again: float | None = None
    """When a limited outage ends, on the lab's clock."""


class Manager:
    """`user` and `planned` belong to the request that is being served; requests are served one after the other."""

    def __init__(
        self, shared: Shared, name: str, vcenter: VCenterServer, url: str, certificate: str, peers: dict[str, Manager]
    ) -> None:
        self.shared = shared
        self.name = name
        self.vcenter = vcenter
        self.url = url
        self.certificate = certificate
        self.is_connector = SITES[name][1]
        self.site_name = f"hcx-{name}"
        self.endpoint_id = f"20240101080000000-{uuid5(NAMESPACE_DNS, f'{name}.hcx.lab.example')}"
        self.sessions = Sessions(shared.clock)
        self.state = ManagerState()
        self.user = ""
        self.planned: FaultRule | None = None
        self.port: Literal["open", "closing", "closed"] = "open"
        """Whether connections to port 443 are accepted; follows `availability` a moment later."""
        self._peers = peers
        peers[name] = self
        shared.rebuilt.append(self.rebuild)
        shared.passing.append(self.catch_up)
        shared.kept[f"hcx/{name}"] = self

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    def rebuild(self) -> None:
        self.sessions.clear()
        self.state = ManagerState()

    def copied_state(self) -> ManagerState:
        return copy.deepcopy(self.state)

    def restore_state(self, kept: Any) -> None:
        self.state = copy.deepcopy(kept)

    def now(self) -> float:
        return self.shared.clock.now()

    def now_ms(self) -> int:
        return round(self.now() * 1000)

    def catch_up(self) -> None:
        """Let everything happen that is due."""
        state = self.state
        for job in list(state.jobs.values()):
            job.advance(self)
        for task in list(state.tasks.values()):
            task.advance(self)
        for endpoint, pairing in list(state.pairings.items()):
            if pairing.gone_at is not None and self.now() >= pairing.gone_at:
                del state.pairings[endpoint]

    def availability(self) -> Availability:
        """Whether port 443 is served now."""
        state = self.state
        if state.available_again is not None and self.now() >= state.available_again:
            state.availability, state.available_again = "up", None
        if state.availability == "up" and any(c in state.stopped for c in SERVES_REQUESTS):
            return "starting"
        return state.availability

    @property
    def settled(self) -> bool:
        """Whether the port is as the availability says."""
        return self.port == ("closed" if self.availability() == "down" else "open")

    def interrupt(self, availability: Availability, seconds: float | None) -> None:
        """From now on, for so many seconds of the lab's clock or until told otherwise."""
        self.state.availability = availability
        self.state.available_again = None if seconds is None else self.now() + seconds

    @property
    def settings(self) -> ApplianceSettings:
        """What port 9443 configures."""
        if self.state.settings is None:
            self.state.settings = first_settings(self)
        return self.state.settings

    @property
    def vcenter_uuid(self) -> str:
        return self.shared.world.vcenters[self.vcenter.name].instance_uuid

    @property
    def vcenter_name(self) -> str:
        return f"vc-{self.vcenter.name}.lab.example"

    @property
    def users(self) -> dict[str, str]:
        return self.shared.users

    def at(self, url: str) -> Manager | None:
        """The manager that answers at a URL, this one included."""
        wanted = urlsplit(url)
        if wanted.scheme != "https" or wanted.path.strip("/"):
            return None
        for manager in self._peers.values():
            own = urlsplit(manager.url)
            if wanted.hostname in ("localhost", "127.0.0.1") and (wanted.port or 443) == own.port:
                return manager
        return None

    def others(self) -> list[Manager]:
        return [m for m in self._peers.values() if m is not self]

    def remote(self, endpoint_id: str) -> Manager:
        """A paired site; Refused 404 for any other id."""
        pairing = self.state.pairings.get(endpoint_id)
        found = next((m for m in self.others() if m.endpoint_id == endpoint_id), None)
        if found is None or pairing is None or not pairing.established:
            raise answers.Refused(404, answers.errors("NOT_FOUND", f"Endpoint {endpoint_id} is not known here."))
        return found

    def site(self, endpoint_id: str | None) -> Manager:
        """Itself, or a paired site: whom a call with ?endpointId= is about (4.1)."""
        return self if endpoint_id in (None, self.endpoint_id) else self.remote(endpoint_id or "")

    def paired(self) -> list[Manager]:
        return [m for m in self.others() if (p := self.state.pairings.get(m.endpoint_id)) and p.established]
