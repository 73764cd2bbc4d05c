# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the migration modules against the lab as Ansible would, and looks at the lab's world beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    migration_verdict,
    vcd_vm_info,
    vcda_info,
    vcda_migration,
    vcenter_vm_info,
)
from lab import Lab, LabControl
from lab.clouds import Cloud, CloudVm, OrgVdcNetwork, new_id
from lab.world import VirtualMachine

MODULES = {
    "migration_verdict": migration_verdict,
    "vcd_vm_info": vcd_vm_info,
    "vcda_info": vcda_info,
    "vcda_migration": vcda_migration,
    "vcenter_vm_info": vcenter_vm_info,
}
SITE, NETWORK, VDC = "company-dc1", "company-network", "acme-vdc"
# POSTs and GETs that change nothing but the session.
ASKING = ("GET ", "POST /sessions", "DELETE /sessions")

Result = dict[str, Any]


class Tasks:
    """``run("vcda_migration", vms=[...])``, logged in to cloud-v or cloud-t as the administrator of acme."""

    def __init__(self, lab: Lab, generation: str) -> None:
        self.lab = lab
        self.cloud: Cloud = lab.world.clouds[f"cloud-{generation}"]
        self.service = f"vcda/vcda-{generation}"
        login = {"hostname": "localhost", "password": lab.password, "ca_path": lab.ca_path}
        self.vcda: Result = {**login, "port": lab.ports[f"vcda-{generation}"], "username": "orgadmin@acme"}
        self.source: Result = {"source_username": lab.username, "source_password": lab.password}
        vcd = {**login, "port": lab.ports[f"vcd-{generation}"], "username": "orgadmin", "org": "acme"}
        vcenter = {**login, "port": lab.source.port, "username": lab.username}
        self.connections: dict[str, Result] = {
            "vcda_migration": {**self.vcda, **self.source},
            "vcda_info": {**self.vcda, **self.source},
            "vcd_vm_info": vcd,
            "vcenter_vm_info": vcenter,
            "migration_verdict": {},
        }
        self.shown: list[str] = []
        network = OrgVdcNetwork(new_id(), NETWORK, self.vdc, "172.16.10.1/24")
        self.cloud.networks[network.id] = replace(network, ranges=(("172.16.10.150", "172.16.10.199"),))

    @property
    def vdc(self) -> str:
        found = self.cloud.vdc(VDC)
        assert found is not None
        return found.id

    def __call__(self, module: str = "vcda_migration", *, check: bool = False, **options: Any) -> Result:
        """The result of a task that succeeds."""
        result = self.attempt(module, check=check, **options)
        assert not result.get("failed"), result
        return result

    def failing(self, module: str = "vcda_migration", *, check: bool = False, **options: Any) -> Result:
        """The result of a task that fails: one sentence, and facts."""
        result = self.attempt(module, check=check, **options)
        assert result.get("failed"), result
        assert "\n" not in result["msg"]
        return result

    def attempt(self, module: str = "vcda_migration", *, check: bool = False, **options: Any) -> Result:
        job = MODULES[module].JOB
        given = {**self.connections[module], **options}
        checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate(given)
        assert checked.error_messages == []
        result: Result = job.result(checked.validated_parameters, check=check, show=self.shown.append)
        return result

    # --- what a test wants ------------------------------------------------------------------------------------------

    def replicate(self, *names: str, **options: Any) -> Result:
        return self(**{"vms": listed(*names), "target": target(), "wait_timeout": 20, **options})

    def cut_over(self, *names: str, **options: Any) -> Result:
        return self(vms=listed(*names), state="cutover", **{"wait_timeout": 20, **options})

    def disturb(self, vm: str, **trouble: Any) -> None:
        """fail, rpo_violation, speed or refuse_cutover of the machine's replication."""
        with LabControl(self.lab.control_url, self.lab.ca_path) as control:
            control.call("PATCH", f"/vcda/replications/{vm}", trouble)

    # --- what there is ----------------------------------------------------------------------------------------------

    def at_source(self, name: str) -> VirtualMachine:
        return next(m for m in self.lab.world.machines_of("source") if m.name == name)

    def in_cloud(self, name: str) -> list[tuple[CloudVm, VirtualMachine]]:
        """The machines of that name in the cloud, each with the one in the provider's vCenter."""
        found = [vm for vm in self.cloud.vms.values() if vm.name == name]
        return [(vm, self.lab.world.machines[vm.machine]) for vm in found]

    def is_migrated(self, name: str) -> bool:
        """Off at the source, and exactly once, running, in the cloud."""
        there = self.in_cloud(name)
        return not self.at_source(name).powered_on and [machine.powered_on for _vm, machine in there] == [True]

    def mark(self) -> int:
        """The number of the newest request, to look only at later ones."""
        requests = self.lab.requests()
        return requests[-1].number if requests else 0

    def calls(self, since: int = 0) -> list[str]:
        return [entry.name for entry in self.lab.requests(self.service, since=since)]

    def writes(self, since: int = 0) -> list[str]:
        return [name for name in self.calls(since) if not name.startswith(ASKING)]


def listed(*names: str) -> list[Result]:
    return [{"name": name} for name in names]


def target(**settings: Any) -> Result:
    """Into acme-vdc, on the network that is like the source's, with addresses of its pool."""
    networks = [{"network": NETWORK, "mode": "pool"}]
    return {"vdc": VDC, "storage_profile": "gold", "networks": networks, **settings}


def job_of(result: Result, vm: str) -> Result:
    (found,) = [job for job in result["jobs"] if job["vm"] == vm]
    return dict(found)


def changed(result: Result) -> list[tuple[str, str]]:
    """(action, name) of every change."""
    return [(change["action"], change["name"]) for change in result["changes"]]
