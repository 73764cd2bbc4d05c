# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall table, row by row, against the port list of HCX planning 2."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planning.hcx_samples import mesh, networks, planned, sample

Row = tuple[str, str, list[str], list[str], str, str]


def table(options: dict[str, Any], site: str) -> list[Row]:
    """id, direction, source, destination, protocol and port, needed for; of one site."""
    return [
        (
            row["id"],
            row["direction"],
            row["source_addresses"],
            row["destination_addresses"],
            f"{'/'.join(row['protocols'])} {','.join(map(str, row['ports']))}",
            " ".join(row["needed_for"]),
        )
        for row in planned(options)["firewall"]
        if row["site"] == site
    ]


def ids(options: dict[str, Any], site: str = "here") -> list[str]:
    return [row[0] for row in table(options, site)]


ACTIVATION, DEPOT = ["connect.hcx.vmware.com"], ["hybridity-depot.vmware.com"]


def test_bulk_over_vpn_at_the_plant() -> None:
    manager, vcenter, admins, esxi = ["10.40.10.20"], ["10.40.10.5"], ["10.40.200.0/24"], ["10.40.10.11-10.40.10.15"]
    appliances, uplink = ["10.40.10.30-10.40.10.33"], ["10.40.20.2-10.40.20.5"]
    assert table(sample("bulk-over-vpn"), "plant-north") == [
        ("W1", "outbound", manager, ACTIVATION, "TCP 443", "online_licensing"),
        ("W2", "outbound", manager, DEPOT, "TCP 443", "always"),
        ("S1", "outbound", manager, ["10.80.10.9"], "TCP 443", "always"),
        ("S2", "both", uplink, ["10.80.20.10-10.80.20.19"], "UDP 4500", "bulk_migration"),
        ("L1", "local", admins, manager, "TCP 443", "always"),
        ("L2", "local", admins, manager, "TCP 9443", "always"),
        ("L4", "local", manager, vcenter, "TCP 443", "always"),
        ("L5", "local", manager, vcenter, "TCP 9443", "always"),
        ("L7", "local", vcenter, manager, "TCP 443", "always"),
        ("L8", "local", manager, esxi, "TCP 80,443,902", "always"),
        ("L10", "local", manager, appliances, "TCP 443", "bulk_migration"),
        ("L11", "local", manager, appliances, "TCP 8123", "bulk_migration"),
        ("L12", "local", manager, appliances, "TCP 9443", "always"),
        ("L13", "local", appliances, vcenter, "UDP 902", "bulk_migration"),
        ("L14", "local", appliances, esxi, "TCP 80", "bulk_migration"),
        # No replication adapters: the hosts' management addresses talk to the IX.
        ("L17", "local", esxi, appliances, "TCP 31031,44046", "bulk_migration"),
        ("M1", "local", manager, ["10.40.1.53"], "TCP/UDP 53", "always"),
        ("M2", "local", manager, ["10.40.1.123"], "UDP 123", "always"),
    ]


def test_bulk_over_vpn_in_the_cloud() -> None:
    manager, vcenter, admins, esxi = ["10.80.10.9"], ["10.80.10.2"], ["10.80.250.0/28"], ["10.80.12.0/24"]
    appliances, uplink = ["10.80.11.10-10.80.11.19"], ["10.80.20.10-10.80.20.19"]
    assert table(sample("bulk-over-vpn"), "cloud-one") == [
        ("W1", "outbound", manager, ACTIVATION, "TCP 443", "online_licensing"),
        ("W2", "outbound", manager, DEPOT, "TCP 443", "always"),
        ("S1", "inbound", ["10.40.10.20"], manager, "TCP 443", "always"),
        ("S2", "both", uplink, ["10.40.20.2-10.40.20.5"], "UDP 4500", "bulk_migration"),
        ("L1", "local", admins, manager, "TCP 443", "always"),
        ("L2", "local", admins, manager, "TCP 9443", "always"),
        ("L4", "local", manager, vcenter, "TCP 443", "always"),
        ("L5", "local", manager, vcenter, "TCP 9443", "always"),
        ("L7", "local", vcenter, manager, "TCP 443", "always"),
        ("L8", "local", manager, esxi, "TCP 80,443,902", "always"),
        ("L9", "local", manager, ["10.80.10.3"], "TCP 443", "nsx"),
        ("L10", "local", manager, appliances, "TCP 443", "bulk_migration"),
        ("L11", "local", manager, appliances, "TCP 8123", "bulk_migration"),
        ("L12", "local", manager, appliances, "TCP 9443", "always"),
        ("L13", "local", appliances, vcenter, "UDP 902", "bulk_migration"),
        ("L14", "local", appliances, esxi, "TCP 80", "bulk_migration"),
        ("L17", "local", ["10.80.13.0/24"], ["10.80.13.200-10.80.13.203"], "TCP 31031,44046", "bulk_migration"),
        ("M1", "local", manager, ["10.80.10.53"], "TCP/UDP 53", "always"),
        ("M2", "local", manager, ["10.80.10.123"], "UDP 123", "always"),
    ]


