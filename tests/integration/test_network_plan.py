# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook network-plan for a move into another site's vCenter, before and after the sites are prepared for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.playbook import Finished, Playbook

from lab import Lab
from lab.lab import VCenterAddress

PLAYBOOK = [{"ansible.builtin.import_playbook": "hybridcloud.mobility.network_plan"}]
MOVE = {
    "vm": "web01",
    "powered_on": True,
    "scope": "both",
    "source_cluster": "compute-a",
    "destination_vcenter": "other",
    "destination_cluster": "compute-d",
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


def site(lab: Lab, vcenter: VCenterAddress, datacenter: str, cluster: str) -> dict[str, Any]:
    return {
        "vcenter_hostname": vcenter.host,
        "vcenter_port": vcenter.port,
        "vcenter_username": lab.username,
        "vcenter_password": lab.password,
        "vcenter_ca_path": lab.ca_path,
        "vmkernel_networking_datacenter": datacenter,
        "vmkernel_networking_clusters": [cluster],
    }


def plan(lab: Lab, folder: Path, **variables: Any) -> Finished:
    sites = {
        "here": site(lab, lab.source, "dc-a", "compute-a"),
        "there": site(lab, lab.destination, "dc-d", "compute-d"),
    }
    folder.mkdir()
    given = {"network_plan_moves": [MOVE], "network_plan_destination": "there", **variables}
    return Playbook(folder, PLAYBOOK, hosts=sites).run("--limit", "here", "-e", json.dumps(given))


def test_both_vcenters_are_read_and_the_report_is_written(lab: Lab, tmp_path: Path) -> None:
    report = tmp_path / "plan.json"
    finished = plan(lab, tmp_path / "play", network_plan_report=str(report)).succeeded()
    (move,) = finished.result("Plan the moves")["moves"]
    vmotion = move["adapters"]["vmotion"]
    assert [host for group in vmotion["source"] for host in group["hosts"]] == [
        "esx-a01.lab.example",
        "esx-a02.lab.example",
    ]
    assert {host for group in vmotion["destination"] for host in group["hosts"]} == {
        f"esx-d{number:02d}.lab.example" for number in range(1, 5)
    }
    assert move["routed"]["vmotion"]["required"] is True
    assert move["routed"]["vmotion"]["source_subnets"] == ["10.10.0.0/22"]
    assert move["routed"]["vmotion"]["destination_subnets"] == ["10.30.0.0/22"]
    assert json.loads(report.read_text(encoding="utf-8"))["moves"] == [move]


def test_a_move_into_a_cluster_that_the_other_site_does_not_have_is_refused(lab: Lab, tmp_path: Path) -> None:
    finished = plan(lab, tmp_path / "play", network_plan_moves=[{**MOVE, "destination_cluster": "compute-z"}])
    assert finished.code != 0
    assert "compute-z" in finished.result("Plan the moves")["msg"]
