# SPDX-License-Identifier: GPL-3.0-or-later
"""What the information modules tell about Availability, the source's machines and those in the cloud."""

from __future__ import annotations

import pytest
from contract.vcda.tasks import NETWORK, SITE, Tasks, job_of, listed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda import client
from lab import Lab

BOTH = pytest.mark.parametrize("run", ["v", "t"], indirect=True)


@BOTH
def test_sites_and_their_pairing(run: Tasks) -> None:
    found = run("vcda_info", gather=["product", "sites"])
    sites = {site["name"]: site for site in found["sites"]}
    assert sites[run.cloud.name]["local"] is True
    assert sites[SITE]["kind"] == "on_premises"
    assert len(sites[SITE]["vcenters"]) == 1
    assert all(site["paired"] for site in sites.values())
    assert found["api_version"] == client.VERSIONS[0]
    assert found["product"]["build"]
    assert set(found) == {"changed", "api_version", "product", "sites"}


def test_without_a_login_at_the_other_site_its_vcenters_are_unknown(run: Tasks) -> None:
    found = run("vcda_info", gather=["sites"], source_username=None, source_password=None)
    (site,) = [site for site in found["sites"] if site["kind"] == "on_premises"]
    assert (site["paired"], site["vcenters"]) == (True, None)
    assert "POST /sessions/extend" not in run.calls()


def test_half_a_login_is_none(run: Tasks) -> None:
    result = run.failing("vcda_info", source_password=None)
    assert result["msg"] == "source_username and source_password are a login together; give both or none"


def test_health_is_a_sentence_for_each_trouble(run: Tasks) -> None:
    run.replicate("wave-01", "wave-02", "wave-03", rpo_minutes=15)
    assert run("vcda_info", gather=["health"])["health"] == {"healthy": True, "problems": []}
    run.disturb("wave-01", fail="The source disk cannot be read.")
    run.disturb("wave-02", rpo_violation=4)
    health = run("vcda_info", gather=["health"])["health"]
    assert health["healthy"] is False
    assert health["problems"] == [
        "wave-01: The source disk cannot be read [GeneralServerFailure]",
        "the replica of wave-02 is 4 min behind its RPO of 15 min",
    ]
    assert run("vcda_info", gather=["health"], vms=["wave-03"])["health"]["healthy"] is True


def test_jobs_of_some_machines_with_their_networks(run: Tasks) -> None:
    run.replicate("wave-01", "wave-02")
    found = run("vcda_info", gather=["jobs"], vms=["wave-02"], networks=True)
    assert [job["vm"] for job in found["jobs"]] == ["wave-02"]
    assert job_of(found, "wave-02")["networks"] == [
        {"nic": 0, "network": NETWORK, "mode": "pool", "address": None},
    ]
    assert run("vcda_info", gather=["jobs"], vms=["wave-02"])["jobs"][0]["networks"] is None


def test_a_finished_job_tells_when_it_was_cut_over(run: Tasks) -> None:
    run.replicate("wave-01")
    done = job_of(run.cut_over("wave-01"), "wave-01")
    seen = job_of(run("vcda_info", gather=["jobs"]), "wave-01")
    assert seen["downtime_seconds"] == done["downtime_seconds"] > 0


def test_tasks_by_state(run: Tasks) -> None:
    run.replicate("wave-01")
    run.disturb("wave-01", refuse_cutover="No.")
    run.failing(vms=listed("wave-01"), state="cutover")
    (failed,) = run("vcda_info", gather=["tasks"], task_state="failed")["tasks"]
    assert failed["error"] == "No [GeneralServerFailure]"
    states = {task["state"] for task in run("vcda_info", gather=["tasks"])["tasks"]}
    assert states == {"failed", "succeeded"}


# --- the source's machines --------------------------------------------------------------------------------------------


def test_machines_of_the_source_in_one_bulk_read(run: Tasks, lab: Lab) -> None:
    since = run.mark()
    found = run("vcenter_vm_info", vms=["WebApp3", "WebApp2", "no-such-vm"])
    web2, web3 = found["vms"]
    assert (web2["name"], web2["power_state"], web2["networks"], web2["addresses"]) == (
        "WebApp2",
        "on",
        ["pg-web"],
        ["172.16.10.22"],
    )
    assert (web3["name"], web3["powered_on"], web3["networks"], web3["addresses"]) == ("WebApp3", False, ["pg-web"], [])
    assert web2["uuid"] == run.at_source("WebApp2").uuid
    assert found["missing"] == ["no-such-vm"]
    calls = [entry.name for entry in lab.requests("vcenter/source", since=since)]
    assert calls == ["RetrieveServiceContent", "Login", "RetrievePropertiesEx", "Logout"]


def test_all_machines_where_none_is_named(run: Tasks, lab: Lab) -> None:
    found = run("vcenter_vm_info")
    assert {vm["name"] for vm in found["vms"]} == {machine.name for machine in lab.world.machines_of("source")}


def test_a_machine_by_its_id(run: Tasks) -> None:
    (web,) = run("vcenter_vm_info", vms=["WebApp2"])["vms"]
    assert run("vcenter_vm_info", vms=[web["id"]])["vms"] == [web]


# --- the cloud's machines ---------------------------------------------------------------------------------------------


@BOTH
def test_machines_of_an_org_vdc(run: Tasks) -> None:
    assert run("vcd_vm_info", vdc="acme-vdc", vms=["WebApp2"]) == {"changed": False, "vms": [], "missing": ["WebApp2"]}
    run.replicate("WebApp2")
    run.cut_over("WebApp2")
    ((vm, _machine),) = run.in_cloud("WebApp2")
    (seen,) = run("vcd_vm_info", vdc="acme-vdc", vms=["WebApp2"])["vms"]
    assert (seen["id"], seen["vapp"], seen["powered_on"]) == (vm.id, "WebApp2", True)
    assert (seen["networks"], seen["addresses"]) == ([NETWORK], ["172.16.10.150"])
    assert seen["nics"][0]["mode"] == "pool"
    assert run("vcd_vm_info", vdc="acme-vdc", vms=[vm.id])["vms"] == [seen]


def test_a_test_copy_has_no_network_and_no_address(run: Tasks) -> None:
    run.replicate("WebApp2")
    run(vms=listed("WebApp2"), state="tested", wait_timeout=20)
    (seen,) = run("vcd_vm_info", vdc="acme-vdc", vms=["WebApp2"])["vms"]
    assert (seen["networks"], seen["addresses"], seen["powered_on"]) == ([], [], True)


@BOTH
def test_the_verdict_from_both_ends(run: Tasks) -> None:
    def judge() -> str:
        ends = {
            "source_vms": run("vcenter_vm_info", vms=["WebApp2"])["vms"],
            "target_vms": run("vcd_vm_info", vdc="acme-vdc", vms=["WebApp2"])["vms"],
            "jobs": run("vcda_info", gather=["jobs"], networks=True)["jobs"],
        }
        found = run("migration_verdict", vms=[{"name": "WebApp2"}], **ends)
        verdict: str = found["verdicts"][0]["verdict"]
        assert found["all_migrated"] is (verdict == "migrated")
        return verdict

    assert judge() == "not_migrated"
    run.replicate("WebApp2")
    run.cut_over("WebApp2")
    assert judge() == "migrated"
