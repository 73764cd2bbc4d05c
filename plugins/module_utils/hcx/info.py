# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything an HCX manager knows of its sites, profiles, meshes and appliances: the work of ``hcx_info``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ..connection import Connection
from ..engine.plan import Facts
from ..task import Task
from .appliance_api import COMPONENTS, ApplianceApi
from .appliances import read_appliances
from .client import Hcx
from .compute_profile import known_compute_profiles
from .inventory import Inventory
from .machines import read_sizes
from .meshes import read_meshes
from .network_profile import known_profiles
from .site_pairing import read_pairings

# Seconds that this port may take to answer. (HCX reference 3.1)
APPLIANCE_TIMEOUT = 300


def read_site(task: Task) -> Facts:
    """One call for each kind of object, and one for each site with appliances.

    In check mode profiles are as earlier tasks of the run would have left them.
    """
    connection = Connection.from_params(task.params)
    manager = _manager(connection, task.params) if task.params["admin_password"] else None
    with Hcx(connection, task.run, task.redactor, task.progress) as hcx:
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
            "manager": manager,
            "pairings": [one.facts() for one in read_pairings(hcx)],
            "network_profiles": sorted(profiles, key=lambda one: str(one["name"])),
            "compute_profiles": sorted(computes, key=lambda one: str(one["name"])),
            "service_meshes": sorted(meshes, key=lambda one: str(one["name"])),
            "appliances": [{**one.facts(), **asdict(sizes[one.appliance_id])} for one in appliances],
        }


def _manager(connection: Connection, params: Mapping[str, Any]) -> Facts:
    """What the manager itself is made of. Read first: it tells why the rest may not answer."""
    admin = replace(
        connection,
        port=params["admin_port"],
        username=params["admin_username"],
        password=params["admin_password"],
        timeout=max(connection.timeout, APPLIANCE_TIMEOUT),
    )
    with ApplianceApi(admin) as appliance:
        vcenters, nsx = appliance.section("vcenter"), appliance.section("nsx")
        lookup, activation = appliance.section("lookupservice"), appliance.section("hcx")
        return {
            "components": {name: appliance.component(name) for name in COMPONENTS},
            "vcenters": [_registered(config) for config in vcenters],
            "nsx_managers": [_registered(config) for config in nsx],
            "lookup_services": [config.get("lookupServiceUrl") for config in lookup],
            "activated_at": [config.get("url") for config in activation],
        }


def _registered(config: Mapping[str, Any]) -> Facts:
    return {
        "url": config.get("url"),
        "username": config.get("userName"),
        "name": config.get("name"),
        "version": config.get("version"),
    }
