# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress


@given(st.lists(st.floats(0, 4), max_size=40))
def test_lines_are_never_closer_than_the_interval(pauses: list[float]) -> None:
    now = 0.0
    shown: list[float] = []
    progress = Progress(lambda text: shown.append(now), every=3, clock=lambda: now)
    for pause in pauses:
        now += pause
        progress.say("still here")
    assert all(later - earlier >= 3 for earlier, later in zip([0.0, *shown], shown, strict=False))


def test_a_short_task_shows_nothing_and_a_long_one_its_latest_state() -> None:
    now = 0.0
    shown: list[str] = []
    progress = Progress(shown.append, every=3, clock=lambda: now)
    for now in (1.0, 2.9, 3.0, 4.0, 6.5):
        progress.say(f"at {now}")
    assert shown == ["at 3.0", "at 6.5"]
