# SPDX-License-Identifier: GPL-3.0-or-later
"""The section about HCX in docs/benchmarks.md: every call has its reason, and only the section is renewed."""

from __future__ import annotations

from collections import Counter

import pytest
from bench.hcx import HcxSites, Rerun
from bench.hcx_calls import API, WHY, counted
from bench.report import FIRST_AFTER, SECTIONS, Results
from unit.architecture.source_tree import PROJECT

HCX_HEADING = SECTIONS["hcx"]
PAGE = f"# Benchmarks\n\nBefore.\n\n{FIRST_AFTER}\nAfter.\n"
LOGIN = f"POST {API}/sessions"


def results(seconds: float = 1.25) -> Results:
    calls = {"connector": Counter({LOGIN: 1}), "cloud": Counter({LOGIN: 2})}
    found = Results("make bench")
    found.hcx = HcxSites([Rerun("bulk-over-vpn", calls, 8, seconds, 4.0)])
    return found


def test_a_call_that_nobody_can_explain_fails() -> None:
    tasks = [f"GET {API}/interconnect/tasks/{number}" for number in range(3)]
    assert counted([*tasks, LOGIN]) == {f"GET {API}/interconnect/tasks/{{task}}": 3, LOGIN: 1}
    with pytest.raises(KeyError):
        counted([LOGIN, f"GET {API}/networks"])


def test_the_section_is_put_into_a_page_and_renewed_there() -> None:
    once = results().renewed(PAGE)
    assert f"| `{LOGIN}` | 1 + 2 | {WHY[LOGIN]} |" in once
    assert "| bulk-over-vpn | 3 | 8 | 1.2 | ≤ 3 | met | 4.0 |" in once
    again = results(3.5).renewed(once)
    assert again.count(HCX_HEADING) == 1
    assert "| 3.5 | ≤ 3 | missed |" in again
    for page in (once, again):
        before, _heading, after = page.partition(HCX_HEADING)
        assert before + FIRST_AFTER + after.partition(FIRST_AFTER)[2] == PAGE


def test_the_page_has_the_section() -> None:
    page = (PROJECT / "docs/benchmarks.md").read_text(encoding="utf-8")
    section = page.partition(HCX_HEADING)[2].partition("\n## ")[0]
    assert all(f"| `{call}` |" in section for call in WHY)
