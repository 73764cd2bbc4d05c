# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from unit.planning.hcx_samples import caution, mesh, networks, planned, profile, rules, sample
from unit.planning.planned_hosts import DEFAULT_STACK, adapter, host, stack

EXTENSION = "network_extension"


def change_profile(options: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    (found,) = (item for item in options["local"]["network_profiles"] if item["name"] == name)
    found |= more
    return options


def facts(*, gateway: str | None = None, replication: bool = True, name: str = "esx-1") -> dict[str, Any]:
    """A host with management in 10.1.1, vMotion in 10.1.33 on its own stack, replication in 10.1.4."""
    adapters = [
        adapter("vmk0", "10.1.1.70/24", "management"),
        adapter("vmk1", "10.1.33.70/24", "vmotion", stack="vmotion"),
    ]
    if replication:
        adapters.append(adapter("vmk2", "10.1.4.70/24", "vSphereReplication"))
    return host(name, *adapters, stacks=[stack(DEFAULT_STACK, "10.1.1.1"), stack("vmotion", gateway)])


def with_facts(*hosts: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = mesh(**more)
    options["local"] |= {"hosts": list(hosts), "esxi_networks": {}}
    return options


def test_every_caution_has_its_reason_and_source() -> None:
    options = with_facts(facts(replication=False), services=["vmotion", "rav", "srm", "wan_optimization"])
    found = planned(options)["cautions"]
    assert len(found) >= 4
    for item in found:
        assert all(item[key] for key in ("rule", "message", "reason", "source"))


# The way between the IX and the hosts


def test_vmotion_in_another_subnet_without_a_gateway_is_not_routable() -> None:
    found = planned(with_facts(facts()))
    assert rules(found) == ["vmotion-not-routable"]
    assert caution(found, "vmotion-not-routable")["message"] == (
        "esx-1 cannot reach the IX in 10.1.3.0/24 (np-vmotion) with vMotion: the adapters are in another subnet and "
        "have no gateway."
    )
    assert found["fits"]


def test_vmotion_with_a_gateway_of_its_own_is_routable() -> None:
    assert rules(planned(with_facts(facts(gateway="10.1.33.1")))) == []


def test_vmotion_in_the_subnet_of_its_profile_needs_no_gateway() -> None:
    options = with_facts(facts())
    change_profile(options, "np-vmotion", cidr="10.1.33.0/24", ranges=["10.1.33.200"], gateway=None)
    assert rules(planned(options)) == []


def test_a_gateway_of_the_hosts_is_no_use_when_the_ix_has_none() -> None:
    options = change_profile(with_facts(facts(gateway="10.1.33.1")), "np-vmotion", gateway=None)
    assert rules(planned(options)) == ["vmotion-not-routable"]


def test_without_facts_a_vmotion_network_apart_from_management_needs_its_own_profile() -> None:
    options = mesh()
    del options["local"]["network_profiles"][2]
    assert rules(planned(options)) == ["vmotion-not-routable"]


def test_vmotion_does_not_matter_to_a_mesh_without_it() -> None:
    assert rules(planned(with_facts(facts(), services=["bulk_migration"]))) == []


def test_a_host_without_replication_adapter_is_named() -> None:
    found = planned(with_facts(facts(gateway="10.1.33.1", replication=False)))
    assert rules(found) == ["replication-adapter-missing"]
    assert caution(found, "replication-adapter-missing")["message"] == (
        "No adapter of its own carries replication on esx-1."
    )


def test_many_hosts_without_replication_adapter_are_counted() -> None:
    hosts = [facts(gateway="10.1.33.1", replication=False, name=f"esx-{number}") for number in range(1, 6)]
    told = caution(planned(with_facts(*hosts)), "replication-adapter-missing")
    assert told["message"].endswith("replication on esx-1 to esx-5 (5 hosts).")


def test_a_network_that_is_not_stated_counts_as_missing() -> None:
    assert rules(planned(sample("bulk-over-vpn")), "plant-north") == ["replication-adapter-missing"]
    options = mesh(services=["vmotion"])
    del options["local"]["esxi_networks"]["vmotion"]
    assert rules(planned(options)) == ["vmotion-adapter-missing"]


def test_hosts_that_were_not_connected_are_told() -> None:
    silent = host("esx-9", connection_state="notResponding")
    found = planned(with_facts(facts(gateway="10.1.33.1"), silent))
    assert rules(found) == ["hosts-unknown"]
    assert caution(found, "hosts-unknown")["message"].startswith("The facts of esx-9 are empty")


def test_facts_give_the_firewall_the_addresses_of_the_carriers() -> None:
    second = facts(gateway="10.1.33.1", name="esx-2")
    second["adapters"][1]["ipv4"]["address"] = "10.1.33.71/24"
    rows = planned(with_facts(facts(gateway="10.1.33.1"), second))["firewall"]
    (row,) = (row for row in rows if row["id"] == "L16" and row["site"] == "here")
    assert row["destination_addresses"] == ["10.1.33.70/31"]


def test_the_vmotion_profile_does_not_belong_on_the_port_group_of_the_adapters() -> None:
    options = with_facts(facts(gateway="10.1.33.1"))
    change_profile(options, "np-vmotion", network="network of vmk1")
    assert rules(planned(options)) == ["vmotion-profile-on-vmkernel-network"]


# Uplinks


def vpn(**more: Any) -> dict[str, Any]:
    options = mesh()
    for site in ("local", "remote"):
        options[site]["network_profiles"][1] |= {"vpn": True, **more}
    return options


def test_an_mtu_above_the_recommended_over_vpn_is_told() -> None:
    found = planned(vpn(mtu=1500))
    assert rules(found) == ["mtu-over-vpn"] * 2
    assert "1500 over VPN; 1350 is recommended" in found["cautions"][0]["message"]
    assert found["fits"]


def test_the_recommended_mtu_can_be_overridden() -> None:
    assert rules(planned({**vpn(mtu=1400), "limits": {"uplink_mtu_over_vpn": 1400}})) == []


def test_an_mtu_below_the_minimum_exceeds_a_limit() -> None:
    found = planned(vpn(mtu=1149))
    assert caution(found, "limit-exceeded")["message"] == (
        "MTU of the uplink: 1149 planned, at least 1150 by limits.uplink_mtu."
    )
    assert not found["fits"]


def test_uplinks_that_differ_in_mtu_are_told() -> None:
    options = change_profile(mesh(), "np-uplink", vpn=True)
    told = caution(planned(options), "uplink-mtu-differs")
    assert told["message"] == "The uplinks of the sites differ in MTU (here: 1350, there: 1500)."


@pytest.mark.parametrize("same_profile", [True, False], ids=["one profile", "one network"])
def test_management_must_not_be_the_uplink_over_vpn(same_profile: bool) -> None:
    options = mesh(services=["bulk_migration"])
    profiles = options["local"]["network_profiles"]
    if same_profile:
        profiles[:2] = [profile("np-all", ["management", "uplink"], "10.1.1", vpn=True, mtu=1500)]
    else:
        profiles[1] = profile("np-uplink", ["uplink"], "10.1.1", vpn=True, mtu=1500, ranges=["10.1.1.99"])
    assert "management-as-vpn-uplink" in rules(planned(options), "here")


def test_management_may_be_the_uplink_without_vpn() -> None:
    options = mesh(services=["bulk_migration"])
    options["local"]["network_profiles"][:2] = [profile("np-all", ["management", "uplink"], "10.1.1")]
    assert rules(planned(options)) == []


def test_an_uplink_needs_a_gateway() -> None:
    assert rules(planned(change_profile(mesh(), "np-uplink", gateway=None))) == ["uplink-without-gateway"]


def test_uplinks_of_both_sites_in_one_network_are_told() -> None:
    options = mesh()
    options["remote"]["network_profiles"][1] = profile("np-uplink", ["uplink"], "10.1.2")
    assert rules(planned(options)) == ["uplinks-overlap"]


# Services


@pytest.mark.parametrize(
    ("version", "blocks"),
    [
        ("4.10.1", None),
        ("4.11.2", None),
        ("4.11.3", True),
        ("9.0", True),
        ("9.0.1", True),
        ("9.1", None),
        (None, False),
    ],
)
def test_wan_optimization_is_not_in_every_version(version: str | None, blocks: bool | None) -> None:
    found = planned(mesh(services=["bulk_migration", "wan_optimization"], hcx_version=version))
    assert [item["blocks"] for item in found["cautions"]] == ([] if blocks is None else [blocks])
    assert found["fits"] == (not blocks)


@pytest.mark.parametrize("service", ["os_assisted_migration", "srm"])
def test_services_without_a_port_list_are_to_be_looked_up(service: str) -> None:
    told = caution(planned(mesh(services=[service])), "ports-not-in-sources")
    assert told["message"] == f"Look up the ports and addresses of {service} on ports.broadcom.com."


# Extension


def extending(*extended: dict[str, Any], **more: Any) -> dict[str, Any]:
    return mesh(services=[EXTENSION], extended_networks=list(extended), **more)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ({"kind": "standard"}, "is a network of a standard switch"),
        ({"kind": "vmkernel"}, "is a network of VMkernel adapters"),
        ({"kind": "private_vlan"}, "is a private VLAN"),
        ({"kind": "ephemeral"}, "is a port group with ephemeral binding"),
        ({"vlan": 0}, "is untagged"),
        ({"name": "pg-uplink"}, "is the network of the profile np-uplink"),
    ],
)
def test_a_network_that_hcx_does_not_extend_is_left_out(network: dict[str, Any], why: str) -> None:
    options = extending({**networks(1)[0], "name": "pg-x", **network}, *networks(8))
    found = planned(change_profile(options, "np-uplink", network="pg-uplink"))
    told = caution(found, "network-not-extendable")
    assert why in told["message"]
    assert told["blocks"]
    assert [pair["networks"] for pair in found["switch_pairs"]] == [8]
    assert not found["fits"]


