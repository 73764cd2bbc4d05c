# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `hcx` of a sheet: bad ones and their sentences, good ones and the variables that they give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from unit.planning.test_site_sheet import GOOD, changed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning import site_hcx
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_variables import summary, variables
from ansible_collections.hybridcloud.mobility.plugins.modules import (
    hcx_compute_profile,
    hcx_network_profile,
    hcx_service_mesh,
)

HCX: dict[str, Any] = {
    "manager": {"hostname": "hcx-1.example.com", "username": "admin@vsphere.local"},
    "network_profiles": {
        "np-management": {
            "network": "pg-management",
            "roles": ["management", "replication"],
            "cidr": "10.10.0.0/22",
            "gateway": "10.10.0.1",
            "ranges": ["10.10.3.10-10.10.3.19"],
        },
        "np-uplink": {
            "network": "pg-uplink",
            "roles": ["uplink"],
            "over_vpn": True,
            "cidr": "10.15.0.0/22",
            "gateway": "10.15.0.1",
            "ranges": ["10.15.3.10", "10.15.3.12-10.15.3.13"],
        },
        "np-vmotion": {"network": "pg-v", "roles": ["vmotion"], "cidr": "10.11.0.0/24", "ranges": ["10.11.0.200"]},
    },
    "compute_profile": {
        "name": "cp-1",
        "services": ["BULK_MIGRATION", "VMOTION", "NETWORK_EXTENSION"],
        "datastores": ["ds-1"],
        "switches": ["vds-1"],
    },
    "pairing": {"remote_url": "https://hcx-cloud.example.com", "remote_username": "cloud@vsphere.local"},
    "service_mesh": {
        "name": "mesh-1",
        "remote_compute_profile": "cp-2",
        "switch_pairs": [{"local": "vds-1", "remote": "vds-d", "networks": 10}],
    },
}
BAD_SECTIONS = yaml.safe_load(Path(__file__).with_name("bad_hcx_sections.yml").read_text(encoding="utf-8"))


def sheet(**change: Any) -> dict[str, Any]:
    return {**GOOD, "hcx": changed(HCX, change)}


def of(**change: Any) -> dict[str, Any]:
    return variables(parse(sheet(**change)))


@pytest.mark.parametrize("case", BAD_SECTIONS.values(), ids=BAD_SECTIONS.keys())
def test_a_bad_section_is_refused_with_one_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(Problems) as caught:
        parse(sheet(**case["change"]))
    assert caught.value.sentences == (case["sentence"],)


def test_problems_of_the_section_are_found_together_with_those_of_others() -> None:
    bad = sheet(manager={"port": 0}, pairing={"remote_url": "x"}, service_mesh={"services": ["RAV"]})
    with pytest.raises(Problems) as caught:
        parse(changed(bad, {"vcenter": {"port": 0}}))
    assert len(caught.value.sentences) == 5


@pytest.mark.parametrize("part", ["manager", "pairing"])
def test_a_secret_is_never_repeated(part: str) -> None:
    with pytest.raises(Problems) as caught:
        parse(sheet(**{part: {"remote_password": "opensesame"}}))
    assert "opensesame" not in str(caught.value)


def test_a_sheet_without_the_section_has_no_variable_and_no_line_of_hcx() -> None:
    site = parse(GOOD)
    assert not [name for name in variables(site) if name.startswith("hcx")]
    assert not [line for line in summary(site) if "HCX" in line]


def test_a_site_that_does_not_initiate_has_neither_pairing_nor_mesh() -> None:
    found = of(pairing=None, service_mesh=None)
    assert not {"hcx_remote_url", "hcx_site_service_meshes"} & set(found)
    assert found["hcx_site_compute_profiles"]


def test_what_the_sheet_does_not_state_is_in_no_variable() -> None:
    found = of()
    (compute,), (mesh,) = found["hcx_site_compute_profiles"], found["hcx_site_service_meshes"]
    assert not {"hcx_port", "hcx_ca_path", "hcx_remote_fingerprint"} & set(found)
    assert not {"folder", "resource_pool", "cpu_reservation"} & set(compute)
    assert not {"uplinks", "application_path_resiliency", "wan_optimization_bandwidth"} & set(mesh)
    assert "mtu" not in found["hcx_site_network_profiles"][2]


