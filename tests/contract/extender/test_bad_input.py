# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input to ``extender_l2_appliance`` and ``extender_dc_extension``: one sentence, and not a single call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from contract.extender.tasks import EDGE, L2VPN_PASSWORD, TRUNK, Result, Tasks, plain

Options = Callable[[Tasks], Result]


def appliance(**settings: Any) -> Options:
    return lambda run: run.standalone(**settings)


def autonomous(**settings: Any) -> Options:
    return lambda run: run.autonomous(**settings)


def extension(**settings: Any) -> Options:
    return lambda run: run.extension_v(**settings)


def extension_t(**settings: Any) -> Options:
    return lambda run: run.extension_t(**settings)


def properties(*more: Result) -> Options:
    def options(run: Tasks) -> Result:
        deployment = run.standalone()["deployment"]
        return run.standalone(deployment={**deployment, "properties": [*deployment["properties"], *more]})

    return options


NETWORK = {"name": "company-network", "vlan": 110, "tunnel_id": 1}
UPLINK = {"addresses": ["10.15.0.41"], "gateway": "10.15.0.1", "prefix_length": 22}

APPLIANCE: dict[str, tuple[Options, str]] = {
    "empty name": (appliance(name=" "), "name is empty"),
    "pool too small": (
        appliance(networks=[NETWORK, {"name": "app", "vlan": 120, "tunnel_id": 2}]),
        "uplink.addresses holds 1 addresses, but 2 are needed: one for each stretched network",
    ),
    "address outside": (
        appliance(uplink={**UPLINK, "addresses": ["10.19.0.41"]}),
        "uplink.addresses: 10.19.0.41 is not inside 10.15.0.0/22, the subnet of gateway 10.15.0.1",
    ),
    "address of the gateway": (
        appliance(uplink={**UPLINK, "addresses": ["10.15.0.1"]}),
        "uplink.addresses: 10.15.0.1 is the gateway",
    ),
    "broadcast address": (
        appliance(uplink={**UPLINK, "addresses": ["10.15.3.255"]}),
        "uplink.addresses: 10.15.3.255 is the network or broadcast address of 10.15.0.0/22",
    ),
    "overlap with what is carried": (
        appliance(networks=[{**NETWORK, "cidr": "10.15.0.0/24"}]),
        "uplink: 10.15.0.0/22 overlaps the stretched network company-network (10.15.0.0/24), which the tunnel carries",
    ),
    "VLAN that is none": (appliance(networks=[{**NETWORK, "vlan": 5000}]), "vlan 5000 is outside 0 to 4094"),
    "trunk without the VLAN": (
        appliance(trunk={"port_group": TRUNK, "switch": "vds-a", "vlans": ["200"]}),
        "trunk.vlans leaves out VLAN 110 of a stretched network",
    ),
    "unknown reference": (
        properties(plain("uplink_dns", "{uplink_dns}")),
        "properties: uplink_dns refers to {uplink_dns}, which there is not; there is: uplink_address,",
    ),
    "brace": (properties(plain("uplink_dns", "{")), "uplink_dns has a brace without its partner"),
    "property twice": (properties(plain("uplink_ip", "1")), "properties lists uplink_ip twice"),
    "no server": (appliance(server=None), "properties refer to {server_address}, but server.address is not given"),
    "server address": (
        appliance(server={"address": "vcd.example.com", "cipher": "x", "user": "company", "password": L2VPN_PASSWORD}),
        "server.address vcd.example.com is not an IPv4 address",
    ),
    "no way to the edge": (
        appliance(vcenter=None, placement=None, deployment=None, trunk=None),
        "neither vcenter nor edge is given",
    ),
    "deployment nowhere": (appliance(placement=None), "deployment and trunk need vcenter and placement"),
    "deployment without a cluster": (
        appliance(placement={"datacenter": "dc-a"}),
        "a deployment needs placement.cluster or placement.resource_pool",
    ),
    "tunnel ids from nowhere": (
        appliance(networks=[{"name": "company-network", "vlan": 110}]),
        "networks without tunnel_id need cloud_director and tunnel.edge_gateway, to read the ids there",
    ),
    "port group of a present edge": (
        appliance(remove_port_group=True),
        "remove_port_group is for state absent, with the trunk that shall be removed",
    ),
    "no peer code": (
        autonomous(cloud_director=None),
        "generation nsx_t needs peer_code, or cloud_director with tunnel.edge_gateway and tunnel.name",
    ),
    "two peer codes": (autonomous(peer_code="MCw0", server={"address": "203.0.113.30"}), "exclude each other"),
    "peer code for nobody": (
        autonomous(cloud_director=None, tunnel=None, peer_code="MCw0"),
        "peer_code needs server.address",
    ),
    "cipher of NSX-T": (
        autonomous(server={"cipher": "AES128-SHA"}),
        "server.cipher is for generation nsx_v; an NSX-T server's peer code holds it",
    ),
    "no edge": (autonomous(edge=None), "generation nsx_t needs edge: an autonomous edge is configured through"),
    "no uplink": (autonomous(uplink=None), "generation nsx_t needs uplink"),
    "bad hostname": (
        lambda run: run.standalone(cloud_director={**run.cloud("vcd-v"), "api_version": "2"}),
        "api_version 2 is not a version from 27.0",
    ),
}
EXTENSION: dict[str, tuple[Options, str]] = {
    "nothing but a name": (
        lambda run: {"name": "web"},
        "backend vcd needs generation, source_port_group, network, appliance, trunk, datacenter, tunnel, vcenter",
    ),
    "empty name": (extension(name=" "), "name is empty"),
    "egress that is no address": (extension(egress_gateway="router"), "egress_gateway router is not an IPv4 address"),
    "egress of NSX-T": (
        extension_t(egress_gateway="172.16.10.1"),
        "egress_gateway is for generation nsx_v: the tunnels of an NSX-T edge gateway have no egress optimization",
    ),
    "tunnel id": (extension_t(tunnel_id=5000), "tunnel_id 5000 is outside 1 to 4093"),
    "tunnel without a name": (
        extension_t(tunnel={"edge_gateway": "acme-edge", "vdc": "acme-vdc"}),
        "generation nsx_t needs tunnel.name, the L2VPN tunnel of the edge gateway",
    ),
    "peer site of NSX-T": (
        extension_t(peer_site={"user": "company", "password": L2VPN_PASSWORD}),
        "peer_site is for generation nsx_v",
    ),
    "half a login": (
        extension(peer_site={"user": "company"}),
        "peer_site needs both user and password, or neither where the site exists",
    ),
    "trunk that is the source": (
        extension(trunk={"port_group": "pg-web"}),
        "trunk.port_group pg-web is the source itself; a trunk is one of its own",
    ),
    "no edge": (extension_t(edge=None), "backend vcd needs edge"),
    "experimental by accident": (
        lambda run: {"name": "web", "backend": "extender"},
        "backend extender is experimental: it speaks endpoints that were only observed; set allow_experimental to true",
    ),
    "experimental without an appliance": (
        lambda run: {"name": "web", "backend": "extender", "allow_experimental": True},
        "backend extender needs extender, the connection to the appliance",
    ),
}


@pytest.mark.parametrize(
    ("module", "case"),
    [("extender_l2_appliance", case) for case in APPLIANCE] + [("extender_dc_extension", case) for case in EXTENSION],
)
def test_bad_input_is_refused_before_the_first_call(run: Tasks, module: str, case: str) -> None:
    options, words = {"extender_l2_appliance": APPLIANCE, "extender_dc_extension": EXTENSION}[module][case]
    result = run.failing(module, **options(run))
    assert words in result["msg"]
    assert result["changed"] is False
    assert run.lab.requests() == []


def test_every_problem_is_told_at_once(run: Tasks) -> None:
    options = run.standalone(name=" ", uplink={**UPLINK, "prefix_length": 40}, remove_port_group=True)
    result = run.failing("extender_l2_appliance", **options)
    assert len(result["problems"]) == 3
    assert re.search(r"\(and 2 more problems, see 'problems'\)$", result["msg"])


def test_check_mode_refuses_the_same(run: Tasks) -> None:
    options, words = APPLIANCE["pool too small"]
    assert words in run.failing("extender_l2_appliance", check=True, **options(run))["msg"]
    assert EDGE not in run.shown
