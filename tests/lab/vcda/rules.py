# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's Availability that no public source settles, as a switch; numbers are VCD reference's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VcdaRules:
    vcda_version: str = "4.7.2"
    """What /diagnostics/about and /sites tell."""
    vcda_session_idle_seconds: int = 1800
    """A session unused for this long on the lab's clock is 401 (10.2)."""
    vcda_extend_user: Literal["vcdUsername", "vcdUser"] = "vcdUsername"
    """The user's field when a session is extended: the documented one, or the community module's (10.2)."""
    vcda_remote_status: int = 403
    """HTTP status of RemoteAuthenticationFailure (10.3)."""
    vcda_state_status: int = 400
    """HTTP status of what the replication's state does not allow (10.8)."""
    vcda_vms_path: Literal["vcenters", "bare", "both"] = "vcenters"
    """Virtual machines of a vCenter below /vcenters/{vcId}/vms, below /{vcId}/vms, or both (10.5)."""
    vcda_policies_paged: bool = False
    """Whether GET /policies is a page or a plain list (10.5)."""
    vcda_unset: Literal["null", "absent"] = "null"
    """`latestInstance`, `lastError`, a task's `error` and `result` while there is none (10.4, 10.7)."""
    vcda_min_rpo: int = 5
    """Minutes, of the default policy (10.5)."""
    vcda_rpo_below_policy: Literal["refuse", "accept"] = "refuse"
    """An RPO below the policy's: BadUserInput, or taken (12, rule 8)."""
    vcda_second_replication: Literal["refuse", "accept"] = "refuse"
    """A second replication of a machine while none of its others is COMPLETE (12, rule 8)."""
    vcda_stored_settings: Literal["ignored", "used"] = "ignored"
    """A cut-over without network settings: no network at all, or those that were put before (10.8)."""
    vcda_existing_vapp: Literal["join", "refuse"] = "join"
    """A machine for a vApp that is there already: into it, or the cut-over fails (10.6)."""
    vcda_refused_cutover: Literal["source_as_before", "source_off"] = "source_as_before"
    """The source machine after a cut-over that the target refused (10.8)."""
    vcda_task_ms: int = 30
    """How long a task of one step takes on the lab's clock."""
    vcda_cutover_step_ms: int = 30
    """How long each step of a cut-over takes: power off, final synchronization, import, power on."""
    vcda_sync_ms: int = 150
    """How long the first synchronization takes at speed 1 (12, rule 8)."""