def test_profiles_serve_the_roles_that_they_have_and_the_clusters_of_the_sheet() -> None:
    (compute,) = of()["hcx_site_compute_profiles"]
    assert compute["networks"] == {
        "management": ["np-management"],
        "uplink": ["np-uplink"],
        "vmotion": ["np-vmotion"],
        "replication": ["np-management"],
    }
    assert compute["service_clusters"] == compute["deployment_clusters"] == ["cluster-1"]
    assert compute["datacenter"] == "dc-1"


def test_what_is_left_to_the_hosts_is_in_no_variable() -> None:
    open_roles = {"np-management": {"network": None, "roles": None}}
    found = of(network_profiles=open_roles)
    assert not {"network", "roles"} & set(found["hcx_site_network_profiles"][0])
    assert "networks" not in found["hcx_site_compute_profiles"][0]
    line = "HCX np-management: roles as the hosts tell, network as the hosts tell, 10.10.0.0/22, 10.10.3.10-10.10.3.19"
    assert line in summary(parse(sheet(network_profiles=open_roles)))


def test_traffic_without_a_network_of_its_own_is_left_to_the_hosts() -> None:
    left = sheet(network_profiles={"np-management": {"roles": ["management"]}})
    found = variables(parse(changed(left, {"networks": {"replication": None}})))
    assert "replication" not in found["hcx_site_compute_profiles"][0]["networks"]


def test_a_resource_pool_takes_the_place_of_the_clusters() -> None:
    (compute,) = of(compute_profile={"resource_pool": "Infrastructure"})["hcx_site_compute_profiles"]
    assert compute["resource_pool"] == "Infrastructure"
    assert "deployment_clusters" not in compute


@pytest.mark.parametrize(("networks", "appliances"), [(1, 1), (8, 1), (9, 2), (10, 2), (17, 3)])
def test_networks_decide_how_many_appliances_extend_them(networks: int, appliances: int) -> None:
    pairs = [{"local": "vds-1", "remote": "vds-d", "networks": networks}]
    (mesh,) = of(service_mesh={"switch_pairs": pairs})["hcx_site_service_meshes"]
    assert mesh["switch_pairs"] == [{"local": "vds-1", "remote": "vds-d", "appliances": appliances}]


def test_the_summary_tells_a_person_what_hcx_will_have() -> None:
    assert summary(parse(sheet()))[-5:] == [
        "HCX np-management: management and replication, pg-management, 10.10.0.0/22, 10.10.3.10-10.10.3.19",
        "HCX np-uplink: uplink, pg-uplink, 10.15.0.0/22, 10.15.3.10, 10.15.3.12-10.15.3.13",
        "HCX np-vmotion: vmotion, pg-v, 10.11.0.0/24, 10.11.0.200",
        "HCX mesh mesh-1 with https://hcx-cloud.example.com: BULK_MIGRATION, VMOTION, NETWORK_EXTENSION",
        "  vds-1 to vds-d: 10 networks on 2 NE",
    ]


def accepted(job: Job, **options: Any) -> list[str]:
    """The complaints of a module's option table."""
    table = {**job.argument_spec, "hostname": {}, "username": {}, "password": {"no_log": True}}
    messages: list[str] = ArgumentSpecValidator(table, **job.rules).validate(options).error_messages
    return messages


def test_the_modules_accept_the_variables() -> None:
    found = of(
        network_profiles={"np-uplink": {"dns_servers": ["10.0.0.53"], "dns_suffix": "lab.example", "mtu": 1300}},
        compute_profile={"folder": "Appliances", "cpu_reservation": 50, "memory_reservation": 100},
        service_mesh={"uplinks": ["np-uplink"], "application_path_resiliency": True, "wan_optimization_bandwidth": 9},
    )
    assert accepted(hcx_network_profile.JOB, profiles=found["hcx_site_network_profiles"]) == []
    assert accepted(hcx_compute_profile.JOB, **found["hcx_site_compute_profiles"][0]) == []
    (mesh,) = found["hcx_site_service_meshes"]
    # The role plans with it, and does not pass it on.
    assert mesh.pop("extended_networks") == [{"local": "vds-1", "remote": "vds-d", "networks": 10}]
    assert accepted(hcx_service_mesh.JOB, **mesh) == []


def test_sheets_and_modules_know_the_same_services() -> None:
    for job in (hcx_compute_profile.JOB, hcx_service_mesh.JOB):
        assert set(job.argument_spec["services"]["choices"]) == {"INTERCONNECT", *site_hcx.SERVICES}
