# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the code for the on-premises end calls."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from contract.extender import world
from contract.extender.tasks import Tasks
from pyVmomi import VmomiSupport

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from lab import Lab

PROJECT = Path(__file__).parents[3]
UTILS = http_session.__name__.rpartition(".")[0]
ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \| [^|]+ \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
OPERATION = re.compile(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
NAMED = re.compile(r"{[^}]*}")
APPLIANCES, EDGE, EXTENDER = "## vCenter: appliances", "## NSX Autonomous Edge", "## vCloud Director Extender"


def section(title: str) -> str:
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    return text.partition(title)[2].partition("\n## ")[0]


def calls(title: str) -> set[str]:
    """With {} for what varies in their paths."""
    return {NAMED.sub("{}", row[0]) for row in ROW.findall(section(title))}


def operations() -> set[str]:
    return {row[0] for row in OPERATION.findall(section(APPLIANCES))}


def paths(package: str, *roots: str) -> set[str]:
    """Every path that is written down in a package, with {} for what varies."""
    return {text for text in _written(package) if text.startswith(roots)}


def _written(package: str) -> Iterator[str]:
    for file in sorted((PROJECT / "plugins/module_utils" / package).glob("*.py")):
        module = importlib.import_module(f"{UTILS}.{package.replace('/', '.')}.{file.stem}")
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        yield from (_text(node, module) for node in nodes if id(node) not in parts)


def _text(node: ast.AST, module: ModuleType) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        constant = getattr(module, node.value.id, None) if isinstance(node.value, ast.Name) else None
        return constant if isinstance(constant, str) else "{}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def listed_paths(title: str) -> set[str]:
    return {call.partition(" ")[2].partition("?")[0] for call in calls(title)}


def is_wire_method(name: str) -> bool:
    try:
        VmomiSupport.GetWsdlMethod("urn:vim25", name)
    except KeyError:
        return False
    return name[0].isupper()


def test_every_row_is_read() -> None:
    rows = section(APPLIANCES) + section(EDGE) + section(EXTENDER)
    assert rows.count("\n| `") == len(calls(APPLIANCES) | calls(EDGE) | calls(EXTENDER)) + len(operations())


def test_the_tables_list_the_paths_of_the_code() -> None:
    assert listed_paths(APPLIANCES) == paths("vsphere/appliances", "/api/")
    assert listed_paths(EDGE) == paths("autonomous_edge", "/api/")
    assert listed_paths(EXTENDER) == paths("extender", "/mobility/")


def test_the_table_lists_the_operations_of_the_code() -> None:
    named = {
        node.attr
        for file in (PROJECT / "plugins/module_utils/vsphere/appliances").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and is_wire_method(node.attr)
    }
    assert operations() == named


def test_every_row_is_called_by_some_task_and_nothing_else_is(run: Tasks, lab: Lab) -> None:
    """Of Extender there is no simulator; the tests of its backend name every call."""
    run.build("nsx_t")
    run("extender_dc_extension", **run.extension_t())
    world.change_trunk(lab, promiscuous=False)
    run("extender_dc_extension", **run.extension_t())
    run.l2vpn_tunnel(description="moved to another rack")
    run("extender_l2_appliance", **run.autonomous())
    run("extender_l2_appliance", **run.autonomous(state="absent", remove_port_group=True))
    edge = {NAMED.sub("{}", request.name) for request in lab.requests("autonomous_edge")}
    assert edge == calls(EDGE)
    vcenter = {NAMED.sub("{}", request.name) for request in lab.requests("vcenter/source")}
    assert {name for name in vcenter if " " in name} == calls(APPLIANCES)
    assert {name for name in vcenter if name.endswith("_Task")} == operations()
