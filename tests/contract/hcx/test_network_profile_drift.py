# SPDX-License-Identifier: GPL-3.0-or-later
"""Each setting that drifts is one change and one write; what is not stated is left alone. (HCX reference 9, 17)"""

from __future__ import annotations

from typing import Any

import pytest
from contract.hcx.reader import Reader, Seen
from contract.hcx.tasks import Result, Tasks, listed, span, uplink

from lab import Lab
from lab.hcx import network_profiles
from lab.hcx.manager import Manager

UPDATE = "PUT /hybridity/api/networks/{object_id}"
NAME = "np-uplink"
MESH_NOTE = "appliances follow after their service meshes are synchronised again"


@pytest.fixture
def stored(run: Tasks, lab: Lab) -> Seen:
    """What the connector holds of a profile that is as wanted; a test changes it behind everyone's back."""
    run.profiles(uplink())
    (profile,) = lab._server.managers["connector"].state.networks.values()
    content: Seen = profile.content
    return content


def scope(**settings: Any) -> Any:
    return lambda content: content["ipScopes"][0].update(settings)


def without(name: str) -> Any:
    return lambda content: content["ipScopes"][0].pop(name)


def other_network(content: Seen) -> None:
    content["backings"] = [
        {**content["backings"][0], "backingId": "network-1", "backingName": "elsewhere", "type": "Network"}
    ]


DRIFTS = {
    "mtu": (lambda content: content.update(mtu=1300), {"mtu": 1300}, {"mtu": 1500}),
    "network": (
        other_network,
        {"network": "elsewhere", "network_id": "network-1"},
        {"network": "seg-replication", "network_id": "/infra/segments/seg-replication"},
    ),
    "gateway": (scope(gateway="10.13.0.2"), {"gateway": "10.13.0.2"}, {"gateway": "10.13.0.1"}),
    "no gateway": (without("gateway"), {"gateway": None}, {"gateway": "10.13.0.1"}),
    "prefix": (scope(prefixLength=21), {"prefix_length": 21}, {"prefix_length": 22}),
    "a DNS server more": (
        without("secondaryDns"),
        {"dns_servers": ["10.10.0.2"]},
        {"dns_servers": ["10.10.0.2", "10.10.0.3"]},
    ),
    "the order of DNS servers": (
        scope(primaryDns="10.10.0.3", secondaryDns="10.10.0.2"),
        {"dns_servers": ["10.10.0.3", "10.10.0.2"]},
        {"dns_servers": ["10.10.0.2", "10.10.0.3"]},
    ),
    "suffix": (scope(dnsSuffix="old.example"), {"dns_suffix": "old.example"}, {"dns_suffix": "lab.example"}),
    "no suffix": (without("dnsSuffix"), {"dns_suffix": ""}, {"dns_suffix": "lab.example"}),
    "a range more": (
        scope(
            networkIpRanges=[
                {"startAddress": "10.13.3.30", "endAddress": "10.13.3.39"},
                {"startAddress": "10.13.3.10", "endAddress": "10.13.3.19"},
            ]
        ),
        {"ranges": ["10.13.3.10-10.13.3.19", "10.13.3.30-10.13.3.39"]},
        {"ranges": ["10.13.3.10-10.13.3.19"]},
    ),
    "a range smaller": (
        scope(networkIpRanges=[{"startAddress": "10.13.3.11", "endAddress": "10.13.3.19"}]),
        {"ranges": ["10.13.3.11-10.13.3.19"]},
        {"ranges": ["10.13.3.10-10.13.3.19"]},
    ),
    "roles": (
        lambda content: content.update(recommendationTags=["vmotion", "uplink"]),
        {"roles": ["uplink", "vmotion"]},
        {"roles": ["uplink"]},
    ),
}


@pytest.mark.parametrize(("drift", "before", "after"), DRIFTS.values(), ids=DRIFTS)
@pytest.mark.parametrize("without_pool", ["new_pool", "refuse"])
def test_each_drift_is_one_change_and_one_write(
    run: Tasks,
    lab: Lab,
    seen: Reader,
    stored: Seen,
    drift: Any,
    before: Seen,
    after: Seen,
    without_pool: str,
) -> None:
    lab.rules = lab.rules.changed(hcx_put_without_pool=without_pool)
    wanted = seen.profile(NAME)
    drift(stored)
    planned = run.profiles(uplink(mtu=1500), check=True)
    since = run.mark()
    result = run.profiles(uplink(mtu=1500))
    (change,) = result["changes"]
    assert planned["changes"] == result["changes"]
    assert (change["action"], change["name"]) == ("update", NAME)
    assert (change["before"], change["after"]) == (before, after)
    assert run.writes(since) == [UPDATE]
    assert comparable(seen.profile(NAME)) == comparable(wanted)
    assert run.profiles(uplink(mtu=1500))["changed"] is False


