# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure Resource Manager's answers say: contents, and refusals in all their forms. (Azure reference 2.2, 2.3)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..engine.errors import LoginFailed, MobilityError, Refused
from ..http_session import Answer

DENIED = re.compile(r"perform action '(?P<action>[^']+)' over scope '(?P<scope>[^']+)'")
SUPPORTED = re.compile(r"supported (?:api-)?versions are '([^']*)'")
OTHER_VERSION = {"InvalidApiVersionParameter", "NoRegisteredProviderFound"}
TOKEN_REFUSED = {"InvalidAuthenticationToken", "ExpiredAuthenticationToken", "AuthenticationFailed"}
# Who may do what nobody else may; the first match counts. (Azure reference 4, 7.3)
ROLES = (
    (
        re.compile(r"/register/action$", re.IGNORECASE),
        "Contributor or Owner on the subscription have it, the onboarding role has not",
    ),
    (
        re.compile(r"^Microsoft\.HybridCompute/machines/(read|write)$", re.IGNORECASE),
        "the role Azure Connected Machine Onboarding has it",
    ),
    (
        re.compile(r"^Microsoft\.HybridCompute/", re.IGNORECASE),
        "the role Azure Connected Machine Resource Administrator has it",
    ),
    (re.compile(r"^Microsoft\.Resources/tags/", re.IGNORECASE), "the role Tag Contributor has it"),
    (re.compile(r""), "Contributor and Owner have it"),
)


class NotFound(Refused):
    """The object, its group or its subscription is not there."""


class Forbidden(Refused):
    """A permission is missing; ``missing_permission`` and ``scope`` name it."""


class OtherVersionNeeded(Refused):
    """The service does not know the api-version; ``supported`` are those it names, newest first as it lists them."""

    def __init__(self, message: str, supported: list[str], **facts: Any) -> None:
        super().__init__(message, **facts)
        self.supported = supported


def content(answer: Answer, address: str) -> Any:
    """The body of a 2xx answer. Raises one of our errors for every other answer."""
    if 200 <= answer.status < 300:
        return answer.body
    raise refusal(answer, address)


def refusal(answer: Answer, address: str) -> MobilityError:
    code, message = said(answer.body)
    facts: dict[str, Any] = {"status": answer.status, "service_code": code, **_ids(answer.headers)}
    text = f"{message or f'{address} answers {answer.status}'}{f' [{code}]' if code else ''}"
    if answer.status == 401:
        return LoginFailed(f"{address} does not accept the token: {text}", **facts)
    if answer.status == 403 and (denied := DENIED.search(message)):
        action, scope = denied["action"], denied["scope"]
        role = next(words for pattern, words in ROLES if pattern.search(action))
        facts |= {"missing_permission": action, "scope": scope}
        return Forbidden(f"the permission {action} on {scope} is missing; {role} [{code}]", **facts)
    if answer.status == 404:
        return NotFound(text, **facts)
    if code in OTHER_VERSION:
        listed = SUPPORTED.search(message)
        names = [name.strip() for name in listed[1].split(",")] if listed else []
        return OtherVersionNeeded(text, names, **facts)
    return Refused(text, **facts)


def said(body: Any) -> tuple[str, str]:
    """Code and message of an error, from the envelope or without it; the most precise detail is told too."""
    if not isinstance(body, Mapping):
        return "", ""
    inner = body.get("error")
    error = inner if isinstance(inner, Mapping) else body
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    details = [one for one in error.get("details") or [] if isinstance(one, Mapping) and one.get("message")]
    extra = "; ".join(str(one["message"]) for one in details if one["message"] not in message)
    return code, " ".join(f"{message}{f' ({extra})' if extra else ''}".split())


def _ids(headers: Mapping[str, str]) -> dict[str, str]:
    """What Microsoft's support asks for."""
    wanted = {"request_id": "x-ms-request-id", "correlation_id": "x-ms-correlation-request-id"}
    return {fact: headers[name] for fact, name in wanted.items() if name in headers}


def operation_outcome(body: Any) -> str | None:
    """What a status of a long-running operation means: None goes on, an empty text is success. (Azure reference 2.4)"""
    status = str(body.get("status") or "").lower() if isinstance(body, Mapping) else ""
    if status == "succeeded":
        return ""
    if status in ("failed", "canceled"):
        code, message = said(body)
        return f"{message or f'the operation ended as {status}'}{f' [{code}]' if code else ''}"
    return None
