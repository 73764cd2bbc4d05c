# SPDX-License-Identifier: GPL-3.0-or-later
"""Service meshes between the local and a remote site: the work of ``hcx_service_mesh``. (HCX reference 11, 12, 17)"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..connection import Connection
from ..engine.errors import InvalidInput, TimedOut, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..engine.wait import wait_for
from ..task import Task
from .appliances import Appliance, read_appliances
from .client import API, POLLING, Hcx
from .compute_inventory import Thing
from .compute_profile import ComputeProfile
from .compute_profile_options import NETWORK_EXTENSION
from .inventory import Inventory
from .mesh_sites import MeshSites, Site
from .meshes import PATH, Mesh, read_meshes
from .service_mesh_options import SwitchPair, WantedMesh

KIND = "service mesh"
WHOLE = "COMMITTED"
# A tunnel that stays down is a firewall first of all. (HCX planning facts 2)
TUNNEL_ADVICE = "check UDP 4500 between the uplink addresses of both sites first (rows S2 and S3 of the firewall table)"


def ensure_mesh(task: Task) -> Facts:
    """Bring one service mesh to what is wanted, with its tunnels up; see the module's RETURN for the result."""
    wanted = WantedMesh.from_params(task.params)
    connection = Connection.from_params(task.params)
    with Hcx(connection, task.run, task.redactor, task.progress) as hcx:
        resource = ServiceMeshes(hcx, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, **resource.found()}


@dataclass(frozen=True)
class End:
    """One side of a mesh: the site, and the compute profile that is used there."""

    site: Site
    profile: ComputeProfile

    def switch(self, switch: Thing) -> Facts:
        """The switch as the compute profile has it, with the compute manager it belongs to."""
        present: Facts = next((item for item in self.profile.raw.get("switches") or [] if item["id"] == switch.id), {})
        kept = {"cmpId": present["cmpId"]} if present.get("cmpId") else {}
        return {**kept, "id": switch.id, "name": switch.name, "type": switch.type}


