# SPDX-License-Identifier: GPL-3.0-or-later
"""How time, memory and calls of one task grow with the number of hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .lab_process import LabProcess
from .measure import Measurement, measure
from .site import host_names, our_info, our_tasks, ours


@dataclass(frozen=True)
class Growth:
    """A run on a number of hosts, and what each host beyond the smallest number added (None for that one)."""

    title: str
    hosts: int
    run: Measurement
    more_ms: float | None = None
    more_kib: float | None = None


def measure_size(hosts: int) -> list[Growth]:
    """One task for all hosts of a lab: read, build three adapters on each host, look at them again."""
    with LabProcess(hosts) as lab:
        adapters = ours(lab, our_tasks(host_names(hosts))[:1])
        return [
            Growth("read", hosts, measure(lab, ours(lab, our_info()))),
            Growth("build", hosts, measure(lab, adapters)),
            Growth("unchanged re-run", hosts, measure(lab, adapters)),
        ]


def growth(sizes: Sequence[list[Growth]]) -> Iterator[Growth]:
    """The runs of all sizes, smallest first, sorted by what they do and compared with the smallest."""
    for first, *others in zip(*sizes, strict=True):
        yield first
        for now in others:
            more = now.hosts - first.hosts
            yield Growth(
                now.title,
                now.hosts,
                now.run,
                more_ms=(now.run.seconds - first.run.seconds) / more * 1000,
                more_kib=(now.run.mebibytes - first.run.mebibytes) / more * 1024,
            )
