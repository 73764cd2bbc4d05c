# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's clouds hold, read without our client."""

from __future__ import annotations

from dataclasses import replace

from contract.vcd.tasks import Tasks

from lab.clouds import Cloud
from lab.default_clouds import ORGANIZATION_ADMINISTRATOR, PROCEDURE

CLOUDS = {"vcd-v": "cloud-v", "vcd-t": "cloud-t"}


def cloud(run: Tasks) -> Cloud:
    return run.lab.world.clouds[CLOUDS[run.name]]


def granted(run: Tasks, organization: str = "acme") -> set[str]:
    """Names of the rights that an organization has."""
    found = cloud(run)
    return {found.rights[one].name for one in found.granted(found.organization(organization).id)}


def effective(run: Tasks, user: str = "orgadmin", organization: str = "acme") -> set[str]:
    """Names of the rights that a user can use: those of the role that the organization has, too."""
    found = cloud(run)
    person = found.user(user, organization)
    assert person is not None
    return set(found.effective(person))


def give_rights(run: Tasks) -> None:
    """The rights of the procedure to acme and its administrators, without our module."""
    found, procedure = cloud(run), frozenset(PROCEDURE.values())
    acme = found.organization("acme")
    found.organizations[acme.id] = replace(acme, rights=acme.rights | procedure)
    role = next(one for one in found.global_roles.values() if one.name == ORGANIZATION_ADMINISTRATOR)
    found.global_roles[role.id] = replace(role, rights=role.rights | procedure)
