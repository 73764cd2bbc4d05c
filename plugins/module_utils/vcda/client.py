# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, calls and tasks of Cloud Director Availability: input and output only, no decisions. (VCD reference 10)"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any

from ..connection import Connection
from ..engine.errors import LoginFailed, MobilityError, Refused
from ..engine.progress import Progress
from ..engine.redact import Redactor
from ..engine.wait import Pace, wait_for
from ..http_session import Answer, Http
from ..run import Run, Saved
from ..shared_login import SharedLogin
from .answers import REMOTE, content, error_code, task_outcome, words

TOKEN = "X-VCAV-Auth"
# What the client knows, newest first: a server answers 406 to what it does not know. (VCD reference 10.1, 12)
VERSIONS = ("4.7", "4.6", "4.5", "4.4", "4.3", "4.2", "4", "3.5", "3")
PAGE = 100
PATIENCE = 120.0
POLLING = Pace(first=0.5, longest=10.0)

Json = dict[str, Any]


class Vcda:
    """A logged-in connection to one cloud site; use it as a context manager."""

    def __init__(self, connection: Connection, run: Run, redactor: Redactor, progress: Progress) -> None:
        self._connection = connection
        self._run = run
        self._progress = progress
        self._lock = threading.Lock()
        self._extensions: dict[str, Json] = {}
        self._http = _http(connection)
        self.address = self._http.address
        self._login = SharedLogin(run, redactor, "vcda", connection.key, self._log_in)

    def __enter__(self) -> Vcda:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A login that the run shares stays open for its next task; another one ends here."""
        if not self._run.shared:
            _log_out(self._http, self._login.saved)
        self._http.close()

    @property
    def version(self) -> str:
        """The version of the interface that both sides speak."""
        version: str = self._login.saved["version"]
        return version

    def get(self, path: str, **query: str) -> Any:
        return self._call("GET", path, query=query)

    def items(self, path: str, **query: str) -> list[Json]:
        """All pages of a collection; a collection without pages is answered as a plain list. (VCD reference 10.5)"""
        found: list[Json] = []
        while True:
            page = self.get(path, **query, offset=str(len(found)), limit=str(PAGE))
            if isinstance(page, list):
                return page
            items = page.get("items") or []
            found += items
            if not items or len(found) >= page.get("total", 0):
                return found

    def write(self, method: str, path: str, body: Any = None, *, operation: str | None = None, **query: str) -> Any:
        """A call that changes something; it is sent again only where it certainly had no effect.

        ``operation`` appears in the service's logs and tasks. (VCD reference 10.1)
        """
        headers = {"operationID": operation} if operation else {}
        return self._call(method, path, body=body, query=query, headers=headers)

    def work(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        what: str,
        timeout: float,
        operation: str | None = None,
        **query: str,
    ) -> Json:
        """A write that starts a task, and the task at its end. Raises `Refused` with the reason of a failed one."""
        task = self.write(method, path, body, operation=operation, **query)
        if not isinstance(task, dict) or "id" not in task:
            raise Refused(f"{self.address} answers {method} {path} without a task")
        return self.wait_for_task(task["id"], what=what, timeout=timeout)

    def wait_for_task(self, task: str, *, what: str, timeout: float) -> Json:
        """The task when it has succeeded. (VCD reference 10.4)"""

        def ended() -> Json | None:
            body: Json = self.get(f"/tasks/{task}")
            reason = task_outcome(body)
            if reason is None:
                self._progress.say(f"{what}: {body.get('progress') or 0} %")
                return None
            if reason:
                raise Refused(f"{what} failed: {reason}", service_code=error_code(body.get("error")), task=_times(body))
            return body

        return wait_for(
            ended, what=what, timeout=timeout, advice="it goes on there; run again to wait for it", pace=POLLING
        )

    def extend(self, site: str, username: str, password: str) -> None:
        """Log the session in to another site too, where it is not yet. (VCD reference 10.2)"""
        self._extensions[site] = {"type": "credentials", "site": site, "vcdUsername": username, "vcdPassword": password}
        session = self.get("/sessions")
        if site not in {entry.get("site") for entry in session.get("authenticatedSites") or []}:
            self._extend(self._extensions[site])

    def _extend(self, login: Json) -> None:
        answer = self._send("POST", "/sessions/extend", login, None, {})
        if answer.status == 400:
            # Sources disagree about the name of this field. (VCD reference 10.2)
            renamed = {"vcdUser" if key == "vcdUsername" else key: value for key, value in login.items()}
            answer = self._send("POST", "/sessions/extend", renamed, None, {})
        if answer.status >= 400:
            said = f": {words(answer.body)}" if isinstance(answer.body, dict) else ""
            raise LoginFailed(
                f"site {login['site']} does not accept {login['vcdUsername']} and the password{said}",
                status=answer.status,
                hint="Check source_username and source_password (VCDA_SOURCE_USER, VCDA_SOURCE_PASSWORD).",
            )

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Sessions end after about 30 idle minutes; a call that finds out logs in again, once. (VCD reference 10.2)"""
        used = self._login.saved
        answer = self._send(method, path, body, query, headers or {})
        lost_site = error_code(answer.body) == REMOTE
        if (answer.status == 401 and not lost_site) or (lost_site and self._extensions):
            self._renew(used, log_in=not lost_site)
            answer = self._send(method, path, body, query, headers or {})
        return content(answer, self.address)

    def _send(self, method: str, path: str, body: Any, query: Any, headers: Mapping[str, str]) -> Answer:
        return self._http.send(method, path, body=body, query=query, headers={**_session(self._login.saved), **headers})

    def _renew(self, stale: Saved, *, log_in: bool) -> None:
        """Threads that find out together log in once; the sites of the old session are added to the new one."""
        with self._lock:
            if log_in and not self._login.renew(stale):
                return
            for login in self._extensions.values():
                self._extend(login)

    def _log_in(self, *, patient: bool) -> Saved:
        """A second login harms nobody, so it is sent again like a read."""
        body = {
            "type": "vcdCredentials",
            "vcdUser": self._connection.username,
            "vcdPassword": self._connection.password,
        }
        for version in VERSIONS:
            answer = self._http.send(
                "POST", "/sessions", body=body, headers=_accept(version), reads=True, patient=patient
            )
            if answer.status != 406:
                break
        else:
            raise Refused(f"{self.address} speaks none of the versions {', '.join(VERSIONS)}")
        token = answer.headers.get(TOKEN)
        if answer.status < 300 and token:
            return {"connection": {**asdict(self._connection), "password": ""}, "token": token, "version": version}
        said = f": {words(answer.body)}" if isinstance(answer.body, dict) and answer.status >= 400 else ""
        if answer.status in (400, 401, 403) and said:
            raise LoginFailed(
                f"{self.address} does not accept this user name and password{said}",
                status=answer.status,
                hint="Check username, such as admin@organization, and password (VCDA_USER, VCDA_PASSWORD).",
            )
        raise Refused(
            f"{self.address} answers {answer.status} to a login, without a token{said}; check whether it is Cloud "
            "Director Availability",
            status=answer.status,
        )


def end_login(saved: Saved) -> None:
    """Log out of a saved login, at the end of a run."""
    http = _http(Connection(**saved["connection"]))
    _log_out(http, saved)
    http.close()


def _log_out(http: Http, saved: Saved) -> None:
    # A server that is gone, or has ended the session by itself, leaves nothing to end.
    try:
        http.send("DELETE", "/sessions", headers=_session(saved), patient=False)
    except MobilityError:
        return


def _http(connection: Connection) -> Http:
    return Http.to(connection, patience=PATIENCE)


def _accept(version: str) -> dict[str, str]:
    return {
        "Accept": f"application/vnd.vmware.h4-v{version}+json;charset=UTF-8",
        "Content-Type": "application/json",
    }


def _session(saved: Saved) -> dict[str, str]:
    return {**_accept(saved["version"]), TOKEN: saved["token"]}


def _times(task: Json) -> Json:
    return {"id": task.get("id"), "start": task.get("startTime"), "end": task.get("endTime")}
