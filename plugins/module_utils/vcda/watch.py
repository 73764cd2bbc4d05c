# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch many replications while several threads wait: one bulk read serves all, and one line tells of all."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from ..engine.progress import Progress
from .client import POLLING, Vcda
from .replications import Replication, read_replications

GIB = 1024**3
MOST_NAMES = 3


class Watch:
    """Replications from one source site, never older than the shortest pause between two questions."""

    def __init__(self, vcda: Vcda, site: str, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._vcda = vcda
        self._site = site
        self._progress = progress
        self._clock = clock
        self._lock = threading.Lock()
        self._began: float | None = None
        self._listed: list[Replication] = []
        self._watched: set[str] = set()
        self._first: dict[str, tuple[float, int]] = {}

    def now(self) -> float:
        """A moment for ``since``."""
        return self._clock()

    def look(self, watched: Collection[str] = (), *, since: float | None = None) -> list[Replication]:
        """All replications; those of ``watched`` (virtual machines' ids) are told about while they take their time.

        What was read before ``since`` is read again: somebody who has just changed something must not see it as before.
        """
        with self._lock:
            self._watched.update(watched)
            now = self._clock()
            old = self._began is None or now - self._began >= POLLING.first
            if old or (since is not None and self._began is not None and self._began < since):
                self._began = now
                self._listed = read_replications(self._vcda, self._site)
                self._tell(now)
            return self._listed

    def _tell(self, now: float) -> None:
        seen = [one for one in self._listed if one.vm_id in self._watched and one.is_migration]
        for one in seen:
            if one.progress is not None:
                self._first.setdefault(one.id, (now, one.progress))
        left = [seconds for one in seen if (seconds := self._left(one, now)) is not None]
        if seen:
            self._progress.say(summary_line(seen, max(left, default=None)))

    def _left(self, one: Replication, now: float) -> float | None:
        """Seconds until the first synchronisation ends, as far as its pace tells."""
        if one.state != "syncing" or one.progress is None:
            return None
        began, at = self._first[one.id]
        made = one.progress - at
        return (now - began) * (100 - one.progress) / made if made > 0 else None


def summary_line(seen: Sequence[Replication], seconds_left: float | None) -> str:
    """Such as "8 migrations: 3 cutover ready, 5 syncing (41 % of 320.0 GiB, about 12 min left)"."""
    states = Counter(one.state for one in seen)
    parts = []
    for state, number in states.items():
        syncing = [one for one in seen if one.state == "syncing"] if state == "syncing" else []
        parts.append(f"{number} {state.replace('_', ' ')}{_detail(syncing, seconds_left)}")
    behind = [one.vm_name for one in seen if one.violation]
    if behind:
        more = f" and {len(behind) - MOST_NAMES} more" if len(behind) > MOST_NAMES else ""
        parts.append(f"behind their RPO: {', '.join(behind[:MOST_NAMES])}{more}")
    return f"{len(seen)} {'migration' if len(seen) == 1 else 'migrations'}: {', '.join(parts)}"


def _detail(syncing: Sequence[Replication], seconds_left: float | None) -> str:
    told = [one for one in syncing if one.progress is not None]
    if not told:
        return ""
    percent = sum(one.progress or 0 for one in told) / len(told)
    size = sum(one.size or 0 for one in told)
    of = f" of {size / GIB:.1f} GiB" if size else ""
    left = "" if seconds_left is None else f", about {max(1, round(seconds_left / 60))} min left"
    return f" ({percent:.0f} %{of}{left})"
