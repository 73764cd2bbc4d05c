# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module is complete: action file, action group, documentation, attributes, a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from unit.architecture.source_tree import PROJECT, project_files, python_files

MODULES = [path.stem for path in python_files("plugins/modules")]
ATTRIBUTES = "hybridcloud.mobility.attributes"


def string_constants(module: str) -> dict[str, str]:
    """The texts that a module file assigns to names at its top level: DOCUMENTATION, EXAMPLES, RETURN."""
    tree = ast.parse((PROJECT / "plugins/modules" / f"{module}.py").read_text(encoding="utf-8"))
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def action_groups() -> dict[str, list[str]]:
    runtime = yaml.safe_load((PROJECT / "meta/runtime.yml").read_text(encoding="utf-8"))
    groups: dict[str, list[str]] = runtime["action_groups"]
    return groups


def files_that_test(module: str) -> list[Path]:
    """Test files that speak of the module; the lab and the tests of the architecture prove nothing about it."""
    name = re.compile(rf"\b{module}\b")
    return [
        path
        for folder in ("tests/unit", "tests/contract", "tests/integration")
        for path in python_files(folder)
        if path.name.startswith("test_")
        and "architecture" not in path.parts
        and name.search((PROJECT / path).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("module", MODULES)
def test_module_runs_in_process(module: str) -> None:
    action = PROJECT / "plugins/action" / f"{module}.py"
    assert action.is_file()
    assert "InProcessAction" in action.read_text(encoding="utf-8")


def test_every_action_file_has_its_module() -> None:
    assert {path.stem for path in python_files("plugins/action")} == set(MODULES)


def test_action_groups_name_all_modules_and_nothing_else() -> None:
    listed = [module for members in action_groups().values() for module in members]
    assert sorted(listed) == sorted(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_module_documents_itself(module: str) -> None:
    texts = string_constants(module)
    documentation = yaml.safe_load(texts["DOCUMENTATION"])
    assert documentation["module"] == module
    assert f"hybridcloud.mobility.{module}:" in texts["EXAMPLES"]
    assert yaml.safe_load(texts["RETURN"])


@pytest.mark.parametrize("module", MODULES)
def test_module_states_its_attributes(module: str) -> None:
    fragments = yaml.safe_load(string_constants(module)["DOCUMENTATION"])["extends_documentation_fragment"]
    kinds = {f"{ATTRIBUTES}.{kind}" for kind in ("state_module", "info_module")} & set(fragments)
    (group,) = (name for name, members in action_groups().items() if module in members)
    assert ATTRIBUTES in fragments
    assert f"{ATTRIBUTES}.actiongroup_{group}" in fragments
    assert len(kinds) == 1
    if module.endswith("_info"):
        assert kinds == {f"{ATTRIBUTES}.info_module"}


@pytest.mark.parametrize("module", MODULES)
def test_module_is_tested(module: str) -> None:
    assert files_that_test(module)


def test_the_repository_is_read() -> None:
    assert Path("meta/runtime.yml") in project_files()
