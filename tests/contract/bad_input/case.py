# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that must be refused: its options, what was there before, and the one sentence it answers with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from contract.vsphere.tasks import Tasks

from lab import Lab, snapshots

# Words that only somebody who reads the code understands.
PYTHON_WORDS = re.compile(r"Traceback|Errno|\bNone\b|\bTrue\b|\bFalse\b|<class|vim\.|vmodl\.|[{}]|object at 0x|\\n")


@dataclass(frozen=True)
class Case:
    """`sentence` is the whole message. `writes` says that a write must be tried to learn the refusal."""

    name: str
    sentence: str
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Lab], None] = lambda lab: None
    writes: bool = False

    def refused_by(self, module: str, run: Tasks) -> None:
        """Check mode and a real run give the same sentence, and change nothing."""
        self.before(run.lab)
        for check in (False,) if self.writes else (True, False):
            there = snapshots.take(run.lab.shared)
            since = run.mark()
            result = run.attempt(module, check=check, **self.options)
            assert result.get("failed"), result
            assert result["msg"] == self.sentence
            assert result["changed"] is False
            assert not result.get("changes")
            assert snapshots.take(run.lab.shared) == there
            assert self.writes or run.writes(since) == []
            reads_well(result["msg"])


def reads_well(sentence: str) -> None:
    assert "\n" not in sentence
    assert not PYTHON_WORDS.search(sentence), sentence
    assert len(sentence) < 500


def all_of(cases: Iterable[Case]) -> pytest.MarkDecorator:
    listed = list(cases)
    return pytest.mark.parametrize("case", listed, ids=[case.name for case in listed])
