# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute profiles of one site: the work of ``hcx_compute_profile``. (HCX reference 10, 17)"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..connection import Connection
from ..engine.errors import InvalidInput, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .client import API, Hcx
from .compute_inventory import CLUSTER, POOL, ComputeInventory, Thing, resolve
from .compute_profile_options import NETWORK_EXTENSION, ROLES, WantedComputeProfile, missing_networks
from .inventory import Inventory
from .network_profile import known_profiles

KIND = "compute profile"
PATH = f"{API}/interconnect/computeProfiles"
WHOLE = "VALID"
RESYNC_NOTE = "service meshes that use it follow after they are synchronised again"


@dataclass(frozen=True)
class ComputeProfile:
    """A compute profile; ``raw`` is HCX's own object, sent back whole when it is changed.

    ``networks`` holds the network profiles by role. ``deployment`` is where appliances are put: clusters or pools.
    ``task`` works on the profile; ``broken`` means that the last one failed and left no valid profile.
    """

    name: str
    services: frozenset[str] = frozenset()
    clusters: frozenset[Thing] = frozenset()
    deployment: frozenset[Thing] = frozenset()
    datastores: frozenset[Thing] = frozenset()
    folder: Thing | None = None
    cpu_reservation: int = 0
    memory_reservation: int = 0
    networks: Mapping[str, frozenset[Thing]] = field(default_factory=dict)
    switches: frozenset[Thing] = frozenset()
    profile_id: str | None = None
    state: str = WHOLE
    task: str | None = None
    broken: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def facts(self) -> Facts:
        return {
            "services": sorted(self.services),
            "service_clusters": _shown(self.clusters),
            "deployment": _shown(self.deployment),
            "datastores": _shown(self.datastores),
            "folder": str(self.folder) if self.folder else None,
            "cpu_reservation": self.cpu_reservation,
            "memory_reservation": self.memory_reservation,
            "networks": {role: _names(things) for role, things in sorted(self.networks.items())},
            "switches": _shown(self.switches),
        }

    def canonical(self) -> Facts:
        """The same settings by id, for comparison: reads may leave names out. (HCX reference 10)"""
        return {
            **self.facts(),
            "service_clusters": _ids(self.clusters),
            "deployment": _ids(self.deployment),
            "datastores": _ids(self.datastores),
            "folder": self.folder.id if self.folder else None,
            "networks": {role: _ids(things) for role, things in self.networks.items() if things},
            "switches": _ids(self.switches),
        }


def _shown(things: Iterable[Thing]) -> list[str]:
    return sorted(str(thing) for thing in things)


def _names(things: Iterable[Thing]) -> list[str]:
    """Without ids: a network profile that check mode has planned has none yet."""
    return sorted(thing.name or thing.id for thing in things)


def _ids(things: Iterable[Thing]) -> list[str]:
    return sorted(thing.id for thing in things)


def read_compute_profiles(hcx: Hcx, **query: str) -> list[ComputeProfile]:
    """All compute profiles of the local site in one call, or of the paired site that ``endpointId`` names."""
    return [_profile(item) for item in hcx.get(PATH, **query)["items"]]


def known_compute_profiles(hcx: Hcx, task: Task) -> list[ComputeProfile]:
    """All profiles of the local site; in check mode as earlier tasks of the run would have left them."""
    planned = task.run.planned(_key(hcx)) if task.check else None
    return [_profile(item) for item in planned["profiles"]] if planned else read_compute_profiles(hcx)


def _key(hcx: Hcx) -> str:
    return f"{hcx.address} compute profiles"


