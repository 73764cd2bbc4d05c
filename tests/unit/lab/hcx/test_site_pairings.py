# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust and pairing (HCX reference 8)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lab import Lab
from lab.hcx.site_pairings import Pairing

PAIRINGS = "/hybridity/api/cloudConfigs"


def body(lab: Lab, **changes: str) -> dict[str, Any]:
    return {"remote": {"url": lab.cloud.url, "username": lab.username, "password": lab.password, **changes}}


def entries(manager: Any, url: str) -> list[Any]:
    return [p for p in manager.get(PAIRINGS)["data"]["items"] if p["url"] == url]


def fingerprint(pem: str) -> str:
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


def test_each_manager_has_a_certificate_of_its_own_and_shows_it(lab: Lab) -> None:
    shown = [ssl.get_server_certificate(("localhost", m.port)) for m in (lab.connector, lab.cloud)]
    assert [fingerprint(s) for s in shown] == [fingerprint(m.certificate) for m in (lab.connector, lab.cloud)]
    assert fingerprint(shown[0]) != fingerprint(shown[1])


def test_an_unknown_certificate_is_shown_with_status_200_and_nothing_is_paired(lab: Lab, connector: Any) -> None:
    answer = connector.post(PAIRINGS, body(lab))
    assert answer["success"] is False
    assert fingerprint(answer["errors"][0]["data"][0]["certificate"]) == fingerprint(lab.cloud.certificate)
    assert entries(connector, lab.cloud.url) == []


def test_a_trusted_site_is_paired_by_a_job_and_both_sides_list_it(
    lab: Lab, connector: Any, cloud: Any, later: Any
) -> None:
    connector.post("/hybridity/api/admin/certificates", {"certificate": lab.cloud.certificate})
    started = connector.post(PAIRINGS, body(lab))
    first = connector.get(f"/hybridity/api/jobs/{started['data']['jobId']}")
    assert (first["isDone"], first["jobData"]) == (False, {})
    later()
    job = connector.job(started["data"]["jobId"])
    assert (job["isDone"], job["didFail"], len(job["jobId"])) == (True, False, 44)
    remote = job["jobData"]["endpoint"]["endpointId"]
    assert [p["endpointId"] for p in entries(connector, lab.cloud.url)] == [remote]
    assert len(entries(cloud, lab.connector.url)) == 1


def test_the_issuer_of_a_certificate_can_be_trusted_instead(lab: Lab, connector: Any) -> None:
    connector.post("/hybridity/api/admin/certificates", {"certificate": Path(lab.ca_path).read_text()})
    assert connector.post(PAIRINGS, body(lab))["success"] is True


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "Login failure"),
        ({"username": Lab.reader_username}, "Login failure"),
        ({"url": "https://localhost:1"}, "Connection failure"),
    ],
)
def test_what_speaks_against_pairing_comes_with_status_200(
    lab: Lab, connector: Any, trust: None, changes: dict[str, str], error: str
) -> None:
    answer = connector.post(PAIRINGS, body(lab, **changes))
    assert (answer["success"], answer["errors"][0]["error"]) == (False, error)


def test_a_connector_is_no_target(lab: Lab, cloud: Any) -> None:
    cloud.post("/hybridity/api/admin/certificates", {"certificate": lab.connector.certificate})
    answer = cloud.post(PAIRINGS, body(lab, url=lab.connector.url))
    assert "cannot be the target" in answer["errors"][0]["text"]


def test_bodies_that_are_wrong(lab: Lab, connector: Any) -> None:
    assert connector.call("POST", PAIRINGS, body(lab)["remote"]).status_code == 500
    assert connector.call("POST", PAIRINGS, {"remote": {"url": lab.cloud.url}}).status_code == 400
    assert connector.call("POST", "/hybridity/api/admin/certificates", {"certificate": "x"}).status_code == 400


