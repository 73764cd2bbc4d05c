# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything an HCX manager knows of its sites, profiles, meshes and appliances: the work of ``hcx_info``."""

from __future__ import annotations

from dataclasses import asdict

from ..connection import Connection
from ..engine.plan import Facts
from ..task import Task
from .appliances import read_appliances
from .client import Hcx
from .compute_profile import known_compute_profiles
from .inventory import Inventory
from .machines import read_sizes
from .meshes import read_meshes
from .network_profile import known_profiles
from .site_pairing import read_pairings


def read_site(task: Task) -> Facts:
    """One call for each kind of object, and one for each site with appliances.

    In check mode profiles are as earlier tasks of the run would have left them.
    """
    with Hcx(Connection.from_params(task.params), task.run, task.redactor, task.progress) as hcx:
        inventory = Inventory(hcx)
        profiles = [{**one.facts(), "id": one.object_id} for one in known_profiles(hcx, task)]
        computes = [
            {"name": one.name, "id": one.profile_id, **one.facts()} for one in known_compute_profiles(hcx, task)
        ]
        appliances = read_appliances(hcx)
        sizes = read_sizes(hcx, appliances)
        meshes = [{"name": one.name, "id": one.mesh_id, **one.facts()} for one in read_meshes(hcx)]
        return {
            "site": {"endpoint_id": inventory.endpoint_id, "name": inventory.name},
            "pairings": [one.facts() for one in read_pairings(hcx)],
            "network_profiles": sorted(profiles, key=lambda one: str(one["name"])),
            "compute_profiles": sorted(computes, key=lambda one: str(one["name"])),
            "service_meshes": sorted(meshes, key=lambda one: str(one["name"])),
            "appliances": [{**one.facts(), **asdict(sizes[one.appliance_id])} for one in appliances],
        }
