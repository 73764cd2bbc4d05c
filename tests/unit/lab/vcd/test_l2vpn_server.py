# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer 2 VPN server of an NSX-V edge, its statistics, and when its tunnels are up (VCD reference 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab import Lab, LabControl, LabError
from lab import l2vpn as tunnels
from lab.l2vpn import L2VpnClient
from lab.world import NetworkCard, PortSecurity, VirtualMachine

from .conftest import Director, find, local, tree

SITE = (
    "<peerSite><name>company-dc1</name><l2VpnUser><userId>company</userId><password>secret</password></l2VpnUser>"
    "<vnics><index>10</index></vnics><egressOptimization><gatewayIpAddress>172.16.10.1</gatewayIpAddress>"
    "</egressOptimization><enabled>true</enabled></peerSite>"
)
CIPHER = "AES128-GCM-SHA256"
SERVER = (
    "<l2Vpn><enabled>true</enabled><l2VpnSites><l2VpnSite><server><configuration><listenerIp>203.0.113.20</listenerIp>"
    f"<encryptionAlgorithm>{CIPHER}</encryptionAlgorithm><peerSites>{SITE}</peerSites></configuration></server>"
    "</l2VpnSite></l2VpnSites></l2Vpn>"
)
CLIENT = (
    "<l2Vpn><enabled>true</enabled><l2VpnSites><l2VpnSite><client><configuration><serverAddress>198.51.100.1"
    f"</serverAddress><vnic>10</vnic><encryptionAlgorithm>{CIPHER}</encryptionAlgorithm></configuration></client>"
    "<l2VpnUser><userId>me</userId><password>secret</password></l2VpnUser></l2VpnSite></l2VpnSites></l2Vpn>"
)


def path(director: Director, more: str = "") -> str:
    return f"/network/edges/{director.edge()}/l2vpn/config{more}"


def put(director: Director, body: str) -> Any:
    return director.put_xml("PUT", path(director), "application/xml", body)


@pytest.fixture
def stretched(old: Director) -> str:
    """A subinterface at index 10 with a server that stretches it; the network's id."""
    network = old.create_network("company-network", kind="subinterface")
    assert put(old, SERVER).status_code == 204
    return network


def test_an_edge_starts_without_configuration(old: Director) -> None:
    root = old.xml(path(old))
    assert (local(root), root.tag, find(root, "enabled").text) == ("l2Vpn", "l2Vpn", "false")
    assert find(root, "l2VpnSites") is None


def test_what_is_written_is_read_back(lab: Lab, old: Director, stretched: str) -> None:
    root = old.xml(path(old))
    values = {name: find(root, name).text for name in ("listenerIp", "listenerPort", "encryptionAlgorithm", "logLevel")}
    assert values == {
        "listenerIp": "203.0.113.20",
        "listenerPort": "443",
        "encryptionAlgorithm": CIPHER,
        "logLevel": "info",
    }
    assert find(root, "gatewayIpAddress").text == "172.16.10.1"
    lab.rules = lab.rules.changed(vcd_log_level_case="upper")
    assert find(old.xml(path(old)), "logLevel").text == "INFO"


def test_passwords_are_shown_on_request_only(lab: Lab, old: Director, stretched: str) -> None:
    def shown(**query: str) -> bool:
        return find(old.xml(path(old), **query), "password") is not None

    assert (shown(), shown(showSensitiveData="true")) == (False, True)
    lab.rules = lab.rules.changed(vcd_sensitive_data="never")
    assert not shown(showSensitiveData="true")
    lab.rules = lab.rules.changed(vcd_sensitive_data="always")
    assert shown()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((CIPHER, "AES512"), "encryption algorithm"),
        ((SITE, ""), "at least one peer site"),
        (("<index>10</index>", "<index>1</index>"), "not a sub-interface"),
        (("<index>10</index>", "<index>11</index>"), "not a sub-interface"),
        (("<index>10</index>", ""), "at least one vNIC"),
        ((SITE, SITE * 2), "comes twice"),
        (("203.0.113.20", "203.0.113.21"), "external interface"),
        (("<password>secret</password>", ""), "password is missing"),
        (("<name>company-dc1</name>", ""), "name is missing"),
        (("</listenerIp>", "</listenerIp><listenerPort>0</listenerPort>"), "listenerPort"),
        (("172.16.10.1<", "here<"), "not an IPv4 address"),
        (("<enabled>true</enabled>", "<enabled>1x</enabled>"), "true or false"),
        (("<peerSites>", "<tunnels/><peerSites>"), "tunnels"),
        (("<l2VpnSites>", "<logging><logLevel>LOUD</logLevel></logging><l2VpnSites>"), "log level"),
        (("</server>", "</server><client/>"), "either a server or a client"),
        (("</l2VpnSite>", "</l2VpnSite><l2VpnSite/>"), "one l2VpnSite"),
    ],
)
def test_configurations_that_cannot_be(old: Director, change: tuple[str, str], words: str) -> None:
    old.create_network("company-network", kind="subinterface")
    assert change[0] in SERVER
    answer = put(old, SERVER.replace(*change))
    assert (answer.status_code, local(tree(answer))) == (400, "error")
    assert words in find(tree(answer), "details").text
    assert old.edge() not in old.cloud.l2vpn


