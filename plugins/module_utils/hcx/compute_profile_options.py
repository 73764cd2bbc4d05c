# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of a compute profile: the options of ``hcx_compute_profile``, checked before the first call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import refuse_if

INTERCONNECT = "INTERCONNECT"
NETWORK_EXTENSION = "NETWORK_EXTENSION"
# Services that move memory and disks of a VM, and the network each of them needs. (HCX reference 10)
NEEDS_VMOTION = ("VMOTION", "RAV")
NEEDS_REPLICATION = ("BULK_MIGRATION", "RAV", "DISASTER_RECOVERY")
# PowerCLI has the last one; how the API spells it is inferred. (HCX reference 19.2)
ROLES = ("management", "uplink", "vmotion", "replication", "guest")


@dataclass(frozen=True)
class WantedComputeProfile:
    """Names as the user wrote them. None means: leave that setting alone.

    ``networks`` holds the names of network profiles by role; reservations are in percent.
    """

    name: str
    absent: bool
    datacenter: str | None
    services: tuple[str, ...] | None
    service_clusters: tuple[str, ...] | None
    deployment_clusters: tuple[str, ...] | None
    resource_pool: str | None
    datastores: tuple[str, ...] | None
    folder: str | None
    cpu_reservation: int | None
    memory_reservation: int | None
    networks: Mapping[str, tuple[str, ...]]
    switches: tuple[str, ...] | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WantedComputeProfile:
        networks = {role: tuple(names) for role, names in (params["networks"] or {}).items() if names is not None}
        wanted = cls(
            name=params["name"],
            absent=params["state"] == "absent",
            datacenter=params["datacenter"],
            services=_names(params["services"]),
            service_clusters=_names(params["service_clusters"]),
            deployment_clusters=_names(params["deployment_clusters"]),
            resource_pool=params["resource_pool"],
            datastores=_names(params["datastores"]),
            folder=params["folder"],
            cpu_reservation=params["cpu_reservation"],
            memory_reservation=params["memory_reservation"],
            networks=networks,
            switches=_names(params["switches"]),
        )
        refuse_if(_problems(wanted))
        return wanted


def _names(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(set(names)))


def _problems(wanted: WantedComputeProfile) -> list[str]:
    problems = []
    for option in ("cpu_reservation", "memory_reservation"):
        value = getattr(wanted, option)
        if value is not None and not 0 <= value <= 100:
            problems.append(f"{option} {value} is outside 0 to 100 percent")
    lists = ("services", "service_clusters", "deployment_clusters", "datastores")
    empty = [option for option in lists if getattr(wanted, option) == ()]
    empty += [f"networks.{role}" for role, names in wanted.networks.items() if not names]
    problems += [f"{option} is empty; name at least one, or leave the option out" for option in empty]
    if wanted.services is not None and INTERCONNECT not in wanted.services:
        problems.append(f"services lacks {INTERCONNECT}, which every service mesh needs")
    return problems


def missing_networks(services: tuple[str, ...], roles: set[str]) -> list[str]:
    """Roles without a network profile that these services cannot do without; an uplink falls back to management."""
    missing = [] if "management" in roles else ["management"]
    if "vmotion" not in roles and set(services) & set(NEEDS_VMOTION):
        missing.append("vmotion")
    if "replication" not in roles and set(services) & set(NEEDS_REPLICATION):
        missing.append("replication")
    return missing
