# SPDX-License-Identifier: GPL-3.0-or-later
"""The on-premises L2VPN client: the work of ``extender_l2_appliance``. (VCD reference 8, vSphere reference 21)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ..autonomous_edge.client import AutonomousEdge, Port, Session
from ..engine.errors import InvalidInput, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from ..vcd.client import Vcd
from ..vsphere.appliances.content_library import Template, template_problems
from ..vsphere.appliances.machines import Machine
from ..vsphere.appliances.port_group import differences
from ..vsphere.client import VSphere
from . import sessions
from .appliance_options import WantedAppliance, parse_appliance
from .orders import order_for
from .servers import NsxtServer, NsxvServer, server_of
from .sessions import WantedSession
from .site import MARK, Found, Site

TRUNK, MACHINE, SESSION = "trunk port group", "virtual machine", "L2VPN session"
# In check mode, what a tunnel will tell that an earlier task of the run would make.
PENDING = "pending"


@dataclass(frozen=True)
class State:
    """``answers`` says whether the edge could be asked; a machine that is off or not there yet cannot."""

    found: Found | None
    answers: bool
    session: Session | None
    ports: tuple[Port, ...]
    wanted_session: WantedSession | None
    template: Template | None


def ensure_appliance(task: Task) -> Facts:
    """Deploy or adopt the edge and bring it to what is wanted; see the module's RETURN for the result."""
    wanted = parse_appliance(task.params)
    timeout = float(task.params["wait_timeout"])
    with ExitStack() as opened:
        site = cloud = edge = None
        if wanted.vcenter and wanted.placement:
            server = opened.enter_context(VSphere(wanted.vcenter, task.run, task.redactor))
            site = Site(server, wanted.vcenter, wanted.placement, wanted.name, task)
        if wanted.cloud and wanted.tunnel and not wanted.absent:
            vcd = opened.enter_context(Vcd(wanted.cloud, task, wait_timeout=timeout))
            cloud = server_of(vcd, wanted.tunnel, wanted.generation, task)
        if wanted.edge:
            edge = opened.enter_context(AutonomousEdge(wanted.edge, patience=timeout))
        resource = L2Appliance(wanted, task, site, edge, cloud)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "appliance": resource.facts()}


