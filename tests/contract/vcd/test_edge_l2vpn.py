# SPDX-License-Identifier: GPL-3.0-or-later
"""vcd_edge_l2vpn: the L2VPN server of an NSX-V edge gateway, its peer sites and tunnels. (VCD reference 6)"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from contract.vcd.seen import cloud, give_rights
from contract.vcd.tasks import EDGE, Result, Tasks, listed, network, site

from lab.clouds import L2VpnClientRole, L2VpnConfig, PeerSite

SERVER, SITE = "L2VPN server", "L2VPN peer site"
CONFIG = "/network/edges/{edge}/l2vpn/config"
LISTENER = {"listener_ip": "203.0.113.20"}
FOREIGN = PeerSite("mcxt-1", "mcxt", "their own secret", (10,), "made by Extender", ("172.16.10.1",))


@pytest.fixture
def tenant(old: Tasks, run_folder: Path) -> Tasks:
    """The organization's administrator, with the rights and a network that can be stretched."""
    give_rights(old)
    tenant = old.by("orgadmin", "acme")
    tenant.networks(network())
    return tenant


def config(tenant: Tasks) -> L2VpnConfig:
    found = cloud(tenant)
    return found.l2vpn[found.edge("acme-edge").id]


def configure(tenant: Tasks, **changes: object) -> None:
    """Somebody else changes the configuration."""
    found = cloud(tenant)
    edge = found.edge("acme-edge").id
    found.l2vpn[edge] = replace(found.l2vpn.get(edge, L2VpnConfig()), **changes)  # type: ignore[arg-type]


# --- making a server --------------------------------------------------------------------------------------------------


def test_a_server_with_a_peer_site(tenant: Tasks) -> None:
    since = tenant.mark()
    result = tenant.server(site(), **LISTENER)
    assert listed(result) == [("create", SERVER, "acme-edge"), ("create", SITE, "company-dc1")]
    assert tenant.writes(since) == [f"PUT {CONFIG}"]
    made = config(tenant)
    assert (made.enabled, made.listener_ip, made.listener_port) == (True, "203.0.113.20", 443)
    assert made.cipher == "AES128-GCM-SHA256"
    index = cloud(tenant).network("company-network").index
    assert made.sites == (PeerSite("company-dc1", "company", "open sesame, site", (index or 0,), "", ("172.16.10.1",)),)


