# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairing, trust, credentials and the end of a pairing; seen by somebody else at both sites. (HCX reference 8, 17)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from contract.hcx.building import MESH, Building
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks, fingerprint, listed

from lab import Lab

PAIR = "POST /hybridity/api/cloudConfigs"
TRUST = "POST /hybridity/api/admin/certificates"
UNPAIR = "DELETE /hybridity/api/endpointPairing/{endpoint_id}"


@pytest.fixture
def seen_there(lab: Lab) -> Iterator[Reader]:
    """What the cloud shows."""
    reader = Reader(lab, lab.cloud.port)
    yield reader
    reader.close()


def trusted(lab: Lab) -> list[str]:
    """What the connector trusts beside its own vCenter."""
    return list(lab._server.managers["connector"].state.trusted)


# --- making a pairing -------------------------------------------------------------------------------------------------


def test_a_pairing_is_made_and_both_sides_know_it(run: Tasks, lab: Lab, seen: Reader, seen_there: Reader) -> None:
    result = run.pair()
    assert listed(result) == [("create", lab.cloud.url)]
    there = seen.pairing(lab.cloud.url)
    assert there is not None
    assert there["username"] == lab.username
    assert seen_there.pairing(lab.connector.url) is not None
    assert result["pairing"] == {
        "url": lab.cloud.url,
        "username": lab.username,
        "endpoint_id": there["endpointId"],
        "name": "hcx-cloud",
        "version": "4.11.0",
    }
    assert [fingerprint(pem) for pem in trusted(lab)] == [fingerprint(lab.cloud.certificate)]
    assert run.writes() == [PAIR, TRUST, PAIR]


def test_a_second_run_changes_nothing(run: Tasks, lab: Lab) -> None:
    first = run.pair()
    since = run.mark()
    second = run.pair()
    assert (second["changed"], second["changes"]) == (False, [])
    assert second["pairing"] == first["pairing"]
    assert run.writes(since) == []


def test_the_fingerprint_is_no_longer_needed(run: Tasks) -> None:
    run.pair()
    assert run.pair(certificate_fingerprint=None)["changed"] is False


def spellings(url: str) -> list[str]:
    address = url.removeprefix("https://")
    return [f"{url}/", url.upper().replace("HTTPS", "https"), address, f"HTTPS://{address}", f"{address}/"]


@pytest.mark.parametrize("number", range(5))
def test_the_spelling_of_the_url_makes_no_difference(run: Tasks, lab: Lab, number: int) -> None:
    spelt = spellings(lab.cloud.url)[number]
    assert listed(run.pair(remote_url=spelt)) == [("create", lab.cloud.url)]
    assert run.pair()["changed"] is False
    assert run.pair(remote_url=spelt)["changed"] is False
    assert listed(run.pair(remote_url=spelt, state="absent")) == [("remove", lab.cloud.url)]


@pytest.mark.parametrize("lists_local", [True, False])
@pytest.mark.parametrize("refusals", ["envelope", "status"])
def test_whatever_else_the_list_has_does_not_disturb(run: Tasks, lab: Lab, lists_local: bool, refusals: str) -> None:
    lab.rules = lab.rules.changed(hcx_pairing_lists_local=lists_local, hcx_refusals=refusals)
    assert run.pair()["pairing"]["url"] == lab.cloud.url
    assert run.pair()["changed"] is False
    assert listed(run.pair(state="absent")) == [("remove", lab.cloud.url)]
    assert run.pair(state="absent")["changed"] is False


# --- trust ------------------------------------------------------------------------------------------------------------


def test_without_a_fingerprint_it_is_shown_and_nothing_is_trusted(run: Tasks, lab: Lab, seen: Reader) -> None:
    result = run.not_paired(certificate_fingerprint=None)
    (failure,) = result["failed_changes"]
    shown = failure["certificate_fingerprint"]
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", shown)
    assert shown in result["msg"]
    assert shown.replace(":", "").lower() == fingerprint(lab.cloud.certificate)
    assert (result["changed"], result["changes"], trusted(lab)) == (False, [], [])
    assert seen.pairing(lab.cloud.url) is None
    assert run.writes() == [PAIR]
    assert run.pair(certificate_fingerprint=shown)["changed"] is True


