# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's work gets to see of the task it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .engine.progress import Progress
from .engine.redact import Redactor
from .run import Run


@dataclass(frozen=True)
class Task:
    """The checked options and the circumstances."""

    params: Mapping[str, Any]
    check: bool
    run: Run
    progress: Progress
    redactor: Redactor
