# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that must be refused: one sentence, and nothing is changed; vcd_org_rights, vcd_org_network, vcd_edge_l2vpn,
vcd_l2vpn_tunnel."""

from __future__ import annotations

from typing import Any

from contract.bad_input.case import Case, all_of
from contract.vcd.seen import give_rights
from contract.vcd.tasks import EDGE, TUNNEL, Tasks, network, site

ACME = {"organization": "acme", "rights_set": "extender_l2vpn"}
COMPANY = "networks[0] (company-network)"


def nets(*networks: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"vdc": "acme-vdc", "networks": list(networks), **options}


def sites(*listed: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {**EDGE, "peer_sites": list(listed), **options}


CONNECTION = [
    Case("no user", "a login needs username and password, or api_token", {**ACME, "username": None}),
    Case("no password", "a login needs username and password, or api_token", {**ACME, "password": ""}),
    Case(
        "no organization",
        "org is empty; give the organization that the user belongs to, System for the provider",
        {**ACME, "org": " "},
    ),
    Case(
        "old version",
        "api_version 20.0 is not a version from 27.0 to 39.x; leave it out to use the newest that the server offers",
        {**ACME, "api_version": "20.0"},
    ),
    Case(
        "a URL as hostname",
        "hostname https://vcd.example.com is not the name or address of a server; give it without https://, port and "
        "path",
        {**ACME, "hostname": "https://vcd.example.com"},
    ),
]
RIGHTS = [
    Case(
        "no right",
        "rights is empty and rights_set is not given, so there is no right to work on; give one",
        {"organization": "acme", "rights": []},
    ),
    Case("empty right", "rights holds an empty entry; give names or ids of rights", {**ACME, "rights": [" "]}),
    Case(
        "unknown right",
        "right Organization vDC Gateway: View L2VPN is not known; did you mean Organization vDC Gateway: View L2 VPN "
        "or Organization vDC Gateway: View SSL VPN?",
        {"organization": "acme", "rights": ["Organization vDC Gateway: View L2VPN"]},
    ),
    Case(
        "unknown organization",
        "organization acmee is not known to {address}; did you mean acme?",
        {**ACME, "organization": "acmee"},
    ),
    Case(
        "the provider's organization",
        "organization System is the provider's own, which has all rights; name a tenant's",
        {**ACME, "organization": "System"},
    ),
    Case("empty role", "role is empty; name a role, or leave roles alone with role_scope none", {**ACME, "role": ""}),
    Case(
        "unknown role",
        "role Organisation Administrator is not known in organization acme; did you mean Organization Administrator?",
        {**ACME, "role": "Organisation Administrator"},
    ),
    Case(
        "bundle in XML",
        "bundle needs method cloudapi; the XML interface knows no rights bundles",
        {**ACME, "method": "xml", "bundle": "a"},
    ),
    Case(
        "cloudapi of an old server",
        "method cloudapi needs API 31.0; this server speaks 27.0",
        {**ACME, "method": "cloudapi"},
    ),
    Case(
        "global role of an old server",
        "role_scope global needs API 31.0; this server speaks 27.0, use org",
        {**ACME, "role_scope": "global"},
    ),
    Case(
        "bundle of an old server",
        "bundle needs API 31.0; this server speaks 27.0, leave bundle out",
        {**ACME, "bundle": "a"},
    ),
]
NETWORKS = [
    Case("no network", "networks is empty; list at least one network", nets()),
    Case("empty name", "networks[0] ( ): name is empty", nets(network(name=" "))),
    Case("the same twice", "network company-network is listed twice; merge the entries", nets(network(), network())),
    Case(
        "new without anything",
        f"{COMPANY} is new and needs edge_gateway, gateway, prefix_length",
        nets({"name": "company-network"}),
    ),
    Case("no gateway", f"{COMPANY} is new and needs gateway", nets(network(gateway=None))),
    Case(
        "a gateway that is no address",
        f"{COMPANY}: gateway 172.16.10.256 is not an IPv4 address",
        nets(network(gateway="172.16.10.256")),
    ),
    Case(
        "a gateway without a host part",
        f"{COMPANY}: gateway 172.16.10.0 is no address of a router in 172.16.10.0/24",
        nets(network(gateway="172.16.10.0")),
    ),
    Case("a prefix", f"{COMPANY}: prefix_length 31 is outside 1 to 30", nets(network(prefix_length=31))),
    Case(
        "a DNS server that is no address",
        f"{COMPANY}: dns_servers dns1 is not an IPv4 address",
        nets(network(dns_servers=["dns1"])),
    ),
    Case(
        "three DNS servers",
        f"{COMPANY}: dns_servers holds more than the two that Cloud Director takes",
        nets(network(dns_servers=["10.0.0.1", "10.0.0.2", "10.0.0.3"])),
    ),
    Case(
        "a range outside",
        f"{COMPANY}: range 172.16.11.5-172.16.11.9 is not inside 172.16.10.0/24",
        nets(network(ip_ranges=[{"first": "172.16.11.5", "last": "172.16.11.9"}])),
    ),
    Case(
        "a range with the gateway",
        f"{COMPANY}: range 172.16.10.1-172.16.10.9 holds the gateway 172.16.10.1",
        nets(network(ip_ranges=[{"first": "172.16.10.1", "last": "172.16.10.9"}])),
    ),
    Case(
        "a range to the end",
        f"{COMPANY}: range 172.16.10.200-172.16.10.255 holds the first or last address of 172.16.10.0/24, which no "
        "machine has",
        nets(network(ip_ranges=[{"first": "172.16.10.200", "last": "172.16.10.255"}])),
    ),
    Case(
        "a range backwards",
        f"{COMPANY}: range 172.16.10.9-172.16.10.5 ends before it begins",
        nets(network(ip_ranges=[{"first": "172.16.10.9", "last": "172.16.10.5"}])),
    ),
    Case(
        "ranges that overlap",
        f"{COMPANY}: ranges 172.16.10.5-172.16.10.9 and 172.16.10.9-172.16.10.9 overlap",
        nets(network(ip_ranges=[{"first": "172.16.10.9"}, {"first": "172.16.10.5", "last": "172.16.10.9"}])),
    ),
    Case(
        "an unknown Org VDC of an organization",
        "Org VDC acme-vdc is not known in organization globex; there are: globex-vdc",
        nets(network(), organization="globex"),
    ),
    Case(
        "another edge gateway",
        "networks[0] (acme-services): the network is on edge gateway acme-edge and cannot move to other; remove it and "
        "make it anew",
        nets({"name": "acme-services", "edge_gateway": "other"}),
    ),
]
SERVER = [
    Case("a port", "listener_port 70000 is outside 1 to 65535", sites(listener_port=70000)),
    Case("no address to listen on", "listener_ip edge is not an IPv4 address", sites(listener_ip="edge")),
    Case(
        "a weak cipher",
        "cipher NULL-MD5 is broken or no encryption at all; use AES128-GCM-SHA256, or say allow_weak_cipher",
        sites(cipher="NULL-MD5"),
    ),
    Case("the same site twice", "peer site company-dc1 is listed twice", sites(site(), site())),
    Case("a site without a name", "peer_sites[0] (): name is empty", sites(site(name=""))),
    Case(
        "an egress gateway that is no address",
        "peer_sites[0] (company-dc1): egress gateway 172.16.10.1/24 is not an IPv4 address",
        sites(site(egress_gateways=["172.16.10.1/24"])),
    ),
    Case(
        "no stretched network",
        "peer_sites[0] (company-dc1): networks is empty; a peer site stretches at least one network",
        sites(site(networks=[])),
    ),
    Case(
        "exact without a list",
        "peer_sites_exact needs peer_sites, which may be an empty list",
        {**EDGE, "peer_sites_exact": True},
    ),
    Case(
        "an unknown edge gateway",
        "edge gateway acme-egde is not known in Org VDC acme-vdc; did you mean acme-edge?",
        {**sites(), "edge_gateway": "acme-egde"},
    ),
]
TUNNELS = [
    Case("no name", "name is empty; name the tunnel", {**EDGE, **TUNNEL, "name": " "}),
    Case("no mode", "session_mode is needed: server or client", {**EDGE, "name": "a"}),
    Case(
        "no address",
        "remote_endpoint dc1.example.com is not an IPv4 address",
        {**EDGE, **TUNNEL, "remote_endpoint": "dc1.example.com"},
    ),
    Case(
        "an interface without a prefix",
        "tunnel_interface 192.168.254.1 is not an address with a prefix length, such as 192.168.1.1/24",
        {**EDGE, **TUNNEL, "tunnel_interface": "192.168.254.1"},
    ),
    Case(
        "a client's option",
        "peer_code belongs to the other session_mode; a server has none",
        {**EDGE, **TUNNEL, "peer_code": "QUJD"},
    ),
    Case(
        "a server's option",
        "initiation_mode belongs to the other session_mode; a client has none",
        {**EDGE, "name": "a", "session_mode": "client", "initiation_mode": "initiator"},
    ),
    Case(
        "a code that is none",
        "peer_code is no code of an L2VPN server, which is one long base64 text",
        {**EDGE, "name": "a", "session_mode": "client", "peer_code": "not base64!"},
    ),
    Case(
        "a number for a server",
        "network a: tunnel_id is chosen by the server; leave it out",
        {**EDGE, **TUNNEL, "networks": [{"name": "a", "tunnel_id": 1}]},
    ),
    Case(
        "a client's network without a number",
        "network a: a client needs the tunnel_id that the server has for the network",
        {**EDGE, "name": "a", "session_mode": "client", "networks": [{"name": "a"}]},
    ),
    Case(
        "a number outside",
        "network a: tunnel_id 4094 is outside 1 to 4093",
        {**EDGE, "name": "a", "session_mode": "client", "networks": [{"name": "a", "tunnel_id": 4094}]},
    ),
    Case(
        "the same network twice",
        "network a is listed twice",
        {**EDGE, **TUNNEL, "networks": [{"name": "a"}, {"name": "a"}]},
    ),
]


def placed(case: Case, run: Tasks) -> Case:
    address = f"localhost:{run.connection['port']}"
    return Case(case.name, case.sentence.replace("{address}", address), case.options)


@all_of(CONNECTION)
def test_a_connection_that_cannot_be(old: Tasks, case: Case) -> None:
    case.refused_by("vcd_org_rights", old)


@all_of(RIGHTS)
def test_rights_that_cannot_be(old: Tasks, case: Case) -> None:
    placed(case, old).refused_by("vcd_org_rights", old)


@all_of(NETWORKS)
def test_networks_that_cannot_be(new: Tasks, case: Case) -> None:
    case.refused_by("vcd_org_network", new)


@all_of(SERVER)
def test_servers_that_cannot_be(old: Tasks, case: Case) -> None:
    give_rights(old)
    case.refused_by("vcd_edge_l2vpn", old)


@all_of(TUNNELS)
def test_tunnels_that_cannot_be(new: Tasks, case: Case) -> None:
    give_rights(new)
    case.refused_by("vcd_l2vpn_tunnel", new)
