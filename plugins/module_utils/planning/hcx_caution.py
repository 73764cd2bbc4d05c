# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing to know, or to change, about a plan. (Ansible shows a result's `warnings` itself and takes them away.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caution:
    """`rule` is a stable key; `source` the key of the document behind it. `site` is empty where both are concerned.

    `blocks` says that the mesh cannot be built as planned, or that the services do not get what they need.
    """

    rule: str
    message: str
    reason: str
    source: str
    site: str = ""
    blocks: bool = False
