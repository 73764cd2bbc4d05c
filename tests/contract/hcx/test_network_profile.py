# SPDX-License-Identifier: GPL-3.0-or-later
"""Making, repeating and removing network profiles; seen by somebody else. (HCX reference 9, 17)"""

from __future__ import annotations

import re
from typing import Any

import pytest
from contract.hcx.building import Building
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks, listed, span, uplink

from lab import Lab

CREATE = "POST /admin/hybridity/api/networks"
UPDATE = "PUT /hybridity/api/networks/{object_id}"
DELETE = "DELETE /hybridity/api/networks/{object_id}"
USAGE = "POST /hybridity/api/networks?action=queryIpUsage"


def opaque(name: str, last_byte: int, **settings: Any) -> dict[str, Any]:
    """One of many profiles on the same network, with addresses of its own."""
    return uplink(name=name, ranges=[span(f"10.13.2.{last_byte}-10.13.2.{last_byte + 1}")], **settings)


# --- creation ---------------------------------------------------------------------------------------------------------


def test_a_profile_is_made_as_wanted(run: Tasks, seen: Reader) -> None:
    result = run.profiles(uplink(over_vpn=True))
    assert listed(result) == [("create", "np-uplink")]
    there = seen.profile("np-uplink")
    assert there["state"] == "REALIZED"
    assert (there["mtu"], there["recommendationTags"], there["l3TenantManaged"]) == (1350, ["uplink"], False)
    (backing,) = there["backings"]
    assert (backing["backingId"], backing["type"]) == ("/infra/segments/seg-replication", "NsxtSegment")
    (scope,) = there["ipScopes"]
    assert scope.pop("poolId")
    assert scope == {
        "prefixLength": 22,
        "gateway": "10.13.0.1",
        "primaryDns": "10.10.0.2",
        "secondaryDns": "10.10.0.3",
        "dnsSuffix": "lab.example",
        "networkIpRanges": [{"startAddress": "10.13.3.10", "endAddress": "10.13.3.19"}],
    }
    assert result["profiles"] == [
        {
            "id": there["objectId"],
            "name": "np-uplink",
            "network": "seg-replication",
            "network_id": "/infra/segments/seg-replication",
            "mtu": 1350,
            "prefix_length": 22,
            "gateway": "10.13.0.1",
            "ranges": ["10.13.3.10-10.13.3.19"],
            "dns_servers": ["10.10.0.2", "10.10.0.3"],
            "dns_suffix": "lab.example",
            "roles": ["uplink"],
        }
    ]


def test_only_what_a_profile_needs_may_be_given(run: Tasks, seen: Reader) -> None:
    run.profiles({"name": "np", "network": "seg-replication", "prefix_length": 24, "ranges": [span("10.13.3.10")]})
    there = seen.profile("np")
    assert (there["mtu"], there["recommendationTags"]) == (1500, [])
    (scope,) = there["ipScopes"]
    assert set(scope) == {"prefixLength", "networkIpRanges", "poolId"}


@pytest.mark.parametrize("segment_ids", ["path", "moid"])
@pytest.mark.parametrize("usage_keys", [(), ("usedIps", "totalIps")])
def test_a_second_run_changes_nothing(run: Tasks, lab: Lab, segment_ids: str, usage_keys: tuple[str, ...]) -> None:
    lab.rules = lab.rules.changed(hcx_segment_ids=segment_ids, hcx_ip_usage_keys=usage_keys)
    first = run.profiles(uplink())
    since = run.mark()
    second = run.profiles(uplink())
    assert (second["changed"], second["changes"]) == (False, [])
    assert second["profiles"] == first["profiles"]
    assert run.writes(since) == []
    assert run.calls(since).count(USAGE) == 1


def test_a_port_group_is_found_by_its_id(run: Tasks, seen: Reader) -> None:
    network = seen.network_id("pg-management")
    run.profiles(uplink(network=network))
    (backing,) = seen.profile("np-uplink")["backings"]
    assert (backing["backingId"], backing["backingName"]) == (network, "pg-management")
    assert backing["type"] == "DistributedVirtualPortgroup"
    assert run.profiles(uplink(network=network))["changed"] is False


def test_a_kind_chooses_between_equal_names(run: Tasks, lab: Lab, seen: Reader) -> None:
    """Without NSX, the port group of the segment is an ordinary one."""
    assert (
        "there is: seg-replication" in run.refused(uplink(network="pg-management", network_type="NsxtSegment"))["msg"]
    )
    run.profiles(uplink(network_type="NsxtSegment"))
    assert seen.profile("np-uplink")["backings"][0]["type"] == "NsxtSegment"


