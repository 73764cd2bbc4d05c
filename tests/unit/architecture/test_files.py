# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules that hold for files: names that say something, a licence, and nothing of one particular machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from unit.architecture.source_tree import PROJECT, project_files

FILES = project_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]
TEXT_ENDINGS = {
    ".py",
    ".md",
    ".rst",
    ".yml",
    ".yaml",
    ".toml",
    ".txt",
    ".cfg",
    ".ini",
    ".j2",
    ".csv",
    ".json",
    ".sh",
    "",
}
SAYS_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc"}
MOST_LINES = 450
OF_ONE_MACHINE = [
    re.compile(r"(?<![\w.}/-])/(?:work|root|home)/\w"),
    re.compile(r"\b(?:pypi\.org|pythonhosted\.org|deb\.debian\.org|registry\.npmjs\.org)\b"),
    re.compile(r"\b(?:extra-)?index-url\s*="),
]


def traces_of_a_machine(text: str) -> list[str]:
    """Paths and hosts that only mean something on the machine where they were written."""
    return [match.group() for pattern in OF_ONE_MACHINE for match in pattern.finditer(text)]


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix in TEXT_ENDINGS and path.name != "LICENSE"], ids=str
)
def test_file_knows_no_machine(path: Path) -> None:
    assert traces_of_a_machine((PROJECT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("trace", ["/{}/main".format("work"), "https://{}/simple".format("pypi" + ".org")])
def test_a_trace_of_a_machine_is_noticed(trace: str) -> None:
    assert traces_of_a_machine(f"see {trace} for more")


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_python_file_says_what_it_is(path: Path) -> None:
    lines = (PROJECT / path).read_text(encoding="utf-8").splitlines()
    assert path.stem not in SAYS_NOTHING
    assert "# SPDX-License-Identifier: GPL-3.0-or-later" in lines[:2]
    assert len(lines) <= MOST_LINES


def test_run_time_packages_are_the_same_for_execution_environments() -> None:
    def packages(file: str) -> set[str]:
        lines = (PROJECT / file).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if line and not line.startswith("#")}

    wanted = packages("requirements.txt")
    assert packages("meta/ee-requirements.txt") == {line for line in wanted if not line.startswith("ansible-core")}


def test_a_plain_checkout_is_the_collection() -> None:
    link = PROJECT / "collections/ansible_collections/hybridcloud/mobility"
    assert link.is_symlink()
    assert link.resolve() == PROJECT
