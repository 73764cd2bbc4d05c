# SPDX-License-Identifier: GPL-3.0-or-later
"""The api-version that each kind of resource is asked with, and the one instead where it is unknown.
(Azure reference 6.1)"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

STABLE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Api:
    """A kind of resource and the version that this collection is tested with."""

    namespace: str
    kind: str
    version: str


SUBSCRIPTIONS = Api("Microsoft.Resources", "subscriptions", "2022-12-01")
PROVIDERS = Api("Microsoft.Resources", "providers", "2021-04-01")
RESOURCE_GROUPS = Api("Microsoft.Resources", "resourceGroups", "2021-04-01")
TAGS = Api("Microsoft.Resources", "tags", "2021-04-01")
MACHINES = Api("Microsoft.HybridCompute", "machines", "2025-01-13")
SETTINGS = Api("Microsoft.HybridCompute", "settings", "2025-01-13")
RESOURCE_GRAPH = Api("Microsoft.ResourceGraph", "resources", "2022-10-01")


def fallback(tested: str, offered: Iterable[str]) -> str | None:
    """The newest stable version that is offered and not newer than the tested one; None when there is none."""
    stable = [name for name in offered if STABLE.fullmatch(name) and name < tested]
    return max(stable, default=None)