def test_several_profiles_are_made_at_once(run: Tasks, seen: Reader, caplog: pytest.LogCaptureFixture) -> None:
    wanted = [opaque(f"np-{number}", number * 2) for number in range(1, 17)]
    result = run.profiles(*wanted)
    assert sorted(listed(result)) == sorted(("create", entry["name"]) for entry in wanted)
    assert set(seen.profiles()) == {entry["name"] for entry in wanted}
    assert [entry["name"] for entry in result["profiles"]] == list(seen.profiles())
    assert caplog.messages == []


def test_the_vpn_mtu_has_a_reason(run: Tasks) -> None:
    (change,) = run.profiles(uplink(over_vpn=True), check=True)["changes"]
    assert change["after"]["mtu"] == 1350
    assert change["notes"] == [
        "MTU 1350: over a VPN, packets carry the headers of HCX's own tunnel inside those of the VPN"
    ]
    (change,) = run.profiles(uplink(over_vpn=True, mtu=1300), check=True)["changes"]
    assert change["after"]["mtu"] == 1300
    assert "notes" not in change


# --- removal ----------------------------------------------------------------------------------------------------------


def test_a_profile_is_removed_once(run: Tasks, seen: Reader) -> None:
    run.profiles(uplink(), opaque("np-other", 50))
    gone = {"name": "np-uplink", "state": "absent"}
    result = run.profiles(gone)
    assert listed(result) == [("remove", "np-uplink")]
    assert result["profiles"] == []
    assert list(seen.profiles()) == ["np-other"]
    since = run.mark()
    assert run.profiles(gone)["changed"] is False
    assert run.writes(since) == []


def test_one_task_makes_changes_and_removes(run: Tasks, seen: Reader) -> None:
    run.profiles(uplink(), opaque("np-old", 50))
    since = run.mark()
    result = run.profiles(uplink(mtu=1400), {"name": "np-old", "state": "absent"}, opaque("np-new", 60))
    assert listed(result) == [("update", "np-uplink"), ("remove", "np-old"), ("create", "np-new")]
    assert sorted(run.writes(since)) == sorted([UPDATE, DELETE, CREATE])
    assert set(seen.profiles()) == {"np-uplink", "np-new"}


@pytest.mark.parametrize("refusals", ["envelope", "status"])
def test_a_profile_in_use_stays_and_the_user_learns_by_whom(
    building: Building, lab: Lab, seen: Reader, refusals: str
) -> None:
    building.networks()
    building.compute_profile()
    lab.rules = lab.rules.changed(hcx_refusals=refusals)
    result = building.local.refused({"name": "np-uplink", "state": "absent"})
    assert result["msg"] == (
        "could not remove network profile np-uplink: Network profile np-uplink is used by cp-onprem."
    )
    assert "np-uplink" in seen.profiles()


# --- jobs that go wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["errorMessage", "message", "errors", "jobData"])
def test_the_reason_of_a_failed_job_reaches_the_user_and_the_others_are_done(
    run: Tasks, lab: Lab, seen: Reader, place: str
) -> None:
    lab.rules = lab.rules.changed(hcx_job_error_in=place)
    run.profiles(uplink())
    lab.faults.add("fail_work", method=UPDATE, message="No host can reach the segment.")
    result = run.refused(uplink(mtu=1400), opaque("np-other", 50))
    assert result["msg"] == (
        "could not update network profile np-uplink: the change of network profile np-uplink failed: No host can "
        "reach the segment."
    )
    assert (result["changed"], listed(result)) == (True, [("create", "np-other")])
    assert [failure["name"] for failure in result["failed_changes"]] == ["np-uplink"]
    assert seen.profile("np-other")["state"] == "REALIZED"
    assert listed(run.profiles(uplink(mtu=1400))) == [("update", "np-uplink")]
    assert seen.profile("np-uplink")["state"] == "REALIZED"


def test_a_profile_whose_creation_failed_is_mended(run: Tasks, lab: Lab, seen: Reader) -> None:
    """It is listed with all settings as wanted, and is of no use."""
    lab.faults.add("fail_work", method=CREATE, message="No host can reach the segment.")
    run.refused(uplink())
    assert seen.profile("np-uplink")["state"] == "ERROR"
    planned = run.profiles(uplink(), check=True)
    result = run.profiles(uplink())
    assert planned["changes"] == result["changes"]
    (change,) = result["changes"]
    assert (change["action"], change["before"], change["after"]) == (
        "update",
        {"state": "ERROR"},
        {"state": "REALIZED"},
    )
    assert change["notes"] == ["its last job failed: No host can reach the segment."]
    assert seen.profile("np-uplink")["state"] == "REALIZED"
    assert run.profiles(uplink())["changed"] is False


