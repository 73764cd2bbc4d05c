# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the Azure modules against the lab as Ansible would, in this process, and tells what they sent."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    arc_machine,
    arc_machine_info,
    azure_resource_group,
    azure_resource_provider,
)
from lab import Lab, LabControl
from lab.azure import directory

MODULES = {
    "arc_machine": arc_machine,
    "arc_machine_info": arc_machine_info,
    "azure_resource_group": azure_resource_group,
    "azure_resource_provider": azure_resource_provider,
}
ARM = "azure/arm"
GROUP = "rg-arc"
QUERY = "POST /providers/Microsoft.ResourceGraph/resources"

Result = dict[str, Any]


class Tasks:
    """``run("azure_resource_group", name="rg-arc")``, logged in as one of the lab's applications."""

    def __init__(self, lab: Lab, who: str = "administrator") -> None:
        self.lab = lab
        application = directory.IDENTITIES[who]
        self.connection: Result = {
            "tenant_id": directory.TENANT,
            "subscription_id": directory.SUBSCRIPTION,
            "client_id": application.client_id,
            "client_secret": application.secret,
            "login_endpoint": f"https://localhost:{lab.ports['entra']}",
            "resource_manager_endpoint": f"https://localhost:{lab.ports['arm']}",
            "ca_path": lab.ca_path,
        }
        self.shown: list[str] = []

    def __call__(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that succeeds."""
        result = self.attempt(module, check=check, **options)
        assert not result.get("failed"), result
        return result

    def failing(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that fails: one sentence, and facts."""
        result = self.attempt(module, check=check, **options)
        assert result.get("failed"), result
        assert "\n" not in result["msg"]
        return result

    def attempt(self, module: str, *, check: bool = False, **options: Any) -> Result:
        job = MODULES[module].JOB
        checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate({**self.connection, **options})
        assert checked.error_messages == []
        result: Result = job.result(checked.validated_parameters, check=check, show=self.shown.append)
        return result

    def machine(self, name: str, **options: Any) -> Result:
        return self("arc_machine", resource_group=GROUP, name=name, **options)

    def machines(self, **options: Any) -> Result:
        return self("arc_machine_info", resource_group=GROUP, **options)

    def mark(self) -> int:
        """The number of the newest request, to look only at later ones."""
        requests = self.lab.requests()
        return requests[-1].number if requests else 0

    def calls(self, since: int = 0) -> list[str]:
        """The names of all requests to Resource Manager, oldest first."""
        return [entry.name for entry in self.lab.requests(ARM, since=since)]

    def writes(self, since: int = 0) -> list[str]:
        return [name for name in self.calls(since) if not name.startswith(("GET ", "HEAD ")) and name != QUERY]


class Control:
    """What somebody else does in Azure, and sees there."""

    def __init__(self, lab: Lab) -> None:
        self._control = LabControl(lab.control_url, lab.ca_path)

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        return self._control.call(method, f"/azure{path}", body or None)

    def add(self, **body: Any) -> None:
        self("POST", "/machines", **{"group": GROUP, **body})

    def machines(self) -> dict[str, Result]:
        return {one["name"]: one for one in self("GET", "/machines")}


def listed(result: Result) -> list[tuple[str, str]]:
    """(action, name) of every change."""
    return [(change["action"], change["name"]) for change in result["changes"]]
