# SPDX-License-Identifier: GPL-3.0-or-later
"""The moves of a migration, each with the hosts that may take part in it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .host_paths import Host, flaw_of
from .migration_table import CLONE, SNAPSHOT, STORAGE
from .problems import Problems

# What cannot end in another vCenter.
STAY_IN_THEIR_VCENTER = (STORAGE, SNAPSHOT)
# What needs no other host.
STAY_ON_THEIR_HOST = (STORAGE, SNAPSHOT, CLONE)


@dataclass(frozen=True)
class Move:
    """One VM's move. `destination` is empty when the VM stays on its host."""

    vm: str
    scope: str
    powered_on: bool
    source: tuple[Host, ...]
    destination: tuple[Host, ...]
    other_vcenter: bool

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts that may take part, each once."""
        return tuple(dict.fromkeys((*self.source, *self.destination)))


class Inventory:
    """The hosts of one vCenter, found by name or by cluster; `option` is how the user knows their facts."""

    def __init__(self, option: str, facts: Sequence[Mapping[str, Any]]) -> None:
        self.option = option
        problems = [
            f"{option}[{number}] is no host as esxi_vmkernel_info returns it: {flaw}."
            for number, item in enumerate(facts)
            if (flaw := flaw_of(item))
        ]
        if problems:
            raise Problems(problems)
        self.hosts = tuple(Host(item) for item in facts)

    def host(self, name: str) -> tuple[Host, ...]:
        return self._found("host", name, {host.name: (host,) for host in self.hosts})

    def cluster(self, name: str) -> tuple[Host, ...]:
        members: dict[str, tuple[Host, ...]] = {}
        for host in self.hosts:
            if host.cluster:
                members[host.cluster] = (*members.get(host.cluster, ()), host)
        return self._found("cluster", name, members)

    def _found(self, kind: str, name: str, known: Mapping[str, tuple[Host, ...]]) -> tuple[Host, ...]:
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, sorted(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise Problems([f"{kind} {name} is not in {self.option}, which has {len(self.hosts)} hosts{hint}"])


def resolve(options: Sequence[Mapping[str, Any]], here: Inventory, there: Inventory) -> list[Move]:
    """The moves with their hosts: `here` is the source's vCenter, `there` the other one.

    Raises Problems with every move that cannot be understood.
    """
    moves, problems = [], []
    for number, option in enumerate(options):
        try:
            moves.append(_move(option, here, there))
        except Problems as found:
            problems += [f"moves[{number}] ({option['vm']}): {sentence}" for sentence in found.sentences]
    if problems:
        raise Problems(problems)
    return moves


def _move(option: Mapping[str, Any], here: Inventory, there: Inventory) -> Move:
    source = _place("source", option, here)
    if not source:
        raise Problems(["neither source_host nor source_cluster is given."])
    other_vcenter = option.get("destination_vcenter") == "other"
    if other_vcenter and option["scope"] in STAY_IN_THEIR_VCENTER:
        raise Problems([f"{option['scope']} cannot end in another vCenter; use the scope both."])
    destination = _place("destination", option, there if other_vcenter else here)
    if not destination:
        destination = _default_destination(option["scope"], source, there if other_vcenter else None)
    if destination == source and len(source) == 1:
        if option["scope"] not in STAY_ON_THEIR_HOST:
            raise Problems([f"{source[0].name} is both source and destination."])
        destination = ()
    if option["scope"] == SNAPSHOT and destination:
        raise Problems(["a snapshot stays on its host and has no destination."])
    return Move(option["vm"], option["scope"], option["powered_on"], source, destination, other_vcenter)


def _place(side: str, option: Mapping[str, Any], inventory: Inventory) -> tuple[Host, ...]:
    """The hosts of one side; none when the move names neither a host nor a cluster for it."""
    host, cluster = option.get(f"{side}_host"), option.get(f"{side}_cluster")
    if host and cluster:
        raise Problems([f"{side}_host and {side}_cluster are both given; one of them is enough."])
    if host:
        return inventory.host(host)
    return inventory.cluster(cluster) if cluster else ()


def _default_destination(scope: str, source: tuple[Host, ...], there: Inventory | None) -> tuple[Host, ...]:
    """Any host of the other vCenter; inside one vCenter the VM stays on its host, or moves within its cluster."""
    if there is not None:
        if not there.hosts:
            raise Problems([f"the destination is in the other vCenter, but {there.option} is empty."])
        return there.hosts
    if scope in STAY_ON_THEIR_HOST:
        return ()
    if len(source) == 1:
        raise Problems(
            [f"scope {scope} moves the VM to another host, so destination_host or destination_cluster is needed."]
        )
    return source
