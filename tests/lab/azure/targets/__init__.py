# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH hosts on loopback, each a whole system of its own on top of this one, from which the lab's Azure is reached."""

from __future__ import annotations

from .hosts import Target, Targets, missing

__all__ = ["Target", "Targets", "missing"]
