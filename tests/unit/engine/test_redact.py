# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor, secret_values

SECRETS = st.text(alphabet="abcXYZ019!ß", min_size=4, max_size=12)
WORDS = st.text(alphabet="defghijk /:", max_size=8)


def nested(leaf: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaf | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(leaf, inner, max_size=3),
        max_leaves=12,
    )


@given(st.data(), st.lists(SECRETS, min_size=1, max_size=3))
def test_a_secret_never_survives_in_nested_data(data: st.DataObject, secrets: list[str]) -> None:
    around = st.builds("{}{}{}".format, WORDS, st.sampled_from(secrets), WORDS)
    value = data.draw(nested(around | WORDS))
    masked = json.dumps(Redactor(secrets).data(value), ensure_ascii=False)
    assert not [secret for secret in secrets if secret in masked]


@given(nested(WORDS))
def test_data_without_secrets_stays_as_it_is(value: Any) -> None:
    assert json.dumps(Redactor(["geheim!"]).data(value)) == json.dumps(value)


def test_the_longest_secret_is_masked_first() -> None:
    assert Redactor(["pass", "password"]).text("my password") == f"my {MASK}"


def test_an_empty_secret_masks_nothing() -> None:
    assert Redactor([""]).text("in plain sight") == "in plain sight"


def test_a_secret_learned_later_is_masked_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.text("cookie-1") == "cookie-1"
    redactor.add("cookie-1")
    assert redactor.text("cookie-1") == MASK


SPEC = {
    "password": {"type": "str", "no_log": True},
    "tokens": {"type": "list", "elements": "str", "no_log": True},
    "pin": {"type": "int", "no_log": True},
    "username": {"type": "str"},
    "site": {"type": "dict", "options": {"key": {"type": "str", "no_log": True}, "name": {"type": "str"}}},
    "sites": {
        "type": "list",
        "elements": "dict",
        "options": {"login": {"type": "dict", "options": {"secret": {"type": "str", "no_log": True}}}},
    },
}


def test_secrets_are_found_at_any_depth_of_the_options() -> None:
    params = {
        "password": "one",
        "tokens": ["two", "three"],
        "pin": 4444,
        "username": "somebody",
        "site": {"key": "five", "name": "x"},
        "sites": [{"login": {"secret": "six"}}, {"login": {"secret": "seven"}}, {"login": None}],
    }
    assert secret_values(SPEC, params) == ["one", "two", "three", "4444", "five", "six", "seven"]


def test_options_that_are_not_given_hold_no_secret() -> None:
    assert secret_values(SPEC, {"password": None, "site": None}) == []