def _profile(item: Mapping[str, Any]) -> ComputeProfile:
    place: Mapping[str, Any] = item.get("deploymentContainer") or {}
    last: Mapping[str, Any] = item.get("lastTaskDetails") or {}
    outcome = str(last.get("status")).upper()
    state = str(item.get("state") or WHOLE)
    networks: dict[str, set[Thing]] = {}
    for network in item.get("networks") or []:
        for role in network.get("tags") or []:
            networks.setdefault(role.lower(), set()).add(_thing(network, "network profile"))
    return ComputeProfile(
        name=item["name"],
        services=frozenset(service["name"] for service in item.get("services") or []),
        clusters=_things(item.get("compute")),
        deployment=_things(place.get("compute")),
        datastores=_things(place.get("storage")),
        folder=_thing(place["folder"]) if place.get("folder") else None,
        cpu_reservation=place.get("cpuReservation") or 0,
        memory_reservation=place.get("memoryReservation") or 0,
        networks={role: frozenset(things) for role, things in networks.items()},
        switches=_things(item.get("switches")),
        profile_id=item["computeProfileId"],
        state=state,
        task=last.get("interconnectTaskId") if outcome in ("QUEUED", "RUNNING") else None,
        broken=state != WHOLE and outcome == "FAILED",
        raw=item,
    )


def _things(items: Iterable[Mapping[str, Any]] | None) -> frozenset[Thing]:
    return frozenset(_thing(item) for item in items or ())


def _thing(item: Mapping[str, Any], kind: str = "") -> Thing:
    return Thing(item["id"], item.get("name") or "", item.get("type") or kind)


def ensure_compute_profile(task: Task) -> Facts:
    """Bring one compute profile to what is wanted; see the module's RETURN for the result."""
    wanted = WantedComputeProfile.from_params(task.params)
    connection = Connection.from_params(task.params)
    with Hcx(connection, task.run, task.redactor, task.progress) as hcx:
        resource = ComputeProfiles(hcx, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "compute_profile": resource.found()}


