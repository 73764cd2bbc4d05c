# SPDX-License-Identifier: GPL-3.0-or-later
"""vcd_l2vpn_tunnel: L2VPN tunnels of an NSX-T edge gateway, and their peer codes. (VCD reference 7)"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract.vcd.seen import cloud, give_rights
from contract.vcd.tasks import EDGE, Result, Tasks, listed, network

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import l2vpn_tunnel
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Vcd
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.inventory import Edge, find_edge, find_vdc
from ansible_collections.hybridcloud.mobility.plugins.modules.vcd_l2vpn_tunnel import JOB
from lab.clouds import Tunnel
from lab.vcd.tunnel import issued

KIND = "L2VPN tunnel"
TUNNELS = "/cloudapi/1.0.0/edgeGateways/{edge}/l2vpn/tunnels"
ONE = [{"name": "company-network"}]
CLIENT: Result = {
    "session_mode": "client",
    "peer_code": issued(Tunnel("", "", "theirs", "SERVER", "198.51.100.10", "203.0.113.30")).peer_code,
    "pre_shared_key": None,
    "tunnel_interface": None,
    "networks": [{"name": "company-network", "tunnel_id": 7}],
}


@pytest.fixture
def tenant(new: Tasks, run_folder: Path) -> Tasks:
    """The organization's administrator, with the rights and a network."""
    give_rights(new)
    tenant = new.by("orgadmin", "acme")
    tenant.networks(network(interface_type="internal"))
    return tenant


def made(tenant: Tasks, name: str = "company-dc1") -> Tunnel:
    return next(one for one in cloud(tenant).tunnels.values() if one.name == name)


def change(tenant: Tasks, **settings: object) -> None:
    """Somebody else changes the tunnel."""
    found = made(tenant)
    cloud(tenant).tunnels[found.id] = replace(found, version=found.version + 1, **settings)  # type: ignore[arg-type]


# --- a server ---------------------------------------------------------------------------------------------------------


def test_a_server_is_made(tenant: Tasks) -> None:
    since = tenant.mark()
    result = tenant.tunnel(networks=ONE)
    assert listed(result) == [("create", KIND, "company-dc1")]
    assert tenant.writes(since) == [f"POST {TUNNELS}"]
    found = made(tenant)
    assert (found.mode, found.local, found.remote) == ("SERVER", "203.0.113.30", "198.51.100.10")
    assert (found.interface, found.initiation) == ("192.168.254.1/30", "INITIATOR")
    assert found.pre_shared_key == "open sesame, tunnel"
    assert [one.network for one in found.stretched] == [cloud(tenant).network("company-network").id]
    assert result["tunnel"]["id"] == found.id
    assert result["tunnel"]["networks"] == {"company-network": found.stretched[0].tunnel_id}


def test_a_second_run_changes_nothing(tenant: Tasks) -> None:
    tenant.tunnel(networks=ONE)
    since = tenant.mark()
    assert (tenant.tunnel(networks=ONE)["changes"], tenant.writes(since)) == ([], [])


def test_check_mode_lists_the_same_and_changes_nothing(tenant: Tasks) -> None:
    there, since = cloud(tenant).copied(), tenant.mark()
    planned = tenant.tunnel(networks=ONE, check=True)
    assert tenant.writes(since) == []
    assert cloud(tenant) == there
    assert planned["changes"] == tenant.tunnel(networks=ONE)["changes"]


CHANGES: list[Result] = [
    {"description": "our own"},
    {"remote_endpoint": "198.51.100.11"},
    {"local_endpoint": "203.0.113.31"},
    {"tunnel_interface": "192.168.254.5/30"},
    {"initiation_mode": "respond_only"},
    {"enabled": False},
    {"logging": True},
]


@pytest.mark.parametrize("settings", CHANGES, ids=[next(iter(one)) for one in CHANGES])
def test_exactly_what_differs_is_changed(tenant: Tasks, settings: Result) -> None:
    tenant.tunnel(networks=ONE)
    since = tenant.mark()
    result = tenant("vcd_l2vpn_tunnel", **EDGE, name="company-dc1", session_mode="server", **settings)
    assert [one["after"] for one in result["changes"]] == [settings]
    assert result["changes"][0]["notes"] == ["its peer code changes, so every client needs the new one"]
    assert tenant.writes(since) == [f"PUT {TUNNELS}/{{tunnel}}"]
    assert result["tunnel"]["version"] == 2
    assert tenant.tunnel(networks=ONE, **settings)["changed"] is False


@pytest.mark.parametrize("field", ["stretchedNetworks", "attachedNetworks"])
def test_networks_are_stretched_and_let_go(tenant: Tasks, field: str) -> None:
    tenant.lab.rules = tenant.lab.rules.changed(vcd_tunnel_networks=field)
    tenant.tunnel(networks=ONE)
    both = [*ONE, {"name": "acme-services"}]
    (change,) = tenant.tunnel(networks=both)["changes"]
    assert set(change["after"]["networks"]) == {"acme-services", "company-network"}
    assert tenant.tunnel(networks=both)["changed"] is False
    assert len(made(tenant).stretched) == 2
    tenant.tunnel(networks=[])
    assert made(tenant).stretched == ()
    assert tenant.tunnel()["changed"] is False


