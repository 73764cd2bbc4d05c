# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of hcx_compute_profile before the first call."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.compute_profile_options import (
    WantedComputeProfile,
    missing_networks,
)
from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_compute_profile


def wanted(**options: Any) -> WantedComputeProfile:
    login = {"hostname": "hcx", "username": "u", "password": "p"}
    job = hcx_compute_profile.JOB
    checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate({**login, "name": "cp", **options})
    assert checked.error_messages == []
    return WantedComputeProfile.from_params(checked.validated_parameters)


def test_nothing_stated_is_nothing_wanted() -> None:
    found = wanted()
    assert (found.services, found.service_clusters, found.deployment_clusters, found.datastores) == (None,) * 4
    assert (found.networks, found.switches, found.cpu_reservation, found.absent) == ({}, None, None, False)


def test_order_and_repetition_mean_nothing() -> None:
    one = wanted(services=["VMOTION", "INTERCONNECT", "VMOTION"], datastores=["b", "a"], switches=["s", "s"])
    assert one == wanted(services=["INTERCONNECT", "VMOTION"], datastores=["a", "b", "a"], switches=["s"])


def test_switches_may_be_none() -> None:
    assert wanted(switches=[]).switches == ()


def test_only_stated_roles_are_wanted() -> None:
    assert wanted(networks={"uplink": ["np"]}).networks == {"uplink": ("np",)}


@pytest.mark.parametrize("value", [0, 1, 100])
def test_reservations_are_percent(value: int) -> None:
    assert wanted(cpu_reservation=value, memory_reservation=value).cpu_reservation == value


@pytest.mark.parametrize("value", [-1, 101])
def test_other_reservations_are_refused(value: int) -> None:
    with pytest.raises(InvalidInput, match=f"memory_reservation {value} is outside 0 to 100 percent"):
        wanted(memory_reservation=value)


def test_all_problems_are_told() -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted(cpu_reservation=101, services=["VMOTION"], datastores=[], networks={"uplink": []})
    assert refused.value.facts["problems"] == [
        "cpu_reservation 101 is outside 0 to 100 percent",
        "datastores is empty; name at least one, or leave the option out",
        "networks.uplink is empty; name at least one, or leave the option out",
        "services lacks INTERCONNECT, which every service mesh needs",
    ]


@pytest.mark.parametrize(
    ("services", "roles", "missing"),
    [
        (["INTERCONNECT"], {"management"}, []),
        (["INTERCONNECT"], {"uplink"}, ["management"]),
        (["VMOTION"], {"management"}, ["vmotion"]),
        (["BULK_MIGRATION"], {"management"}, ["replication"]),
        (["DISASTER_RECOVERY"], {"management"}, ["replication"]),
        (["RAV"], {"management"}, ["vmotion", "replication"]),
        (["RAV"], {"management", "vmotion", "replication"}, []),
        (["NETWORK_EXTENSION", "WANOPT"], {"management"}, []),
    ],
)
def test_which_networks_services_need(services: list[str], roles: set[str], missing: list[str]) -> None:
    assert missing_networks(tuple(services), roles) == missing