class L2Appliance:
    """What the engine reconciles: port group, machine and session of one edge, in this order."""

    def __init__(
        self,
        wanted: WantedAppliance,
        task: Task,
        site: Site | None,
        edge: AutonomousEdge | None,
        cloud: NsxtServer | NsxvServer | None,
    ) -> None:
        self._wanted = wanted
        self._task = task
        self._site = site
        self._edge = edge
        self._cloud = cloud
        self._state: State | None = None
        if isinstance(cloud, NsxvServer):
            self._wanted = with_tunnel_ids(wanted, cloud)

    def facts(self) -> Facts | None:
        state = self._state
        if state is None or self._wanted.absent:
            return None
        machine = state.found.machine if state.found else None
        trunk = state.found.trunk if state.found else None
        return {
            "name": self._wanted.name,
            "generation": self._wanted.generation,
            "machine": {"id": machine.moid, "uuid": machine.uuid, "powered_on": machine.powered_on}
            if machine
            else None,
            "trunk": {"name": trunk.name, "key": trunk.key, **trunk.facts()} if trunk else None,
            "session": {"id": state.session.id, **sessions.session_facts(state.session, state.wanted_session)}
            if state.session
            else None,
        }

    def read(self, names: Collection[str] | None = None) -> State:
        wanted = self._wanted
        found = self._site.read(wanted.trunk) if self._site else None
        machine = found.machine if found else None
        # An edge that goes with its machine is not asked: it may be removed because it does not answer.
        going = wanted.absent and is_own(machine)
        answers = self._edge is not None and not going and (found is None or bool(machine and machine.powered_on))
        session, ports = None, tuple[Port, ...]()
        if self._edge and answers:
            # A machine that vCenter shows as switched on may still be starting; an address alone may be wrong.
            session = sessions.named(self._edge.sessions(patient=found is not None), self._session_name)
            ports = tuple(one for one in self._edge.extensions() if session and one.session == session.id)
        template = None
        if self._site and found and wanted.deployment and not wanted.absent and self._needs_template(found):
            template = self._site.template(wanted.deployment)
        self._state = State(found, answers, session, ports, self._wanted_session(), template)
        return self._state

    @property
    def _session_name(self) -> str:
        return self._wanted.name

    def _wanted_session(self) -> WantedSession | None:
        wanted = self._wanted
        if not wanted.autonomous or wanted.absent or not wanted.uplink:
            return None
        code, address = wanted.peer_code, wanted.server.address
        if isinstance(self._cloud, NsxtServer) and code is None:
            if self._cloud.is_pending:
                return WantedSession(self._session_name, address or PENDING, str(wanted.uplink.addresses[0]), PENDING)
            server = self._cloud.need()
            code, address = server.peer_code, address or server.local_endpoint
        return WantedSession(self._session_name, address or "", str(wanted.uplink.addresses[0]), code or "")

    def _needs_template(self, found: Found) -> bool:
        return found.machine is None or any(self._differences(found))

    def _differences(self, found: Found) -> tuple[Facts, Facts]:
        """Settings of the machine that are not as the task wants them, from either side."""
        deployment, machine = self._wanted.deployment, found.machine
        if deployment is None or machine is None:
            return {}, {}
        plain = order_for(self._wanted).shown
        before, after = differing({name: machine.properties.get(name) for name in plain}, plain)
        loosely = [name for name in after if _same(before[name], after[name])]
        before, after = ({k: v for k, v in one.items() if k not in loosely} for one in (before, after))
        connected = sorted(found.networks[moid] for moid in machine.networks if moid in found.networks)
        mapped = sorted(set(deployment.networks.values()))
        if connected != mapped:
            before, after = {**before, "networks": connected}, {**after, "networks": mapped}
        return before, after

    def plan(self, state: State) -> list[Chain]:
        problems: list[str] = []
        planned = self._removal(state) if self._wanted.absent else self._making(state, problems)
        refuse_if(problems)
        if not planned:
            return []
        changes = tuple(dict.fromkeys(id(step.change) for step in planned))
        by_id = {id(step.change): step.change for step in planned}
        return [Chain(self._wanted.name, tuple(by_id[one] for one in changes), tuple(planned))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """An extension of a later task may be on the edge that this one would make."""
        if chains and not self._wanted.absent:
            self._task.run.plan(planned_key(self._site, self._wanted.name), {"name": self._wanted.name})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(planned_key(self._site, self._wanted.name))

    def _making(self, state: State, problems: list[str]) -> list[Step]:
        steps: list[Step] = []
        fresh = False
        if self._site and state.found:
            steps += self._trunk_steps(self._site, state.found)
            machine_steps, fresh = self._machine_steps(self._site, state.found, state.template, problems)
            steps += machine_steps
        if self._edge and state.wanted_session:
            steps += self._session_steps(self._edge, state, fresh)
        return steps

    def _trunk_steps(self, site: Site, found: Found) -> list[Step]:
        wanted, present = self._wanted.trunk, found.trunk
        if wanted is None:
            return []
        if present is None:
            change = Change("create", TRUNK, wanted.name, {}, {"switch": wanted.switch, **wanted.facts()})
            return [Step(change, lambda: site.make_trunk(wanted))]
        target = wanted.beside(present)
        before, after = differences(present, target)
        if not after:
            return []
        change = Change("update", TRUNK, wanted.name, before, after)
        return [Step(change, lambda: site.change_trunk(present, target))]

    def _machine_steps(
        self, site: Site, found: Found, template: Template | None, problems: list[str]
    ) -> tuple[list[Step], bool]:
        """The steps, and whether they leave a machine that has forgotten everything."""
        wanted, machine = self._wanted, found.machine
        if machine is None:
            if wanted.deployment is None or template is None:
                problems.append(
                    f"virtual machine {wanted.name} does not exist on {site.address}; give deployment to make it"
                )
                return [], False
            return self._deployment(site, template, Change("create", MACHINE, wanted.name, {}, {}), problems), True
        before, after = self._differences(found)
        if not after:
            if machine.powered_on:
                return [], False
            change = Change("update", MACHINE, wanted.name, {"powered_on": False}, {"powered_on": True})
            return [Step(change, site.switch_on)], False
        if not wanted.recreate:
            what = ", ".join(sorted(after))
            problems.append(
                f"{what} of {wanted.name} cannot be changed in place: an edge reads them when it starts for the first "
                "time; set recreate to true to remove the machine and deploy it again"
            )
            return [], False
        if template is None:
            raise ValueError("a machine that differs needs the template")
        change = Change("replace", MACHINE, wanted.name, before, after, ("removed and deployed again",))
        steps = self._deployment(site, template, change, problems, predecessor=machine.uuid)
        return [Step(change, lambda: site.remove(machine)), *steps], True

    def _deployment(
        self, site: Site, template: Template, change: Change, problems: list[str], predecessor: str = ""
    ) -> list[Step]:
        deployment = self._wanted.deployment
        if deployment is None:
            raise ValueError("there is nothing to deploy")
        written = order_for(self._wanted)
        made = replace(written.order, annotation=f"{MARK} from {deployment.library_item}")
        problems += template_problems(template, made)
        known = set(self._networks())
        problems += [
            f"network_mappings: network {name} does not exist in this datacenter"
            for name in sorted(set(deployment.networks.values()) - known)
        ]
        if not change.after:
            after = {"template": deployment.library_item, "networks": dict(deployment.networks), **written.shown}
            change = replace(change, after=after)
        return [Step(change, lambda: site.deploy(template, made, predecessor)), Step(change, site.switch_on)]

    def _networks(self) -> list[str]:
        """Names that a mapping may use; the trunk is made before the machine."""
        found = self._state.found if self._state else None
        trunk = [self._wanted.trunk.name] if self._wanted.trunk else []
        return [*(found.networks.values() if found else ()), *trunk]

    def _session_steps(self, edge: AutonomousEdge, state: State, fresh: bool) -> list[Step]:
        target = state.wanted_session
        if target is None:
            return []
        present = None if fresh else state.session
        if present is None:
            change = Change("create", SESSION, target.name, {}, target.facts())
        else:
            before, after = differing(sessions.session_facts(present, target), target.facts())
            if not after:
                return []
            note = "made again, with its extensions: a session takes no other peer code"
            change = Change("replace", SESSION, target.name, before, after, (note,))
        return [Step(change, lambda: str(sessions.renew(edge, target).name))]

    def _removal(self, state: State) -> list[Step]:
        """Only what the task names, and a machine only when it was deployed here."""
        steps: list[Step] = []
        site, found, edge, session = self._site, state.found, self._edge, state.session
        machine = found.machine if found else None
        if edge and session:
            change = Change("remove", SESSION, session.name, sessions.session_facts(session, None), {})
            steps.append(Step(change, lambda: sessions.end(edge, session, state.ports)))
        if site and machine and is_own(machine):
            change = Change("remove", MACHINE, machine.name, {"powered_on": machine.powered_on}, {})
            steps.append(Step(change, lambda: site.remove(machine)))
        trunk = found.trunk if found else None
        if site and trunk and self._wanted.remove_port_group:
            change = Change("remove", TRUNK, trunk.name, trunk.facts(), {})
            steps.append(Step(change, lambda: site.remove_trunk(trunk)))
        return steps


def with_tunnel_ids(wanted: WantedAppliance, server: NsxvServer) -> WantedAppliance:
    """The ids of the subinterfaces that the networks shall be one with, where the task does not give them."""
    ids = {name: one.tunnel_id for name, one in server.interfaces().items()}
    networks = tuple(one if one.tunnel_id else replace(one, tunnel_id=ids.get(one.name)) for one in wanted.networks)
    unknown = [one.name for one in networks if one.tunnel_id is None and not server.is_pending(one.name)]
    if unknown:
        if unknown[0] not in ids:
            server.refuse_unknown(unknown[0])
        raise InvalidInput(f"Cloud Director tells no tunnel id of {unknown[0]}; give it as tunnel_id")
    return replace(wanted, networks=networks)


def is_own(machine: Machine | None) -> bool:
    """Whether it was deployed by this module."""
    return machine is not None and machine.annotation.startswith(MARK)


def planned_key(site: Site | None, name: str) -> str:
    return f"{site.address if site else ''} appliance {name}"


def _same(one: object, other: object) -> bool:
    """vCenter keeps a property as text; "True" and "true" are one value."""
    return str(one if one is not None else "").strip().casefold() == str(other).strip().casefold()
