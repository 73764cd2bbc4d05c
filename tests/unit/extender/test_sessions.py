# SPDX-License-Identifier: GPL-3.0-or-later
"""The fingerprint of a peer code, which stands beside a session because the edge never tells the code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.autonomous_edge.client import Session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.sessions import (
    WantedSession,
    named,
    session_facts,
)

WANTED = WantedSession("edge", "203.0.113.30", "10.15.0.41", "MCw0YTc2YTNlLHsicHNrIjoiZGVmYXVsdCJ9")


def present(wanted: WantedSession) -> Session:
    return Session("s-1", wanted.name, wanted.description, wanted.peer_address, wanted.local_address)


def test_a_session_that_was_fed_with_the_code_is_as_wanted() -> None:
    assert session_facts(present(WANTED), WANTED) == WANTED.facts()


@pytest.mark.parametrize(
    "other", [{"peer_code": "MCw1"}, {"peer_address": "203.0.113.31"}, {"local_address": "10.15.0.42"}]
)
def test_another_code_or_address_is_noticed(other: dict[str, str]) -> None:
    wanted = replace(WANTED, **other)
    assert session_facts(present(WANTED), wanted) != wanted.facts()


def test_nothing_that_is_shown_tells_the_code() -> None:
    for text in (WANTED.description, str(WANTED.facts()), repr(WANTED)):
        assert WANTED.peer_code not in text


def test_a_session_of_somebody_else() -> None:
    foreign = replace(present(WANTED), description="by hand")
    assert session_facts(foreign, WANTED)["peer_code"] == "unknown"
    assert named([foreign], "edge") == foreign
    assert named([foreign], "other") is None


def test_a_name_that_is_not_unique() -> None:
    with pytest.raises(InvalidInput, match="the edge has 2 sessions called edge"):
        named([present(WANTED)] * 2, "edge")
