# SPDX-License-Identifier: GPL-3.0-or-later
"""HCX's own diagnosis of a service mesh: a task, then results to read. (HCX reference 11)

The calls are seen; the fields of a result are inferred, so every spelling of the same thing is taken, and what HCX said
is handed on whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.plan import Facts
from .client import Hcx
from .meshes import PATH, Mesh

# Words for a check that found nothing. (HCX reference 12, 5.2; others are inferred)
WELL = ("up", "success", "passed", "ok", "healthy")


def diagnose(hcx: Hcx, mesh: Mesh, *, timeout: float, start: bool) -> Facts:
    """The newest diagnosis of a mesh, after a new one where ``start`` says so; ``raw`` is None when there is none.

    It changes nothing in the mesh: HCX only looks.
    """
    if start:
        what = f"the diagnosis of service mesh {mesh.name}"
        turn = f"another task on service mesh {mesh.name} to end"
        answer = hcx.write_in_turn("POST", f"{PATH}/{mesh.mesh_id}/diagnose", what=turn, timeout=timeout)
        hcx.wait_for_task(answer["data"]["interconnectTaskId"], what=what, timeout=timeout)
    found = _newest(hcx, mesh)
    checks = list(_checks(found)) if found else []
    return {
        "service_mesh": mesh.name,
        "created": found.get("creationDate") if found else None,
        "failing": [check for check in checks if check["state"].lower() not in WELL],
        "raw": found,
    }


def _newest(hcx: Hcx, mesh: Mesh) -> Facts | None:
    """A list may only name the diagnoses; then the results are asked for one by one."""
    listed: list[Facts] = hcx.ask(f"{PATH}/{mesh.mesh_id}/diagnostics/query", {})["items"]
    if not listed:
        return None
    newest = max(reversed(listed), key=lambda item: item.get("creationDate") or 0)
    if newest.get("results") is not None:
        return newest
    whole: Facts = hcx.get(f"{PATH}/{mesh.mesh_id}/diagnostics/{newest['id']}")
    return whole


def _checks(diagnosis: Mapping[str, Any]) -> Iterator[Facts]:
    for item in diagnosis.get("results") or []:
        reasons = item.get("reasons") or [item[key] for key in ("message", "errorMessage") if item.get(key)]
        yield {
            "check": str(item.get("name") or item.get("title") or item.get("applianceName") or "unnamed"),
            "state": str(item.get("status") or item.get("state") or "unknown"),
            "reasons": [str(reason) for reason in reasons],
        }
