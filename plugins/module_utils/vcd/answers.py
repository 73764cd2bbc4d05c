# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of Cloud Director says when it is a refusal, in each of its three formats. (VCD reference 3.5)"""

from __future__ import annotations

import re
from http import HTTPStatus
from http.client import responses

from ..engine.errors import Busy, LoginFailed, MobilityError, Refused
from ..http_session import Answer
from .markup import Node, parse

BUSY = ("is busy completing an operation", "is busy, cannot proceed with the operation")
# Newer servers put the id of the request before their words.
PREFIX = re.compile(r"^\[\s*([\w.-]+)\s*\]\s*")
HINTS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "The user's role lacks a right for this call, or the object is not visible to the user.",
    HTTPStatus.NOT_ACCEPTABLE: "Leave api_version out to use the newest version that the server offers.",
}


def failure(answer: Answer, address: str) -> MobilityError:
    """The error that an answer of 400 and above stands for, in the server's own words."""
    said, code, request_id = _words(answer, address)
    request_id = answer.request_id or request_id
    facts = {
        "status": answer.status,
        **({"service_code": code} if code else {}),
        **({"request_id": request_id} if request_id else {}),
    }
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return LoginFailed(_sentence(f"the session on {address} has ended", said, None, request_id), **facts)
    if any(words in said for words in BUSY):
        return Busy(_sentence(said, "", code, request_id), **facts)
    if not said:
        said = f"{address} answers {answer.status} {responses.get(answer.status, '')}".rstrip()
    hint = {"hint": HINTS[answer.status]} if answer.status in HINTS else {}
    return Refused(_sentence(said, "", code, request_id), **facts, **hint)


def said_by(error: Node) -> tuple[str, str]:
    """Message and code of an ``Error`` element, of an answer or of a task."""
    return error.attributes.get("message", ""), error.attributes.get("minorErrorCode", "")


def _sentence(first: str, more: str, code: str | None, request_id: str | None) -> str:
    parts = [first.strip().rstrip("."), f": {more}" if more else "", f" [{code}]" if code else ""]
    return "".join(parts).replace("\n", " ") + (f" (request {request_id})" if request_id else "")


def _words(answer: Answer, address: str) -> tuple[str, str, str]:
    """Message, code and request id, each empty where the answer has none."""
    message, code = _message(answer, address)
    prefix = PREFIX.match(message)
    return (message[prefix.end() :], code, prefix[1]) if prefix else (message, code, "")


def _message(answer: Answer, address: str) -> tuple[str, str]:
    if isinstance(answer.body, dict):
        return str(answer.body.get("message") or ""), str(answer.body.get("minorErrorCode") or "")
    if not answer.text.lstrip().startswith("<"):
        return answer.text.strip(), ""
    try:
        root = parse(answer.text, address)
    except Refused:
        # A proxy's page in HTML; its status says enough.
        return "", ""
    return said_by(root) if root.name == "Error" else (root.value("details"), root.value("errorCode"))
