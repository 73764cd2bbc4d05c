# SPDX-License-Identifier: GPL-3.0-or-later
"""Org VDC networks in both interfaces, their tasks, and what is busy meanwhile (VCD reference 3.6, 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab import Lab
from lab.clouds import CloudNic, CloudVm

from .conftest import CLOUDAPI, NETWORK, Director, find, local, network_json, network_xml, tree

SUB = "<SubInterface>true</SubInterface>"


def networks_path(director: Director) -> str:
    return f"/api/admin/vdc/{director.cloud.vdc('acme-vdc').id}/networks"


def create(director: Director, body: str) -> Any:
    return director.put_xml("POST", networks_path(director), NETWORK, body)


def interfaces(director: Director, **query: str) -> list[dict[str, str]]:
    found = director.xml(f"/network/edges/{director.edge()}/vdcNetworks", **query)
    return [{local(e): e.text for e in i} for i in found]


def urn(network: str) -> str:
    return f"urn:vcloud:network:{network}"


def test_a_network_comes_with_its_task(lab: Lab, old: Director) -> None:
    lab.rules = lab.rules.changed(vcd_task_running_ms=10_000)
    answer = create(old, network_xml(old.edge()))
    made = tree(answer)
    assert (answer.status_code, local(made), made.get("status")) == (201, "OrgVdcNetwork", "0")
    task = find(made, "Task")
    assert (task.get("status"), task.get("operationName")) == ("queued", "networkCreateOrgVdcNetwork")
    record = next(r for r in old.records("orgVdcNetwork") if r["name"] == "company-network")
    assert (record["isBusy"], record["linkType"], record["connectedTo"]) == ("true", "1", "acme-edge")
    lab.shared.clock.advance(5)
    running = tree(old.call("GET", task.get("href")))
    assert (running.get("status"), 40 < int(find(running, "Progress").text) < 60) == ("running", True)
    lab.shared.clock.advance(6)
    ended = tree(old.call("GET", task.get("href")))
    assert (ended.get("status"), find(ended, "Progress").text) == ("success", "100")
    assert find(ended, "Owner").get("id") == made.get("id")
    shown = old.xml(made.get("href").removeprefix(old.url))
    assert (shown.get("status"), find(shown, "Gateway").text) == ("1", "172.16.10.1")
    assert (find(shown, "Description").text, find(shown, "SubInterface").text) == ("web", "false")
    assert find(shown, "EdgeGateway") is None


def test_a_change_needs_the_edge_gateway_again(old: Director) -> None:
    path = f"/api/admin/network/{old.create_network('company-network')}"
    shown = old.call("GET", path).text
    missing = old.put_xml("PUT", path, NETWORK, shown)
    assert missing.status_code == 400
    assert "EdgeGateway" in tree(missing).get("message")
    edge = f'<EdgeGateway href="{old.url}/api/admin/edgeGateway/{old.edge()}"/>'
    whole = re.sub("(</Configuration>)", r"\1" + edge, shown).split("?>", 1)[1].replace(">web<", ">new<")
    old.done(old.put_xml("PUT", path, NETWORK, whole))
    assert find(old.xml(path), "Description").text == "new"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("172.16.10.1</Gateway>", "172.16.10.2</Gateway>"), "cannot be changed"),
        (("255.255.255.0", "255.255.254.0"), "cannot be changed"),
        (("<FenceMode>natRouted</FenceMode>", "<FenceMode>bridged</FenceMode>"), "FenceMode"),
        (("172.16.10.199", "172.16.11.5"), "not one inside"),
        (("172.16.10.100", "172.16.10.1"), "contains the gateway"),
        (("172.16.10.10<", "nowhere<"), "not an IPv4 address"),
        (('name="company-network"', 'name="acme-services"'), "already is a network"),
        (("</FenceMode>", f"</FenceMode>{SUB}"), "by its own action"),
    ],
)
def test_changes_that_cannot_be(old: Director, change: tuple[str, str], words: str) -> None:
    path = f"/api/admin/network/{old.create_network('company-network')}"
    body = network_xml(old.edge())
    assert change[0] in body
    answer = old.put_xml("PUT", path, NETWORK, body.replace(*change))
    assert answer.status_code == 400
    assert words in tree(answer).get("message")


@pytest.mark.parametrize(
    "change",
    [
        ("<Netmask>", "<Dns2>172.16.10.11</Dns2><Netmask>"),
        ("<FenceMode>", "<SubInterface>true</SubInterface><FenceMode>"),
        ("<Description>web</Description>", "<InterfaceType>SUBINTERFACE</InterfaceType>"),
        ("<IsInherited>false</IsInherited>", "<IsInherited>maybe</IsInherited>" * 2),
        ("</FenceMode>", f"</FenceMode>{SUB}<DistributedInterface>true</DistributedInterface>"),
        ("<EdgeGateway ", "<EdgeGateway unknown='1' "),
    ],
)
def test_bodies_against_the_schema(old: Director, change: tuple[str, str]) -> None:
    body = network_xml(old.edge()).replace(*change)
    wrong = change[0] != "<EdgeGateway "
    assert (create(old, body).status_code == 400) is wrong


def test_the_order_of_elements_is_a_rule(lab: Lab, old: Director) -> None:
    body = network_xml(old.edge()).replace("<FenceMode>", f"{SUB}<FenceMode>")
    assert create(old, body).status_code == 400
    lab.rules = lab.rules.changed(vcd_element_order="free")
    assert create(old, body).status_code == 201


def test_subnets_of_an_edge_do_not_overlap(old: Director) -> None:
    old.create_network("one")
    assert create(old, network_xml(old.edge(), "two")).status_code == 400
    assert create(old, network_xml("00000000-0000-0000-0000-000000000000", "two", "172.16.11")).status_code == 400


def test_conversions_follow_the_links_and_renumber(old: Director) -> None:
    object_id = old.create_network("company-network")
    path = f"/api/admin/network/{object_id}"

    def links() -> dict[str, str]:
        found = {e.get("rel"): e.get("href") for e in old.xml(path) if local(e) == "Link"}
        return {rel.split(":")[1]: at for rel, at in found.items() if rel.startswith("orgVdcNetwork:")}

    def kind() -> tuple[str, str, str | None]:
        own = next(i for i in interfaces(old) if i["name"] == "company-network")
        return own["type"], own["index"], own.get("tunnelId")

    assert kind() == ("internal", "2", None)
    # The distributed interface has a conversion only from 29.0 on.
    assert set(links()) == {"convertToSubInterface"}
    old.done(old.call("POST", links()["convertToSubInterface"]))
    assert kind() == ("subinterface", "10", "1")
    assert find(old.xml(path), "SubInterface").text == "true"
    assert set(links()) == {"convertToInternalInterface"}
    assert old.call("POST", f"{path}/action/convertToSubInterface").status_code == 400
    other = old.create_network("other", "172.16.11", "subinterface")
    assert [i["index"] for i in interfaces(old) if i["type"] == "subinterface"] == ["10", "11"]
    old.done(old.call("POST", links()["convertToInternalInterface"]))
    assert kind() == ("internal", "2", None)
    third = old.create_network("third", "172.16.12", "subinterface")
    assert {old.cloud.networks[i].index for i in (other, third)} == {10, 11}


def test_distributed_interfaces_reuse_indexes(lab: Lab, old: Director) -> None:
    old.create_network("company-network", kind="subinterface")
    by_index = [(i["type"], i["index"]) for i in interfaces(old)]
    assert ("distributed", "10") in by_index
    assert ("subinterface", "10") in by_index
    assert "distributed" not in {i["type"] for i in interfaces(old, includeDistributed="false")}
    lab.rules = lab.rules.changed(vcd_tunnel_id_shown=False, vcd_duplicate_interfaces=True)
    assert not any("tunnelId" in i for i in interfaces(old))
    assert [i["type"] for i in interfaces(old)].count("distributed") == 2
    vnics = old.xml(f"/network/edges/{old.edge()}/vnics")
    assert find(find(vnics, "subInterface"), "tunnelId").text == "1"


def test_a_newer_one_converts_to_distributed(lab: Lab, director: Callable[..., Director]) -> None:
    lab.rules = lab.rules.changed(vcd_v_newest_version="29.0")
    newer = director("v", version="29.0")
    object_id = newer.create_network("company-network")
    newer.done(newer.call("POST", f"/api/admin/network/{object_id}/action/convertToDistributedInterface"))
    assert newer.cloud.networks[object_id].index == 11
    older = director("v", version="27.0")
    path = f"/api/admin/network/{older.create_network('other', '172.16.11')}"
    assert older.call("POST", f"{path}/action/convertToDistributedInterface").status_code == 404


def test_what_a_task_works_on_is_busy(lab: Lab, old: Director) -> None:
    lab.rules = lab.rules.changed(vcd_task_running_ms=10_000)
    answer = create(old, network_xml(old.edge()))
    object_id = tree(answer).get("id").rpartition(":")[2]
    second = create(old, network_xml(old.edge(), "other", "172.16.11"))
    assert second.status_code == 400
    assert tree(second).get("message").endswith("is busy completing an operation.")
    third = old.call("DELETE", f"/api/admin/network/{object_id}")
    assert tree(third).get("message").endswith("is busy, cannot proceed with the operation.")
    assert old.records("edgeGateway")[0]["isBusy"] == "true"
    lab.shared.clock.advance(11)
    old.ended(answer)
    assert old.records("edgeGateway")[0]["isBusy"] == "false"


def test_a_failing_task_leaves_nothing_or_a_ruin(lab: Lab, old: Director) -> None:
    for rule, left in (("gone", 0), ("stays", 1)):
        lab.rules = lab.rules.changed(vcd_failed_network=rule)
        lab.faults.add("fail_work", method="POST /api/admin/vdc/{vdc}/networks", message="No capacity.")
        answer = create(old, network_xml(old.edge()))
        task = old.ended(answer)
        assert (task.get("status"), find(task, "Error").get("message")) == ("error", "No capacity.")
        found = [r for r in old.records("orgVdcNetwork") if r["name"] == "company-network"]
        assert len(found) == left
    path = found[0]["href"].removeprefix(old.url)
    assert old.put_xml("PUT", path, NETWORK, network_xml(old.edge())).status_code == 400
    old.done(old.call("DELETE", path))
    assert "company-network" not in {r["name"] for r in old.records("orgVdcNetwork")}


def test_a_task_can_be_canceled(lab: Lab, old: Director) -> None:
    lab.faults.add("never_end", method="POST /api/admin/vdc/{vdc}/networks")
    task = find(tree(create(old, network_xml(old.edge()))), "Task")
    lab.shared.clock.advance(3600)
    old.login("administrator", "System")
    running = tree(old.call("GET", task.get("href")))
    assert (running.get("status"), find(running, "Progress").text) == ("running", "99")
    at = next(e.get("href") for e in running if e.get("rel") == "task:cancel")
    assert old.call("POST", at).status_code == 204
    assert old.call("POST", at).status_code == 400
    ended = tree(old.call("GET", task.get("href")))
    assert (ended.get("status"), ended.get("cancelRequested")) == ("canceled", "true")
    assert old.records("edgeGateway")[0]["isBusy"] == "false"


def test_tasks_of_others_are_not_shown(old: Director, director: Callable[..., Director]) -> None:
    task = find(tree(create(old, network_xml(old.edge()))), "Task")
    assert director("v", "orgadmin@acme").call("GET", task.get("href")).status_code == 200
    assert director("v", "orgadmin@globex").call("GET", task.get("href")).status_code == 403


def test_networks_in_use_are_not_deleted(old: Director) -> None:
    object_id = old.create_network("company-network")
    vapp = next(iter(old.cloud.vapps))
    old.cloud.vms["vm"] = CloudVm("vm", "web", vapp, "machine", "profile", (CloudNic(0, object_id),))
    answer = old.call("DELETE", f"/api/admin/network/{object_id}")
    assert (answer.status_code, tree(answer).get("minorErrorCode")) == (400, "OBJECT_IN_USE")
    del old.cloud.vms["vm"]
    old.done(old.call("DELETE", f"/api/admin/network/{object_id}"))
    assert old.call("GET", f"/api/admin/network/{object_id}").status_code == 403


def test_rights_on_networks(director: Callable[..., Director]) -> None:
    tenant, viewer, other = (director("v", who) for who in ("orgadmin@acme", "viewer@acme", "orgadmin@globex"))
    object_id = tenant.create_network("company-network")
    assert viewer.call("GET", f"/api/network/{object_id}").status_code == 200
    assert viewer.call("DELETE", f"/api/admin/network/{object_id}").status_code == 403
    assert create(viewer, network_xml(viewer.edge(), "mine", "172.16.11")).status_code == 403
    assert other.call("GET", f"/api/network/{object_id}").status_code == 403
    assert create(other, network_xml(other.edge(), "mine", "172.16.11")).status_code == 403
    assert {r["name"] for r in other.records("orgVdcNetwork")} == {"globex-isolated"}


def test_a_gateway_that_is_not_advanced(old: Director) -> None:
    edge = old.cloud.edges[old.edge()]
    old.cloud.edges[edge.id] = replace(edge, advanced=False)
    object_id = old.create_network("company-network")
    rels = {e.get("rel") for e in old.xml(f"/api/admin/network/{object_id}")}
    assert "orgVdcNetwork:convertToSubInterface" not in rels
    assert old.call("POST", f"/api/admin/network/{object_id}/action/convertToSubInterface").status_code == 400
    shown = old.xml(f"/api/admin/edgeGateway/{edge.id}")
    at = next(e.get("href") for e in shown if e.get("rel") == "edgeGateway:convertToAdvancedGateway")
    old.done(old.call("POST", at))
    assert find(old.xml(f"/api/admin/edgeGateway/{edge.id}"), "AdvancedNetworkingEnabled").text == "true"
    assert old.call("POST", at).status_code == 400


def test_isolated_networks(old: Director) -> None:
    body = network_xml(old.edge(), "alone").replace("natRouted", "isolated")
    assert create(old, body).status_code == 400
    old.done(create(old, re.sub("<EdgeGateway[^>]*>", "", body)))
    assert old.cloud.network("alone").edge is None


def test_cloudapi_writes_are_tasks(new: Director) -> None:
    body = network_json(new.cloud)
    answer = new.send("POST", "/orgVdcNetworks", body)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["Location"].startswith(f"{new.url}/api/task/")
    object_id = find(new.done(answer), "Owner").get("id")
    shown = new.json(f"/orgVdcNetworks/{object_id}")
    assert shown["connection"]["connectionTypeValue"] == "INTERNAL"
    assert shown["subnets"]["values"][0]["prefixLength"] == 24
    shown["description"] = "changed"
    shown["subnets"]["values"][0]["dnsSuffix"] = "company.example"
    new.done(new.send("PUT", f"/orgVdcNetworks/{object_id}", shown))
    again = new.json(f"/orgVdcNetworks/{object_id}")
    assert (again["description"], again["subnets"]["values"][0]["dnsSuffix"]) == ("changed", "company.example")
    assert new.json("/orgVdcNetworks", filter="name==company-network")["values"] == [again]
    assert new.json("/orgVdcNetworks", filter=f"ownerRef.id=={body['ownerRef']['id']}")["resultTotal"] == 3
    new.done(new.call("DELETE", f"{CLOUDAPI}/orgVdcNetworks/{object_id}"))
    assert new.call("GET", f"{CLOUDAPI}/orgVdcNetworks/{object_id}").status_code == 403


def test_cloudapi_writes_can_be_synchronous(lab: Lab, new: Director) -> None:
    lab.rules = lab.rules.changed(vcd_cloudapi_writes="sync", vcd_connection_type="connectionType")
    made = new.send("POST", "/orgVdcNetworks", network_json(new.cloud))
    assert (made.status_code, made.json()["connection"]["connectionType"]) == (201, "INTERNAL")
    path = f"/orgVdcNetworks/{made.json()['id']}"
    assert new.send("PUT", path, made.json()).status_code == 200
    assert new.call("DELETE", CLOUDAPI + path).status_code == 204


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("connection.connectionTypeValue", "SUBINTERFACE"),
        ("connection.connectionTypeValue", "TRUNK"),
        ("connection", None),
        ("networkType", "DIRECT"),
        ("subnets.values", []),
        ("ownerRef", None),
        ("name", ""),
        ("connection.routerRef.id", "urn:vcloud:gateway:00000000-0000-0000-0000-000000000000"),
    ],
)
def test_cloudapi_bodies_that_cannot_be(new: Director, path: str, value: Any) -> None:
    body = network_json(new.cloud)
    target: Any = body
    *way, key = path.split(".")
    for step in way:
        target = target[step]
    target[key] = value
    assert new.send("POST", "/orgVdcNetworks", body).status_code == 400


def test_connection_kinds_of_nsx_t_can_be_converted(new: Director) -> None:
    object_id = urn(new.create_network("company-network"))
    shown = new.json(f"/orgVdcNetworks/{object_id}")
    shown["connection"]["connectionTypeValue"] = "NON_DISTRIBUTED"
    new.done(new.send("PUT", f"/orgVdcNetworks/{object_id}", shown))
    assert new.json(f"/orgVdcNetworks/{object_id}")["connection"]["connectionTypeValue"] == "NON_DISTRIBUTED"


def test_older_versions_of_cloudapi_know_less(new: Director) -> None:
    new.version = "33.0"
    assert new.call("GET", f"{CLOUDAPI}/orgVdcNetworks").status_code == 404
    new.version = "34.0"
    assert "ownerRef" not in new.json("/orgVdcNetworks")["values"][0]
    body = network_json(new.cloud)
    assert new.send("POST", "/orgVdcNetworks", body).status_code == 400
    new.done(new.send("POST", "/orgVdcNetworks", {**body, "orgVdc": body["ownerRef"]}))


def test_snapshots_hold_clouds_and_tasks(lab: Lab, old: Director, control: Any) -> None:
    lab.rules = lab.rules.changed(vcd_task_running_ms=10_000)
    answer = create(old, network_xml(old.edge()))
    control.take_snapshot("half")
    lab.shared.clock.advance(11)
    old.done(answer)
    control.restore_snapshot("half")
    lab.shared.clock.advance(11)
    assert find(old.done(answer), "Owner").get("name") == "company-network"
    lab.reset()
    assert "company-network" not in {n.name for n in old.cloud.networks.values()}
