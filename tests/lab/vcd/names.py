# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifiers: bare UUIDs in hrefs, URNs elsewhere (VCD reference 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from .director import Director

PATHS = {
    "org": "api/org",
    "vdc": "api/vdc",
    "gateway": "api/admin/edgeGateway",
    "network": "api/network",
    "right": "api/admin/right",
    "role": "api/admin/role",
    "user": "api/admin/user",
    "task": "api/task",
    "vapp": "api/vApp/vapp-",
    "vm": "api/vApp/vm-",
    "vdcstorageProfile": "api/vdcStorageProfile",
}


def href(director: Director, kind: str, object_id: str, admin: bool = False) -> str:
    path = PATHS[kind]
    if admin and not path.startswith("api/admin/"):
        path = path.replace("api/", "api/admin/", 1)
    return f"{director.url}/{path}{'' if path.endswith('-') else '/'}{object_id}"


def urn(kind: str, object_id: str) -> str:
    return f"urn:vcloud:{kind}:{object_id}"


def bare(kind: str, text: str) -> str | None:
    """The UUID of a URN of this kind; None for anything else."""
    prefix = f"urn:vcloud:{kind}:"
    return text.removeprefix(prefix) if text.startswith(prefix) and is_uuid(text.removeprefix(prefix)) else None


def last(reference: str) -> str:
    """The UUID at the end of an href or URN."""
    return reference.rstrip("/").rpartition("/")[2].rpartition(":")[2].removeprefix("vapp-").removeprefix("vm-")


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
