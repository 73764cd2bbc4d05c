# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the vSphere modules against the lab as Ansible would, in this process, and tells what they sent."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    esxi_netstack,
    esxi_vmkernel,
    esxi_vmkernel_info,
    esxi_vmkping,
)
from lab import Lab

MODULES = {
    "esxi_netstack": esxi_netstack,
    "esxi_vmkernel": esxi_vmkernel,
    "esxi_vmkernel_info": esxi_vmkernel_info,
    "esxi_vmkping": esxi_vmkping,
}
SELECTION = {"datacenter", "clusters", "folders", "hosts"}
READING = {
    "RetrieveServiceContent",
    "Login",
    "Logout",
    "RetrievePropertiesEx",
    "ContinueRetrievePropertiesEx",
    "RetrieveManagedMethodExecuter",
    "Fetch",
}

Result = dict[str, Any]


class Tasks:
    """``run("esxi_vmkernel", adapters=[...])``; without a selection the host esx-a01 is meant."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.connection: Result = {
            "hostname": "localhost",
            "port": lab.source.port,
            "username": lab.username,
            "password": lab.password,
            "ca_path": lab.ca_path,
        }

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
        if not SELECTION & set(options):
            options["hosts"] = ["esx-a01"]
        checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate({**self.connection, **options})
        assert checked.error_messages == []
        result: Result = job.result(checked.validated_parameters, check=check, show=lambda text: None)
        return result

    def adapters(self, *adapters: Result, **options: Any) -> Result:
        return self("esxi_vmkernel", adapters=list(adapters), **options)

    def refused(self, *adapters: Result, **options: Any) -> str:
        """The sentence with which adapters are refused; nothing was written."""
        number = self.mark()
        result = self.failing("esxi_vmkernel", adapters=list(adapters), **options)
        assert self.writes(number) == []
        assert result["changed"] is False
        return str(result["msg"])

    def stacks(self, *stacks: Result, **options: Any) -> Result:
        return self("esxi_netstack", stacks=list(stacks), **options)

    def mark(self) -> int:
        """The number of the newest request, to look only at later ones."""
        requests = self.lab.requests()
        return requests[-1].number if requests else 0

    def calls(self, since: int = 0) -> list[str]:
        """The names of all requests, oldest first; not for tests that also look with the reader."""
        return [entry.name for entry in self.lab.requests(since=since)]

    def writes(self, since: int = 0) -> list[str]:
        """The names of the modules' writing requests, oldest first."""
        requests = self.lab.requests(user=self.lab.username, since=since)
        return [entry.name for entry in requests if entry.name not in READING]


def listed(result: Result) -> list[tuple[str, str]]:
    """(action, name) of every change."""
    return [(change["action"], change["name"]) for change in result["changes"]]


def without_notes(result: Result) -> list[Result]:
    return [{key: value for key, value in change.items() if key != "notes"} for change in result["changes"]]


def static(addresses: dict[str, str] | str) -> Result:
    """The option ipv4 for fixed addresses; a single one is for esx-a01."""
    return {"mode": "static", "addresses": {"esx-a01": addresses} if isinstance(addresses, str) else addresses}
