# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way from two managers that do not know each other to a mesh, first in check mode. (HCX reference 7.9)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.hcx.building import Building, compute_profile, mesh, names, network_profiles, pair
from contract.hcx.reader import Reader
from contract.hcx.tasks import Result, Tasks
from contract.hcx.vcenter import VCenter

from lab import Lab, snapshots

Step = tuple[Tasks, str, Result]


def chain(building: Building, lab: Lab) -> list[Step]:
    """Both sites and what is between them, as the role orders it: each step at all sites before the next."""
    local, remote = building.local, building.remote
    steps: list[Step] = [(local, "hcx_site_pairing", local.remote)]
    for run, net in ((local, "1"), (remote, "3")):
        profiles = network_profiles(building._port_groups(run), net)
        steps.append((run, "hcx_network_profile", {"profiles": profiles}))
    steps.append((local, "hcx_compute_profile", compute_profile("a", folder="Appliances", cpu_reservation=50)))
    steps.append((remote, "hcx_compute_profile", compute_profile("d", name="cp-cloud")))
    extra = {"uplinks": ["np-management"], "remote_uplinks": ["np-management"], "tcp_flow_conditioning": True}
    steps.append((local, "hcx_service_mesh", mesh(remote_url=lab.cloud.url, switch_pairs=[pair(2)], **extra)))
    return steps


def changes(steps: list[Step], *, check: bool) -> list[list[Result]]:
    """Of every step, without the notes."""
    found = []
    for run, module, options in steps:
        listed = run(module, check=check, **options)["changes"]
        found.append([{key: value for key, value in change.items() if key != "notes"} for change in listed])
    return found


def test_check_mode_lists_what_the_run_then_changes(
    building: Building, lab: Lab, run_folder: Path, vcenters: tuple[VCenter, VCenter]
) -> None:
    steps = chain(building, lab)
    before = snapshots.take(lab.shared)
    planned = changes(steps, check=True)
    assert snapshots.take(lab.shared) == before
    assert [len(listed) for listed in planned] == [1, 3, 3, 1, 1, 1]
    assert sorted(planned[-1][0]["after"]["appliances"]) == names("IX", "WO", "NE", "NE2")
    made = changes(steps, check=False)
    assert made == planned
    assert [len(vcenter.machines()) for vcenter in vcenters] == [4, 4]
    assert changes(steps, check=False) == [[]] * 6
    assert changes(steps, check=True) == [[]] * 6


def test_drift_in_the_middle_of_the_chain(building: Building, lab: Lab, run_folder: Path) -> None:
    """A compute profile that check mode would change is what the mesh of a later task is planned with."""
    steps = chain(building, lab)
    changes(steps, check=False)
    offered = [*compute_profile("a")["services"], "RAV"]
    both = {"uplinks": [], "remote_uplinks": [], "services": offered}
    wider: list[Step] = [
        (building.local, "hcx_compute_profile", {"name": "cp-onprem", "services": offered}),
        (building.remote, "hcx_compute_profile", {"name": "cp-cloud", "services": offered}),
    ]
    changed: Step = (building.local, "hcx_service_mesh", mesh(**both))
    assert [len(listed) for listed in changes(wider[:1], check=True)] == [1]
    assert (
        "cp-cloud of site hcx-cloud does not offer RAV"
        in changed[0].failing(changed[1], check=True, **changed[2])["msg"]
    )
    assert [len(listed) for listed in changes([*wider, changed], check=False)] == [1, 1, 1]
    assert changes([*wider, changed], check=False) == [[]] * 3


def test_without_a_run_folder_check_mode_sees_only_what_is_there(building: Building, lab: Lab) -> None:
    steps = chain(building, lab)
    run, module, options = steps[3]
    assert "there is: none" in run.failing(module, check=True, **options)["msg"]
    run, module, options = steps[-1]
    assert "is not paired with" in run.failing(module, check=True, **options)["msg"]


def test_a_converged_site_is_looked_at_in_few_calls(building: Building, lab: Lab, run_folder: Path) -> None:
    """One login for each manager and run; no call is made twice by one task.

    This mesh names uplinks of its own, for which the network profiles of both sites are listed.
    """
    steps = chain(building, lab)
    changes(steps, check=False)
    calls: dict[str, list[str]] = {}
    for run, module, options in steps:
        since = run.mark()
        run(module, **options)
        calls.setdefault(module, run.calls(since))
    since = building.local.mark()
    building.local("hcx_service_mesh", name=mesh()["name"])
    calls["hcx_service_mesh by name"] = building.local.calls(since)
    assert not any("sessions" in call for listed in calls.values() for call in listed)
    assert {module: len(listed) for module, listed in calls.items()} == {
        "hcx_network_profile": 2,
        "hcx_compute_profile": 7,
        "hcx_site_pairing": 2,
        "hcx_service_mesh": 9,
        "hcx_service_mesh by name": 7,
    }


def test_the_way_back(building: Building, lab: Lab, vcenters: tuple[VCenter, VCenter]) -> None:
    """From the mesh to the pairing, everything can be taken away again, and built once more."""
    steps = chain(building, lab)
    changes(steps, check=False)
    local, remote = building.local, building.remote
    absent: dict[str, Any] = {"state": "absent"}
    assert "is used by" in local.failing("hcx_compute_profile", name="cp-onprem", **absent)["msg"]
    local("hcx_service_mesh", name=mesh()["name"], **absent)
    local.pair(**absent)
    for run, name in ((local, "cp-onprem"), (remote, "cp-cloud")):
        run("hcx_compute_profile", name=name, **absent)
        run.profiles(*({"name": one, **absent} for one in ("np-management", "np-uplink", "np-vmotion")))
    assert [vcenter.machines() for vcenter in vcenters] == [{}, {}]
    reader = Reader(lab, lab.connector.port)
    assert (reader.profiles(), reader.compute_profiles(), reader.meshes()) == ({}, {}, [])
    reader.close()
    assert [len(listed) for listed in changes(steps, check=False)] == [1, 3, 3, 1, 1, 1]