def test_another_certificate_than_the_named_one_is_refused(run: Tasks, lab: Lab, seen: Reader) -> None:
    result = run.not_paired(certificate_fingerprint=fingerprint(lab.connector.certificate))
    assert "not the given one; nothing was trusted: find out who answers there" in result["msg"]
    assert result["failed_changes"][0]["certificate_fingerprint"].replace(":", "").lower() == fingerprint(
        lab.cloud.certificate
    )
    assert (result["changed"], trusted(lab)) == (False, [])
    assert seen.pairing(lab.cloud.url) is None


@pytest.mark.parametrize("spell", [str.upper, lambda text: ":".join(re.findall("..", text)), str.lower])
def test_fingerprints_are_compared_by_value(run: Tasks, lab: Lab, spell: object) -> None:
    assert callable(spell)
    assert run.pair(certificate_fingerprint=spell(fingerprint(lab.cloud.certificate)))["changed"] is True


# --- what speaks against it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"remote_password": "Wrong!98765"}, {"remote_username": Lab.reader_username}])
def test_wrong_credentials_of_the_remote_site(run: Tasks, lab: Lab, seen: Reader, wrong: dict[str, str]) -> None:
    result = run.not_paired(**wrong)
    user = wrong.get("remote_username", lab.username)
    assert result["msg"] == (
        f"could not create site pairing {lab.cloud.url}: Login to {lab.cloud.url} as {user} failed. Check user name "
        "and password. [Login failure]"
    )
    assert "Wrong!98765" not in json.dumps(result)
    assert result["changed"] is False
    assert seen.pairing(lab.cloud.url) is None


@pytest.mark.parametrize("refusals", ["envelope", "status"])
def test_a_remote_site_without_nsx(run: Tasks, lab: Lab, refusals: str) -> None:
    lab.rules = lab.rules.changed(hcx_refusals=refusals)
    lab._server.managers["cloud"].state.nsx_registered = False
    assert "without registering a valid NSX-T Manager" in run.not_paired()["msg"]


def test_a_connector_is_no_remote_site(lab: Lab) -> None:
    run = Tasks(lab, lab.cloud.port)
    result = run.not_paired(
        remote_url=lab.connector.url, certificate_fingerprint=fingerprint(lab.connector.certificate)
    )
    assert "An HCX Connector cannot be the target of a site pairing." in result["msg"]


def test_a_site_is_not_paired_with_itself(lab: Lab) -> None:
    result = Tasks(lab, lab.cloud.port).not_paired()
    assert "A site cannot be paired with itself." in result["msg"]


def test_a_remote_site_that_does_not_answer(run: Tasks) -> None:
    assert "Unable to connect to https://localhost:1." in run.not_paired(remote_url="https://localhost:1")["msg"]


# --- jobs that go wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["errorMessage", "message", "errors", "jobData"])
def test_the_reason_of_a_failed_job_reaches_the_user(run: Tasks, lab: Lab, place: str) -> None:
    lab.rules = lab.rules.changed(hcx_job_error_in=place)
    lab.faults.add("fail_work", method=PAIR, nth=2, message="The remote site did not answer in time.")
    result = run.not_paired()
    assert result["msg"] == (
        f"could not create site pairing {lab.cloud.url}: pairing with {lab.cloud.url} failed: The remote site did not "
        "answer in time."
    )


def test_a_pairing_that_was_left_half_made_is_completed(run: Tasks, lab: Lab, seen: Reader, seen_there: Reader) -> None:
    """It stays in the list, where nothing tells it from a whole one."""
    lab.faults.add("fail_work", method=PAIR, nth=2)
    run.not_paired()
    assert seen.pairing(lab.cloud.url) is not None
    assert seen_there.pairing(lab.connector.url) is None
    assert listed(run.pair(check=True)) == [("create", lab.cloud.url)]
    result = run.pair()
    assert listed(result) == [("create", lab.cloud.url)]
    assert "half made" in result["changes"][0]["notes"][0]
    assert seen_there.pairing(lab.connector.url) is not None
    assert run.pair()["changed"] is False


