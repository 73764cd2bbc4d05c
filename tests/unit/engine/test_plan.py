# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.plan import Change, differing, summary

SETTINGS = st.dictionaries(st.sampled_from(["mtu", "stack", "dhcp", "services"]), st.none() | st.integers(0, 3))


@given(SETTINGS, SETTINGS)
def test_exactly_what_differs_is_shown_from_both_sides(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = differing(before, after)
    assert list(old) == list(new)
    assert all(before.get(key) == old[key] and after.get(key) == new[key] and old[key] != new[key] for key in old)
    assert all(before.get(key) == after.get(key) for key in {**before, **after} if key not in new)


@given(SETTINGS)
def test_equal_settings_do_not_differ(settings: dict[str, Any]) -> None:
    assert differing(settings, dict(reversed(settings.items()))) == ({}, {})


def test_nothing_to_do_is_no_change() -> None:
    assert summary([]) == {"changed": False, "changes": [], "diff": {"before": {}, "after": {}}}


def test_changes_and_diff_tell_the_same() -> None:
    listed = summary(
        [
            Change("create", "adapter", "host/vmk1", {}, {"mtu": 9000}, ("first of its stack",)),
            Change("update", "adapter", "host/vmk0", {"mtu": 1500}, {"mtu": 9000}),
            Change("remove", "adapter", "host/vmk2", {"mtu": 1500}, {}),
        ]
    )
    assert listed["changed"] is True
    assert listed["changes"] == [
        {
            "action": "create",
            "kind": "adapter",
            "name": "host/vmk1",
            "before": {},
            "after": {"mtu": 9000},
            "notes": ["first of its stack"],
        },
        {"action": "update", "kind": "adapter", "name": "host/vmk0", "before": {"mtu": 1500}, "after": {"mtu": 9000}},
        {"action": "remove", "kind": "adapter", "name": "host/vmk2", "before": {"mtu": 1500}, "after": {}},
    ]
    assert listed["diff"] == {
        "before": {"adapter host/vmk0": {"mtu": 1500}, "adapter host/vmk2": {"mtu": 1500}},
        "after": {"adapter host/vmk1": {"mtu": 9000}, "adapter host/vmk0": {"mtu": 9000}},
    }
