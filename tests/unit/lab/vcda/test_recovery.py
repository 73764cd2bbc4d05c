# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut-over, failover and test, and what each step leaves in both vCenters and in the cloud (VCD reference 10.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyVmomi import vim as _vim

from lab import Lab, LabControl
from lab.clouds import CloudVm

vim: Any = _vim


def source(lab: Lab, name: str = "WebApp2") -> bool:
    """Whether the machine at the source runs."""
    return next(m.powered_on for m in lab.world.machines_of("source") if m.name == name)


def in_cloud(lab: Lab, vcda: Any, name: str = "WebApp2") -> list[CloudVm]:
    return [v for v in lab.world.clouds[vcda.cloud].vms.values() if v.name == name]


def state(vcda: Any, resource: str) -> str:
    return str(vcda.replication(resource)["destinationState"]["recoveryInfo"]["recoveryState"])


def test_a_cut_over_moves_the_machine_step_by_step(
    either: Any, lab: Lab, connect: Callable[..., Any], control: LabControl
) -> None:
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=10_000)
    resource = either.replicate()
    task = either.call("POST", f"/vm-replications/{resource}/migrate", either.recovery()).json()
    seen = []
    for _step in range(4):
        seen.append((source(lab), len(in_cloud(lab, either)), state(either, resource)))
        lab.shared.clock.advance(10)
        either.get("/sites")
    assert seen == [
        (True, 0, "IN_PROGRESS"),
        (False, 0, "IN_PROGRESS"),
        (False, 0, "IN_PROGRESS"),
        (False, 1, "IN_PROGRESS"),
    ]
    assert either.get(f"/tasks/{task['id']}")["state"] == "SUCCEEDED"
    recovered = either.replication(resource)["destinationState"]["recoveryInfo"]
    (vm,) = in_cloud(lab, either)
    assert (recovered["recoveryState"], recovered["vcdVmId"], recovered["vAppId"]) == ("COMPLETE", vm.id, vm.vapp)
    assert lab.world.clouds[either.cloud].vapps[vm.vapp].name == "WebApp2"
    assert [(n.address, n.mode) for n in vm.nics] == [("192.168.60.22", "MANUAL")]
    content = connect(vcenter="destination").content
    machine = content.searchIndex.FindByUuid(None, vm.machine, True, False)
    assert (machine.runtime.powerState, machine.guest.ipAddress) == ("poweredOn", "192.168.60.22")
    assert machine.network[0].name.endswith("acme-services")
    assert control.call("GET", "/vcda/reach/WebApp2")["where"] == either.cloud


def test_power_on_is_the_clients_choice(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery(power_on=False))
    (vm,) = in_cloud(lab, vcda)
    assert not lab.world.machines[vm.machine].powered_on
    assert not source(lab)


@pytest.mark.parametrize("rule", ["source_as_before", "source_off"])
def test_a_refused_cut_over_fails_its_task(vcda: Any, lab: Lab, control: LabControl, rule: str) -> None:
    lab.rules = lab.rules.changed(vcda_refused_cutover=rule)
    control.call("PATCH", "/vcda/replications/WebApp2", {"refuse_cutover": "The Org VDC has no quota left."})
    resource = vcda.replicate()
    task = vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery())
    assert (task["state"], task["error"]["msg"]) == ("FAILED", "The Org VDC has no quota left.")
    assert (source(lab), in_cloud(lab, vcda), state(vcda, resource)) == (rule == "source_as_before", [], "NOT_STARTED")
    control.call("PATCH", "/vcda/replications/WebApp2", {"refuse_cutover": None})
    assert vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery())["state"] == "SUCCEEDED"


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_cut_over_that_fails_at_any_step_leaves_one_machine_that_runs(vcda: Any, lab: Lab, step: int) -> None:
    resource = vcda.replicate()
    method = "POST /vm-replications/{resource}/migrate"
    lab.faults.add("fail_work", service="vcda/vcda-t", method=method, step=step, message="Lost.")
    machines = len(lab.world.machines)
    task = vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery())
    assert (task["state"], task["error"]["msg"], state(vcda, resource)) == ("FAILED", "Lost.", "NOT_STARTED")
    assert (source(lab), in_cloud(lab, vcda), len(lab.world.machines)) == (True, [], machines)
    assert vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery())["state"] == "SUCCEEDED"


