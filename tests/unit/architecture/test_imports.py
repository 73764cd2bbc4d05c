# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go downwards only: modules, then the resources of one system, then its client and the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.architecture.source_tree import PACKAGE, PROJECT, imported_names, is_within, python_files

PLUGINS = f"{PACKAGE}.plugins"
UTILS = f"{PLUGINS}.module_utils"
# Packages of module_utils that know no outside system; every other package is one outside system.
KNOWS_NO_SYSTEM = {"engine", "planning"}
# Extender stretches a network by putting both ends of a tunnel together, and has no API of its own for it: its package
# composes those of the systems at the ends. They do not know it, nor each other.
COMPOSES = {"extender": {"vcd", "vsphere", "autonomous_edge"}}
# The tables of options that a system's modules share: read by module files only.
OPTION_TABLES = "options.py"
ANSIBLE_MODULE = "ansible.module_utils.basic"
CONTROLLER = ("ansible.plugins", "ansible.utils", "ansible.executor", "ansible.parsing", "ansible.constants")
MAY_USE_CONTROLLER = ("action", "plugin_utils", "filter", "lookup")


def system_packages() -> set[str]:
    """Names of the packages of module_utils that stand for one outside system each."""
    folders = {path.parts[2] for path in python_files("plugins/module_utils") if len(path.parts) > 3}
    return folders - KNOWS_NO_SYSTEM


def violations(path: Path, source: str, systems: set[str]) -> list[str]:
    """What the file at `path`, relative to the project, imports against the rules."""
    names = imported_names(path, source)
    layer = path.parts[1]
    within_utils = path.parts[2] if layer == "module_utils" and len(path.parts) > 3 else None
    broken: list[str] = []

    def refuse(rule: str, *packages: str) -> None:
        broken.extend(
            f"{path}: {rule}: {name}" for name in sorted(names) for package in packages if is_within(name, package)
        )

    if within_utils in KNOWS_NO_SYSTEM:
        refuse(f"{within_utils} imports nothing of Ansible's", "ansible")
        ours = {name for name in names if is_within(name, PACKAGE)}
        broken += [
            f"{path}: {within_utils} imports nothing else of ours: {name}"
            for name in sorted(ours)
            if not is_within(name, f"{UTILS}.{within_utils}")
        ]
    if within_utils in systems:
        others = systems - {within_utils} - COMPOSES.get(within_utils, set())
        refuse("a system package knows no other", *(f"{UTILS}.{other}" for other in others))
        refuse("a system package imports nothing of Ansible's", "ansible")
        if path.name != OPTION_TABLES:
            module_side = (f"{UTILS}.module", f"{UTILS}.{within_utils}.{Path(OPTION_TABLES).stem}")
            refuse("the work of a system package does not know how a module runs", *module_side)
    if layer == "module_utils":
        refuse("module_utils is below modules and actions", *(f"{PLUGINS}.{up}" for up in ("modules", "action")))
        refuse("module_utils is below plugin_utils", f"{PLUGINS}.plugin_utils")
    if path != Path("plugins/module_utils/module.py"):
        refuse("only module.py knows AnsibleModule", ANSIBLE_MODULE)
    if layer not in MAY_USE_CONTROLLER:
        refuse("only actions and their base know Ansible's controller side", *CONTROLLER)
    if layer == "modules":
        refuse("a module leaves the talking to its system package", "pyVmomi", "pyVim", "requests")
    return broken


@pytest.mark.parametrize("path", python_files("plugins"), ids=str)
def test_imports_go_downwards_only(path: Path) -> None:
    assert violations(path, (PROJECT / path).read_text(encoding="utf-8"), system_packages()) == []


BROKEN = [
    ("module_utils/engine/plan.py", "from ansible.errors import AnsibleError"),
    ("module_utils/engine/plan.py", "from ..planning import carriers"),
    ("module_utils/planning/carriers.py", "from ..vsphere.client import connect"),
    ("module_utils/planning/carriers.py", "def late():\n    import ansible.module_utils.common.text"),
    ("module_utils/vsphere/client.py", "from ..hcx import client"),
    ("module_utils/vsphere/client.py", f"from {UTILS}.hcx.client import Client"),
    ("module_utils/vsphere/client.py", "from ..extender import client"),
    ("module_utils/extender/client.py", "from ..hcx import client"),
    ("module_utils/vsphere/client.py", "from ..module import Job"),
    ("module_utils/vsphere/client.py", "from .options import CONNECTION"),
    ("module_utils/vsphere/client.py", "from .... import plugins\nfrom ...modules import esxi_netstack"),
    ("module_utils/run.py", "from ansible.module_utils.basic import AnsibleModule"),
    ("module_utils/run.py", "from ..plugin_utils.in_process import InProcessAction"),
    ("modules/esxi_netstack.py", "from ansible.module_utils.basic import env_fallback"),
    ("modules/esxi_netstack.py", "from pyVmomi import vim"),
    ("modules/esxi_netstack.py", "from ansible.plugins.action import ActionBase"),
    ("module_utils/module.py", "from ansible.utils.display import Display"),
]


@pytest.mark.parametrize(("file", "source"), BROKEN)
def test_a_wrong_import_is_noticed(file: str, source: str) -> None:
    assert violations(Path("plugins") / file, source, {"vsphere", "hcx", "extender"})


ALLOWED = [
    ("module_utils/engine/plan.py", "from .errors import MobilityError\nimport json"),
    ("module_utils/vsphere/client.py", "from ..engine.errors import Refused\nfrom ..run import Run\nimport pyVmomi"),
    ("module_utils/vsphere/options.py", "from ..module import Spec"),
    ("module_utils/extender/site.py", "from ..vsphere.client import VSphere\nfrom ..vcd.client import Vcd"),
    ("module_utils/module.py", "from ansible.module_utils.basic import AnsibleModule"),
    ("modules/esxi_netstack.py", "from ..module_utils.module import Job"),
    ("action/esxi_netstack.py", "from ..plugin_utils.in_process import InProcessAction"),
    ("plugin_utils/in_process.py", "from ansible.plugins.action import ActionBase"),
]


@pytest.mark.parametrize(("file", "source"), ALLOWED)
def test_a_right_import_is_accepted(file: str, source: str) -> None:
    assert violations(Path("plugins") / file, source, {"vsphere", "hcx", "extender", "vcd"}) == []
