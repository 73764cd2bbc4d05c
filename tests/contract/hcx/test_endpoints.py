# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the HCX client calls."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from contract.hcx.building import MESH, SERVICES, Building
from contract.hcx.tasks import span

from ansible_collections.hybridcloud.mobility.plugins.module_utils.hcx import client
from lab import Lab, LabControl

PROJECT = Path(__file__).parents[3]
PACKAGE = client.__name__.rpartition(".")[0]
MODULES = {path.stem for path in (PROJECT / "plugins/modules").glob("hcx_*.py")}
ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \| ([^|]+) \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
NAMED = re.compile(r"{[^}]*}")
ROOTS = ("/hybridity/api/", "/admin/hybridity/api/", "/components/", "/api/admin/")


def rows() -> dict[str, str]:
    """The calls, with {} for what varies in their paths, and who makes them."""
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    sections = "".join(part for part in text.split("\n## ") if part.startswith("HCX"))
    found = [(NAMED.sub("{}", row[0]), row[1]) for row in ROW.findall(sections)]
    assert len(found) == sections.count("\n| `") == len(dict(found))
    return dict(found)


def paths_in_code() -> Iterator[str]:
    """Every path that is written down in the client, with {} for what varies."""
    for file in sorted((PROJECT / "plugins/module_utils/hcx").glob("*.py")):
        module = importlib.import_module(f"{PACKAGE}.{file.stem}")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = written(node, module)
            if text.startswith(ROOTS):
                yield text


def written(node: ast.AST, module: ModuleType) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        constant = getattr(module, node.value.id, None) if isinstance(node.value, ast.Name) else None
        return constant if isinstance(constant, str) else "{}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def everything_once(lab: Lab, building: Building) -> set[str]:
    """One task for each thing that the modules can do; all requests, with {} for what varies in their paths."""
    run = building.local
    pool = {"name": "np-uplink", "ranges": [span("10.13.3.10-10.13.3.29")]}
    building.everything()
    run.profiles(pool)
    building.compute_profile(folder="Appliances")
    building.mesh(resync=True)
    building.mesh(services=[*SERVICES[:2], *SERVICES[3:]], remote_uplinks=["np-uplink"])
    run("hcx_info", admin_port=lab.connector.admin_port, admin_password=lab.password)
    run("hcx_health_info", diagnose=True)
    LabControl(lab.control_url, lab.ca_path).disturb_tunnels("down", "No answer from the peer.", f"{MESH}-IX-I1")
    run.failing("hcx_service_mesh", name=MESH, redeploy_unhealthy=True, wait_timeout=1)
    building.mesh(state="absent", force_delete=True)
    building.compute_profile(state="absent")
    run.profiles({"name": "np-uplink", "state": "absent"})
    run.pair(state="absent")
    requests = [one for part in ("connector", "connector-admin", "cloud") for one in lab.requests(f"hcx/{part}")]
    return {NAMED.sub("{}", request.name) for request in requests}


def equal(listed: set[str], found: set[str]) -> None:
    """Both hold the same calls, where {} of what was found stands for any part of a path."""
    patterns = {name: re.compile(re.escape(name).replace(r"\{\}", r"[^/]+")) for name in found}
    assert {name for name in listed if not any(pattern.fullmatch(name) for pattern in patterns.values())} == set()
    assert {name for name, pattern in patterns.items() if not any(map(pattern.fullmatch, listed))} == set()


def test_the_table_lists_the_paths_of_the_code() -> None:
    equal({call.partition(" ")[2].partition("?")[0] for call in rows()}, set(paths_in_code()))


def test_every_row_is_called_by_some_task_and_nothing_else_is(lab: Lab, building: Building) -> None:
    equal(set(rows()), everything_once(lab, building))


def test_the_table_names_modules_that_there_are() -> None:
    named = {name for users in rows().values() for name in re.findall(r"`(hcx_\w+)`", users)}
    assert named - {"hcx_"} <= MODULES
