# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of Cloud Director Availability says: data, or an error with a code. (VCD reference 10.3, 10.4)"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Busy, LoginFailed, Refused
from ..http_session import Answer

# The session is not extended to the site where the call works.
REMOTE = "RemoteAuthenticationFailure"


def content(answer: Answer, address: str) -> Any:
    """The body of a successful answer. Raises `LoginFailed`, `Busy` or `Refused` in the service's own words."""
    if answer.status < 400:
        return answer.body
    code = error_code(answer.body)
    facts = {"status": answer.status, **({"service_code": code} if code else {})}
    said = words(answer.body) if isinstance(answer.body, dict) else ""
    if code == REMOTE:
        raise LoginFailed(
            f"{address} has no session at the other site{_and(said)}",
            hint="Check source_username and source_password.",
            **facts,
        )
    if answer.status == 401:
        raise LoginFailed(f"the session on {address} has ended", **facts)
    if answer.status == 409:
        raise Busy(said or f"another operation is running on {address}", **facts)
    if answer.status == 403:
        raise Refused(f"{address} denies this call{_and(said)}; the user's role does not allow it", **facts)
    raise Refused(said or f"{address} answers {answer.status}", **facts)


def error_code(body: Any) -> str | None:
    code = body.get("code") if isinstance(body, dict) else None
    return str(code) if code else None


def words(error: Any) -> str:
    """The words of an error and its code; never its stack trace."""
    if not isinstance(error, dict):
        return str(error)
    code, said = error.get("code"), error.get("msg") or error.get("message")
    if not said:
        return str(code or "no reason is given")
    return f"{str(said).rstrip('.')} [{code}]" if code else str(said).rstrip(".")


def task_outcome(task: dict[str, Any]) -> str | None:
    """None while a task runs, "" when it has succeeded, otherwise why not. (VCD reference 10.4)"""
    state = str(task.get("state", "")).upper()
    if state == "SUCCEEDED":
        return ""
    return words(task.get("error") or {}) if state == "FAILED" else None


def _and(said: str) -> str:
    return f": {said}" if said else ""
