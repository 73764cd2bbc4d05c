# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's calls to Entra ID, Azure Resource Manager and the identity service (Azure reference 9.2)."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import keys, places
from .output import Failure

API_VERSION = "2026-06-16-preview"
GROUPS_VERSION = "2021-04-01"
POLL_SECONDS = 0.2
POLLS = 300
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def reason(self) -> str:
        """The code and message of a refusal, wrapped or flat."""
        error = self.body.get("error", self.body) if isinstance(self.body, dict) else {}
        if isinstance(error, str):
            return str(self.body.get("error_description", error)).splitlines()[0]
        return f"{error.get('code', self.status)}: {error.get('message', '')}"


def call(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Failure 26 when nobody answers."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    context = ssl.create_default_context(cafile=places.variable("CA") or None)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(answer.status, _json(answer.read()), _lower(answer.headers))
    except urllib.error.HTTPError as error:
        return Answer(error.code, _json(error.read()), _lower(error.headers))
    except (OSError, ValueError) as error:
        raise Failure(26, f"Network error at {urllib.parse.urlsplit(url).netloc}: {error}") from error


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Credential:
    """A token, or a service principal with a secret or a certificate file."""

    cloud: str
    tenant: str = ""
    access_token: str = ""
    principal: str = ""
    secret: str = ""
    certificate: str = ""

    def token(self) -> str:
        """Failure 41."""
        if "credentials" in places.failures():
            raise Failure(41, "The credentials were rejected.")
        if self.access_token:
            return self.access_token
        if not self.principal or not (self.secret or self.certificate):
            raise Failure(41, "No token: interactive login is not possible here.")
        url = f"{places.login(self.cloud)}/{self.tenant}/oauth2/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.principal,
            "resource": "https://management.core.windows.net/",
        }
        if self.certificate:
            form |= {"client_assertion_type": ASSERTION, "client_assertion": self._assertion(url)}
        else:
            form["client_secret"] = self.secret
        sent = urllib.parse.urlencode(form).encode()
        answer = call("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, sent)
        if answer.status != 200:
            raise Failure(41, f"Failed to get a token: {answer.reason}")
        return str(answer.body["access_token"])

    def _assertion(self, audience: str) -> str:
        file = Path(self.certificate)
        if not file.is_file():
            raise Failure(106, f"There is no file {self.certificate}.")
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "x5t": _url_safe(keys.thumbprint(file))}
        claims = {
            "aud": audience,
            "iss": self.principal,
            "sub": self.principal,
            "jti": str(uuid.uuid4()),
            "nbf": now,
            "exp": now + 600,
        }
        signed = ".".join(_url_safe(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{_url_safe(keys.sign(file, signed.encode()))}"


def _url_safe(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@dataclass
class Manager:
    """Azure Resource Manager with a token."""

    cloud: str
    token: str

    def call(self, method: str, path: str, body: Any = None, version: str = API_VERSION) -> Answer:
        url = path if path.startswith("https:") else f"{places.manager(self.cloud)}{path}?api-version={version}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        answer = call(method, url, headers, None if body is None else json.dumps(body).encode())
        if answer.status == 401:
            raise Failure(12, f"The access token is not accepted: {answer.reason}")
        return answer

    def finished(self, answer: Answer) -> Answer:
        """Of a long-running operation, its end."""
        url = answer.headers.get("azure-asyncoperation")
        for _poll in range(POLLS):
            if answer.status != 202 or url is None:
                return answer
            time.sleep(POLL_SECONDS)
            found = self.call("GET", url)
            word = found.body.get("status")
            if word == "Succeeded":
                return Answer(200, found.body, found.headers)
            if word in ("Failed", "Canceled"):
                return Answer(409, found.body, found.headers)
        return answer


def identity_call(method: str, url: str, path: str, body: bytes = b"") -> Answer:
    """To the identity service, signed with the machine's key."""
    signature = keys.sign(keys.in_use(), f"{method} {path}\n".encode() + body)
    headers = {"x-ms-arc-signature": base64.b64encode(signature).decode(), "Content-Type": "application/json"}
    return call(method, url + path, headers, body or None)
