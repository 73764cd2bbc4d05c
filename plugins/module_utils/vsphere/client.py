# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions and calls of the vim25 API of vCenter or ESXi: input and output only, no decisions.

One login serves all threads of a task and, through the run's folder, all tasks of a run. (vSphere reference 3, 4, 16)
"""

from __future__ import annotations

import http.client
import io
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from types import TracebackType
from typing import Any, TypeVar

from ..connection import Connection
from ..engine.errors import Busy, LoginFailed, MobilityError, Unreachable
from ..engine.reconcile import PARALLEL_CHAINS
from ..engine.redact import Redactor
from ..engine.wait import Pace, wait_for
from ..run import Run, Saved
from .faults import translated
from .sdk import SoapAdapter, VmomiSupport, require, vim, vmodl

Answer = TypeVar("Answer")
Properties = dict[str, Any]

# Any version that every supported server knows; the real one is chosen from the server's first answer.
FIRST_VERSION = "vim.version.version9"
READ_ATTEMPTS = 3
BUSY_TIMEOUT = 60.0


class VSphere:
    """A logged-in connection; use it as a context manager."""

    def __init__(self, connection: Connection, run: Run, redactor: Redactor) -> None:
        require()
        self.address = connection.address
        self._connection = connection
        self._run = run
        self._redactor = redactor
        self._lock = threading.Lock()
        self._key = connection.key
        self._stub = _stub(connection)
        self._saved = self._attach(run.login("vsphere", self._key, self._log_in))

    def __enter__(self) -> VSphere:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A login that the run shares stays open for its next task; another one ends here."""
        if not self._run.shared:
            _log_out(self._stub, self._saved)
        self._stub.DropConnections()

    def reference(self, kind: Any, moid: str) -> Any:
        """A managed object of this server, without asking the server."""
        return kind(moid, self._stub)

    @property
    def root_folder(self) -> Any:
        return self.reference(vim.Folder, self._saved["root_folder"])

    def call(self, call: Callable[[], Answer]) -> Answer:
        """One write. It is sent again only where it certainly had no effect: session ended, or another operation runs.

        ``call`` is invoked without arguments so that it can be repeated.
        """

        def attempt() -> tuple[Answer] | None:
            try:
                return (self._with_session(call),)
            except Busy:
                return None

        return wait_for(attempt, what=f"the operation that {self.address} is busy with", timeout=BUSY_TIMEOUT)[0]

    def read(self, call: Callable[[], Answer]) -> Answer:
        """One read; repeated when the connection breaks, because reading twice does no harm."""
        attempts = 0

        def attempt() -> tuple[Answer] | None:
            nonlocal attempts
            attempts += 1
            try:
                return (self._with_session(call),)
            except Unreachable:
                if attempts == READ_ATTEMPTS:
                    raise
                return None

        pace = Pace(first=0.5, longest=2.0)
        return wait_for(attempt, what=f"an answer from {self.address}", timeout=self._connection.timeout, pace=pace)[0]

    def retrieve(self, specs: Sequence[Any]) -> list[tuple[Any, Properties, dict[str, str]]]:
        """RetrievePropertiesEx to its last page: (reference, properties, {missing path: fault name})."""
        collector = self.reference(vmodl.query.PropertyCollector, self._saved["property_collector"])

        def drain() -> list[tuple[Any, Properties, dict[str, str]]]:
            found = []
            page = collector.RetrievePropertiesEx(specs, vmodl.query.PropertyCollector.RetrieveOptions())
            while page is not None:
                found += [_content(item) for item in page.objects]
                page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
            return found

        return self.read(drain)

    def post(self, body: bytes) -> bytes:
        """A hand-written SOAP envelope for methods that pyVmomi no longer has (vSphere reference 10).

        Answers with the server's envelope; its faults are raised as those of any other call.
        """
        headers = {
            "Cookie": self._stub.cookie,
            "SOAPAction": "urn:vim25/5.0",
            "Content-Type": "text/xml; charset=utf-8",
        }
        with translated(self.address):
            channel = self._stub.GetConnection()
            with ExitStack() as unless_answered:
                unless_answered.callback(channel.close)
                channel.request("POST", self._stub.path, body, headers)
                response = channel.getresponse()
                answer: bytes = response.read()
                unless_answered.pop_all()
            self._stub.ReturnConnection(channel)
            if response.status == http.client.INTERNAL_SERVER_ERROR:
                raise SoapAdapter.SoapResponseDeserializer(self._stub).Deserialize(io.BytesIO(answer), object)
            if response.status != http.client.OK:
                raise http.client.HTTPException(f"{response.status} {response.reason}")
        return answer

    def renew(self, stale: Saved | None = None) -> None:
        """Log in again after the session ended; threads and tasks that find out together log in once."""
        with self._lock:
            if stale is None or stale == self._saved:
                self._saved = self._attach(self._run.login("vsphere", self._key, self._log_in, stale=self._saved))

    def _with_session(self, call: Callable[[], Answer]) -> Answer:
        used = self._saved
        try:
            with translated(self.address):
                return call()
        except LoginFailed:
            self.renew(used)
        with translated(self.address):
            return call()

    def _log_in(self) -> Saved:
        self._stub.cookie = ""
        with translated(self.address):
            content = vim.ServiceInstance("ServiceInstance", self._stub).RetrieveContent()
            version = _newest_version(content.about.apiVersion)
            self._stub.ComputeVersionInfo(version)
            content.sessionManager.Login(self._connection.username, self._connection.password)
        return {
            "connection": {**asdict(self._connection), "password": ""},
            "cookie": self._stub.cookie,
            "version": version,
            "root_folder": content.rootFolder._moId,
            "property_collector": content.propertyCollector._moId,
            "session_manager": content.sessionManager._moId,
        }

    def _attach(self, saved: Saved) -> Saved:
        self._redactor.add(saved["cookie"])
        self._redactor.add(saved["cookie"].partition("=")[2].partition(";")[0].strip('"'))
        self._stub.cookie = saved["cookie"]
        self._stub.ComputeVersionInfo(saved["version"])
        return saved


