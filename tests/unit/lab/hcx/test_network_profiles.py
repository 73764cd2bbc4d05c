# SPDX-License-Identifier: GPL-3.0-or-later
"""Network profiles (HCX reference 9)."""

from __future__ import annotations

from typing import Any

import pytest

from lab import Lab

CREATE, NETWORKS = "/admin/hybridity/api/networks", "/hybridity/api/networks"
RANGE = {"startAddress": "10.10.1.1", "endAddress": "10.10.1.9"}
USAGE = {"filter": {"ownedBySystem": True, "allowTrunkInterfaces": False}}


def test_a_profile_is_made_by_a_job_and_read_back(connector: Any, later: Any) -> None:
    body = connector.network_profile("np-uplink", mtu=1350, recommendationTags=["uplink"])
    answer = connector.post(CREATE, body)
    object_id = answer["data"]["objectId"]
    assert (answer["error"], len(object_id)) == (False, 44)
    assert connector.get(f"{NETWORKS}/{object_id}")["state"] == "CREATE_IN_PROGRESS"
    later()
    connector.job(answer["data"]["jobId"])
    found = connector.get(f"{NETWORKS}/{object_id}")
    assert (found["state"], found["mtu"], found["recommendationTags"]) == ("REALIZED", 1350, ["uplink"])
    assert found["ipScopes"][0]["poolId"]
    assert found["jobDetails"]["lastJobId"] == answer["data"]["jobId"]
    assert connector.get(NETWORKS) == [found]
    assert connector.post(NETWORKS, USAGE, action="queryIpUsage") == [found]


def test_usage_can_be_counted_under_names_that_a_rule_gives(lab: Lab, connector: Any) -> None:
    connector.create_network("np")
    lab.rules = lab.rules.changed(hcx_ip_usage_keys=["used", "total"])
    found = connector.post(NETWORKS, USAGE, action="queryIpUsage")[0]
    assert (found["used"], found["total"]) == (0, 10)


@pytest.mark.parametrize("missing", ["name", "l3TenantManaged", "backings", "ipScopes"])
def test_a_field_that_is_missing_is_400(connector: Any, missing: str) -> None:
    body = connector.network_profile("np")
    del body[missing]
    answer = connector.call("POST", CREATE, body)
    assert answer.status_code == 400
    assert missing in answer.json()["errorMessage"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"mtu": 67},
        {"mtu": "1500"},
        {"recommendationTags": ["guests"]},
        {
            "ipScopes": [
                {"prefixLength": 0, "networkIpRanges": [{"startAddress": "10.0.0.1", "endAddress": "10.0.0.2"}]}
            ]
        },
        {"ipScopes": [{"prefixLength": 24, "networkIpRanges": []}]},
        {"ipScopes": [{"prefixLength": 24, "networkIpRanges": [{"startAddress": "a", "endAddress": "b"}]}]},
    ],
)
def test_a_value_that_is_wrong_is_400(connector: Any, wrong: dict[str, Any]) -> None:
    assert connector.call("POST", CREATE, connector.network_profile("np", **wrong)).status_code == 400


def test_what_cannot_be_is_an_error_with_status_200_or_409_by_rule(lab: Lab, connector: Any) -> None:
    connector.create_network("np")
    name_for_id = connector.network_profile("other", first="10.10.2.1", last="10.10.2.9")
    name_for_id["backings"][0]["backingId"] = "pg-management"
    wrong = {
        "A network profile named np exists.": connector.network_profile("np", first="10.10.2.1", last="10.10.2.9"),
        "There is no network pg-management": name_for_id,
        "overlap with network profile np.": connector.network_profile("other"),
        "are not in one subnet": connector.network_profile("other", first="10.10.3.250", last="10.10.4.5"),
        "comes after": connector.network_profile("other", first="10.10.2.9", last="10.10.2.1"),
    }
    for text, body in wrong.items():
        answer = connector.call("POST", CREATE, body)
        assert (answer.status_code, answer.json()["error"]) == (200, True)
        assert text in answer.json()["errorMessage"]
    lab.rules = lab.rules.changed(hcx_refusals="status")
    assert connector.call("POST", CREATE, wrong["overlap with network profile np."]).status_code == 409


def test_a_change_keeps_the_pool_only_when_it_is_sent_back(lab: Lab, connector: Any) -> None:
    path = f"{NETWORKS}/{connector.create_network('np')}"
    before = connector.get(path)
    kept = connector.call("PUT", path, before | {"mtu": 9000}).json()
    connector.job(kept["data"]["jobId"])
    after = connector.get(path)
    assert (after["mtu"], after["ipScopes"]) == (9000, before["ipScopes"])
    scope = {k: v for k, v in before["ipScopes"][0].items() if k != "poolId"}
    connector.job(connector.call("PUT", path, after | {"ipScopes": [scope]}).json()["data"]["jobId"])
    assert connector.get(path)["ipScopes"][0]["poolId"] != before["ipScopes"][0]["poolId"]
    lab.rules = lab.rules.changed(hcx_put_without_pool="refuse")
    assert connector.call("PUT", path, after | {"ipScopes": [scope]}).json()["error"] is True


def test_a_change_needs_the_object_id_and_no_running_job(request: Any, connector: Any) -> None:
    path = f"{NETWORKS}/{connector.create_network('np')}"
    body = connector.get(path)
    request.getfixturevalue("later")
    assert connector.call("PUT", path, body | {"objectId": "other"}).status_code == 400
    connector.call("PUT", path, body)
    assert connector.get(path)["state"] == "IN_PROGRESS"
    assert connector.call("PUT", path, body).json()["errorCode"] == "OPERATION_IN_PROGRESS"


def test_a_job_that_fails_says_so_in_the_job_and_in_the_profile(lab: Lab, connector: Any) -> None:
    lab.faults.add("fail_work", method=f"POST {CREATE}", message="No answer from vCenter.")
    answer = connector.post(CREATE, connector.network_profile("np"))
    job = connector.job(answer["data"]["jobId"])
    assert (job["didFail"], job["errorMessage"]) == (True, "No answer from vCenter.")
    found = connector.get(f"{NETWORKS}/{answer['data']['objectId']}")
    assert (found["state"], found["jobDetails"]["errorMessage"]) == ("ERROR", "No answer from vCenter.")
    lab.rules = lab.rules.changed(hcx_job_error_in="errors")
    assert connector.job(answer["data"]["jobId"])["errors"] == [{"message": "No answer from vCenter."}]


def test_a_profile_is_deleted_by_a_job(request: Any, connector: Any) -> None:
    path = f"{NETWORKS}/{connector.create_network('np')}"
    later = request.getfixturevalue("later")
    job_id = connector.call("DELETE", path).json()["data"]["jobId"]
    assert connector.get(path)["state"] == "DELETE_IN_PROGRESS"
    later()
    connector.job(job_id)
    assert connector.call("GET", path).status_code == 404


def test_profiles_of_a_paired_site_are_read_through_the_own_manager(connector: Any, cloud: Any, paired: str) -> None:
    cloud.create_network("np-cloud", first="10.30.1.1", last="10.30.1.9")
    assert [n["name"] for n in connector.get(NETWORKS, endpointId=paired)] == ["np-cloud"]
    assert connector.get(NETWORKS) == []
    assert connector.call("GET", NETWORKS, endpointId="nobody").status_code == 404