def test_keep_addresses_at_the_plant() -> None:
    manager, vcenter, admins, esxi = ["10.50.10.20"], ["10.50.10.5"], ["10.50.200.0/24"], ["10.50.10.64/26"]
    appliances, uplink = ["10.50.10.30-10.50.10.39"], ["10.50.20.2-10.50.20.9"]
    remote_uplink = ["10.90.20.10-10.90.20.19"]
    assert table(sample("keep-addresses"), "plant-south") == [
        ("W1", "outbound", manager, ACTIVATION, "TCP 443", "online_licensing"),
        ("W2", "outbound", manager, DEPOT, "TCP 443", "always"),
        ("S1", "outbound", manager, ["10.90.10.9"], "TCP 443", "always"),
        ("S2", "both", uplink, remote_uplink, "UDP 4500", "vmotion network_extension"),
        ("S3", "both", uplink, remote_uplink, "UDP 4500", "network_extension"),
        ("L1", "local", admins, manager, "TCP 443", "always"),
        ("L2", "local", admins, manager, "TCP 9443", "always"),
        ("L4", "local", manager, vcenter, "TCP 443", "always"),
        ("L5", "local", manager, vcenter, "TCP 9443", "always"),
        ("L7", "local", vcenter, manager, "TCP 443", "always"),
        ("L8", "local", manager, esxi, "TCP 80,443,902", "always"),
        ("L10", "local", manager, appliances, "TCP 443", "vmotion"),
        ("L12", "local", manager, appliances, "TCP 9443", "always"),
        ("L13", "local", appliances, vcenter, "UDP 902", "vmotion"),
        ("L14", "local", appliances, esxi, "TCP 80", "vmotion"),
        ("L16", "local", ["10.50.30.200-10.50.30.203"], ["10.50.30.64/26"], "TCP 8000", "vmotion"),
        ("M1", "local", manager, ["10.50.1.53", "10.50.2.53"], "TCP/UDP 53", "always"),
        ("M2", "local", manager, ["10.50.1.123"], "UDP 123", "always"),
        ("M3", "local", [*manager, *appliances], ["10.50.1.114"], "TCP/UDP 514", "syslog"),
    ]


def test_keep_addresses_in_the_cloud() -> None:
    manager, vcenter, admins, esxi = ["10.90.10.9"], ["10.90.10.2"], ["10.90.250.0/28"], ["10.90.12.0/24"]
    appliances, uplink = ["10.90.11.10-10.90.11.19"], ["10.90.20.10-10.90.20.19"]
    remote_uplink = ["10.50.20.2-10.50.20.9"]
    assert table(sample("keep-addresses"), "cloud-two") == [
        ("W1", "outbound", manager, ACTIVATION, "TCP 443", "online_licensing"),
        ("W2", "outbound", manager, DEPOT, "TCP 443", "always"),
        ("S1", "inbound", ["10.50.10.20"], manager, "TCP 443", "always"),
        ("S2", "both", uplink, remote_uplink, "UDP 4500", "vmotion network_extension"),
        ("S3", "both", uplink, remote_uplink, "UDP 4500", "network_extension"),
        ("L1", "local", admins, manager, "TCP 443", "always"),
        ("L2", "local", admins, manager, "TCP 9443", "always"),
        ("L4", "local", manager, vcenter, "TCP 443", "always"),
        ("L5", "local", manager, vcenter, "TCP 9443", "always"),
        ("L7", "local", vcenter, manager, "TCP 443", "always"),
        ("L8", "local", manager, esxi, "TCP 80,443,902", "always"),
        ("L9", "local", manager, ["10.90.10.3"], "TCP 443", "nsx"),
        ("L10", "local", manager, appliances, "TCP 443", "vmotion"),
        ("L12", "local", manager, appliances, "TCP 9443", "always"),
        ("L13", "local", appliances, vcenter, "UDP 902", "vmotion"),
        ("L14", "local", appliances, esxi, "TCP 80", "vmotion"),
        ("L16", "local", ["10.90.14.200-10.90.14.203"], ["10.90.14.0/25"], "TCP 8000", "vmotion"),
        ("M1", "local", manager, ["10.90.10.53"], "TCP/UDP 53", "always"),
        ("M2", "local", manager, ["10.90.10.123"], "UDP 123", "always"),
    ]


# The column "When" of the port list, for rows that not every mesh has.
BY_SERVICE = {
    "bulk_migration": {"S2", "L10", "L11", "L13", "L14", "L17"},
    "vmotion": {"S2", "L10", "L13", "L14", "L16"},
    "rav": {"S2", "L10", "L11", "L13", "L14", "L16", "L17"},
    "cold_migration": {"S2", "L10", "L13", "L14", "L15"},
    "disaster_recovery": {"S2", "L10", "L11", "L13", "L14", "L17"},
    # Every mesh has an IX, so one that only extends networks has its tunnels too.
    "network_extension": {"S2", "S3"},
    "wan_optimization": set(),
    "os_assisted_migration": set(),
    "srm": set(),
}
IN_EVERY_MESH = {"W1", "W2", "S1", "L1", "L2", "L4", "L5", "L7", "L8", "L12", "M1", "M2"}