def end_login(saved: Saved) -> None:
    """Log out of a saved login, at the end of a run."""
    stub = _stub(Connection(**saved["connection"]))
    stub.cookie = saved["cookie"]
    stub.ComputeVersionInfo(saved["version"])
    _log_out(stub, saved)
    stub.DropConnections()


def _log_out(stub: Any, saved: Saved) -> None:
    # A server that is gone, or has ended the session by itself, leaves nothing to end.
    with suppress(MobilityError), translated(saved["connection"]["hostname"]):
        vim.SessionManager(saved["session_manager"], stub).Logout()


def _stub(connection: Connection) -> Any:
    return SoapAdapter.SoapStubAdapter(
        host=connection.hostname,
        port=connection.port,
        version=FIRST_VERSION,
        sslContext=connection.trust(),
        httpConnectionTimeout=connection.timeout,
        poolSize=PARALLEL_CHAINS,
    )


def _newest_version(api_version: str) -> str:
    """The newest version that both sides know: newer fields are dropped silently by pyVmomi (vSphere reference 3)."""
    server = _numbers(api_version)
    known = VmomiSupport.GetServiceVersions("vim25")
    usable = [name for name in known if (number := _numbers(VmomiSupport.versionIdMap[name])) and number <= server]
    return max(usable, key=lambda name: _numbers(VmomiSupport.versionIdMap[name]), default=FIRST_VERSION)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _content(item: Any) -> tuple[Any, Properties, dict[str, str]]:
    missing: Iterable[Any] = item.missingSet or []
    return (
        item.obj,
        {prop.name: prop.val for prop in item.propSet or []},
        {gone.path: type(gone.fault).__name__.rsplit(".", 1)[-1] for gone in missing},
    )