def test_a_failing_job_leaves_the_pair_listed_but_unusable(lab: Lab, connector: Any, trust: None) -> None:
    lab.faults.add("fail_work", method=f"POST {PAIRINGS}", message="The peer went away.")
    job = connector.job(connector.post(PAIRINGS, body(lab))["data"]["jobId"])
    assert (job["didFail"], job["errorMessage"], job["jobData"]) == (True, "The peer went away.", {})
    remote = entries(connector, lab.cloud.url)[0]["endpointId"]
    assert connector.call("GET", "/hybridity/api/networks", endpointId=remote).status_code == 404


def test_a_job_that_never_ends(lab: Lab, connector: Any, trust: None) -> None:
    lab.faults.add("never_end", method=f"POST {PAIRINGS}")
    started = connector.post(PAIRINGS, body(lab))
    lab.shared.clock.advance(86_400 - 900)
    connector.login()
    assert connector.get(f"/hybridity/api/jobs/{started['data']['jobId']}")["isDone"] is False


def test_credentials_are_replaced_by_pairing_again(lab: Lab, connector: Any, paired: str) -> None:
    lab.rules = lab.rules.changed(hcx_pairing_again="refuse")
    assert connector.post(PAIRINGS, body(lab))["success"] is False
    lab.rules = lab.rules.changed(hcx_pairing_again="update", hcx_refusals="status")
    assert connector.post(PAIRINGS, body(lab))["success"] is True
    assert len(entries(connector, lab.cloud.url)) == 1


def test_unpairing_takes_a_while_and_ends_on_both_sides(
    lab: Lab, connector: Any, cloud: Any, paired: str, later: Any
) -> None:
    answer = connector.call("DELETE", f"/hybridity/api/endpointPairing/{paired}").json()
    assert answer["success"] is True
    assert len(entries(connector, lab.cloud.url)) == 1
    later()
    assert entries(connector, lab.cloud.url) == []
    lab.rules = lab.rules.changed(hcx_pairing_lists_local=False)
    assert cloud.get(PAIRINGS)["data"]["items"] == []
    assert connector.call("DELETE", f"/hybridity/api/endpointPairing/{paired}").status_code == 404


def test_remote_sites_show_only_when_paired(lab: Lab, connector: Any, trust: None) -> None:
    path = "/hybridity/api/service/inventory/resourcecontainer/list"
    asked = {"filter": {"cloud": {"local": False, "remote": True}}}
    assert connector.post(path, asked)["data"]["items"] == []
    connector.job(connector.post(PAIRINGS, body(lab))["data"]["jobId"])
    found = connector.post(path, asked)["data"]["items"]
    assert [f["endpoint"]["url"] for f in found] == [lab.cloud.url]
    vcenters = lab.world.vcenters
    assert (connector.vcenter(), found[0]["vcuuid"]) == (
        vcenters["source"].instance_uuid,
        vcenters["destination"].instance_uuid,
    )


def test_a_pairing_with_a_site_that_is_none_of_the_labs_is_listed(lab: Lab, connector: Any, paired: str) -> None:
    """Put there by a test; the list still works, and nobody can be asked there."""
    url = "https://hcx-third.example.com"
    state = lab._server.managers["connector"].state
    state.pairings["third"] = Pairing("third", url, lab.username, established=True)
    (entry,) = entries(connector, url)
    assert (entry["endpointId"], entry["cloudName"], entry["username"]) == (
        "third",
        "hcx-third.example.com",
        lab.username,
    )
    assert len(entries(connector, lab.cloud.url)) == 1
    assert connector.call("GET", "/hybridity/api/networks", endpointId="third").status_code == 404


def test_a_pairing_that_ends_while_it_is_made(lab: Lab, connector: Any, trust: None, later: Any) -> None:
    """The unpairing is quicker than the job, which then finds no entry."""
    lab.rules = lab.rules.changed(hcx_job_running_ms=2000, hcx_unpairing_ms=1)
    started = connector.post(PAIRINGS, body(lab))
    remote = entries(connector, lab.cloud.url)[0]["endpointId"]
    assert connector.call("DELETE", f"/hybridity/api/endpointPairing/{remote}").status_code == 200
    later()
    job = connector.job(started["data"]["jobId"])
    assert (job["isDone"], job["didFail"]) == (True, False)
    assert entries(connector, lab.cloud.url) == []
