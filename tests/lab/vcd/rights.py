# SPDX-License-Identifier: GPL-3.0-or-later
"""What both interfaces know of rights: which exist, which go together, who may change what (VCD reference 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..clouds import Role
from . import answers

if TYPE_CHECKING:
    from .director import Director

EDIT_ROLES = "Role: Create, Edit, Delete, or Copy"


def known(director: Director, object_ids: Iterable[str]) -> frozenset[str]:
    """Refused 400 for one that does not exist."""
    wanted = frozenset(object_ids)
    unknown = sorted(wanted - set(director.cloud.rights))
    if unknown:
        raise answers.bad(f"The right {unknown[0]} does not exist.", "INVALID_REFERENCE")
    return wanted


def check_implied(director: Director, wanted: frozenset[str]) -> None:
    """Refused 400 when a right is without one that it implies (4.4)."""
    if director.rules.vcd_missing_implied_rights == "accept":
        return
    rights = director.cloud.rights
    for right in sorted(wanted):
        missing = sorted(set(rights[right].implied) - wanted)
        if missing:
            name, without = rights[right].name, rights[missing[0]].name
            raise answers.bad(f"The right {name} implies the right {without}, which is missing.")


def check_granted(director: Director, organization: str, wanted: frozenset[str]) -> None:
    """Refused 400 for a right in a role of an organization that does not have it (4.1)."""
    if director.rules.vcd_rights_beyond_organization == "accept":
        return
    beyond = sorted(wanted - director.cloud.granted(organization))
    if beyond:
        name = director.cloud.rights[beyond[0]].name
        raise answers.bad(f"The right {name} is not available in the organization.")


def grant(director: Director, organization: str, wanted: frozenset[str]) -> None:
    """These are the rights that an organization has by itself; what bundles give it stays with them."""
    check_implied(director, wanted)
    cloud = director.cloud
    before = cloud.organizations[organization]
    bundled = frozenset().union(*(b.rights for b in cloud.bundles.values() if b.reaches(organization)))
    cloud.organizations[organization] = replace(before, rights=wanted - bundled)


def change_role(director: Director, role: Role) -> None:
    """Refused while the role follows a template, or for rights that it cannot have."""
    before = director.cloud.roles[role.id]
    if before.template is not None:
        text = f"The role {before.name} follows a template and cannot be changed in the organization."
        raise answers.bad(text, "ROLE_IS_READ_ONLY")
    check_implied(director, role.rights)
    check_granted(director, role.organization, role.rights)
    director.cloud.roles[role.id] = role


def need_role_editing(director: Director) -> None:
    if not director.caller.is_provider:
        director.need(EDIT_ROLES)
