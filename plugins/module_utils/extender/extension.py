# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of the source site as one with an Org VDC network: the work of ``extender_dc_extension``.

No single call makes it: the server's end, the client's end and the port group between them are put together here.
(VCD reference 6, 7, 8, 11)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import NoReturn, Protocol

from ..autonomous_edge.client import AutonomousEdge
from ..connection import Connection
from ..engine.errors import InvalidInput, TimedOut, refuse_if
from ..engine.plan import Chain, Change, Facts, Step
from ..engine.reconcile import reconcile
from ..engine.wait import Pace, wait_for
from ..task import Task
from ..vcd.client import Vcd
from ..vsphere.appliances.port_group import PortGroup, WantedPortGroup, differences
from ..vsphere.client import VSphere
from .appliance import planned_key
from .client import Extender, refuse
from .extension_options import WantedExtension, check_backend, parse_extension
from .nsxt_extension import NsxtExtension
from .nsxv_extension import NsxvExtension
from .servers import NsxvServer, server_of
from .site import Found, Site

TRUNK = "trunk port group"
POLLING = Pace(first=0.5, longest=10.0)
CONNECTED, CONNECTING, ERROR = "connected", "connecting", "error"


class Ends(Protocol):
    """Both ends of the tunnel, of one generation or the other."""

    def read(self, found: Found, vlan: int) -> None:
        """What there is at both ends, for the source's VLAN."""

    def steps(self, problems: list[str]) -> list[Step]:
        """What leads from there to what is wanted, in order."""

    def status(self) -> tuple[bool, str]:
        """Whether the tunnel is up, as Cloud Director says, and its reason when it is not."""

    def facts(self) -> Facts: ...


def ensure_extension(task: Task) -> Facts:
    """Stretch a network, or end that; see the module's RETURN for the result."""
    if task.params["backend"] == "extender":
        _extender(task)
    wanted = parse_extension(task.params)
    timeout = float(task.params["wait_timeout"])
    with ExitStack() as opened:
        server = opened.enter_context(VSphere(wanted.vcenter, task.run, task.redactor))
        site = Site(server, wanted.vcenter, wanted.placement, wanted.appliance, task)
        pending = task.check and task.run.planned(planned_key(site, wanted.appliance)) is not None
        wanted = replace(wanted, appliance_pending=pending)
        vcd = opened.enter_context(Vcd(wanted.cloud, task, wait_timeout=timeout))
        cloud = server_of(vcd, wanted.tunnel, wanted.generation, task)
        ends: Ends
        if isinstance(cloud, NsxvServer):
            ends = NsxvExtension(wanted, cloud)
        else:
            if wanted.edge is None:
                raise InvalidInput("generation nsx_t needs edge")
            edge = opened.enter_context(AutonomousEdge(wanted.edge, patience=timeout))
            ends = NsxtExtension(wanted, cloud, edge)
        resource = DcExtension(wanted, task, site, ends)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "extension": resource.settle(shared, timeout)}


def _extender(task: Task) -> NoReturn:
    """Says which appliance it is, then that nobody knows how it makes a DC extension."""
    check_backend(task.params)
    options = task.params["extender"]
    with Extender(Connection.from_params(options), options["authenticator"], task.redactor) as extender:
        refuse("DC extensions", appliance=extender.describe())


class DcExtension:
    """What the engine reconciles: one stretched network."""

    def __init__(self, wanted: WantedExtension, task: Task, site: Site, ends: Ends) -> None:
        self._wanted = wanted
        self._task = task
        self._site = site
        self._ends = ends

    def read(self, names: Collection[str] | None = None) -> tuple[PortGroup, PortGroup | None]:
        """The source and the trunk."""
        found = self._site.read(None)
        source = self._site.port_group(self._wanted.source)
        vlan = _vlan(source)
        trunk = self._site.find_port_group(self._wanted.trunk)
        self._ends.read(found, vlan)
        return source, trunk

    def plan(self, state: tuple[PortGroup, PortGroup | None]) -> list[Chain]:
        source, trunk = state
        problems: list[str] = []
        steps = [] if self._wanted.absent else self._trunk_steps(_vlan(source), trunk, problems)
        steps += self._ends.steps(problems)
        refuse_if(problems)
        changes = tuple({id(step.change): step.change for step in steps}.values())
        return [Chain(self._wanted.name, changes, tuple(steps))] if steps else []

    def pretend(self, chains: Sequence[Chain]) -> None:
        """No other task builds on an extension."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """No other task builds on an extension."""

    def _trunk_steps(self, vlan: int, trunk: PortGroup | None, problems: list[str]) -> list[Step]:
        """The trunk is checked whole, but only what this network needs is added to it."""
        name = self._wanted.trunk
        if trunk is None and self._wanted.appliance_pending:
            return []
        if trunk is None:
            problems.append(f"trunk port group {name} does not exist; extender_l2_appliance makes it")
            return []
        security = self._wanted.security
        needed = WantedPortGroup(name, trunk.switch_name, ((vlan, vlan),), security, exact=False).beside(trunk)
        before, after = differences(trunk, needed)
        if not after:
            return []
        change = Change("update", TRUNK, name, before, after)
        return [Step(change, lambda: self._site.change_trunk(trunk, needed))]

    def settle(self, shared: Facts, timeout: float) -> Facts | None:
        """What became of it; where the task says so, only when the tunnel is up. Raises `TimedOut` with its reason."""
        wanted = self._wanted
        if wanted.absent:
            return None
        if self._task.check and shared["changed"]:
            return self._facts(CONNECTING, up=False, reason="")
        up, reason = self._ends.status()
        if not up and wanted.wait and not self._task.check:
            up, reason = self._wait(shared, timeout)
        state = CONNECTED if up else CONNECTING if shared["changed"] or not reason else ERROR
        return self._facts(state, up=up, reason=reason)

    def _wait(self, shared: Facts, timeout: float) -> tuple[bool, str]:
        reason = ""

        def ask() -> bool | None:
            nonlocal reason
            up, reason = self._ends.status()
            return True if up else None

        what = f"the tunnel of {self._wanted.name} to come up"
        try:
            wait_for(ask, what=what, timeout=timeout, pace=POLLING, progress=self._task.progress)
        except TimedOut as error:
            raise TimedOut(
                f"{error}: {reason or 'Cloud Director gives no reason'}",
                hint="Compare both ends: address, cipher and login or peer code, and whether outbound 443/tcp is open.",
                extension=self._facts(ERROR, up=False, reason=reason),
                **shared,
            ) from error
        return True, ""

    def _facts(self, state: str, *, up: bool, reason: str) -> Facts:
        return {
            "name": self._wanted.name,
            "generation": self._wanted.generation,
            "source_port_group": self._wanted.source,
            "network": self._wanted.network,
            "state": state,
            "tunnel": {"up": up, "failure": reason},
            **self._ends.facts(),
        }


def _vlan(source: PortGroup) -> int:
    """Only a port group of one VLAN is one network."""
    if source.trunk or source.vlans is None:
        raise InvalidInput(f"port group {source.name} is not a network of one VLAN; only such a one can be stretched")
    return source.vlans[0][0]