class ComputeProfiles:
    """What the engine reconciles: the one profile of that name."""

    def __init__(self, hcx: Hcx, wanted: WantedComputeProfile, task: Task) -> None:
        self._hcx = hcx
        self._site = Inventory(hcx)
        self._inventory = ComputeInventory(hcx, self._site)
        self._wanted = wanted
        self._task = task
        self._known: list[ComputeProfile] = []
        self._actual: ComputeProfile | None = None

    def found(self) -> Facts | None:
        """The profile as it is now, with HCX's id; None when there is none."""
        actual = self._actual
        return {"name": actual.name, "id": actual.profile_id, **actual.facts()} if actual else None

    def read(self, names: Collection[str] | None = None) -> ComputeProfile | None:
        actual = self._lookup()
        if actual and actual.task and not self._task.check and self._join(actual.task):
            actual = self._lookup()
        self._actual = actual
        return actual

    def _lookup(self) -> ComputeProfile | None:
        self._known = known_compute_profiles(self._hcx, self._task)
        same = [one for one in self._known if one.name == self._wanted.name]
        if len(same) > 1:
            ids = ", ".join(str(one.profile_id) for one in same)
            raise InvalidInput(
                f"compute profile {self._wanted.name} exists {len(same)} times ({ids}); remove all but one"
            )
        return same[0] if same else None

    def _join(self, task: str) -> bool:
        what = f"a running task on compute profile {self._wanted.name}"
        return self._hcx.join_task(task, what=what, timeout=self._task.params["wait_timeout"])

    def plan(self, actual: ComputeProfile | None) -> list[Chain]:
        name = self._wanted.name
        if self._wanted.absent:
            if actual is None:
                return []
            return [_chain(Change("remove", KIND, name, actual.facts(), {}), lambda: self._remove(actual))]
        target = self._target(actual)
        if actual is None:
            after = {key: value for key, value in target.facts().items() if value not in (None, [], {})}
            return [_chain(Change("create", KIND, name, {}, after), lambda: self._create(target), target)]
        changed, _after = differing(actual.canonical(), target.canonical())
        before, after = ({key: one.facts()[key] for key in changed} for one in (actual, target))
        if actual.broken:
            before, after = {**before, "state": actual.state}, {**after, "state": WHOLE}
        if not after:
            return []
        change = Change("update", KIND, name, before, after, (RESYNC_NOTE,))
        return [_chain(change, lambda: self._update(target), target)]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Later tasks of the run continue from the profiles as this task would leave them."""
        for chain in chains:
            left = [dict(one.raw) for one in self._known if one.name != chain.name]
            if chain.outcome:
                body = self._body(chain.outcome, copy.deepcopy(dict(chain.outcome.raw)))
                # HCX has given no id to a new one yet.
                left.append({"computeProfileId": f"planned {chain.name}", **body})
            self._task.run.plan(_key(self._hcx), {"profiles": left})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(_key(self._hcx))

    def _target(self, actual: ComputeProfile | None) -> ComputeProfile:
        """The profile as it shall be: every stated name resolved, and everything else as it is."""
        wanted, problems = self._wanted, list[str]()
        base = actual or ComputeProfile(wanted.name)
        target = replace(base, services=base.services if wanted.services is None else frozenset(wanted.services))
        if wanted.service_clusters is not None:
            target = replace(target, clusters=self._clusters(wanted.service_clusters, problems))
        if wanted.deployment_clusters is not None:
            target = replace(target, deployment=self._clusters(wanted.deployment_clusters, problems))
        if wanted.resource_pool is not None:
            pool = self._inventory.resource_pool(wanted.resource_pool, wanted.datacenter, problems)
            target = replace(target, deployment=frozenset([pool] if pool else []))
        reach = [] if wanted.datastores is None and wanted.switches is None else self._reach(target)
        if wanted.datastores is not None and reach:
            target = replace(
                target, datastores=frozenset(self._inventory.datastores(wanted.datastores, reach, problems))
            )
        if wanted.folder is not None:
            target = replace(target, folder=self._inventory.folder(wanted.folder, wanted.datacenter, problems))
        if wanted.switches is not None and reach:
            target = replace(target, switches=frozenset(self._inventory.switches(wanted.switches, reach, problems)))
        target = replace(
            target,
            networks=_with_uplink({**base.networks, **self._networks(problems)}),
            cpu_reservation=base.cpu_reservation if wanted.cpu_reservation is None else wanted.cpu_reservation,
            memory_reservation=base.memory_reservation
            if wanted.memory_reservation is None
            else wanted.memory_reservation,
        )
        refuse_if(problems or _incomplete(target))
        return target

    def _reach(self, target: ComputeProfile) -> list[Thing]:
        """The clusters whose datastores and switches the profile may name."""
        pools = [self._inventory.cluster_of(thing) for thing in target.deployment if thing.type == POOL]
        places = {*target.clusters, *target.deployment, *(cluster for cluster in pools if cluster)}
        return _by_id(thing for thing in places if thing.type == CLUSTER)

    def _clusters(self, names: Sequence[str], problems: list[str]) -> frozenset[Thing]:
        return frozenset(self._inventory.clusters(names, self._wanted.datacenter, problems))

    def _networks(self, problems: list[str]) -> dict[str, frozenset[Thing]]:
        """Network profiles by role; in check mode also those that an earlier task of this run would have made."""
        if not self._wanted.networks:
            return {}
        known = [
            Thing(one.object_id or f"planned {one.name}", one.name, "network profile")
            for one in known_profiles(self._hcx, self._task)
        ]
        return {
            role: frozenset(resolve(f"{role} network profile", names, known, problems))
            for role, names in self._wanted.networks.items()
        }

    def _create(self, target: ComputeProfile) -> None:
        body = {"computeProfileId": "", "state": "", **self._body(target, {})}
        self._finish(self._hcx.write("POST", PATH, body))

    def _update(self, target: ComputeProfile) -> None:
        """The whole object goes back, with what HCX added to it. (HCX reference 10, 17)"""
        body = self._body(target, copy.deepcopy(dict(target.raw)))
        self._finish(self._write("PUT", target, body))

    def _remove(self, actual: ComputeProfile) -> None:
        self._finish(self._write("DELETE", actual))

    def _write(self, method: str, profile: ComputeProfile, body: Facts | None = None) -> Any:
        what, timeout = f"another task on compute profile {profile.name} to end", self._task.params["wait_timeout"]
        return self._hcx.write_in_turn(method, f"{PATH}/{profile.profile_id}", body, what=what, timeout=timeout)

    def _body(self, target: ComputeProfile, raw: Facts) -> Facts:
        uuid = self._site.vcenter_uuid

        def listed(things: Iterable[Thing]) -> list[Facts]:
            return [
                {"cmpId": uuid, "cmpType": "VC", "id": thing.id, "name": thing.name, "type": thing.type}
                for thing in sorted(things, key=lambda thing: thing.id)
            ]

        place = {
            **(raw.get("deploymentContainer") or {}),
            "compute": listed(target.deployment),
            "storage": listed(target.datastores),
            "cpuReservation": target.cpu_reservation,
            "memoryReservation": target.memory_reservation,
        }
        if target.folder:
            place["folder"] = {"cmpId": uuid, "id": target.folder.id, "name": target.folder.name, "type": "Folder"}
        return {
            **raw,
            "name": target.name,
            "services": [{"name": name} for name in sorted(target.services)],
            "compute": listed(target.clusters),
            "deploymentContainer": place,
            "networks": _by_profile(target.networks, raw.get("networks") or []),
            "switches": [{"cmpId": uuid, "id": t.id, "name": t.name, "type": t.type} for t in _by_id(target.switches)],
        }

    def _finish(self, answer: Mapping[str, Any]) -> None:
        task = (answer.get("data") or {}).get("interconnectTaskId")
        if task:
            what = f"the change of compute profile {self._wanted.name}"
            self._hcx.wait_for_task(task, what=what, timeout=self._task.params["wait_timeout"])


def _with_uplink(networks: Mapping[str, frozenset[Thing]]) -> dict[str, frozenset[Thing]]:
    """Management is the uplink where no other network is, as in HCX's own wizard. (HCX reference 10)"""
    return {**networks, "uplink": networks.get("uplink") or networks.get("management") or frozenset()}


