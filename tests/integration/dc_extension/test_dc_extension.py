# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ``dc_extension`` for both generations at once: from nothing to tunnel up, drift, a killed run, secrets."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from contract.extender import world
from contract.extender.tasks import AUTONOMOUS_PROPERTIES, END, NETWORK, STANDALONE_PROPERTIES, Tasks
from integration.playbook import Finished, Playbook
from integration.secrets.observed_run import watched_processes

from lab import Lab

# Of this run alone: other processes of the machine may well know the lab's usual password.
EDGE_PASSWORD, L2VPN_PASSWORD = f"Edge!{token_hex(8)}", f"Tunnel!{token_hex(8)}"
HOSTS = {"site-v": "nsx_v", "site-t": "nsx_t"}
DEPLOY = "POST /api/vcenter/ovf/library-item/{item}?action=deploy"
STRETCH = "Stretch the networks, with the tunnel up"
TEMPLATES = {
    "nsx_v": (
        "nsx-l2vpn-client",
        {"Public": "pg-uplink", "Trunk": "trunk-nsx_v", "HA": "pg-management"},
        STANDALONE_PROPERTIES,
    ),
    "nsx_t": (
        "nsx-autonomous-edge",
        {
            "Network 0": "pg-management",
            "Network 1": "pg-uplink",
            "Network 2": "trunk-nsx_t",
            "Network 3": "pg-management",
        },
        AUTONOMOUS_PROPERTIES,
    ),
}


def variables(generation: str) -> dict[str, Any]:
    """The role's, for one host."""
    item, networks, properties = TEMPLATES[generation]
    template = {
        "library_item": item,
        "accept_eula": True,
        "network_mappings": networks,
        "properties": [
            {"id": one["id"], "secret": "{{ edge_password }}"} if "secret" in one else one for one in properties
        ],
    }
    names = {f"dc_extension_{name}": value for name, value in END.items()}
    addresses = {"nsx_v": ("203.0.113.20", "10.15.0.41"), "nsx_t": ("203.0.113.30", "10.15.0.42")}
    server, uplink = addresses[generation]
    return {
        **names,
        "director": "vcd-v" if generation == "nsx_v" else "vcd-t",
        "interface_type": "subinterface" if generation == "nsx_v" else "internal",
        "dc_extension_generation": generation,
        "dc_extension_name": world.PEER,
        "dc_extension_server_address": server,
        "dc_extension_user": "company",
        "dc_extension_password": "{{ l2vpn_password }}",
        "dc_extension_remote_endpoint": "198.51.100.10",
        "dc_extension_tunnel_interface": "192.168.254.1/30",
        "dc_extension_pre_shared_key": "{{ l2vpn_password }}",
        "dc_extension_trunk": {"port_group": f"trunk-{generation}", "switch": "vds-a"},
        "dc_extension_appliance": {
            "name": f"edge-{generation}",
            "placement": {"datacenter": "dc-a", "cluster": "compute-a", "datastore": "ds-a", "folder": "Appliances"},
            "uplink": {"addresses": [uplink], "gateway": "10.15.0.1", "prefix_length": 22},
            "deployment": template,
        },
        "dc_extension_networks": [
            {
                "name": "web",
                "source_port_group": "pg-web",
                "vlan": 110,
                "network": NETWORK,
                "egress_gateway": "172.16.10.1",
            }
        ],
        "edge_password": EDGE_PASSWORD,
        "l2vpn_password": L2VPN_PASSWORD,
    }


def playbook(lab: Lab, folder: Path) -> Playbook:
    tasks = Tasks(lab)
    director = {**tasks.cloud("vcd-v"), "port": "{{ ports[director] }}"}
    network = {
        "name": NETWORK,
        "edge_gateway": END["edge_gateway"],
        "gateway": "172.16.10.1",
        "prefix_length": 24,
        "interface_type": "{{ interface_type }}",
    }
    play = {
        "hosts": "sites",
        "gather_facts": False,
        "module_defaults": {
            "group/hybridcloud.mobility.vcd": director,
            "group/hybridcloud.mobility.extender": {
                "vcenter": tasks.vcenter,
                "edge": {**tasks.edge, "password": "{{ edge_password }}"},
                "cloud_director": director,
            },
        },
        "vars": {"ports": lab.ports},
        "pre_tasks": [
            {
                "name": "Make the network at the other end",
                "hybridcloud.mobility.vcd_org_network": {
                    "vdc": "acme-vdc",
                    "organization": "acme",
                    "networks": [network],
                },
            }
        ],
        "roles": [{"role": "hybridcloud.mobility.dc_extension"}],
    }
    return Playbook(folder, [play], hosts={host: variables(generation) for host, generation in HOSTS.items()})


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dc-extension")