def test_a_second_run_changes_nothing(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    since = tenant.mark()
    assert (tenant.server(site(), **LISTENER)["changes"], tenant.writes(since)) == ([], [])


def test_check_mode_lists_the_same_and_changes_nothing(tenant: Tasks) -> None:
    there, since = cloud(tenant).copied(), tenant.mark()
    planned = tenant.server(site(), **LISTENER, check=True)
    assert tenant.writes(since) == []
    assert cloud(tenant) == there
    assert planned["changes"] == tenant.server(site(), **LISTENER)["changes"]


SERVER_CHANGES = [
    {"listener_port": 8443},
    {"cipher": "AES256-SHA"},
    {"certificate": "certificate-4"},
    {"log_enabled": True},
    {"log_level": "debug"},
    {"enabled": False},
]


@pytest.mark.parametrize("settings", SERVER_CHANGES, ids=[next(iter(one)) for one in SERVER_CHANGES])
def test_settings_of_the_server(tenant: Tasks, settings: Result) -> None:
    tenant.server(site(), **LISTENER)
    result = tenant.server(**settings)
    assert [change["after"] for change in result["changes"]] == [settings]
    assert tenant.server(site(), **LISTENER, **settings)["changed"] is False


SITE_CHANGES = [
    {"description": "our own"},
    {"user": "another"},
    {"networks": ["acme-services"]},
    {"networks": ["acme-services", "company-network"]},
    {"egress_gateways": []},
    {"egress_gateways": ["172.16.10.1", "192.168.60.1"]},
    {"enabled": False},
]


@pytest.mark.parametrize("settings", SITE_CHANGES)
def test_settings_of_a_peer_site(tenant: Tasks, settings: Result) -> None:
    tenant.networks({"name": "acme-services", "interface_type": "subinterface"})
    tenant.server(site(), **LISTENER)
    result = tenant.server({"name": "company-dc1", **settings})
    assert listed(result) == [("update", SITE, "company-dc1")]
    assert result["changes"][0]["after"] == settings
    assert tenant.server(site(**settings))["changed"] is False


# --- peer sites of others ---------------------------------------------------------------------------------------------


def test_peer_sites_of_others_stay_as_they_are(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    configure(tenant, sites=(FOREIGN, *config(tenant).sites))
    tenant.server(site(description="x"), site(name="company-dc2"))
    assert [one.name for one in config(tenant).sites] == ["mcxt-1", "company-dc1", "company-dc2"]
    assert config(tenant).site("mcxt-1") == FOREIGN
    tenant.server({"name": "company-dc2", "state": "absent"})
    assert [one.name for one in config(tenant).sites] == ["mcxt-1", "company-dc1"]


def test_only_exact_removes_them(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    configure(tenant, sites=(*config(tenant).sites, FOREIGN))
    result = tenant.server(site(), peer_sites_exact=True)
    assert listed(result) == [("remove", SITE, "mcxt-1")]
    assert [one.name for one in config(tenant).sites] == ["company-dc1"]


def test_a_site_that_extender_adds_at_the_same_time_is_kept(tenant: Tasks) -> None:
    """Between the planning and the writing."""
    tenant.server(site(), **LISTENER)
    read = f"GET {CONFIG}"
    before = tenant.lab.requests(tenant.service, name=read)
    configure(tenant, sites=(*config(tenant).sites, FOREIGN))
    tenant.server(site(description="x"))
    assert len(tenant.lab.requests(tenant.service, name=read)) >= len(before) + 3
    assert config(tenant).site("mcxt-1") == FOREIGN


def test_a_drift_is_repaired_alone(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    (own,) = config(tenant).sites
    configure(tenant, sites=(replace(own, egress=()),))
    result = tenant.server(site(), **LISTENER)
    (change,) = result["changes"]
    assert (change["before"], change["after"]) == ({"egress_gateways": []}, {"egress_gateways": ["172.16.10.1"]})
    assert config(tenant).sites == (own,)


def test_a_number_that_no_subinterface_has_any_more_is_shown(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    (own,) = config(tenant).sites
    configure(tenant, sites=(replace(own, indexes=(99,)),))
    (change,) = tenant.server(site())["changes"]
    assert (change["before"], change["after"]) == ({"networks": ["index 99"]}, {"networks": ["company-network"]})


# --- which networks can be stretched ----------------------------------------------------------------------------------


def test_a_distributed_network_with_the_same_number_is_not_taken_for_ours(tenant: Tasks) -> None:
    """acme-distributed has number 10 as well, and may be listed twice."""
    tenant.lab.rules = tenant.lab.rules.changed(vcd_duplicate_interfaces=True, vcd_tunnel_id_shown=False)
    assert cloud(tenant).network("acme-distributed").index == cloud(tenant).network("company-network").index
    result = tenant.server(site(), **LISTENER)
    assert result["server"]["peer_sites"][0]["networks"] == ["company-network"]
    refused = tenant.no_server({"name": "company-dc1", "networks": ["acme-distributed"]})
    assert "network acme-distributed is connected as distributed, and only subinterfaces" in refused["msg"]


def test_an_internal_network_is_refused_with_what_to_do(tenant: Tasks) -> None:
    label = "peer site company-dc1"
    advice = "and only subinterfaces can be stretched; convert it with vcd_org_network, interface_type: subinterface"
    result = tenant.no_server(site(networks=["acme-services", "company-netwrok"]), **LISTENER)
    assert result["problems"] == [
        f"{label}: network acme-services is connected as internal, {advice}",
        f"{label}: network company-netwrok is not on edge gateway acme-edge; did you mean company-network?",
    ]


def test_check_mode_stretches_a_network_that_an_earlier_task_would_make(old: Tasks, run_folder: Path) -> None:
    give_rights(old)
    tenant = old.by("orgadmin", "acme")
    since = tenant.mark()
    tenant.networks(network(), {"name": "acme-services", "interface_type": "subinterface"}, check=True)
    both = site(networks=["company-network", "acme-services"])
    result = tenant.server(both, **LISTENER, check=True)
    assert result["changes"][1]["after"]["networks"] == ["acme-services", "company-network"]
    assert "network company-network gets its interface by an earlier task of this run" in result["changes"][1]["notes"]
    assert tenant.server(both, **LISTENER, check=True)["changed"] is False
    assert tenant.server({"name": "company-dc1", "enabled": False}, check=True)["changed"] is True
    assert tenant.writes(since) == []


def test_a_plan_does_not_stretch_what_an_earlier_task_would_remove_or_convert(tenant: Tasks, run_folder: Path) -> None:
    tenant.networks({"name": "company-network", "interface_type": "internal"}, check=True)
    assert "is connected as internal" in tenant.no_server(site(), **LISTENER, check=True)["msg"]
    tenant.networks({"name": "company-network", "state": "absent"}, check=True)
    assert "is not on edge gateway acme-edge" in tenant.no_server(site(), **LISTENER, check=True)["msg"]


# --- passwords --------------------------------------------------------------------------------------------------------


def test_another_password_is_noticed_where_the_stored_one_is_shown(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    result = tenant.server(site(password="open sesame, new"))
    (change,) = result["changes"]
    assert (change["before"], change["after"]) == ({"password": "as stored"}, {"password": "as given"})
    assert config(tenant).sites[0].password == "open sesame, new"


@pytest.fixture
def hidden(tenant: Tasks) -> Tasks:
    """An edge gateway that shows no password to anybody."""
    tenant.server(site(), **LISTENER)
    tenant.lab.rules = tenant.lab.rules.changed(vcd_sensitive_data="never")
    return tenant


def test_a_password_that_is_not_shown_is_left_alone(hidden: Tasks) -> None:
    assert hidden.server(site(password="open sesame, new"))["changed"] is False
    hidden.server(site(description="x"))
    assert config(hidden).sites[0].password == "open sesame, site"


def test_a_password_that_is_not_shown_can_always_be_written(hidden: Tasks) -> None:
    result = hidden.server(site(password="open sesame, new"), update_password="always")
    assert result["changes"][0]["after"] == {"password": "as given"}
    assert config(hidden).sites[0].password == "open sesame, new"


def test_a_password_that_would_be_lost_stops_the_change(hidden: Tasks) -> None:
    result = hidden.no_server({"name": "company-dc1", "description": "x"})
    assert "does not show the password of peer site company-dc1, and a change writes all of them" in result["msg"]


def test_no_password_is_shown(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    configure(tenant, sites=(*config(tenant).sites, FOREIGN))
    results = [
        tenant.server(site(password="open sesame, new")),
        tenant.attempt("vcd_edge_l2vpn", **EDGE, peer_sites=[site(networks=["their own secret"])]),
    ]
    for secret in ("open sesame", "their own secret"):
        assert secret not in json.dumps(results) + " ".join(tenant.shown)


# --- ciphers, roles, removal ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cipher", ["RC4-MD5", "DES-CBC3-SHA", "NULL-MD5"])
def test_a_weak_cipher_needs_to_be_allowed(tenant: Tasks, cipher: str) -> None:
    since = tenant.mark()
    result = tenant.no_server(site(), **LISTENER, cipher=cipher)
    assert result["msg"].startswith(f"cipher {cipher} is broken or no encryption at all; use AES128-GCM-SHA256, or")
    assert tenant.calls(since) == []
    made = tenant.server(site(), **LISTENER, cipher=cipher, allow_weak_cipher=True)
    assert made["changes"][0]["notes"] == [f"cipher {cipher} is broken or no encryption at all"]
    assert config(tenant).cipher == cipher


def test_a_client_is_not_given_up_by_accident(tenant: Tasks) -> None:
    role = L2VpnClientRole("198.51.100.1", 443, 1, "AES128-SHA", "them", "their own secret")
    configure(tenant, role="client", enabled=True, client=role)
    result = tenant.no_server(site(), **LISTENER)
    assert result["msg"].startswith(
        "edge gateway acme-edge is an L2VPN client, and an edge gateway is one or the other"
    )
    made = tenant.server(site(), **LISTENER, replace_client=True)
    assert made["changes"][0]["notes"] == ["the L2VPN client of this edge gateway is given up"]
    assert config(tenant).role == "server"


def test_a_server_without_peer_sites_is_not_enabled(tenant: Tasks) -> None:
    assert "cannot be enabled without a peer site" in tenant.no_server(**LISTENER)["msg"]
    tenant.server(**LISTENER, enabled=False)
    assert config(tenant).enabled is False
    tenant.server(site(), enabled=True)
    result = tenant.no_server({"name": "company-dc1", "state": "absent"})
    assert "cannot be enabled without a peer site" in result["msg"]
    tenant.server({"name": "company-dc1", "state": "absent"}, enabled=False)
    assert config(tenant).sites == ()


def test_a_server_is_removed_once(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    assert listed(tenant.server(site(), state="absent")) == [("remove", SERVER, "acme-edge")]
    assert cloud(tenant).l2vpn == {}
    assert tenant.server(site(), state="absent")["changed"] is False


def test_a_server_that_others_use_is_not_removed(tenant: Tasks) -> None:
    tenant.server(site(), **LISTENER)
    configure(tenant, sites=(*config(tenant).sites, FOREIGN))
    result = tenant.no_server(site(), state="absent")
    assert result["msg"].startswith(
        "the L2VPN server of acme-edge has peer sites that peer_sites does not list: mcxt-1; list them, or say "
    )
    assert len(config(tenant).sites) == 2
    tenant.server(state="absent", peer_sites_exact=True)
    assert cloud(tenant).l2vpn == {}


def test_a_new_server_and_a_new_site_say_what_they_need(tenant: Tasks) -> None:
    result = tenant.no_server({"name": "company-dc1"})
    assert result["problems"] == [
        "the L2VPN server of acme-edge is new and needs listener_ip",
        "peer site company-dc1 is new and needs user, password, networks",
    ]


def test_what_the_edge_gateway_refuses_is_told_in_its_words(tenant: Tasks) -> None:
    result = tenant.no_server(site(), listener_ip="203.0.113.99")
    assert "203.0.113.99 is not one of an external interface" in result["msg"]
    assert result["changed"] is False


def test_a_busy_edge_gateway_is_waited_for(tenant: Tasks) -> None:
    tenant.lab.rules = tenant.lab.rules.changed(vcd_task_running_ms=150)
    tenant.lab.faults.add("drop_after", service=tenant.service, method="POST /api/admin/vdc/{vdc}/networks")
    tenant.refused(network(name="other", gateway="172.16.12.1", dns_servers=[], ip_ranges=[]))
    tenant.server(site(), **LISTENER)
    assert config(tenant).enabled is True


def test_an_nsx_t_edge_gateway_is_the_work_of_another_module(new: Tasks) -> None:
    give_rights(new)
    result = new.by("orgadmin", "acme").no_server(site(), **LISTENER)
    assert result["msg"] == ("edge gateway acme-edge is NSX-T, whose L2VPN tunnels are the work of vcd_l2vpn_tunnel")


def test_a_tenant_without_the_rights_is_told_so(old: Tasks) -> None:
    result = old.by("orgadmin", "acme").no_server(site(), **LISTENER)
    assert result["status"] == 403
    assert "lacks a right" in result["hint"]
    assert result["request_id"] in result["msg"]


# --- tunnels ----------------------------------------------------------------------------------------------------------


def test_the_status_comes_with_the_words_of_the_edge_gateway(tenant: Tasks) -> None:
    (tunnel,) = tenant.server(site(), **LISTENER)["tunnels"]
    assert (tunnel["site"], tunnel["status"]) == ("company-dc1", "down")
    assert tunnel["failure"]


def test_a_tunnel_that_stays_down_is_told_with_the_reason(tenant: Tasks) -> None:
    result = tenant.no_server(site(), **LISTENER, wait_for_tunnel=True, wait_timeout=1)
    (tunnel,) = result["tunnels"]
    assert result["msg"].startswith("gave up after 1 s waiting for the L2VPN tunnels of acme-edge to company-dc1; ")
    assert f"(company-dc1: {tunnel['failure']})" in result["msg"]
    assert result["changed"] is True
    assert listed(result) == [("create", SERVER, "acme-edge"), ("create", SITE, "company-dc1")]


def test_check_mode_waits_for_no_tunnel(tenant: Tasks) -> None:
    assert tenant.server(site(), **LISTENER, wait_for_tunnel=True, check=True)["changed"] is True