def test_an_index_of_another_kind_is_no_subinterface(old: Director) -> None:
    # acme-distributed has index 10, too.
    assert put(old, SERVER).status_code == 400


def test_logging_is_kept(old: Director, stretched: str) -> None:
    more = "<logging><enable>true</enable><logLevel>DEBUG</logLevel></logging><l2VpnSites>"
    assert put(old, SERVER.replace("<l2VpnSites>", more)).status_code == 204
    shown = old.xml(path(old))
    assert (find(shown, "enable").text, find(shown, "logLevel").text) == ("true", "debug")


def test_a_put_replaces_everything(old: Director, stretched: str) -> None:
    other = SITE.replace("company-dc1", "dc2").replace("company<", "other<")
    assert put(old, SERVER.replace(SITE, SITE + other)).status_code == 204
    assert [s.name for s in old.cloud.l2vpn[old.edge()].sites] == ["company-dc1", "dc2"]
    assert put(old, SERVER.replace(SITE, other)).status_code == 204
    assert [s.name for s in old.cloud.l2vpn[old.edge()].sites] == ["dc2"]


def test_switching_and_removing(lab: Lab, old: Director, stretched: str) -> None:
    assert old.call("POST", path(old), params={"enableService": "false"}).status_code == 204
    assert find(old.xml(path(old)), "enabled").text == "false"
    assert find(old.xml(path(old, "/statistics")), "serverStatus").text == "DOWN"
    assert old.call("POST", path(old), params={"enableService": "true"}).status_code == 204
    assert old.call("POST", path(old)).status_code == 400
    lab.rules = lab.rules.changed(vcd_nsx_write_status=200)
    assert old.call("DELETE", path(old)).status_code == 200
    assert old.call("POST", path(old), params={"enableService": "true"}).status_code == 400


def test_a_client_is_not_made_a_server_by_the_way(lab: Lab, old: Director) -> None:
    old.create_network("company-network", kind="subinterface")
    assert put(old, CLIENT).status_code == 204
    shown = old.xml(path(old))
    assert (find(shown, "serverAddress").text, find(shown, "server")) == ("198.51.100.1", None)
    assert put(old, SERVER).status_code == 400
    lab.rules = lab.rules.changed(vcd_other_role="replace")
    assert put(old, SERVER).status_code == 204


def test_a_stretched_network_stays(old: Director, stretched: str) -> None:
    for method, action in (("DELETE", ""), ("POST", "/action/convertToInternalInterface")):
        answer = old.call(method, f"/api/admin/network/{stretched}{action}")
        assert (answer.status_code, tree(answer).get("minorErrorCode")) == (400, "OBJECT_IN_USE")
    old.call("DELETE", path(old))
    old.done(old.call("DELETE", f"/api/admin/network/{stretched}"))


def test_rights_on_l2_vpn(director: Callable[..., Director], granted: None, old: Director, stretched: str) -> None:
    tenant, viewer = director("v", "orgadmin@acme"), director("v", "viewer@acme")
    assert tenant.call("GET", path(tenant)).status_code == 200
    assert put(tenant, SERVER).status_code == 204
    for more in ("", "/statistics"):
        assert viewer.call("GET", path(viewer, more)).status_code == 403
    assert put(viewer, SERVER).status_code == 403
    assert director("v", "orgadmin@globex").call("GET", path(viewer)).status_code == 403


def test_nsx_v_calls_on_an_nsx_t_edge(new: Director) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = new.call(method, path(new))
        error = tree(answer)
        assert (answer.status_code, local(error)) == (400, "Error")
        assert 'Backing NSX "" is not a NSX-V manager. Cannot be used for Nsx-V api calls.' in error.get("message")


@pytest.fixture
def client(lab: Lab, stretched: str) -> Callable[..., None]:
    """Puts a standalone edge with a trunk port group into dc-a that fits; arguments change it."""
    world = lab.world
    site = world.sites["dc-a"]
    switch = site.switches[0]
    group = next(g for g in switch.port_groups if g.name == "pg-vmotion")
    trunk = replace(
        group,
        key="dvportgroup-trunk",
        name="trunk",
        segment="trunk",
        trunk=((1, 4094),),
        security=PortSecurity(promiscuous=True, forged_transmits=True),
    )
    card = NetworkCard(trunk.key, "00:50:56:00:00:01")
    machine = VirtualMachine("edge", "edge-uuid", "dc-a", site.hosts[0].name, site.datastores[0], cards=(card,))

    def put_there(powered_on: bool = True, security: PortSecurity | None = None, **changes: Any) -> None:
        own = trunk if security is None else replace(trunk, security=security)
        site.keep_port_group(switch.uuid, own)
        world.add_machine(replace(machine, powered_on=powered_on))
        fitting = L2VpnClient(
            "edge",
            machine.uuid,
            "standalone",
            "203.0.113.20",
            443,
            CIPHER,
            "company",
            "secret",
            "",
            {1: group.name},
            own.key,
        )
        world.l2vpn_clients["edge"] = replace(fitting, **changes)

    return put_there


