# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the Cloud Director modules, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.vcd.tasks import Tasks

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import client
from lab import Lab

pytest.register_assert_rewrite("contract.bad_input.case")


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=1) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Tasks of the lab take some hundredths of a second, so they are asked for as often."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(client, "POLLING", Pace(first=0.005, longest=0.05))
    running_lab.reset()
    running_lab.rules = running_lab.rules.changed(vcd_task_queued_ms=2, vcd_task_running_ms=4)
    return running_lab


@pytest.fixture
def old(lab: Lab) -> Tasks:
    """The provider at the Cloud Director of 8.20 with NSX-V."""
    return Tasks(lab, "vcd-v")


@pytest.fixture
def new(lab: Lab) -> Tasks:
    """The provider at the Cloud Director of 10.3 with NSX-T."""
    return Tasks(lab, "vcd-t")


@pytest.fixture(params=["vcd-v", "vcd-t"])
def run(lab: Lab, request: pytest.FixtureRequest) -> Tasks:
    """The provider at both."""
    return Tasks(lab, request.param)


@pytest.fixture
def run_folder(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All tasks of the test belong to one ansible-playbook run."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path
