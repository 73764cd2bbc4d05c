# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of one Cloud Director that hides nothing: status, headers and body as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from lxml import etree

from lab import Lab
from lab.clouds import Cloud
from lab.default_clouds import PROCEDURE

CLASSIC, ACCESS = "x-vcloud-authorization", "X-VMWARE-VCLOUD-ACCESS-TOKEN"
CLOUDAPI = "/cloudapi/1.0.0"
NETWORK = "application/vnd.vmware.vcloud.orgVdcNetwork+xml"
DEADLINE_SECONDS = 5.0


class Director:
    def __init__(self, lab: Lab, port: str, version: str) -> None:
        self.lab = lab
        self.port = port
        self.version = version
        self.url = f"https://localhost:{lab.ports[port]}"
        self.http = requests.Session()
        self.http.verify = lab.ca_path
        self.http.trust_env = False

    @property
    def cloud(self) -> Cloud:
        return self.lab.world.clouds[f"cloud-{self.port[-1]}"]

    def edge(self) -> str:
        return self.cloud.edge("acme-edge").id

    def login(self, user: str, organization: str) -> requests.Response:
        self.http.headers.clear()
        if self.port == "vcd-v":
            path = "/api/sessions"
        else:
            path = f"{CLOUDAPI}/sessions" + ("/provider" if organization.lower() == "system" else "")
        answer = self.call("POST", path, auth=(f"{user}@{organization}", Lab.password))
        if CLASSIC in answer.headers:
            self.http.headers[CLASSIC] = answer.headers[CLASSIC]
        if ACCESS in answer.headers:
            self.http.headers["Authorization"] = f"Bearer {answer.headers[ACCESS]}"
        return answer

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """With the Accept header of the path's space, unless `headers` has another."""
        space = "application/json" if "/cloudapi/" in path or "/oauth/" in path else "application/*+xml"
        headers = {"Accept": f"{space};version={self.version}", **arguments.pop("headers", {})}
        url = path if path.startswith("https://") else self.url + path
        return self.http.request(method, url, headers=headers, timeout=10, **arguments)

    def xml(self, path: str, **query: str) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return tree(answer)

    def json(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", CLOUDAPI + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any) -> requests.Response:
        """JSON to cloudapi."""
        return self.call(method, CLOUDAPI + path, json=body)

    def put_xml(self, method: str, path: str, media_type: str, body: str) -> requests.Response:
        return self.call(method, path, data=body.encode(), headers={"Content-Type": media_type})

    def records(self, kind: str, **query: str) -> list[dict[str, str]]:
        found = self.xml("/api/query", type=kind, format="records", **query)
        return [dict(r.attrib) for r in found if local(r) != "Link"]

    def ended(self, answer: requests.Response) -> Any:
        """The task of a write, when it has ended."""
        assert answer.status_code in (201, 202), answer.text
        if answer.headers.get("Location"):
            at = answer.headers["Location"]
        else:
            root = tree(answer)
            at = (root if local(root) == "Task" else find(root, "Task")).get("href")
        end = time.monotonic() + DEADLINE_SECONDS
        while (task := tree(self.call("GET", at))).get("status") in ("queued", "running") and time.monotonic() < end:
            time.sleep(0.01)
        return task

    def done(self, answer: requests.Response) -> Any:
        task = self.ended(answer)
        assert task.get("status") == "success", etree.tostring(task)
        return task

    def create_network(self, name: str, subnet: str = "172.16.10", kind: str = "internal") -> str:
        """Bare id of a routed network behind acme-edge."""
        if self.port == "vcd-t":
            task = self.done(self.send("POST", "/orgVdcNetworks", network_json(self.cloud, name, subnet)))
        else:
            path = f"/api/admin/vdc/{self.cloud.vdc('acme-vdc').id}/networks"
            task = self.done(self.put_xml("POST", path, NETWORK, network_xml(self.edge(), name, subnet)))
        object_id = str(find(task, "Owner").get("id")).rpartition(":")[2]
        if kind == "subinterface":
            self.done(self.call("POST", f"/api/admin/network/{object_id}/action/convertToSubInterface"))
        return object_id


def tree(answer: requests.Response) -> Any:
    return etree.fromstring(answer.content)


def local(element: Any) -> str:
    return str(etree.QName(element).localname)


def find(root: Any, name: str) -> Any:
    """The first element of this name; None when there is none."""
    return next((e for e in root.iter() if local(e) == name), None)


def network_xml(edge: str, name: str = "company-network", subnet: str = "172.16.10", extra: str = "") -> str:
    """A body in schema order; `extra` goes after the fence mode."""
    return (
        f'<OrgVdcNetwork xmlns="http://www.vmware.com/vcloud/v1.5" name="{name}"><Description>web</Description>'
        f"<Configuration><IpScopes><IpScope><IsInherited>false</IsInherited><Gateway>{subnet}.1</Gateway>"
        f"<Netmask>255.255.255.0</Netmask><Dns1>{subnet}.10</Dns1><IpRanges><IpRange>"
        f"<StartAddress>{subnet}.100</StartAddress><EndAddress>{subnet}.199</EndAddress></IpRange></IpRanges>"
        f"</IpScope></IpScopes><FenceMode>natRouted</FenceMode>{extra}</Configuration>"
        f'<EdgeGateway href="https://x/api/admin/edgeGateway/{edge}"/><IsShared>false</IsShared></OrgVdcNetwork>'
    )


def network_json(cloud: Cloud, name: str = "company-network", subnet: str = "172.16.10") -> dict[str, Any]:
    ranges = {"values": [{"startAddress": f"{subnet}.100", "endAddress": f"{subnet}.199"}]}
    return {
        "name": name,
        "description": "web",
        "ownerRef": {"id": f"urn:vcloud:vdc:{cloud.vdc('acme-vdc').id}"},
        "networkType": "NAT_ROUTED",
        "connection": {
            "routerRef": {"id": f"urn:vcloud:gateway:{cloud.edge('acme-edge').id}"},
            "connectionTypeValue": "INTERNAL",
        },
        "subnets": {"values": [{"gateway": f"{subnet}.1", "prefixLength": 24, "ipRanges": ranges}]},
    }


def grant_procedure(cloud: Cloud) -> None:
    """What the procedure grants, as if it had been done: in acme and in its administrator's role."""
    wanted = frozenset(PROCEDURE.values())
    acme = cloud.organization("acme")
    cloud.organizations[acme.id] = replace(acme, rights=acme.rights | wanted)
    template = next(g for g in cloud.global_roles.values() if g.name == "Organization Administrator")
    cloud.global_roles[template.id] = replace(template, rights=template.rights | wanted)


@pytest.fixture
def director(lab: Lab) -> Iterator[Callable[..., Director]]:
    """Logs in to one of both: "v" or "t"."""
    opened: list[Director] = []

    def login(generation: str, who: str = "administrator@System", version: str | None = None) -> Director:
        made = Director(lab, f"vcd-{generation}", version or {"v": "27.0", "t": "36.0"}[generation])
        opened.append(made)
        user, _rest, organization = who.partition("@")
        answer = made.login(user, organization)
        assert answer.status_code == 200, answer.text
        return made

    yield login
    lab.faults.clear()
    for made in opened:
        made.http.close()


@pytest.fixture
def granted(lab: Lab) -> None:
    for cloud in lab.world.clouds.values():
        grant_procedure(cloud)


@pytest.fixture
def old(director: Callable[..., Director]) -> Director:
    """The provider, at the Cloud Director with NSX-V."""
    return director("v")


@pytest.fixture
def new(director: Callable[..., Director]) -> Director:
    """The provider, at the Cloud Director with NSX-T."""
    return director("t")
