# SPDX-License-Identifier: GPL-3.0-or-later
"""A second pair of eyes: asks a manager with plain `requests`, without any of our module code."""

from __future__ import annotations

from typing import Any

import requests

from lab import Lab

Seen = dict[str, Any]
TOKEN = "x-hm-authorization"


class Reader:
    def __init__(self, lab: Lab, port: int) -> None:
        self._root = f"https://localhost:{port}/hybridity/api"
        self._http = requests.Session()
        self._http.verify = lab.ca_path
        # An inherited REQUESTS_CA_BUNDLE or proxy must not get between.
        self._http.trust_env = False
        self._http.headers["Accept"] = "application/json"
        credentials = {"username": lab.username, "password": lab.password}
        answer = self._http.post(f"{self._root}/sessions", json=credentials, timeout=10)
        self.token = answer.headers[TOKEN]
        self._http.headers[TOKEN] = self.token

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        answer = self._http.get(self._root + path, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, path: str) -> None:
        answer = self._http.delete(self._root + path, timeout=10)
        assert answer.status_code in (200, 204), answer.text

    def pairings(self) -> list[Seen]:
        """Everything that the list has, entries of the site itself and incoming ones too."""
        items: list[Seen] = self.get("/cloudConfigs")["data"]["items"]
        return items

    def pairing(self, url: str) -> Seen | None:
        found = [item for item in self.pairings() if item["url"] == url]
        assert len(found) <= 1
        return found[0] if found else None

    def profiles(self) -> dict[str, Seen]:
        """By name, as HCX shows them."""
        items: list[Seen] = self.get("/networks")
        found = {item["name"]: item for item in items}
        assert len(found) == len(items)
        return found

    def profile(self, name: str) -> Seen:
        return self.profiles()[name]

    def networks(self) -> list[Seen]:
        answer = self._http.post(f"{self._root}/service/inventory/networks", json={"filter": {}}, timeout=10)
        items: list[Seen] = answer.json()["data"]["items"]
        return items

    def network_id(self, name: str, kind: str = "DistributedVirtualPortgroup") -> str:
        """Of the first network of this name and kind."""
        return str(next(n["entity_id"] for n in self.networks() if (n["name"], n["entityType"]) == (name, kind)))

    def compute_profiles(self) -> dict[str, Seen]:
        """By name, as HCX shows them."""
        return {item["name"]: item for item in self.get("/interconnect/computeProfiles")["items"]}

    def meshes(self) -> list[Seen]:
        items: list[Seen] = self.get("/interconnect/serviceMesh")["items"]
        return items

    def tasks(self) -> list[Seen]:
        """Interconnect tasks, newest first."""
        items: list[Seen] = self.get("/interconnect/tasks")["items"]
        return items

    def appliances(self) -> dict[str, Seen]:
        """Of both sites, by name."""
        return {item["applianceName"]: item for item in self.get("/interconnect/appliances")["items"]}
