# SPDX-License-Identifier: GPL-3.0-or-later
"""Write every result of a run, as the module returned it, to a file of JSON lines."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_results
type: aggregate
short_description: Writes results as data
description:
  - Appends one line for each task and host to the file that E(TASK_RESULTS) names.
"""


class CallbackModule(CallbackBase):
    """A line holds host, task, state (ok, failed, skipped, unreachable), result, module and the seconds it took."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started[host.name, task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)

    def _write(self, state: str, result: Any) -> None:
        started = self._started.pop((result.host.name, result.task._uuid), None)
        line = {
            "host": result.host.name,
            "task": result.task.name,
            "state": state,
            "result": result.result,
            "module": result.task.action,
            "seconds": 0.0 if started is None else time.monotonic() - started,
        }
        with Path(os.environ["TASK_RESULTS"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
