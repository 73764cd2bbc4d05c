# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the tags of any object to what is wanted, without touching anything else of it. (Azure reference 5)"""

from __future__ import annotations

from .api_versions import TAGS
from .client import Azure
from .names import Tags


def write_tags(azure: Azure, scope: str, actual: Tags, target: Tags) -> None:
    """Merges when nothing has to go, so that a tag which somebody adds at this moment stays."""
    place = f"{scope}/providers/Microsoft.Resources/tags/default"
    if set(actual) <= set(target):
        news = {name: value for name, value in target.items() if actual.get(name) != value}
        azure.write("PATCH", place, TAGS, {"operation": "Merge", "properties": {"tags": news}})
    else:
        azure.write("PATCH", place, TAGS, {"operation": "Replace", "properties": {"tags": target}})
