# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the vSphere client calls."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from contract.vsphere.scenes import place
from contract.vsphere.tasks import Tasks, static
from pyVmomi import VmomiSupport

from lab import Lab

PROJECT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (\d[\d., to]*) \| ([SI]) \|$", re.MULTILINE)


def table() -> list[str]:
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    section = text.partition("## vSphere")[2].partition("\n## ")[0]
    rows = [row[0] for row in ROW.findall(section)]
    assert len(rows) == section.count("\n| `")
    return rows


def named_in_code() -> set[str]:
    """Names of wire methods among the attributes and texts of the client's code."""
    names = set()
    for file in (PROJECT / "plugins/module_utils/vsphere").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and is_wire_method(node.attr) and "stub" not in ast.unparse(node.value):
                names.add(node.attr)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_call":
                names.add(ast.literal_eval(node.args[0]))
    return names


def is_wire_method(name: str) -> bool:
    try:
        VmomiSupport.GetWsdlMethod("urn:vim25", name)
    except KeyError:
        return False
    return name[0].isupper()


def everything_once(run: Tasks, lab: Lab) -> set[str]:
    """One task for each thing that the modules can do; the names of all requests."""
    lab.rules = lab.rules.changed(page_size=3)
    place(lab, "vmk1", "pg-replication", "10.13.0.11/22", services=["vSphereReplication"])
    place(lab, "vmk2", "pg-provisioning", "10.12.0.11/22")
    run.stacks({"name": "storage"})
    run.adapters(
        {"network": "std-storage", "stack": "storage", "ipv4": static("10.15.0.11/24")},
        {"device": "vmk1", "mtu": 9000, "services": {"vSphereReplication": False, "vsan": True}},
        {"device": "vmk2", "state": "absent"},
        {"device": "vmk0", "services": {"vSphereReplication": True}},
    )
    run("esxi_vmkping", device="vmk0", pattern="none", gateway=True)
    run("esxi_vmkernel_info")
    return set(run.calls())


def test_the_table_lists_what_is_called(run: Tasks, lab: Lab) -> None:
    rows = table()
    assert len(rows) == len(set(rows))
    assert set(rows) == everything_once(run, lab) | named_in_code()


def test_every_row_is_called_by_some_task(run: Tasks, lab: Lab) -> None:
    assert set(table()) == everything_once(run, lab)
