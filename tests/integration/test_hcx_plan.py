# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook hcx-plan on the samples, and the examples of the module, as a person runs them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.playbook import PROJECT, Finished, Playbook

from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_plan

PLAYBOOK = [{"ansible.builtin.import_playbook": "hybridcloud.mobility.hcx_plan"}]


def run(folder: Path, sample: str, **variables: Any) -> Finished:
    play = folder / "play"
    play.mkdir()
    arguments = ["-e", f"@samples/hcx/{sample}.yml", "-e", json.dumps(variables)]
    return Playbook(play, PLAYBOOK).run(*arguments)


@pytest.mark.parametrize(("sample", "appliances"), [("bulk-over-vpn", 2), ("keep-addresses", 4)])
def test_a_sample_is_planned_and_written_in_all_forms(sample: str, appliances: int, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"plan.{ending}" for ending in ("md", "csv", "json")}
    finished = run(tmp_path, sample, hcx_plan_reports=[str(file) for file in files.values()]).succeeded()
    plan = finished.result("Plan the mesh")
    texts = {ending: file.read_text(encoding="utf-8") for ending, file in files.items()}
    assert texts["md"] == plan["markdown"]
    assert texts["csv"] == plan["csv"]
    assert [row["id"] for row in csv.DictReader(texts["csv"].splitlines())] == [row["id"] for row in plan["firewall"]]
    written = json.loads(texts["json"])
    assert written == {key: plan[key] for key in written}
    # The HCX Manager of each site is among them.
    assert [site["total"]["count"] for site in written["appliances"]] == [appliances + 1] * 2
    assert written["fits"] is True


def test_without_reports_nothing_is_written_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "plan.md"
    (tmp_path / "first").mkdir()
    run(tmp_path / "first", "bulk-over-vpn").succeeded()
    assert not target.exists()
    for number, changed in enumerate((True, False)):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        finished = run(folder, "bulk-over-vpn", hcx_plan_reports=[str(target)]).succeeded()
        assert finished.result("Write the reports")["changed"] is changed


def test_a_wrong_variable_is_refused_with_the_name_of_the_option(tmp_path: Path) -> None:
    finished = run(tmp_path, "bulk-over-vpn", hcx_plan_limits={"networks_per_ne": 20})
    assert finished.code != 0
    assert finished.result("Plan the mesh")["msg"] == (
        "limits.networks_per_ne is 20, but must be a whole number from 1 to 8."
    )


def test_a_mesh_is_planned_for_each_host_of_an_inventory(tmp_path: Path) -> None:
    sites = {}
    for sample in ("bulk-over-vpn", "keep-addresses"):
        sites[sample] = yaml.safe_load((PROJECT / f"samples/hcx/{sample}.yml").read_text(encoding="utf-8"))
    reports = ["{{ folder }}/{{ inventory_hostname }}.md"]
    variables = {"hcx_plan_hosts": "sites", "folder": str(tmp_path), "hcx_plan_reports": reports}
    (tmp_path / "play").mkdir()
    Playbook(tmp_path / "play", PLAYBOOK, hosts=sites).run("-e", json.dumps(variables)).succeeded()
    assert "## Firewall of plant-north" in (tmp_path / "bulk-over-vpn.md").read_text(encoding="utf-8")
    assert "## Firewall of plant-south" in (tmp_path / "keep-addresses.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("in_process", [True, False], ids=["in process", "module"])
def test_the_examples_run_as_they_are(in_process: bool, tmp_path: Path) -> None:
    tasks = yaml.safe_load(hcx_plan.EXAMPLES)
    variables = {"hybridcloud_mobility_in_process": in_process}
    play = {"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}
    finished = Playbook(tmp_path, [play]).run().succeeded()
    assert finished.result("Plan bulk migration over a VPN")["cautions"] == []
