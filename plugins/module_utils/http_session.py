# SPDX-License-Identifier: GPL-3.0-or-later
"""The one HTTP session for all but vSphere: trust, time-outs, careful repetition, errors in our words."""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .connection import Connection, trusting
from .engine.errors import MissingLibrary, TimedOut, Unreachable, refuse_if
from .engine.wait import Pace, wait_for

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import InsecureRequestWarning, NewConnectionError

    REQUESTS_ERROR: str | None = None
except ImportError as error:
    REQUESTS_ERROR = str(error)

# The server says itself that it did nothing, so any call may be sent again.
NOT_DONE = (429, 503)
# A gateway gave up on the server; what the server did is unknown, so only reads are sent again.
UNKNOWN = (502, 504)
# Connections kept open for threads that call at the same time; urllib3 warns on the screen about more.
CONNECTIONS = 32
REQUEST_ID_HEADERS = ("x-request-id", "x-ms-request-id", "x-vmware-vcloud-request-id", "x-vcloud-request-id")


@dataclass(frozen=True)
class Answer:
    """``body`` is parsed JSON where the server says it is JSON, the text otherwise, None when there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    @property
    def request_id(self) -> str | None:
        return next((self.headers[name] for name in REQUEST_ID_HEADERS if name in self.headers), None)

    @property
    def retry_after(self) -> float | None:
        """Seconds for which the server wants to be left alone, where it says so in seconds."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdigit() else None


