# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions and calls of the REST API of vCenter: input and output only, no decisions. (vSphere reference 13, 21)"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from ...connection import Connection
from ...engine.errors import LoginFailed, MobilityError, Refused, Unreachable
from ...engine.redact import Redactor
from ...http_session import UNKNOWN, Http

SESSION = "/api/session"
TOKEN = "vmware-api-session-id"
# Seconds that vCenter's endpoint may be away while its services restart.
PATIENCE = 300.0


class VCenterRest:
    """A logged-in connection to one vCenter, 7.0 Update 2 or later; use it as a context manager.

    ``answer_timeout`` in seconds: some calls answer only when all their work is done.
    """

    def __init__(self, connection: Connection, redactor: Redactor, *, answer_timeout: int) -> None:
        self._http = Http.to(connection, patience=PATIENCE, timeout=answer_timeout)
        self.address = self._http.address
        self._token = self._log_in(connection)
        redactor.add(self._token)

    def __enter__(self) -> VCenterRest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A server that is gone, or has ended the session by itself, leaves nothing to end.
        with suppress(MobilityError):
            self.call("DELETE", SESSION)
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        reads: bool | None = None,
    ) -> Any:
        """``reads`` marks a POST that only asks. Raises `Refused` with vCenter's own words, and `Unreachable`."""
        sent = {TOKEN: self._token, **(headers or {})}
        answer = self._http.send(method, path, body=body, query=query, headers=sent, reads=reads)
        if answer.status < 300:
            return answer.body
        if answer.status == 401:
            raise LoginFailed(f"the session on {self.address} has ended", status=401)
        if answer.status in UNKNOWN:
            raise Unreachable(f"{self.address} answers {answer.status} to {method} {path}; what it did is not known")
        kind, said = _words(answer.body)
        raise Refused(f"{self.address} refuses: {said or f'status {answer.status}'}", status=answer.status, kind=kind)

    def _log_in(self, connection: Connection) -> str:
        """The token is a bare JSON string. (vSphere reference 13)"""
        answer = self._http.send(
            "POST", SESSION, auth=(connection.username, connection.password), reads=True, patient=False
        )
        if answer.status == 401:
            raise LoginFailed(
                f"{self.address} does not accept this user name and password",
                status=401,
                hint="Check username and password (VMWARE_USER, VMWARE_PASSWORD) and whether the account is locked.",
            )
        if answer.status not in (200, 201) or not isinstance(answer.body, str) or not answer.body:
            raise Refused(
                f"{self.address} answers {answer.status} to a login of the REST API; vCenter 7.0 Update 2 or later is "
                "needed",
                status=answer.status,
            )
        return answer.body


def _words(body: Any) -> tuple[str, str]:
    """(error_type, messages) of an error under /api."""
    if not isinstance(body, Mapping):
        return "", ""
    messages = [message.get("default_message") or "" for message in body.get("messages") or []]
    return body.get("error_type") or "", "; ".join(message for message in messages if message)
