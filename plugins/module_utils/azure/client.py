# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to Azure Resource Manager: input and output only, no decisions. (Azure reference 1 to 3)"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from ..engine.errors import Refused
from ..engine.progress import Progress
from ..engine.redact import Redactor
from ..engine.wait import Pace, wait_for
from ..http_session import Answer, Http
from ..run import Run, Saved
from .account import GUID, Account
from .answers import NotFound, OtherVersionNeeded, content, operation_outcome
from .api_versions import PROVIDERS, SUBSCRIPTIONS, Api, fallback
from .clouds import Endpoint
from .entra import token_for

# Seconds that Azure may be busy or away. Throttling can ask for more than six minutes. (Azure reference 2.5)
PATIENCE = 600.0
POLLING = Pace(first=1.0, longest=15.0)


class Azure:
    """Logged in to one subscription; use it as a context manager."""

    def __init__(self, account: Account, run: Run, redactor: Redactor, progress: Progress) -> None:
        self._account = account
        self._run = run
        self._redactor = redactor
        self._progress = progress
        self._lock = threading.RLock()
        self._servers: dict[tuple[str, int], Http] = {}
        self._versions: dict[Api, str] = {}
        self._subscription = account.subscription if GUID.fullmatch(account.subscription) else None
        for secret in (account.secret, account.certificate_password, account.token):
            redactor.add(secret or "")
        self._http = self._server(account.arm)
        self.address = self._http.address
        self._saved = self._logged_in()

    def __enter__(self) -> Azure:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()

    @property
    def subscription(self) -> str:
        """``/subscriptions/{id}``, the beginning of every path; a name is looked up once. (Azure reference 3)"""
        with self._lock:
            if self._subscription is None:
                self._subscription = self._id_of(self._account.subscription)
            return f"/subscriptions/{self._subscription}"

    def prefer(self, api: Api, version: str) -> None:
        """Ask for this kind of resource with another version than the tested one."""
        self._versions[api] = version

    def version(self, api: Api) -> str:
        """The version that this kind of resource is asked with at present."""
        return self._versions.get(api, api.version)

    def get(self, path: str, api: Api, **query: str) -> dict[str, Any]:
        return dict(self._call("GET", path, api, query=query).body or {})

    def find(self, path: str, api: Api, **query: str) -> dict[str, Any] | None:
        """None when the object or its resource group is not there; a missing subscription is an error.

        Where a provider is not registered yet, nothing of its kind can be there either.
        """
        try:
            return self.get(path, api, **query)
        except Refused as refused:
            code = refused.facts.get("service_code")
            if code == "MissingSubscriptionRegistration":
                return None
            if not isinstance(refused, NotFound) or code == "SubscriptionNotFound":
                raise
            return None

    def pages(self, path: str, api: Api, **query: str) -> Iterator[dict[str, Any]]:
        """The entries of a list, page after page; links to further pages are followed as they are."""
        return self._pages(self.get(path, api, **query))

    def _pages(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from body.get("value") or []
        while link := body.get("nextLink"):
            body = dict(content(self._follow(link), self.address) or {})
            yield from body.get("value") or []

    def pages_if_there(self, path: str, api: Api) -> Iterator[dict[str, Any]]:
        """The same for a list inside a resource group that may be missing: then there is nothing in it."""
        body = self.find(path, api)
        return self._pages(body) if body else iter(())

    def ask(self, path: str, body: Any, api: Api) -> dict[str, Any]:
        """A POST that only reads, or that does no harm a second time."""
        return dict(self._call("POST", path, api, body=body).body or {})

    def write(self, method: str, path: str, api: Api, body: Any = None, **query: str) -> dict[str, Any]:
        """A PUT, PATCH or DELETE that is done when it is answered."""
        answer = self._call(method, path, api, body=body, query=query)
        return dict(answer.body) if isinstance(answer.body, dict) else {}

    def finish(
        self, method: str, path: str, api: Api, body: Any = None, *, what: str, timeout: float, **query: str
    ) -> None:
        """A write that may go on for a while; returns when it has ended well. (Azure reference 2.4)

        ``what`` names it in the sentences of a failure and of a wait that is given up.
        """
        answer = self._call(method, path, api, body=body, query=query)
        operation = answer.headers.get("azure-asyncoperation", "")
        place = operation or (answer.headers.get("location", "") if answer.status in (201, 202) else "")
        if not place:
            return
        spare = answer.retry_after or 0.0
        asked = spare == 0.0

        def ended() -> bool | None:
            nonlocal place, spare, asked
            if not asked:
                asked = True
                return None
            reply = self._follow(place)
            spare = reply.retry_after or 0.0
            seen = content(reply, self.address)
            if not operation:
                place = reply.headers.get("location") or place
                return None if reply.status == 202 else True
            reason = operation_outcome(seen)
            if reason:
                raise Refused(f"{what} failed: {reason}")
            return True if reason == "" else None

        wait_for(
            ended,
            what=what,
            timeout=timeout,
            advice="Azure goes on with it; run again to see how it ended",
            pace=POLLING,
            progress=self._progress,
            spare=lambda: spare,
        )

    def token(self) -> str:
        """A token that is good for some more minutes, to be handed to a server that has no login of its own."""
        return str(self._fresh()["token"])

    def _call(
        self, method: str, path: str, api: Api, *, body: Any = None, query: Mapping[str, str] | None = None
    ) -> Answer:
        """With the version in use, and once more with an older one where the service does not know it."""
        try:
            return self._answer(method, path, api, body, query)
        except OtherVersionNeeded as unknown:
            older = fallback(self.version(api), unknown.supported or self._advertised(api))
            if older is None:
                raise
            self.prefer(api, older)
            return self._answer(method, path, api, body, query)

    def _answer(self, method: str, path: str, api: Api, body: Any, query: Mapping[str, str] | None) -> Answer:
        """ARM's writes say the whole wish and not a step, so a lost answer is asked for again."""
        every = {**(query or {}), "api-version": self.version(api)}
        send = partial(self._http.send, method, path, body=body, query=every, reads=True)
        answer = self._with_token(send)
        content(answer, self.address)
        return answer

    def _advertised(self, api: Api) -> list[str]:
        """The versions that the provider itself names for a kind of resource. (Azure reference 4)"""
        if api is PROVIDERS:
            return []
        provider = self.get(f"{self.subscription}/providers/{api.namespace}", PROVIDERS)
        kinds = {kind["resourceType"].lower(): kind for kind in provider.get("resourceTypes") or []}
        return list(kinds.get(api.kind.lower(), {}).get("apiVersions") or [])

    def _follow(self, url: str) -> Answer:
        """A link that Azure has given; it may lead to a regional server and is signed, so nothing in it is changed."""
        if not self._account.arm.covers(url):
            raise Refused(
                f"{self.address} sends us to {urlsplit(url).netloc}, which does not belong to "
                f"{self._account.cloud.name}; the token was not sent there"
            )
        parts = urlsplit(url)
        server = self._server(Endpoint(parts.hostname or "", self._account.arm.port))
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._with_token(partial(server.send, "GET", path, verbatim=True))

    def _with_token(self, send: Any) -> Answer:
        """A token that Azure no longer accepts is replaced, once. (Azure reference 2.3)"""
        used = self._fresh()
        answer: Answer = send(headers=self._headers(used))
        if answer.status != 401 or self._account.token:
            return answer
        with self._lock:
            if used == self._saved:
                self._saved = self._logged_in(stale=used)
        again: Answer = send(headers=self._headers(self._saved))
        return again

    def _headers(self, saved: Saved) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {saved['token']}",
            "Accept": "application/json",
            "x-ms-client-request-id": str(uuid.uuid4()),
            "x-ms-return-client-request-id": "true",
        }

    def _fresh(self) -> Saved:
        with self._lock:
            if self._saved["renew_at"] < time.time():
                self._saved = self._logged_in(stale=self._saved)
            return self._saved

    def _logged_in(self, stale: Saved | None = None) -> Saved:
        if self._account.token:
            # Nobody knows how long it lasts; Azure says so when it ends.
            return {"token": self._account.token, "renew_at": float("inf")}
        login = self._server(self._account.login)

        def log_in() -> Saved:
            return token_for(self._account, login, patient=stale is not None)

        saved = self._run.login("azure", self._account.key, log_in, stale=stale)
        if stale is None and saved["renew_at"] < time.time():
            saved = self._run.login("azure", self._account.key, log_in, stale=saved)
        self._redactor.add(saved["token"])
        return saved

    def _id_of(self, name: str) -> str:
        """The id of the one subscription with this name that the account sees."""
        path = "/subscriptions"
        seen = list(self.pages(path, SUBSCRIPTIONS))
        found = [one for one in seen if one["displayName"].lower() == name.lower()]
        if len(found) != 1:
            names = ", ".join(sorted(f"{one['displayName']} ({one['subscriptionId']})" for one in seen)) or "none"
            many = "more than one subscription is" if found else "no subscription is"
            raise Refused(f"{many} named {name}; the account sees: {names}; give the id as subscription_id")
        return str(found[0]["subscriptionId"])

    def _server(self, place: Endpoint) -> Http:
        known = (place.host, place.port)
        if known not in self._servers:
            account = self._account
            self._servers[known] = Http(
                place.host,
                place.port,
                validate_certs=account.validate_certs,
                ca_path=account.ca_path,
                timeout=account.timeout,
                patience=PATIENCE,
            )
        return self._servers[known]


def end_login(saved: Saved) -> None:
    """A token cannot be handed back; it ends by itself. (Azure reference 1.2)"""
