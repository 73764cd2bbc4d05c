# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be is refused in one sentence, in check mode too, and nothing is changed."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from contract.bad_input.case import Case, all_of, reads_well
from contract.hcx.tasks import Tasks, listed, span, uplink

from lab import Lab, snapshots

PAIRING = "hcx_site_pairing"
PROFILE = "hcx_network_profile"
MODULE = pytest.mark.parametrize("module", [PAIRING, PROFILE])


def refused(module: str, case: Case, run: Tasks) -> str:
    """The whole sentence; check mode and a real run give the same one."""
    case.before(run.lab)
    sentences = set()
    for check in (True, False):
        there, since = snapshots.take(run.lab.shared), run.mark()
        result = run.attempt(module, check=check, **case.options)
        assert result.get("failed"), result
        assert result["changed"] is False
        assert not result.get("changes")
        assert run.writes(since) == []
        assert snapshots.take(run.lab.shared) == there
        reads_well(result["msg"])
        sentences.add(result["msg"])
    (sentence,) = sentences
    return str(sentence)


def options_of(module: str, lab: Lab) -> dict[str, Any]:
    return {"profiles": [uplink()]} if module == PROFILE else Tasks(lab, lab.connector.port).remote


# --- pairings ---------------------------------------------------------------------------------------------------------


def pairing(name: str, sentence: str, **options: Any) -> Case:
    given = {"remote_url": "https://cloud", "remote_username": "admin", "remote_password": "secret", **options}
    return Case(name, sentence, given)


NOT_A_URL = "is not a URL such as https://hcx-cloud.example.com"
NOT_A_FINGERPRINT = "is not a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons"
PAIRINGS = [
    pairing("no user", "pairing with https://cloud needs remote_username and remote_password", remote_username=None),
    pairing("no password", "pairing with https://cloud needs remote_username and remote_password", remote_password=""),
    pairing("plain HTTP", f"remote_url http://cloud {NOT_A_URL}", remote_url="http://cloud"),
    pairing("a path", f"remote_url https://cloud/hybridity {NOT_A_URL}", remote_url="https://cloud/hybridity"),
    pairing("a port that is none", f"remote_url https://cloud:99999 {NOT_A_URL}", remote_url="https://cloud:99999"),
    pairing("no host", f"remote_url https:// {NOT_A_URL}", remote_url="https://"),
    pairing(
        "a fingerprint of SHA-1",
        f"certificate_fingerprint {'ab' * 20} {NOT_A_FINGERPRINT}",
        certificate_fingerprint="ab" * 20,
    ),
    pairing(
        "a fingerprint with words",
        f"certificate_fingerprint sha256:{'ab' * 32} {NOT_A_FINGERPRINT}",
        certificate_fingerprint=f"sha256:{'ab' * 32}",
    ),
    pairing(
        "two mistakes",
        f"remote_url http://cloud {NOT_A_URL} (and 1 more problem, see 'problems')",
        remote_url="http://cloud",
        certificate_fingerprint="ab",
    ),
]


@all_of(PAIRINGS)
def test_pairings_that_cannot_be(case: Case, run: Tasks) -> None:
    assert refused(PAIRING, case, run) == case.sentence
    assert run.calls() == []


# --- network profiles -------------------------------------------------------------------------------------------------


def profiles(name: str, sentence: str, *entries: dict[str, Any], before: Any = lambda lab: None) -> Case:
    return Case(name, sentence, {"profiles": list(entries)}, before)


def one(name: str, sentence: str, **settings: Any) -> Case:
    return profiles(name, f"profiles[0] (np-uplink){sentence}", uplink(**settings))