def test_a_drift_is_repaired_alone(tenant: Tasks) -> None:
    tenant.tunnel(networks=ONE)
    change(tenant, remote="198.51.100.99")
    (repaired,) = tenant.tunnel(networks=ONE)["changes"]
    assert (repaired["before"], repaired["after"]) == (
        {"remote_endpoint": "198.51.100.99"},
        {"remote_endpoint": "198.51.100.10"},
    )


@pytest.mark.parametrize("status", [409, 412])
def test_a_version_that_has_become_old_is_read_again(tenant: Tasks, status: int) -> None:
    tenant.tunnel()
    put = f"PUT {TUNNELS}/{{tunnel}}"
    tenant.lab.faults.add("http", service=tenant.service, method=put, status=status)
    since = tenant.mark()
    tenant.tunnel(description="x")
    assert tenant.writes(since) == [put, put]
    tenant.lab.faults.add("http", service=tenant.service, method=put, status=status, times=None)
    assert tenant.no_tunnel(description="y")["failed_changes"][0]["status"] == status


def test_a_tunnel_is_removed_once(tenant: Tasks) -> None:
    tenant.tunnel(networks=ONE)
    assert listed(tenant.tunnel(state="absent")) == [("remove", KIND, "company-dc1")]
    assert cloud(tenant).tunnels == {}
    assert tenant.tunnel(state="absent")["changed"] is False


@pytest.mark.parametrize("writes", ["async", "sync"])
def test_tasks_or_answers_at_once(tenant: Tasks, writes: str) -> None:
    tenant.lab.rules = tenant.lab.rules.changed(vcd_cloudapi_writes=writes)
    tenant.tunnel(networks=ONE)
    tenant.tunnel(description="x")
    tenant.tunnel(state="absent")
    assert cloud(tenant).tunnels == {}


def test_the_answer_may_be_lost_after_the_work_was_begun(tenant: Tasks) -> None:
    tenant.lab.faults.add("drop_after", service=tenant.service, method=f"POST {TUNNELS}")
    tenant.no_tunnel(networks=ONE)
    tenant.tunnel(networks=ONE)
    assert len(cloud(tenant).tunnels) == 1


# --- a client ---------------------------------------------------------------------------------------------------------


def test_a_client_is_made_changed_and_removed(tenant: Tasks) -> None:
    tenant.tunnel(**CLIENT)
    assert made(tenant).stretched[0].tunnel_id == 7
    assert tenant.tunnel(**CLIENT)["changed"] is False
    tenant.tunnel(**CLIENT, description="x")
    tenant.tunnel(**CLIENT, description="y")
    since = tenant.mark()
    tenant.tunnel(**{**CLIENT, "state": "absent"})
    assert tenant.writes(since) == [f"PUT {TUNNELS}/{{tunnel}}", f"DELETE {TUNNELS}/{{tunnel}}"]
    assert cloud(tenant).tunnels == {}


def test_a_client_is_not_disabled_before_it_can_be(tenant: Tasks) -> None:
    result = tenant.no_tunnel(**CLIENT, enabled=False)
    assert result["msg"].startswith("enabled: a client cannot be disabled before API 38.1, and this server speaks 36.3")
    tenant.lab.rules = tenant.lab.rules.changed(vcd_t_newest_version="38.1")
    assert tenant.tunnel(**CLIENT, enabled=False, api_version="38.1")["tunnel"]["enabled"] is False


def test_the_mode_cannot_change_and_is_the_same_for_all(tenant: Tasks) -> None:
    tenant.tunnel()
    assert "is a server and cannot become a client; remove it" in tenant.no_tunnel(**CLIENT)["msg"]
    result = tenant.no_tunnel(**{**CLIENT, "name": "other"})
    assert result["msg"].startswith("edge gateway acme-edge is a server of L2VPN tunnel company-dc1; an edge gateway")


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_another_key_is_noticed_where_the_stored_one_is_shown(tenant: Tasks) -> None:
    tenant.tunnel()
    (changed,) = tenant.tunnel(pre_shared_key="open sesame, new")["changes"]
    assert (changed["before"], changed["after"]) == ({"pre-shared key": "as stored"}, {"pre-shared key": "as given"})
    assert made(tenant).pre_shared_key == "open sesame, new"


def test_a_masked_key_is_left_alone_unless_told_otherwise(tenant: Tasks) -> None:
    tenant.lab.rules = tenant.lab.rules.changed(vcd_masked_psk="always")
    tenant.tunnel()
    assert tenant.tunnel(pre_shared_key="open sesame, new")["changed"] is False
    tenant("vcd_l2vpn_tunnel", **EDGE, name="company-dc1", session_mode="server", description="x")
    assert made(tenant).pre_shared_key == "open sesame, tunnel"
    assert tenant.tunnel(pre_shared_key="open sesame, new", update_password="always")["changed"] is True
    assert made(tenant).pre_shared_key == "open sesame, new"


