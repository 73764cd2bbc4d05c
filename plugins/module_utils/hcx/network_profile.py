# SPDX-License-Identifier: GPL-3.0-or-later
"""Network profiles of one site: the work of ``hcx_network_profile``. (HCX reference 9, 17)"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..connection import Connection
from ..engine.errors import Refused, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .client import API, Hcx
from .inventory import Inventory, SiteNetwork
from .network_profile_options import VPN_MTU, Range, WantedProfile, parse_profiles

KIND = "network profile"
DEFAULT_MTU = 1500
# Another job works on the profile; it is waited for before anything is planned.
IN_PROGRESS = ("CREATE_IN_PROGRESS", "IN_PROGRESS", "DELETE_IN_PROGRESS", "NOT_REALIZED")
# The last job left the profile useless, whatever its settings say.
BROKEN, WHOLE = "ERROR", "REALIZED"
VPN_NOTE = f"MTU {VPN_MTU}: over a VPN, packets carry the headers of HCX's own tunnel inside those of the VPN"


@dataclass(frozen=True)
class Profile:
    """A network profile; ``raw`` is HCX's own object, sent back whole when it is changed."""

    name: str
    network: str
    network_id: str
    mtu: int
    prefix_length: int
    gateway: str | None
    ranges: tuple[Range, ...]
    dns_servers: tuple[str, ...] = ()
    dns_suffix: str = ""
    roles: tuple[str, ...] = ()
    object_id: str | None = None
    state: str = ""
    job: str | None = None
    error: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def facts(self) -> Facts:
        return {
            "name": self.name,
            "network": self.network,
            "network_id": self.network_id,
            "mtu": self.mtu,
            "prefix_length": self.prefix_length,
            "gateway": self.gateway,
            "ranges": [str(found) for found in self.ranges],
            "dns_servers": list(self.dns_servers),
            "dns_suffix": self.dns_suffix,
            "roles": list(self.roles),
        }

    def saved(self) -> Facts:
        """This profile as plain JSON values; `from_saved` is the way back."""
        return {**asdict(self), "ranges": [[str(found.first), str(found.last)] for found in self.ranges]}

    @classmethod
    def from_saved(cls, saved: Mapping[str, Any]) -> Profile:
        lists = {name: tuple(saved[name]) for name in ("dns_servers", "roles")}
        ranges = [Range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)) for first, last in saved["ranges"]]
        return cls(**{**saved, **lists, "ranges": tuple(ranges)})

    def meets(self, other: Profile) -> bool:
        """Whether both give out an address of one network."""
        shared = (mine.overlaps(theirs) for mine in self.ranges for theirs in other.ranges)
        return self.network_id == other.network_id and any(shared)

    @property
    def subnet(self) -> ipaddress.IPv4Network | None:
        first = self.ranges[0].first if self.ranges else None
        return None if first is None else ipaddress.IPv4Network(f"{first}/{self.prefix_length}", strict=False)


def read_profiles(hcx: Hcx) -> list[Profile]:
    """All profiles of the local site, in one call."""
    body = {"filter": {"ownedBySystem": True, "allowTrunkInterfaces": False}}
    return [_profile(item) for item in hcx.ask(f"{API}/networks", body, action="queryIpUsage")]


def known_profiles(hcx: Hcx, task: Task) -> list[Profile]:
    """All profiles of the local site; in check mode as earlier tasks of the run would have left them."""
    planned = task.run.planned(_key(hcx)) if task.check else None
    return [Profile.from_saved(saved) for saved in planned["profiles"]] if planned else read_profiles(hcx)


def _key(hcx: Hcx) -> str:
    return f"{hcx.address} network profiles"


