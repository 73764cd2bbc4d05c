# SPDX-License-Identifier: GPL-3.0-or-later
"""The management plane of a vCloud Director Extender appliance, as far as it was observed. (VCD reference 9)

There is no published API. Reads only: they say what the appliance is. Everything that a tenant does with Extender is
refused, because nobody knows how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, NoReturn

from ..connection import Connection
from ..engine.errors import LoginFailed, Refused
from ..engine.plan import Facts
from ..engine.redact import Redactor
from ..http_session import Http

ROOT = "/mobility"
AUTHENTICATOR, USER_NAME, TOKEN = "x-mobility-authenticator", "x-mobility-userName", "x-mobility-authorization"
PATIENCE = 120.0
PROVIDER = "provider"
DEPLOYMENTS = {"cx-cloud-service": PROVIDER, "cx-connector": "tenant"}

Authenticator = Literal["LOCAL_MACHINE", "VCENTER"]


def refuse(what: str, **facts: Any) -> NoReturn:
    """The one sentence for everything that has no published API. (VCD reference 11.2)"""
    raise Refused(
        f"vCloud Director Extender has no published API for {what}; use backend vcd or the Extender UI",
        hint="Backend vcd builds the same from documented APIs.",
        **facts,
    )


@dataclass(frozen=True)
class Appliance:
    """What an appliance says of itself before any login."""

    deployment: str
    environment: str
    version: str

    @property
    def role(self) -> str:
        return DEPLOYMENTS.get(self.deployment, "unknown")

    def facts(self) -> Facts:
        return {
            "deployment": self.deployment,
            "role": self.role,
            "environment": self.environment,
            "version": self.version,
        }


class Extender:
    """A connection to one appliance; use it as a context manager. Upper and lower case of the user name matter."""

    def __init__(self, connection: Connection, authenticator: Authenticator, redactor: Redactor) -> None:
        self._connection = connection
        self._authenticator = authenticator
        self._redactor = redactor
        self._http = Http.to(connection, patience=PATIENCE)
        self.address = self._http.address
        self._token: str | None = None

    def __enter__(self) -> Extender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """No logout is known. (VCD reference 9.2)"""
        self._http.close()

    def appliance(self) -> Appliance:
        """Needs no login. (VCD reference 9.2)"""
        answer = self._http.send("GET", f"{ROOT}/info", patient=False)
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            raise Refused(
                f"{self.address} answers {answer.status} to the question what it is; check whether it is an Extender "
                "appliance",
                status=answer.status,
            )
        found = answer.body
        return Appliance(
            found.get("deploymentType") or "", found.get("deploymentEnv") or "", found.get("version") or ""
        )

    def log_in(self) -> None:
        """Raises `LoginFailed`. (VCD reference 9.2)"""
        answer = self._http.send("GET", f"{ROOT}/mgmt/login", headers=self._headers(), auth=self._credentials())
        if answer.status == 401:
            raise LoginFailed(
                f"{self.address} does not accept this user name and password as {self._authenticator}",
                status=401,
                hint="Upper and lower case of the user name matter; authenticator VCENTER is for single sign-on users.",
            )
        if answer.status not in (200, 204):
            raise Refused(f"{self.address} answers {answer.status} to a login", status=answer.status)
        if self._authenticator == "VCENTER":
            token = answer.headers.get(TOKEN)
            if not token:
                raise Refused(f"{self.address} accepts the login but gives no token")
            self._redactor.add(token)
            self._token = token

    def describe(self) -> Facts:
        """What the appliance is, and what the provider's one works with."""
        found = self.appliance()
        self.log_in()
        if found.role != PROVIDER:
            return found.facts()
        parts = {"managers": self.managers(), "replicators": self.replicators(), "sites": self.sites()}
        return {**found.facts(), **parts}

    def managers(self) -> list[str]:
        return self._names(f"{ROOT}/mgmt/wp/managers/")

    def replicators(self) -> list[str]:
        return self._names(f"{ROOT}/mgmt/wp/replicators/")

    def sites(self) -> list[str]:
        """Names of the Cloud Directors it is registered with; at most one."""
        return [str(one.get("name") or one.get("ipAddress") or "") for one in self._listed(f"{ROOT}/mm/sites")]

    def _names(self, path: str) -> list[str]:
        return [str(one.get("entityName") or one.get("entityId") or "") for one in self._listed(path)]

    def _listed(self, path: str) -> list[Mapping[str, Any]]:
        """Nothing configured may be an answer without a body. (VCD reference 9.3)"""
        answer = self._http.send("GET", path, headers=self._headers(), auth=self._credentials())
        if answer.status == 401:
            raise LoginFailed(f"the login on {self.address} has ended", status=401)
        if answer.status >= 300:
            raise Refused(f"{self.address} answers {answer.status} to GET {path}", status=answer.status)
        return [one for one in answer.body or [] if isinstance(one, Mapping)] if answer.status != 204 else []

    def _credentials(self) -> tuple[str, str] | None:
        return None if self._token else (self._connection.username, self._connection.password)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", AUTHENTICATOR: self._authenticator}
        if self._token:
            headers |= {"Authorization": self._token, USER_NAME: self._connection.username}
        return headers
