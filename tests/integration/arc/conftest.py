# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab, SSH hosts on loopback that reach its Azure, and playbooks that run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.azure.tasks import GROUP, Control, Tasks
from integration.playbook import CALLBACKS, PROJECT, Finished, TaskResult

from lab import Lab
from lab.azure import directory
from lab.azure.targets import Target, Targets, missing

COUNT = 3
NAMES = [f"target-{number}" for number in range(1, COUNT + 1)]
# One more, which only its refusal is tested with.
AZURE_VM = f"target-{COUNT + 1}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    with Lab.start(hosts=1) as running:
        running.rules = running.rules.changed(azure_retry_after=0)
        yield running


@pytest.fixture(scope="module")
def targets(lab: Lab) -> Iterator[Targets]:
    with Targets.start(lab.ports, lab.ca_path, count=COUNT + 1, azure_vms=[AZURE_VM]) as running:
        yield running


@dataclass
class Site:
    """The servers and their Azure, and everything that any playbook has shown."""

    lab: Lab
    targets: Targets
    folder: Path
    shown: list[str] = field(default_factory=list)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def control(self) -> Control:
        return Control(self.lab)

    def variables(self, who: str) -> dict[str, Any]:
        login, onboarding = directory.IDENTITIES[who], directory.IDENTITIES["onboarding"]
        return {
            "azure_tenant_id": directory.TENANT,
            "azure_subscription_id": directory.SUBSCRIPTION,
            "azure_client_id": login.client_id,
            "azure_client_secret": login.secret,
            "azure_login_endpoint": f"https://localhost:{self.lab.ports['entra']}",
            "azure_resource_manager_endpoint": f"https://localhost:{self.lab.ports['arm']}",
            "azure_ca_path": self.lab.ca_path,
            "arc_onboarding_client_id": onboarding.client_id,
            "arc_onboarding_client_secret": onboarding.secret,
            "arc_onboarding_resource_group": GROUP,
            "arc_onboarding_location": "westeurope",
            "arc_onboarding_tags": {"Datacenter": "DC1"},
            "arc_onboarding_settings": {"extensions_allowlist": ["Allow/None"], "proxy_bypass": ["Arc"]},
            "arc_onboarding_wait_timeout": 30,
        }

    def play(self, name: str, *arguments: str, who: str = "administrator", **variables: Any) -> Finished:
        return self.finish(self.start(name, *arguments, who=who, **variables))

    def start(self, name: str, *arguments: str, who: str = "administrator", **variables: Any) -> subprocess.Popen[str]:
        inventory = yaml.safe_load(Path(self.targets.inventory).read_text(encoding="utf-8"))
        for host, more in self.hosts.items():
            inventory["arc_targets"]["hosts"][host].update(more)
        together = {"all": {"children": {**inventory, "arc_servers": {"children": {"arc_targets": {}}}}}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(together), encoding="utf-8")
        given = self.folder / "variables.json"
        given.write_text(json.dumps({**self.variables(who), **variables}), encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AZURE_"))}
        environment = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "ANSIBLE_PIPELINING": "1",
            "TASK_RESULTS": str(self.folder / "results.jsonl"),
        }
        (self.folder / "results.jsonl").write_text("", encoding="utf-8")
        program = Path(sys.executable).with_name("ansible-playbook")
        return subprocess.Popen(
            [
                program,
                "-i",
                self.folder / "inventory.yml",
                name if "/" in name else f"hybridcloud.mobility.{name}",
                "-e",
                f"@{given}",
                *arguments,
            ],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Finished:
        output, _nothing = process.communicate(timeout=300)
        self.shown.append(output)
        lines = (self.folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
        return Finished(process.returncode, output, [TaskResult(**json.loads(line)) for line in lines])

    def machines(self) -> list[dict[str, Any]]:
        """As somebody else reads them from Resource Manager."""
        found: list[dict[str, Any]] = Tasks(self.lab)("arc_machine_info", resource_group=GROUP)["machines"]
        return found

    def target(self, name: str) -> Target:
        return self.targets[name]


@pytest.fixture(scope="module")
def site(lab: Lab, targets: Targets, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(lab, targets, tmp_path_factory.mktemp("arc"))


def changed(finished: Finished) -> list[tuple[str, str]]:
    """(host, task) of everything that changed."""
    return [(one.host, one.task) for one in finished.results if one.result.get("changed")]
