# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a machine is really migrated, from what both ends show, and the report of a wave: `migration_verdict`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_verdict import verdicts
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.wave_report import markdown, report

WANTED = {"name": "web", "network": "company-network", "addresses": ["172.16.10.22"]}


def source(*, on: bool = False, name: str = "web") -> dict[str, Any]:
    return {"name": name, "id": "vm-15", "powered_on": on, "networks": ["pg-web"], "addresses": []}


def target(*, on: bool = True, **changes: Any) -> dict[str, Any]:
    there = {"name": "web", "id": "cloud-1", "vapp": "web", "powered_on": on}
    return {**there, "networks": ["company-network"], "addresses": ["172.16.10.22"], **changes}


def judged(here: list[dict[str, Any]], there: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (verdict,) = verdicts([{**WANTED, **wanted}], here, there, [])
    return verdict


CASES: list[tuple[list[dict[str, Any]], list[dict[str, Any]], str, str]] = [
    ([source()], [target()], "migrated", "web is off at the source and runs at the target on company-network with"),
    ([], [target()], "migrated", "172.16.10.22"),
    ([source(on=True)], [], "not_migrated", "web runs at the source and is not at the target."),
    ([source(on=True)], [target(on=False)], "not_migrated", "at the target it is off"),
    ([source()], [], "off_at_both_ends", "web is powered off at the source and is not at the target."),
    ([source()], [target(on=False)], "off_at_both_ends", "powered off at both ends; it is at the target in vApp web."),
    ([source(on=True)], [target()], "on_at_both_ends", "runs at the source and at the target"),
    ([], [], "missing", "web is at neither end."),
    ([source()], [target(networks=["other"])], "wrong_network", "on other instead of company-network"),
    ([source()], [target(networks=[])], "wrong_network", "on no network instead of company-network"),
    ([source()], [target(addresses=["10.0.0.9"])], "wrong_address", "with 10.0.0.9; 172.16.10.22 is missing"),
    ([source()], [target(addresses=[])], "address_unknown", "shows no address of it; 172.16.10.22 is expected"),
    ([source(), source()], [target()], "ambiguous", "2 virtual machines at the source have the name web"),
    ([source()], [target(), target(id="cloud-2")], "ambiguous", "2 virtual machines at the target"),
]


@pytest.mark.parametrize(("here", "there", "verdict", "reason"), CASES)
def test_verdicts(here: list[dict[str, Any]], there: list[dict[str, Any]], verdict: str, reason: str) -> None:
    found = judged(here, there)
    assert (found["verdict"], found["migrated"]) == (verdict, verdict == "migrated")
    assert reason in found["reason"]
    assert (found["to_do"] is None) == (verdict == "migrated")


def test_the_job_tells_which_of_two_machines_is_meant() -> None:
    copies = [target(id="cloud-1", on=False), target(id="cloud-2")]
    (found,) = verdicts([WANTED], [source()], copies, [{"vm": "web", "cloud_vm_id": "cloud-2"}])
    assert found["verdict"] == "migrated"


def test_the_cards_of_the_job_are_what_is_wanted_by_default() -> None:
    job = {"vm": "web", "networks": [{"network": "company-network", "address": "172.16.10.22"}]}
    for there, verdict in ((target(), "migrated"), (target(addresses=["10.0.0.9"]), "wrong_address")):
        (found,) = verdicts([{"name": "web"}], [source()], [there], [job])
        assert found["verdict"] == verdict


def test_what_is_not_asked_for_is_not_judged() -> None:
    there = target(networks=["other"], addresses=[])
    assert judged([source()], [there], network=None, addresses=[])["migrated"] is True


ENDS = st.lists(st.sampled_from([source(), source(on=True)]), max_size=2)
THERE = st.lists(
    st.builds(
        target,
        on=st.booleans(),
        networks=st.sampled_from([[], ["company-network"], ["other"]]),
        addresses=st.sampled_from([[], ["172.16.10.22"], ["10.0.0.9"]]),
    ),
    max_size=2,
)


@given(here=ENDS, there=THERE)
def test_migrated_means_off_here_on_there_with_network_and_address(
    here: list[dict[str, Any]], there: list[dict[str, Any]]
) -> None:
    found = judged(here, there)
    whole = (
        not any(vm["powered_on"] for vm in here)
        and len(here) <= 1
        and len(there) == 1
        and there[0]["powered_on"]
        and there[0]["networks"] == ["company-network"]
        and there[0]["addresses"] == ["172.16.10.22"]
    )
    assert found["migrated"] is whole
    assert found["reason"].count("\n") == 0


# --- the report -------------------------------------------------------------------------------------------------------

DONE = {
    "vm": "a",
    "state": "completed",
    "rpo_minutes": 15,
    "started_at": "2026-05-01T20:00:00Z",
    "cutover_start": "2026-05-02T20:00:00Z",
    "cutover_end": "2026-05-02T20:03:10Z",
    "downtime_seconds": 190.0,
    "rpo_violation": 0,
}
LATE = {
    **DONE,
    "vm": "b",
    "state": "cutover_ready",
    "rpo_violation": 7,
    "cutover_start": None,
    "downtime_seconds": None,
}
FAILURE = {"chain": "c", "error": "the cut-over of c failed: no quota", "hint": "Mend what the target says."}


def wave() -> dict[str, Any]:
    vms = [{"name": name} for name in "abcd"]
    judgement = [{"vm": "a", "migrated": True, "verdict": "migrated", "reason": "", "to_do": None}]
    return report("one", vms, [DONE, LATE, {"vm": "c", "state": "error"}], [FAILURE], judgement)


def test_a_row_for_each_machine_with_cause_and_next_step() -> None:
    rows = {row["vm"]: row for row in wave()["vms"]}
    assert (rows["a"]["downtime_seconds"], rows["a"]["migrated"], rows["a"]["warnings"]) == (190.0, True, [])
    assert rows["b"]["warnings"] == ["The replica is 7 min behind its RPO."]
    assert (rows["c"]["failed"], rows["c"]["warnings"]) == (True, [FAILURE["error"]])
    assert rows["c"]["to_do"] == ["Mend what the target says."]
    assert (rows["d"]["state"], rows["d"]["failed"]) == (None, False)


def test_the_summary_counts() -> None:
    assert wave()["summary"] == {
        "vms": 4,
        "cut_over": 1,
        "verified": 1,
        "need_attention": ["b", "c"],
        "longest_downtime_seconds": 190.0,
    }


def test_a_failure_that_a_later_run_has_mended_is_not_told() -> None:
    found = report("one", [{"name": "a"}], [DONE], [{**FAILURE, "chain": "a"}], [])
    assert found["summary"]["need_attention"] == []


def test_the_failure_of_a_group_is_that_of_its_machines() -> None:
    found = report(
        "one", [{"name": "a"}], [{**LATE, "vm": "a", "migration": "shop"}], [{**FAILURE, "chain": "shop"}], []
    )
    assert found["vms"][0]["failed"] is True


def test_the_report_for_people_has_a_line_for_each_and_what_to_do() -> None:
    text = markdown(wave())
    assert "| a | completed | 2026-05-01T20:00:00Z | 15 | 2026-05-02T20:00:00Z | 2026-05-02T20:03:10Z | 190.0 |" in text
    assert "- **c**: the cut-over of c failed: no quota. Mend what the target says." in text
    assert "- need attention: 2" in text
    assert text.count("\n| ") == 1 + 4


def test_signs_of_markdown_do_not_break_the_table() -> None:
    text = markdown(report("a|b", [{"name": "x|y"}], [], [], []))
    assert "# Migration wave a\\|b" in text
    assert "| x\\|y | " in text
