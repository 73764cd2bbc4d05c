# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused once the lab is asked: one sentence, in check mode as otherwise, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from contract.bad_input.case import reads_well
from contract.vcda.tasks import NETWORK, Tasks, changed, listed, target

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import inventory
from lab import Lab, snapshots

Before = Callable[[Tasks], Any]


def nothing(run: Tasks) -> None:
    """The lab as it is."""


def on(**settings: Any) -> dict[str, Any]:
    return target(networks=[{"network": NETWORK, **settings}])


CASES: list[tuple[str, dict[str, Any], Before, str]] = [
    (
        "a machine that does not exist",
        {"vms": listed("no-such-vm")},
        nothing,
        "no-such-vm does not exist in the vCenter of site company-dc1; check its name there",
    ),
    (
        "an id that does not exist",
        {"vms": [{"id": "vm-99999"}]},
        nothing,
        "vm-99999 does not exist in the vCenter of site company-dc1; check its name there",
    ),
    (
        "another site",
        {"source_site": "dc9"},
        nothing,
        "source_site dc9 does not exist; localhost:{port} has: company-dc1",
    ),
    (
        "another vCenter",
        {"source_vcenter": "vc9"},
        nothing,
        "source_vcenter vc9 does not exist; site company-dc1 has: ",
    ),
    (
        "another cloud",
        {"target": target(cloud="cloud-x")},
        nothing,
        "target.cloud cloud-x does not exist; the login at localhost:{port} has: cloud-t",
    ),
    (
        "another Org VDC",
        {"target": target(vdc="no-vdc")},
        nothing,
        "target.vdc no-vdc does not exist; cloud cloud-t has: acme-vdc",
    ),
    (
        "another storage profile",
        {"target": target(storage_profile="bronze")},
        nothing,
        "target.storage_profile bronze does not exist; Org VDC acme-vdc has: gold, silver",
    ),
    (
        "another network",
        {"target": target(networks=[{"network": "no-net"}])},
        nothing,
        "network no-net does not exist in Org VDC acme-vdc; there is: acme-isolated, acme-services, company-network",
    ),
    (
        "another test network",
        {"target": target(test_network="no-net")},
        nothing,
        "network no-net does not exist in Org VDC acme-vdc; there is: acme-isolated, acme-services, company-network",
    ),
    (
        "no target for a new job",
        {"target": None},
        nothing,
        "WebApp2 has no migration yet, and making one needs target.vdc",
    ),
    (
        "warm for a machine that is off",
        {"vms": listed("WebApp3")},
        nothing,
        "WebApp3 is powered off, and type warm is for a running VM; power it on, or use type cold",
    ),
    (
        "cold for a machine that runs",
        {"type": "cold"},
        nothing,
        "WebApp2 runs, and type cold is for a VM that is off; shut it down first, or use type warm",
    ),
    (
        "cold cut-over of a machine that runs",
        {"type": "cold", "state": "cutover"},
        lambda run: run.replicate("WebApp2"),
        "WebApp2 runs, and type cold is for a VM that is off; shut it down first, or use type warm",
    ),
    (
        "an RPO below the policy of a new job",
        {"rpo_minutes": 10},
        lambda run: policy(run, 30),
        "rpo_minutes 10 is below 30, the least that the organization's policy allows",
    ),
    (
        "an RPO below the policy of a job",
        {"rpo_minutes": 10},
        lambda run: (run.replicate("WebApp2"), policy(run, 30)),
        "rpo_minutes 10 is below 30, the least that the organization's policy allows",
    ),
    (
        "pausing what is not there",
        {"state": "paused"},
        nothing,
        "WebApp2 has no migration that could be paused; make it first (state present)",
    ),
    (
        "cutting over a new job without network",
        {"state": "cutover", "target": {"vdc": "acme-vdc"}},
        nothing,
        "WebApp2 would be cut over without a network; give target.networks",
    ),
    (
        "cutting over a job without network",
        {"state": "cutover", "target": None},
        lambda run: run.replicate("WebApp2", target={"vdc": "acme-vdc"}),
        "WebApp2 has no networks for the target; give target.networks",
    ),
    (
        "testing a job without network",
        {"state": "tested", "target": None},
        lambda run: run.replicate("WebApp2", target={"vdc": "acme-vdc"}),
        "WebApp2 has no networks for the target; give target.networks",
    ),
    (
        "an address to keep that nobody knows",
        {"target": on(mode="keep")},
        nothing,
        "the present address of WebApp2 is not known; start VMware Tools in it, or give its address",
    ),
    (
        "two machines with one address",
        {"vms": listed("WebApp2", "wave-01"), "target": on(address="172.16.10.5")},
        nothing,
        "vms: WebApp2 and wave-01 are both given 172.16.10.5 on company-network",
    ),
    (
        "wrong password",
        {"password": "Wrong!98765"},
        nothing,
        "localhost:{port} does not accept this user name and password: ",
    ),
    (
        "wrong password of the source",
        {"source_password": "Wrong!98765"},
        nothing,
        "site company-dc1 does not accept administrator@vsphere.local and the password: ",
    ),
    (
        "a URL as hostname",
        {"hostname": "https://vcda.example.com"},
        nothing,
        "hostname https://vcda.example.com is not the name or address of a server; give it without https://",
    ),
]


