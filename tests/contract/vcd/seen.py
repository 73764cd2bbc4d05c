# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's clouds hold, read without our client."""

from __future__ import annotations

from contract.vcd.tasks import Tasks

from lab.clouds import Cloud

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