def test_a_profile_whose_creation_failed_can_be_removed(run: Tasks, lab: Lab, seen: Reader) -> None:
    lab.faults.add("fail_work", method=CREATE)
    run.refused(uplink())
    assert listed(run.profiles({"name": "np-uplink", "state": "absent"})) == [("remove", "np-uplink")]
    assert seen.profiles() == {}


@pytest.mark.parametrize("refusals", ["envelope", "status"])
def test_addresses_in_use_cannot_be_taken_away(run: Tasks, lab: Lab, seen: Reader, refusals: str) -> None:
    lab.rules = lab.rules.changed(hcx_refusals=refusals)
    run.profiles(uplink())
    (profile,) = lab._server.managers["connector"].state.networks.values()
    profile.used["10.13.3.12"] = "sm-1-IX-I1"
    result = run.refused(uplink(ranges=[span("10.13.3.15-10.13.3.19")]))
    assert result["msg"] == ("could not update network profile np-uplink: Address 10.13.3.12 is in use by sm-1-IX-I1.")
    assert seen.profile("np-uplink")["ipScopes"][0]["networkIpRanges"][0]["startAddress"] == "10.13.3.10"


def test_a_job_of_an_interrupted_run_is_joined(run: Tasks, lab: Lab, seen: Reader) -> None:
    lab.rules = lab.rules.changed(hcx_job_running_ms=400)
    lab.faults.add("drop_after", method=CREATE)
    assert "no answer from localhost" in run.refused(uplink())["msg"]
    assert seen.profile("np-uplink")["state"] == "CREATE_IN_PROGRESS"
    since = run.mark()
    result = run.profiles(uplink())
    assert (result["changed"], run.writes(since)) == (False, [])
    assert seen.profile("np-uplink")["state"] == "REALIZED"


def test_a_removal_of_an_interrupted_run_is_joined(run: Tasks, lab: Lab, seen: Reader) -> None:
    run.profiles(uplink())
    lab.rules = lab.rules.changed(hcx_job_running_ms=400)
    lab.faults.add("drop_after", method=DELETE)
    run.refused({"name": "np-uplink", "state": "absent"})
    assert run.profiles({"name": "np-uplink", "state": "absent"})["changed"] is False
    assert seen.profiles() == {}


def test_a_joined_job_that_fails_is_made_good(run: Tasks, lab: Lab, seen: Reader) -> None:
    """It was another run's job; this one does what is still to be done."""
    lab.rules = lab.rules.changed(hcx_job_running_ms=400)
    rule = lab.faults.add("fail_work", method=CREATE)
    lab._server.managers["connector"].state.jobs.clear()
    run.refused(uplink(), wait_timeout=0)
    assert rule.struck == 1
    assert seen.profile("np-uplink")["state"] == "CREATE_IN_PROGRESS"
    assert listed(run.profiles(uplink())) == [("update", "np-uplink")]
    assert seen.profile("np-uplink")["state"] == "REALIZED"


def test_check_mode_waits_for_nobody(run: Tasks, lab: Lab) -> None:
    lab.faults.add("never_end", method=CREATE)
    run.refused(uplink(), wait_timeout=0)
    assert run.profiles(uplink(), check=True, wait_timeout=600)["changed"] is False


def test_a_job_that_never_ends_meets_its_deadline(run: Tasks, lab: Lab) -> None:
    lab.faults.add("never_end", method=CREATE)
    for _rest in range(2):
        result = run.refused(uplink(), wait_timeout=1)
        assert re.search(
            r"gave up after 1 s waiting for the change of network profile np-uplink; HCX goes on with it "
            r"\(/hybridity/api/jobs/job-[0-9a-f]{40}\); run again to wait for it$",
            result["msg"],
        )


@pytest.mark.parametrize("status", [502, 504])
def test_a_write_that_a_gateway_lost_is_not_made_twice(run: Tasks, lab: Lab, seen: Reader, status: int) -> None:
    rule = lab.faults.add("http", method=CREATE, status=status)
    assert f"answers {status}" in run.refused(uplink())["msg"]
    assert (rule.matched, seen.profiles()) == (1, {})
