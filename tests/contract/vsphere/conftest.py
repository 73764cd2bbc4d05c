# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the vSphere modules, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.tasks import Tasks

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=4) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    running_lab.reset()
    return running_lab


@pytest.fixture
def run(lab: Lab) -> Tasks:
    """Runs a module against the source vCenter."""
    return Tasks(lab)


@pytest.fixture
def run_folder(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All tasks of the test belong to one ansible-playbook run."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def seen(lab: Lab) -> Iterator[Reader]:
    """What the source vCenter shows to somebody else."""
    reader = Reader(lab, lab.source.port)
    yield reader
    reader.close()