@pytest.mark.parametrize("vanishes", ["source", "target"])
def test_a_machine_that_vanishes_meanwhile_fails_the_cut_over(vcda: Any, lab: Lab, vanishes: str) -> None:
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=10_000)
    resource = vcda.replicate()
    task = vcda.call("POST", f"/vm-replications/{resource}/migrate", vcda.recovery()).json()
    lab.shared.clock.advance(31 if vanishes == "target" else 1)
    vcda.get("/sites")
    found = in_cloud(lab, vcda)[0].machine if vanishes == "target" else lab.world.machines_of("source")[0].uuid
    lab.world.remove_machine(found)
    lab.shared.clock.advance(60)
    ended = vcda.get(f"/tasks/{task['id']}")
    assert (ended["state"], "no longer there" in ended["error"]["msg"]) == ("FAILED", True)


@pytest.mark.parametrize(
    ("nic", "text"),
    [
        ({"network": "nothing"}, "nothing is not available"),
        ({"ipAddress": "10.0.0.1"}, "10.0.0.1 cannot be used"),
        ({"ipAddress": "192.168.60.1"}, "192.168.60.1 cannot be used"),
        ({"ipAddress": None}, "No address cannot be used"),
        ({"nicIndex": 1}, "no network card 1"),
    ],
)
def test_the_target_checks_networks_and_addresses(vcda: Any, lab: Lab, nic: dict[str, Any], text: str) -> None:
    resource = vcda.replicate()
    task = vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery(**nic))
    assert task["state"] == "FAILED"
    assert text in task["error"]["msg"]
    assert source(lab)
    assert in_cloud(lab, vcda) == []


def test_pools_give_free_addresses_and_used_ones_are_refused(vcda: Any, lab: Lab) -> None:
    addresses = []
    for name in ("wave-01", "wave-02"):
        nic = {"ipAddressAllocationMode": "POOL", "ipAddress": None}
        vcda.task("POST", f"/vm-replications/{vcda.replicate(name)}/migrate", vcda.recovery(**nic))
        addresses += [n.address for v in in_cloud(lab, vcda, name) for n in v.nics]
    assert addresses == ["192.168.60.100", "192.168.60.101"]
    again = vcda.recovery(ipAddress="192.168.60.100")
    task = vcda.task("POST", f"/vm-replications/{vcda.replicate('wave-03')}/migrate", again)
    assert "in use" in task["error"]["msg"]


