# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the on-premises end, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.extender.tasks import Tasks

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender import extension
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import client
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.appliances import content_library, machines
from lab import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of the lab take some hundredths of a second, so they are asked for as often."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    quick = Pace(first=0.01, longest=0.05)
    for module in (client, machines, extension):
        monkeypatch.setattr(module, "POLLING", quick)
    monkeypatch.setattr(content_library, "ATTEMPTS", quick)


@pytest.fixture
def lab(running_lab: Lab, impatient: None) -> Lab:
    running_lab.reset()
    return running_lab


@pytest.fixture
def run(lab: Lab) -> Tasks:
    return Tasks(lab)


@pytest.fixture
def run_folder(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All tasks of the test belong to one ansible-playbook run."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path