@pytest.mark.parametrize("service", BY_SERVICE)
def test_a_service_brings_its_rows_and_no_others(service: str) -> None:
    extended = networks(1) if service == "network_extension" else []
    found = ids(mesh(services=[service], extended_networks=extended))
    assert set(found) == IN_EVERY_MESH | BY_SERVICE[service]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("option", "row"), [("ike", "S4"), ("ssh", "L3"), ("legacy_sso", "L6")])
def test_optional_rows_are_there_when_asked_for(option: str, row: str) -> None:
    assert row not in ids(mesh())
    assert set(ids(mesh(optional_rows=[option]))) - set(ids(mesh())) == {row}


# The columns "Source" and "Destination" of the port list.
ENDS = {
    "W1": ("HCX Manager", "activation service"),
    "W2": ("HCX Manager", "update depot"),
    "S1": ("HCX Manager", "remote HCX Manager"),
    "S2": ("IX uplink", "remote IX uplink"),
    "S3": ("NE uplink", "remote NE uplink"),
    "S4": ("IX uplink and NE uplink", "remote IX uplink and remote NE uplink"),
    "L1": ("administrators", "HCX Manager"),
    "L2": ("administrators", "HCX Manager"),
    "L3": ("administrators", "HCX Manager and IX and NE"),
    "L4": ("HCX Manager", "vCenter"),
    "L5": ("HCX Manager", "vCenter"),
    "L6": ("HCX Manager", "vCenter"),
    "L7": ("vCenter", "HCX Manager"),
    "L8": ("HCX Manager", "ESXi management"),
    "L9": ("HCX Manager", "NSX Manager"),
    "L10": ("HCX Manager", "IX"),
    "L11": ("HCX Manager", "IX"),
    "L12": ("HCX Manager", "NE and IX"),
    "L13": ("IX", "vCenter"),
    "L14": ("IX", "ESXi management"),
    "L15": ("IX", "ESXi management"),
    "L16": ("IX vMotion", "ESXi vMotion"),
    "L17": ("ESXi replication", "IX replication"),
    "M1": ("HCX Manager", "DNS"),
    "M2": ("HCX Manager", "NTP"),
    "M3": ("HCX Manager and IX and NE", "syslog"),
}


def test_every_row_of_the_port_list_can_be_had() -> None:
    options = mesh(services=list(BY_SERVICE), extended_networks=networks(1), optional_rows=["ike", "ssh", "legacy_sso"])
    options["local"] |= {"nsx": ["10.1.1.6"], "syslog": ["10.1.9.14"]}
    rows = [row for row in planned(options)["firewall"] if row["site"] == "here"]
    assert {row["id"]: (row["source"], row["destination"]) for row in rows} == ENDS
    assert all(row["purpose"] and row["reference"] for row in rows)


def test_offline_licensing_needs_no_activation() -> None:
    assert set(ids(mesh())) - set(ids(mesh(offline_licensing=True))) == {"W1"}


def test_two_cloud_managers_may_call_each_other() -> None:
    options = mesh()
    options["local"]["manager_type"] = "cloud"
    pairing = [row for row in planned(options)["firewall"] if row["id"] == "S1"]
    assert [(row["site"], row["direction"], row["mutual"]) for row in pairing] == [
        ("here", "both", True),
        ("there", "both", True),
    ]


def test_both_ends_of_cold_migration_and_vmotion_may_begin() -> None:
    rows = planned(mesh(services=["bulk_migration", "vmotion", "cold_migration"]))["firewall"]
    assert {row["id"] for row in rows if row["mutual"] and row["direction"] == "local"} == {"L15", "L16"}


def test_several_uplinks_are_all_in_the_row() -> None:
    options = mesh()
    second = {**options["local"]["network_profiles"][1], "name": "np-uplink-2", "cidr": "10.1.7.0/24"}
    options["local"]["network_profiles"].append({**second, "gateway": "10.1.7.1", "ranges": ["10.1.7.8"]})
    (row,) = (row for row in table(options, "here") if row[0] == "S2")
    assert row[2] == ["10.1.2.30-10.1.2.37", "10.1.7.8"]


def test_a_row_without_an_address_stays_and_is_told_about() -> None:
    options = mesh()
    options["local"]["dns"] = []
    (row,) = (row for row in table(options, "here") if row[0] == "M1")
    assert row[3] == []
    (told,) = planned(options)["cautions"]
    assert told["rule"] == "firewall-address-missing"
    assert told["message"] == "No address is stated for DNS, which the firewall rows M1 need."
