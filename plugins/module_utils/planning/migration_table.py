# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kinds of traffic a migration causes: the table, and what the vendor's documentation adds to it.

The table and every refinement come from vSphere reference 11.1; `source` names the document by its key there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .carriers import PROVISIONING, VMOTION

COMPUTE, STORAGE, BOTH, SNAPSHOT, CLONE = SCOPES = ("compute", "storage", "both", "snapshot", "clone")


@dataclass(frozen=True)
class Row:
    """One row of the table: the kinds of traffic, in their order, and what each of them moves."""

    name: str
    title: str
    networks: dict[str, str]


ROWS = {
    (COMPUTE, True): Row("1", "compute, powered on", {VMOTION: "memory and running state"}),
    (COMPUTE, False): Row("2", "compute, powered off", {PROVISIONING: "configuration of the VM"}),
    (STORAGE, True): Row("3", "storage, powered on", {PROVISIONING: "disks"}),
    (STORAGE, False): Row("4", "storage, powered off", {PROVISIONING: "disks"}),
    (BOTH, True): Row(
        "5",
        "compute and storage, powered on",
        {VMOTION: "memory and running state", PROVISIONING: "everything else"},
    ),
    (BOTH, False): Row("6", "compute and storage, powered off", {PROVISIONING: "configuration and disks"}),
}
ROW_OF_SCOPE = {
    SNAPSHOT: Row("snapshot", "snapshot", {PROVISIONING: "snapshot data"}),
    CLONE: Row("clone", "clone", {PROVISIONING: "configuration and disks"}),
}


def table_row(scope: str, powered_on: bool) -> Row:
    return ROW_OF_SCOPE[scope] if scope in ROW_OF_SCOPE else ROWS[scope, powered_on]


@dataclass(frozen=True)
class Circumstances:
    """What a refinement depends on; `between_hosts` is false when the VM stays on its host."""

    scope: str
    powered_on: bool
    between_hosts: bool
    other_vcenter: bool
    # Provisioning travels between different subnets.
    provisioning_is_routed: bool
    # Major versions of all hosts that take part; empty when unknown.
    versions: frozenset[int]
    # Some adapter on both sides really has the provisioning service, or is on its stack.
    provisioning_enabled: bool


@dataclass(frozen=True)
class Refinement:
    """What the documentation says beyond the table; `networks` replaces the row's where it is not empty."""

    reason: str
    source: str
    networks: dict[str, str] = field(default_factory=dict)


def refinements(case: Circumstances) -> list[Refinement]:
    found = []
    uses_provisioning = PROVISIONING in table_row(case.scope, case.powered_on).networks
    if case.powered_on and case.scope in (STORAGE, BOTH):
        found.append(_hot_disks(case))
    if case.other_vcenter and case.scope in (STORAGE, BOTH) and not case.powered_on:
        found.append(
            Refinement("Between vCenters without shared storage, disks travel by NFC over provisioning.", "KB419637")
        )
    if uses_provisioning and case.provisioning_is_routed:
        found.append(
            Refinement(
                "Provisioning between different subnets needs the provisioning stack with its own gateway, or static "
                "routes: without a route the source falls back to vmk0, and without a physical path the migration "
                'stops at 23 % with "Cannot connect to host".',
                "KB340170",
            )
        )
    if uses_provisioning and case.between_hosts and case.versions and min(case.versions) >= 8:
        found.append(_unified_data_transport(case))
    return found


def _hot_disks(case: Circumstances) -> Refinement:
    if case.scope == STORAGE and not case.between_hosts:
        return Refinement(
            "A storage move of a running VM that stays on its host uses the host's storage path; only snapshots and "
            "disks not in use may travel over provisioning.",
            "11.1, inferred",
        )
    return Refinement(
        "With the VM powered on, disks in use travel over vMotion (TCP 8000); provisioning (TCP 902) carries only "
        "snapshots and disks that are not in use.",
        "KB340170, NET",
        {VMOTION: "running state and disks in use", PROVISIONING: "snapshots and disks not in use"},
    )


def _unified_data_transport(case: Circumstances) -> Refinement:
    if case.provisioning_enabled:
        return Refinement(
            "All hosts run version 8 or newer and have the provisioning service: Unified Data Transport moves the data "
            "with the vMotion protocol, and NFC stays the control channel.",
            "UDT, KB340170",
        )
    return Refinement(
        "All hosts run version 8 or newer, but not all have the provisioning service on an adapter: without it they "
        "use NFC, at about 1.3 Gbit/s at most, instead of Unified Data Transport.",
        "UDT, KB340170",
    )
