# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of hcx_service_mesh before the first call."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx.service_mesh_options import (
    SwitchPair,
    WantedMesh,
)
from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_service_mesh


def wanted(**options: Any) -> WantedMesh:
    login = {"hostname": "hcx", "username": "u", "password": "p"}
    job = hcx_service_mesh.JOB
    checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate({**login, "name": "mesh", **options})
    assert checked.error_messages == []
    return WantedMesh.from_params(checked.validated_parameters)


def test_nothing_stated_is_nothing_wanted() -> None:
    found = wanted()
    assert (found.services, found.uplinks, found.remote_uplinks, found.switch_pairs) == (None,) * 4
    assert (found.bandwidth, found.flags, found.remote_url) == (None, {}, None)
    assert (found.absent, found.forced, found.resync, found.redeploy) == (False,) * 4


def test_an_empty_list_is_a_wish() -> None:
    found = wanted(uplinks=[], remote_uplinks=[], switch_pairs=[])
    assert (found.uplinks, found.remote_uplinks, found.switch_pairs) == ((), (), ())


@pytest.mark.parametrize("value", [True, False])
def test_only_stated_flags_are_wanted(value: bool) -> None:
    assert wanted(tcp_flow_conditioning=value).flags == {"isTcpFlowConditioningEnabled": value}
    assert wanted(application_path_resiliency=value).flags == {"isAppPathResiliencyEnabled": value}


def test_a_pair_has_one_appliance_unless_stated() -> None:
    pairs = [{"local": "a", "remote": "b"}, {"local": "a", "remote": "c", "appliances": 3}]
    assert wanted(switch_pairs=pairs).switch_pairs == (SwitchPair("a", "b", 1), SwitchPair("a", "c", 3))


@pytest.mark.parametrize("text", ["https://HCX.example.com/", "hcx.example.com", "https://hcx.example.com:443"])
def test_the_spelling_of_the_remote_site_means_nothing(text: str) -> None:
    assert wanted(remote_url=text).remote_url == "https://hcx.example.com"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"name": "default-service-mesh-7"}, "service mesh default-service-mesh-7 belongs to HCX itself"),
        ({"services": ["WANOPT"]}, "services lacks INTERCONNECT"),
        ({"services": ["INTERCONNECT", "NETWORK_EXTENSION"], "switch_pairs": []}, "switch_pairs is empty"),
        ({"wan_optimization_bandwidth": -5}, "wan_optimization_bandwidth -5 must be 1 or more"),
        (
            {"switch_pairs": [{"local": "a", "remote": "b", "appliances": -1}]},
            "switch_pairs: -1 appliances for a and b",
        ),
        ({"switch_pairs": [{"local": "a", "remote": "b"}] * 2}, "switch_pairs lists a and b twice"),
        ({"remote_url": "http://hcx.example.com"}, "remote_url http://hcx.example.com is not a URL such as"),
    ],
)
def test_what_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted(**options)
    (told,) = refused.value.facts["problems"]
    assert told.startswith(problem)


def test_removal_of_a_system_mesh_is_refused_too() -> None:
    with pytest.raises(InvalidInput, match="not ours to change"):
        wanted(name="default-service-mesh-1", state="absent", force_delete=True)
