# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about sites, their pairing, jobs, health and tasks: the work of ``vcda_info``. (VCD reference 10.5, 10.7)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..connection import Connection
from ..engine.errors import InvalidInput
from ..engine.plan import Facts
from ..task import Task
from .answers import words
from .client import Json, Vcda
from .inventory import source_site
from .network_settings import cards_of
from .replications import NO_CUTOVER, VM, Replication, histories, moment, read_replications

AT_ONCE = 8

# What the caller may ask for, each with its read.
Gather = Callable[[Vcda, Mapping[str, Any]], Any]


def read_info(task: Task) -> Facts:
    """The parts that were asked for; see the module's RETURN."""
    params = task.params
    if bool(params["source_username"]) != bool(params["source_password"]):
        raise InvalidInput("source_username and source_password are a login together; give both or none")
    with Vcda(Connection.from_params(params), task.run, task.redactor, task.progress) as vcda:
        if params["source_username"]:
            vcda.extend(source_site(vcda, params["source_site"]), params["source_username"], params["source_password"])
        return {"api_version": vcda.version, **{part: PARTS[part](vcda, params) for part in params["gather"]}}


def _product(vcda: Vcda, _params: Mapping[str, Any]) -> Facts:
    about = vcda.get("/diagnostics/about")
    return {
        "service": about.get("serviceType"),
        "product": about.get("productName"),
        "build": about.get("buildVersion"),
    }


def _sites(vcda: Vcda, params: Mapping[str, Any]) -> list[Facts]:
    """Cloud sites and on-premises sites, each with how the pairing with it is.

    The vCenters of a site are shown to those who are logged in to it alone.
    """
    clouds = [_site("cloud", entry) for entry in vcda.items("/sites")]
    premises = []
    for entry in vcda.items("/vc-sites"):
        site = _site("on_premises", entry)
        known = params["source_username"] and params["source_site"] in (None, site["name"])
        listed = vcda.items(f"/vc-sites/{site['name']}/vcenters") if known else None
        premises.append({**site, "vcenters": None if listed is None else [str(one["vcId"]) for one in listed]})
    return [*clouds, *premises]


def _site(kind: str, entry: Json) -> Facts:
    """A pairing has two directions, and each may have its own trouble."""
    state = entry.get("state") or {}
    errors = [words(state[way]) for way in ("incomingCommError", "outgoingCommError") if state.get(way)]
    return {
        "name": entry.get("site"),
        "kind": kind,
        "local": bool(entry.get("isLocal")),
        "description": entry.get("description"),
        "version": entry.get("buildVersion") or entry.get("apiVersion"),
        "paired": not errors,
        "errors": errors,
    }


def _jobs(vcda: Vcda, params: Mapping[str, Any]) -> list[Facts]:
    """Migrations, with the times of those that have been cut over."""
    listed = [one for one in _replications(vcda, params) if one.is_migration]
    times = histories(vcda, [one for one in listed if one.state == "completed"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        cards = pool.map(lambda one: _cards(vcda, one) if params["networks"] else None, listed)
        return [
            {**one.facts(), "networks": shown, **times.get(one.id, NO_CUTOVER)}
            for one, shown in zip(listed, cards, strict=True)
        ]


def _cards(vcda: Vcda, one: Replication) -> list[Facts]:
    """There is no bulk form of this read. (VCD reference 10.8)"""
    stored = (vcda.get(f"/{VM}/{one.id}/network-settings") or {}).get("failoverSettings") or {}
    return [card.facts() for card in cards_of(stored.get("vmNetworkSettings"))]


def _replications(vcda: Vcda, params: Mapping[str, Any]) -> list[Replication]:
    """Those of the wanted machines, by name."""
    wanted = params["vms"]
    found = [one for one in read_replications(vcda) if wanted is None or {one.vm_name, one.vm_id} & set(wanted)]
    return sorted(found, key=lambda one: (one.vm_name, one.id))


def _health(vcda: Vcda, params: Mapping[str, Any]) -> Facts:
    """What is wrong, as sentences."""
    sites = _sites(vcda, params)
    pairs = [f"site {site['name']}: {error}" for site in sites for error in site["errors"]]
    troubles = []
    for one in _replications(vcda, params):
        if one.state != "completed":
            behind = one.behind()
            troubles += [f"{one.vm_name}: {one.trouble()}"] if one.state == "error" else []
            troubles += [behind] if behind else []
    return {"healthy": not pairs and not troubles, "problems": [*pairs, *troubles]}


def _tasks(vcda: Vcda, params: Mapping[str, Any]) -> list[Facts]:
    state = params["task_state"]
    found = vcda.items("/tasks", **({"state": state.upper()} if state else {}))
    return [
        {
            "id": task.get("id"),
            "state": str(task.get("state", "")).lower(),
            "progress": task.get("progress"),
            "replication": (task.get("workflowInfo") or {}).get("resourceId"),
            "user": task.get("user"),
            "start": moment(task.get("startTime")),
            "end": moment(task.get("endTime")),
            "error": words(task["error"]) if task.get("error") else None,
        }
        for task in found
    ]


PARTS: Mapping[str, Gather] = {
    "product": _product,
    "sites": _sites,
    "jobs": _jobs,
    "health": _health,
    "tasks": _tasks,
}
