# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the lab's Azure that hides nothing; every call and answer is held against the official descriptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from tools.azure_descriptions import Exchange, problems

from lab import Lab
from lab.azure import directory
from lab.azure.simulator import AzureSimulator

DEADLINE_SECONDS = 5.0
SUBSCRIPTION = f"/subscriptions/{directory.SUBSCRIPTION}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-arc"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/app01"
VM_ID = "cecf6466-3d5c-454e-b93a-ae9c30c06de7"
V = "2025-01-13"
V_RESOURCES = "2021-04-01"


def machine_body(**properties: Any) -> dict[str, Any]:
    """What `azcmagent connect` sends, less its key."""
    return {
        "location": "westeurope",
        "tags": {"Datacenter": "DC1"},
        "identity": {"type": "SystemAssigned"},
        "properties": {"vmId": VM_ID, "osName": "linux", **properties},
    }


@dataclass
class Azure:
    """Calls as one of the lab's applications, administrator unless said otherwise."""

    lab: Lab
    _http: requests.Session = field(default_factory=requests.Session)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http.verify = self.lab.ca_path
        self._http.trust_env = False

    @property
    def simulator(self) -> AzureSimulator:
        found = self.lab.simulators["azure"]
        assert isinstance(found, AzureSimulator)
        return found

    def url(self, port: str) -> str:
        return f"https://localhost:{self.lab.ports[port]}"

    def login(self, tenant: str = directory.TENANT, old: bool = False, **form: str) -> requests.Response:
        path = "token" if old else "v2.0/token"
        given = {"grant_type": "client_credentials", **form}
        return self._http.post(f"{self.url('entra')}/{tenant}/oauth2/{path}", data=given, timeout=10)

    def secret(self, name: str = "administrator", **more: str) -> dict[str, str]:
        identity = directory.IDENTITIES[name]
        scope = "https://management.azure.com/.default"
        return {"client_id": identity.client_id, "client_secret": identity.secret, "scope": scope, **more}

    def token(self, name: str) -> str:
        if name not in self._tokens:
            self._tokens[name] = self.login(**self.secret(name)).json()["access_token"]
        return self._tokens[name]

    def call(
        self,
        method: str,
        path: str,
        version: str | None = V,
        body: Any = None,
        who: str = "administrator",
        **query: Any,
    ) -> requests.Response:
        """`path` may be a whole address that an answer gave."""
        whole = path.startswith("https:")
        params = {**query, **({} if whole or version is None else {"api-version": version})}
        headers = {"Authorization": f"Bearer {self.token(who)}"}
        url = path if whole else self.url("arm") + path
        return self._http.request(method, url, params=params, json=body, headers=headers, timeout=10)

    def get(self, path: str, version: str = V, **query: Any) -> Any:
        answer = self.call("GET", path, version, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.lab.control_url}/azure{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def error(self, answer: requests.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["error"]["code"]

    def register(self, *namespaces: str) -> None:
        for namespace in namespaces or ("Microsoft.HybridCompute",):
            self.control("PUT", f"/providers/{namespace}", {"state": "Registered"})

    def ready(self, **body: Any) -> Any:
        """A registered subscription with the group rg-arc and the machine app01."""
        self.register()
        assert self.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"}).status_code == 201
        answer = self.call("PUT", MACHINE, V, {**machine_body(), **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, answer: requests.Response) -> Any:
        """The last status of the long-running operation that an answer started."""
        return self.until(
            lambda: self.get(answer.headers["Azure-AsyncOperation"]), lambda found: found["status"] != "InProgress"
        )

    @staticmethod
    def until(read: Callable[[], Any], done: Callable[[Any], Any]) -> Any:
        """Polls; the last answer even when it never was done, for the test to say what it misses."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not done(found := read()) and time.monotonic() < end:
            time.sleep(0.01)
        return found


@pytest.fixture(scope="session")
def azure_lab() -> Iterator[Lab]:
    with Lab.start(hosts=1) as lab:
        yield lab


@pytest.fixture
def azure(azure_lab: Lab) -> Iterator[Azure]:
    azure_lab.reset()
    client = Azure(azure_lab)
    yield client
    listed = [problem for e in client.simulator.arm.exchanges for problem in problems(Exchange(**vars(e)))]
    assert sorted(set(listed)) == []
