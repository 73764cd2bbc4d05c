# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of a service mesh: their compute profiles, switches and uplink networks by name. (HCX reference 7.9, 11)

In check mode an end may exist only in the plan of earlier tasks. Its names are then taken as they are, and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..task import Task
from .client import API, Hcx
from .compute_inventory import Thing
from .compute_profile import ComputeProfile, known_compute_profiles, read_compute_profiles
from .inventory import Inventory
from .network_profile import known_profiles
from .site_pairing import Pairing, is_planned, read_pairings


@dataclass(frozen=True)
class Site:
    """One end. ``planned`` means that it cannot be asked yet, so that names stand for ids."""

    endpoint_id: str
    name: str
    profiles: Sequence[ComputeProfile] = ()
    list_networks: Callable[[], Sequence[Thing]] = tuple
    planned: bool = False

    @cached_property
    def networks(self) -> Sequence[Thing]:
        """Network profiles; asked for only where a mesh names uplinks of its own."""
        return self.list_networks()

    def profile(self, name: str, problems: list[str]) -> ComputeProfile | None:
        found = [profile for profile in self.profiles if name in (profile.name, profile.profile_id)]
        if self.planned and not found:
            return ComputeProfile(name, profile_id=planned_id(name))
        if len(found) == 1:
            return found[0]
        known = ", ".join(sorted(profile.name for profile in self.profiles)) or "none"
        problems.append(f"site {self.name} has {len(found) or 'no'} compute profile {name}; there is: {known}")
        return None

    def switch(self, name: str, profile: ComputeProfile, problems: list[str]) -> Thing | None:
        found = [switch for switch in profile.switches if name in (switch.name, switch.id)]
        if self.planned and not found:
            return Thing(planned_id(name), name, "")
        if len(found) == 1:
            return found[0]
        known = ", ".join(sorted(str(switch) for switch in profile.switches)) or "none"
        problems.append(f"compute profile {profile.name} of site {self.name} has no switch {name}; there is: {known}")
        return None

    def network(self, name: str, problems: list[str]) -> Thing | None:
        found = [network for network in self.networks if name in (network.name, network.id)]
        if self.planned and not found:
            return Thing(planned_id(name), name, "network profile")
        if len(found) == 1:
            return found[0]
        known = ", ".join(sorted(network.name for network in self.networks)) or "none"
        problems.append(f"site {self.name} has {len(found) or 'no'} network profile {name}; there is: {known}")
        return None


def planned_id(name: str) -> str:
    """Stands for the id of something that check mode has only planned."""
    return f"planned {name}"


class MeshSites:
    """The local site, and the remote one of a pairing."""

    def __init__(self, hcx: Hcx, task: Task) -> None:
        self._hcx = hcx
        self._task = task

    def local(self) -> Site:
        inventory = Inventory(self._hcx)
        profiles = known_compute_profiles(self._hcx, self._task)

        def networks() -> list[Thing]:
            known = known_profiles(self._hcx, self._task)
            return [Thing(one.object_id or planned_id(one.name), one.name, "network profile") for one in known]

        return Site(inventory.endpoint_id, inventory.name, profiles, networks)

    def remote(self, url: str | None, problems: list[str]) -> Site | None:
        """The paired site of this URL, or the only one. One that check mode has only planned is taken by its URL."""
        pairings = read_pairings(self._hcx)
        found = [pairing for pairing in pairings if url in (None, pairing.url)]
        if len(found) == 1:
            return self._paired(found[0])
        if not found and url and self._task.check and is_planned(self._hcx, self._task, url):
            return Site(planned_id(url), url, planned=True)
        known = ", ".join(pairing.url for pairing in pairings) or "none"
        if found:
            problems.append(f"this manager is paired with several sites ({known}); give remote_url")
        else:
            problems.append(f"this manager is not paired with {url or 'any site'}; pairings: {known}")
        return None

    def _paired(self, pairing: Pairing) -> Site:
        query = {"endpointId": pairing.endpoint_id}
        profiles = read_compute_profiles(self._hcx, **query)

        def networks() -> list[Thing]:
            items: list[dict[str, Any]] = self._hcx.get(f"{API}/networks", **query)
            return [Thing(item["objectId"], item["name"], "network profile") for item in items]

        return Site(pairing.endpoint_id, pairing.name, profiles, networks)
