# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while a service mesh is built, and how a repeated run goes on. (HCX reference 5.2, 11, 12)"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from contract.hcx.building import MESH, Building, mesh, names, pair
from contract.hcx.reader import Reader
from contract.hcx.tasks import Tasks, listed
from contract.hcx.vcenter import VCenter

from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_service_mesh
from lab import Lab
from lab.hcx import mesh_work
from lab.hcx.interconnect_tasks import Step
from lab.hcx.manager import Manager
from lab.hcx.tunnels import TunnelTrouble

PROJECT = Path(__file__).parents[3]
BASE = "/hybridity/api/interconnect/serviceMesh"
CREATE, UPDATE, RESYNC = f"POST {BASE}", f"PUT {BASE}/{{mesh_id}}", f"POST {BASE}/{{mesh_id}}/resync"
TASK = "GET /hybridity/api/interconnect/tasks/{task_id}"
Midway = Callable[[Callable[[Manager], None]], None]


@pytest.fixture
def profiled(building: Building) -> Building:
    """Paired, with profiles at both sites."""
    building.networks()
    building.profiles()
    return building


@pytest.fixture
def midway(lab: Lab) -> Iterator[Midway]:
    """``midway(act)`` calls ``act(connector)`` once, while the appliances are being deployed."""
    connector = lab._server.managers["connector"]
    waiting: list[Callable[[Manager], None]] = []

    def look() -> None:
        if waiting and any(task.done == 2 and task.ended is None for task in connector.state.tasks.values()):
            waiting.pop()(connector)

    lab.shared.passing.append(look)
    yield waiting.append
    lab.shared.passing.remove(look)


def slow(lab: Lab, step_ms: int = 100) -> None:
    lab.rules = lab.rules.changed(hcx_task_step_ms=step_ms)


def deployed(vcenters: tuple[VCenter, VCenter]) -> list[str]:
    return sorted(name for vcenter in vcenters for name in vcenter.machines())


# --- tasks that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["message", "errorMessage", "steps"])
def test_the_words_of_a_task_that_fails_at_step_three(profiled: Building, lab: Lab, place: str) -> None:
    lab.rules = lab.rules.changed(hcx_task_error_in=place)
    lab.faults.add("fail_work", method=CREATE, step=3, message="Datastore ds-a has no space left.")
    result = profiled.no_mesh()
    sentence = f"could not create service mesh {MESH}: the change of service mesh {MESH} failed: "
    assert result["msg"].startswith(sentence)
    assert "Datastore ds-a has no space left." in result["msg"]
    assert "Deploy appliances at hcx-connector" in result["msg"]
    assert result["failed_changes"][0]["action"] == "create"


def test_after_a_failed_creation_the_next_run_repairs(
    profiled: Building, run: Tasks, lab: Lab, seen: Reader, vcenters: tuple[VCenter, VCenter]
) -> None:
    lab.faults.add("fail_work", method=CREATE, step=4, message="Datastore ds-d has no space left.")
    profiled.no_mesh()
    (before,) = seen.meshes()
    half = [vcenter.identities() for vcenter in vcenters]
    assert (before["state"], len(half[0]), len(half[1])) == ("UPDATE_FAILED", 3, 0)
    since = run.mark()
    planned = profiled.mesh(check=True)
    result = profiled.mesh()
    assert run.writes(since) == [RESYNC]
    assert result["changes"] == planned["changes"]
    (change,) = result["changes"]
    assert (change["before"], change["after"]) == ({"state": "UPDATE_FAILED"}, {"state": "COMMITTED"})
    assert deployed(vcenters) == names("IX", "WO", "NE")
    assert vcenters[0].identities() == half[0]
    assert profiled.mesh()["changed"] is False
    assert [item["serviceMeshId"] for item in seen.meshes()] == [before["serviceMeshId"]]


def test_after_a_failed_change_the_next_run_makes_it(profiled: Building, lab: Lab, seen: Reader) -> None:
    profiled.mesh()
    lab.faults.add("fail_work", method=UPDATE, step=1, message="Busy disks.")
    assert "Busy disks." in profiled.no_mesh(wan_optimization_bandwidth=5000)["msg"]
    result = profiled.mesh(wan_optimization_bandwidth=5000)
    assert sorted(result["changes"][0]["after"]) == ["state", "wan_optimization_bandwidth"]
    assert profiled.mesh(wan_optimization_bandwidth=5000)["changed"] is False
    assert seen.meshes()[0]["state"] == "COMMITTED"


def test_a_pool_without_addresses(building: Building, seen: Reader, vcenters: tuple[VCenter, VCenter]) -> None:
    building.networks(addresses=1)
    building.profiles()
    message = building.no_mesh()["msg"]
    assert "No free IP address is left in network profile np-management for onprem-cloud-WO-I1." in message
    building.networks(addresses=10)
    assert listed(building.mesh()) == [("update", MESH)]
    assert deployed(vcenters) == names("IX", "WO", "NE")
    assert building.mesh()["changed"] is False