@pytest.mark.parametrize("network", [{}, {"kind": "segment", "vlan": 0}, {"kind": "segment", "vlan": None}])
def test_a_network_that_hcx_extends_is_counted(network: dict[str, Any]) -> None:
    found = planned(extending({**networks(1)[0], **network}))
    assert rules(found) == []
    assert [pair["networks"] for pair in found["switch_pairs"]] == [1]


def test_networks_on_two_switches_are_told() -> None:
    told = caution(planned(extending(*networks(2, "vds-a"), *networks(1, "vds-b"))), "several-switch-pairs")
    assert "vds-a to remote switch: 2; vds-b to remote switch: 1" in told["message"]


def test_one_vlan_twice_to_one_router_is_refused() -> None:
    same = [{"name": f"pg-{switch}", "switch": switch, "vlan": 7, "router": "t1-a"} for switch in ("vds-a", "vds-b")]
    assert "overlapping-vlans" in rules(planned(extending(*same)))
    same[1]["router"] = "t1-b"
    assert "overlapping-vlans" not in rules(planned(extending(*same)))
    for network in same:
        del network["router"]
    assert "overlapping-vlans" not in rules(planned(extending(*same)))


def test_high_availability_comes_before_the_first_extension() -> None:
    assert rules(planned(extending(*networks(1), network_extension_ha=True))) == ["ha-before-first-extension"]


def test_policy_routes_of_mon_are_to_be_checked() -> None:
    options = mesh(services=[EXTENSION, "mon"], extended_networks=networks(1))
    assert rules(planned(options)) == ["mon-policy-routes"]