def _profile(item: Mapping[str, Any]) -> Profile:
    backing: Mapping[str, Any] = next(iter(item.get("backings") or []), {})
    scope: Mapping[str, Any] = next(iter(item.get("ipScopes") or []), {})
    details: Mapping[str, Any] = item.get("jobDetails") or {}
    servers = [scope.get("primaryDns"), scope.get("secondaryDns")]
    ranges = [
        Range(ipaddress.IPv4Address(found["startAddress"]), ipaddress.IPv4Address(found["endAddress"]))
        for found in scope.get("networkIpRanges") or []
    ]
    return Profile(
        name=item["name"],
        network=backing.get("backingName") or backing.get("backingId") or "",
        network_id=backing.get("backingId") or "",
        mtu=item.get("mtu") or DEFAULT_MTU,
        prefix_length=scope.get("prefixLength") or 0,
        gateway=scope.get("gateway") or None,
        ranges=tuple(sorted(ranges)),
        dns_servers=tuple(server for server in servers if server),
        dns_suffix=scope.get("dnsSuffix") or "",
        roles=tuple(sorted(tag.lower() for tag in item.get("recommendationTags") or [])),
        object_id=item["objectId"],
        state=item.get("state") or "",
        job=details.get("lastJobId"),
        error=details.get("errorMessage") or "",
        raw=item,
    )


def ensure_profiles(task: Task) -> Facts:
    """Bring the listed profiles of the site to what is wanted; see the module's RETURN for the result."""
    wanted = parse_profiles(task.params["profiles"])
    connection = Connection.from_params(task.params)
    with Hcx(connection, task.run, task.redactor, task.progress) as hcx:
        resource = NetworkProfiles(hcx, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "profiles": resource.facts()}


