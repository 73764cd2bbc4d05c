# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of one manager's port 443 that hides nothing: status, headers and body as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from lab import Lab

TOKEN = "x-hm-authorization"
DEADLINE_SECONDS = 5.0
SERVICES = ("INTERCONNECT", "WANOPT", "VMOTION", "BULK_MIGRATION", "NETWORK_EXTENSION")
COMPUTE_PROFILES = "/hybridity/api/interconnect/computeProfiles"


class Manager:
    def __init__(self, url: str, ca_path: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.verify = ca_path
        self.http.trust_env = False
        self.http.headers.update({"Accept": "application/json"})

    def login(self, user: str = Lab.username, password: str = Lab.password) -> requests.Response:
        answer = self.call("POST", "/hybridity/api/sessions", {"username": user, "password": password})
        if TOKEN in answer.headers:
            self.http.headers[TOKEN] = answer.headers[TOKEN]
        return answer

    def call(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, params=query, timeout=10)

    def get(self, path: str, **query: str) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **query: str) -> Any:
        answer = self.call("POST", path, body, **query)
        assert answer.ok, answer.text
        return answer.json()

    def job(self, job_id: str) -> Any:
        return self.until(lambda: self.get(f"/hybridity/api/jobs/{job_id}"), lambda job: job["isDone"])

    @staticmethod
    def until(read: Callable[[], Any], done: Callable[[Any], Any]) -> Any:
        """Polls; the last answer even when it never was done, for the test to say what it misses."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not done(found := read()) and time.monotonic() < end:
            time.sleep(0.01)
        return found

    def task(self, answer: Any) -> Any:
        """The finished task that an answer of envelope D tells of."""
        assert answer["errors"] == [], answer
        path = f"/hybridity/api/interconnect/tasks/{answer['data']['interconnectTaskId']}"
        return self.until(lambda: self.get(path), lambda task: task["status"] in ("SUCCESS", "FAILED"))

    def items(self, path: str, **query: str) -> Any:
        return self.get(f"/hybridity/api/interconnect/{path}", **query)["items"]

    def network_id(self, name: str) -> str:
        """Of a distributed port group of the first datacenter that has one of this name."""
        body = {"filter": {"cloud": {}}}
        found = self.post("/hybridity/api/service/inventory/networks", body)["data"]["items"]
        return next(
            n["entity_id"] for n in found if n["name"] == name and n["entityType"] == "DistributedVirtualPortgroup"
        )

    def vcenter(self) -> str:
        body = {"filter": {"cloud": {"local": True, "remote": False}}}
        found = self.post("/hybridity/api/service/inventory/resourcecontainer/list", body)
        return str(found["data"]["items"][0]["vcuuid"])

    def network_profile(
        self,
        name: str,
        group: str = "pg-management",
        first: str = "10.10.1.10",
        last: str = "10.10.1.19",
        **fields: Any,
    ) -> dict[str, Any]:
        """A body that is right."""
        return {
            "name": name,
            "description": "",
            "organization": "DEFAULT",
            "mtu": 1500,
            "l3TenantManaged": False,
            "ownedBySystem": True,
            "backings": [
                {
                    "backingId": self.network_id(group),
                    "backingName": group,
                    "type": "DistributedVirtualPortgroup",
                    "vCenterInstanceUuid": self.vcenter(),
                }
            ],
            "ipScopes": [
                {
                    "prefixLength": 22,
                    "gateway": ".".join([*first.split(".")[:2], "0", "1"]),
                    "networkIpRanges": [{"startAddress": first, "endAddress": last}],
                    "poolId": "",
                }
            ],
            **fields,
        }

    def clusters(self) -> dict[str, str]:
        """Names of clusters and datacenters to ids."""
        root = self.post("/hybridity/api/service/inventory/vc/list", {})["data"]["items"][0]
        found = {d["name"]: d["entity_id"] for d in root["children"]}
        return found | {c["name"]: c["entity_id"] for d in root["children"] for c in d["children"]}

    def of_cluster(self, what: str, cluster: str) -> dict[str, dict[str, Any]]:
        """Datastores or switches ("dvs") of a cluster, by name."""
        wanted = {
            "computeType": "ClusterComputeResource",
            "vcenter_instanceId": self.vcenter(),
            "computeIds": [self.clusters()[cluster]],
        }
        found = self.post(f"/hybridity/api/service/inventory/vc/{what}/query", {"filter": wanted})["data"]["items"]
        return {f["name"]: f for f in found}

    def compute_profile(self, name: str, letter: str, networks: dict[str, list[str]], **fields: Any) -> dict[str, Any]:
        """A body that is right; `networks` is network profile id to roles."""
        vcenter, cluster = self.vcenter(), f"compute-{letter}"
        ids = self.clusters()
        switch = self.of_cluster("dvs", cluster)[f"vds-{letter}"]
        datastore = self.of_cluster("datastores", cluster)[f"ds-{letter}"]
        return {
            "name": name,
            "services": [{"name": s} for s in SERVICES],
            "compute": [{"cmpId": vcenter, "id": ids[f"dc-{letter}"], "type": "datacenter"}],
            "deploymentContainer": {
                "compute": [{"cmpId": vcenter, "id": ids[cluster], "type": "ClusterComputeResource"}],
                "storage": [{"cmpId": vcenter, "id": datastore["id"], "type": "Datastore"}],
            },
            "networks": [{"id": n, "tags": tags} for n, tags in networks.items()],
            "switches": [{"cmpId": vcenter, "id": switch["id"], "type": switch["type"]}],
            **fields,
        }

    def create_compute_profile(self, name: str, letter: str, octet: int, last: int = 40) -> str:
        """With one network profile for management and uplink, and one each for vMotion and replication."""
        roles = {
            "pg-management": ["management", "uplink"],
            "pg-vmotion": ["vmotion"],
            "pg-replication": ["replication"],
        }
        octets = (octet, octet + 1, octet + 3)
        networks = {
            self.create_network(f"np-{group[3:]}", group=group, first=f"10.{o}.1.10", last=f"10.{o}.1.{last}"): tags
            for o, (group, tags) in zip(octets, roles.items(), strict=True)
        }
        answer = self.post(COMPUTE_PROFILES, self.compute_profile(name, letter, networks))
        assert self.task(answer)["status"] == "SUCCESS"
        return str(answer["data"]["computeProfileId"])

    def create_network(self, name: str, **fields: Any) -> str:
        answer = self.post("/admin/hybridity/api/networks", self.network_profile(name, **fields))
        assert not answer["error"], answer
        assert not self.job(answer["data"]["jobId"])["didFail"]
        return str(answer["data"]["objectId"])


@pytest.fixture
def connector(lab: Lab) -> Iterator[Manager]:
    yield from _manager(lab, lab.connector.url)


@pytest.fixture
def cloud(lab: Lab) -> Iterator[Manager]:
    yield from _manager(lab, lab.cloud.url)


@pytest.fixture
def stranger(lab: Lab) -> Iterator[Manager]:
    """The connector, without having logged in."""
    manager = Manager(lab.connector.url, lab.ca_path)
    yield manager
    manager.http.close()


def _manager(lab: Lab, url: str) -> Iterator[Manager]:
    manager = Manager(url, lab.ca_path)
    assert manager.login().status_code == 200
    yield manager
    lab.faults.clear()
    manager.http.close()


@pytest.fixture
def trust(lab: Lab, connector: Manager) -> None:
    """The connector trusts the cloud's certificate."""
    connector.post("/hybridity/api/admin/certificates", {"certificate": lab.cloud.certificate})


