# SPDX-License-Identifier: GPL-3.0-or-later
"""The one waiter: ask again with growing pauses until an answer comes or the deadline passes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import TimedOut
from .progress import Progress

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Pace:
    """Seconds: the first pause, the longest pause, and the factor between two pauses."""

    first: float = 0.25
    longest: float = 10.0
    growth: float = 1.6


def wait_for(
    ask: Callable[[], Answer | None],
    *,
    what: str,
    timeout: float,
    advice: str = "",
    pace: Pace = Pace(),
    progress: Progress | None = None,
    spare: Callable[[], float] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Call ``ask`` until it answers something else than None.

    ``what`` completes the sentence "gave up after 30 s waiting for ..."; ``advice`` says what to do then. ``spare``
    tells after each question for how many seconds at least the one who is asked wants to be left alone.
    Raises `TimedOut`. ``ask`` is called at least once, and once more when the deadline is reached.
    """
    started = clock()
    pause = pace.first
    while True:
        answer = ask()
        if answer is not None:
            return answer
        waited = clock() - started
        if waited >= timeout:
            raise TimedOut(f"gave up after {timeout:g} s waiting for {what}{'; ' + advice if advice else ''}")
        if progress:
            progress.say(f"waiting for {what}, {waited:.0f} of at most {timeout:.0f} s")
        least = spare() if spare else 0.0
        sleep(min(max(pause, least), timeout - waited))
        pause = min(pause * pace.growth, pace.longest)
