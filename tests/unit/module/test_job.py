# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils import module
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import Refused
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task

SPEC = {
    "password": {"type": "str", "no_log": True},
    "name": {"type": "str"},
    "login": {"type": "dict", "options": {"token": {"type": "str", "no_log": True}}},
}
PARAMS = {"password": "open sesame", "name": "cave", "login": {"token": "t-4711"}}

Work = Callable[[Task], Mapping[str, Any]]


def result_of(work: Work, *, check: bool = False, show: Callable[[str], None] = print) -> dict[str, Any]:
    return Job(SPEC, work).result(PARAMS, check=check, show=show)


def test_the_work_decides_the_result() -> None:
    assert result_of(lambda task: {"changed": True, "name": task.params["name"]}) == {"changed": True, "name": "cave"}


def test_work_that_says_nothing_about_it_changed_nothing() -> None:
    assert result_of(lambda task: {"facts": [1]}) == {"changed": False, "facts": [1]}


@pytest.mark.parametrize("check", [True, False])
def test_the_work_knows_whether_it_may_write(check: bool) -> None:
    assert result_of(lambda task: {"check": task.check}, check=check)["check"] is check


def test_an_error_becomes_one_sentence_with_its_facts_beside_it() -> None:
    def work(task: Task) -> Mapping[str, Any]:
        raise Refused("the door is shut", hint="knock", changed=True, changes=["the mat was moved"])

    assert result_of(work) == {
        "failed": True,
        "changed": True,
        "changes": ["the mat was moved"],
        "msg": "the door is shut",
        "hint": "knock",
    }


def test_a_programming_error_is_not_dressed_up_as_a_users_mistake() -> None:
    with pytest.raises(ZeroDivisionError):
        result_of(lambda task: {"changed": 1 // 0})


def test_secrets_are_masked_in_results_at_any_depth() -> None:
    result = result_of(lambda task: {"said": ["open sesame!", {"t-4711": ("x", "t-4711")}]})
    assert result["said"] == [f"{MASK}!", {MASK: ["x", MASK]}]


def test_secrets_are_masked_in_errors_and_their_facts() -> None:
    def work(task: Task) -> Mapping[str, Any]:
        raise Refused("'open sesame' is wrong", tried=["open sesame"])

    assert result_of(work) == {"failed": True, "changed": False, "msg": f"'{MASK}' is wrong", "tried": [MASK]}


def test_a_secret_that_the_work_learns_is_masked_too() -> None:
    def work(task: Task) -> Mapping[str, Any]:
        task.redactor.add("cookie-1")
        return {"cookie": "cookie-1"}

    assert result_of(work)["cookie"] == MASK


def test_secrets_are_masked_in_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Progress", partial(Progress, every=0))
    shown: list[str] = []

    def work(task: Task) -> Mapping[str, Any]:
        task.progress.say("trying open sesame")
        return {}

    result_of(work, show=shown.append)
    assert shown == [f"trying {MASK}"]
