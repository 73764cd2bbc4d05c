# SPDX-License-Identifier: GPL-3.0-or-later
"""In check mode, tasks of one run build on what the earlier ones would have made."""

from __future__ import annotations

from typing import Any

import pytest
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks, span, uplink

pytestmark = pytest.mark.usefixtures("run_folder")

MORE = {"name": "np-uplink", "mtu": 1400, "ranges": [span("10.13.3.10-10.13.3.29")]}
CHAIN: list[list[dict[str, Any]]] = [
    [uplink()],
    [MORE],
    [uplink(name="np-other", ranges=[span("10.13.2.1-10.13.2.9")])],
    [{"name": "np-other", "gateway": "10.13.0.2"}, {"name": "np-uplink", "state": "absent"}],
    [uplink(name="np-third")],
]


def test_a_whole_chain_is_planned_as_it_will_be_done(run: Tasks, seen: Reader) -> None:
    since = run.mark()
    planned = [run.profiles(*profiles, check=True) for profiles in CHAIN]
    assert run.writes(since) == []
    assert seen.profiles() == {}
    done = [run.profiles(*profiles) for profiles in CHAIN]
    assert [result["changes"] for result in planned] == [result["changes"] for result in done]
    assert [result["diff"] for result in planned] == [result["diff"] for result in done]
    assert set(seen.profiles()) == {"np-other", "np-third"}


def test_a_repeated_task_would_change_nothing_more(run: Tasks) -> None:
    run.profiles(uplink(), check=True)
    assert run.profiles(uplink(), check=True)["changed"] is False


def test_planned_addresses_are_taken(run: Tasks) -> None:
    run.profiles(uplink(), check=True)
    assert "overlaps" in run.refused(uplink(name="np-other"), check=True)["msg"]


def test_addresses_of_a_profile_that_would_be_gone_are_free(run: Tasks) -> None:
    run.profiles(uplink())
    run.profiles({"name": "np-uplink", "state": "absent"}, check=True)
    assert run.profiles(uplink(name="np-other"), check=True)["changed"] is True


def test_a_real_change_ends_the_pretence(run: Tasks) -> None:
    run.profiles(uplink(), check=True)
    run.profiles(uplink(name="np-other", ranges=[span("10.13.2.1")]))
    assert run.profiles({"name": "np-other", "mtu": 1400}, check=True)["changes"][0]["action"] == "update"
    assert run.profiles(uplink(), check=True)["changes"][0]["action"] == "create"


def test_profiles_of_the_other_site_are_not_meant(run: Tasks) -> None:
    run.profiles(uplink(), check=True)
    there = Tasks(run.lab, run.lab.cloud.port)
    network = {"network": "pg-replication"}
    assert there.profiles(uplink(**network), check=True)["changes"][0]["action"] == "create"
