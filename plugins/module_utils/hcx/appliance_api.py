# SPDX-License-Identifier: GPL-3.0-or-later
"""The appliance management API of an HCX manager, on port 9443: input and output only. (HCX reference 3.2, 16)

It has a user of its own, knows no sessions, and answers also while the service API on port 443 (`client.Hcx`) does not.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ..connection import Connection
from ..engine.errors import LoginFailed, Refused
from ..http_session import Http
from .answers import failures
from .client import JSON, PATIENCE

CONFIGURATION, COMPONENT = "/api/admin", "/components"
COMPONENTS = ("appengine", "web", "planengine")


class ApplianceApi:
    """Calls with HTTP Basic; use it as a context manager. ``connection`` has the port and the user of this API."""

    def __init__(self, connection: Connection) -> None:
        self._login = (connection.username, connection.password)
        self._http = Http.to(connection, patience=PATIENCE)

    def __enter__(self) -> ApplianceApi:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def component(self, name: str) -> str:
        """Whether one of `COMPONENTS` runs: RUNNING or STOPPED."""
        return str(self._get(f"{COMPONENT}/{name}/status")["result"])

    def section(self, name: str) -> list[dict[str, Any]]:
        """The configurations in a section such as vcenter or nsx; without passwords, which HCX does not tell."""
        items = (self._get(f"{CONFIGURATION}/global/config/{name}").get("data") or {}).get("items") or []
        return [dict(item.get("config") or {}) for item in items]

    def _get(self, path: str) -> dict[str, Any]:
        # Nobody at this port is most likely a firewall or a wrong port, so it is not waited for.
        answer = self._http.send("GET", path, headers=JSON, auth=self._login, patient=False)
        if answer.status == 401:
            raise LoginFailed(
                f"{self._http.address} does not accept this user name and password",
                status=401,
                hint="Check admin_username and admin_password (HCX_ADMIN_USER, HCX_ADMIN_PASSWORD): it is the "
                "appliance's own user, none of vCenter.",
            )
        if answer.status != 200 or not isinstance(answer.body, dict):
            said = "; ".join(failures(answer.body))
            raise Refused(f"{self._http.address} answers {answer.status} to {path}{f': {said}' if said else ''}")
        return answer.body
