# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has its interface, its description and its scenario; every playbook has its name for the collection."""

from __future__ import annotations

import pytest
import yaml
from unit.architecture.source_tree import PROJECT, project_files

FILES = {str(path) for path in project_files()}
ROLES = sorted({path.parts[1] for path in project_files() if path.parts[0] == "roles"})
PLAYBOOKS = sorted(path.name for path in project_files() if path.parts[0] == "playbooks" and "-" in path.name)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("part", ["meta/argument_specs.yml", "meta/main.yml", "defaults/main.yml", "README.md"])
def test_role_has_its_parts(role: str, part: str) -> None:
    assert f"roles/{role}/{part}" in FILES


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("part", ["molecule.yml", "converge.yml", "verify.yml"])
def test_role_has_its_scenario(role: str, part: str) -> None:
    assert f"extensions/molecule/{role}/{part}" in FILES


@pytest.mark.parametrize("role", ROLES)
def test_role_defaults_are_documented_options(role: str) -> None:
    specs = yaml.safe_load((PROJECT / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((PROJECT / "roles" / role / "defaults/main.yml").read_text(encoding="utf-8")) or {}
    options = set(specs["argument_specs"]["main"].get("options", {}))
    assert all(name.startswith(role + "_") for name in options)
    assert set(defaults) <= options


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbook_can_be_called_by_its_full_name(playbook: str) -> None:
    twin = PROJECT / "playbooks" / playbook.replace("-", "_")
    (play,) = yaml.safe_load(twin.read_text(encoding="utf-8"))
    assert play["ansible.builtin.import_playbook"] == playbook
