# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions of the lab's Azure; answers have the short form, provider metadata the display form (Azure reference 2.1)."""

from __future__ import annotations

REGIONS = {"westeurope": "West Europe", "northeurope": "North Europe", "eastus": "East US", "westus": "West US"}


def short(location: str) -> str:
    return location.replace(" ", "").lower()
