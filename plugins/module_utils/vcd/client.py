# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of Cloud Director's three interfaces on one host: input and output only, no decisions. (VCD reference 3)

``xml`` is the legacy ``/api``, ``json`` is ``/cloudapi``, ``nsx`` is the NSX-V manager behind ``/network``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from ..connection import Connection
from ..engine.errors import Busy, MobilityError, Refused, TimedOut
from ..engine.redact import Redactor
from ..engine.wait import Pace, wait_for
from ..http_session import Answer
from ..run import Saved
from ..shared_login import SharedLogin
from ..task import Task
from .account import Account, Version
from .answers import failure, said_by
from .login import authorization, http_of, json_accept, log_in, log_out, xml_accept
from .markup import VCLOUD, Node, parse, render

CLOUDAPI = "/cloudapi/1.0.0"
PAGE_SIZE = 128
POLLING = Pace(first=0.5, longest=5.0)
# How a task ends badly; any other status but success means that it goes on. (VCD reference 3.6)
FAILED = ("error", "aborted", "canceled")
NEXT_LINK = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?nextPage"?')

Result = TypeVar("Result")


class Tenant(NamedTuple):
    """An organization that the provider acts inside of; ``id`` is the bare UUID. (VCD reference 3.3)"""

    id: str
    name: str


@dataclass(frozen=True)
class Written:
    """What a write answered: the XML element or JSON value, and the task that did the work, ended with success."""

    body: Any
    task: Node | None = None

    @property
    def owner(self) -> str:
        """The bare id of the object that the task has made or changed. (VCD reference 3.6)"""
        found = self.task.at("Owner") if self.task else None
        return bare_id(found.attributes.get("id") or found.attributes["href"]) if found else ""

    @property
    def details(self) -> str:
        return self.task.value("Details") if self.task else ""


def bare_id(text: str) -> str:
    """The UUID of a URN, of an address, or of a UUID. (VCD reference 3.4)"""
    return text.rstrip("/").rpartition("/")[2].rpartition(":")[2]


def urn(kind: str, identifier: str) -> str:
    return f"urn:vcloud:{kind}:{bare_id(identifier)}"


