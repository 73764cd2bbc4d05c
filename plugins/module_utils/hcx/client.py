# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions and calls of the HCX service API on port 443: input and output only, no decisions. (HCX reference 3 to 5)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from ..connection import Connection
from ..engine.errors import Busy, LoginFailed, Refused, TimedOut
from ..engine.progress import Progress
from ..engine.redact import Redactor
from ..engine.wait import Pace, wait_for
from ..http_session import Http
from ..run import Run, Saved
from ..shared_login import SharedLogin
from .answers import content, current_step, failures, job_outcome, task_outcome

API = "/hybridity/api"
TOKEN = "x-hm-authorization"
# Without Accept, HCX answers in XML. (HCX reference 3.1)
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
# Seconds that a manager may be away while it restarts.
PATIENCE = 300.0
POLLING = Pace(first=0.5, longest=10.0)
# Said by a manager whose single sign-on is not up yet, right after it was configured. (HCX reference 3.1)
NOT_READY = "Trusted root certificates"


class Hcx:
    """A logged-in connection to one HCX Manager; use it as a context manager."""

    def __init__(self, connection: Connection, run: Run, redactor: Redactor, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._http = Http.to(connection, patience=PATIENCE)
        self.address = self._http.address
        self._login = SharedLogin(run, redactor, "hcx", connection.key, self._log_in)

    def __enter__(self) -> Hcx:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def endpoint_id(self) -> str | None:
        """The id of this manager's site, where the login answer told it. (HCX reference 3.1)"""
        endpoint: str | None = self._login.saved["endpoint_id"]
        return endpoint

    def get(self, path: str, **query: str) -> Any:
        return self._call("GET", path, query=query)

    def ask(self, path: str, body: Any, **query: str) -> Any:
        """A POST that only reads."""
        return self._call("POST", path, body=body, query=query, reads=True)

    def write(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """A call that changes something; it is sent again only where it certainly had no effect."""
        return self._call(method, path, body=body, query=query)

    def write_in_turn(
        self, method: str, path: str, body: Any = None, *, what: str, timeout: float, **query: str
    ) -> Any:
        """A write that waits while another task works on the same object: HCX answers 409 then. (HCX reference 11)

        ``what`` is what is waited for; at the deadline, HCX's own words are told too.
        """
        said = ""

        def attempt() -> tuple[Any] | None:
            nonlocal said
            try:
                return (self.write(method, path, body, **query),)
            except Busy as busy:
                said = str(busy)
                return None

        try:
            return wait_for(attempt, what=what, timeout=timeout, pace=POLLING)[0]
        except TimedOut as error:
            raise TimedOut(f"{error}: {said}") from error

    def wait_for_job(self, job: str, *, what: str, timeout: float) -> dict[str, Any]:
        """Wait for a job of site pairings, network profiles or extensions. (HCX reference 5.1)"""
        return self._wait(
            f"{API}/jobs/{job}", job_outcome, lambda body: f"{body.get('percentComplete', 0)} %", what, timeout
        )

    def wait_for_task(self, task: str, *, what: str, timeout: float) -> dict[str, Any]:
        """Wait for an interconnect task: compute profiles, service meshes, appliances. (HCX reference 5.2)"""
        return self._wait(f"{API}/interconnect/tasks/{task}", task_outcome, current_step, what, timeout)

    def join_task(self, task: str, *, what: str, timeout: float) -> bool:
        """Wait for a task that an earlier run, or somebody else, has begun; False when it was no longer running.

        The task tells: what its object says of it may be stale. (HCX reference 5.2) Its failure is no failure of the
        one who waits: what it has left undone is planned like everything else.
        """
        with suppress(Refused):
            if task_outcome(self._job_body(f"{API}/interconnect/tasks/{task}")) is None:
                self.wait_for_task(task, what=what, timeout=timeout)
                return True
            return False
        return True

    def _wait(
        self,
        path: str,
        outcome: Callable[[dict[str, Any]], str | None],
        doing: Callable[[dict[str, Any]], str],
        what: str,
        timeout: float,
    ) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def ended() -> dict[str, Any] | None:
            seen.clear()
            seen.update(self._job_body(path))
            reason = outcome(seen)
            if reason:
                raise Refused(f"{what} failed: {reason}")
            if reason is None:
                self._progress.say(f"{what}: {doing(seen)}")
                return None
            return seen

        return wait_for(
            ended,
            what=what,
            timeout=timeout,
            advice=f"HCX goes on with it ({path}); run again to wait for it",
            pace=POLLING,
        )

    def _job_body(self, path: str) -> dict[str, Any]:
        """The job or task itself; its own error fields are an outcome, not a failed call."""
        answer = self._with_session("GET", path, None, None, None)
        if answer.status != 200 or not isinstance(answer.body, dict):
            content(answer, self.address)
            raise Refused(f"{self.address} does not describe {path}")
        return dict(answer.body)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        reads: bool | None = None,
    ) -> Any:
        return content(self._with_session(method, path, body, query, reads), self.address)

    def _with_session(
        self, method: str, path: str, body: Any, query: Mapping[str, str] | None, reads: bool | None
    ) -> Any:
        """Sessions end after 15 idle minutes; a call that finds out logs in again, once. (HCX reference 3.1)"""
        used = self._login.saved
        answer = self._http.send(method, path, body=body, query=query, headers=self._headers(used), reads=reads)
        if answer.status != 401:
            return answer
        self._login.renew(used)
        again = self._headers(self._login.saved)
        return self._http.send(method, path, body=body, query=query, headers=again, reads=reads)

    def _headers(self, saved: Saved) -> dict[str, str]:
        return {**JSON, TOKEN: saved["token"]}

    def _log_in(self, *, patient: bool) -> Saved:
        """A second login harms nobody, so it is sent again like a read."""
        credentials = {"username": self._connection.username, "password": self._connection.password}

        def attempt() -> Saved | None:
            answer = self._http.send(
                "POST", f"{API}/sessions", body=credentials, headers=JSON, reads=True, patient=patient
            )
            token = answer.headers.get(TOKEN)
            if answer.status in (200, 202) and token:
                body = answer.body if isinstance(answer.body, dict) else {}
                endpoint = (body.get("data") or {}).get("endpointInfo") or {}
                return {"token": token, "endpoint_id": endpoint.get("uuid")}
            said = "; ".join(failures(answer.body))
            if NOT_READY in said:
                return None
            if not said and answer.status not in (401, 403):
                raise Refused(
                    f"{self.address} answers {answer.status} to a login, without a token; check whether it is an HCX "
                    "manager",
                    status=answer.status,
                )
            raise LoginFailed(
                f"{self.address} does not accept this user name and password{f': {said}' if said else ''}",
                status=answer.status,
                hint="Check username and password (HCX_USER, HCX_PASSWORD) and the group's HCX role.",
            )

        return wait_for(attempt, what=f"single sign-on of {self.address}", timeout=PATIENCE, pace=POLLING)


def end_login(saved: Saved) -> None:
    """HCX documents no logout; a session ends by itself after 15 idle minutes. (HCX reference 3.1)"""
