# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be migrated, and where to (VCD reference 10.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab import Lab, LabControl


def test_sites_are_paired(either: Any) -> None:
    assert [(s["site"], s["isLocal"]) for s in either.get("/sites")] == [(either.cloud, True)]
    assert [s["site"] for s in either.get("/vc-sites")] == ["company-dc1"]
    assert either.get("/diagnostics/about")["productName"] == "VMware Cloud Director Availability"


def test_machines_are_those_of_the_vcenter_by_pages_and_either_path(vcda: Any, lab: Lab, client: Any) -> None:
    path = f"/vc-sites/company-dc1/vcenters/{vcda.vcenter}/vms"
    first, rest = vcda.get(path, limit=10), vcda.get(path, offset=10, limit=100)
    assert first["total"] == rest["total"] == len(first["items"] + rest["items"]) == 42
    found = {m["name"]: m for m in first["items"] + rest["items"]}
    assert [found[n]["powerState"] for n in ("WebApp2", "WebApp3")] == ["poweredOn", "poweredOff"]
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [], True)
    assert {m["id"] for m in found.values()} == {o._moId for o in view.view if o._moId.startswith("vm-")}
    bare = path.replace("/vcenters/", "/")
    assert vcda.refused("GET", bare) == (404, "NotFound")
    lab.rules = lab.rules.changed(vcda_vms_path="bare")
    assert vcda.get(bare)["total"] == 42
    assert vcda.refused("GET", path) == (404, "NotFound")
    assert vcda.refused("GET", f"/vc-sites/company-dc1/{vcda.cloud}/vms") == (404, "NotFound")


def test_the_cloud_shows_vdcs_networks_and_profiles(either: Any) -> None:
    (vdc,) = either.get("/inventory/vdcs", name="acme-vdc")["items"]
    assert either.get("/inventory/vdcs", name="nothing")["total"] == 0
    networks = either.get(f"/inventory/vdcs/{vdc['id']}/networks")["items"]
    assert "acme-services" in {n["name"] for n in networks}
    assert [p["name"] for p in either.get(f"/inventory/vdcs/{vdc['id']}/storage-profiles")] == ["gold", "silver"]
    assert either.refused("GET", "/inventory/vdcs/nothing/networks") == (404, "NotFound")


def test_a_policy_bounds_the_rpo(vcda: Any, lab: Lab, control: LabControl, stranger: Callable[..., Any]) -> None:
    assert [p["minRpo"] for p in vcda.get("/policies")] == [5]
    control.call("PATCH", "/vcda/policies/vcda-t/acme", {"min_rpo": 60})
    assert [p["minRpo"] for p in vcda.get("/policies")] == [60]
    assert vcda.refused("POST", "/vm-replications", vcda.creation(rpo=30)) == (400, "BadUserInput")
    resource = vcda.replicate(rpo=60)
    assert vcda.refused("PATCH", f"/vm-replications/{resource}", {"rpo": 30}) == (400, "BadUserInput")
    lab.rules = lab.rules.changed(vcda_rpo_below_policy="accept", vcda_policies_paged=True)
    assert vcda.task("PATCH", f"/vm-replications/{resource}", {"rpo": 30})["result"]["settings"]["rpo"] == 30
    assert vcda.get("/policies")["total"] == 1
    assert vcda.refused("PUT", "/policies/x/orgs/acme", {"minRpo": 1}) == (403, "Forbidden")
    provider = stranger()
    provider.login("administrator@System")
    assert provider.call("PUT", "/policies/x/orgs/acme", {"minRpo": 15}).json()["minRpo"] == 15
