# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell a waiting person where a long task is, without flooding the screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Progress:
    """Shows at most one line per ``every`` seconds; short tasks therefore show none."""

    def __init__(
        self,
        show: Callable[[str], None] = lambda text: None,
        *,
        every: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._show = show
        self._every = every
        self._clock = clock
        self._lock = threading.Lock()
        self._shown = clock()

    def say(self, text: str) -> None:
        with self._lock:
            now = self._clock()
            if now - self._shown < self._every:
                return
            self._shown = now
        self._show(text)