def _by_id(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: thing.id)


def _by_profile(networks: Mapping[str, frozenset[Thing]], present: Sequence[Mapping[str, Any]]) -> list[Facts]:
    """One entry for each network profile with all its roles; the same profile twice is refused. (HCX reference 10)"""
    routes = {item["id"]: item.get("staticRoutes") or [] for item in present}
    roles: dict[Thing, list[str]] = {}
    for role, things in sorted(networks.items()):
        for thing in things:
            roles.setdefault(thing, []).append(role)
    return [
        {"id": thing.id, "name": thing.name, "tags": tags, "staticRoutes": routes.get(thing.id, [])}
        for thing, tags in sorted(roles.items(), key=lambda item: item[0].id)
    ]


def _incomplete(target: ComputeProfile) -> list[str]:
    """What a profile cannot do without. (HCX reference 10)"""
    needed = {
        "services": target.services,
        "service_clusters": target.clusters,
        "deployment_clusters or resource_pool": target.deployment,
        "datastores": target.datastores,
    }
    problems = [f"compute profile {target.name} needs {option}" for option, value in needed.items() if not value]
    roles = {role for role in ROLES if target.networks.get(role)}
    problems += [
        f"compute profile {target.name} needs a network profile for {role} with these services"
        for role in missing_networks(tuple(target.services), roles)
    ]
    if NETWORK_EXTENSION in target.services and not target.switches:
        problems.append(f"compute profile {target.name} needs switches for {NETWORK_EXTENSION}")
    return problems


def _chain(change: Change, write: Callable[[], None], outcome: ComputeProfile | None = None) -> Chain:
    return Chain(change.name, (change,), (Step(change, write),), outcome)
