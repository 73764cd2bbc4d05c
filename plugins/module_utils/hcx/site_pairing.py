# SPDX-License-Identifier: GPL-3.0-or-later
"""Site pairings: the work of ``hcx_site_pairing``. (HCX reference 8, 17)"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ..connection import Connection
from ..engine.errors import Busy, InvalidInput, Refused, refuse_if
from ..engine.plan import Chain, Change, Facts, Step
from ..engine.reconcile import reconcile
from ..engine.wait import wait_for
from ..task import Task
from .answers import UntrustedCertificate
from .client import API, POLLING, Hcx

KIND = "site pairing"
FINGERPRINT_LENGTH = 64
# No source shows how stored credentials are changed (HCX reference 8), nor what HCX says to a second pairing.
RENEWAL = "paired once more; where HCX refuses that, the pairing is ended and made again"
PAIRED = ("already", "exists", "duplicate")


@dataclass(frozen=True)
class WantedPairing:
    """``url`` is canonical; ``fingerprint`` is the lower-case SHA-256 of the remote certificate, without colons."""

    url: str
    absent: bool
    username: str | None
    password: str | None
    fingerprint: str | None
    renew_credentials: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WantedPairing:
        problems = []
        absent = params["state"] == "absent"
        try:
            url = canonical_url(params["remote_url"])
        except ValueError:
            url = params["remote_url"]
            problems.append(f"remote_url {url} is not a URL such as https://hcx-cloud.example.com")
        if not absent and not (params["remote_username"] and params["remote_password"]):
            problems.append(f"pairing with {url} needs remote_username and remote_password")
        fingerprint = (params["certificate_fingerprint"] or "").replace(":", "").lower() or None
        if fingerprint and (len(fingerprint) != FINGERPRINT_LENGTH or set(fingerprint) - set("0123456789abcdef")):
            problems.append(
                f"certificate_fingerprint {params['certificate_fingerprint']} is not a SHA-256 fingerprint: "
                f"{FINGERPRINT_LENGTH} hexadecimal digits, with or without colons"
            )
        refuse_if(problems)
        return cls(
            url=url,
            absent=absent,
            username=params["remote_username"],
            password=params["remote_password"],
            fingerprint=fingerprint,
            renew_credentials=params["renew_credentials"],
        )


def canonical_url(text: str) -> str:
    """HCX stores the URL without a trailing slash; host names are compared without case."""
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme != "https" or not parts.hostname or parts.path.rstrip("/") or parts.query:
        raise ValueError(text)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port and parts.port != 443 else ""
    return f"https://{host}{port}"


@dataclass(frozen=True)
class Pairing:
    """A pairing as HCX lists it. The password is never told. One whose making failed is listed too, but not linked."""

    url: str
    username: str
    endpoint_id: str
    name: str
    version: str
    linked: bool = True

    def facts(self) -> Facts:
        return {
            "url": self.url,
            "username": self.username,
            "endpoint_id": self.endpoint_id,
            "name": self.name,
            "version": self.version,
        }


def read_pairings(hcx: Hcx) -> list[Pairing]:
    """Outgoing pairings; the list also has entries that nobody could pair with by URL. (HCX reference 8)"""
    items = hcx.get(f"{API}/cloudConfigs")["data"]["items"]
    return [
        Pairing(
            url=canonical_url(item["url"]),
            username=item.get("username") or "",
            endpoint_id=item["endpointId"],
            name=item.get("cloudName") or item.get("name") or "",
            version=item.get("version") or "",
        )
        for item in items
        if _is_url(item.get("url")) and item.get("endpointId") and item["endpointId"] != hcx.endpoint_id
    ]


def _is_url(text: str | None) -> bool:
    try:
        return bool(text and canonical_url(text))
    except ValueError:
        return False


def is_linked(hcx: Hcx, endpoint_id: str) -> bool:
    """Whether the remote site of a listed pairing is really connected. (HCX reference 7.1, 17)"""
    body = {"filter": {"cloud": {"local": False, "remote": True}}}
    items = hcx.ask(f"{API}/service/inventory/resourcecontainer/list", body)["data"]["items"]
    endpoints = [item.get("endpoint") or item for item in items]
    return any(one.get("endpointId") == endpoint_id and one.get("linkEstablished", True) for one in endpoints)


def is_planned(hcx: Hcx, task: Task, url: str) -> bool:
    """Whether an earlier task of this run, in check mode, would have paired with the site."""
    return task.run.planned(_key(hcx, url)) is not None


def _key(hcx: Hcx, url: str) -> str:
    return f"{hcx.address} pairing {url}"


def ensure_pairing(task: Task) -> Facts:
    """Pair, renew the credentials of a pairing, or end it; see the module's RETURN for the result."""
    wanted = WantedPairing.from_params(task.params)
    connection = Connection.from_params(task.params)
    with Hcx(connection, task.run, task.redactor, task.progress) as hcx:
        resource = SitePairing(hcx, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        return {**shared, "pairing": resource.facts()}


class SitePairing:
    """What the engine reconciles: the one pairing with a remote site."""

    def __init__(self, hcx: Hcx, wanted: WantedPairing, task: Task) -> None:
        self._hcx = hcx
        self._wanted = wanted
        self._timeout = float(task.params["wait_timeout"])
        self._run = task.run
        self._renewed = False
        self._ended = False
        self._actual: Pairing | None = None

    def facts(self) -> Facts | None:
        return self._actual.facts() if self._actual else None

    def read(self, names: Collection[str] | None = None) -> Pairing | None:
        found = [pairing for pairing in read_pairings(self._hcx) if pairing.url == self._wanted.url]
        if len(found) > 1:
            which = ", ".join(pairing.endpoint_id for pairing in found)
            raise InvalidInput(f"{self._hcx.address} lists {self._wanted.url} more than once ({which}); remove one")
        self._actual = found[0] if found else None
        if self._actual and not self._wanted.absent:
            self._actual = replace(self._actual, linked=is_linked(self._hcx, self._actual.endpoint_id))
        return self._actual

    def plan(self, actual: Pairing | None) -> list[Chain]:
        wanted = self._wanted
        if wanted.absent:
            if actual is None:
                return []
            change = Change("remove", KIND, wanted.url, actual.facts(), {})
            return [_chain(change, lambda: self._unpair(actual))]
        stated = {"url": wanted.url, "username": wanted.username}
        if actual is None or not actual.linked:
            notes = () if actual is None else ("an earlier attempt has left it half made",)
            return [_chain(Change("create", KIND, wanted.url, {}, stated, notes), self._pair)]
        if actual.username == wanted.username and (self._renewed or not wanted.renew_credentials):
            return []
        before, after = {"username": actual.username}, {"username": wanted.username}
        if actual.username == wanted.username:
            before, after = {"credentials": "as stored"}, {"credentials": "as given"}
        change = Change("update", KIND, wanted.url, before, after, (RENEWAL,))
        return [_chain(change, lambda: self._offer(actual), self._pair_if_ended)]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """A service mesh of a later task may name the site; what is there cannot be read before the pairing is real."""
        if chains and not self._wanted.absent:
            self._run.plan(_key(self._hcx, self._wanted.url), {"url": self._wanted.url})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._run.forget(_key(self._hcx, self._wanted.url))

    def _pair(self) -> None:
        remote = {"url": self._wanted.url, "username": self._wanted.username, "password": self._wanted.password}
        try:
            answer = self._hcx.write("POST", f"{API}/cloudConfigs", {"remote": remote})
        except UntrustedCertificate as untrusted:
            self._trust(untrusted.pem)
            answer = self._hcx.write("POST", f"{API}/cloudConfigs", {"remote": remote})
        job = (answer.get("data") or {}).get("jobId")
        if job:
            self._hcx.wait_for_job(job, what=f"pairing with {self._wanted.url}", timeout=self._timeout)
        wait_for(
            self._link,
            what=f"the link with {self._wanted.url}",
            timeout=self._timeout,
            advice="look at the site pairing in HCX's own console",
            pace=POLLING,
        )
        self._renewed = True

    def _offer(self, actual: Pairing) -> None:
        """Pair once more. Only where HCX says that it is paired already, the pairing ends first: whatever else is said,
        such as that the new password is wrong, is no reason to lose it."""
        try:
            self._pair()
        except (Refused, Busy) as refusal:
            if not any(word in str(refusal).lower() for word in PAIRED):
                raise
            self._unpair(actual)
            self._ended = True

    def _pair_if_ended(self) -> None:
        if self._ended:
            self._pair()

    def _link(self) -> bool | None:
        pairing = self.read()
        return True if pairing and pairing.linked else None

    def _trust(self, pem: str) -> None:
        """Only a certificate that the user has named is trusted."""
        actual = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        shown = ":".join(actual[place : place + 2] for place in range(0, len(actual), 2)).upper()
        if self._wanted.fingerprint is None:
            raise Refused(
                f"the certificate of {self._wanted.url} is not trusted; compare its SHA-256 fingerprint {shown} with "
                "the remote site, then give it as certificate_fingerprint",
                certificate_fingerprint=shown,
            )
        if actual != self._wanted.fingerprint:
            raise Refused(
                f"the certificate of {self._wanted.url} has the SHA-256 fingerprint {shown}, not the given one; "
                "nothing was trusted: find out who answers there",
                certificate_fingerprint=shown,
            )
        self._hcx.write("POST", f"{API}/admin/certificates", {"certificate": pem})

    def _unpair(self, actual: Pairing) -> None:
        """Has no job: the list tells when it is done. (HCX reference 5.3)"""
        self._hcx.write("DELETE", f"{API}/endpointPairing/{actual.endpoint_id}")

        def gone() -> bool | None:
            return None if any(one.endpoint_id == actual.endpoint_id for one in read_pairings(self._hcx)) else True

        wait_for(
            gone,
            what=f"the pairing with {self._wanted.url} to end",
            timeout=self._timeout,
            advice="a service mesh that uses it must be removed first",
            pace=POLLING,
        )


def _chain(change: Change, *writes: Callable[[], None]) -> Chain:
    return Chain(change.name, (change,), tuple(Step(change, write) for write in writes))