def status(director: Director) -> tuple[str, str]:
    stats = find(director.xml(path(director, "/statistics")), "l2vpnStats")
    return find(stats, "tunnelStatus").text, find(stats, "failureMessage").text or ""


def test_a_tunnel_is_up_when_both_ends_match(lab: Lab, old: Director, client: Callable[..., None]) -> None:
    assert status(old)[0] == "DOWN"
    client()
    assert status(old) == ("UP", "")
    found = tunnels.stretched(lab.world, "dc-a", "pg-vmotion")
    assert [(r.cloud, r.peer, r.network.name) for r in found] == [("cloud-v", "company-dc1", "company-network")]
    assert tunnels.stretched(lab.world, "dc-a", "pg-management") == []
    assert tunnels.stretched(lab.world, "dc-b", "pg-vmotion") == []
    established = find(old.xml(path(old, "/statistics")), "establishedDate").text
    lab.shared.clock.advance(60)
    stats = old.xml(path(old, "/statistics"))
    assert find(stats, "establishedDate").text == established
    assert int(find(stats, "txBytesFromLocalSubnet").text) > 0
    assert find(stats, "l2vpnStats") is not None
    lab.rules = lab.rules.changed(vcd_statistics="flat")
    flat = old.xml(path(old, "/statistics"))
    assert [find(s, "name").text for s in flat if local(s) == "siteStats"] == ["company-dc1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"server_address": "203.0.113.99"}, "No client"),
        ({"user": "nobody"}, "No client"),
        ({"kind": "autonomous"}, "No client"),
        ({"password": "wrong"}, "password"),
        ({"cipher": "AES256-SHA"}, "AES256-SHA"),
        ({"server_port": 8443}, "8443"),
        ({"stretched": {2: "pg-vmotion"}}, "tunnel id 2"),
        ({"stretched": {1: "no-such-group"}}, "does not carry"),
        ({"powered_on": False}, "powered on"),
        ({"trunk": "nowhere"}, "no trunk"),
        ({"security": PortSecurity(promiscuous=True)}, "forged transmits"),
        ({"security": PortSecurity(forged_transmits=True)}, "MAC learning"),
    ],
)
def test_a_tunnel_is_down_when_anything_differs(
    old: Director, client: Callable[..., None], changes: dict[str, Any], words: str
) -> None:
    client(**changes)
    found = status(old)
    assert found[0] == "DOWN"
    assert words in found[1]


def test_mac_learning_does_instead_of_promiscuous_mode(old: Director, client: Callable[..., None]) -> None:
    client(security=PortSecurity(forged_transmits=True, mac_learning=True))
    assert status(old)[0] == "UP"


def test_a_disabled_site_or_server_is_down(old: Director, client: Callable[..., None]) -> None:
    client()
    put(old, SERVER.replace("<enabled>true</enabled></peerSite>", "<enabled>false</enabled></peerSite>"))
    assert "disabled" in status(old)[1]
    put(old, SERVER)
    old.call("POST", path(old), params={"enableService": "false"})
    assert "disabled" in status(old)[1]


def test_tunnels_can_be_disturbed_and_sites_drift(
    lab: Lab, old: Director, client: Callable[..., None], control: LabControl
) -> None:
    client()
    for peer in (None, "company-dc1"):
        control.call("POST", "/vcd/vcd-v/tunnels", {"edge": "acme-edge", "peer": peer, "reason": "No route."})
        assert status(old) == ("DOWN", "No route.")
        control.call("DELETE", "/vcd/vcd-v/tunnels")
        assert status(old)[0] == "UP"
    with pytest.raises(LabError, match="404"):
        control.call("POST", "/vcd/vcd-v/tunnels", {"edge": "acme-edge", "peer": "dc9", "reason": "x"})
    at = "/vcd/vcd-v/edges/acme-edge/peers/company-dc1"
    control.call("PATCH", at, {"egress": ["172.16.10.254"], "password": "other"})
    assert find(old.xml(path(old)), "gatewayIpAddress").text == "172.16.10.254"
    assert "password" in status(old)[1]
    shown = control.call("GET", "/vcd/vcd-v")
    peer = shown["edges"]["acme-edge"]["tunnels"][0]
    assert (peer["name"], peer["egress"], peer["up"]) == ("company-dc1", ["172.16.10.254"], False)
    assert "other" not in str(shown)