def comparable(profile: Seen) -> Seen:
    """Everything but the job that did it; the pool is the same one."""
    return {**profile, "jobDetails": None}


def test_a_new_mtu_tells_what_must_follow(run: Tasks, stored: Seen) -> None:
    stored["mtu"] = 1300
    (change,) = run.profiles(uplink(mtu=1500))["changes"]
    assert change["notes"] == [MESH_NOTE]
    (change,) = run.profiles(uplink(over_vpn=True))["changes"]
    assert change["notes"] == [
        "MTU 1350: over a VPN, packets carry the headers of HCX's own tunnel inside those of the VPN",
        MESH_NOTE,
    ]


def test_several_drifts_of_a_profile_are_one_change(run: Tasks, stored: Seen) -> None:
    stored["mtu"] = 1300
    scope(gateway="10.13.0.2", dnsSuffix="old.example")(stored)
    since = run.mark()
    (change,) = run.profiles(uplink(mtu=1500))["changes"]
    assert set(change["after"]) == {"mtu", "gateway", "dns_suffix"}
    assert run.writes(since) == [UPDATE]


@pytest.mark.parametrize(
    "option",
    [
        {"mtu": 1400},
        {"gateway": "10.13.0.9"},
        {"ranges": [span("10.13.3.10-10.13.3.29")]},
        {"dns_servers": ["10.10.0.9"]},
        {"dns_suffix": "new.example"},
        {"roles": ["replication", "uplink"]},
        {"prefix_length": 21},
    ],
    ids=lambda option: next(iter(option)),
)
def test_what_is_not_stated_is_kept(run: Tasks, seen: Reader, stored: Seen, option: Seen) -> None:
    stored["description"] = "made by hand"
    stored["tags"] = [{"key": "owner", "value": "somebody"}]
    before = seen.profile(NAME)
    run.profiles({"name": NAME, **option})
    after = seen.profile(NAME)
    changed = {name for name in before if before[name] != after[name]} - {"jobDetails"}
    assert len(changed) == 1
    assert set(after["ipScopes"][0]) == set(before["ipScopes"][0]) - {
        "secondaryDns" if "dns_servers" in option else "nothing"
    }
    assert after["ipScopes"][0]["poolId"] == before["ipScopes"][0]["poolId"]
    assert (after["objectId"], after["description"], after["tags"]) == (
        before["objectId"],
        "made by hand",
        before["tags"],
    )


def test_empty_lists_and_texts_remove(run: Tasks, seen: Reader, stored: Seen) -> None:
    run.profiles({"name": NAME, "dns_servers": [], "dns_suffix": "", "roles": []})
    after = seen.profile(NAME)
    assert not {"primaryDns", "secondaryDns", "dnsSuffix"} & set(after["ipScopes"][0])
    assert after["recommendationTags"] == []
    assert run.profiles({"name": NAME, "dns_servers": [], "dns_suffix": "", "roles": []})["changed"] is False


def test_ranges_are_compared_as_a_set(run: Tasks, stored: Seen) -> None:
    low, high = span("10.13.3.10-10.13.3.14"), span("10.13.3.30-10.13.3.39")
    run.profiles({"name": NAME, "ranges": [high, low]})
    assert run.profiles({"name": NAME, "ranges": [low, high]})["changed"] is False
    stored_ranges = stored["ipScopes"][0]["networkIpRanges"]
    stored_ranges.reverse()
    assert run.profiles({"name": NAME, "ranges": [low, high]})["changed"] is False


def test_a_renamed_network_is_the_same_network(run: Tasks, stored: Seen) -> None:
    """HCX keeps the name that the network had when the profile was written."""
    stored["backings"][0]["backingName"] = "the-former-name"
    since = run.mark()
    assert run.profiles(uplink())["changed"] is False
    assert run.writes(since) == []


