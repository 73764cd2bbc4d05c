# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    MobilityError,
    refuse_if,
)


def test_no_problem_is_no_refusal() -> None:
    refuse_if([])


@pytest.mark.parametrize(
    ("problems", "sentence"),
    [
        (["a is wrong"], "a is wrong"),
        (["a is wrong", "b is wrong"], "a is wrong (and 1 more problem, see 'problems')"),
        (["a is wrong", "b is wrong", "c is wrong"], "a is wrong (and 2 more problems, see 'problems')"),
    ],
)
def test_one_refusal_carries_every_problem(problems: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_if(problems)
    assert str(refused.value) == sentence
    assert refused.value.facts == {"problems": problems}


def test_an_error_is_a_sentence_with_facts_beside_it() -> None:
    error = MobilityError("it failed", hint="look here")
    assert str(error) == "it failed"
    assert error.facts == {"hint": "look here"}
