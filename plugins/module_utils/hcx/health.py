# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the meshes of an HCX manager, and where to look: the work of ``hcx_health_info``.

There is no health call; it is composed of appliances and alerts. (HCX reference 12, 15)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..connection import Connection
from ..engine.plan import Facts
from ..task import Task
from . import appliances as kinds
from .appliances import Appliance, read_appliances
from .client import API, Hcx
from .diagnosis import diagnose
from .meshes import Mesh, read_meshes

# Rows of the firewall table (HCX planning facts 2) that the tunnels of each kind of appliance need, in the order in
# which they are worth checking.
TUNNEL_ROWS = {kinds.INTERCONNECT: ("S2", "S4"), kinds.NETWORK_EXTENSION: ("S3", "S4")}
TUNNEL_CAUSE = "UDP 4500 is most likely blocked between the uplink addresses of the two sites"
NO_REASON = "HCX gives no reason"
# An alert that somebody has dealt with is no news. (HCX reference 15)
OPEN_STATES = ("CREATED", "VIEWED", "ACKNOWLEDGED")


def read_health(task: Task) -> Facts:
    """``healthy`` means that every mesh has appliances with all tunnels up, and no critical alert is open."""
    with Hcx(Connection.from_params(task.params), task.run, task.redactor, task.progress) as hcx:
        meshes = [mesh for mesh in read_meshes(hcx) if task.params["service_mesh"] in (None, mesh.name)]
        appliances = read_appliances(hcx)
        alerts = [_alert(item) for item in hcx.ask(f"{API}/alerts", {}, action="query")["items"]]
        diagnosed = meshes if task.params["diagnose"] else []
        timeout = task.params["wait_timeout"]
        diagnoses = [diagnose(hcx, mesh, timeout=timeout, start=not task.check) for mesh in diagnosed]
    ours = {mesh.mesh_id for mesh in meshes}
    appliances = [appliance for appliance in appliances if appliance.mesh_id in ours]
    alerts = [alert for alert in alerts if alert["state"] in OPEN_STATES]
    problems = [problem for mesh in meshes for problem in _mesh_problems(mesh, appliances)]
    # HCX also alerts about appliances; what is known of one already needs no second entry.
    told = {problem["object"] for problem in problems}
    problems += [
        {"object": one["check"], "state": f"diagnosis: {one['state']}", "cause": _reasons(one), "firewall_rows": []}
        for diagnosis in diagnoses
        for one in diagnosis["failing"]
        if one["check"] not in told
    ]
    told = {problem["object"] for problem in problems}
    problems += [
        {"object": alert["entity"] or "HCX", "state": "critical alert", "cause": alert["message"], "firewall_rows": []}
        for alert in alerts
        if alert["severity"] == "CRITICAL" and alert["entity"] not in told
    ]
    if task.params["service_mesh"] and not meshes:
        problems.append(
            {"object": task.params["service_mesh"], "state": "missing", "cause": "no such mesh", "firewall_rows": []}
        )
    return {
        "healthy": not problems,
        "problems": problems,
        "appliances": [appliance.facts() for appliance in appliances],
        "alerts": alerts,
        "diagnoses": diagnoses,
    }


def _reasons(check: Facts) -> str:
    return "; ".join(check["reasons"]) or NO_REASON


def _mesh_problems(mesh: Mesh, appliances: Sequence[Appliance]) -> list[Facts]:
    own = [appliance for appliance in appliances if appliance.mesh_id == mesh.mesh_id]
    if not own:
        return [
            {"object": mesh.name, "state": "no appliances", "cause": "deployment has not ended", "firewall_rows": []}
        ]
    ills = [_problem(appliance) for appliance in own if not appliance.healthy]
    gone = mesh.missing(own)
    if gone:
        cause = "somebody has removed an appliance; synchronise the mesh again, which deploys what is missing"
        ills.append({"object": mesh.name, "state": ", ".join(gone), "cause": cause, "firewall_rows": []})
    return ills


def _problem(appliance: Appliance) -> Facts:
    active, total = appliance.tunnels
    tunnels = appliance.type in TUNNEL_ROWS and active < max(total, 1)
    said = "; ".join(appliance.reasons)
    return {
        "object": appliance.name,
        "state": f"{appliance.status}, {active} of {total} tunnels up",
        "cause": "; ".join(text for text in (said, TUNNEL_CAUSE if tunnels else "") if text) or NO_REASON,
        "firewall_rows": list(TUNNEL_ROWS[appliance.type]) if tunnels else [],
    }


def _alert(item: Mapping[str, Any]) -> Facts:
    entity: Mapping[str, Any] = item.get("entity") or {}
    return {
        "severity": str(item.get("severity") or "").upper(),
        "state": str(item.get("state") or "").upper(),
        "message": item.get("message") or "",
        "entity": entity.get("name") or "",
        "created": item.get("creation_date"),
    }
