# SPDX-License-Identifier: GPL-3.0-or-later
"""Which api-versions the lab's Azure takes, newest first (Azure reference 6.1, 12.2)."""

from __future__ import annotations

HYBRID_COMPUTE = (
    "2026-07-15",
    "2026-06-16-preview",
    "2026-06-04-preview",
    "2026-06-01-preview",
    "2026-02-12-preview",
    "2025-02-19-preview",
    "2025-01-13",
    "2024-11-10-preview",
    "2024-09-10-preview",
    "2024-07-31-preview",
    "2024-07-10",
    "2024-05-20-preview",
    "2022-12-27",
    "2022-11-10",
    "2022-03-10",
    "2021-05-20",
    "2020-08-02",
    "2019-12-12",
)
"""As advertised for machines in October 2026; the stable 2025-06-01 is not among them."""
RESOURCES = ("2025-04-01", "2024-03-01", "2022-09-01", "2021-04-01", "2020-06-01")
"""Groups, providers, tags; 2021-04-01 is the described one."""
RESOURCE_GRAPH = ("2024-04-01", "2022-10-01", "2021-03-01")
CONNECTED_VMWARE = (
    "2023-12-01",
    "2023-10-01",
    "2023-03-01-preview",
    "2022-07-15-preview",
    "2022-01-10-preview",
    "2020-10-01-preview",
)


def asynchronous_delete(version: str) -> bool:
    """Deleting a machine is a long-running operation from 2025-01-13 on (6.2)."""
    return version[:10] >= "2025-01-13"
