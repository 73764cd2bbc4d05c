# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    ApplyFailed,
    InvalidInput,
    Refused,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.plan import Chain, Change, Facts, Step
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.reconcile import reconcile

Write = Callable[[], str | None]


@dataclass
class Lamps:
    """Lamps in rooms: the plan switches every wanted lamp on, one step for each, one chain for each room.

    `writes` replaces the write of "room/lamp"; `extra` are changes without a step; `seen` is what a user would see
    happen; `reads` is which rooms were looked at.
    """

    rooms: dict[str, dict[str, bool]]
    writes: dict[str, Write] = field(default_factory=dict)
    extra: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    failing_read: int | None = None
    seen: list[str] = field(default_factory=list)
    reads: list[Collection[str] | None] = field(default_factory=list)
    pretended: list[str] = field(default_factory=list)

    def read(self, names: Collection[str] | None = None) -> dict[str, dict[str, bool]]:
        self.reads.append(names)
        if len(self.reads) == self.failing_read:
            raise Refused("the light went out", service_code="Dark")
        return {room: dict(lamps) for room, lamps in self.rooms.items() if names is None or room in names}

    def plan(self, state: dict[str, dict[str, bool]]) -> Sequence[Chain]:
        return [self._chain(room, lamps) for room, lamps in state.items()]

    def pretend(self, chains: Sequence[Chain]) -> None:
        self.pretended += [chain.name for chain in chains]

    def forget(self, chains: Sequence[Chain]) -> None:
        self.pretended = [name for name in self.pretended if name not in {chain.name for chain in chains}]

    def _chain(self, room: str, lamps: dict[str, bool]) -> Chain:
        changes = [lamp_on(room, lamp) for lamp, on in lamps.items() if not on]
        steps = [Step(change, self._write(room, change.name)) for change in changes]
        extra = self.extra.get(room, ()) if changes else ()
        return Chain(room, (*changes, *extra), tuple(steps))

    def _write(self, room: str, name: str) -> Write:
        def switch_on() -> None:
            self.seen.append(name)
            self.rooms[room][name.partition("/")[2]] = True

        return self.writes.get(name, switch_on)


def lamp_on(room: str, lamp: str) -> Change:
    return Change("update", "lamp", f"{room}/{lamp}", {"on": False}, {"on": True})


def refusing(sentence: str, **facts: Any) -> Write:
    def write() -> None:
        raise Refused(sentence, **facts)

    return write


def names(facts: dict[str, Any]) -> list[str]:
    return [change["name"] for change in facts["changes"]]


def apply(lamps: Lamps) -> dict[str, Any]:
    return reconcile(lamps, check=False, progress=Progress())


def failure(lamps: Lamps) -> ApplyFailed:
    with pytest.raises(ApplyFailed) as failed:
        apply(lamps)
    return failed.value


def test_check_mode_tells_what_a_real_run_does_and_writes_nothing() -> None:
    lamps = Lamps({"hall": {"left": False, "right": True}, "attic": {"only": True}})
    promised = reconcile(lamps, check=True, progress=Progress())
    assert lamps.seen == []
    assert lamps.reads == [None]
    assert promised == apply(lamps)
    assert lamps.seen == ["hall/left"]


def test_check_mode_remembers_the_outcome_of_chains_that_change_something() -> None:
    lamps = Lamps({"hall": {"left": False}, "attic": {"only": True}})
    reconcile(lamps, check=True, progress=Progress())
    assert lamps.pretended == ["hall"]


def test_a_real_run_pretends_nothing() -> None:
    lamps = Lamps({"hall": {"left": False}})
    apply(lamps)
    assert lamps.pretended == []


def test_nothing_to_do_reads_once() -> None:
    lamps = Lamps({"hall": {"left": True}})
    assert apply(lamps)["changed"] is False
    assert lamps.reads == [None]


def test_only_what_was_changed_is_read_again() -> None:
    lamps = Lamps({"hall": {"left": False}, "attic": {"only": True}})
    reconcile(lamps, check=False, progress=Progress())
    assert lamps.reads == [None, ["hall"]]


