# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the Azure modules, as new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.azure.tasks import Control, Tasks
from tools.azure_descriptions import Exchange, problems

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure import (
    arc_machine_info,
    client,
    resource_provider,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=1) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """What goes on in the lab's Azure takes some hundredths of a second, so it is asked for as often."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    for module in (client, resource_provider, arc_machine_info):
        monkeypatch.setattr(module, "POLLING", Pace(first=0.01, longest=0.05))
    running_lab.reset()
    running_lab.rules = running_lab.rules.changed(azure_retry_after=0)
    return running_lab


@pytest.fixture(autouse=True)
def described(lab: Lab) -> Iterator[None]:
    """Every call of every test, and every answer, fits Microsoft's own descriptions."""
    yield
    found = [one for exchange in lab.simulators["azure"].arm.exchanges for one in problems(Exchange(**vars(exchange)))]
    assert found == []


@pytest.fixture
def run(lab: Lab) -> Tasks:
    """Runs a module as the administrator of the subscription."""
    return Tasks(lab)


@pytest.fixture
def control(lab: Lab) -> Control:
    return Control(lab)
