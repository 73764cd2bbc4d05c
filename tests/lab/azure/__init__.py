# SPDX-License-Identifier: GPL-3.0-or-later
"""Entra ID, Azure Resource Manager, the agent's identity service and package repository (Azure reference)."""