@pytest.fixture
def paired(lab: Lab, connector: Manager, trust: None) -> str:
    """The sites are paired; the cloud's endpoint id."""
    body = {"remote": {"url": lab.cloud.url, "username": lab.username, "password": lab.password}}
    answer = connector.post("/hybridity/api/cloudConfigs", body)
    job = connector.job(answer["data"]["jobId"])
    return str(job["jobData"]["endpoint"]["endpointId"])


@pytest.fixture
def mesh(connector: Manager, cloud: Manager, paired: str) -> dict[str, Any]:
    """The body of a mesh between two complete sites, with one extension appliance."""
    profiles = connector.create_compute_profile("cp-source", "a", 10), cloud.create_compute_profile("cp-cloud", "d", 30)
    local = connector.login().json()["data"]["endpointInfo"]["uuid"]
    switches = [
        m.of_cluster("dvs", f"compute-{letter}")[f"vds-{letter}"] | {"cmpId": m.vcenter()}
        for m, letter in ((connector, "a"), (cloud, "d"))
    ]
    return {
        "name": "mesh",
        "computeProfiles": [
            {"endpointId": endpoint, "computeProfileId": profile}
            for endpoint, profile in zip((local, paired), profiles, strict=True)
        ],
        "services": [{"name": s} for s in SERVICES],
        "wanoptConfig": {"uplinkMaxBandwidth": 10000000},
        "trafficEnggCfg": {"isAppPathResiliencyEnabled": False, "isTcpFlowConditioningEnabled": False},
        "switchPairCount": [{"switches": switches, "l2cApplianceCount": 1}],
    }


@pytest.fixture
def later(lab: Lab) -> Callable[[], None]:
    """From now on nothing ends by itself; calling it lets time pass in which everything that began ends."""
    lab.rules = lab.rules.changed(hcx_job_running_ms=10_000, hcx_task_step_ms=10_000, hcx_unpairing_ms=10_000)
    return lambda: lab.shared.clock.advance(100)
