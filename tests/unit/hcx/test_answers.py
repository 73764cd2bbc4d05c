# SPDX-License-Identifier: GPL-3.0-or-later
"""Every envelope of HCX reference 4.2 and every place where a job or a task may keep its reason (5.1, 5.2, 20.3)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    Busy,
    LoginFailed,
    MobilityError,
    Refused,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.answers import (
    UntrustedCertificate,
    content,
    current_step,
    failures,
    job_outcome,
    task_outcome,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.http_session import Answer

ADDRESS = "hcx:443"
LOGIN_XML = (
    "<entries><entry><string>message</string><string>'Trusted root certificates' value should not be empty</string>"
    "</entry></entries>"
)


def answer(body: Any = None, status: int = 200) -> Answer:
    return Answer(status, {}, body, "")


def refusal(body: Any = None, status: int = 200) -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        content(answer(body, status), ADDRESS)
    return caught.value


SUCCESSES = {
    "A, a list": {"success": True, "completed": True, "time": 1, "version": "1.0", "data": {"items": [1]}},
    "A, a write": {"success": True, "completed": True, "data": {"jobId": "job-1"}},
    "A, without data": {"success": True, "completed": True, "time": 1},
    "B": {"items": [{"name": "a"}]},
    "C": [{"name": "a"}],
    "D": {"data": {"interconnectTaskId": "t", "serviceMeshId": "s"}, "warnings": [{"message": "slow"}], "errors": []},
    "E": {"error": False, "errorMessage": None, "errorCode": None, "data": {"jobId": "job-1", "objectId": "n"}},
    "F": {"id": "job-1"},
    "G": {"items": [{"name": "g", "errors": [], "migrations": []}], "errors": [], "warnings": []},
    "K": {"data": {"items": [{"config": {}, "section": "vcenter"}]}},
    "null for no errors": {"data": {}, "errors": None},
    "no body": None,
}


@pytest.mark.parametrize("body", SUCCESSES.values(), ids=SUCCESSES)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_successes_are_handed_on(body: Any, status: int) -> None:
    assert content(answer(body, status), ADDRESS) == body


FAILURES = {
    "A": ({"success": False, "message": "no such site"}, "no such site"),
    "A, without a reason": ({"success": False, "data": None}, "HCX reports a failure without a reason"),
    "D": (
        {"data": {}, "warnings": [], "errors": [{"code": "BAD_NET", "message": "wrong network"}]},
        "wrong network [BAD_NET]",
    ),
    "D, several": ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
    "E": ({"error": True, "errorMessage": "name in use", "errorCode": "DUP", "data": None}, "name in use"),
    "E, a text": ({"error": "name in use", "errorMessage": None}, "name in use"),
    "G, an item": ({"items": [{"errors": [{"code": "X", "message": "no disk"}]}], "errors": []}, "no disk [X]"),
    "G, the whole": ({"items": [], "errors": [{"message": "no group"}]}, "no group"),
    "H": (
        {"success": False, "errors": [{"error": "Login failure", "text": "wrong password", "data": []}]},
        "wrong password [Login failure]",
    ),
    "I": ({"errors": [{"code": "NOT_FOUND", "message": "no mesh"}]}, "no mesh [NOT_FOUND]"),
    "a bare text": ({"errors": ["no luck"]}, "no luck"),
    "one object": ({"errors": {"message": "no luck"}}, "no luck"),
    "XML": (LOGIN_XML, "'Trusted root certificates' value should not be empty"),
}


@pytest.mark.parametrize(("body", "said"), FAILURES.values(), ids=FAILURES)
def test_a_success_by_status_may_be_a_failure(body: Any, said: str) -> None:
    refused = refusal(body)
    assert isinstance(refused, Refused)
    assert str(refused) == said


@pytest.mark.parametrize(("body", "said"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_a_failure_by_status_keeps_its_words(body: Any, said: str, status: int) -> None:
    assert str(refusal(body, status)) == said


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (400, Refused, "hcx:443 answers 400"),
        (401, LoginFailed, "the session on hcx:443 has ended"),
        (403, Refused, "hcx:443 denies this call; the user's HCX role does not allow it"),
        (404, Refused, "hcx:443 does not know this object"),
        (409, Busy, "another task is running on hcx:443"),
        (422, Refused, "hcx:443 answers 422"),
        (500, Refused, "hcx:443 answers 500"),
    ],
)
def test_statuses_without_a_body_have_a_sentence(status: int, kind: type[MobilityError], said: str) -> None:
    refused = refusal(None, status)
    assert type(refused) is kind
    assert str(refused) == said
    assert refused.facts == {"status": status}


def test_a_conflict_can_be_told_from_a_refusal() -> None:
    assert isinstance(refusal({"errors": [{"code": "BUSY", "message": "task t runs"}]}, 409), Busy)


def test_an_untrusted_certificate_is_handed_out() -> None:
    error = {"error": "Untrusted", "text": "not trusted", "data": [{"certificate": "-----BEGIN CERTIFICATE-----"}]}
    refused = refusal({"success": False, "errors": [error]})
    assert isinstance(refused, UntrustedCertificate)
    assert refused.pem == "-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize("text", ["", "plain words", "<html><body>Gateway</body>", "<a><b></a>", "{}"])
def test_texts_that_are_no_answer_of_hcx_are_no_reason(text: str) -> None:
    assert list(failures(text)) == []


# --- jobs -------------------------------------------------------------------------------------------------------------

DONE = {"isDone": True, "didFail": False, "isCancelled": False, "isRolledBack": False, "percentComplete": 100}


@pytest.mark.parametrize("job", [{}, {"isQueued": True}, {"isDone": False, "percentComplete": 50}])
def test_a_job_that_runs_has_no_outcome(job: dict[str, Any]) -> None:
    assert job_outcome(job) is None


def test_a_job_that_is_done_has_succeeded() -> None:
    assert job_outcome({**DONE, "message": "Done"}) == ""


@pytest.mark.parametrize(
    "place",
    [
        {"errorMessage": "no address left"},
        {"message": "no address left"},
        {"errors": [{"message": "no address left"}]},
        {"errors": ["no address left"]},
        {"error": "no address left"},
        {"jobData": {"errorMessage": "no address left"}},
        {"jobData": {"message": "no address left"}},
        {"jobData": {"errors": [{"text": "no address left"}]}},
        {"errorMessage": "no address left", "message": "no address left"},
    ],
    ids=str,
)
@pytest.mark.parametrize("flags", [{"isDone": True, "didFail": True}, {"didFail": True}], ids=["done", "not done"])
def test_the_reason_of_a_failed_job_is_found(place: dict[str, Any], flags: dict[str, bool]) -> None:
    assert job_outcome({**flags, **place}) == "no address left"


def test_all_reasons_of_a_job_are_told() -> None:
    job = {"didFail": True, "errorMessage": "one", "message": "two", "jobData": {"errorMessage": "three"}}
    assert job_outcome(job) == "one; two; three"


@pytest.mark.parametrize(
    ("flag", "said"), [("isCancelled", "it was cancelled"), ("isRolledBack", "it was rolled back")]
)
def test_a_job_that_somebody_ended_is_no_success(flag: str, said: str) -> None:
    assert job_outcome({**DONE, flag: True}) == said
    assert job_outcome({**DONE, flag: True, "message": "by admin"}) == f"{said}; by admin"


def test_a_failed_job_without_a_reason_is_shown_as_it_came() -> None:
    assert job_outcome({"didFail": True, "jobData": None}) == 'HCX gives no reason: {"didFail": true, "jobData": null}'


# --- tasks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "running", "SOMETHING_NEW", None])
def test_a_task_that_runs_has_no_outcome(status: str | None) -> None:
    assert task_outcome({"status": status, "message": "Deploying"}) is None


@pytest.mark.parametrize("status", ["SUCCESS", "success"])
def test_a_task_that_is_done_has_succeeded(status: str) -> None:
    assert task_outcome({"status": status, "message": "Deployed", "steps": [{"status": "SUCCESS"}]}) == ""


def step(**fields: Any) -> dict[str, Any]:
    return {"steps": [{"title": "Deploy", "status": "FAILED", **fields}]}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"message": "no room"}, "no room"),
        ({"errorMessage": "no room"}, "no room"),
        (step(message="no room"), "Deploy: no room"),
        (step(errors=[{"code": "C1", "message": "no room"}]), "Deploy: no room [C1]"),
        (step(errors=["no room"]), "Deploy: no room"),
        (step(children=[{"title": "Deploy IX", "status": "FAILED", "message": "no room"}]), "Deploy IX: no room"),
        (step(children=[{"title": "Deploy IX", "status": "FAILED", "errors": ["no room"]}]), "Deploy IX: no room"),
        ({"steps": [{"status": "FAILED", "message": "no room"}]}, "a step: no room"),
    ],
    ids=str,
)
def test_the_reason_of_a_failed_task_is_found(place: dict[str, Any], said: str) -> None:
    assert task_outcome({"status": "FAILED", **place}) == said


def test_all_reasons_of_a_task_are_told_and_steps_that_went_well_are_not() -> None:
    task = {
        "status": "FAILED",
        "message": "could not deploy",
        "errorMessage": "could not deploy",
        "steps": [
            {"title": "Check", "status": "SUCCESS", "message": "all well"},
            {
                "title": "Deploy",
                "status": "FAILED",
                "errors": [{"message": "IX failed"}],
                "children": [
                    {"title": "Deploy IX", "status": "FAILED", "message": "no address"},
                    {"title": "Deploy NE", "status": "SUCCESS", "message": "there"},
                ],
            },
        ],
    }
    assert task_outcome(task) == "could not deploy; Deploy: IX failed; Deploy IX: no address"


def test_a_failed_task_without_a_reason_is_shown_as_it_came() -> None:
    assert task_outcome({"status": "FAILED", "steps": None}) == (
        'HCX gives no reason: {"status": "FAILED", "steps": null}'
    )


@pytest.mark.parametrize(
    ("task", "doing"),
    [
        ({"status": "QUEUED"}, "QUEUED"),
        ({"status": "RUNNING", "message": "Preparing", "progress": 0}, "Preparing, 0 %"),
        (
            {
                "status": "RUNNING",
                "progress": 40,
                "steps": [{"title": "Check", "status": "SUCCESS"}, {"title": "Deploy", "status": "RUNNING"}],
            },
            "Deploy, 40 %",
        ),
        ({"status": "RUNNING", "message": "Waiting", "steps": [{"status": "RUNNING"}]}, "Waiting"),
        ({}, ""),
    ],
    ids=str,
)
def test_the_current_step_is_what_a_waiting_person_reads(task: dict[str, Any], doing: str) -> None:
    assert current_step(task) == doing
