# SPDX-License-Identifier: GPL-3.0-or-later
"""Forty machines, eight at a time, of which three have trouble: the others are migrated, the three finished later."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from contract.vcda.tasks import Tasks, job_of, listed, target

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.wave_report import markdown, report
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import client
from lab import Lab

WAVE = [f"wave-{number:02}" for number in range(1, 41)]
FAILING, BEHIND, REFUSED = "wave-07", "wave-19", "wave-33"
TROUBLED = [FAILING, BEHIND, REFUSED]


@pytest.fixture
def wave(run: Tasks) -> Tasks:
    run.disturb(FAILING, fail="The source disk cannot be read.")
    run.disturb(BEHIND, rpo_violation=12)
    run.disturb(REFUSED, refuse_cutover="The quota of the Org VDC is used up.")
    return run


def failures(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {failure["chain"]: failure for failure in result["failed_changes"]}


def test_a_wave_with_three_troubles(wave: Tasks) -> None:
    run = wave
    first = run.failing(vms=listed(*WAVE), target=target(), rpo_minutes=15, wait_timeout=60)
    assert list(failures(first)) == [FAILING]
    assert "the replication of wave-07 failed: The source disk cannot be read" in failures(first)[FAILING]["error"]
    assert "run again" in failures(first)[FAILING]["hint"]
    assert [job["vm"] for job in first["jobs"] if job["state"] == "cutover_ready"] == [n for n in WAVE if n != FAILING]
    assert f"the replica of {BEHIND} is 12 min behind its RPO of 15 min" in first["warnings"]

    second = run.failing(vms=listed(*WAVE), state="cutover", wait_timeout=60)
    assert sorted(failures(second)) == TROUBLED
    assert [name for name in WAVE if run.is_migrated(name)] == [name for name in WAVE if name not in TROUBLED]
    assert all(run.at_source(name).powered_on for name in TROUBLED)
    assert all(run.in_cloud(name) == [] for name in TROUBLED)
    assert "12 min behind its RPO of 15 min" in failures(second)[BEHIND]["error"]
    assert "bandwidth" in failures(second)[BEHIND]["hint"]
    assert "The quota of the Org VDC is used up" in failures(second)[REFUSED]["error"]
    assert failures(second)[REFUSED]["error"].endswith("; the source is still on")
    assert all(failure["hint"] for failure in second["failed_changes"])
    assert len(second["changes"]) == 37
    assert all(job["downtime_seconds"] > 0 for job in second["jobs"] if job["state"] == "completed")

    told = report("one", listed(*WAVE), second["jobs"], second["failed_changes"], [])
    assert told["summary"]["cut_over"] == 37
    assert told["summary"]["need_attention"] == TROUBLED
    assert markdown(told).count("\n- **wave-") == 3

    # One is mended at the source, one has caught up; the third still waits for the quota.
    run.disturb(FAILING, fail=None)
    run.disturb(BEHIND, rpo_violation=None)
    since = run.mark()
    third = run.failing(vms=listed(*WAVE), state="cutover", wait_timeout=60)
    assert sorted(failures(third)) == [REFUSED]
    assert sorted(change["name"] for change in third["changes"]) == [FAILING, BEHIND]
    migrates = [name for name in run.writes(since) if name.endswith("/migrate")]
    assert len(migrates) == 3, "nobody else is touched"

    run.disturb(REFUSED, refuse_cutover=None)
    run.cut_over(*WAVE)
    assert all(run.is_migrated(name) for name in WAVE)
    assert run.cut_over(*WAVE)["changed"] is False


def test_a_replica_that_is_too_old_is_cut_over_where_the_user_says_so(wave: Tasks) -> None:
    wave.replicate(BEHIND)
    wave.cut_over(BEHIND, rpo_violation="warn")
    assert wave.is_migrated(BEHIND)


def test_another_rpo_ends_the_violation(run: Tasks, lab: Lab) -> None:
    """A real one: the replica grows old on the lab's clock."""
    run.disturb("WebApp2", speed=1.0)
    run.replicate("WebApp2", rpo_minutes=5)
    run.disturb("WebApp2", rpo_violation=1)
    lab.shared.clock.advance(600)
    result = run.failing(vms=listed("WebApp2"), state="cutover")
    assert re.search(r"the replica of WebApp2 is \d+ min behind its RPO of 5 min", result["failed_changes"][0]["error"])


@pytest.mark.parametrize("concurrency", [2, 8])
def test_as_many_at_once_as_asked_for(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch, concurrency: int) -> None:
    names = WAVE[:12]
    run.replicate(*names)
    original, lock = client.Vcda.work, threading.Lock()
    # The first ones wait for each other: with fewer at once, they wait in vain.
    together = threading.Barrier(concurrency, timeout=20)
    calls, inside, most = [0], [0], [0]

    def work(self: client.Vcda, *args: Any, **options: Any) -> Any:
        with lock:
            calls[0] += 1
            is_first = calls[0] <= concurrency
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        if is_first:
            together.wait()
        try:
            return original(self, *args, **options)
        finally:
            with lock:
                inside[0] -= 1

    monkeypatch.setattr(client.Vcda, "work", work)
    run.cut_over(*names, concurrency=concurrency)
    assert most == [concurrency]


def test_a_failure_that_leaves_a_machine_off_at_both_ends_says_so(wave: Tasks, lab: Lab) -> None:
    run = wave
    lab.rules = lab.rules.changed(vcda_refused_cutover="source_off")
    run.replicate(REFUSED)
    result = run.failing(vms=listed(REFUSED), state="cutover")
    (failure,) = result["failed_changes"]
    sentence = (
        f"{REFUSED} is powered off at both ends: it is off at company-dc1 and not yet cut over; power it on in the "
        "source vCenter, or cut it over (again)"
    )
    assert not run.at_source(REFUSED).powered_on
    assert sentence in failure["error"]
    assert failure["off_at_both_ends"] == [REFUSED]
    assert sentence in result["warnings"]
    # Whoever looks later is told as well.
    assert sentence in run.replicate(REFUSED)["warnings"]
    run.disturb(REFUSED, refuse_cutover=None)
    done = run.cut_over(REFUSED)
    assert (job_of(done, REFUSED)["state"], "warnings" in done) == ("completed", False)
    assert run.is_migrated(REFUSED)