class Http:
    """Calls to one server. Use it as long as you like and `close` it.

    ``timeout`` is for each answer, ``patience`` for a server that is restarting or asks to be left alone for a while;
    both in seconds.
    """

    def __init__(
        self, hostname: str, port: int, *, validate_certs: bool, ca_path: str | None, timeout: int, patience: float
    ) -> None:
        if REQUESTS_ERROR:
            raise MissingLibrary(
                f"the Python package requests is missing ({REQUESTS_ERROR}); install it for the Python of this task"
            )
        refuse_if(_address_problems(hostname, port))
        if validate_certs and ca_path:
            trusting(ca_path)
        if not validate_certs:
            # The user has decided so; a warning at every call would tell nothing new.
            urllib3.disable_warnings(InsecureRequestWarning)
        self.address = f"{hostname}:{port}"
        self._root = f"https://{f'[{hostname}]' if ':' in hostname else hostname}:{port}"
        # Given with every call: requests lets REQUESTS_CA_BUNDLE in the environment win over the session's setting.
        self._verify: bool | str = (ca_path or True) if validate_certs else False
        self._timeout = timeout
        self._patience = patience
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
        # Without one, requests looks into ~/.netrc and sends what it finds there for this host.
        self._session.auth = _no_login

    @classmethod
    def to(cls, connection: Connection, *, patience: float, timeout: int | None = None) -> Http:
        """``timeout`` takes the place of the connection's own."""
        return cls(
            connection.hostname,
            connection.port,
            validate_certs=connection.validate_certs,
            ca_path=connection.ca_path,
            timeout=timeout or connection.timeout,
            patience=patience,
        )

    def close(self) -> None:
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        reads: bool | None = None,
        patient: bool = True,
        verbatim: bool = False,
    ) -> Answer:
        """One call, repeated only where that is safe. ``reads`` marks a POST that only asks; a GET always does.

        ``body`` is sent as JSON; a text is sent as it is, and ``headers`` then name its Content-Type.
        ``patient`` False fails at once when nobody answers: right for a first call, when the address may be wrong. A
        server that answers that it is not ready is waited for all the same, as long as its Retry-After asks for.
        ``verbatim`` sends the path as it is written, for one that a server has signed: otherwise %7E becomes ~.
        Raises `Unreachable`. Statuses, redirections among them, are the caller's to judge.
        """
        repeatable = method == "GET" if reads is None else reads
        reason = ""
        spare = 0.0

        def attempt() -> Answer | None:
            nonlocal reason, spare
            spare = 0.0
            try:
                answer = self._once(
                    method, path, body, query, headers, _exactly(self._root + path) if verbatim else auth
                )
            except _NoAnswer as failure:
                reason = str(failure)
                if patient and (repeatable or not failure.sent):
                    return None
                raise Unreachable(reason) from failure
            if answer.status in NOT_DONE or (repeatable and answer.status in UNKNOWN):
                reason = f"{self.address} answers {answer.status}"
                spare = answer.retry_after or 0.0
                return None
            return answer

        try:
            return wait_for(
                attempt,
                what=self.address,
                timeout=self._patience,
                pace=Pace(first=0.5, longest=10.0),
                spare=lambda: spare,
            )
        except TimedOut as error:
            raise Unreachable(
                f"{reason}, for {self._patience:g} s; it may be restarting or overloaded: look at its own console, "
                "then run again"
            ) from error

    def _once(
        self,
        method: str,
        path: str,
        body: Any,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | Callable[[requests.PreparedRequest], requests.PreparedRequest] | None,
    ) -> Answer:
        try:
            response = self._session.request(
                method,
                self._root + path,
                json=None if isinstance(body, str) else body,
                data=body.encode() if isinstance(body, str) else None,
                params=query,
                headers=headers,
                auth=auth,
                verify=self._verify,
                timeout=self._timeout,
                # Body and headers hold secrets; they are for this server alone.
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            if not isinstance(_innermost(error), ssl.SSLCertVerificationError):
                raise _NoAnswer(f"no TLS connection with {self.address}: {_reason(error)}", sent=True) from error
            raise Unreachable(
                f"the certificate of {self.address} is not trusted: {_reason(error)}",
                hint="Give the certificate of its CA as ca_path.",
            ) from error
        except requests.exceptions.ConnectTimeout as error:
            raise _NoAnswer(f"no answer from {self.address} within {self._timeout} s", sent=False) from error
        except requests.exceptions.Timeout as error:
            raise _NoAnswer(f"{self.address} did not finish {method} {path} in {self._timeout} s", sent=True) from error
        except requests.exceptions.RequestException as error:
            raise _NoAnswer(f"no answer from {self.address}: {_reason(error)}", sent=_was_sent(error)) from error
        if "charset" not in response.headers.get("content-type", ""):
            # XML and JSON are UTF-8 unless they say otherwise; requests would guess.
            response.encoding = "utf-8"
        return Answer(response.status_code, response.headers, _parsed(response), response.text)


class _NoAnswer(Exception):
    """``sent`` says whether the call may have reached the server."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


def _parsed(response: requests.Response) -> Any:
    if not response.content:
        return None
    if "json" not in response.headers.get("content-type", ""):
        return response.text
    try:
        return response.json()
    except json.JSONDecodeError:
        return response.text


def _exactly(url: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """requests prepares the login last, so whatever it has made of the address before is undone here."""

    def restore(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url = url
        return request

    return restore


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _address_problems(hostname: str, port: int) -> list[str]:
    problems = []
    if not _is_server_name(hostname):
        problems.append(
            f"hostname {hostname} is not the name or address of a server; give it without https://, port and path"
        )
    if not 0 < port < 65536:
        problems.append(f"port {port} is outside 1 to 65535")
    return problems


def _is_server_name(text: str) -> bool:
    if ":" not in text:
        return bool(re.fullmatch(r"[\w.-]+", text))
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _was_sent(error: requests.exceptions.RequestException) -> bool:
    """Whether the call may have reached the server: not when there was no connection at all."""
    wrapped = error.args[0] if error.args else None
    return not isinstance(getattr(wrapped, "reason", wrapped), NewConnectionError)


def _innermost(error: BaseException) -> BaseException:
    """What the operating system or the TLS library said, below the wrappings of requests and urllib3."""
    below = (error.__cause__, *error.args, error.__context__)
    inner = next((found for found in below if isinstance(found, BaseException)), None)
    return error if inner is None else _innermost(inner)


def _reason(error: requests.exceptions.RequestException) -> str:
    inner = _innermost(error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message
    if isinstance(inner, ssl.SSLError) and inner.reason:
        return inner.reason.replace("_", " ").lower()
    return (inner.strerror if isinstance(inner, OSError) else None) or str(inner)
