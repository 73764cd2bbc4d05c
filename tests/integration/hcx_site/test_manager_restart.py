# SPDX-License-Identifier: GPL-3.0-or-later
"""The HCX manager restarts while ansible-playbook waits for the service mesh that it deploys."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from integration.hcx_site.test_scenarios import PASSWORD, changes, environment, kinds
from integration.playbook import PROJECT, Playbook

from lab import Lab, LabControl

INVENTORY = ("-i", str(PROJECT / "samples/lab/inventory-bulk-over-vpn"), "--limit", "!localhost", "--tags", "hcx")
CREATE = "POST /hybridity/api/interconnect/serviceMesh"
TASKS = "GET /hybridity/api/interconnect/tasks/"
PATIENCE = 60


def until_polled(lab: Lab) -> None:
    """Wait until the run has asked for the task that deploys the mesh."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        names = [entry.name for entry in lab.requests("hcx/connector")]
        if CREATE in names and any(name.startswith(TASKS) for name in names[names.index(CREATE) :]):
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a mesh")


def until_up(control: LabControl) -> None:
    while control.managers()["connector"]["availability"] != "up":
        time.sleep(0.02)


def test_a_manager_that_restarts_is_waited_for_and_one_mesh_results(tmp_path: Path) -> None:
    with Lab.start(hosts=1) as lab:
        lab.shared.users[lab.username] = PASSWORD
        lab.rules = lab.rules.changed(hcx_task_step_ms=900)
        control = LabControl(lab.control_url, lab.ca_path)
        play = {"import_playbook": str(PROJECT / "playbooks/site-prep.yml")}
        site_prep = Playbook(tmp_path, [play], environment=environment(lab))
        process = site_prep.start(*INVENTORY)
        until_polled(lab)
        # First nobody is there, then somebody who is not ready yet.
        control.set_manager("connector", availability="down", seconds=1.0)
        until_up(control)
        control.set_manager("connector", availability="starting", seconds=2.5)
        done = site_prep.finish(process).succeeded()

        log = lab.requests("hcx/connector")
        assert 503 in [entry.status for entry in log]
        assert [entry.name for entry in log].count(CREATE) == 1
        assert len(changes(done)) > 0
        assert kinds(lab, lab.source.port) == kinds(lab, lab.destination.port) == Counter(["IX", "WO"])
        assert changes(site_prep.run(*INVENTORY).succeeded()) == []