def test_chains_run_at_the_same_time() -> None:
    rooms = [f"room{number}" for number in range(8)]
    all_there = Barrier(len(rooms), timeout=10)
    lamps = Lamps({room: {"lamp": False} for room in rooms})

    def meeting(room: str) -> Write:
        def write() -> None:
            all_there.wait()
            lamps.rooms[room]["lamp"] = True

        return write

    lamps.writes = {f"{room}/lamp": meeting(room) for room in rooms}
    assert names(apply(lamps)) == [f"{room}/lamp" for room in rooms]


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_chains_run_at_the_same_time_than_asked_for(parallel: int) -> None:
    rooms = [f"room{number}" for number in range(9)]
    full = Barrier(parallel, timeout=10)
    lamps = Lamps({room: {"lamp": False} for room in rooms})
    inside: list[str] = []
    most = [0]

    def counted(room: str) -> Write:
        def write() -> None:
            inside.append(room)
            full.wait()
            most[0] = max(most[0], len(inside))
            full.wait()
            inside.remove(room)
            lamps.rooms[room]["lamp"] = True

        return write

    lamps.writes = {f"{room}/lamp": counted(room) for room in rooms}
    reconcile(lamps, check=False, progress=Progress(), parallel=parallel)
    assert most == [parallel]


def test_a_chain_stops_at_its_first_failure_and_the_others_go_on() -> None:
    lamps = Lamps(
        {"hall": {"one": False, "two": False, "three": False}, "attic": {"only": False}},
        writes={"hall/two": refusing("no bulb", hint="buy one")},
    )
    error = failure(lamps)
    assert sorted(lamps.seen) == ["attic/only", "hall/one"]
    assert names(error.facts) == ["hall/one", "attic/only"]
    assert error.facts["changed"] is True
    assert str(error) == "could not update lamp hall/two: no bulb"
    assert error.facts["failed_changes"] == [
        {
            "chain": "hall",
            "action": "update",
            "kind": "lamp",
            "name": "hall/two",
            "before": {"on": False},
            "after": {"on": True},
            "error": "no bulb",
            "hint": "buy one",
        }
    ]


def test_several_failures_are_counted_in_the_sentence_and_listed_beside_it() -> None:
    rooms = ["a", "b", "c"]
    lamps = Lamps({room: {"x": False} for room in rooms}, writes={f"{r}/x": refusing("no bulb") for r in "ac"})
    error = failure(lamps)
    assert str(error) == "could not update lamp a/x: no bulb; 1 more of 3 failed, see 'failed_changes'"
    assert [failed["chain"] for failed in error.facts["failed_changes"]] == ["a", "c"]
    assert names(error.facts) == ["b/x"]


def test_when_nothing_could_be_done_nothing_changed_and_nothing_is_read_again() -> None:
    lamps = Lamps({"hall": {"one": False}}, writes={"hall/one": refusing("no bulb")})
    error = failure(lamps)
    assert error.facts["changed"] is False
    assert error.facts["changes"] == []
    assert lamps.reads == [None]


def test_a_change_whose_later_step_failed_is_not_reported_as_done() -> None:
    whole = Change("update", "lamp", "hall/lamp", {"on": False}, {"on": True})
    other = Change("update", "lamp", "hall/other", {"on": False}, {"on": True})
    steps = (
        Step(whole, lambda: None),
        Step(other, lambda: None),
        Step(whole, refusing("no bulb")),
    )

    class TwoSteps(Lamps):
        def plan(self, state: dict[str, dict[str, bool]]) -> Sequence[Chain]:
            return [Chain("hall", (whole, other), steps)]

    error = failure(TwoSteps({"hall": {}}))
    assert names(error.facts) == ["hall/other"]
    assert error.facts["failed_changes"][0]["name"] == "hall/lamp"


def test_side_effects_are_reported_with_the_changes_that_cause_them() -> None:
    effect = Change("update", "lamp", "hall/night light", {"on": True}, {"on": False}, ("goes out by itself",))
    lamps = Lamps({"hall": {"left": False}}, extra={"hall": (effect,)})
    assert names(apply(lamps)) == ["hall/left", "hall/night light"]


