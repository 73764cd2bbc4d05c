# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine from its first synchronisation to the cloud with `vcda_migration`; seen in the lab's world."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contract.vcda.tasks import NETWORK, Tasks, changed, job_of, listed, target

from ansible_collections.hybridcloud.mobility.plugins.module_utils import module
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab

CREATE, STORE = "POST /vm-replications", "PUT /vm-replications/{resource}/network-settings"
MIGRATE = "POST /vm-replications/{resource}/migrate"
BOTH = pytest.mark.parametrize("run", ["v", "t"], indirect=True)


@BOTH
def test_a_machine_is_replicated_and_cut_over(run: Tasks) -> None:
    result = run.replicate("WebApp2", rpo_minutes=15)
    assert changed(result) == [("create", "WebApp2")]
    assert job_of(result, "WebApp2")["state"] == "cutover_ready"
    assert run.at_source("WebApp2").powered_on
    assert run.in_cloud("WebApp2") == []
    done = run.cut_over("WebApp2")
    assert changed(done) == [("update", "WebApp2")]
    assert done["changes"][0]["after"] == {"state": "completed"}
    assert "the source VM stays where it is" in done["changes"][0]["notes"][0]
    assert run.is_migrated("WebApp2")
    ((vm, _machine),) = run.in_cloud("WebApp2")
    assert run.cloud.vapps[vm.vapp].name == "WebApp2"
    assert vm.nics[0].address == "172.16.10.150"
    assert job_of(done, "WebApp2")["cloud_vm_id"] == vm.id


def test_the_body_of_a_new_job(run: Tasks) -> None:
    result = run.replicate("WebApp2", rpo_minutes=15, description="Move of the shop", data_connection="encrypted")
    assert result["changes"][0]["after"] == {
        "type": "warm",
        "cloud": "cloud-t",
        "vdc": "acme-vdc",
        "storage_profile": "gold",
        "rpo_minutes": 15,
        "networks": {"WebApp2": [{"nic": 0, "network": NETWORK, "mode": "pool", "address": None}]},
        "description": "Move of the shop",
        "start_at": "at once",
        "disk_type": "thin",
    }
    (replication,) = run("vcda_info", gather=["jobs"], networks=True)["jobs"]
    assert (replication["rpo_minutes"], replication["description"]) == (15, "Move of the shop")
    assert replication["networks"] == result["changes"][0]["after"]["networks"]["WebApp2"]
    assert run.writes() == [CREATE, STORE]


def test_a_second_run_changes_nothing(run: Tasks) -> None:
    run.replicate("WebApp2")
    since = run.mark()
    again = run.replicate("WebApp2")
    assert (again["changed"], again["diff"], run.writes(since)) == (False, {"before": {}, "after": {}}, [])
    run.cut_over("WebApp2")
    since = run.mark()
    for again in (run.cut_over("WebApp2"), run.replicate("WebApp2")):
        assert (again["changed"], job_of(again, "WebApp2")["state"]) == (False, "completed")
    assert run.writes(since) == []


def test_one_login_and_bulk_reads_serve_a_task(run: Tasks) -> None:
    names = [f"wave-{number:02}" for number in range(1, 9)]
    run.replicate(*names, wait=False)
    run.replicate(*names)
    since = run.mark()
    run.replicate(*names)
    calls = run.calls(since)
    assert calls.count("POST /sessions") == calls.count("POST /sessions/extend") == 1
    assert calls.count("GET /vm-replications/{resource}/network-settings") == len(names)
    rest = [call for call in calls if "network-settings" not in call]
    assert len(rest) < 20, rest


