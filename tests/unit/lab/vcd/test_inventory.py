# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client finds its way by: organizations, VDCs, storage profiles, edge gateways (VCD reference 3.7)."""

from __future__ import annotations

from collections.abc import Callable

from lab import Lab
from lab.clouds import OrgVdcNetwork

from .conftest import CLASSIC, CLOUDAPI, NETWORK, Director, find, local, network_xml


def test_organizations_lead_to_their_vdcs(old: Director, new: Director, director: Callable[..., Director]) -> None:
    acme = f"/api/org/{old.cloud.organization('acme').id}"
    vdc = next(e for e in old.xml(acme) if str(e.get("type")).endswith("vcloud.vdc+xml"))
    assert (vdc.get("name"), local(old.xml(vdc.get("href").removeprefix(old.url)))) == ("acme-vdc", "Vdc")
    for client, kind in ((new, "AdminVdcRecord"), (director("t", "orgadmin@acme"), "OrgVdcRecord")):
        links = client.xml(f"/api/org/{client.cloud.organization('acme').id}")
        at = next(e.get("href") for e in links if e.get("name") == "orgVdcs")
        found = [e for e in client.xml(at.removeprefix(client.url)) if local(e) == kind]
        assert [(r.get("name"), r.get("orgName"), r.get("isEnabled")) for r in found] == [("acme-vdc", "acme", "true")]


def test_an_admin_vdc_leads_to_its_networks(old: Director) -> None:
    root = old.xml(f"/api/admin/vdc/{old.cloud.vdc('acme-vdc').id}")
    links = {e.get("rel"): e.get("href") for e in root if local(e) == "Link"}
    found = old.xml(links["orgVdcNetworks"].removeprefix(old.url))
    assert {r.get("name") for r in found} == {"acme-services", "acme-isolated", "acme-distributed"}


def test_storage_profiles(old: Director, director: Callable[..., Director]) -> None:
    found = {r["name"]: r for r in old.records("orgVdcStorageProfile", filter="vdcName==acme-vdc")}
    assert set(found) == {"gold", "silver"}
    path = found["gold"]["href"].removeprefix(old.url)
    assert old.xml(path).get("name") == "gold"
    assert director("v", "orgadmin@globex").call("GET", path).status_code == 403


def test_edge_gateways_of_cloudapi(new: Director, director: Callable[..., Director]) -> None:
    found = new.json("/edgeGateways", filter="name==acme-edge")["values"]
    [edge] = found
    assert new.json(f"/edgeGateways/{edge['id']}") == edge
    ranges = edge["edgeGatewayUplinks"][0]["subnets"]["values"][0]["ipRanges"]["values"]
    assert [r["startAddress"] for r in ranges] == ["203.0.113.30", "203.0.113.31"]
    assert edge["gatewayBacking"]["gatewayType"] == "NSXT_BACKED"
    other = director("t", "orgadmin@globex")
    assert other.json("/edgeGateways")["values"] == []
    assert other.call("GET", f"{CLOUDAPI}/edgeGateways/{edge['id']}").status_code == 403


def test_networks_of_an_organization(director: Callable[..., Director]) -> None:
    found = director("v", "orgadmin@acme").records("orgNetwork")
    assert {r["name"] for r in found} == {"acme-services", "acme-isolated", "acme-distributed"}
    assert not any("/api/admin/" in r["href"] for r in found)


def test_an_edge_has_only_so_many_interfaces(old: Director) -> None:
    vdc, edge = old.cloud.vdc("acme-vdc").id, old.edge()
    for number in range(2, 9):
        network = OrgVdcNetwork(str(number), f"n{number}", vdc, f"10.0.{number}.1/24", edge, "internal", index=number)
        old.cloud.networks[network.id] = network
    path = f"/api/admin/vdc/{vdc}/networks"
    task = old.ended(old.put_xml("POST", path, NETWORK, network_xml(edge)))
    assert (task.get("status"), "no free interface" in find(task, "Error").get("message")) == ("error", True)
    del old.cloud.networks["5"]
    old.done(old.put_xml("POST", path, NETWORK, network_xml(edge)))
    assert old.cloud.network("company-network").index == 5


def test_the_classic_login_of_the_newer_one_is_a_rule(lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcd_classic_login="accept")
    director = Director(lab, "vcd-t", "36.0")
    answer = director.call("POST", "/api/sessions", auth=("orgadmin@acme", Lab.password))
    director.http.headers[CLASSIC] = answer.headers[CLASSIC]
    assert director.json("/sessions/current")["org"]["name"] == "acme"
    # A token of one kind is none of the other.
    director.http.headers.clear()
    director.http.headers["Authorization"] = f"Bearer {answer.headers[CLASSIC]}"
    assert director.call("GET", "/api/session").status_code == 401