def test_side_effects_of_a_failed_chain_are_not_claimed() -> None:
    effect = Change("update", "lamp", "hall/night light", {"on": True}, {"on": False})
    lamps = Lamps({"hall": {"left": False}}, extra={"hall": (effect,)}, writes={"hall/left": refusing("no bulb")})
    assert names(failure(lamps).facts) == []


def test_side_effects_of_a_chain_that_stopped_half_way_may_have_come() -> None:
    effect = Change("update", "lamp", "hall/night light", {"on": True}, {"on": False}, ("goes out by itself",))
    lamps = Lamps(
        {"hall": {"left": False, "right": False}}, extra={"hall": (effect,)}, writes={"hall/right": refusing("no bulb")}
    )
    error = failure(lamps)
    assert names(error.facts) == ["hall/left"]
    assert error.facts["possible_changes"] == [effect.facts()]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"mtu": 1500, "name": "a"}, {"mtu": 9000, "name": "b"}, "mtu is still 1500 instead of 9000; name is still a"),
        ({"dns_servers": []}, {"dns_servers": ["a", "b"]}, "dns servers is still none instead of a, b"),
        ({"gateway": None}, {"gateway": "10.0.0.1"}, "gateway is still not set instead of 10.0.0.1"),
        ({"ipv4": {"mode": "dhcp"}}, {"ipv4": {"mode": "static", "on": True}}, "instead of mode static, on yes"),
        ({}, {"on": True}, "afterwards it is not there"),
        ({"on": True}, {}, "afterwards it is still there"),
    ],
)
def test_what_the_service_ignored_is_told_in_words(before: Facts, after: Facts, words: str) -> None:
    class Stubborn(Lamps):
        def plan(self, state: dict[str, dict[str, bool]]) -> Sequence[Chain]:
            change = Change("update", "lamp", "hall/lamp", before, after)
            return [Chain("hall", (change,), (Step(change, lambda: None),))]

    text = str(failure(Stubborn({"hall": {}})))
    assert words in text
    assert "{" not in text


def test_the_name_that_only_the_service_can_choose_is_reported() -> None:
    new = Change("create", "lamp", "hall/a new lamp", {}, {"on": True})

    class Growing(Lamps):
        def plan(self, state: dict[str, dict[str, bool]]) -> Sequence[Chain]:
            missing = "lamp 7" not in state["hall"]
            return [Chain("hall", (new,), (Step(new, screw_in), Step(new, lambda: None)))] if missing else []

    lamps = Growing({"hall": {}})

    def screw_in() -> str:
        lamps.rooms["hall"]["lamp 7"] = True
        return "hall/lamp 7"

    assert names(apply(lamps)) == ["hall/lamp 7"]


def test_a_change_that_the_service_accepts_but_does_not_make_is_a_failure() -> None:
    lamps = Lamps({"hall": {"left": False}, "attic": {"only": False}}, writes={"hall/left": lambda: None})
    error = failure(lamps)
    assert str(error) == (
        "could not update lamp hall/left: the call was accepted, but afterwards on is still no instead of yes"
    )
    assert names(error.facts) == ["attic/only"]
    assert "another program" in error.facts["failed_changes"][0]["hint"]


def test_changes_that_cannot_be_verified_are_still_reported() -> None:
    lamps = Lamps({"hall": {"left": False}}, failing_read=2)
    error = failure(lamps)
    assert str(error) == "changes were made but could not be verified: the light went out"
    assert names(error.facts) == ["hall/left"]
    assert error.facts["service_code"] == "Dark"


def test_an_impossible_wish_is_refused_before_the_first_write() -> None:
    class Impossible(Lamps):
        def plan(self, state: dict[str, dict[str, bool]]) -> Sequence[Chain]:
            raise InvalidInput("there is no such lamp")

    lamps = Impossible({"hall": {"left": False}})
    with pytest.raises(InvalidInput, match="no such lamp"):
        apply(lamps)
    assert lamps.seen == []
