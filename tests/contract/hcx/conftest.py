# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the HCX modules, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.hcx.building import Building
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks
from contract.hcx.vcenter import VCenter

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx import client, service_mesh, site_pairing
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Jobs of the lab take some hundredths of a second, so they are asked for as often."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    for module in (client, service_mesh, site_pairing):
        monkeypatch.setattr(module, "POLLING", Pace(first=0.01, longest=0.05))
    running_lab.reset()
    return running_lab


@pytest.fixture
def run(lab: Lab) -> Tasks:
    """Runs a module against the connector."""
    return Tasks(lab, lab.connector.port)


@pytest.fixture
def run_folder(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All tasks of the test belong to one ansible-playbook run."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def seen(lab: Lab) -> Iterator[Reader]:
    """What the connector shows to somebody else."""
    reader = Reader(lab, lab.connector.port)
    yield reader
    reader.close()


@pytest.fixture
def building(lab: Lab) -> Building:
    """Both sites, with nothing built; the lab's HCX works faster than by default."""
    quick = {"hcx_job_queued_ms": 5, "hcx_job_running_ms": 10, "hcx_task_queued_ms": 5, "hcx_task_step_ms": 10}
    lab.rules = lab.rules.changed(**quick)
    return Building(lab)


@pytest.fixture
def vcenters(lab: Lab) -> Iterator[tuple[VCenter, VCenter]]:
    """The source's and the destination's."""
    found = VCenter(lab, lab.source.port), VCenter(lab, lab.destination.port)
    yield found
    for vcenter in found:
        vcenter.close()
