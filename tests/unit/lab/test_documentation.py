# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/lab.md names every switch with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lab.rules import Rules

PAGE = Path(__file__).parents[3] / "docs" / "lab.md"


@pytest.mark.parametrize("name", [f.name for f in fields(Rules)])
def test_every_rule_is_documented_with_its_default(name: str) -> None:
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    defaults = {
        rule: default.strip()
        for row in rows
        for rule, default in zip(re.findall(r"`(\w+)`", row[1]), row[2].split(","), strict=False)
    }
    value = getattr(Rules(), name)
    shown = "none" if value == () else str(value).lower() if isinstance(value, bool) else str(value)
    assert defaults.get(name) == shown
