# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's Azure that no public source settles, as a switch; numbers are reference sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AzureRules:
    azure_token_seconds: int = 3599
    """Life of a token on the lab's clock (1.2)."""
    azure_old_expires_in: Literal["text", "number"] = "text"
    """How the older token endpoint writes expires_in (1.2)."""
    azure_hidden_subscription: Literal["forbidden", "not_found"] = "forbidden"
    """A subscription in which the identity has no role at all: 403 or 404 (3)."""
    azure_registering_polls: int = 2
    azure_registering_ms: int = 40
    """A provider is Registered after this many reads, and this time on the lab's clock (4)."""
    azure_patch_tags: Literal["replace", "merge"] = "replace"
    """`tags` in a PATCH of a group, machine or other resource (5, 6.3)."""
    azure_group_deleting_ms: int = 60
    """How long a resource group is Deleting (5)."""
    azure_creating_ms: int = 20
    """How long a machine stays Creating after its PUT (6.2)."""
    azure_more_api_versions: tuple[str, ...] = ()
    """Versions that HybridCompute takes beside those it was seen to advertise, such as 2025-06-01 (6.1)."""
    azure_before_heartbeat: Literal["absent", "named"] = "absent"
    """`status` before the first heartbeat: left out, or AwaitingConnection from api-version 2026-07-15 on (6.4)."""
    azure_first_heartbeat_ms: int = 30
    """How long after its first heartbeat a machine is shown as Connected (6.4)."""
    azure_disconnected_minutes: int = 20
    """Without a heartbeat for this long, a machine is Disconnected; seen: 15 to 30 (6.4)."""
    azure_expired_days: int = 60
    """Without a heartbeat for this long, a machine is Expired; seen: 45 to 90 (6.4)."""
    azure_other_vm_id: Literal["refuse", "keep"] = "refuse"
    """A PUT with another vmId on an existing machine: 409, or the old vmId stays (6.3)."""
    azure_flat_errors: bool = True
    """HCRP400 without the `error` wrapper (2.3)."""
    azure_system_data: bool = True
    """Whether answers have systemData (2.7)."""
    azure_operation_ms: int = 60
    """How long a long-running operation takes on the lab's clock (2.4)."""
    azure_retry_after: int = 1
    """Retry-After of long-running operations in seconds; 0: no such header (2.4)."""
    azure_extension_disconnected: Literal["waits", "fails"] = "waits"
    """An extension operation on a machine that is not connected (6.5)."""
    azure_scope_put: Literal["seen", "documented"] = "seen"
    """A new private link scope: 200, or 201 (7.1)."""
    azure_page_size: int = 100
    """Entries of a list before nextLink (2.6)."""
    azure_graph_page_size: int = 1000
    """The most rows of a Resource Graph answer (11)."""
    azure_graph_lag_ms: int = 200
    """How long Resource Graph does not show a new resource (11)."""