def test_a_pairing_that_was_left_half_made_can_be_removed(run: Tasks, lab: Lab, seen: Reader) -> None:
    lab.faults.add("fail_work", method=PAIR, nth=2)
    run.not_paired()
    assert listed(run.pair(state="absent")) == [("remove", lab.cloud.url)]
    assert seen.pairing(lab.cloud.url) is None


def test_a_job_that_never_ends_meets_its_deadline(run: Tasks, lab: Lab) -> None:
    lab.faults.add("never_end", method=PAIR, nth=2)
    result = run.not_paired(wait_timeout=1)
    assert re.search(
        rf"gave up after 1 s waiting for pairing with {lab.cloud.url}; HCX goes on with it "
        r"\(/hybridity/api/jobs/job-[0-9a-f]{40}\); run again to wait for it$",
        result["msg"],
    )


# --- check mode -------------------------------------------------------------------------------------------------------


def test_check_mode_tells_the_same_and_writes_nothing(run: Tasks, lab: Lab, seen: Reader) -> None:
    planned = run.pair(check=True)
    assert run.writes() == []
    assert (planned["changed"], planned["pairing"], trusted(lab)) == (True, None, [])
    made = run.pair()
    assert (planned["changes"], planned["diff"]) == (made["changes"], made["diff"])
    for options in ({"renew_credentials": True}, {"state": "absent"}):
        since = run.mark()
        planned = run.pair(check=True, **options)
        assert (planned["changed"], run.writes(since)) == (True, [])
        assert seen.pairing(lab.cloud.url) is not None
        assert run.pair(**options)["changes"] == planned["changes"]


# --- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusals", ["envelope", "status"])
@pytest.mark.parametrize(("again", "writes"), [("update", [PAIR]), ("refuse", [PAIR, UNPAIR, PAIR])])
def test_credentials_are_renewed_on_demand_only(
    run: Tasks, lab: Lab, seen: Reader, again: str, writes: list[str], refusals: str
) -> None:
    """The pairing is ended only where HCX does not take new credentials for it."""
    lab.rules = lab.rules.changed(hcx_pairing_again=again, hcx_refusals=refusals)
    run.pair()
    assert run.pair(remote_password="Another!1")["changed"] is False
    since = run.mark()
    result = run.pair(renew_credentials=True)
    assert listed(result) == [("update", lab.cloud.url)]
    assert result["changes"][0]["after"] == {"credentials": "as given"}
    assert run.writes(since) == writes
    assert seen.pairing(lab.cloud.url) is not None


@pytest.mark.parametrize("again", ["update", "refuse"])
def test_credentials_that_are_wrong_leave_the_pairing_as_it_is(run: Tasks, lab: Lab, seen: Reader, again: str) -> None:
    lab.rules = lab.rules.changed(hcx_pairing_again=again)
    run.pair()
    since = run.mark()
    result = run.not_paired(renew_credentials=True, remote_password="Another!1")
    assert "Login failure" in result["msg"]
    assert (result["changed"], run.writes(since)) == (False, [PAIR])
    assert seen.pairing(lab.cloud.url) is not None


@pytest.mark.parametrize("again", ["update", "refuse"])
def test_another_user_is_a_change(run: Tasks, lab: Lab, seen: Reader, again: str) -> None:
    lab.rules = lab.rules.changed(hcx_pairing_again=again)
    lab._server.managers["connector"].state.pairings.clear()
    run.pair()
    endpoint = str(next(p["endpointId"] for p in seen.pairings() if p["url"] == lab.cloud.url))
    lab._server.managers["connector"].state.pairings[endpoint].username = "old@vsphere.local"
    result = run.pair()
    assert listed(result) == [("update", lab.cloud.url)]
    (change,) = result["changes"]
    assert (change["before"], change["after"]) == ({"username": "old@vsphere.local"}, {"username": lab.username})
    there = seen.pairing(lab.cloud.url)
    assert there is not None
    assert there["username"] == lab.username
    assert run.pair()["changed"] is False


def test_a_run_that_dies_between_the_end_and_the_new_pairing_is_repeated(run: Tasks, lab: Lab, seen: Reader) -> None:
    run.pair()
    lab.rules = lab.rules.changed(hcx_pairing_again="refuse")
    lab.faults.add("drop_before", method=PAIR, nth=2)
    result = run.not_paired(renew_credentials=True)
    assert (result["changed"], result["changes"]) == (True, [])
    assert seen.pairing(lab.cloud.url) is None
    assert listed(run.pair()) == [("create", lab.cloud.url)]
    assert seen.pairing(lab.cloud.url) is not None


