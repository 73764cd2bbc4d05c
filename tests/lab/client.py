# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the control endpoint, for a lab in another process."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

import requests


class LabError(Exception):
    """The control endpoint refused; the text says why."""


class LabControl:
    """`url` and `ca_path` default to LAB_CONTROL and VMWARE_CA_PATH of a lab's env file."""

    def __init__(self, url: str | None = None, ca_path: str | None = None, timeout: float = 30.0) -> None:
        self.url = (url or os.environ["LAB_CONTROL"]).rstrip("/")
        self._session = requests.Session()
        self._session.verify = ca_path or os.environ["VMWARE_CA_PATH"]
        # An inherited REQUESTS_CA_BUNDLE or proxy must not get between.
        self._session.trust_env = False
        self._timeout = timeout

    def __enter__(self) -> LabControl:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of an answer, None for an empty one; LabError on refusal."""
        answer = self._session.request(method, self.url + path, json=body, params=query, timeout=self._timeout)
        if not answer.ok:
            raise LabError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", "/health")
        return found

    def reset(self) -> None:
        self.call("POST", "/reset")

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """Filters: service, name, user, host, since."""
        found: list[dict[str, Any]] = self.call("GET", "/requests", **filters)
        return found

    def counts(self, service: str | None = None) -> dict[str, int]:
        found: dict[str, int] = self.call("GET", "/requests/counts", **({"service": service} if service else {}))
        return found

    def clear_requests(self) -> None:
        self.call("DELETE", "/requests")

    def sessions(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = self.call("GET", "/sessions")
        return found

    def expire_sessions(self) -> None:
        self.call("POST", "/sessions/expire")

    def add_fault(self, action: str, **fields: Any) -> None:
        self.call("POST", "/faults", {"action": action, **fields})

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/faults")
        return found

    def clear_faults(self) -> None:
        self.call("DELETE", "/faults")

    def set_latency(self, milliseconds: float, **fields: Any) -> None:
        self.call("PUT", "/latency", {"milliseconds": float(milliseconds), **fields})

    def rules(self, **changes: Any) -> dict[str, Any]:
        """The rules, after these changes."""
        found: dict[str, Any] = self.call("PATCH", "/rules", changes)
        return found

    def advance_clock(self, seconds: float) -> None:
        self.call("POST", "/clock/advance", {"seconds": float(seconds)})

    def take_snapshot(self, name: str) -> None:
        self.call("POST", "/snapshots", {"name": name})

    def restore_snapshot(self, name: str) -> None:
        self.call("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def host(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/hosts/{name}")
        return found

    def set_connection(self, host: str, connection: str) -> None:
        self.call("PATCH", f"/hosts/{host}", {"connection": connection})

    def drift(self, host: str, device: str, **changes: Any) -> None:
        """Changes: mtu, address, add_services, remove_services."""
        self.call("PATCH", f"/hosts/{host}/adapters/{device}", changes)

    def set_segment(self, site: str, segment: str, **changes: Any) -> None:
        """Changes: mtu, routers, cut."""
        self.call("PATCH", f"/sites/{site}/segments/{segment}", changes)

    def managers(self) -> dict[str, dict[str, Any]]:
        """HCX managers: url, endpointId, certificate (PEM), availability."""
        found: dict[str, dict[str, Any]] = self.call("GET", "/hcx")
        return found

    def set_manager(self, manager: str, **changes: Any) -> None:
        """Changes: availability (up, starting, down) with seconds, nsx_registered, sso_ready."""
        self.call("PATCH", f"/hcx/managers/{manager}", changes)

    def disturb_tunnels(self, status: str, reason: str, appliance: str | None = None) -> None:
        """down or degraded; of one appliance and its peer, or all."""
        self.call("POST", "/hcx/tunnels", {"status": status, "reason": reason, "appliance": appliance})

    def restore_tunnels(self) -> None:
        self.call("DELETE", "/hcx/tunnels")

    def set_extensions(self, appliance: str, count: int) -> None:
        """How many networks are extended over an appliance and its peer."""
        self.call("PATCH", f"/hcx/appliances/{appliance}", {"extensions": count})
