# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures that bound an HCX service mesh, each with its source; users override them by name.

They restate the vendor's table of an earlier 4.x release, so they are defaults to compare with, not rules to stop at.
The one figure that HCX itself enforces is `networks_per_ne`. (HCX planning 1)
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .hcx_services import BULK, COLD, DISASTER_RECOVERY, MON, NETWORK_EXTENSION, OS_ASSISTED, RAV, VMOTION
from .sheet_fields import Section

# Beyond any figure the vendor may publish; it only catches slips of the finger.
LARGEST = 1_000_000

AT_MOST, AT_LEAST, RECOMMENDED = "at most", "at least", "recommended at most"


@dataclass(frozen=True)
class Limit:
    """`services` are those that the figure concerns; without any it concerns every mesh.

    `enforced` figures may be lowered but not raised.
    """

    name: str
    figure: int
    what: str
    source: str
    services: tuple[str, ...] = ()
    bound: str = AT_MOST
    enforced: bool = False


EXTENDS = (NETWORK_EXTENSION,)
COPIES = (BULK, RAV)

LIMITS = (
    Limit("networks_per_ne", 8, "Networks per NE appliance", "LLD, SEED1", EXTENDS, enforced=True),
    Limit("ne_per_manager", 100, "NE appliances per HCX Manager", "LLD (128 for 4.x in a designlet)", EXTENDS),
    Limit("destinations_per_network", 3, "Destinations that one network is extended to", "VMC designlet", EXTENDS),
    Limit("site_pairs_per_manager", 25, "Site pairs per source manager", "LLD"),
    Limit("meshes_per_manager", 25, "Service meshes per manager", "LLD"),
    Limit("ix_per_mesh", 1, "IX appliances per mesh and site", "LLD"),
    Limit("wo_per_mesh", 1, "WO appliances per mesh and site", "LLD"),
    Limit("service_appliances", 125, "Service appliances of all types", "LLD"),
    Limit("concurrent_vmotion_or_cold", 1, "Concurrent vMotion or cold migrations per mesh", "LLD", (VMOTION, COLD)),
    Limit("concurrent_copies_per_mesh", 200, "Concurrent bulk and RAV migrations per mesh", "LLD, KB321604", COPIES),
    Limit("concurrent_copies_per_manager", 300, "Concurrent bulk and RAV migrations per manager", "KB321604", COPIES),
    Limit("migration_mbit", 1000, "Throughput of one migration, Mbit/s", "KB321604", COPIES),
    Limit("ix_mbit", 1600, "Throughput of one IX, Mbit/s", "KB321604", COPIES),
    Limit("ne_mbit", 4000, "Throughput of one NE, Mbit/s (4000 to 6000)", "LLD", EXTENDS),
    Limit("os_assisted_disks", 50, "Concurrent disk replications, OS assisted", "LLD", (OS_ASSISTED,)),
    Limit("protected_vms", 500, "VMs under disaster recovery per manager", "LLD", (DISASTER_RECOVERY,)),
    Limit("mon_vms", 400, "VMs with MON (250 up to 4.4)", "KB321640", (MON,)),
    Limit("mon_networks", 100, "Networks with MON", "KB321640", (MON,)),
    Limit("mon_concurrent", 200, "Concurrent MON operations (100 up to 4.4)", "KB321640", (MON,)),
    Limit("bulk_disk_tb", 62, "Size of a VM's disk for bulk migration, TB", "LLD", (BULK,)),
    Limit("vmotion_disk_tb", 30, "Size of a VM's disk for vMotion, TB", "LLD", (VMOTION,)),
    Limit("bulk_hardware_version", 7, "VM hardware version for bulk migration", "LLD", (BULK,), bound=AT_LEAST),
    Limit(
        "live_hardware_version",
        9,
        "VM hardware version for vMotion, RAV and cold migration",
        "LLD",
        (VMOTION, RAV, COLD),
        bound=AT_LEAST,
    ),
    Limit("underlay_mbit", 100, "Bandwidth of the underlay, Mbit/s", "AVS", bound=AT_LEAST),
    Limit("uplink_mtu", 1150, "MTU of the uplink", "AVS, UG", bound=AT_LEAST),
    Limit("uplink_mtu_over_vpn", 1350, "MTU of an uplink over VPN", "AVS, SEED1", bound=RECOMMENDED),
)
BY_NAME = {limit.name: limit for limit in LIMITS}


def read_overrides(section: Section) -> dict[str, int]:
    """The figures that a user replaces; what is unknown or no positive number becomes a problem of the section."""
    found: dict[str, int] = {}
    for name in map(str, section.content):
        limit = BY_NAME.get(name)
        if limit is None:
            near = difflib.get_close_matches(name, BY_NAME, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            section.problem(name, f"is not a known limit; {hint}Allowed: {', '.join(BY_NAME)}")
            continue
        figure = section.integer(name, 1, limit.figure if limit.enforced else LARGEST)
        if figure is not None:
            found[name] = figure
    return found


@dataclass(frozen=True)
class Figures:
    """The limits with a user's overrides."""

    overrides: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.overrides.get(name, BY_NAME[name].figure)

    def compared(self, services: Collection[str], planned: Mapping[str, int]) -> list[dict[str, Any]]:
        """The limits that concern these services, beside what is planned; null where the plan does not decide it."""
        rows = []
        for limit in LIMITS:
            if limit.services and not set(limit.services) & set(services):
                continue
            figure, value = self[limit.name], planned.get(limit.name)
            rows.append(
                {
                    "name": limit.name,
                    "what": limit.what,
                    "bound": limit.bound,
                    "figure": figure,
                    "planned": value,
                    "exceeded": value is not None and (value < figure if limit.bound == AT_LEAST else value > figure),
                    "source": "stated in limits" if limit.name in self.overrides else limit.source,
                }
            )
        return rows