def test_a_task_that_never_ends(profiled: Building, run: Tasks, lab: Lab, seen: Reader) -> None:
    """The deadline is told, and the repeated run joins the same task instead of beginning another."""
    planned = lab.faults.add("never_end", method=CREATE, step=3)
    message = profiled.no_mesh(wait_timeout=1)["msg"]
    (task,) = (one for one in seen.tasks() if one["type"] == "createServiceMesh")
    path = f"/hybridity/api/interconnect/tasks/{task['interconnectTaskId']}"
    assert message == (
        f"could not create service mesh {MESH}: gave up after 1 s waiting for the change of service mesh {MESH}; "
        f"HCX goes on with it ({path}); run again to wait for it"
    )
    since = run.mark()
    again = profiled.no_mesh(wait_timeout=1)
    assert f"gave up after 1 s waiting for a running task on service mesh {MESH}" in again["msg"]
    assert run.writes(since) == []
    assert planned.struck == 1
    (running,) = (t for t in lab._server.managers["connector"].state.tasks.values() if t.ended is None)
    running.endless = None
    assert profiled.mesh()["changed"] is False
    assert run.writes(since) == []
    assert len(seen.meshes()) == 1


# --- tunnels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "counted"), [("down", "0 of 8"), ("degraded", "4 of 8")])
def test_a_tunnel_that_stays_down(profiled: Building, lab: Lab, status: Any, counted: str) -> None:
    trouble = TunnelTrouble(status, "No answer from the peer.", f"{MESH}-NE-I1")
    lab._server.managers["connector"].state.tunnel_troubles.append(trouble)
    result = profiled.no_mesh(wait_timeout=1)
    assert f"gave up after 1 s waiting for the tunnels of service mesh {MESH}" in result["msg"]
    assert f"{MESH}-NE-I1 is {status} with {counted} tunnels (No answer from the peer.)" in result["msg"]
    assert f"{MESH}-IX-I1" not in result["msg"]
    assert "check UDP 4500 between the uplink addresses of both sites first" in result["msg"]
    assert result["changed"] is True
    again = profiled.no_mesh(wait_timeout=1)
    assert (again["changed"], again["msg"].startswith("gave up after 1 s waiting for the tunnels")) == (False, True)
    lab._server.managers["connector"].state.tunnel_troubles.clear()
    assert profiled.mesh()["changed"] is False


@pytest.mark.parametrize("side", ["I", "R"])
def test_an_appliance_that_somebody_has_removed_is_noticed(profiled: Building, lab: Lab, side: str) -> None:
    """The rest is up: its peer has not noticed."""
    profiled.mesh(switch_pairs=[pair(2)])
    connector = lab._server.managers["connector"]
    (kept,) = connector.state.meshes.values()
    (gone,) = (one for one in kept.appliances.values() if one.name == f"{MESH}-WO-{side}1")
    del kept.appliances[gone.appliance_id]
    result = profiled.no_mesh(switch_pairs=[pair(2)], wait_timeout=1)
    assert f"0 of 1 HCX-WAN-OPT at site {gone.endpoint_id}" in result["msg"]
    (problem,) = profiled.local("hcx_health_info")["problems"]
    assert (problem["object"], problem["state"]) == (MESH, f"0 of 1 HCX-WAN-OPT at site {gone.endpoint_id}")
    assert listed(profiled.mesh(switch_pairs=[pair(2)], resync=True)) == [("update", MESH)]
    assert profiled.mesh(switch_pairs=[pair(2)])["changed"] is False


# --- others at work ---------------------------------------------------------------------------------------------------


def test_a_change_joins_the_task_that_runs_and_then_follows(profiled: Building, lab: Lab, seen: Reader) -> None:
    profiled.mesh()
    slow(lab)
    lab.faults.add("drop_after", method=RESYNC)
    profiled.no_mesh(resync=True)
    profiled.mesh(switch_pairs=[pair(2)])
    assert sorted(seen.appliances()) == names("IX", "WO", "NE", "NE2")


def test_a_conflict_waits_for_its_turn(profiled: Building, lab: Lab, run: Tasks) -> None:
    """The other task begins between our look and our change."""
    profiled.mesh()
    slow(lab, 60)
    begin_elsewhere(lab, run)
    result = profiled.mesh(wan_optimization_bandwidth=7000)
    assert listed(result) == [("update", MESH)]
    assert run.writes().count(UPDATE) > 1
    assert profiled.mesh(wan_optimization_bandwidth=7000)["changed"] is False


