# SPDX-License-Identifier: GPL-3.0-or-later
"""The one on-premises site that both clouds are paired with."""

from __future__ import annotations

ON_PREMISES = "company-dc1"
VCENTER = "source"
"""Name of its vCenter in the world."""
