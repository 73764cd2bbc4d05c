# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_csv import COLUMNS, parse_csv
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse, parse_all

HEADER = "site,vcenter_hostname,datacenter,cluster,hosts,vmotion_portgroup,vmotion_cidr,vmotion_mtu"
ALPHA = "alpha,vc-a.example.com,dc-a,c-a,esx-1 esx-2,pg-vmotion,10.11.0.0/24,9000"
BETA = "beta,vc-b.example.com,dc-b,c-b,esx-3,pg-vmotion,10.12.0.0/24,"


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_a_row_is_a_sheet() -> None:
    assert parse_csv(table(HEADER, ALPHA)) == [
        {
            "site": "alpha",
            "vcenter": {"hostname": "vc-a.example.com"},
            "datacenter": "dc-a",
            "clusters": [{"name": "c-a", "hosts": ["esx-1", "esx-2"]}],
            "networks": {"vmotion": {"portgroup": "pg-vmotion", "cidr": "10.11.0.0/24", "mtu": 9000}},
            "verification": {},
        }
    ]


def test_every_row_is_a_site_and_an_empty_cell_states_nothing() -> None:
    first, second = parse_all(parse_csv(table(HEADER, ALPHA, BETA)))
    assert (first.name, first.networks[0].mtu) == ("alpha", 9000)
    assert (second.name, second.networks[0].mtu) == ("beta", None)


def test_all_columns_together_make_a_valid_sheet() -> None:
    cells = {
        "site": "alpha",
        "vcenter_hostname": "vc.example.com",
        "vcenter_port": "8443",
        "vcenter_username": "admin@vsphere.local",
        "vcenter_ca_path": "ca.pem",
        "datacenter": "dc-a",
        "cluster": "c-a",
        "hosts": "",
        "host_pattern": "esx-{:02d}",
        "host_first": "7",
        "host_count": "2",
        "verification_vmkping": "yes",
        "verification_pattern": "all_pairs",
    }
    for number, role in enumerate(("vmotion", "provisioning", "replication"), start=1):
        cells |= {
            f"{role}_portgroup": f"pg-{role}",
            f"{role}_switch": "vds-1",
            f"{role}_device": f"vmk{number}",
            f"{role}_vlan": "20",
            f"{role}_mtu": "9000",
            f"{role}_cidr": f"10.{number}.0.0/24",
            f"{role}_gateway": f"10.{number}.0.1",
            f"{role}_dhcp": "no",
            f"{role}_first": f"10.{number}.0.10",
            f"{role}_last": f"10.{number}.0.20",
            f"{role}_exclude": f"10.{number}.0.11 10.{number}.0.13-10.{number}.0.14",
            f"{role}_stack": "",
            f"{role}_services": "",
        }
    assert set(cells) == set(COLUMNS)
    (sheet,) = parse_csv(table(",".join(cells), ",".join(cells.values())))
    site = parse(sheet)
    assert site.hosts == ["esx-07", "esx-08"]
    assert [str(address) for address in site.addresses["replication"].values()] == ["10.3.0.10/24", "10.3.0.12/24"]
    assert site.vcenter.port == 8443
    assert site.verification.pattern == "all_pairs"


def test_services_and_stack_of_a_network_are_cells() -> None:
    header, row = HEADER + ",vmotion_stack,vmotion_services", ALPHA + ",defaultTcpipStack,vmotion faultToleranceLogging"
    (sheet,) = parse_csv(table(header, row))
    assert parse(sheet).networks[0].services == ("vmotion", "faultToleranceLogging")


def test_semicolons_and_a_byte_order_mark_of_spreadsheets_are_understood() -> None:
    text = table(HEADER, ALPHA)
    assert parse_csv("\ufeff" + text.replace(",", ";").replace("\n", "\r\n")) == parse_csv(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The table is empty; its first row must name the columns."),
        (table(HEADER), "The table has a header but no sites."),
        (table(HEADER.replace("site,", "", 1), ALPHA[6:]), 'Column "site" is missing.'),
        (table(HEADER + ",cluster", ALPHA + ",c"), 'Column "cluster" appears 2 times.'),
        (table(HEADER, ALPHA + ",more"), "Row 1 has 9 cells, but the header has 8 columns."),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Problems) as caught:
        parse_csv(text)
    assert caught.value.sentences == (sentence,)


def test_an_unknown_column_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Problems, match=r'^Column "vmotion_mtuu" is not known; did you mean vmotion_mtu'):
        parse_csv(table(HEADER + ",vmotion_mtuu", ALPHA + ",9000"))


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("vmotion_vlan", "twenty", 'networks.vmotion.vlan is "twenty", but must be a whole number from 0 to 4094.'),
        ("vmotion_dhcp", "maybe", 'networks.vmotion.dhcp is "maybe", but must be true or false.'),
        ("host_count", "3", "clusters[0].hosts.pattern is missing."),
    ],
)
def test_a_cell_that_does_not_fit_is_named_as_in_a_sheet(column: str, cell: str, sentence: str) -> None:
    (sheet,) = parse_csv(table(f"{HEADER},{column}", f"{ALPHA},{cell}"))
    with pytest.raises(Problems) as caught:
        parse(sheet)
    assert sentence in caught.value.sentences


def test_a_row_without_a_site_is_named_by_its_number() -> None:
    with pytest.raises(Problems, match=r"^Site number 2: site is missing\.$"):
        parse_all(parse_csv(table(HEADER, ALPHA, BETA.removeprefix("beta"))))