class ServiceMeshes:
    """What the engine reconciles: the one mesh of that name."""

    def __init__(self, hcx: Hcx, wanted: WantedMesh, task: Task) -> None:
        self._hcx = hcx
        self._wanted = wanted
        self._task = task
        self._sites = MeshSites(hcx, task)
        self._ends: tuple[End, End] | None = None
        self._actual: Mesh | None = None
        self._appliances: list[Appliance] | None = None
        self._resynced = False
        self._redeployed = False

    def found(self) -> Facts:
        """The mesh as it is now, and its appliances with their tunnels."""
        mesh = self._actual
        if mesh is None or mesh.mesh_id is None:
            return {"service_mesh": None, "appliances": []}
        if self._appliances is None:
            self._appliances = read_appliances(self._hcx, mesh.mesh_id)
        facts = {"name": mesh.name, "id": mesh.mesh_id, **mesh.facts()}
        return {"service_mesh": facts, "appliances": [appliance.facts() for appliance in self._appliances]}

    def read(self, names: Collection[str] | None = None) -> Mesh | None:
        mesh = self._lookup()
        if mesh and mesh.task and not self._task.check and self._join(mesh.task):
            mesh = self._lookup()
        self._actual = mesh
        return mesh

    def plan(self, actual: Mesh | None) -> list[Chain]:
        name = self._wanted.name
        self._refuse_foreign(actual)
        if self._wanted.absent:
            if actual is None:
                return []
            return [_chain(Change("remove", KIND, name, actual.facts(), {}), lambda: self._remove(actual))]
        target = self._target(actual)
        if actual is None:
            after = {key: value for key, value in target.facts().items() if value not in (None, [], {}, False)}
            return [
                _chain(Change("create", KIND, name, {}, after), lambda: self._create(target), self._wait_for_tunnels)
            ]
        changed, _after = differing(actual.canonical(), target.canonical())
        before, after = ({key: one.facts()[key] for key in changed} for one in (actual, target))
        if actual.failed:
            before, after = {**before, "state": actual.state}, {**after, "state": WHOLE}
        if after:
            write = (lambda: self._update(target)) if changed else (lambda: self._resync(actual))
            return [_chain(Change("update", KIND, name, before, after), write, self._wait_for_tunnels)]
        if self._wanted.resync and not self._resynced:
            change = Change("update", KIND, name, {"appliances": "as they are"}, {"appliances": "as the profiles say"})
            return [_chain(change, lambda: self._resync(actual), self._wait_for_tunnels)]
        broken = self._broken(actual) if self._wanted.redeploy and not self._redeployed else []
        if broken:
            return [_chain(_redeployment(name, broken), lambda: self._redeploy(broken), self._wait_for_tunnels)]
        if not self._task.check:
            self._wait_for(actual)
        return []

    def pretend(self, chains: Sequence[Chain]) -> None:
        """No other module reads meshes by name yet."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """Nothing was pretended."""

    def _refuse_foreign(self, actual: Mesh | None) -> None:
        """(HCX reference 11)"""
        if actual and not actual.ours:
            refuse_if([f"service mesh {actual.name} was begun at its other site; run this task against that manager"])

    def _lookup(self) -> Mesh | None:
        same = [mesh for mesh in read_meshes(self._hcx) if mesh.name == self._wanted.name]
        if len(same) > 1:
            ids = ", ".join(str(mesh.mesh_id) for mesh in same)
            raise InvalidInput(f"service mesh {self._wanted.name} exists {len(same)} times: {ids}; keep one")
        return same[0] if same else None

    def _target(self, actual: Mesh | None) -> Mesh:
        """The mesh as it shall be: every stated name resolved, and everything else as it is."""
        wanted, problems = self._wanted, list[str]()
        needed = {"compute_profile": wanted.compute_profile, "remote_compute_profile": wanted.remote_compute_profile}
        missing = [option for option, value in needed.items() if value is None and actual is None]
        problems += [f"service mesh {wanted.name} is new and needs {option}" for option in missing]
        refuse_if(problems)
        local, remote = self._sites.local(), self._sites.remote(wanted.remote_url, problems)
        if remote is None:
            refuse_if(problems)
            raise ValueError("a remote site that is missing is a problem")
        mine = local.profile(wanted.compute_profile or (actual.local.id if actual else ""), problems)
        theirs = remote.profile(wanted.remote_compute_profile or (actual.remote.id if actual else ""), problems)
        refuse_if(problems)
        if mine is None or theirs is None:
            raise ValueError("a compute profile that is missing is a problem")
        self._ends = here, there = End(local, mine), End(remote, theirs)
        base = actual or Mesh(wanted.name, _reference(mine), _reference(theirs))
        target = replace(
            base,
            local=_reference(mine),
            remote=_reference(theirs),
            services=base.services if wanted.services is None else frozenset(wanted.services),
            uplinks=base.uplinks if wanted.uplinks is None else _all(wanted.uplinks, local.network, problems),
            remote_uplinks=base.remote_uplinks
            if wanted.remote_uplinks is None
            else _all(wanted.remote_uplinks, remote.network, problems),
            pairs=base.pairs if wanted.switch_pairs is None else _pairs(wanted.switch_pairs, here, there, problems),
            bandwidth=base.bandwidth if wanted.bandwidth is None else wanted.bandwidth,
            flags={**base.flags, **wanted.flags},
        )
        if NETWORK_EXTENSION not in target.services:
            if wanted.switch_pairs:
                problems.append(f"switch_pairs needs the service {NETWORK_EXTENSION}, which the mesh does not have")
            target = replace(target, pairs={})
        refuse_if(problems or _incomplete(target, here, there))
        return target

    def _create(self, target: Mesh) -> None:
        self._finish(self._write("POST", PATH, self._body(target, {})))
        self._resynced = True

    def _update(self, target: Mesh) -> None:
        body = self._body(target, copy.deepcopy(dict(target.raw)))
        self._finish(self._write("PUT", f"{PATH}/{target.mesh_id}", body))
        self._resynced = True

    def _resync(self, actual: Mesh) -> None:
        self._finish(self._write("POST", f"{PATH}/{actual.mesh_id}/resync", None))
        self._resynced = True

    def _broken(self, actual: Mesh) -> list[Appliance]:
        """Unhealthy appliances of this side; the other side's are that manager's to redeploy."""
        here = Inventory(self._hcx).endpoint_id
        listed = read_appliances(self._hcx, actual.mesh_id)
        return [appliance for appliance in listed if not appliance.healthy and appliance.endpoint_id == here]

    def _redeploy(self, broken: Sequence[Appliance]) -> None:
        for appliance in broken:
            path = f"{API}/interconnect/appliances/{appliance.appliance_id}/redeploy"
            self._finish(self._write("POST", path, None))
        self._redeployed = True

    def _remove(self, actual: Mesh) -> None:
        forced = "true" if self._wanted.forced else "false"
        self._finish(self._write("DELETE", f"{PATH}/{actual.mesh_id}", None, force=forced))

    def _write(self, method: str, path: str, body: Any, **query: str) -> Any:
        what = f"another task on service mesh {self._wanted.name} to end"
        return self._hcx.write_in_turn(method, path, body, what=what, timeout=self._timeout, **query)

    @property
    def _timeout(self) -> float:
        return float(self._task.params["wait_timeout"])

    def _finish(self, answer: Mapping[str, Any]) -> None:
        task = (answer.get("data") or {}).get("interconnectTaskId")
        if task:
            self._hcx.wait_for_task(task, what=f"the change of service mesh {self._wanted.name}", timeout=self._timeout)

    def _join(self, task: str) -> bool:
        what = f"a running task on service mesh {self._wanted.name}"
        return self._hcx.join_task(task, what=what, timeout=self._timeout)

    def _wait_for_tunnels(self) -> None:
        """After a change: of the mesh as it is now."""
        mesh = self._lookup()
        if mesh is None:
            raise InvalidInput(f"service mesh {self._wanted.name} is gone")
        self._wait_for(mesh)

    def _wait_for(self, mesh: Mesh) -> None:
        wrong: list[str] = []

        def up() -> bool | None:
            self._appliances = read_appliances(self._hcx, mesh.mesh_id)
            wrong[:] = [_state(appliance) for appliance in self._appliances if not appliance.healthy]
            wrong.extend(mesh.missing(self._appliances))
            return True if self._appliances and not wrong else None

        what = f"the tunnels of service mesh {self._wanted.name}"
        try:
            wait_for(up, what=what, timeout=self._timeout, pace=POLLING, progress=self._task.progress)
        except TimedOut as error:
            listed = ", ".join(wrong) or "no appliance is there"
            raise TimedOut(f"{error}: {listed}; {TUNNEL_ADVICE}") from error

    def _body(self, target: Mesh, raw: Facts) -> Facts:
        if self._ends is None:
            raise ValueError("a body is made from a plan")
        here, there = self._ends
        sides = [*(raw.get("computeProfiles") or []), {}, {}][:2]
        return {
            **raw,
            "name": target.name,
            "computeProfiles": [
                _side(sides[0], here.site, target.local, target.uplinks),
                _side(sides[1], there.site, target.remote, target.remote_uplinks),
            ],
            "services": [{"name": name} for name in sorted(target.services)],
            "trafficEnggCfg": dict(target.flags),
            "switchPairCount": [
                {"switches": [here.switch(local), there.switch(remote)], "l2cApplianceCount": count}
                for (local, remote), count in target.ordered_pairs()
            ],
            **({} if target.bandwidth is None else {"wanoptConfig": {"uplinkMaxBandwidth": target.bandwidth}}),
        }


def _side(raw: Mapping[str, Any], site: Site, profile: Thing, uplinks: frozenset[Thing]) -> Facts:
    side = {
        **raw,
        "endpointId": site.endpoint_id,
        "endpointName": site.name,
        "computeProfileId": profile.id,
        "computeProfileName": profile.name,
        "overriddenUplink": bool(uplinks),
    }
    side.pop("networks", None)
    if uplinks:
        side["networks"] = [{"id": thing.id, "tags": ["uplink"]} for thing in sorted(uplinks, key=lambda t: t.id)]
    return side


def _pairs(wanted: Sequence[SwitchPair], here: End, there: End, problems: list[str]) -> dict[tuple[Thing, Thing], int]:
    pairs = {}
    for pair in wanted:
        local = here.site.switch(pair.local, here.profile, problems)
        remote = there.site.switch(pair.remote, there.profile, problems)
        if local and remote and (local, remote) in pairs:
            problems.append(f"switch_pairs lists {local} and {remote} twice; raise its appliances instead")
        if local and remote:
            pairs[local, remote] = pair.appliances
    return pairs


def _reference(profile: ComputeProfile) -> Thing:
    return Thing(profile.profile_id or "", profile.name, "compute profile")


def _all(names: Iterable[str], find: Callable[[str, list[str]], Thing | None], problems: list[str]) -> frozenset[Thing]:
    return frozenset(found for name in names if (found := find(name, problems)))


def _incomplete(target: Mesh, *ends: End) -> list[str]:
    """Every service must be in both compute profiles. (HCX reference 10)"""
    problems = [] if target.services else [f"service mesh {target.name} is new and needs services"]
    for end in ends:
        missing = ", ".join(sorted(target.services - end.profile.services))
        if missing and not end.site.planned:
            offered = ", ".join(sorted(end.profile.services))
            profile = f"compute profile {end.profile.name} of site {end.site.name}"
            problems.append(f"{profile} does not offer {missing}; it offers: {offered}")
    if NETWORK_EXTENSION in target.services and not target.pairs:
        problems.append(f"service mesh {target.name} needs switch_pairs for {NETWORK_EXTENSION}")
    return problems


def _redeployment(name: str, broken: Sequence[Appliance]) -> Change:
    before = {appliance.name: f"{appliance.status}, {appliance.tunnels[0]} tunnels up" for appliance in broken}
    return Change("update", KIND, name, before, {appliance.name: "deployed anew" for appliance in broken})


def _state(appliance: Appliance) -> str:
    active, total = appliance.tunnels
    why = f" ({'; '.join(appliance.reasons)})" if appliance.reasons else ""
    return f"{appliance.name} is {appliance.status} with {active} of {total} tunnels{why}"


def _chain(change: Change, *writes: Callable[[], None]) -> Chain:
    return Chain(change.name, (change,), tuple(Step(change, write) for write in writes))
