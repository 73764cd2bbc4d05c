# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the migration modules, as new for each, with a network like the source's in the cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.vcda.tasks import Tasks

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import (
    client,
    migration,
    migration_writes,
    watch,
)
from lab import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Tasks of the lab take some hundredths of a second, so they are asked for as often."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    for module in (client, migration, migration_writes, watch):
        monkeypatch.setattr(module, "POLLING", Pace(first=0.01, longest=0.05))
    running_lab.reset()
    running_lab.rules = running_lab.rules.changed(vcda_task_ms=10, vcda_sync_ms=60, vcda_cutover_step_ms=10)
    return running_lab


@pytest.fixture(params=["t"])
def run(lab: Lab, request: pytest.FixtureRequest) -> Tasks:
    """Runs a module against the Availability of a cloud; cloud-t unless the test names others."""
    return Tasks(lab, request.param)