@pytest.fixture(scope="module")
def site(lab: Lab, folder: Path) -> Playbook:
    """A run of it has been killed while it deployed; nothing is up yet."""
    book = playbook(lab, folder)
    process = book.start()
    deadline = time.monotonic() + 60
    while not any(request.name == DEPLOY for request in lab.requests("vcenter/source")):
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return book


@pytest.fixture(scope="module")
def completed(lab: Lab, site: Playbook) -> tuple[Finished, frozenset[bytes]]:
    """The run after the killed one, with all that can be shown, and what its processes showed."""
    with watched_processes() as shown:
        finished = site.run("-vvv", "--diff").succeeded()
    return finished, frozenset(shown)


def changed(finished: Finished) -> dict[str, list[str]]:
    """By host, the kinds of all changes."""
    return {
        host: [
            change["kind"]
            for result in finished.results
            if result.host == host
            for part in [*(result.result.get("results") or []), result.result]
            for change in part.get("changes") or []
        ]
        for host in HOSTS
    }


def secrets(lab: Lab) -> set[str]:
    return {EDGE_PASSWORD, L2VPN_PASSWORD, world.tunnel(lab).peer_code}


def test_a_killed_run_is_completed_and_leaves_one_edge_each(
    lab: Lab, completed: tuple[Finished, frozenset[bytes]]
) -> None:
    for generation in HOSTS.values():
        assert [machine.powered_on for machine in world.machines(lab, f"edge-{generation}")] == [True]
        assert world.is_up(lab, generation)
    assert world.reached(lab) == [NETWORK, NETWORK]


def test_cloud_director_says_up(completed: tuple[Finished, frozenset[bytes]]) -> None:
    for result in completed[0].named(STRETCH):
        (one,) = result.result["results"]
        assert one["extension"]["tunnel"] == {"up": True, "failure": ""}


def test_no_secret_is_shown(lab: Lab, completed: tuple[Finished, frozenset[bytes]], folder: Path) -> None:
    finished, shown = completed
    assert "--- before" in finished.output
    for secret in secrets(lab):
        assert secret not in finished.output
        assert not any(secret in str(result.result) for result in finished.results)
        assert secret not in (folder / "results.jsonl").read_text(encoding="utf-8")
    assert any(b"ansible-playbook" in words for words in shown)
    assert [words for words in shown if any(secret.encode() in words for secret in secrets(lab))] == []


def test_a_second_run_changes_nothing(completed: tuple[Finished, frozenset[bytes]], site: Playbook) -> None:
    assert changed(site.run().succeeded()) == {"site-v": [], "site-t": []}


def test_drift_is_corrected_and_nothing_else(
    lab: Lab, completed: tuple[Finished, frozenset[bytes]], site: Playbook
) -> None:
    group = world.port_group(lab, "trunk-nsx_t")
    assert group is not None
    source = lab.world.sites["dc-a"]
    cloud, edge = world.cloud(lab, "nsx_v"), world.edge_of(lab, "nsx_v")
    with lab.world.lock:
        config = cloud.l2vpn[edge]
        sites = tuple(replace(one, egress=("172.16.10.254",)) for one in config.sites)
        cloud.l2vpn[edge] = replace(config, sites=sites)
        drifted = replace(group, security=replace(group.security, promiscuous=False), version=group.version + 1)
        source.keep_port_group(source.switches[0].uuid, drifted)
    assert not world.is_up(lab, "nsx_t")
    finished = site.run().succeeded()
    assert changed(finished) == {"site-v": ["L2VPN peer site"], "site-t": ["trunk port group"]}
    assert [one.egress for one in cloud.l2vpn[edge].sites] == [("172.16.10.1",)]
    assert world.is_up(lab, "nsx_t")
    assert world.is_up(lab, "nsx_v")
