# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `cloud_director` of a sheet: bad ones and their sentences, good ones and the variables that they give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from unit.planning.test_site_sheet import GOOD, changed

from ansible_collections.hybridcloud.mobility.plugins.filter.indented_yaml import indented_yaml
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_variables import summary, variables
from ansible_collections.hybridcloud.mobility.plugins.modules import (
    extender_l2_appliance,
    vcd_org_network,
    vcda_migration,
)

CLOUD: dict[str, Any] = {
    "director": {"hostname": "vcd.example.com", "username": "orgadmin", "provider_username": "administrator"},
    "organization": "acme",
    "vdc": "acme-vdc",
    "edge_gateway": "acme-edge",
    "generation": "nsx_v",
    "networks": {
        "company-network": {
            "cidr": "172.16.10.0/24",
            "gateway": "172.16.10.1",
            "ranges": ["172.16.10.150-172.16.10.199"],
            "dns_servers": ["172.16.10.10"],
        },
    },
    "l2vpn": {"name": "company-dc1", "address": "203.0.113.20", "user": "company"},
    "appliance": {
        "name": "l2-company-dc1",
        "datastore": "ds-1",
        "template": "nsx-l2vpn-client",
        "accept_eula": True,
        "mappings": {"Public": "pg-uplink", "Trunk": "pg-l2vpn-trunk", "HA": "pg-management"},
        "properties": [
            {"id": "uplink_ip", "value": "{uplink_address}"},
            {"id": "cli_admin_password", "secret": "vault_edge"},
        ],
        "addresses": ["10.15.0.41"],
        "cidr": "10.15.0.0/22",
        "gateway": "10.15.0.1",
        "trunk": "pg-l2vpn-trunk",
        "switch": "vds-1",
    },
    "stretched": [
        {"source": "pg-web", "vlan": 110, "network": "company-network", "egress_gateway": "172.16.10.1"},
    ],
    "availability": {
        "hostname": "vcda.example.com",
        "username": "orgadmin@acme",
        "source_site": "company-dc1",
        "cloud_site": "cloud-v",
    },
}
BAD_SECTIONS = yaml.safe_load(Path(__file__).with_name("bad_cloud_sections.yml").read_text(encoding="utf-8"))


def sheet(**change: Any) -> dict[str, Any]:
    return {**GOOD, "cloud_director": changed(CLOUD, change)}


def of(**change: Any) -> dict[str, Any]:
    return variables(parse(sheet(**change)))


def accepted(job: Job, options: dict[str, Any]) -> None:
    result = ArgumentSpecValidator(job.argument_spec).validate(options)
    assert result.error_messages == []


OF_NSX_T = sheet(
    generation="nsx_t",
    l2vpn={"user": None, "remote_address": "198.51.100.10", "tunnel_interface": "192.168.254.1/30"},
    appliance={"edge": {"hostname": "10.10.0.60", "username": "admin"}},
    stretched=[{"source": "pg-web", "vlan": 110, "network": "company-network"}],
)


@pytest.mark.parametrize("case", BAD_SECTIONS.values(), ids=BAD_SECTIONS.keys())
def test_a_bad_section_is_refused_with_one_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(Problems) as caught:
        parse(sheet(**case["change"]))
    assert caught.value.sentences == (case["sentence"],)


@pytest.mark.parametrize("part", ["director", "l2vpn", "availability"])
def test_a_secret_is_never_repeated(part: str) -> None:
    with pytest.raises(Problems) as caught:
        parse(sheet(**{part: {"password": "opensesame"}}))
    assert "opensesame" not in str(caught.value)


def test_the_cluster_of_the_sheet_is_where_the_edge_goes() -> None:
    cloud = parse(sheet()).cloud_director
    assert cloud is not None
    assert cloud.appliance is not None
    assert cloud.appliance.cluster == GOOD["clusters"][0]["name"]


def test_the_variables_are_options_that_the_modules_take() -> None:
    found = of()
    vdc, edge_gateway = found["vcd_tenant_vdc"], found["dc_extension_edge_gateway"]
    login = {"hostname": found["vcd_hostname"], "org": found["vcd_org"], "username": found["vcd_username"]}
    accepted(vcd_org_network.JOB, {**login, "password": "x", "vdc": vdc, "networks": found["vcd_tenant_networks"]})
    appliance = found["dc_extension_appliance"]
    accepted(
        extender_l2_appliance.JOB,
        {
            "name": appliance["name"],
            "generation": found["dc_extension_generation"],
            "placement": appliance["placement"],
            "deployment": {**appliance["deployment"], "properties": []},
            "uplink": appliance["uplink"],
            "trunk": found["dc_extension_trunk"],
            "tunnel": {"edge_gateway": edge_gateway, "vdc": vdc},
        },
    )
    accepted(
        vcda_migration.JOB,
        {
            "hostname": found["vcda_hostname"],
            "username": found["vcda_username"],
            "password": "x",
            "vms": [{"name": "web01"}],
            "source_site": found["warm_migration_source_site"],
            "target": found["warm_migration_target"],
        },
    )


def test_a_stretched_network_of_nsx_v_is_a_subinterface_and_of_nsx_t_is_not() -> None:
    assert of()["vcd_tenant_networks"][0]["interface_type"] == "subinterface"
    assert "interface_type" not in variables(parse(OF_NSX_T))["vcd_tenant_networks"][0]


def test_a_secret_of_the_template_is_written_as_a_reference_to_its_variable() -> None:
    text = indented_yaml(of())
    properties = yaml.safe_load(text)["dc_extension_appliance"]["deployment"]["properties"]
    assert properties == [
        {"id": "uplink_ip", "value": "{uplink_address}"},
        {"id": "cli_admin_password", "secret": "{{ vault_edge }}"},
    ]


def test_an_autonomous_edge_has_a_connection() -> None:
    found = variables(parse(OF_NSX_T))
    assert (found["edge_hostname"], found["edge_username"]) == ("10.10.0.60", "admin")
    assert found["dc_extension_remote_endpoint"] == "198.51.100.10"
    assert "dc_extension_user" not in found


def test_without_the_provider_no_rights_are_given() -> None:
    assert "vcd_tenant_rights_set" not in of()
    assert of(director={"provider_username": None})["vcd_tenant_rights_set"] == ""


def test_a_person_reads_what_is_stretched_where() -> None:
    assert summary(parse(sheet()))[-4:] == [
        "Cloud Director vcd.example.com: acme-vdc of acme",
        "  company-network: 172.16.10.0/24, gateway 172.16.10.1",
        "  pg-web (VLAN 110) stretched to company-network by l2-company-dc1",
        "  migrations from company-dc1 to cloud-v",
    ]


def test_a_sheet_without_the_section_has_no_variable_of_it() -> None:
    assert not [name for name in variables(parse(GOOD)) if name.startswith(("vcd", "dc_extension", "warm_migration"))]
