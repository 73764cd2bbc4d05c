# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain checkout works as it is: no installation, no environment variable, from both folders people work in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
INVENTORY = PROJECT / "samples/lab/inventory"


def ansible(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible's as a person who has set nothing up."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["site_prep", "new_site", "network_plan", "hcx_plan"])
def test_playbooks_are_found_by_their_full_name(name: str) -> None:
    outcome = ansible(
        "ansible-playbook", f"hybridcloud.mobility.{name}", "-i", str(INVENTORY), "--list-tasks", folder=PROJECT
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "tasks:" in outcome.stdout


@pytest.mark.parametrize("name", ["site-prep.yml", "new-site.yml", "network-plan.yml", "hcx-plan.yml"])
def test_playbooks_run_from_their_own_folder(name: str) -> None:
    outcome = ansible("ansible-playbook", name, "-i", str(INVENTORY), "--list-tasks", folder=PROJECT / "playbooks")
    assert outcome.returncode == 0, outcome.stderr
    assert "tasks:" in outcome.stdout


@pytest.mark.parametrize("folder", [PROJECT, PROJECT / "playbooks"], ids=["checkout", "playbooks"])
def test_the_collection_is_the_checkout_itself(folder: Path) -> None:
    outcome = ansible("ansible-galaxy", "collection", "list", "hybridcloud.mobility", "--format", "json", folder=folder)
    found = json.loads(outcome.stdout)
    assert str(PROJECT / "collections/ansible_collections") in found
