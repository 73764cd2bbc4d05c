# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request the simulators answered: what a test counts to prove how many round trips a client makes."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass

LIMIT = 100_000


@dataclass(frozen=True)
class Entry:
    """`name` is the operation (a SOAP method, or "GET /path"); `error` the fault's name; `host` whom it concerned."""

    number: int
    time: float
    service: str
    name: str
    user: str | None
    status: int
    milliseconds: float
    host: str | None = None
    error: str | None = None


class RequestLog:
    """Keeps the newest 100,000 entries."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LIMIT)
        self._number = 0
        self._lock = threading.Lock()

    def add(
        self,
        time: float,
        service: str,
        name: str,
        user: str | None,
        status: int,
        milliseconds: float,
        host: str | None = None,
        error: str | None = None,
    ) -> None:
        with self._lock:
            self._number += 1
            self._entries.append(Entry(self._number, time, service, name, user, status, milliseconds, host, error))

    def entries(
        self,
        service: str | None = None,
        name: str | None = None,
        user: str | None = None,
        host: str | None = None,
        since: int = 0,
    ) -> list[Entry]:
        """Oldest first; `since` leaves out entries up to that number."""
        wanted = (("service", service), ("name", name), ("user", user), ("host", host))
        with self._lock:
            entries = list(self._entries)
        return [e for e in entries if e.number > since and all(v is None or getattr(e, key) == v for key, v in wanted)]

    def counts(self, service: str | None = None) -> dict[str, int]:
        """Operation name to number of requests, most frequent first."""
        return dict(Counter(e.name for e in self.entries(service)).most_common())

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