OPTIONS = [
    profiles("no name", "profiles[0] (): name is empty", uplink(name="")),
    one("too small a packet", ": mtu 60 is outside 68 to 9000", mtu=60),
    one("too large a packet", ": mtu 9001 is outside 68 to 9000", mtu=9001),
    one(
        "too large a packet for a VPN",
        ": mtu 1400 is above 1350, the most that is recommended for an uplink over a VPN",
        mtu=1400,
        over_vpn=True,
    ),
    one("a prefix that is none", ": prefix_length 33 is outside 1 to 32", prefix_length=33),
    one("a gateway with prefix", ": gateway 10.13.0.1/22 is not an IPv4 address", gateway="10.13.0.1/22"),
    one("a gateway by name", ": gateway router is not an IPv4 address", gateway="router"),
    one("a gateway of IPv6", ": gateway fd00::1 is not an IPv4 address", gateway="fd00::1"),
    one("a name server by name", ": dns_servers ns1 is not an IPv4 address", dns_servers=["ns1"]),
    one(
        "three name servers",
        ": dns_servers holds more than the two that HCX takes",
        dns_servers=["10.10.0.2", "10.10.0.3", "10.10.0.4"],
    ),
    one("no ranges", ": ranges is empty; a profile needs at least one range of addresses", ranges=[]),
    one(
        "a range backwards",
        ": range 10.13.3.19-10.13.3.10 ends before it begins",
        ranges=[span("10.13.3.19-10.13.3.10")],
    ),
    one("a range that is none", ": ranges: Expected 4 octets in '10.13.3'", ranges=[span("10.13.3")]),
    one(
        "ranges that overlap",
        ": ranges 10.13.3.10-10.13.3.19 and 10.13.3.19-10.13.3.19 overlap",
        ranges=[span("10.13.3.10-10.13.3.19"), span("10.13.3.19")],
    ),
    profiles("one name twice", "profile np-uplink is listed twice; merge the entries", uplink(), uplink(mtu=1400)),
    profiles(
        "three mistakes in two entries",
        "profiles[0] (np-uplink): mtu 1 is outside 68 to 9000 (and 2 more problems, see 'problems')",
        uplink(mtu=1, prefix_length=40),
        uplink(name="np-other", gateway="x"),
    ),
]


@all_of(OPTIONS)
def test_options_that_cannot_be(case: Case, run: Tasks) -> None:
    assert refused(PROFILE, case, run) == case.sentence
    assert run.calls() == []


def with_neighbour(lab: Lab) -> None:
    neighbour = uplink(name="np-other", ranges=[span("10.13.3.15-10.13.3.40")])
    Tasks(lab, lab.connector.port).profiles(neighbour)
    # Jobs hold functions, which no two snapshots have in common.
    lab._server.managers["connector"].state.jobs.clear()


STATE = [
    profiles(
        "a new profile without settings",
        "profiles[0] (np-new) is new and needs network, prefix_length, ranges",
        {"name": "np-new", "mtu": 1400},
    ),
    one(
        "a range outside",
        ": range 10.14.0.1-10.14.0.9 is not inside 10.13.0.0/22",
        ranges=[span("10.13.3.10"), span("10.14.0.1-10.14.0.9")],
    ),
    one("a gateway outside", ": gateway 10.14.0.1 is not inside 10.13.0.0/22", gateway="10.14.0.1"),
    one(
        "a gateway in a range",
        ": gateway 10.13.3.12 lies in a range that appliances take addresses from",
        gateway="10.13.3.12",
    ),
    profiles(
        "addresses of another profile",
        "range 10.13.3.15-10.13.3.40 of profile np-other overlaps 10.13.3.10-10.13.3.19 of profile np-uplink in the "
        "same network",
        uplink(),
        before=with_neighbour,
    ),
    profiles(
        "addresses of another entry",
        "range 10.13.3.10-10.13.3.19 of profile np-b overlaps 10.13.3.10-10.13.3.19 of profile np-uplink in the same "
        "network",
        uplink(),
        uplink(name="np-b"),
    ),
]


@all_of(STATE)
def test_profiles_that_cannot_be(case: Case, run: Tasks) -> None:
    assert refused(PROFILE, case, run) == case.sentence


def test_a_network_that_is_not_there(run: Tasks) -> None:
    sentence = refused(PROFILE, one("", "", network="pg-nowhere"), run)
    assert sentence.startswith("profiles[0] (np-uplink): network pg-nowhere is not in HCX's inventory; there is: ")
    assert "pg-management" in sentence


