# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad sheets and their sentences; good ones and what they mean."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse, parse_all

GOOD: dict[str, Any] = {
    "site": "alpha",
    "vcenter": {"hostname": "vcenter.example.com", "port": 443, "username": "admin@vsphere.local"},
    "datacenter": "dc-1",
    "clusters": [{"name": "cluster-1", "hosts": ["esx-1", "esx-2", "esx-3"]}],
    "networks": {
        "vmotion": {
            "portgroup": "pg-vmotion",
            "switch": "vds-1",
            "vlan": 20,
            "mtu": 9000,
            "cidr": "10.11.0.0/24",
            "gateway": "10.11.0.1",
        },
        "replication": {"portgroup": "pg-replication", "switch": "vds-1", "cidr": "10.13.0.0/24"},
    },
    "stacks": {"nfs": {}},
    "verification": {"vmkping": True, "pattern": "ring"},
}


def changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `base` with the nested `change`; None takes a key away."""
    result = copy.deepcopy(dict(base))
    for key, value in change.items():
        if value is None:
            del result[key]
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = changed(result[key], value)
        else:
            result[key] = value
    return result


def network(name: str, **values: Any) -> dict[str, Any]:
    return {"networks": {name: values}}


BAD_SHEETS = yaml.safe_load(Path(__file__).with_name("bad_sheets.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BAD_SHEETS.values(), ids=BAD_SHEETS.keys())
def test_a_bad_sheet_is_refused_with_one_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(Problems) as caught:
        parse(changed(GOOD, case["change"]))
    assert caught.value.sentences == (case["sentence"],)


def test_all_problems_are_found_at_once() -> None:
    bad = changed(GOOD, {"vcenter": {"port": 0}, "networks": {"vmotion": {"mtu": 1, "vlan": -1}}})
    with pytest.raises(Problems) as caught:
        parse(bad)
    assert len(caught.value.sentences) == 3


@pytest.mark.parametrize("sheet", [None, [], "site", 7])
def test_what_is_no_sheet_is_refused(sheet: object) -> None:
    with pytest.raises(Problems, match=r"The sheet is .* but must be a mapping"):
        parse(sheet)


def test_a_secret_is_never_repeated() -> None:
    with pytest.raises(Problems) as caught:
        parse(changed(GOOD, {"vcenter": {"password": "opensesame"}}))
    assert "opensesame" not in str(caught.value)


def test_hosts_by_pattern_are_numbered_from_first() -> None:
    hosts = {"pattern": "esx-{:02d}.example.com", "first": 9, "count": 2}
    site = parse(changed(GOOD, {"clusters": [{"name": "c1", "hosts": hosts}]}))
    assert site.hosts == ["esx-09.example.com", "esx-10.example.com"]


def test_a_role_has_its_stack_and_services_unless_the_sheet_says_otherwise() -> None:
    networks = {
        "vmotion": {"portgroup": "pg-v", "cidr": "10.1.0.0/24"},
        "provisioning": {"portgroup": "pg-p", "cidr": "10.2.0.0/24", "stack": "defaultTcpipStack"},
        "replication": {"portgroup": "pg-r", "cidr": "10.3.0.0/24", "services": ["vSphereReplication"]},
    }
    site = parse({**GOOD, "networks": networks})
    assert [(item.stack, item.services) for item in site.networks] == [
        ("vmotion", ("vmotion",)),
        ("defaultTcpipStack", ("vSphereProvisioning",)),
        ("defaultTcpipStack", ("vSphereReplication",)),
    ]


def test_every_host_gets_its_address_in_every_network() -> None:
    site = parse(changed(GOOD, network("vmotion", addresses={"esx-3": "10.11.0.2"})))
    assert {host: str(address) for host, address in site.addresses["vmotion"].items()} == {
        "esx-1": "10.11.0.3/24",
        "esx-2": "10.11.0.4/24",
        "esx-3": "10.11.0.2/24",
    }


def test_several_vmotion_networks_may_share_a_subnet_with_addresses_of_their_own() -> None:
    second = {"portgroup": "pg-vmotion-2", "stack": "vmotion", "cidr": "10.11.0.0/24", "gateway": "10.11.0.1"}
    site = parse(changed(GOOD, network("vmotion-2", **second, first="10.11.0.100")))
    assert str(site.addresses["vmotion-2"]["esx-1"]) == "10.11.0.100/24"
    with pytest.raises(Problems) as caught:
        parse(changed(GOOD, network("vmotion-2", **second)))
    (sentence,) = caught.value.sentences
    assert sentence.startswith(
        "networks.vmotion and networks.vmotion-2 give out the same 3 addresses from 10.11.0.2 on"
    )


def test_a_cluster_without_hosts_is_taken_whole_when_dhcp_gives_the_addresses() -> None:
    networks = {"vmotion": {"portgroup": "pg-vmotion", "dhcp": True}}
    site = parse({**GOOD, "clusters": [{"name": "c1"}], "networks": networks})
    assert (site.hosts, site.addresses) == ([], {})


def test_problems_of_several_sheets_name_their_site() -> None:
    bad = changed(GOOD, {"site": "beta", "networks": {"vmotion": {"mtu": 1}}})
    with pytest.raises(Problems) as caught:
        parse_all([GOOD, bad, GOOD])
    assert caught.value.sentences == (
        "Site beta: networks.vmotion.mtu is 1, but must be a whole number from 1280 to 9000.",
        "Site alpha: this name is used by more than one sheet.",
    )


CIDRS = st.builds(
    lambda number, prefix: IPv4Network((number, prefix), strict=False), st.integers(0, 2**32 - 1), st.integers(4, 28)
)


@given(CIDRS, CIDRS)
def test_an_overlap_is_found_exactly_when_an_address_is_in_both_networks(
    first: IPv4Network, second: IPv4Network
) -> None:
    sheet = {
        **GOOD,
        "clusters": [{"name": "c1", "hosts": ["esx-1"]}],
        "networks": {"vmotion": {"portgroup": "pg-vmotion", "cidr": str(first)}},
        "other_networks": {"management": str(second)},
    }
    in_both = max(first[0], second[0]) <= min(first[-1], second[-1])
    if in_both:
        with pytest.raises(Problems, match="overlaps"):
            parse(sheet)
    else:
        assert parse(sheet).other_networks == {"management": second}
