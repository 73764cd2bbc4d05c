# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster built, looked at again and read: by our modules and by the peer's, on the same lab in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .lab_process import LabProcess
from .measure import Measurement, measure
from .site import (
    host_by_host,
    host_names,
    in_one_loop,
    our_info,
    our_tasks,
    ours,
    peer,
    peer_info,
    peer_tasks,
)

FORKS = 5
Run = Callable[[], Measurement]


class NotTheSame(Exception):
    """Both sides were asked for the same and left something different."""


@dataclass(frozen=True)
class Work:
    """One side's three runs."""

    converge: Measurement
    again: Measurement
    info: Measurement


@dataclass(frozen=True)
class Row:
    """A run of one side, and how many times as much as ours it took."""

    title: str
    side: str
    run: Measurement
    slower: float
    more_calls: float
    larger: float


@dataclass(frozen=True)
class Versus:
    """`loop`: the peer's modules in one loop over everything; `forks`: ESXi hosts as Ansible's, five at a time."""

    hosts: int
    latency_ms: float
    ours: Work
    loop: Work
    forks: Work

    def faster(self, run: str) -> float:
        """How many times faster ours is than the peer's loop; `run` is converge, again or info."""
        theirs, mine = (getattr(work, run).seconds for work in (self.loop, self.ours))
        return float(theirs / mine)

    def rows(self) -> Iterator[Row]:
        for name, title in (("converge", "build"), ("again", "unchanged re-run"), ("info", "read")):
            mine: Measurement = getattr(self.ours, name)
            for side, work in (("ours", self.ours), ("loop", self.loop), ("forks", self.forks)):
                run: Measurement = getattr(work, name)
                yield Row(
                    title if work is self.ours else "",
                    side,
                    run,
                    slower=run.seconds / mine.seconds,
                    more_calls=run.calls / mine.calls,
                    larger=run.mebibytes / mine.mebibytes,
                )


def compare(lab: LabProcess, hosts: int, latency_ms: float) -> Versus:
    """NotTheSame unless all three ways leave the hosts in the same state and find nothing to change afterwards."""
    names = host_names(hosts)
    one_loop, by_host = in_one_loop(names), host_by_host(names)
    forks = ("--forks", str(FORKS))

    def work(converge: Run, info: Run) -> tuple[Work, list[object]]:
        lab.control.reset()
        lab.control.set_latency(latency_ms)
        done = Work(converge(), converge(), info())
        lab.control.set_latency(0)
        if done.again.changed:
            raise NotTheSame("a second run changed something")
        return done, [lab.control.host(name) for name in names]

    mine, wanted = work(
        lambda: measure(lab, ours(lab, our_tasks(names))),
        lambda: measure(lab, ours(lab, our_info())),
    )
    loop, by_loop = work(
        lambda: measure(lab, peer(lab, peer_tasks()), hosts=one_loop),
        lambda: measure(lab, peer(lab, peer_info()), hosts=one_loop),
    )
    forked, by_forks = work(
        lambda: measure(lab, peer(lab, peer_tasks()), *forks, hosts=by_host),
        lambda: measure(lab, peer(lab, peer_info()), *forks, hosts=by_host),
    )
    if not wanted == by_loop == by_forks:
        raise NotTheSame("the hosts differ")
    return Versus(hosts, latency_ms, mine, loop, forked)
