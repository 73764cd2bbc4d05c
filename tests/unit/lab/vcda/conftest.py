# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of one Availability that hides nothing, and moves the lab's clock instead of waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from lab import Lab

TOKEN = "X-VCAV-Auth"
ON_PREMISES = "company-dc1"


class Availability:
    def __init__(self, lab: Lab, port: str) -> None:
        self.lab = lab
        self.cloud = port.replace("vcda", "cloud")
        self.url = f"https://localhost:{lab.ports[port]}"
        self.http = requests.Session()
        self.http.verify = lab.ca_path
        self.http.trust_env = False

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, params=query, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def login(self, user: str = "orgadmin@acme", password: str = Lab.password) -> requests.Response:
        body = {"type": "vcdCredentials", "vcdUser": user, "vcdPassword": password}
        answer = self.call("POST", "/sessions", body)
        if answer.ok:
            self.http.headers[TOKEN] = answer.headers[TOKEN]
        return answer

    def extend(self, **fields: Any) -> requests.Response:
        body = {"type": "credentials", "site": ON_PREMISES, "vcdUsername": Lab.username, "vcdPassword": Lab.password}
        return self.call("POST", "/sessions/extend", {**body, **fields})

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Status and code of an error."""
        answer = self.call(method, path, body, **query)
        assert set(answer.json()) == {"code", "msg", "args", "stacktrace"}, answer.text
        return answer.status_code, answer.json()["code"]

    def task(self, method: str, path: str, body: Any = None) -> Any:
        """What the task of a call has become a second later."""
        answer = self.call(method, path, body)
        assert answer.status_code == 202, answer.text
        self.lab.shared.clock.advance(1)
        return self.get(f"/tasks/{answer.json()['id']}")

    @property
    def vcenter(self) -> str:
        return str(self.lab.world.vcenters["source"].instance_uuid)

    def vm_id(self, name: str) -> str:
        machine = next(m for m in self.lab.world.machines_of("source") if m.name == name)
        return self.lab.shared.directories["source"].machine_id(machine.uuid)

    def creation(self, name: str = "WebApp2", **fields: Any) -> dict[str, Any]:
        source = {
            "type": "vcVm",
            "site": ON_PREMISES,
            "vcUuid": self.vcenter,
            "vmId": self.vm_id(name),
            "vappName": name,
        }
        return self._common() | {"source": source} | fields

    def group_creation(self, *names: str, **fields: Any) -> dict[str, Any]:
        source = {
            "type": "vcVapp",
            "site": ON_PREMISES,
            "vcUuid": self.vcenter,
            "vappName": "wave",
            "vmIds": [self.vm_id(n) for n in names],
        }
        return self._common() | {"source": source} | fields

    def _common(self) -> dict[str, Any]:
        vdc = self.lab.world.clouds[self.cloud].vdc("acme-vdc")
        return {
            "destination": {"type": "vcloud", "site": self.cloud, "vdc": vdc.id, "storageProfile": "*"},
            "rpo": 5,
            "isMigration": True,
            "description": "to the cloud",
        }

    def replicate(self, name: str = "WebApp2", **fields: Any) -> str:
        """The id of a replication that has an instance."""
        task = self.task("POST", "/vm-replications", self.creation(name, **fields))
        assert task["state"] == "SUCCEEDED", task
        self.lab.shared.clock.advance(1)
        return str(task["workflowInfo"]["resourceId"])

    def replication(self, resource: str) -> Any:
        return self.get(f"/vm-replications/{resource}")

    @staticmethod
    def recovery(power_on: bool = True, **nic: Any) -> dict[str, Any]:
        wanted = {
            "nicIndex": 0,
            "isConnected": True,
            "network": "acme-services",
            "ipAddressAllocationMode": "MANUAL",
            "ipAddress": "192.168.60.22",
        }
        networks = {"primaryNicIndex": 0, "nics": [wanted | nic]}
        return {"type": "vcloud", "powerOn": power_on, "vmNetworkSettings": networks}


@pytest.fixture
def stranger(lab: Lab) -> Iterator[Callable[[str], Availability]]:
    made: list[Availability] = []

    def connect(port: str = "vcda-t") -> Availability:
        made.append(Availability(lab, port))
        return made[-1]

    yield connect
    for one in made:
        one.http.close()


@pytest.fixture(params=["vcda-v", "vcda-t"])
def either(request: pytest.FixtureRequest, stranger: Callable[[str], Availability]) -> Availability:
    """Of each generation, with a session at both sites."""
    found = stranger(request.param)
    found.login()
    assert found.extend().status_code == 200
    return found


@pytest.fixture
def vcda(stranger: Callable[[str], Availability]) -> Availability:
    found = stranger("vcda-t")
    found.login()
    assert found.extend().status_code == 200
    return found
