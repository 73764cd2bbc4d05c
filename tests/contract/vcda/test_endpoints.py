# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the migration modules call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from contract.vcda.tasks import Tasks, listed, target

from lab import Lab

PROJECT = Path(__file__).parents[3]
MODULES = {path.stem for path in (PROJECT / "plugins/modules").glob("vcda_*.py")}
ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \| ([^|]+) \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
NAMED = re.compile(r"{[^}]*}")
VARIES = "{}"


def rows() -> dict[str, str]:
    """The calls, with {} for what varies in their paths, and who makes them."""
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    section = text.partition("## Cloud Director Availability")[2].partition("\n## ")[0]
    found = [(NAMED.sub(VARIES, row[0]), row[1]) for row in ROW.findall(section)]
    assert len(found) == section.count("\n| `") == len(dict(found)) > 0
    return dict(found)


def paths_in_code() -> Iterator[str]:
    """Every path that is written down in the client, with {} for what varies; parts of paths end what follows {}."""
    for file in sorted((PROJECT / "plugins/module_utils/vcda").glob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            text = "" if id(node) in parts else written(node)
            if re.fullmatch(r"(/|{}/)[a-z{}/-]+", text):
                yield text


def written(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return VARIES
    return str(node.value) if isinstance(node, ast.Constant) else ""


def everything_once(run: Tasks, lab: Lab) -> set[str]:
    """One task for each thing that the modules can do; all requests, with {} for what varies in their paths."""
    group = {"group_into_vapp": True, "vapp_name": "shop", "wait_timeout": 20}
    run.replicate("WebApp2")
    run.replicate("WebApp2", rpo_minutes=30, target=target(storage_profile="silver"))
    for state in ("paused", "tested", "cutover", "absent"):
        run(vms=listed("WebApp2"), state=state, wait_timeout=20)
    run.disturb("wave-03", fail="broken")
    run.failing(vms=listed("wave-03"), target=target(), wait_timeout=20)
    run.disturb("wave-03", fail=None)
    run.replicate("wave-03")
    run.disturb("wave-03", fail="broken")
    run.failing(vms=listed("wave-03"), state="cutover", wait_timeout=20)
    run(vms=listed("wave-01", "wave-02"), target=target(), state="cutover", **group)
    run("vcda_info", gather=["product", "sites", "jobs", "health", "tasks"], networks=True)
    lab.rules = lab.rules.changed(vcda_vms_path="bare")
    run.replicate("wave-04")
    return {NAMED.sub(VARIES, request.name) for request in lab.requests(run.service)}


def equal(listed_calls: set[str], found: set[str]) -> None:
    """Both hold the same calls, where {} stands for any part of a path."""

    def pattern(name: str) -> re.Pattern[str]:
        return re.compile(re.escape(name).replace(r"\{\}", r"[^/]+"))

    assert {name for name in listed_calls if not any(pattern(name).fullmatch(call) for call in found)} == set()
    assert {call for call in found if not any(pattern(name).fullmatch(call) for name in listed_calls)} == set()


def test_every_row_is_called_by_some_task_and_nothing_else_is(run: Tasks, lab: Lab) -> None:
    equal(set(rows()), everything_once(run, lab))


def test_the_table_lists_the_paths_of_the_code() -> None:
    """Paths that begin with a replication are written as what follows it."""
    paths = {call.partition(" ")[2] for call in rows()}
    for text in paths_in_code():
        whole = re.escape(text).replace(r"\{\}", r"[^ ]+")
        assert any(re.fullmatch(whole, path.removeprefix("" if text.startswith("/") else "/")) for path in paths), text


def test_the_table_names_modules_that_there_are() -> None:
    named = {name for users in rows().values() for name in re.findall(r"`(vcda_\w+)`", users)}
    assert named <= MODULES
