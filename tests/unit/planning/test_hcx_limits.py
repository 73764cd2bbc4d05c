# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from unit.planning.hcx_samples import caution, mesh, networks, planned


def limits(options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in planned(options)["limits"]}


def extending(count: int, **more: Any) -> dict[str, Any]:
    return mesh(services=["network_extension"], extended_networks=networks(count), **more)


def test_a_limit_has_its_figure_its_source_and_what_is_planned() -> None:
    assert limits(extending(10))["networks_per_ne"] == {
        "name": "networks_per_ne",
        "what": "Networks per NE appliance",
        "bound": "at most",
        "figure": 8,
        "planned": 8,
        "exceeded": False,
        "source": "LLD, SEED1",
    }


def test_only_limits_of_the_services_are_told() -> None:
    found = limits(mesh(services=["vmotion"]))
    assert "concurrent_vmotion_or_cold" in found
    assert "uplink_mtu" in found
    assert not {"networks_per_ne", "mon_vms", "bulk_disk_tb"} & set(found)


def test_what_the_plan_does_not_decide_is_null_and_never_exceeded() -> None:
    row = limits(mesh(services=["vmotion"]))["concurrent_vmotion_or_cold"]
    assert (row["planned"], row["exceeded"]) == (None, False)


def test_a_lower_figure_for_networks_per_appliance_gives_more_appliances() -> None:
    found = planned(extending(10, limits={"networks_per_ne": 4}))
    assert found["switch_pairs"][0]["active"] == 3
    row = next(row for row in found["limits"] if row["name"] == "networks_per_ne")
    assert (row["figure"], row["source"]) == (4, "stated in limits")


def test_an_exceeded_limit_speaks_against_the_plan_until_it_is_overridden() -> None:
    options = extending(3, limits={"service_appliances": 1})
    assert caution(planned(options), "limit-exceeded")["blocks"]
    assert not planned(options)["fits"]
    assert planned({**options, "limits": {"service_appliances": 2}})["fits"]


@pytest.mark.parametrize(("mbit", "exceeded"), [(99, True), (100, False), (None, False)])
def test_the_underlay_has_a_least_bandwidth(mbit: int | None, exceeded: bool) -> None:
    assert limits(mesh(underlay_mbit=mbit))["underlay_mbit"]["exceeded"] is exceeded


def test_networks_with_mon_are_counted() -> None:
    options = mesh(services=["network_extension", "mon"], extended_networks=networks(3), limits={"mon_networks": 2})
    assert limits(options)["mon_networks"]["exceeded"]