def test_the_address_that_the_source_has_is_kept(run: Tasks) -> None:
    seen = run("vcenter_vm_info", vms=["WebApp2"])["vms"]
    keep = target(networks=[{"network": NETWORK, "mode": "keep"}])
    run(vms=listed("WebApp2"), target=keep, source_vms=seen, state="cutover", wait_timeout=20)
    ((vm, _machine),) = run.in_cloud("WebApp2")
    assert (vm.nics[0].mode, vm.nics[0].address) == ("MANUAL", "172.16.10.22")
    # The guest is off by now and tells no address; that is no reason to change anything.
    seen = run("vcenter_vm_info", vms=["WebApp2"])["vms"]
    again = run(vms=listed("WebApp2"), target=keep, source_vms=seen, state="cutover")
    assert again["changed"] is False


def test_the_downtime_is_that_of_the_cutovers_task(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcda_cutover_step_ms=300)
    run.replicate("WebApp2")
    job = job_of(run.cut_over("WebApp2"), "WebApp2")
    assert job["downtime_seconds"] == pytest.approx(1.2, abs=0.01)
    assert job["cutover_start"] <= job["cutover_end"]
    later = job_of(run.cut_over("WebApp2"), "WebApp2")
    assert later["started_at"] <= later["cutover_start"]
    told = ("cutover_start", "cutover_end", "downtime_seconds")
    assert [later[key] for key in told] == [job[key] for key in told]


