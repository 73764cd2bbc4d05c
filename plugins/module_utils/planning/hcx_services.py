# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of an HCX service mesh under the names that users write, and what they have in common.

Interconnect is not among them: every mesh has it. (HCX reference 11)
"""

from __future__ import annotations

BULK = "bulk_migration"
VMOTION = "vmotion"
RAV = "rav"
COLD = "cold_migration"
DISASTER_RECOVERY = "disaster_recovery"
NETWORK_EXTENSION = "network_extension"
MON = "mon"
WAN_OPTIMIZATION = "wan_optimization"
OS_ASSISTED = "os_assisted_migration"
SRM = "srm"

SERVICES = (
    BULK,
    VMOTION,
    RAV,
    COLD,
    DISASTER_RECOVERY,
    NETWORK_EXTENSION,
    MON,
    WAN_OPTIMIZATION,
    OS_ASSISTED,
    SRM,
)
# What moves or protects VMs through the IX appliance.
MIGRATIONS = (BULK, VMOTION, RAV, COLD, DISASTER_RECOVERY)
# What copies disks with the replication protocol, and what ends in a vMotion. (HCX reference 14.6)
REPLICATING = (BULK, RAV, DISASTER_RECOVERY)
LIVE = (VMOTION, RAV)
# Services whose ports and addresses are in none of the sources. (HCX planning 2)
WITHOUT_PORT_LIST = (OS_ASSISTED, SRM)
