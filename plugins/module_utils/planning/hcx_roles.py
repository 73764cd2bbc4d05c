# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of network profiles: which traffic of the appliances a network takes. (HCX reference 19.2)"""

from __future__ import annotations

MANAGEMENT, UPLINK, VMOTION, REPLICATION = ROLES = ("management", "uplink", "vmotion", "replication")