def test_progress_is_shown_while_it_runs(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    original = module.Progress
    monkeypatch.setattr(module, "Progress", lambda show: original(show, every=0))
    lab.rules = lab.rules.changed(vcda_sync_ms=400)
    run.replicate("WebApp2")
    lines = [line for line in run.shown if line.startswith("1 migration: 1 syncing")]
    told = r"1 migration: 1 syncing \(\d+ % of [\d.]+ GiB, about \d+ min left\)"
    assert any(re.fullmatch(told, line) for line in lines), run.shown


def test_check_mode_shows_the_jobs_and_writes_nothing(run: Tasks) -> None:
    planned = run.replicate("WebApp2", "wave-01", check=True, rpo_minutes=30)
    assert run.writes() == []
    assert changed(planned) == [("create", "WebApp2"), ("create", "wave-01")]
    job = job_of(planned, "WebApp2")
    assert (job["state"], job["rpo_minutes"], job["vdc"]) == ("none", 30, "acme-vdc")
    assert job["networks"][0]["network"] == NETWORK
    assert run.replicate("WebApp2", "wave-01", rpo_minutes=30)["changes"] == planned["changes"]
    since = run.mark()
    planned = run.cut_over("WebApp2", check=True)
    assert run.writes(since) == []
    assert (changed(planned), run.at_source("WebApp2").powered_on) == ([("update", "WebApp2")], True)
    assert run.cut_over("WebApp2")["changes"] == planned["changes"]


def test_check_mode_plans_the_cutover_of_a_job_that_it_would_have_made(
    run: Tasks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    run.replicate("WebApp2", check=True, rpo_minutes=30)
    planned = run.cut_over("WebApp2", check=True)
    assert changed(planned) == [("update", "WebApp2")]
    assert (job_of(planned, "WebApp2")["state"], job_of(planned, "WebApp2")["rpo_minutes"]) == ("none", 30)
    assert run.replicate("WebApp2", check=True)["changed"] is False
    assert run.writes() == []
    # What was pretended is of no use to a real run, and over once it was made.
    assert "making one needs target.vdc" in run.failing(vms=listed("WebApp2"), state="cutover")["msg"]
    run.replicate("WebApp2")
    assert run.cut_over("WebApp2", check=True)["changes"] == run.cut_over("WebApp2")["changes"]


# --- drift ------------------------------------------------------------------------------------------------------------


def test_another_rpo_is_corrected_by_exactly_one_change(run: Tasks) -> None:
    run.replicate("WebApp2", "wave-01", rpo_minutes=15)
    run.replicate("WebApp2", rpo_minutes=240)
    since = run.mark()
    result = run.replicate("WebApp2", "wave-01", rpo_minutes=15)
    (change,) = result["changes"]
    assert (change["name"], change["before"], change["after"]) == (
        "WebApp2",
        {"rpo_minutes": 240},
        {"rpo_minutes": 15},
    )
    assert run.writes(since) == ["PATCH /vm-replications/{resource}"]
    assert run.replicate("WebApp2", "wave-01", rpo_minutes=15)["changed"] is False


def test_other_networks_and_another_profile_are_one_change(run: Tasks) -> None:
    run.replicate("WebApp2")
    other = target(storage_profile="silver", networks=[{"network": NETWORK, "address": "172.16.10.77"}])
    (change,) = run(vms=listed("WebApp2"), target=other)["changes"]
    assert set(change["after"]) == {"networks", "storage_profile"}
    assert run(vms=listed("WebApp2"), target=other)["changed"] is False
    run.cut_over("WebApp2")
    ((vm, _machine),) = run.in_cloud("WebApp2")
    assert vm.nics[0].address == "172.16.10.77"


def test_what_is_not_stated_is_left_alone(run: Tasks) -> None:
    run.replicate("WebApp2", rpo_minutes=15, description="mine", quiesced=True)
    assert run(vms=listed("WebApp2"))["changed"] is False


# --- what no source settles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        {"vcda_extend_user": "vcdUser"},
        {"vcda_remote_status": 401},
        {"vcda_vms_path": "bare"},
        {"vcda_policies_paged": True},
        {"vcda_unset": "absent"},
        {"vcda_stored_settings": "used"},
        {"vcda_existing_vapp": "refuse"},
        {"vcda_second_replication": "accept"},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_a_migration_where_the_service_is_otherwise(run: Tasks, lab: Lab, rule: dict[str, object]) -> None:
    lab.rules = lab.rules.changed(**rule)
    run.replicate("WebApp2", rpo_minutes=15)
    assert run.replicate("WebApp2", rpo_minutes=15)["changed"] is False
    run.cut_over("WebApp2")
    assert run.is_migrated("WebApp2")
    assert run.cut_over("WebApp2")["changed"] is False


def test_a_session_that_ends_in_the_middle_is_opened_again_at_both_sites(run: Tasks, lab: Lab) -> None:
    lab.faults.add("http", method="POST /vm-replications", status=401, times=1)
    run.replicate("WebApp2")
    calls = run.calls()
    assert calls.count("POST /sessions") == calls.count("POST /sessions/extend") == 2


# --- the other states -------------------------------------------------------------------------------------------------


def test_a_job_is_paused_and_goes_on(run: Tasks) -> None:
    run.replicate("WebApp2")
    assert changed(run(vms=listed("WebApp2"), state="paused")) == [("update", "WebApp2")]
    assert run(vms=listed("WebApp2"), state="paused")["changed"] is False
    assert job_of(run("vcda_info", gather=["jobs"]), "WebApp2")["state"] == "paused"
    result = run.replicate("WebApp2")
    assert job_of(result, "WebApp2")["state"] == "cutover_ready"
    run(vms=listed("WebApp2"), state="paused")
    run.cut_over("WebApp2")
    assert run.is_migrated("WebApp2")


def test_a_test_runs_beside_the_source_and_has_no_network(run: Tasks) -> None:
    run.replicate("WebApp2")
    result = run(vms=listed("WebApp2"), state="tested", wait_timeout=20)
    assert job_of(result, "WebApp2")["state"] == "tested"
    assert run.at_source("WebApp2").powered_on
    ((vm, machine),) = run.in_cloud("WebApp2")
    assert (vm.nics[0].connected, vm.nics[0].address, machine.powered_on) == (False, None, True)
    assert run(vms=listed("WebApp2"), state="tested")["changed"] is False
    assert changed(run.replicate("WebApp2")) == [("update", "WebApp2")]
    assert run.in_cloud("WebApp2") == []


def test_a_test_is_ended_by_the_cutover(run: Tasks) -> None:
    run.replicate("WebApp2", target=target(test_network="acme-isolated"))
    run(vms=listed("WebApp2"), state="tested", wait_timeout=20)
    ((vm, _machine),) = run.in_cloud("WebApp2")
    tested_on = run.cloud.networks[vm.nics[0].network or ""].name
    assert tested_on == "acme-isolated"
    run.cut_over("WebApp2")
    assert run.is_migrated("WebApp2")


def test_a_machine_without_a_job_is_migrated_in_one_go(run: Tasks) -> None:
    result = run(vms=listed("WebApp2"), target=target(), state="cutover", wait_timeout=20)
    assert changed(result) == [("create", "WebApp2"), ("update", "WebApp2")]
    assert run.is_migrated("WebApp2")


def test_a_machine_that_is_off_is_migrated_cold(run: Tasks) -> None:
    result = run(vms=listed("WebApp3"), target=target(), type="cold", state="cutover", wait_timeout=20)
    assert job_of(result, "WebApp3")["state"] == "completed"
    assert run.is_migrated("WebApp3")


def test_the_power_stays_off_where_that_is_wanted(run: Tasks) -> None:
    result = run.replicate("WebApp2", state="cutover", power_on=False)
    ((_vm, machine),) = run.in_cloud("WebApp2")
    assert (machine.powered_on, run.at_source("WebApp2").powered_on) == (False, False)
    assert result["warnings"] == [
        "WebApp2 was cut over without power_on, so it is powered off at both ends; power it on in the cloud"
    ]


@pytest.mark.parametrize("before", ["present", "paused", "tested", "cutover"])
def test_a_job_is_removed_and_the_machines_stay(run: Tasks, before: str) -> None:
    run.replicate("WebApp2")
    run(vms=listed("WebApp2"), state=before, wait_timeout=20)
    assert changed(run(vms=listed("WebApp2"), state="absent")) == [("remove", "WebApp2")]
    assert run("vcda_info", gather=["jobs"])["jobs"] == []
    assert run(vms=listed("WebApp2"), state="absent")["changed"] is False
    assert len(run.in_cloud("WebApp2")) == (1 if before == "cutover" else 0)
    assert run.at_source("WebApp2").powered_on is (before != "cutover")


def test_a_start_in_the_future_is_not_waited_for(run: Tasks, lab: Lab) -> None:
    result = run.replicate("WebApp2", start_at="2999-01-01T00:00:00+00:00")
    assert job_of(result, "WebApp2")["state"] == "scheduled"
    assert run.replicate("WebApp2", start_at="2999-01-01T00:00:00+00:00")["changed"] is False


# --- groups -----------------------------------------------------------------------------------------------------------


def test_a_group_becomes_one_vapp(run: Tasks) -> None:
    group = {"group_into_vapp": True, "vapp_name": "shop", "wait_timeout": 20}
    result = run(vms=listed("wave-01", "wave-02"), target=target(), **group)
    assert changed(result) == [("create", "shop")]
    assert run(vms=listed("wave-01", "wave-02"), target=target(), **group)["changed"] is False
    (change,) = run(vms=listed("wave-01", "wave-02"), target=target(), rpo_minutes=30, **group)["changes"]
    assert change["after"] == {"rpo_minutes": 30}
    run(vms=listed("wave-01", "wave-02"), state="cutover", **group)
    assert run.is_migrated("wave-01")
    assert run.is_migrated("wave-02")
    assert {run.cloud.vapps[vm.vapp].name for name in ("wave-01", "wave-02") for vm, _m in run.in_cloud(name)} == {
        "shop"
    }
    done = run(vms=listed("wave-01", "wave-02"), state="cutover", **group)
    assert done["changed"] is False
    assert all(job["downtime_seconds"] > 0 for job in done["jobs"])


def test_machines_on_their_own_do_not_become_a_group(run: Tasks) -> None:
    run.replicate("wave-01")
    group = {"group_into_vapp": True, "vapp_name": "shop"}
    result = run.failing(vms=listed("wave-01", "wave-02"), target=target(), **group)
    assert result["msg"].startswith("the virtual machines of vApp shop are not in one job; there are: wave-01 (C4-")
