# SPDX-License-Identifier: GPL-3.0-or-later
"""What an HCX answer says: data, or a failure in one of many envelopes. (HCX reference 4.2, 4.3, 5)

A 2xx answer can still be a failure, and the reason can stand in several places; all of them are read here alone.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from ..engine.errors import Busy, LoginFailed, Refused
from ..http_session import Answer

# Keys under which HCX puts words for people, in the order of preference. (HCX reference 4.2, 5.1, 5.2)
WORDS = ("message", "errorMessage", "text", "error", "title")
# Flags of jobs that ended without being done or failing. (HCX reference 5.1)
ENDED_BY_SOMEBODY = {"isCancelled": "it was cancelled", "isRolledBack": "it was rolled back"}


class UntrustedCertificate(Refused):
    """The remote site's certificate is not trusted; ``pem`` is that certificate. (HCX reference 8)"""

    def __init__(self, message: str, pem: str) -> None:
        super().__init__(message)
        self.pem = pem


def content(answer: Answer, address: str) -> Any:
    """The body of a successful answer. Raises `LoginFailed`, `Busy` or `Refused` in HCX's own words."""
    body = answer.body
    reasons = list(failures(body))
    if answer.status == 401:
        raise LoginFailed(f"the session on {address} has ended", status=401)
    if answer.status == 403:
        raise Refused(f"{address} denies this call; the user's HCX role does not allow it", status=403)
    if answer.status == 409:
        raise Busy("; ".join(reasons) or f"another task is running on {address}", status=409)
    if answer.status == 404:
        raise Refused("; ".join(reasons) or f"{address} does not know this object", status=404)
    if answer.status >= 400:
        raise Refused("; ".join(reasons) or f"{address} answers {answer.status}", status=answer.status)
    pem = next(_certificates(body), None)
    if reasons and pem:
        raise UntrustedCertificate(reasons[0], pem)
    if reasons:
        raise Refused("; ".join(reasons), status=answer.status)
    return body


def failures(body: Any) -> Iterator[str]:
    """Every reason an envelope gives; none for a success."""
    if isinstance(body, str):
        yield from _xml_words(body)
    if not isinstance(body, dict):
        return
    errors = body.get("errors") or []
    for error in errors if isinstance(errors, list) else [errors]:
        yield words(error)
    if body.get("error") not in (None, False) and not errors:
        yield str(body.get("errorMessage") or body["error"])
    elif body.get("success") is False and not errors:
        yield str(body.get("message") or "HCX reports a failure without a reason")
    for item in body.get("items") or []:
        if isinstance(item, dict):
            yield from failures({"errors": item.get("errors")})


def words(error: Any) -> str:
    """The words of one entry of an errors list: a text, or an object with a message and perhaps a code."""
    if not isinstance(error, dict):
        return str(error)
    said = next((str(error[key]) for key in ("text", *WORDS) if error.get(key)), str(error))
    code = error.get("code") or (error.get("error") if error.get("text") else None)
    return f"{said} [{code}]" if code and str(code) != said else said


def job_outcome(job: dict[str, Any]) -> str | None:
    """None while a job runs, "" when it has succeeded, otherwise why not. (HCX reference 5.1)"""
    broken = job.get("didFail") or job.get("isCancelled") or job.get("isRolledBack")
    if not (job.get("isDone") or broken):
        return None
    if not broken:
        return ""
    reasons = [said for flag, said in ENDED_BY_SOMEBODY.items() if job.get(flag)]
    for place in (job, job.get("jobData")):
        if isinstance(place, dict):
            reasons += [*(str(place[key]) for key in ("errorMessage", "message") if place.get(key)), *failures(place)]
    return "; ".join(dict.fromkeys(reasons)) or f"HCX gives no reason: {json.dumps(job)}"


def task_outcome(task: dict[str, Any]) -> str | None:
    """None while an interconnect task runs, "" when it has succeeded, otherwise why not. (HCX reference 5.2)"""
    status = str(task.get("status", "")).upper()
    if status == "SUCCESS":
        return ""
    if status != "FAILED":
        return None
    reasons = [str(task[key]) for key in ("message", "errorMessage") if task.get(key)]
    reasons += [text for step in task.get("steps") or [] for text in _step_failures(step)]
    return "; ".join(dict.fromkeys(reasons)) or f"HCX gives no reason: {json.dumps(task)}"


def current_step(task: dict[str, Any]) -> str:
    """What a task is doing, for a waiting person."""
    steps = task.get("steps") or []
    running = [step["title"] for step in steps if str(step.get("status")).upper() == "RUNNING" and step.get("title")]
    doing = str(running[-1] if running else task.get("message") or task.get("status") or "")
    return f"{doing}, {task['progress']} %" if task.get("progress") is not None else doing


def _step_failures(step: dict[str, Any]) -> Iterator[str]:
    title = step.get("title") or "a step"
    said = [words(error) for error in step.get("errors") or []]
    failed = str(step.get("status", "")).upper() == "FAILED"
    if failed and step.get("message"):
        said.append(str(step["message"]))
    yield from (f"{title}: {text}" for text in said)
    for child in step.get("children") or []:
        yield from _step_failures(child)


def _certificates(body: Any) -> Iterator[str]:
    errors = body.get("errors") if isinstance(body, dict) else None
    for error in errors if isinstance(errors, list) else []:
        data = error.get("data") if isinstance(error, dict) else None
        for item in data if isinstance(data, list) else []:
            if isinstance(item, dict) and item.get("certificate"):
                yield str(item["certificate"])


def _xml_words(text: str) -> Iterator[str]:
    """Login errors may be XML: pairs of <string>, the second one being the words. (HCX reference 3.1)"""
    if not text.lstrip().startswith("<"):
        return
    try:
        found = [element.text or "" for element in ET.fromstring(text).iter("string")]
    except ET.ParseError:
        return
    yield from (said for key, said in zip(found[::2], found[1::2], strict=False) if key == "message")
