# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/migrate.yml by its stages: replicate, held, cut over, verified, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.vcda.tasks import SITE, Tasks, target
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab

APPROVED = ("-e", '{"warm_migration_approved": true}')


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture
def run(lab: Lab) -> Tasks:
    lab.reset()
    return Tasks(lab, "t")


class Migration:
    """The playbook on one site with two waves."""

    def __init__(self, run: Tasks, folder: Path, **variables: Any) -> None:
        self.reports = folder / "reports"
        vcd, vcenter = run.connections["vcd_vm_info"], run.connections["vcenter_vm_info"]
        given = {
            **{f"vcenter_{name}": value for name, value in vcenter.items()},
            **{f"vcda_{name}": value for name, value in run.vcda.items()},
            **{f"vcd_{name}": value for name, value in vcd.items()},
            "warm_migration_source_site": SITE,
            "warm_migration_target": target(networks=[{"network": "company-network", "mode": "keep"}]),
            "warm_migration_rpo_minutes": 15,
            "warm_migration_wait_timeout": 60,
            "warm_migration_reports": str(self.reports),
            "warm_migration_waves": [
                {"name": "web", "vms": [{"name": "WebApp2"}]},
                {"name": "rest", "vms": [{"name": "wave-01"}, {"name": "wave-02"}]},
            ],
            **variables,
        }
        playbook = PROJECT / "playbooks/migrate.yml"
        self._playbook = Playbook(
            folder, [{"ansible.builtin.import_playbook": str(playbook)}], hosts={"company": given}
        )

    def run(self, *arguments: str) -> Finished:
        return self._playbook.run(*arguments)

    def report(self, wave: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.reports / f"{wave}.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "play"
    place.mkdir()
    return place


def changed(finished: Finished) -> list[str]:
    return [result.task for result in finished.results if result.result.get("changed")]


def test_the_stages_one_after_the_other(run: Tasks, folder: Path) -> None:
    migration = Migration(run, folder)
    # Without approval the machines are replicated, and that is all.
    held = migration.run().succeeded()
    assert "The cut-over of web waits for approval" in held.output
    assert all(run.at_source(name).powered_on for name in ("WebApp2", "wave-01", "wave-02"))
    assert migration.report("web")["vms"][0]["state"] == "cutover_ready"

    web = ("-e", '{"warm_migration_only": ["web"]}', "-vvv")
    told = migration.run("--tags", "cutover,verify", *APPROVED, *web).succeeded()
    assert run.lab.password not in told.output
    assert run.lab.password not in repr(told.results)
    assert run.is_migrated("WebApp2")
    assert run.at_source("wave-01").powered_on
    (row,) = migration.report("web")["vms"]
    assert (row["verdict"], row["rpo_minutes"], row["warnings"]) == ("migrated", 15, [])
    assert row["downtime_seconds"] > 0
    assert "| WebApp2 | completed |" in (migration.reports / "web.md").read_text(encoding="utf-8")
    ((vm, _machine),) = run.in_cloud("WebApp2")
    assert vm.nics[0].address == "172.16.10.22"

    # Of the servers with an agent, those that have moved are looked for in Azure, which nobody can log in to here.
    servers = folder / "servers.json"
    shop = {"arc_vm": "WebApp2", "arc_onboarding_resource_group": "rg-arc"}
    servers.write_text(json.dumps({"arc_servers": {"hosts": {"shop": shop, "wave-01": {}}}}))
    followed = migration.run("-i", str(servers), "--tags", "verify", *web)
    assert [(result.host, result.state) for result in followed.named("The original is off")] == [("shop", "ok")]
    (asked,) = followed.named("Read the server's machine in Azure")
    assert (asked.state, "subscription_id" in asked.result["msg"]) == ("failed", True)

    # The rest goes back before its cut-over; what is in the cloud is for a person to decide.
    back = migration.run("--tags", "rollback")
    assert back.code != 0
    assert "Powered off at the source: WebApp2. Shut down what runs of them in the cloud" in back.output
    finished = migration.run("--tags", "rollback", "-e", '{"warm_migration_only": ["rest"]}').succeeded()
    assert changed(finished) == ["End the migrations that are not cut over"]
    assert [job["vm"] for job in run("vcda_info", gather=["jobs"])["jobs"]] == ["WebApp2"]
    assert run.at_source("wave-01").powered_on


def test_troubles_are_told_at_the_end_and_the_next_run_finishes(run: Tasks, folder: Path) -> None:
    window = {"start": "2001-01-01T00:00:00+0000", "end": "2999-01-01T00:00:00+0000"}
    migration = Migration(run, folder, warm_migration_hold="window", warm_migration_window=window)
    run.disturb("wave-01", refuse_cutover="The quota is used up.")
    first = migration.run()
    assert first.code != 0
    assert run.is_migrated("WebApp2")
    assert run.is_migrated("wave-02")
    (last,) = first.named("Every machine is where it should be")
    assert "the cut-over of wave-01 failed: The quota is used up" in last.result["msg"]
    assert "wave-01 runs at the source and is not at the target. Cut it over." in last.result["msg"]
    rows = {row["vm"]: row for row in migration.report("rest")["vms"]}
    assert rows["wave-01"]["failed"] is True
    assert rows["wave-01"]["to_do"]
    assert rows["wave-02"]["verdict"] == "migrated"

    run.disturb("wave-01", refuse_cutover=None)
    second = migration.run().succeeded()
    assert changed(second) == ["Cut the machines over"]
    assert run.is_migrated("wave-01")


def test_a_wave_is_not_cut_over_outside_of_its_window(run: Tasks, folder: Path) -> None:
    migration = Migration(
        run, folder, warm_migration_hold="window", warm_migration_window={"end": "2001-01-01T00:00:00+0000"}
    )
    finished = migration.run("--tags", "cutover").succeeded()
    assert "The cut-over of web waits for its window" in " ".join(finished.output.split())
    assert run.writes() == []
