# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all bad input, as new for each case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.vsphere.tasks import Tasks

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab

pytest.register_assert_rewrite("contract.bad_input.case")


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=3) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    running_lab.reset()
    return running_lab


@pytest.fixture
def run(lab: Lab) -> Tasks:
    return Tasks(lab)