def test_addresses_in_use_stay_in_their_pool(run: Tasks, lab: Lab, seen: Reader, stored: Seen) -> None:
    """A pool that is sent back without its id is a new one, which HCX refuses while addresses are in use."""
    (profile,) = lab._server.managers["connector"].state.networks.values()
    profile.used["10.13.3.12"] = "sm-1-IX-I1"
    pool = seen.profile(NAME)["ipScopes"][0]["poolId"]
    run.profiles({"name": NAME, "ranges": [span("10.13.3.10-10.13.3.29")]})
    assert seen.profile(NAME)["ipScopes"][0]["poolId"] == pool


def test_profiles_that_are_not_listed_are_left_alone(run: Tasks, seen: Reader, stored: Seen) -> None:
    before = seen.profile(NAME)
    run.profiles(uplink(name="np-other", ranges=[span("10.13.2.10")]))
    assert seen.profile(NAME) == before


def test_a_change_that_the_service_only_accepts_is_not_believed(
    run: Tasks, stored: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_accept(manager: Manager, object_id: str, content: Seen) -> None:
        manager.state.networks[object_id].state = "REALIZED"

    monkeypatch.setattr(network_profiles, "realize", only_accept)
    result = run.refused(uplink(mtu=1400))
    assert "afterwards mtu is still 1500 instead of 1400" in result["msg"]


# --- addresses that go from one profile to another --------------------------------------------------------------------


def held(name: str, *ranges: str, **settings: Any) -> Result:
    return uplink(name=name, ranges=[span(text) for text in ranges], **settings)


@pytest.mark.parametrize("turned", [False, True])
def test_addresses_move_from_one_profile_to_another_in_one_run(run: Tasks, seen: Reader, turned: bool) -> None:
    run.profiles(held("np-a", "10.13.3.10-10.13.3.19"), held("np-b", "10.13.3.20-10.13.3.29"))
    wanted = [held("np-a", "10.13.3.10-10.13.3.24"), held("np-b", "10.13.3.25-10.13.3.29"), held("np-c", "10.13.2.1")]
    wanted = wanted[::-1] if turned else wanted
    since = run.mark()
    planned = run.profiles(*wanted, check=True)
    result = run.profiles(*wanted)
    assert sorted(listed(result)) == [("create", "np-c"), ("update", "np-a"), ("update", "np-b")]
    assert planned["changes"] == result["changes"]
    # The one that releases is written first.
    names = [change["name"] for change in result["changes"]]
    assert names.index("np-b") < names.index("np-a")
    assert len(run.writes(since)) == 3
    assert run.profiles(*wanted)["changed"] is False
    assert seen.profile("np-a")["ipScopes"][0]["networkIpRanges"][0]["endAddress"] == "10.13.3.24"


def test_addresses_of_a_profile_that_goes_are_free_for_another_in_one_run(run: Tasks, seen: Reader) -> None:
    run.profiles(held("np-a", "10.13.3.10-10.13.3.19"))
    result = run.profiles(held("np-b", "10.13.3.10-10.13.3.19"), {"name": "np-a", "state": "absent"})
    assert listed(result) == [("remove", "np-a"), ("create", "np-b")]
    assert set(seen.profiles()) == {"np-b"}


def test_profiles_that_exchange_addresses_are_refused(run: Tasks) -> None:
    run.profiles(held("np-a", "10.13.3.10"), held("np-b", "10.13.3.20"))
    since = run.mark()
    result = run.refused(held("np-a", "10.13.3.20"), held("np-b", "10.13.3.10"))
    assert "profiles np-a and np-b exchange addresses" in result["msg"]
    assert run.writes(since) == []


def test_what_follows_a_release_that_fails_is_not_tried(run: Tasks, lab: Lab, seen: Reader) -> None:
    run.profiles(held("np-a", "10.13.3.10-10.13.3.19"), held("np-b", "10.13.3.20-10.13.3.29"))
    lab.faults.add("fail_work", method=UPDATE, message="No host can reach the segment.")
    result = run.refused(held("np-a", "10.13.3.10-10.13.3.24"), held("np-b", "10.13.3.25-10.13.3.29"))
    assert "could not update network profile np-b" in result["msg"]
    assert "No host can reach the segment." in result["msg"]
    assert seen.profile("np-a")["ipScopes"][0]["networkIpRanges"][0]["endAddress"] == "10.13.3.19"