def test_an_answer_that_is_lost_is_found_out_by_the_next_run(run: Tasks, lab: Lab, seen: Reader) -> None:
    run.pair()
    lab.rules = lab.rules.changed(hcx_pairing_again="refuse")
    lab.faults.add("drop_after", method=UNPAIR)
    assert "no answer from localhost" in run.not_paired(renew_credentials=True)["msg"]
    run.pair()
    assert seen.pairing(lab.cloud.url) is not None


# --- removal ----------------------------------------------------------------------------------------------------------


def test_a_pairing_is_ended_on_both_sides(run: Tasks, lab: Lab, seen: Reader, seen_there: Reader) -> None:
    run.pair()
    options = {"remote_url": lab.cloud.url, "state": "absent"}
    result = run("hcx_site_pairing", **options)
    assert listed(result) == [("remove", lab.cloud.url)]
    assert (result["changes"][0]["after"], result["pairing"]) == ({}, None)
    assert (seen.pairing(lab.cloud.url), seen_there.pairing(lab.connector.url)) == (None, None)
    since = run.mark()
    assert run("hcx_site_pairing", **options)["changed"] is False
    assert run.writes(since) == []


def test_the_reason_why_a_pairing_cannot_end_reaches_the_user(run: Tasks, lab: Lab, seen: Reader) -> None:
    run.pair()
    lab.faults.add("fault", method=UNPAIR, fault="In use", message="Service mesh sm-1 uses this site pair.")
    result = run.not_paired(state="absent")
    assert result["msg"] == (
        f"could not remove site pairing {lab.cloud.url}: Service mesh sm-1 uses this site pair. [In use]"
    )
    assert seen.pairing(lab.cloud.url) is not None


def test_a_pairing_that_does_not_go_away_meets_the_deadline(run: Tasks, lab: Lab) -> None:
    run.pair()
    lab.rules = lab.rules.changed(hcx_unpairing_ms=600_000)
    result = run.not_paired(state="absent", wait_timeout=1)
    assert f"gave up after 1 s waiting for the pairing with {lab.cloud.url} to end" in result["msg"]


# --- restarts and secrets ---------------------------------------------------------------------------------------------


def test_the_password_of_the_remote_site_is_in_no_result(run: Tasks, lab: Lab) -> None:
    lab.faults.add("fault", method=PAIR, fault="Odd", message=f"said {lab.password}")
    assert lab.password not in json.dumps(run.not_paired())
    assert lab.password not in json.dumps(run.pair())
    assert lab.password not in repr(run.shown)


def test_a_run_that_dies_while_its_job_runs_is_repeated(run: Tasks, lab: Lab, seen_there: Reader) -> None:
    lab.rules = lab.rules.changed(hcx_job_running_ms=300)
    lab.faults.add("drop_after", method=PAIR, nth=2)
    run.not_paired()
    assert listed(run.pair()) == [("create", lab.cloud.url)]
    assert seen_there.pairing(lab.connector.url) is not None
    assert run.pair()["changed"] is False


def test_a_pairing_that_a_mesh_uses_stays(building: Building, lab: Lab, seen: Reader) -> None:
    building.everything()
    result = building.local.not_paired(state="absent")
    assert MESH in result["msg"]
    assert result["msg"].startswith(f"could not remove site pairing {lab.cloud.url}: ")
    assert seen.pairing(lab.cloud.url) is not None
    building.mesh(state="absent")
    assert listed(building.local.pair(state="absent")) == [("remove", lab.cloud.url)]


def test_credentials_of_a_pairing_that_a_mesh_uses_stay(building: Building, lab: Lab, seen: Reader) -> None:
    """Where they could be stored only by ending the pairing, which HCX refuses."""
    building.everything()
    lab.rules = lab.rules.changed(hcx_pairing_again="refuse")
    result = building.local.not_paired(renew_credentials=True)
    assert MESH in result["msg"]
    assert (result["changed"], seen.pairing(lab.cloud.url) is not None) == (False, True)