def test_network_settings_are_kept_and_used_by_rule(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    networks = {"vmNetworkSettings": vcda.recovery()["vmNetworkSettings"]}
    body = {"failoverSettings": networks, "failoverTestSettings": networks}
    assert vcda.task("PUT", f"/vm-replications/{resource}/network-settings", body)["state"] == "SUCCEEDED"
    kept = vcda.get(f"/vm-replications/{resource}/network-settings")["failoverSettings"]["vmNetworkSettings"]
    assert kept["nics"][0]["network"] == "acme-services"
    lab.rules = lab.rules.changed(vcda_stored_settings="used")
    vcda.task("POST", f"/vm-replications/{resource}/migrate", {"type": "vcloud"})
    assert [n.address for v in in_cloud(lab, vcda) for n in v.nics] == ["192.168.60.22"]
    lab.rules = lab.rules.changed(vcda_stored_settings="ignored")
    vcda.task("POST", f"/vm-replications/{vcda.replicate('wave-01')}/migrate", {"type": "vcloud"})
    assert [n.connected for v in in_cloud(lab, vcda, "wave-01") for n in v.nics] == [False]


def test_a_test_leaves_the_source_alone_and_is_cleaned_up(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    path = f"/vm-replications/{resource}/failover-test"
    assert vcda.refused("DELETE", path) == (400, "BadRequest")
    assert vcda.task("POST", path, vcda.recovery() | {"sync": True})["state"] == "SUCCEEDED"
    assert (state(vcda, resource), source(lab), len(in_cloud(lab, vcda))) == ("TEST", True, 1)
    assert vcda.refused("POST", f"/vm-replications/{resource}/migrate", vcda.recovery()) == (400, "BadRequest")
    machines = len(lab.world.machines)
    assert vcda.task("DELETE", path)["state"] == "SUCCEEDED"
    assert (state(vcda, resource), in_cloud(lab, vcda), len(lab.world.machines)) == ("NOT_STARTED", [], machines - 1)
    assert [v.name for v in lab.world.clouds["cloud-t"].vapps.values()] == ["acme-apps"]


def test_a_failover_takes_an_instance_and_leaves_the_source_on(vcda: Any, lab: Lab) -> None:
    resource = vcda.replicate()
    body, path = vcda.recovery(), f"/vm-replications/{resource}/failover"
    assert vcda.refused("POST", path, body | {"instanceId": "nothing"}) == (404, "NotFound")
    key = vcda.get(f"/vm-replications/{resource}/instances")[0]["key"]
    assert vcda.refused("POST", path, body | {"instanceId": key, "sync": True}) == (400, "BadUserInput")
    assert vcda.task("POST", path, body | {"instanceId": key})["state"] == "SUCCEEDED"
    assert (state(vcda, resource), source(lab)) == ("COMPLETE", True)
    assert vcda.refused("POST", f"/vm-replications/{resource}/pause") == (400, "BadRequest")
    assert vcda.task("DELETE", f"/vm-replications/{resource}")["state"] == "SUCCEEDED"
    assert len(in_cloud(lab, vcda)) == 1


def test_nothing_is_cut_over_before_its_first_instance(vcda: Any, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcda_sync_ms=1_000_000)
    resource = vcda.replicate()
    assert vcda.refused("POST", f"/vm-replications/{resource}/migrate", vcda.recovery()) == (400, "BadRequest")


def test_a_group_becomes_one_vapp_or_nothing(vcda: Any, lab: Lab, control: LabControl) -> None:
    task = vcda.task("POST", "/vapp-replications", vcda.group_creation("wave-01", "wave-02"))
    lab.shared.clock.advance(1)
    resource = task["workflowInfo"]["resourceId"]
    group = vcda.get(f"/vapp-replications/{resource}")
    assert (resource[:7], [m["vmName"] for m in group["vmReplications"]]) == ("C4VAPP-", ["wave-01", "wave-02"])
    networks = {
        vcda.vm_id(f"wave-0{n}"): vcda.recovery(ipAddress=f"192.168.60.{n + 10}")["vmNetworkSettings"] for n in (1, 2)
    }
    body = {"type": "vcloud", "powerOn": True, "vmNetworkSettings": networks}
    control.call("PATCH", "/vcda/replications/wave-02", {"refuse_cutover": "No."})
    assert vcda.task("POST", f"/vapp-replications/{resource}/migrate", body)["state"] == "FAILED"
    assert source(lab, "wave-01")
    assert in_cloud(lab, vcda, "wave-01") == []
    control.call("PATCH", "/vcda/replications/wave-02", {"refuse_cutover": None})
    assert vcda.task("POST", f"/vapp-replications/{resource}/migrate", body)["state"] == "SUCCEEDED"
    cloud = lab.world.clouds[vcda.cloud]
    (wave,) = (v for v in cloud.vapps.values() if v.name == "wave")
    assert {v.name: v.nics[0].address for v in cloud.vms_of(wave.id)} == {
        "wave-01": "192.168.60.11",
        "wave-02": "192.168.60.12",
    }
    assert vcda.get("/vapp-replications/summary")["total"] == 2
    assert vcda.task("DELETE", f"/vapp-replications/{resource}")["state"] == "SUCCEEDED"
    assert vcda.get("/vapp-replications")["total"] == vcda.get("/vm-replications")["total"] == 0


def test_reach_follows_the_machine(vcda: Any, lab: Lab, control: LabControl) -> None:
    def reach() -> Any:
        return control.call("GET", "/vcda/reach/WebApp2")

    assert reach() == {"reachable": True, "where": "source", "address": "172.16.10.22", "reason": ""}
    resource = vcda.replicate()
    vcda.task("POST", f"/vm-replications/{resource}/migrate", vcda.recovery(power_on=False))
    assert (reach()["reachable"], "off" in reach()["reason"]) == (False, True)
    (vm,) = in_cloud(lab, vcda)
    lab.world.add_machine(replace(lab.world.machines[vm.machine], powered_on=True))
    assert "No tunnel" in reach()["reason"]
    assert control.call("GET", "/vcda/reach/WebApp3")["reason"].startswith("WebApp3 is off")
