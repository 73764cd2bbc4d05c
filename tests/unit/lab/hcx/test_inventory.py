# SPDX-License-Identifier: GPL-3.0-or-later
"""Names to ids, read live from the lab's vCenters (HCX reference 7)."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim as _vim

from lab import Lab
from lab.default_world import WEB_MACHINES

vim: Any = _vim
INVENTORY = "/hybridity/api/service/inventory"


def moids(client: Any, kind: Any) -> dict[str, str]:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [kind], True)
    found = {o.name: o._moId for o in view.view}
    view.Destroy()
    return found


def networks(manager: Any) -> list[Any]:
    found: list[Any] = manager.post(f"{INVENTORY}/networks", {"filter": {"cloud": {}}})["data"]["items"]
    return found


def test_the_tree_has_the_ids_of_the_vcenter(lab: Lab, connector: Any, client: Any) -> None:
    (root,) = connector.post(f"{INVENTORY}/vc/list", {})["data"]["items"]
    assert root["entity_id"] == lab.world.vcenters["source"].instance_uuid == client.content.about.instanceUuid
    assert {d["name"]: d["entity_id"] for d in root["children"]} == moids(client, vim.Datacenter)
    assert {d["entityType"] for d in root["children"]} == {"datacenter"}
    found = {c["name"]: c["entity_id"] for d in root["children"] for c in d["children"]}
    assert found == moids(client, vim.ClusterComputeResource)


def test_networks_of_equal_names_have_different_ids_and_uplinks_are_left_out(connector: Any) -> None:
    found = [n for n in networks(connector) if n["name"] == "pg-vmotion"]
    assert len({n["entity_id"] for n in found}) == 2
    assert {n["entityType"] for n in found} == {"DistributedVirtualPortgroup"}
    assert not [n for n in networks(connector) if n["name"].endswith("-uplinks")]


def test_an_nsx_segment_has_its_path_as_id_or_its_port_group_by_rule(lab: Lab, connector: Any, control: Any) -> None:
    def segment() -> tuple[str, str]:
        found = next(n for n in networks(connector) if n["name"] == "seg-replication")
        return found["entityType"], found["entity_id"]

    assert segment() == ("NsxtSegment", "/infra/segments/seg-replication")
    lab.rules = lab.rules.changed(hcx_segment_ids="moid")
    assert segment()[1].startswith("dvportgroup-")
    control.set_manager("connector", nsx_registered=False)
    assert segment()[0] == "DistributedVirtualPortgroup"


def test_datastores_and_switches_are_those_of_the_cluster(connector: Any) -> None:
    assert sorted(connector.of_cluster("datastores", "compute-b")) == ["ds-b", "ds-b-archive"]
    found = connector.of_cluster("dvs", "compute-b")
    assert {n: s["type"] for n, s in found.items()} == {
        "vds-b": "VmwareDistributedVirtualSwitch",
        "tz-overlay": "OVERLAY_STANDARD",
    }
    assert found["vds-b"]["maxMtu"] == 9000


@pytest.mark.parametrize("wrong", [{"computeIds": ["compute-a"]}, {"computeIds": []}, {"vcenter_instanceId": "x"}])
def test_names_in_the_place_of_ids_are_400(connector: Any, wrong: dict[str, Any]) -> None:
    right = {"computeType": "ClusterComputeResource", "vcenter_instanceId": connector.vcenter()}
    body = {"filter": right | {"computeIds": [connector.clusters()["compute-a"]]} | wrong}
    assert connector.call("POST", f"{INVENTORY}/vc/dvs/query", body).status_code == 400


def test_simple_queries_give_bare_arrays(connector: Any, client: Any) -> None:
    found = connector.get("/hybridity/api/vc/query", entityType="cluster")
    assert {c["name"]: c["entity_id"] for c in found} == moids(client, vim.ClusterComputeResource)
    assert {s["value"] for s in found[0]["datastore"]} <= set(moids(client, vim.Datastore).values())
    for kind, vim_type in (("datacenter", vim.Datacenter), ("dvs", vim.DistributedVirtualSwitch)):
        found = connector.get("/hybridity/api/vc/query", entityType=kind)
        assert {c["name"]: c["entity_id"] for c in found} == moids(client, vim_type)
    assert connector.call("GET", "/hybridity/api/vc/query", entityType="host").status_code == 400


def test_placement_of_a_paired_site(connector: Any, connect: Any, paired: str) -> None:
    there = connect(vcenter="destination")
    body = {"filter": {"cloud": {"endpointId": paired}, "entityType": ["folder", "resourcePool"]}}
    found = connector.post(f"{INVENTORY}/containers", body)["data"]["items"]
    ids = {i["entity_id"] for i in found}
    assert {i["name"] for i in found} == {"vm", "Appliances", "Resources", "Infrastructure"}
    assert ids <= {*moids(there, vim.Folder).values(), *moids(there, vim.ResourcePool).values()}
    assert {i["_origin"]["endpointId"] for i in found} == {paired}
    stores = connector.post(f"{INVENTORY}/datastores", {"filter": {"cloud": {"endpointId": paired}}})["data"]["items"]
    assert {s["name"] for s in stores} == {"ds-d", "ds-d-archive"}


def test_machines_are_listed_with_their_networks(connector: Any, mesh: dict[str, Any]) -> None:
    connector.task(connector.post("/hybridity/api/interconnect/serviceMesh", mesh))
    body = {"filter": {"cloud": {}}, "paging": {"skipCount": len(WEB_MACHINES) + 1, "pageSize": 1}}
    (found,) = connector.post(f"{INVENTORY}/virtualmachines", body)["data"]["items"]
    assert (found["name"], [n["name"] for n in found["network"]]) == ("mesh-WO-I1", ["pg-management"])
    listed = connector.get("/hybridity/api/vc/query", entityType="vm")
    assert [m["name"] for m in listed if m["name"] not in WEB_MACHINES] == ["mesh-IX-I1", "mesh-WO-I1", "mesh-NE-I1"]


def test_sites_and_capabilities(lab: Lab, connector: Any, paired: str) -> None:
    def sites(**flags: bool) -> list[str]:
        found = connector.post(f"{INVENTORY}/cloud/list", {"filter": flags})["data"]["items"]
        return [s["url"] for s in found]

    assert sites(local=True) == [lab.connector.url]
    assert sites(remote=True) == [lab.cloud.url]
    found = connector.items("capabilities")
    assert paired in [e["endpointId"] for item in found for e in item["endpoints"]]
    local = next(e["endpointId"] for item in found for e in item["endpoints"] if e["endpointId"] != paired)
    path = "/hybridity/api/interconnect/capabilities/site-pair-capabilities"
    pair = {"source_endpoint_id": local, "dest_endpoint_id": paired}
    assert connector.call("POST", path, pair).status_code == 200
    assert connector.call("POST", path, pair | {"dest_endpoint_id": "other"}).status_code == 404
    context = connector.get("/hybridity/api/metainfo/context/interconnect")
    assert context[0]["cloudManagementPlatforms"][0]["cmpId"] == connector.vcenter()