def test_a_network_of_another_kind(run: Tasks) -> None:
    sentence = refused(PROFILE, one("", "", network="pg-management", network_type="NsxtSegment"), run)
    assert sentence == (
        "profiles[0] (np-uplink): network pg-management of type NsxtSegment is not in HCX's inventory; there is: "
        "seg-replication"
    )


def test_two_networks_of_one_name_are_refused_with_their_ids(run: Tasks, lab: Lab) -> None:
    sentence = refused(PROFILE, one("", "", network="pg-management"), run)
    found = [
        node.moid
        for node in lab._server.vcenters["source"].inventory.root.below()
        if getattr(node, "name", "") == "pg-management"
    ]
    assert len(found) == 2
    both = ", ".join(f"{moid} (DistributedVirtualPortgroup)" for moid in found)
    assert sentence == (
        f"profiles[0] (np-uplink): network pg-management is not unique in HCX's inventory: {both}; give the id "
        "instead of the name"
    )


@pytest.mark.parametrize("place", [0, 1])
def test_one_entry_that_cannot_be_stops_all(run: Tasks, place: int) -> None:
    wanted = [uplink(name="np-good", ranges=[span("10.13.2.1")]), uplink(name="np-good-2", ranges=[span("10.13.2.2")])]
    wanted[place]["gateway"] = "10.99.0.1"
    refused(PROFILE, profiles("", "", *wanted), run)


# --- managers that do not let a task in -------------------------------------------------------------------------------


def letting_nobody_in(module: str, run: Tasks, **options: Any) -> dict[str, Any]:
    result = run.failing(module, **options_of(module, run.lab), **options)
    assert result["changed"] is False
    reads_well(result["msg"])
    return result


@MODULE
@pytest.mark.parametrize(
    "wrong",
    [{"password": "Wrong!98765"}, {"username": "nobody@vsphere.local"}, {"username": Lab.reader_username}],
    ids=str,
)
def test_credentials_that_are_wrong(run: Tasks, lab: Lab, module: str, wrong: dict[str, str]) -> None:
    result = letting_nobody_in(module, run, **wrong)
    assert result["msg"] == f"localhost:{lab.connector.port} does not accept this user name and password"
    assert "HCX_PASSWORD" in result["hint"]
    assert "role" in result["hint"]
    assert "Wrong!98765" not in repr(result)
    assert lab.sessions("connector")["opened"] == 0


@MODULE
def test_a_certificate_that_is_not_trusted(run: Tasks, lab: Lab, module: str) -> None:
    result = letting_nobody_in(module, run, ca_path=None)
    assert result["msg"].startswith(f"the certificate of localhost:{lab.connector.port} is not trusted: ")
    assert "ca_path" in result["hint"]
    assert lab.requests() == []


@MODULE
def test_a_ca_file_that_is_missing(run: Tasks, module: str, tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    assert letting_nobody_in(module, run, ca_path=str(missing))["msg"] == (
        f"ca_path {missing} cannot be used: No such file or directory; give a file of PEM certificates"
    )


@MODULE
def test_a_manager_that_does_not_answer(run: Tasks, module: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        result = letting_nobody_in(module, run, port=port)
    assert result["msg"] == f"no answer from localhost:{port}: Connection refused"


@MODULE
def test_a_server_of_another_kind(run: Tasks, lab: Lab, module: str) -> None:
    control = int(lab.control_url.rpartition(":")[2])
    assert letting_nobody_in(module, run, port=control)["msg"] == (
        f"localhost:{control} answers 404 to a login, without a token; check whether it is an HCX manager"
    )


@MODULE
def test_a_hostname_that_is_a_url(run: Tasks, module: str) -> None:
    assert letting_nobody_in(module, run, hostname="https://hcx.example.com")["msg"] == (
        "hostname https://hcx.example.com is not the name or address of a server; give it without https://, port and "
        "path"
    )


@MODULE
def test_certificates_may_be_left_unchecked(run: Tasks, lab: Lab, module: str) -> None:
    result = run(module, ca_path=None, validate_certs=False, **options_of(module, lab))
    assert [action for action, _rest in listed(result)] == ["create"]
