# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the variables that are written for a site."""

from __future__ import annotations

from typing import Any

REFERENCE = "variable_reference"


def stated(**settings: Any) -> dict[str, Any]:
    """Without what the sheet does not state: an absent setting is one that nobody touches."""
    return {name: value for name, value in settings.items() if value is not None}


def reference(variable: str) -> dict[str, str]:
    """Stands for the value of another variable; the filter ``indented_yaml`` writes it as a reference.

    A template here would be filled in by Ansible while the file is written, and the file would hold the secret.
    """
    return {REFERENCE: variable}