class NetworkProfiles:
    """What the engine reconciles: one chain for each listed profile."""

    def __init__(self, hcx: Hcx, wanted: Sequence[WantedProfile], task: Task) -> None:
        self._hcx = hcx
        self._inventory = Inventory(hcx)
        self._wanted = wanted
        self._task = task
        self._actual: list[Profile] = []
        self._outcome: list[Profile] = []
        self._together = False

    def facts(self) -> list[Facts]:
        """The listed profiles as they are now, with the ids that HCX knows them by."""
        listed = {entry.name for entry in self._wanted}
        return [{**one.facts(), "id": one.object_id} for one in self._actual if one.name in listed]

    def read(self, names: Collection[str] | None = None) -> list[Profile]:
        self._actual = known_profiles(self._hcx, self._task)
        listed = {entry.name for entry in self._wanted}
        running = [one for one in self._actual if one.name in listed and one.state in IN_PROGRESS and one.job]
        if running and not self._task.check:
            # An earlier run, or a colleague, has begun; joining the job keeps one profile from being made twice.
            for profile in running:
                self._join(profile)
            self._actual = read_profiles(self._hcx)
        return self._actual

    def plan(self, actual: Sequence[Profile]) -> Sequence[Chain]:
        problems: list[str] = []
        chains = []
        outcome = {one.name: one for one in actual}
        for entry in self._wanted:
            same = [one for one in actual if one.name == entry.name]
            if len(same) > 1:
                problems.append(f"profile {entry.name} exists {len(same)} times; rename or remove all but one")
                continue
            present = same[0] if same else None
            if entry.absent:
                outcome.pop(entry.name, None)
                if present:
                    chains.append(self._removal(present))
                continue
            target = self._target(entry, present, problems)
            if target is not None:
                outcome[entry.name] = target
                _check(entry, target, problems)
                chains += self._change(entry, present, target)
        self._outcome = list(outcome.values())
        _check_overlaps(self._outcome, {entry.name for entry in self._wanted}, problems)
        ordered = self._in_order(chains, actual, problems)
        refuse_if(problems)
        return ordered

    def _in_order(self, chains: Sequence[Chain], actual: Sequence[Profile], problems: list[str]) -> Sequence[Chain]:
        """One chain for all, where a profile gets addresses that another one of the task has to release first."""
        by_name = {chain.name: chain for chain in chains}
        targets = {one.name: one for one in self._outcome}
        givers = {
            name: {
                giver.name
                for giver in actual
                if giver.name in by_name and giver.name != name and name in targets and targets[name].meets(giver)
            }
            for name in by_name
        }
        # Afterwards it is judged as it was made: in one.
        self._together = self._together or any(givers.values())
        if not (chains and self._together):
            return chains
        try:
            ordered = [by_name[name] for name in TopologicalSorter(givers).static_order()]
        except CycleError as cycle:
            names = " and ".join(sorted(set(cycle.args[1])))
            problems.append(f"profiles {names} exchange addresses; let one of them release its own in a task before")
            return chains
        changes = tuple(change for chain in ordered for change in chain.changes)
        return [Chain(f"{KIND}s", changes, tuple(step for chain in ordered for step in chain.steps))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Later tasks of the run continue from the profiles as this task would leave them."""
        self._task.run.plan(_key(self._hcx), {"profiles": [one.saved() for one in self._outcome]})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(_key(self._hcx))

    def _target(self, entry: WantedProfile, present: Profile | None, problems: list[str]) -> Profile | None:
        network: SiteNetwork | None = None
        if entry.network is not None:
            found = self._inventory.find_network(entry.network, entry.network_type)
            if isinstance(found, str):
                problems.append(f"{entry.label}: {found}")
                return None
            network = found
        if present is None:
            needed = {"network": network, "prefix_length": entry.prefix_length, "ranges": entry.ranges}
            missing = [option for option, value in needed.items() if value is None]
            if missing:
                problems.append(f"{entry.label} is new and needs {', '.join(missing)}")
                return None
            present = Profile(entry.name, "", "", DEFAULT_MTU, 0, None, ())
        if network and network.id != present.network_id:
            # Only then: HCX keeps the name that a network had when the profile was written.
            present = replace(present, network=network.name, network_id=network.id)
        return replace(
            present,
            state=WHOLE,
            mtu=_stated(entry.mtu, present.mtu),
            prefix_length=_stated(entry.prefix_length, present.prefix_length),
            gateway=_stated(entry.gateway, present.gateway),
            ranges=_stated(entry.ranges, present.ranges),
            dns_servers=_stated(entry.dns_servers, present.dns_servers),
            dns_suffix=_stated(entry.dns_suffix, present.dns_suffix),
            roles=_stated(entry.roles, present.roles),
        )

    def _change(self, entry: WantedProfile, present: Profile | None, target: Profile) -> list[Chain]:
        new_mtu = present is None or present.mtu != target.mtu
        notes = (VPN_NOTE,) if entry.over_vpn and new_mtu and target.mtu == VPN_MTU else ()
        if present is None:
            after = {name: value for name, value in target.facts().items() if value not in (None, [], "")}
            change = Change("create", KIND, entry.name, {}, after, notes)
            return [_chain(change, lambda: self._create(target, entry.network_type))]
        before, after = differing(present.facts(), target.facts())
        if present.state == BROKEN:
            before, after = {**before, "state": BROKEN}, {**after, "state": WHOLE}
            notes = (*notes, f"its last job failed: {present.error or 'HCX gives no reason'}")
        if not after:
            return []
        if "mtu" in after:
            notes = (*notes, "appliances follow after their service meshes are synchronised again")
        change = Change("update", KIND, entry.name, before, after, notes)
        return [_chain(change, lambda: self._update(target))]

    def _removal(self, present: Profile) -> Chain:
        change = Change("remove", KIND, present.name, present.facts(), {})
        path = f"{API}/networks/{present.object_id}"
        return _chain(change, lambda: self._finish(self._hcx.write("DELETE", path), present.name))

    def _create(self, target: Profile, kind: str | None) -> None:
        """Creation has a path of its own, on the same port. (HCX reference 3.4)"""
        network = self._inventory.find_network(target.network_id, kind)
        body = {
            "name": target.name,
            "description": "",
            "organization": "DEFAULT",
            "l3TenantManaged": False,
            "ownedBySystem": True,
            "mtu": target.mtu,
            "backings": [self._backing(target, network)],
            "ipScopes": [_scope(target, {"poolId": ""})],
            "recommendationTags": list(target.roles),
        }
        self._finish(self._hcx.write("POST", "/admin/hybridity/api/networks", body), target.name)

    def _update(self, target: Profile) -> None:
        """The whole object goes back, with its pool id, or HCX takes the pool for a new one. (HCX reference 9)"""
        body = copy.deepcopy(dict(target.raw))
        scope: Facts = next(iter(body.get("ipScopes") or []), {})
        backing: Facts = next(iter(body.get("backings") or []), {})
        if backing.get("backingId") != target.network_id:
            body["backings"] = [self._backing(target, self._inventory.find_network(target.network_id, None))]
        body |= {"mtu": target.mtu, "l3TenantManaged": False, "recommendationTags": list(target.roles)}
        body["ipScopes"] = [_scope(target, scope), *(body.get("ipScopes") or [])[1:]]
        self._finish(self._hcx.write("PUT", f"{API}/networks/{target.object_id}", body), target.name)

    def _backing(self, target: Profile, network: SiteNetwork | str) -> Facts:
        if isinstance(network, str):
            raise ValueError(network)
        return {
            "backingId": target.network_id,
            "backingName": target.network,
            "type": network.type,
            "vCenterInstanceUuid": self._inventory.vcenter_uuid,
        }

    def _finish(self, answer: Mapping[str, Any], name: str) -> None:
        job = (answer.get("data") or {}).get("jobId")
        if job:
            self._wait(job, name)

    def _join(self, profile: Profile) -> None:
        """A job of others that fails is no failure of this task: what it has left undone is planned like all else."""
        with suppress(Refused):
            self._wait(profile.job, profile.name)

    def _wait(self, job: str | None, name: str) -> None:
        if job:
            self._hcx.wait_for_job(
                job, what=f"the change of network profile {name}", timeout=self._task.params["wait_timeout"]
            )


def _stated(option: Any, present: Any) -> Any:
    return present if option is None else option


def _scope(target: Profile, scope: Mapping[str, Any]) -> Facts:
    servers = [*target.dns_servers, None, None]
    stated = {
        "gateway": target.gateway,
        "primaryDns": servers[0],
        "secondaryDns": servers[1],
        "dnsSuffix": target.dns_suffix or None,
    }
    kept = {name: value for name, value in scope.items() if name not in stated}
    return {
        **kept,
        **{name: value for name, value in stated.items() if value is not None},
        "prefixLength": target.prefix_length,
        "networkIpRanges": [
            {"startAddress": str(found.first), "endAddress": str(found.last)} for found in target.ranges
        ],
    }


def _check(entry: WantedProfile, target: Profile, problems: list[str]) -> None:
    subnet = target.subnet
    if subnet is None:
        return
    outside = [found for found in target.ranges if found.last not in subnet or found.first not in subnet]
    problems += [f"{entry.label}: range {found} is not inside {subnet}" for found in outside]
    if target.gateway:
        gateway = ipaddress.IPv4Address(target.gateway)
        if gateway not in subnet:
            problems.append(f"{entry.label}: gateway {gateway} is not inside {subnet}")
        if any(found.first <= gateway <= found.last for found in target.ranges):
            problems.append(f"{entry.label}: gateway {gateway} lies in a range that appliances take addresses from")


def _check_overlaps(profiles: Collection[Profile], listed: set[str], problems: list[str]) -> None:
    """Two profiles must not give out one address, where at least one of them is this task's."""
    ordered = sorted(profiles, key=lambda profile: profile.name)
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if not {one.name, other.name} & listed or one.network_id != other.network_id:
                continue
            shared = [(mine, theirs) for mine in one.ranges for theirs in other.ranges if mine.overlaps(theirs)]
            problems += [
                f"range {mine} of profile {one.name} overlaps {theirs} of profile {other.name} in the same network"
                for mine, theirs in shared
            ]


def _chain(change: Change, write: Callable[[], None]) -> Chain:
    return Chain(change.name, (change,), (Step(change, write),))
