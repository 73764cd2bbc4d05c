# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version to speak, how a session begins, and how it ends. (VCD reference 3.2, 3.3)"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

from ..connection import Connection
from ..engine.errors import LoginFailed, MobilityError, Refused
from ..http_session import Answer, Http
from ..run import Saved
from .account import NEWEST_MAJOR, OLDEST, Account, Version, is_known
from .answers import failure
from .markup import is_true, parse

# From this version on, a login is a JSON web token; before, it is a session of 32 characters. (VCD reference 3.3)
FIRST_WITH_TOKENS = Version(33, 0)
CLASSIC = "x-vcloud-authorization"
ACCESS = "x-vmware-vcloud-access-token"
# Seconds that a cell may be away while it restarts.
PATIENCE = 300.0


def http_of(connection: Connection) -> Http:
    return Http.to(connection, patience=PATIENCE)


def xml_accept(version: str | Version) -> str:
    return f"application/*+xml;version={version}"


def json_accept(version: str | Version) -> str:
    return f"application/json;version={version}"


def authorization(saved: Mapping[str, Any]) -> dict[str, str]:
    """The header that carries the login."""
    if saved["bearer"]:
        return {"Authorization": f"Bearer {saved['token']}"}
    return {CLASSIC: saved["token"]}


def log_in(http: Http, account: Account, *, patient: bool) -> Saved:
    """A login as plain values. A second one harms nobody, so every call of it is sent again like a read.

    ``patient`` False fails at once when nobody answers: most likely the address is wrong.
    """
    version = _negotiated(http, account, patient)
    if account.token:
        token = _refreshed(http, account, account.token, version)
    elif version >= FIRST_WITH_TOKENS:
        path = "/cloudapi/1.0.0/sessions/provider" if account.is_provider else "/cloudapi/1.0.0/sessions"
        token = _opened(http, account, path, json_accept(version), ACCESS)
    else:
        token = _opened(http, account, "/api/sessions", xml_accept(version), CLASSIC)
    return {
        "connection": {**asdict(account.connection), "password": ""},
        "token": token,
        "bearer": bool(account.token) or version >= FIRST_WITH_TOKENS,
        "version": str(version),
    }


def log_out(http: Http, saved: Saved) -> None:
    """A server that is gone, or has ended the session by itself, leaves nothing to end."""
    with suppress(MobilityError):
        headers = {"Accept": xml_accept(saved["version"]), **authorization(saved)}
        http.send("DELETE", "/api/session", headers=headers, patient=False)


def _negotiated(http: Http, account: Account, patient: bool) -> Version:
    """The newest version that both sides know; a deprecated one only where nothing else is left."""
    answer = http.send("GET", "/api/versions", headers={"Accept": "application/*+xml"}, patient=patient)
    root = parse(answer.text, http.address) if answer.status == 200 else None
    if root is None or root.name != "SupportedVersions":
        raise Refused(
            f"{http.address} does not list its API versions (it answers {answer.status}); check whether it is a Cloud "
            "Director",
            status=answer.status,
        )
    listed = [(Version.parsed(info.value("Version")), info) for info in root.all("VersionInfo")]
    offered = {version: is_true(info.attributes.get("deprecated", "")) for version, info in listed if version}
    if account.version:
        if account.version not in offered:
            raise Refused(
                f"{http.address} does not offer api_version {account.version}, but {_listed(offered)}; leave it out to "
                "use the newest"
            )
        return account.version
    usable = [version for version in offered if is_known(version)]
    if not usable:
        raise Refused(
            f"{http.address} offers no API version from {OLDEST} to {NEWEST_MAJOR}.x, but {_listed(offered)}",
            offered=[str(version) for version in sorted(offered)],
        )
    return max([version for version in usable if not offered[version]] or usable)


def _listed(versions: Mapping[Version, bool]) -> str:
    return ", ".join(str(version) for version in sorted(versions)) or "none"


def _opened(http: Http, account: Account, path: str, accept: str, header: str) -> str:
    answer = http.send(
        "POST",
        path,
        headers={"Accept": accept},
        auth=(account.user, account.connection.password),
        reads=True,
    )
    token = answer.headers.get(header)
    if answer.status == 200 and token:
        return token
    raise _refusal(answer, http, f"{account.user} with this password", "username and password (VCD_USER, VCD_PASSWORD)")


def _refreshed(http: Http, account: Account, token: str, version: Version) -> str:
    """A session in exchange for the API token of a user. (VCD reference 3.3)"""
    path = "/oauth/provider/token" if account.is_provider else f"/oauth/tenant/{quote(account.org, safe='')}/token"
    answer = http.send(
        "POST",
        path,
        body=urlencode({"grant_type": "refresh_token", "refresh_token": token}),
        headers={"Accept": json_accept(version), "Content-Type": "application/x-www-form-urlencoded"},
        reads=True,
    )
    access = answer.body.get("access_token") if isinstance(answer.body, dict) else None
    if answer.status == 200 and access:
        return str(access)
    raise _refusal(answer, http, "this API token", "api_token (VCD_API_TOKEN)")


def _refusal(answer: Answer, http: Http, what: str, options: str) -> MobilityError:
    said = failure(answer, http.address) if answer.status >= 400 else None
    if answer.status in (400, 401, 403) and said:
        return LoginFailed(
            f"{http.address} does not accept {what}: {said}",
            **{**said.facts, "hint": f"Check {options} and org (VCD_ORG)."},
        )
    return said or Refused(
        f"{http.address} answers {answer.status} to a login, without a token; check whether it is a Cloud Director",
        status=answer.status,
    )
