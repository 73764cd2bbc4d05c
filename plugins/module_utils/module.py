# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that knows `AnsibleModule`: what a module of this collection is, and how it runs.

A module file holds documentation, an option table and a `Job`. The same job runs in two ways with results of the same
shape: inside the Ansible process (``plugins/plugin_utils/in_process.py``, the normal way) and as an ordinary module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback

from .engine.errors import MobilityError
from .engine.progress import Progress
from .engine.redact import Redactor, secret_values
from .run import Run
from .task import Task

Spec = dict[str, Any]


def from_environment(*variables: str) -> tuple[Callable[..., Any], list[str]]:
    """The ``fallback`` of an option that may be left to the environment; the first variable that is set counts."""
    return env_fallback, list(variables)


def connection_options(prefix: str, *, request_timeout: int) -> Spec:
    """The options that `Connection` is made of; the environment variables start with ``prefix``."""
    return {
        "hostname": {"type": "str", "required": True, "fallback": from_environment(f"{prefix}_HOST")},
        "port": {"type": "int", "default": 443, "fallback": from_environment(f"{prefix}_PORT")},
        "username": {"type": "str", "required": True, "fallback": from_environment(f"{prefix}_USER")},
        "password": {
            "type": "str",
            "required": True,
            "no_log": True,
            "fallback": from_environment(f"{prefix}_PASSWORD"),
        },
        "validate_certs": {"type": "bool", "default": True, "fallback": from_environment(f"{prefix}_VALIDATE_CERTS")},
        "ca_path": {"type": "path", "fallback": from_environment(f"{prefix}_CA_PATH")},
        "request_timeout": {"type": "int", "default": request_timeout},
    }


@dataclass(frozen=True)
class Job:
    """A module: its option table, its work, and the rules between options (``required_one_of``, ...)."""

    argument_spec: Spec
    work: Callable[[Task], Mapping[str, Any]]
    rules: Mapping[str, Any] = field(default_factory=dict)

    def result(self, params: Mapping[str, Any], *, check: bool, show: Callable[[str], None]) -> dict[str, Any]:
        """Do the work and answer with the task's result; every secret option is masked in it."""
        redactor = Redactor(secret_values(self.argument_spec, params))
        progress = Progress(lambda text: show(redactor.text(text)))
        task = Task(params, check, Run.current(), progress, redactor)
        try:
            result = {"changed": False, **self.work(task)}
        except MobilityError as error:
            result = {"changed": False, **error.facts, "failed": True, "msg": str(error)}
        masked: dict[str, Any] = redactor.data(result)
        return masked

    def main(self) -> None:
        """Run as an ordinary module."""
        module = AnsibleModule(argument_spec=self.argument_spec, supports_check_mode=True, **self.rules)
        result = self.result(module.params, check=module.check_mode, show=module.debug)
        if result.pop("failed", False):
            module.fail_json(**result)
        module.exit_json(**result)
