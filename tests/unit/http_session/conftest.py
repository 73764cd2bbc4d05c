# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from unit.http_session.scripted_server import ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session


class Time:
    """Passes only while somebody waits for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The waiting of the HTTP session, without anybody having to wait."""
    fake = Time()
    monkeypatch.setattr(http_session, "wait_for", partial(http_session.wait_for, clock=fake.clock, sleep=fake.sleep))
    return fake
