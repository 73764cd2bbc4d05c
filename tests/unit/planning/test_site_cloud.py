# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `cloud_director` of a sheet: bad ones and their sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from unit.planning.test_site_sheet import GOOD, changed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse

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