def policy(run: Tasks, least: int) -> None:
    run.lab.rules = run.lab.rules.changed(vcda_min_rpo=least)


@pytest.mark.parametrize(
    ("options", "before", "sentence"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_cannot_be_is_refused(
    run: Tasks, lab: Lab, options: dict[str, Any], before: Before, sentence: str
) -> None:
    before(run)
    there = snapshots.take(lab.shared)
    for check in (True, False):
        since = run.mark()
        result = run.failing(check=check, **{"vms": listed("WebApp2"), "target": target(), **options})
        assert result["msg"].startswith(sentence.format(port=run.vcda["port"]))
        assert (result["changed"], run.writes(since)) == (False, [])
        assert "Wrong!98765" not in str(result)
        reads_well(result["msg"])
    now = snapshots.take(lab.shared)
    assert (now.machines, now.clouds) == (there.machines, there.clouds)


def test_a_machine_that_is_protected_is_not_migrated_beside(run: Tasks) -> None:
    run.replicate("WebApp2")
    (made,) = replications(run)
    made.is_migration = False
    result = run.failing(vms=listed("WebApp2"), target=target())
    assert result["msg"] == (f"WebApp2 is protected by {made.id}, which is no migration; end that protection first")


def replications(run: Tasks) -> list[Any]:
    """The lab's own."""
    kept: Any = run.lab.shared.kept[run.service]
    return list(kept.state.replications.values())


def test_a_policy_that_the_user_may_not_see_is_left_to_the_service(run: Tasks, lab: Lab) -> None:
    policy(run, 30)
    lab.faults.add("http", method="GET /policies", status=403, times=None)
    result = run.failing(vms=listed("WebApp2"), target=target(), rpo_minutes=10)
    assert "The RPO of 10 minutes is below the 30 of policy Default policy" in result["msg"]


def test_one_machine_by_name_and_by_id(run: Tasks) -> None:
    (web,) = run("vcenter_vm_info", vms=["WebApp2"])["vms"]
    result = run.failing(vms=[{"name": "WebApp2"}, {"id": web["id"]}], target=target())
    assert result["msg"] == f"vms: WebApp2 and {web['id']} are the same virtual machine; keep one of them"


def test_a_name_of_two_machines(run: Tasks, lab: Lab) -> None:
    lab.world.add_machine(replace(run.at_source("wave-01"), name="WebApp2"))
    result = run.failing(vms=listed("WebApp2"), target=target())
    ids = [vm["id"] for vm in run("vcenter_vm_info", vms=["WebApp2"])["vms"]]
    assert result["msg"] == f"WebApp2 is the name of 2 virtual machines ({', '.join(ids)}); give id instead"
    made = run(vms=[{"id": each} for each in ids], target=target(), wait_timeout=20)
    assert changed(made) == [("create", f"WebApp2 ({each})") for each in ids]


def test_all_problems_of_a_list_are_told_at_once_and_none_is_begun(run: Tasks) -> None:
    result = run.failing(vms=listed("WebApp2", "WebApp3", "wave-01"), target=target(), type="cold")
    assert result["problems"] == [
        "WebApp2 runs, and type cold is for a VM that is off; shut it down first, or use type warm",
        "wave-01 runs, and type cold is for a VM that is off; shut it down first, or use type warm",
    ]
    assert run.writes() == []


def test_a_state_that_the_inventory_does_not_tell_is_asked_for(run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the service shows the power state is not known; then vCenter's own word is needed."""
    monkeypatch.setattr(inventory, "_is_on", lambda item: None)
    result = run.failing(vms=listed("WebApp2"), target=target())
    assert result["msg"] == "nobody tells whether WebApp2 runs at the source; give source_vms, from vcenter_vm_info"
    seen = run("vcenter_vm_info", vms=["WebApp2", "WebApp3"])["vms"]
    run.replicate("WebApp2", source_vms=seen)
    assert "WebApp3 is powered off" in run.failing(vms=listed("WebApp3"), target=target(), source_vms=seen)["msg"]
