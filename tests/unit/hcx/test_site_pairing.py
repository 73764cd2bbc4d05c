# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs, options and odd lists of pairings."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.client import Hcx
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.site_pairing import (
    SitePairing,
    WantedPairing,
    canonical_url,
    is_linked,
    read_pairings,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task

URL = "https://hcx-cloud.example.com"


class ListedManager:
    """Answers reads with lists that are written down."""

    address = "hcx:443"
    endpoint_id = "here"

    def __init__(self, pairings: list[dict[str, Any]], containers: list[dict[str, Any]] | None = None) -> None:
        self._pairings = pairings
        self._containers = containers or []

    def get(self, path: str) -> Any:
        return {"data": {"items": self._pairings}}

    def ask(self, path: str, body: Any) -> Any:
        return {"data": {"items": self._containers}}


def manager(pairings: list[dict[str, Any]], containers: list[dict[str, Any]] | None = None) -> Hcx:
    return cast(Hcx, ListedManager(pairings, containers))


def pairing(url: str | None = URL, endpoint: str = "there", **fields: Any) -> dict[str, Any]:
    return {"url": url, "endpointId": endpoint, "username": "admin", "cloudName": "cloud", "version": "4.11", **fields}


def options(**given: Any) -> dict[str, Any]:
    return {
        "remote_url": URL,
        "state": "present",
        "remote_username": "admin",
        "remote_password": "secret",
        "certificate_fingerprint": None,
        "renew_credentials": False,
        "wait_timeout": 1,
        **given,
    }


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"{URL}/",
        f"{URL}//",
        f"{URL}:443",
        f"{URL}:443/",
        "hcx-cloud.example.com",
        "hcx-cloud.example.com:443",
        "HTTPS://HCX-Cloud.Example.COM/",
    ],
)
def test_spellings_of_one_url_are_one(text: str) -> None:
    assert canonical_url(text) == URL


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://hcx:8443/", "https://hcx:8443"),
        ("https://[FD00::1]", "https://[fd00::1]"),
        ("https://[fd00::1]:8443", "https://[fd00::1]:8443"),
        ("192.0.2.1", "https://192.0.2.1"),
    ],
)
def test_what_makes_a_difference_is_kept(text: str, url: str) -> None:
    assert canonical_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "https://", "http://hcx", "https://hcx/hybridity", "https://hcx?a=1", "https://hcx:99999", "https://hcx:x"],
)
def test_what_is_no_url_of_a_site(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        WantedPairing.from_params(options(remote_url=text))
    assert str(caught.value) == f"remote_url {text} is not a URL such as https://hcx-cloud.example.com"


def test_entries_that_are_no_outgoing_pairing_are_left_out() -> None:
    odd = [
        pairing(None),
        pairing(""),
        pairing("http://plain"),
        pairing("https://vmc.example.com/hybridity"),
        pairing("https://own", "here"),
        {"url": URL},
    ]
    assert [found.endpoint_id for found in read_pairings(manager([*odd, pairing()]))] == ["there"]


def test_two_pairings_with_one_url_are_refused_with_their_ids() -> None:
    task = Task(options(), False, Run(None), Progress(), Redactor())
    resource = SitePairing(
        manager([pairing(), pairing(f"{URL}/", "other")]), WantedPairing.from_params(options()), task
    )
    with pytest.raises(InvalidInput) as caught:
        resource.read()
    assert str(caught.value) == f"hcx:443 lists {URL} more than once (there, other); remove one"


@pytest.mark.parametrize(
    ("container", "linked"),
    [
        ({"endpoint": {"endpointId": "there", "linkEstablished": True}}, True),
        ({"endpoint": {"endpointId": "there"}}, True),
        ({"endpointId": "there"}, True),
        ({"endpoint": {"endpointId": "there", "linkEstablished": False}}, False),
        ({"endpoint": {"endpointId": "other", "linkEstablished": True}}, False),
    ],
    ids=str,
)
def test_a_site_is_linked_when_its_vcenter_is_known(container: dict[str, Any], linked: bool) -> None:
    assert is_linked(manager([pairing()], [container]), "there") is linked


@pytest.mark.parametrize("digits", ["ab" * 32, "AB" * 32, ":".join(["Ab"] * 32)], ids=["lower", "upper", "colons"])
def test_fingerprints_have_one_form(digits: str) -> None:
    assert WantedPairing.from_params(options(certificate_fingerprint=digits)).fingerprint == "ab" * 32


def test_the_end_of_a_pairing_needs_no_credentials() -> None:
    wanted = WantedPairing.from_params(options(state="absent", remote_username=None, remote_password=None))
    assert wanted.absent


def test_all_problems_are_told_at_once() -> None:
    bad = options(remote_url="ftp://x", remote_password=None, certificate_fingerprint="ab")
    with pytest.raises(InvalidInput) as caught:
        WantedPairing.from_params(bad)
    assert len(caught.value.facts["problems"]) == 3
