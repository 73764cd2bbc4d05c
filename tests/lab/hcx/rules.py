# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's HCX that no public source settles, as a switch; numbers are HCX reference sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class HcxRules:
    hcx_version: str = "4.11.0"
    """What the managers and their appliances call themselves."""
    hcx_session_idle_seconds: int = 900
    """A token unused for this long on the lab's clock is refused with 401 (3.1)."""
    hcx_json_accept: Literal["named", "any"] = "named"
    """JSON for an Accept header that names it, or also for */*; everything else is answered in XML (3.1)."""
    hcx_job_queued_ms: int = 20
    hcx_job_running_ms: int = 60
    """How long a job is queued and running on the lab's clock (5.1, 18)."""
    hcx_task_queued_ms: int = 20
    hcx_task_step_ms: int = 40
    """How long an interconnect task is queued, and each of its steps runs (5.2, 18)."""
    hcx_tunnels_ms: int = 40
    """How long after a mesh task's end the tunnels are up (18)."""
    hcx_unpairing_ms: int = 60
    """How long a removed pairing stays in the list (8)."""
    hcx_job_error_in: Literal["errorMessage", "message", "errors", "jobData"] = "errorMessage"
    """Which field of a failed job has the text (5.1, 20.3)."""
    hcx_task_error_in: Literal["message", "errorMessage", "steps"] = "steps"
    """Where a failed task has its text: in one field as well as in its steps, or in the steps only (5.2)."""
    hcx_refusals: Literal["envelope", "status"] = "envelope"
    """A well-formed request on networks or pairings that cannot be done: 200 with the error inside, or 409 (4.2)."""
    hcx_pairing_again: Literal["update", "refuse"] = "update"
    """A second pairing with the same site: its credentials are replaced, or it is refused (8)."""
    hcx_pairing_lists_local: bool = True
    """Whether cloudConfigs has entries that are no outgoing pairings: the site itself and inbound ones (8)."""
    hcx_segment_ids: Literal["path", "moid"] = "path"
    """The id of an NSX segment in the inventory: its policy path, or the port group's id (6)."""
    hcx_ip_usage_keys: tuple[str, ...] = ()
    """Names for the numbers of used and of all addresses in a queryIpUsage answer; none: no such fields (9, 20.4)."""
    hcx_overlapping_ranges: Literal["refuse", "accept"] = "refuse"
    """A network profile whose addresses another profile on the same network already has (9)."""
    hcx_put_without_pool: Literal["new_pool", "refuse"] = "new_pool"
    """A network profile sent back without poolId: a new pool, impossible while addresses are in use, or refused (9)."""
    hcx_missing_services: tuple[str, ...] = ()
    """Services of section 19.1 that this release does not know, as some do not know WANOPT (11)."""
    hcx_required_networks: Literal["by_service", "all"] = "by_service"
    """Which network roles a compute profile needs: those of its services, or all four (10)."""
    hcx_needs_switches: Literal["with_extension", "never"] = "with_extension"
    """Whether a compute profile with NETWORK_EXTENSION needs a switch (10)."""
    hcx_last_task_lags: bool = True
    """Whether lastTaskDetails of a mesh stays at RUNNING when the task has long succeeded (5.2)."""
    hcx_resync_shown: Literal["nowhere", "response"] = "nowhere"
    """Whether the task of generateDiff ends with a list of what a resync would change (11)."""
    hcx_tunnels_per_appliance: int = 8
    """Tunnels of an appliance to its peer (12)."""
    hcx_diagnostics_listed: Literal["names", "whole"] = "names"
    """Whether the query for diagnoses of a mesh has their results, or only says which there are (11)."""
    hcx_machine_summary: Literal["vsphere", "flat", "absent"] = "vsphere"
    """How the inventory's virtual machines tell CPUs and memory: as vSphere's summary, flat, or not at all (7.7)."""
    hcx_guest_role: Literal["guest", "Guest"] = "guest"
    """How the role of networks for OS Assisted Migration is written in answers (19.2)."""
