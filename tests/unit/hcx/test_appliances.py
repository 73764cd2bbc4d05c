# SPDX-License-Identifier: GPL-3.0-or-later
"""When an appliance is healthy, and which appliances a mesh will have. (HCX reference 11, 12)"""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.appliances import (
    Appliance,
    expected_names,
    missing,
    read_appliances,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.client import Hcx


class Listing:
    """Stands for a manager that has these appliances."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = items
        self.asked: list[Any] = []

    def ask(self, path: str, body: Any) -> dict[str, Any]:
        self.asked.append((path, body))
        return {"items": list(self.items)}


def read(**fields: Any) -> Appliance:
    item = {"applianceId": "1", "applianceName": "m-IX-I1", "applianceType": "HCX-WAN-IX", **fields}
    (found,) = read_appliances(cast(Hcx, Listing(item)), "mesh")
    return found


def status(overall: str | None, *tunnels: tuple[int, int]) -> dict[str, Any]:
    transports = [{"totalActiveTunnelCount": active, "totalTunnelCount": total} for active, total in tunnels]
    return {"summary": {"overallStatus": overall, "transportSummary": transports}}


@pytest.mark.parametrize(
    ("shown", "healthy"),
    [
        (status("up", (8, 8)), True),
        (status("UP", (8, 8), (4, 4)), True),
        (status("up", (7, 8)), False),
        (status("up", (8, 8), (0, 8)), False),
        (status("up", (0, 0)), False),
        (status("up"), False),
        (status("degraded", (8, 8)), False),
        (status("down", (0, 8)), False),
        (status(None, (8, 8)), False),
        ({}, False),
        ({"summary": None}, False),
        (None, False),
    ],
)
def test_healthy_is_up_with_all_tunnels(shown: Any, healthy: bool) -> None:
    assert read(status=shown).healthy is healthy


def test_without_a_status_it_is_unknown() -> None:
    assert (read().status, read().tunnels) == ("unknown", (0, 0))


def test_wan_optimization_has_no_tunnels_of_its_own() -> None:
    assert read(applianceType="HCX-WAN-OPT", status=status("up")).healthy is True
    assert read(applianceType="HCX-WAN-OPT", status=status("down")).healthy is False


def test_every_reason_is_told() -> None:
    shown = {"summary": {"overallStatus": "down", "reasons": ["No answer."]}}
    found = read(status=shown, applianceStatus={"state": "CONFIGURED", "detailedMessage": "Peer lost."})
    assert found.reasons == ("No answer.", "Peer lost.")


def test_one_mesh_or_all_are_asked_for_in_one_call() -> None:
    listing = Listing({"applianceId": "2", "applianceName": "b"}, {"applianceId": "1", "applianceName": "a"})
    assert [one.name for one in read_appliances(cast(Hcx, listing), "mesh")] == ["a", "b"]
    read_appliances(cast(Hcx, listing))
    assert [body for _path, body in listing.asked] == [{"filter": {"serviceMeshId": "mesh"}}, {"filter": {}}]


@pytest.mark.parametrize(
    ("services", "extension", "names"),
    [
        ({"INTERCONNECT"}, 0, ["m-IX-I1", "m-IX-R1"]),
        ({"INTERCONNECT"}, 2, ["m-IX-I1", "m-IX-R1"]),
        ({"WANOPT"}, 0, ["m-IX-I1", "m-IX-R1", "m-WO-I1", "m-WO-R1"]),
        (
            {"NETWORK_EXTENSION"},
            2,
            ["m-IX-I1", "m-IX-R1", "m-NE-I1", "m-NE-I2", "m-NE-R1", "m-NE-R2"],
        ),
    ],
)
def test_the_names_that_hcx_gives(services: set[str], extension: int, names: list[str]) -> None:
    assert expected_names("m", frozenset(services), extension) == names


def at(site: str, *kinds: str) -> list[Appliance]:
    return [read(applianceType=f"HCX-{kind}", endpointId=site) for kind in kinds]


WHOLE = ("WAN-IX", "WAN-OPT", "NET-EXT", "NET-EXT")
EVERYTHING = frozenset({"INTERCONNECT", "WANOPT", "NETWORK_EXTENSION"})


def test_a_mesh_with_all_its_appliances_misses_none() -> None:
    assert missing(at("a", *WHOLE) + at("b", "WAN-IX-EDGE", *WHOLE[1:]), EVERYTHING, 2) == []
    # Some lists hold the appliances of one site only.
    assert missing(at("a", *WHOLE), EVERYTHING, 2) == []
    assert missing(at("a", "WAN-IX"), frozenset({"INTERCONNECT"}), 2) == []


def test_an_appliance_that_is_gone_is_missed_at_its_site() -> None:
    listed = at("a", "WAN-IX", "NET-EXT", "NET-EXT") + at("b", "WAN-OPT", "NET-EXT")
    assert missing(listed, EVERYTHING, 2) == [
        "0 of 1 HCX-WAN-OPT at site a",
        "0 of 1 HCX-WAN-IX at site b",
        "1 of 2 HCX-NET-EXT at site b",
    ]
