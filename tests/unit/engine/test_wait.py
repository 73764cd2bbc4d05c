# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import TimedOut
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace, wait_for


@dataclass
class Time:
    """A clock that only moves when somebody sleeps, or while an answer takes its time."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def wait_on(time: Time, answer_at: float | None, timeout: float, pace: Pace, duration: float = 0.0) -> list[float]:
    """Wait for an answer that is there from second `answer_at` on; returns when was asked."""
    asked: list[float] = []

    def ask() -> bool | None:
        asked.append(time.now)
        time.now += duration
        return True if answer_at is not None and asked[-1] >= answer_at else None

    wait_for(ask, what="the lamp", timeout=timeout, pace=pace, clock=time.clock, sleep=time.sleep)
    return asked


PACES = st.builds(
    Pace,
    first=st.floats(0.01, 5),
    longest=st.floats(0.5, 30),
    growth=st.floats(1, 4),
)


@given(timeout=st.floats(0.1, 120), pace=PACES)
def test_it_never_sleeps_past_the_deadline_and_asks_once_more_at_it(timeout: float, pace: Pace) -> None:
    time = Time()
    asked: list[float] = []
    with pytest.raises(TimedOut):
        wait_for(
            lambda: asked.append(time.now),
            what="the lamp",
            timeout=timeout,
            pace=pace,
            clock=time.clock,
            sleep=time.sleep,
        )
    assert asked[0] == 0
    assert time.now == pytest.approx(timeout)
    assert asked[-1] == time.now
    assert all(pause > 0 for pause in time.pauses)


@given(timeout=st.floats(1, 120), pace=PACES, share=st.floats(0, 0.99))
def test_an_answer_in_time_is_found_within_one_pause(timeout: float, pace: Pace, share: float) -> None:
    time = Time()
    answer_at = share * timeout
    asked = wait_on(time, answer_at, timeout, pace)
    assert asked[-1] >= answer_at
    assert asked[-1] - answer_at <= max(pace.first, pace.longest)


@given(timeout=st.floats(1, 60), duration=st.floats(0.1, 100))
def test_slow_answers_do_not_prolong_the_wait_by_more_than_one_answer(timeout: float, duration: float) -> None:
    time = Time()
    with pytest.raises(TimedOut):
        wait_on(time, None, timeout, Pace(), duration)
    assert time.now <= timeout + 2 * duration


def test_pauses_grow_up_to_the_longest() -> None:
    time = Time()
    wait_on(time, 30.0, 60.0, Pace(first=1, longest=8, growth=2))
    assert time.pauses == [1, 2, 4, 8, 8, 8]


def test_what_is_there_needs_no_sleep() -> None:
    time = Time()
    assert wait_on(time, 0.0, 60.0, Pace()) == [0.0]
    assert time.pauses == []


def test_an_answer_may_be_false_or_empty() -> None:
    assert wait_for(lambda: 0, what="a number", timeout=1) == 0


@pytest.mark.parametrize(
    ("advice", "sentence"),
    [
        ("", "gave up after 30 s waiting for the lamp"),
        ("look at the fuse", "gave up after 30 s waiting for the lamp; look at the fuse"),
    ],
)
def test_giving_up_says_for_what_and_what_to_do(advice: str, sentence: str) -> None:
    time = Time()
    with pytest.raises(TimedOut) as gave_up:
        wait_for(lambda: None, what="the lamp", timeout=30, advice=advice, clock=time.clock, sleep=time.sleep)
    assert str(gave_up.value) == sentence


def test_a_long_wait_shows_how_long_it_may_last() -> None:
    time = Time()
    shown: list[str] = []
    progress = Progress(shown.append, every=3, clock=time.clock)
    with pytest.raises(TimedOut):
        wait_for(
            lambda: None,
            what="the lamp",
            timeout=10,
            pace=Pace(first=4, growth=1),
            progress=progress,
            clock=time.clock,
            sleep=time.sleep,
        )
    assert shown == ["waiting for the lamp, 4 of at most 10 s", "waiting for the lamp, 8 of at most 10 s"]


def test_one_who_wants_to_be_left_alone_is_left_alone() -> None:
    time = Time()
    wishes = iter([7.0, 0.0, 3.0, 0.0, 0.0])
    with pytest.raises(TimedOut):
        wait_for(
            lambda: None,
            what="the lamp",
            timeout=12,
            pace=Pace(first=1, growth=1),
            spare=lambda: next(wishes),
            clock=time.clock,
            sleep=time.sleep,
        )
    assert time.pauses == [7.0, 1, 3.0, 1]
