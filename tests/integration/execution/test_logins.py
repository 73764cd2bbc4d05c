# SPDX-License-Identifier: GPL-3.0-or-later
"""However many sites and tasks a run has, it logs in once to each vCenter and leaves no login open."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from integration.playbook import Playbook

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace, wait_for
from lab import Lab

SITE_PREP = [{"import_playbook": "hybridcloud.mobility.site_prep"}]
ONCE = {"opened": 1, "closed": 1, "expired": 0, "open": 0}

pytestmark = pytest.mark.parametrize("in_process", [True, False], ids=["in process", "module"])


def site(lab: Lab, letter: str, number: int, *, in_process: bool, mtu: int = 9000) -> dict[str, Any]:
    """Variables of a site of one host: an adapter, its gateway, a ping."""
    vcenter = lab.destination if letter == "d" else lab.source
    octet = {"a": 11, "b": 21, "d": 31}[letter]
    host = f"esx-{letter}{number:02}.lab.example"
    adapter = {
        "network": "pg-vmotion",
        "stack": "vmotion",
        "mtu": mtu,
        "ipv4": {"mode": "static", "addresses": {host: f"10.{octet}.0.{10 + number}/22"}},
    }
    return {
        "vcenter_hostname": vcenter.host,
        "vcenter_port": vcenter.port,
        "vcenter_username": lab.username,
        "vcenter_password": lab.password,
        "vcenter_ca_path": lab.ca_path,
        "vmkernel_networking_datacenter": f"dc-{letter}",
        "vmkernel_networking_hosts": [host],
        "vmkernel_networking_adapters": [adapter],
        "vmkernel_networking_stacks": [{"name": "vmotion", "gateway_ipv4": f"10.{octet}.0.1"}],
        "vmkernel_networking_pings": [{"service": "vmotion", "pattern": "none", "gateway": True}],
        "hybridcloud_mobility_in_process": in_process,
    }


@pytest.fixture
def sites(lab: Lab, in_process: bool) -> dict[str, dict[str, Any]]:
    """Six sites behind two vCenters, on a fresh lab."""
    lab.reset()
    places = [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("d", 1), ("d", 2)]
    return {f"site-{letter}{n}": site(lab, letter, n, in_process=in_process) for letter, n in places}


def test_sites_in_parallel_share_one_login(lab: Lab, sites: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    finished = Playbook(tmp_path, SITE_PREP, hosts=sites).run("--forks", "6").succeeded()
    changed = [result.host for result in finished.results if result.result.get("changed")]
    assert set(changed) == set(sites)
    assert (lab.sessions("source"), lab.sessions("destination")) == (ONCE, ONCE)


def test_a_failed_run_leaves_no_login(lab: Lab, sites: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    sites["site-a2"]["vmkernel_networking_adapters"][0]["mtu"] = 9500
    finished = Playbook(tmp_path, SITE_PREP, hosts=sites).run("--forks", "6")
    assert {result.host for result in finished.results if result.state == "failed"} == {"site-a2"}
    assert (lab.sessions("source"), lab.sessions("destination")) == (ONCE, ONCE)


def test_an_interrupted_run_leaves_no_login(lab: Lab, sites: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    lab.latency.set(3_000, method="AddVirtualNic")
    playbook = Playbook(tmp_path, SITE_PREP, hosts=sites)
    process = playbook.start("--forks", "6")
    pace = Pace(first=0.05, longest=0.2)
    wait_for(lambda: lab.sessions("destination")["open"] or None, what="the logins", timeout=60, pace=pace)
    wait_for(lambda: lab.requests(name="RetrievePropertiesEx") or None, what="a first read", timeout=60, pace=pace)
    # A terminal sends Ctrl-C to the whole process group.
    os.killpg(process.pid, signal.SIGINT)
    finished = playbook.finish(process)
    lab.latency.clear()
    assert finished.code != 0
    for vcenter in ("source", "destination"):
        assert lab.sessions(vcenter)["open"] == 0, finished.output
