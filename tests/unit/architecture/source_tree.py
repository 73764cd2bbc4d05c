# SPDX-License-Identifier: GPL-3.0-or-later
"""What the architecture tests read: the repository's files and the imports of a Python file."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.hybridcloud.mobility"


def project_files() -> list[Path]:
    """All files that git knows or would add, without the link that leads back to the project."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in sorted(set(listing.split("\0"))) if name)
    return [path for path in paths if path.parts[0] != "collections" and (PROJECT / path).is_file()]


def python_files(folder: str) -> list[Path]:
    """The project's Python files below `folder`, relative to the project."""
    return [path for path in project_files() if path.suffix == ".py" and path.is_relative_to(folder)]


def imported_names(path: Path, source: str) -> set[str]:
    """Absolute dotted names of everything that the file at `path` (relative to the project) imports, at any depth.

    `from ..engine import errors` in plugins/module_utils/vsphere/client.py gives `PACKAGE.plugins.module_utils.engine`
    and `PACKAGE.plugins.module_utils.engine.errors`.
    """
    package = [*PACKAGE.split("."), *path.parent.parts]
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names.add(origin)
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def is_within(name: str, package: str) -> bool:
    """Whether the dotted `name` is `package` or something inside it."""
    return name == package or name.startswith(package + ".")
