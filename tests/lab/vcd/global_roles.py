# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of organizations follow the global roles that are published to them (VCD reference 4.1)."""

from __future__ import annotations

from dataclasses import replace

from ..clouds import SYSTEM, Cloud, Role, new_id
from . import answers


def follow(cloud: Cloud) -> None:
    """Every organization has the roles published to it, by their present names, and no others that are inherited."""
    wanted = {
        (g.id, o.id): g
        for g in cloud.global_roles.values()
        for o in cloud.organizations.values()
        if o.name != SYSTEM and g.reaches(o.id)
    }
    for role in list(cloud.roles.values()):
        if role.template is None:
            continue
        template = wanted.pop((role.template, role.organization), None)
        if template is None:
            del cloud.roles[role.id]
        else:
            cloud.roles[role.id] = replace(role, name=template.name, description=template.description)
    for (template_id, organization), template in wanted.items():
        made = Role(new_id(), template.name, organization, template.description, template=template_id)
        cloud.roles[made.id] = made


def check_unused(cloud: Cloud, global_role: str, organizations: set[str]) -> None:
    """Refused 400 when users of these organizations have a role that follows it."""
    roles = {r.id for r in cloud.roles.values() if r.template == global_role and r.organization in organizations}
    if any(u.role in roles for u in cloud.users.values()):
        raise answers.bad(f"Users have the role {cloud.global_roles[global_role].name}.", "OBJECT_IN_USE")