def test_neither_key_nor_peer_code_is_shown(tenant: Tasks) -> None:
    shown = json.dumps(tenant.tunnel(networks=ONE))
    first = made(tenant).peer_code
    shown += json.dumps(tenant.no_tunnel(networks=[{"name": first}]))
    shown += json.dumps(tenant.tunnel(pre_shared_key="open sesame, new"))
    second = made(tenant).peer_code
    shown += json.dumps(tenant.tunnel(state="absent", check=True))
    assert first != second
    for secret in ("open sesame", first, second):
        assert secret not in shown + " ".join(tenant.shown)


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def connected(tenant: Tasks, redactor: Redactor) -> Iterator[tuple[Vcd, Edge]]:
    """What another module does that needs the peer code."""
    spec = {name: option.get("default") for name, option in JOB.argument_spec.items()}
    account = Account.from_params({**spec, **tenant.connection})
    with Vcd(account, Task({}, False, Run(None), Progress(), redactor), wait_timeout=10) as vcd:
        yield vcd, find_edge(vcd, "acme-edge", find_vdc(vcd, "acme-vdc", None))


def test_the_peer_code_is_for_those_who_ask_for_it_and_hidden_from_their_output(
    tenant: Tasks, connected: tuple[Vcd, Edge], redactor: Redactor
) -> None:
    tenant.tunnel(networks=ONE)
    code = l2vpn_tunnel.peer_code(*connected, "company-dc1")
    assert code == made(tenant).peer_code
    assert redactor.text(f"code {code}") == f"code {MASK}"
    tenant.tunnel(description="x")
    assert l2vpn_tunnel.peer_code(*connected, "company-dc1") != code


def test_a_peer_code_that_nobody_gives_out(tenant: Tasks, connected: tuple[Vcd, Edge]) -> None:
    with pytest.raises(InvalidInput, match="tunnel company-dc1 is not known on edge gateway acme-edge; there is none"):
        l2vpn_tunnel.peer_code(*connected, "company-dc1")
    tenant.tunnel(**CLIENT)
    with pytest.raises(InvalidInput, match="is a client's; only a server gives out a peer code"):
        l2vpn_tunnel.peer_code(*connected, "company-dc1")


# --- check mode, refusals, status -------------------------------------------------------------------------------------


def test_check_mode_stretches_a_network_that_an_earlier_task_would_make(new: Tasks, run_folder: Path) -> None:
    give_rights(new)
    tenant = new.by("orgadmin", "acme")
    since = tenant.mark()
    tenant.networks(network(interface_type="internal"), check=True)
    result = tenant.tunnel(networks=ONE, check=True)
    assert result["changes"][0]["notes"] == ["network company-network is made by an earlier task of this run"]
    assert tenant.tunnel(networks=ONE, check=True)["changed"] is False
    assert tenant.tunnel(remote_endpoint="198.51.100.11", check=True)["changed"] is True
    tenant.tunnel(state="absent", check=True)
    assert tenant.tunnel(state="absent", check=True)["changed"] is False
    assert tenant.writes(since) == []


def test_a_new_tunnel_says_what_it_needs(tenant: Tasks) -> None:
    result = tenant.failing("vcd_l2vpn_tunnel", **EDGE, name="a", session_mode="server")
    assert result["msg"] == "L2VPN tunnel a is new and needs local_endpoint, remote_endpoint, pre_shared_key"
    result = tenant.failing("vcd_l2vpn_tunnel", **EDGE, name="a", session_mode="client", networks=[])
    assert result["msg"] == "L2VPN tunnel a is new and needs local_endpoint, remote_endpoint, peer_code"


def test_a_network_that_cannot_be_stretched_is_named(tenant: Tasks) -> None:
    result = tenant.no_tunnel(networks=[{"name": "company-netwrok"}, {"name": "acme-isolated"}])
    assert result["problems"][1].startswith(
        "network company-netwrok is not a routed network on edge gateway acme-edge; did you mean company-network?"
    )
    assert "network acme-isolated is not a routed network" in result["problems"][0]


def test_what_the_service_refuses_is_told_in_its_words(tenant: Tasks) -> None:
    result = tenant.no_tunnel(local_endpoint="203.0.113.99")
    assert "203.0.113.99" in result["msg"]
    assert result["changed"] is False


def test_an_nsx_v_edge_gateway_is_the_work_of_another_module(old: Tasks) -> None:
    result = old.no_tunnel()
    assert result["msg"].startswith("L2VPN tunnels of NSX-T need API 35.0; this server speaks 27.0, where an NSX-V")


def test_a_tunnel_that_stays_down_is_told_with_the_reason(tenant: Tasks) -> None:
    result = tenant.no_tunnel(networks=ONE, wait_for_tunnel=True, wait_timeout=1)
    assert result["msg"].startswith("gave up after 1 s waiting for L2VPN tunnel company-dc1 of acme-edge to 198.51.")
    assert f"({result['status']['failure']})" in result["msg"]
    assert (result["status"]["status"], result["changed"]) == ("down", True)
