# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: simulators of the outside systems, for tests and rehearsal. See docs/lab.md."""

from __future__ import annotations

from .client import LabControl, LabError
from .lab import Lab
from .rules import Rules

__all__ = ["Lab", "LabControl", "LabError", "Rules"]
