# SPDX-License-Identifier: GPL-3.0-or-later
"""site-prep.yml on the whole sample site, and what somebody sees who looks at the hosts with another program."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.vsphere.reader import Reader
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab, drift

HOSTS = 32
FEW_HOSTS = 6
SITE = PROJECT / "samples/lab/inventory/host_vars/lab-source/00-site.yml"
WRITES = ("AddVirtualNic", "UpdateNetworkConfig", "SelectVnicForNicType")


def playbook(lab: Lab, folder: Path, hosts: int) -> Playbook:
    """site-prep.yml for the first hosts of the sample site."""
    variables = yaml.safe_load(SITE.read_text(encoding="utf-8"))
    variables["vmkernel_networking_hosts"] = variables["vmkernel_networking_hosts"][:hosts]
    connection = {
        "vcenter_hostname": lab.source.host,
        "vcenter_port": lab.source.port,
        "vcenter_username": lab.username,
        "vcenter_password": lab.password,
        "vcenter_ca_path": lab.ca_path,
    }
    play = {"import_playbook": str(PROJECT / "playbooks/site-prep.yml")}
    return Playbook(folder, [play], hosts={"lab-source": {**variables, **connection}})


def changes(run: Finished) -> list[tuple[str, ...]]:
    """Every change of a run, without the notes that only check mode adds."""
    return [
        (change["action"], change["kind"], change["name"], str(change["before"]), str(change["after"]))
        for result in run.succeeded().results
        for change in result.result.get("changes", [])
    ]


def seen(lab: Lab) -> dict[str, Any]:
    """All hosts of the cluster, read without our code."""
    reader = Reader(lab, lab.source.port)
    try:
        hosts = reader.hosts()
    finally:
        reader.close()
    return {name: host for name, host in hosts.items() if name.startswith("esx-a")}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=HOSTS) as lab:
        yield lab


def test_a_site_is_planned_prepared_seen_unchanged_and_repaired(lab: Lab, tmp_path: Path) -> None:
    site_prep = playbook(lab, tmp_path, HOSTS)
    before = seen(lab)
    planned = changes(site_prep.run("--check", "--diff"))
    assert seen(lab) == before
    assert changes(site_prep.run()) == planned
    assert len(planned) == 6 * HOSTS

    hosts = seen(lab)
    assert len(hosts) == HOSTS
    for number, name in enumerate(sorted(hosts), 11):
        adapters, stacks = hosts[name]["adapters"], hosts[name]["stacks"]
        assert [adapter["network"] for adapter in adapters.values()] == [
            "Management Network",
            "vds-a/pg-vmotion",
            "vds-a/pg-provisioning",
            "vds-a/pg-replication",
        ]
        assert [adapter["ipv4"] for adapter in adapters.values()][1:] == [
            f"10.11.0.{number}/22",
            f"10.12.0.{number}/22",
            f"10.13.0.{number}/22",
        ]
        assert [adapter["mtu"] for adapter in adapters.values()] == [1500, 9000, 9000, 1500]
        assert [adapter["services"] for adapter in adapters.values()] == [
            ["management"],
            ["vmotion"],
            ["vSphereProvisioning"],
            ["vSphereReplication", "vSphereReplicationNFC"],
        ]
        assert {key: stack["gateway_ipv4"] for key, stack in stacks.items()} == {
            "defaultTcpipStack": "10.10.0.1",
            "vmotion": "10.11.0.1",
            "vSphereProvisioning": "10.12.0.1",
        }

    assert changes(site_prep.run()) == []
    drift.change_adapter(lab.world, "esx-a07.lab.example", "vmk2", mtu=1500)
    assert changes(site_prep.run()) == [
        ("update", "VMkernel adapter", "esx-a07.lab.example/vmk2", "{'mtu': 1500}", "{'mtu': 9000}")
    ]
    assert seen(lab) == hosts


def test_a_killed_run_is_completed_by_the_next(tmp_path: Path) -> None:
    with Lab.start(hosts=FEW_HOSTS) as lab:
        kill_and_complete(lab, playbook(lab, tmp_path, FEW_HOSTS))


def kill_and_complete(lab: Lab, site_prep: Playbook) -> None:
    changes(site_prep.run())
    undisturbed = seen(lab)
    lab.reset()

    for enough in (1, 10, 20):
        lab.latency.set(30)
        process = site_prep.start()
        deadline = time.monotonic() + 120
        while sum(len(lab.requests(name=name)) for name in WRITES) < enough:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        lab.latency.clear()
        assert seen(lab) != undisturbed

    changes(site_prep.run())
    assert seen(lab) == undisturbed
