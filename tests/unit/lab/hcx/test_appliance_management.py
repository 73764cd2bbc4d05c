# SPDX-License-Identifier: GPL-3.0-or-later
"""Port 9443 (HCX reference 3.2, 16)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lab import Lab

CONFIG = "/api/admin/global/config"


@pytest.fixture
def admin(lab: Lab) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify, session.trust_env = lab.ca_path, False
        session.auth = ("admin", lab.password)
        session.headers["Accept"] = "application/json"
        yield session


@pytest.fixture
def url(lab: Lab) -> str:
    return f"https://localhost:{lab.connector.admin_port}"


def test_it_wants_the_appliance_user_on_each_request(lab: Lab, admin: requests.Session, url: str) -> None:
    assert admin.get(f"{url}{CONFIG}/vcenter").status_code == 200
    admin.auth = (lab.username, lab.password)
    assert admin.get(f"{url}{CONFIG}/vcenter").status_code == 401
    assert admin.get(f"{url}/nothing").status_code == 401


def test_the_registered_vcenter_is_the_lab_s(lab: Lab, admin: requests.Session, url: str) -> None:
    (item,) = admin.get(f"{url}{CONFIG}/vcenter").json()["data"]["items"]
    assert item["config"]["vcuuid"] == lab.world.vcenters["source"].instance_uuid
    assert "password" not in item["config"]


def test_passwords_travel_in_base64(admin: requests.Session, url: str) -> None:
    def body(password: str) -> dict[str, Any]:
        return {"data": {"items": [{"config": {"url": "https://vc", "userName": "u", "password": password}}]}}

    plain = admin.post(f"{url}{CONFIG}/vcenter", json=body("Lab!12345"))
    assert (plain.status_code, plain.json()["isSuccess"]) == (400, False)
    encoded = base64.b64encode(b"Lab!12345").decode()
    assert admin.post(f"{url}{CONFIG}/vcenter", json=body(encoded)).json()["data"]["items"][0]["config"]["url"]


def test_location_is_put_without_an_answer_and_cities_are_found(admin: requests.Session, url: str) -> None:
    (city,) = admin.get(f"{url}{CONFIG}/searchCities", params={"searchString": "zur"}).json()["items"]
    answer = admin.put(f"{url}{CONFIG}/location", json=city)
    assert (answer.status_code, answer.content) == (204, b"")
    assert admin.get(f"{url}{CONFIG}/location").json()["city"] == "Zurich"


def test_without_a_mapped_group_nobody_logs_in(admin: requests.Session, url: str, stranger: Any) -> None:
    mapping = admin.get(f"{url}{CONFIG}/roleMappings").json()
    answer = admin.put(f"{url}{CONFIG}/roleMappings", json=[m | {"userGroups": []} for m in mapping])
    assert answer.json()["isSuccess"] is True
    assert stranger.login().status_code == 403
    assert admin.put(f"{url}{CONFIG}/roleMappings", json=[{"role": "Nobody"}]).status_code == 400


def test_stopping_the_engine_stops_port_443_until_it_is_started(
    admin: requests.Session, url: str, connector: Any
) -> None:
    engine = f"{url}/components/appengine"
    assert admin.post(engine, params={"action": "stop"}).json() == {"result": "STOPPED"}
    assert admin.get(f"{engine}/status").json() == {"result": "STOPPED"}
    assert connector.call("GET", "/hybridity/api/networks").status_code == 503
    admin.post(engine, params={"action": "start"})
    assert connector.call("GET", "/hybridity/api/networks").status_code == 200


def test_certificates_and_licences(lab: Lab, admin: requests.Session, url: str, connector: Any) -> None:
    assert admin.post(f"{url}/api/admin/certificates", json={"url": lab.cloud.url}).json()["success"] is True
    remote = {"url": lab.cloud.url, "username": lab.username, "password": lab.password}
    assert connector.post("/hybridity/api/cloudConfigs", {"remote": remote})["success"] is True
    key = {"url": "https://connect.hcx.vmware.com", "licenseKey": "AAAAA-BBBB"}
    job = admin.post(f"{url}/api/admin/licenses/activation", json=key).json()["jobId"]
    assert admin.get(f"{url}/api/admin/licenses/status/{job}").json()["status"] == "COMPLETED"
    assert admin.get(f"{url}/api/admin/licenses").json()["licenses"] == [{"licenseKey": "********BBBB"}]


@pytest.mark.parametrize("path", ["/api/admin/global/config/other", "/components/other/status", "/api/admin/v1/x"])
def test_other_paths_are_404(admin: requests.Session, url: str, path: str) -> None:
    assert admin.get(url + path).status_code == 404
