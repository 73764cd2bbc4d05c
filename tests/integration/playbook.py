# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook that a test writes down as data, and get every task's result as data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
CALLBACKS = Path(__file__).with_name("callback_plugins")


@dataclass(frozen=True)
class TaskResult:
    """`state` is ok, failed, skipped or unreachable; `result` is what the module returned, in so many seconds."""

    host: str
    task: str
    state: str
    result: dict[str, Any]
    module: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Finished:
    """What a run left: its exit code, its screen, its results in the order in which they came."""

    code: int
    output: str
    results: list[TaskResult]

    def succeeded(self) -> Finished:
        """The same; AssertionError with the screen when a task failed."""
        assert self.code == 0, self.output
        return self

    def named(self, task: str) -> list[TaskResult]:
        """The results of a task, one for each host."""
        return [result for result in self.results if result.task == task]

    def result(self, task: str) -> dict[str, Any]:
        """The result of a task that ran on one host."""
        found = self.named(task)
        assert len(found) == 1, self.output
        return found[0].result


class Playbook:
    """A playbook in `folder`, which must be empty. `hosts` are the inventory; all of them have a local connection."""

    def __init__(
        self,
        folder: Path,
        plays: Sequence[Mapping[str, Any]],
        *,
        hosts: Mapping[str, Mapping[str, Any]] | None = None,
        environment: Mapping[str, str] | None = None,
        collections: Sequence[Path] = (),
    ) -> None:
        self._folder = folder
        self._results = folder / "results.jsonl"
        variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        sites = {"hosts": dict(hosts or {"localhost": {}})}
        inventory = {"all": {"vars": variables, "children": {"sites": sites}}}
        (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
        (folder / "play.json").write_text(json.dumps(list(plays)), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VMWARE_"))}
        self._environment = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, [PROJECT / "collections", *collections])),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "TASK_RESULTS": str(self._results),
            **(environment or {}),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ansible-playbook in a process group of its own, as a terminal does."""
        program = Path(sys.executable).with_name("ansible-playbook")
        self._results.write_text("", encoding="utf-8")
        return subprocess.Popen(
            [program, "-i", self._folder / "inventory.json", self._folder / "play.json", *arguments],
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Finished:
        output, _nothing = process.communicate()
        lines = self._results.read_text(encoding="utf-8").splitlines()
        return Finished(process.returncode, output, [TaskResult(**json.loads(line)) for line in lines])

    def run(self, *arguments: str) -> Finished:
        return self.finish(self.start(*arguments))
