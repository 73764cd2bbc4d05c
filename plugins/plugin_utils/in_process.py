# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's job inside the Ansible process: the base of all action files of this collection.

A module task costs a process start, an archive and a login before any of our code runs; here it costs a function call.
Where the task asks for what only a real module process can give (another host, ``become``, ``environment``,
``async``), or ``hybridcloud_mobility_in_process`` is false, the ordinary module runs instead.
"""

from __future__ import annotations

import atexit
import importlib
import json
import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor, secret_values
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE, Run

MODULE_UTILS = "ansible_collections.hybridcloud.mobility.plugins.module_utils"

display = Display()


class InProcessAction(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Subclasses name their module's `Job`."""

    job: ClassVar[Job]
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        if not self._in_process(task_vars):
            if self._task.async_val:
                # A job in the background may outlive the run, so it must not use a login that ends with the run.
                os.environ.pop(FOLDER_VARIABLE, None)
            outcome: dict[str, Any] = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
            return outcome
        # Ansible's message about unknown options names the action's Python path unless it is told the module's name.
        self._load_name = self._task.resolved_action
        _checked, params = self.validate_argument_spec(argument_spec=self.job.argument_spec, **self.job.rules)
        # A module receives its options as JSON; so does the job here, and both see the same plain types.
        plain = json.loads(json.dumps(params))
        host = task_vars.get("inventory_hostname", "localhost")
        result.update(
            self.job.result(plain, check=self._task.check_mode, show=lambda text: display.display(f"[{host}] {text}"))
        )
        result["invocation"] = {
            "module_args": Redactor(secret_values(self.job.argument_spec, plain)).data(plain),
        }
        return result

    def _in_process(self, task_vars: Mapping[str, Any]) -> bool:
        wanted = self._templar.template(task_vars.get("hybridcloud_mobility_in_process", True))
        return (
            boolean(wanted)
            and self._connection.transport == "local"
            and not self._task.async_val
            and not self._task.become
            and not any(self._task.environment or ())
        )


def open_run() -> None:
    """Give this ansible-playbook run its folder, and end the run's logins when it ends.

    Ansible loads action plugins in its main process before it forks the first task, so this happens once. The folder
    lies in Ansible's own temporary folder, which Ansible removes at its exit, after our function has run.
    """
    folder = Path(constants.DEFAULT_LOCAL_TMP) / "hybridcloud.mobility"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    atexit.register(close_run, folder)


def close_run(folder: Path) -> None:
    """Log out of every service the run logged in to."""
    for system, saved in Run(folder).logins():
        importlib.import_module(f"{MODULE_UTILS}.{system}.client").end_login(saved)


if multiprocessing.parent_process() is None:
    open_run()