def test_a_conflict_that_does_not_end_tells_who_is_in_the_way(profiled: Building, lab: Lab, run: Tasks) -> None:
    profiled.mesh()
    slow(lab, 600_000)
    begin_elsewhere(lab, run)
    message = profiled.no_mesh(wan_optimization_bandwidth=7000, wait_timeout=1)["msg"]
    assert f"gave up after 1 s waiting for another task on service mesh {MESH} to end: Task " in message
    assert f"is working on service mesh {MESH}. [TASK_IN_PROGRESS]" in message


def begin_elsewhere(lab: Lab, run: Tasks) -> None:
    """A resync that starts when the pairings are looked at, shortly before a change."""
    connector = lab._server.managers["connector"]
    (kept,) = connector.state.meshes.values()

    def look() -> None:
        if run.calls(since)[-1:] == ["GET /hybridity/api/cloudConfigs"]:
            lab.shared.passing.remove(look)
            mesh_work.begin(connector, kept, "resyncServiceMesh", Step("Compare"))

    since = run.mark()
    lab.shared.passing.append(look)


# --- sessions and restarts in the middle of a wait --------------------------------------------------------------------


def test_a_token_that_expires_during_the_wait(profiled: Building, lab: Lab, midway: Midway, run: Tasks) -> None:
    slow(lab, 60)
    midway(lambda connector: connector.shared.clock.advance(16 * 60))
    since = run.mark()
    # The lab's clock jumps over the rest of the task, so the next answer is 401 and the one after it the end.
    assert listed(profiled.mesh()) == [("create", MESH)]
    assert run.calls(since).count("POST /hybridity/api/sessions") == 2
    assert run.writes(since) == [CREATE]


@pytest.mark.parametrize("availability", ["starting", "down"])
def test_a_manager_that_restarts_during_the_wait(
    profiled: Building, lab: Lab, midway: Midway, run: Tasks, seen: Reader, availability: Any
) -> None:
    slow(lab, 60)

    def restart(connector: Manager) -> None:
        connector.state.availability, connector.state.available_again = availability, connector.now() + 0.3
        connector.sessions.clear()

    midway(restart)
    since = run.mark()
    assert listed(profiled.mesh()) == [("create", MESH)]
    assert any(entry.status in (500, 503) for entry in lab.requests(service="hcx/connector", since=since))
    assert run.writes(since) == [CREATE]
    assert profiled.mesh()["changed"] is False


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_answers_that_are_lost_during_the_wait(profiled: Building, lab: Lab, run: Tasks, nth: int) -> None:
    lab.faults.add("drop_after", method=TASK, nth=nth)
    lab.faults.add("http", method=TASK, nth=nth + 1, status=502)
    assert listed(profiled.mesh()) == [("create", MESH)]
    assert profiled.mesh()["changed"] is False


def test_a_creation_whose_answer_is_lost_is_joined(profiled: Building, lab: Lab, seen: Reader, run: Tasks) -> None:
    slow(lab)
    lab.faults.add("drop_after", method=CREATE)
    assert "no answer from localhost" in profiled.no_mesh()["msg"]
    since = run.mark()
    result = profiled.mesh()
    assert result["changed"] is False
    assert run.writes(since) == []
    assert (len(seen.meshes()), sorted(seen.appliances())) == (1, names("IX", "WO", "NE"))


# --- runs that are killed ---------------------------------------------------------------------------------------------

SCRIPT = """
import json, sys
from ansible_collections.hybridcloud.mobility.plugins.modules.hcx_service_mesh import JOB
JOB.result(json.load(sys.stdin), check=False, show=print)
"""


def test_a_run_that_is_killed_during_deployment_is_repeated(
    profiled: Building, lab: Lab, run: Tasks, seen: Reader, vcenters: tuple[VCenter, VCenter]
) -> None:
    slow(lab, 400)
    job = hcx_service_mesh.JOB
    checked = ArgumentSpecValidator(job.argument_spec).validate({**run.connection, **mesh()})
    killed = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(PROJECT / "collections")},
    )
    assert killed.stdin is not None
    killed.stdin.write(json.dumps(checked.validated_parameters))
    killed.stdin.close()
    while not seen.appliances():
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert seen.tasks()[0]["status"] == "RUNNING"
    since = run.mark()
    assert profiled.mesh()["changed"] is False
    assert run.writes(since) == []
    assert len(seen.meshes()) == 1
    assert [task["type"] for task in seen.tasks()].count("createServiceMesh") == 1
    assert deployed(vcenters) == names("IX", "WO", "NE")


def test_a_removal_that_is_interrupted_is_joined(profiled: Building, lab: Lab, run: Tasks, seen: Reader) -> None:
    profiled.mesh()
    slow(lab)
    lab.faults.add("drop_after", method=f"DELETE {BASE}/{{mesh_id}}")
    options: dict[str, Any] = {"name": MESH, "state": "absent"}
    run.failing("hcx_service_mesh", **options)
    since = run.mark()
    assert run("hcx_service_mesh", **options)["changed"] is False
    assert run.writes(since) == []
    assert seen.meshes() == []
