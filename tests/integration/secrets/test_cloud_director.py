# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords, keys, peer codes and tokens of vcd_edge_l2vpn and vcd_l2vpn_tunnel stay out of everything that a run shows
or leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from secrets import token_hex
from typing import Any

import pytest
from integration.playbook import Playbook
from integration.secrets.observed_run import ObservedRun, watched_processes

from lab import Lab

# Of this run alone: other processes of the machine may well know the lab's usual password.
PASSWORD, WRONG = f"Right!{token_hex(8)}", f"Wrong!{token_hex(8)}"
SITE_PASSWORD, OTHER_PASSWORD = f"Site!{token_hex(8)}", f"Other!{token_hex(8)}"
KEY, NEW_KEY = f"Key!{token_hex(8)}", f"New!{token_hex(8)}"
EDGE = {"vdc": "acme-vdc", "edge_gateway": "acme-edge"}
NETWORK = {"name": "company-network", "edge_gateway": "acme-edge", "gateway": "172.16.10.1", "prefix_length": 24}
NETWORKS = {"vdc": "acme-vdc", "networks": [{**NETWORK, "interface_type": "subinterface"}]}
SITE = {"name": "company-dc1", "user": "company", "password": SITE_PASSWORD, "networks": ["company-network"]}
SERVER = {**EDGE, "listener_ip": "203.0.113.20", "peer_sites": [SITE]}
TUNNEL = {
    **EDGE,
    "name": "company-dc1",
    "session_mode": "server",
    "local_endpoint": "203.0.113.30",
    "remote_endpoint": "198.51.100.10",
    "tunnel_interface": "192.168.254.1/30",
    "pre_shared_key": KEY,
    "networks": [{"name": "company-network"}],
}


def task(name: str, module: str, director: str, options: dict[str, Any], *, fails: bool = False) -> dict[str, Any]:
    port = f"{{{{ ports['{director}'] }}}}"
    return {"name": name, f"hybridcloud.mobility.{module}": {"port": port, **options}, "ignore_errors": fails}


TASKS = [
    task("network", "vcd_org_network", "vcd-v", NETWORKS),
    task("server", "vcd_edge_l2vpn", "vcd-v", SERVER),
    task("site", "vcd_edge_l2vpn", "vcd-v", {**EDGE, "peer_sites": [{**SITE, "password": OTHER_PASSWORD}]}),
    task("refused", "vcd_edge_l2vpn", "vcd-v", {**SERVER, "listener_ip": "203.0.113.99"}, fails=True),
    task("NSX-T network", "vcd_org_network", "vcd-t", NETWORKS),
    task("tunnel", "vcd_l2vpn_tunnel", "vcd-t", TUNNEL),
    task("key", "vcd_l2vpn_tunnel", "vcd-t", {**TUNNEL, "pre_shared_key": NEW_KEY}),
    task("down", "vcd_l2vpn_tunnel", "vcd-t", {**TUNNEL, "wait_for_tunnel": True, "wait_timeout": 0}, fails=True),
    task("wrong password", "vcd_org_network", "vcd-t", {**NETWORKS, "password": WRONG}, fails=True),
    task("unknown option", "vcd_edge_l2vpn", "vcd-v", {**SERVER, "passwort": "x"}, fails=True),
]
FAILING = {one["name"] for one in TASKS if one["ignore_errors"]}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=1) as lab:
        yield lab


@pytest.fixture(scope="module", params=[True, False], ids=["in process", "as module"])
def run(request: pytest.FixtureRequest, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> ObservedRun:
    lab.reset()
    for cloud in lab.world.clouds.values():
        provider = cloud.user("administrator", "System")
        assert provider is not None
        cloud.users[provider.id] = replace(provider, password=PASSWORD)
    folder = tmp_path_factory.mktemp("secrets")
    connection = {
        "hostname": "localhost",
        "username": "administrator",
        "password": "{{ vcd_password }}",
        "ca_path": lab.ca_path,
    }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/hybridcloud.mobility.vcd": connection},
        "vars": {"ports": {name: lab.ports[name] for name in ("vcd-v", "vcd-t")}},
        "tasks": TASKS,
    }
    variables = {"vcd_password": PASSWORD, "hybridcloud_mobility_in_process": request.param}
    environment = {"ANSIBLE_LOG_PATH": str(folder / "log")}
    playbook = Playbook(folder, [play], hosts={"cloud": variables}, environment=environment)
    inputs = frozenset(file.name for file in folder.iterdir() if file.is_file())
    with watched_processes() as shown:
        finished = playbook.run("-vvv", "--diff")
    codes = {tunnel.peer_code for tunnel in lab.world.clouds["cloud-t"].tunnels.values()}
    secrets = frozenset({PASSWORD, WRONG, SITE_PASSWORD, OTHER_PASSWORD, KEY, NEW_KEY, *codes})
    return ObservedRun(finished, folder, inputs, frozenset(shown), secrets)


def test_the_run_did_what_is_looked_at(run: ObservedRun, lab: Lab) -> None:
    assert {result.task for result in run.finished.results if result.state == "failed"} == FAILING, run.finished.output
    assert len(run.finished.results) == len(TASKS)
    assert "--- before" in run.finished.output
    (site,) = next(iter(lab.world.clouds["cloud-v"].l2vpn.values())).sites
    (tunnel,) = lab.world.clouds["cloud-t"].tunnels.values()
    assert (site.password, tunnel.pre_shared_key) == (OTHER_PASSWORD, KEY)
    assert tunnel.peer_code in run.secrets


def test_the_screen_shows_no_secret(run: ObservedRun) -> None:
    assert run.leaks(run.finished.output) == []


def test_results_show_no_secret(run: ObservedRun) -> None:
    assert [result.task for result in run.finished.results if run.leaks(str(result.result))] == []


def test_files_that_the_run_left_hold_no_secret(run: ObservedRun) -> None:
    left = list(run.files())
    assert {"log", "results.jsonl"} <= {file.name for file in left}
    assert [file for file in left if run.leaks(file.read_text(encoding="utf-8", errors="replace"))] == []


def test_no_process_was_started_with_a_secret(run: ObservedRun) -> None:
    assert any(b"ansible-playbook" in words for words in run.shown)
    assert [words for words in run.shown if run.leaks(words.decode(errors="replace"))] == []