class Vcd:
    """A logged-in connection to one Cloud Director; use it as a context manager.

    ``wait_timeout`` in seconds is for each task, and for each object that another task is busy with.
    """

    def __init__(self, account: Account, task: Task, *, wait_timeout: float) -> None:
        self._account = account
        self._run = task.run
        self._redactor: Redactor = task.redactor
        self._progress = task.progress
        self._timeout = wait_timeout
        self._listed: set[str] = set()
        if account.token:
            self._redactor.add(account.token)
        self._http = http_of(account.connection)
        self.address = self._http.address
        self._login = SharedLogin(task.run, task.redactor, "vcd", account.key, partial(log_in, self._http, account))

    def __enter__(self) -> Vcd:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._run.shared:
            log_out(self._http, self._login.saved)
        self._http.close()

    @property
    def version(self) -> Version:
        """The version that is spoken."""
        return Version(*(int(part) for part in self._login.saved["version"].split(".")))

    @property
    def org(self) -> str:
        """The organization of the login."""
        return self._account.org

    @property
    def is_provider(self) -> bool:
        return self._account.is_provider

    def hide(self, secret: str | None) -> None:
        """Keep a secret that an answer tells out of everything that is shown."""
        self._redactor.add(secret or "")

    # --- the legacy interface, in XML ---------------------------------------------------------------------------------

    def read_xml(self, path: str, **query: str) -> Node:
        return self._parsed(self._call("GET", path, self._xml_headers(), query=query))

    def write_xml(self, method: str, path: str, body: Node | None = None, *, kind: str = "", what: str) -> Written:
        """``kind`` is the media type of ``body``; ``what`` completes "waiting for ..." and "... failed"."""
        headers = {**self._xml_headers(), **({"Content-Type": kind} if kind else {})}
        answer = self._in_turn(method, path, headers, None if body is None else render(body, VCLOUD), what)
        if not answer.text:
            return Written(None, self._located(answer, what))
        root = self._parsed(answer)
        begun = root if root.name == "Task" else root.at("Tasks/Task")
        return Written(root, self.wait_for_task(begun.attributes["href"], what) if begun else None)

    def records(self, kind: str, **query: str) -> list[dict[str, str]]:
        """All records of the query service, as their attributes. (VCD reference 3.7)

        Nothing is filtered by name: a value with a comma or a semicolon breaks a filter, and the names differ in how
        they must be encoded. Callers compare.
        """
        options = {"type": kind, "format": "records", "page": "1", "pageSize": str(PAGE_SIZE), **query}
        page = self.read_xml("/api/query", **options)
        found = []
        while True:
            found += [one.attributes for one in page.children if one.name.endswith("Record")]
            following = [one.attributes["href"] for one in page.all("Link") if one.attributes.get("rel") == "nextPage"]
            if not following:
                return found
            page = self.read_xml(local(following[0]))

    def wait_for_task(self, href: str, what: str) -> Node:
        """The ended task. Raises `Refused` with its reason when it fails. (VCD reference 3.6)"""
        path = local(href)

        def ended() -> Node | None:
            task = self.read_xml(path)
            status = task.attributes.get("status", "")
            if status in FAILED:
                error = task.at("Error")
                reason, code = said_by(error) if error else (task.value("Details"), "")
                raise Refused(
                    f"{what} failed: {reason or f'the task has the status {status}'}{f' [{code}]' if code else ''}",
                    task=bare_id(path),
                    **({"service_code": code} if code else {}),
                )
            if status != "success":
                self._progress.say(f"{what}: {task.value('Progress') or 0} %")
                return None
            return task

        return wait_for(
            ended,
            what=what,
            timeout=self._timeout,
            advice=f"Cloud Director goes on with it ({path}); run again to wait for it",
            pace=POLLING,
        )

    # --- cloudapi, in JSON --------------------------------------------------------------------------------------------

    def read_json(self, path: str, tenant: Tenant | None = None, **query: str) -> Any:
        return self._call("GET", path, self._json_headers(tenant), query=query).body

    def list_json(self, path: str, tenant: Tenant | None = None) -> list[dict[str, Any]]:
        """All values of a collection. Some servers leave out the link to the next page. (VCD reference 3.8)"""
        number = 1
        found: list[dict[str, Any]] = []
        answer = self._call("GET", path, self._json_headers(tenant), query={"page": "1", "pageSize": str(PAGE_SIZE)})
        while True:
            page = answer.body
            found += page.get("values") or []
            link = NEXT_LINK.search(answer.headers.get("link", ""))
            size = page.get("pageSize") or PAGE_SIZE
            if not page.get("values") or not (link or number < math.ceil((page.get("resultTotal") or 0) / size)):
                break
            number += 1
            following = local(link[1]) if link else f"{path}?page={number}&pageSize={size}"
            answer = self._call("GET", following, self._json_headers(tenant))
        self._listed.add(path)
        return found

    def find_json(self, collection: str, identifier: str, tenant: Tenant | None = None) -> Any:
        """One member of a collection, None when it is gone.

        cloudapi answers 403, not 404, for what does not exist; that proves it only to somebody who may list the
        collection, which this client must have done before. (VCD reference 3.5)
        """
        try:
            return self.read_json(f"{collection}/{identifier}", tenant)
        except Refused as refused:
            status = refused.facts.get("status")
            if status == 404 or (status == 403 and collection in self._listed):
                return None
            raise

    def write_json(
        self, method: str, path: str, body: Any = None, tenant: Tenant | None = None, *, what: str
    ) -> Written:
        headers = {**self._json_headers(tenant), "Content-Type": "application/json"}
        answer = self._in_turn(method, path, headers, body, what)
        return Written(answer.body, self._located(answer, what))

    # --- the NSX-V manager behind an edge gateway ---------------------------------------------------------------------

    def read_nsx(self, path: str, **query: str) -> Node:
        return self._parsed(self._call("GET", path, self._xml_headers(), query=query))

    def write_nsx(self, method: str, path: str, body: Node | None = None, *, what: str) -> None:
        headers = {**self._xml_headers(), "Content-Type": "application/xml"}
        self._in_turn(method, path, headers, None if body is None else render(body, None), what)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def wait_until(self, ask: Callable[[], Result | None], what: str, advice: str = "") -> Result:
        return wait_for(ask, what=what, timeout=self._timeout, advice=advice, pace=POLLING, progress=self._progress)

    # --- one call -----------------------------------------------------------------------------------------------------

    def _xml_headers(self) -> dict[str, str]:
        return {"Accept": xml_accept(self._login.saved["version"])}

    def _json_headers(self, tenant: Tenant | None) -> dict[str, str]:
        headers = {"Accept": json_accept(self._login.saved["version"])}
        if tenant is None or not self.is_provider:
            return headers
        # A URN instead of the bare UUID is a 401 in 10.2. (VCD reference 3.3)
        return {
            **headers,
            "X-VMWARE-VCLOUD-TENANT-CONTEXT": bare_id(tenant.id),
            "X-VMWARE-VCLOUD-AUTH-CONTEXT": tenant.name,
        }

    def _parsed(self, answer: Answer) -> Node:
        return parse(answer.text, self.address)

    def _located(self, answer: Answer, what: str) -> Node | None:
        """The task that an empty answer points at, ended. (VCD reference 3.6)"""
        href = answer.headers.get("location", "")
        return self.wait_for_task(href, what) if answer.status == 202 and href else None

    def _in_turn(self, method: str, path: str, headers: Mapping[str, str], body: Any, what: str) -> Answer:
        """A write that waits while another task works on the same object. (VCD reference 3.5)"""
        said = ""

        def attempt() -> Answer | None:
            nonlocal said
            try:
                return self._call(method, path, headers, body=body)
            except Busy as busy:
                said = str(busy)
                return None

        try:
            return wait_for(attempt, what=f"the turn of {what}", timeout=self._timeout, pace=POLLING)
        except TimedOut as error:
            raise TimedOut(f"{error}: {said}; look for the task that runs in Cloud Director, then run again") from error

    def _call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sessions end when they are idle; a call that finds out logs in again, once."""
        used = self._login.saved
        answer = self._http.send(method, path, body=body, query=query, headers={**headers, **authorization(used)})
        if answer.status == 401:
            self._login.renew(used)
            again = {**headers, **authorization(self._login.saved)}
            answer = self._http.send(method, path, body=body, query=query, headers=again)
        if answer.status >= 300:
            raise failure(answer, self.address)
        return answer


def local(href: str) -> str:
    """Path and query of an address: the login is for this server alone, whatever host a link names."""
    parts = urlsplit(href)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def end_login(saved: Saved) -> None:
    """Log out of a saved login, at the end of a run."""
    # A file of certificates that is gone by now leaves no way to log out; the session ends by itself when it is idle.
    with suppress(MobilityError), closing(http_of(Connection(**saved["connection"]))) as http:
        log_out(http, saved)
