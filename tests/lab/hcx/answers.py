# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelopes of HCX answers, by their letters in HCX reference 4.2, and refusals in the words of each API family."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer that ends a request early. `content` None: no body."""

    def __init__(self, status: int, content: Any = None) -> None:
        super().__init__(status)
        self.status = status
        self.content = content


def items(found: list[Any]) -> dict[str, Any]:
    """Envelope B, all on one page."""
    return {"items": found, "paging": {"offset": 0, "pageSize": len(found), "totalSize": len(found)}}


def data(now_ms: int, **fields: Any) -> dict[str, Any]:
    """Envelope A."""
    return {"success": True, "completed": True, "time": now_ms, "version": "1.0", "data": fields}


def untrue(now_ms: int, error: str, text: str, details: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Envelope H: not done, whatever the status says."""
    return {
        "success": False,
        "completed": True,
        "time": now_ms,
        "errors": [{"error": error, "text": text, "data": details or []}],
    }


def accepted(task_id: str | None, errors: list[tuple[str, str]] | None = None, **ids: str) -> dict[str, Any]:
    """Envelope D: ids of the task and of the resource; errors are (code, message)."""
    return {
        "data": {**({"interconnectTaskId": task_id} if task_id else {}), **ids},
        "warnings": [],
        "errors": [{"code": code, "message": message} for code, message in errors or []],
    }


def profile_written(job_id: str | None, object_id: str | None, code: str = "", message: str = "") -> dict[str, Any]:
    """Envelope E."""
    return {
        "error": bool(message),
        "errorMessage": message or None,
        "errorCode": code or None,
        "data": {"jobId": job_id, "objectId": object_id},
    }


def errors(code: str, message: str) -> dict[str, Any]:
    """Envelope I."""
    return {"errors": [{"code": code, "message": message}]}


def in_the_words_of(path: str, now_ms: int, code: str, message: str) -> dict[str, Any]:
    """An error in the envelope of the family that a path belongs to."""
    rest = path.removeprefix("/admin").removeprefix("/hybridity/api/")
    family = rest.partition("/")[0]
    if family == "networks":
        return profile_written(None, None, code, message)
    if family in ("cloudConfigs", "endpointPairing", "service", "admin", "sessions"):
        return untrue(now_ms, code, message)
    if path.startswith(("/api/admin", "/components")):
        return {"isSuccess": False, "message": message, "httpStatusCode": 400}
    return errors(code, message)


def planned(path: str, now_ms: int, code: str, message: str) -> dict[str, Any]:
    """A success that is none: what a family answers with status 200 when something went wrong inside (4.2)."""
    if path.startswith("/hybridity/api/interconnect"):
        return accepted(None, [(code, message)])
    return in_the_words_of(path, now_ms, code, message)
