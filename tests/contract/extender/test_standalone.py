# SPDX-License-Identifier: GPL-3.0-or-later
"""``extender_l2_appliance`` with a standalone edge: made, adopted, drifted, recreated, removed, interrupted."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from contract.extender.tasks import EDGE, EDGE_PASSWORD, TRUNK, Result, Tasks, listed, plain

from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender.site import Site
from lab import Lab
from lab.world import DistributedPortGroup, VirtualMachine

MODULE = "extender_l2_appliance"
DEPLOY = "POST /api/vcenter/ovf/library-item/{item}?action=deploy"


def machines(lab: Lab, name: str = EDGE) -> list[VirtualMachine]:
    return [machine for machine in lab.world.machines.values() if machine.name == name]


def trunk(lab: Lab, name: str = TRUNK) -> DistributedPortGroup | None:
    groups = [group for switch in lab.world.sites["dc-a"].switches for group in switch.port_groups]
    return next((group for group in groups if group.name == name), None)


def change_trunk(lab: Lab, **settings: Any) -> None:
    """As a colleague would."""
    site, group = lab.world.sites["dc-a"], trunk(lab)
    assert group is not None
    changed = replace(group, security=replace(group.security, **settings), version=group.version + 1)
    with lab.world.lock:
        site.keep_port_group(site.switches[0].uuid, changed)


def properties(machine: VirtualMachine) -> dict[str, str]:
    return {one.id: one.value for one in machine.properties}


def without(options: Result, name: str) -> Result:
    return {key: value for key, value in options.items() if key != name}


# --- making it --------------------------------------------------------------------------------------------------------


def test_from_nothing_to_a_running_edge(run: Tasks, lab: Lab) -> None:
    result = run(MODULE, **run.standalone())
    assert listed(result) == [("create", "trunk port group"), ("create", "virtual machine")]
    (machine,) = machines(lab)
    assert (machine.powered_on, machine.folder, machine.datastore) == (True, "Appliances", "ds-a")
    assert machine.annotation == "Deployed by hybridcloud.mobility from nsx-l2vpn-client"
    assert properties(machine) == {
        **dict.fromkeys(("cli_admin_password", "cli_enable_password", "cli_root_password"), EDGE_PASSWORD),
        **properties(machine),
        "uplink_ip": "10.15.0.41",
        "uplink_prefix": "22",
        "uplink_gateway": "10.15.0.1",
        "l2vpn_server_address": "203.0.113.20",
        "l2vpn_server_port": "443",
        "l2vpn_user": "company",
        "l2vpn_sub_interfaces": "110(1)",
        "l2vpn_egress_ip": "172.16.10.1",
    }
    group = trunk(lab)
    assert group is not None
    assert (group.trunk, group.security.promiscuous, group.security.forged_transmits) == (((110, 110),), True, True)
    assert group.key in {card.network for card in machine.cards}
    assert result["appliance"]["machine"]["powered_on"] is True
    assert result["appliance"]["trunk"]["name"] == TRUNK


def test_a_second_run_changes_nothing(run: Tasks) -> None:
    first = run(MODULE, **run.standalone())
    second = run(MODULE, **run.standalone())
    assert (second["changed"], second["changes"]) == (False, [])
    assert second["appliance"] == first["appliance"]


def test_check_mode_lists_the_same_and_makes_nothing(run: Tasks, lab: Lab) -> None:
    planned = run(MODULE, check=True, **run.standalone())
    assert (machines(lab), trunk(lab)) == ([], None)
    assert planned["changes"] == run(MODULE, **run.standalone())["changes"]


def test_mac_learning_instead_of_promiscuous_mode(run: Tasks, lab: Lab) -> None:
    options = run.standalone(trunk={"port_group": TRUNK, "switch": "vds-a", "security": "mac_learning"})
    run(MODULE, **options)
    group = trunk(lab)
    assert group is not None
    assert (group.security.promiscuous, group.security.mac_learning, group.security.forged_transmits) == (
        False,
        True,
        True,
    )
    assert run(MODULE, **options)["changed"] is False


def test_a_port_group_that_is_there_keeps_what_it_carries_for_others(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone(trunk={"port_group": TRUNK, "switch": "vds-a", "vlans": ["110", "300-310"]}))
    assert run(MODULE, **run.standalone())["changed"] is False
    result = run(MODULE, **run.standalone(trunk={"port_group": TRUNK, "switch": "vds-a", "vlans": ["110"]}))
    assert result["changes"][0]["before"] == {"vlans": "110,300-310"}
    assert result["changes"][0]["after"] == {"vlans": "110"}


# --- drift ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["promiscuous", "forged_transmits"])
def test_the_mode_of_the_port_group_is_restored(run: Tasks, lab: Lab, setting: str) -> None:
    run(MODULE, **run.standalone())
    change_trunk(lab, **{setting: False})
    (change,) = run(MODULE, **run.standalone())["changes"]
    assert (change["kind"], change["before"], change["after"]) == (
        "trunk port group",
        {setting: False},
        {setting: True},
    )
    group = trunk(lab)
    assert group is not None
    assert getattr(group.security, setting) is True


def test_an_edge_that_was_switched_off_is_switched_on(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone())
    (machine,) = machines(lab)
    lab.world.add_machine(replace(machine, powered_on=False))
    (change,) = run(MODULE, **run.standalone())["changes"]
    assert (change["action"], change["after"]) == ("update", {"powered_on": True})
    assert machines(lab)[0].powered_on is True


def two_networks(run: Tasks) -> Result:
    networks = [*run.standalone()["networks"], {"name": "app", "vlan": 120, "tunnel_id": 2}]
    uplink = {"addresses": ["10.15.0.41", "10.15.0.42"], "gateway": "10.15.0.1", "prefix_length": 22}
    return run.standalone(networks=networks, uplink=uplink)


def test_what_cannot_be_changed_in_place_asks_for_a_recreation(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone())
    before = machines(lab)
    result = run.failing(MODULE, **two_networks(run))
    assert result["msg"] == (
        f"l2vpn_sub_interfaces of {EDGE} cannot be changed in place: an edge reads them when it starts for the first "
        "time; set recreate to true to remove the machine and deploy it again"
    )
    assert (result["changed"], machines(lab)) == (False, before)


def test_a_recreation_that_was_asked_for(run: Tasks, lab: Lab) -> None:
    first = run(MODULE, **run.standalone())
    result = run(MODULE, recreate=True, **two_networks(run))
    assert listed(result) == [("update", "trunk port group"), ("replace", "virtual machine")]
    assert result["changes"][1]["before"] == {"l2vpn_sub_interfaces": "110(1)"}
    assert result["changes"][1]["after"] == {"l2vpn_sub_interfaces": "110(1),120(2)"}
    (machine,) = machines(lab)
    assert machine.uuid != first["appliance"]["machine"]["uuid"]
    assert properties(machine)["l2vpn_sub_interfaces"] == "110(1),120(2)"
    assert run(MODULE, recreate=True, **two_networks(run))["changed"] is False


def test_an_edge_that_was_removed_and_made_again_is_a_new_one(run: Tasks, lab: Lab) -> None:
    first = run(MODULE, **run.standalone())
    run(MODULE, state="absent", **without(run.standalone(), "state"))
    second = run(MODULE, **run.standalone())
    assert first["appliance"]["machine"]["uuid"] != second["appliance"]["machine"]["uuid"]
    assert machines(lab)[0].powered_on


# --- adopting and removing --------------------------------------------------------------------------------------------


def test_an_edge_that_is_there_is_adopted(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone())
    assert run(MODULE, **without(run.standalone(), "deployment"))["changed"] is False


def test_nothing_to_adopt(run: Tasks) -> None:
    result = run.failing(MODULE, **without(run.standalone(), "deployment"))
    assert f"virtual machine {EDGE} does not exist" in result["msg"]
    assert "give deployment to make it" in result["msg"]


def test_only_what_is_named_is_removed(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone())
    result = run(MODULE, **run.standalone(state="absent"))
    assert listed(result) == [("remove", "virtual machine")]
    assert machines(lab) == []
    assert trunk(lab) is not None
    assert run(MODULE, **run.standalone(state="absent"))["changed"] is False
    result = run(MODULE, **run.standalone(state="absent", remove_port_group=True))
    assert listed(result) == [("remove", "trunk port group")]
    assert trunk(lab) is None


def test_a_machine_of_somebody_else_is_not_removed(run: Tasks, lab: Lab) -> None:
    run(MODULE, **run.standalone())
    (machine,) = machines(lab)
    lab.world.add_machine(replace(machine, annotation="of the network team"))
    assert run(MODULE, **run.standalone(state="absent"))["changed"] is False
    assert [one.name for one in machines(lab)] == [EDGE]


# --- interruptions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["drop_before", "drop_after"])
@pytest.mark.parametrize("method", ["AddDVPortgroup_Task", DEPLOY, "PowerOnVM_Task"])
def test_a_connection_that_breaks_leaves_one_edge(run: Tasks, lab: Lab, method: str, trouble: Any) -> None:
    rule = lab.faults.add(trouble, method=method)
    run.attempt(MODULE, **run.standalone())
    assert rule.struck == 1
    run(MODULE, **run.standalone())
    assert [machine.powered_on for machine in machines(lab)] == [True]
    assert run(MODULE, **run.standalone())["changed"] is False


def test_a_deployment_whose_answer_was_lost_is_not_made_twice(run: Tasks, lab: Lab) -> None:
    lab.faults.add("drop_after", method=DEPLOY)
    result = run(MODULE, **run.standalone())
    assert listed(result) == [("create", "trunk port group"), ("create", "virtual machine")]
    assert len(machines(lab)) == 1


def test_killed_after_the_deployment(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_site: Site) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Site, "switch_on", killed)
        with pytest.raises(SystemExit):
            run.attempt(MODULE, **run.standalone())
    assert [machine.powered_on for machine in machines(lab)] == [False]
    result = run(MODULE, **run.standalone())
    assert [change["after"] for change in result["changes"]] == [{"powered_on": True}]
    assert [machine.powered_on for machine in machines(lab)] == [True]


# --- what vCenter has against it --------------------------------------------------------------------------------------


def deployment(run: Tasks, **settings: Any) -> Result:
    return run.standalone(deployment={**run.standalone()["deployment"], **settings})


def place(run: Tasks, **settings: Any) -> Result:
    return run.standalone(placement={**run.standalone()["placement"], **settings})


def mappings(run: Tasks, **settings: str) -> Result:
    return deployment(run, network_mappings={**run.standalone()["deployment"]["network_mappings"], **settings})


def some_properties(run: Tasks, *more: Result, leave_out: str = "") -> Result:
    kept = [one for one in run.standalone()["deployment"]["properties"] if one["id"] != leave_out]
    return deployment(run, properties=[*copy.deepcopy(kept), *more])


WRONG = {
    "template": (lambda run: deployment(run, library_item="edge"), "no OVF template is called edge"),
    "licence": (lambda run: deployment(run, accept_eula=False), "licence agreement; read it, then set accept_eula"),
    "property": (
        lambda run: some_properties(run, plain("colour", "blue")),
        "properties names colour, which the template does not declare; it declares: cli_admin_password,",
    ),
    "missing property": (
        lambda run: some_properties(run, leave_out="uplink_ip"),
        "properties says nothing about uplink_ip, which the template needs",
    ),
    "template network": (lambda run: mappings(run, Sink="pg-web"), "network_mappings names Sink"),
    "network": (lambda run: mappings(run, HA="pg-none"), "network pg-none does not exist in this datacenter"),
    "datacenter": (
        lambda run: place(run, datacenter="dc-x"),
        "datacenter dc-x does not exist here; there is: dc-a, dc-b",
    ),
    "cluster": (lambda run: place(run, cluster="compute-x"), "cluster compute-x does not exist in dc-a"),
    "datastore": (lambda run: place(run, datastore="ds-x"), "datastore ds-x does not exist in dc-a; there is: ds-a"),
    "folder": (lambda run: place(run, folder="Edges"), "folder Edges does not exist"),
    "pool": (lambda run: place(run, resource_pool="Gold"), "resource pool Gold does not exist in compute-a"),
    "host": (lambda run: place(run, host="esx-x"), "host esx-x does not exist in compute-a"),
    "switch": (
        lambda run: run.standalone(trunk={"port_group": TRUNK, "switch": "vds-x"}),
        "distributed switch vds-x does not exist in dc-a; there is: vds-a",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_nothing_is_changed_for_names_that_are_not_there(run: Tasks, lab: Lab, case: str) -> None:
    options, words = WRONG[case]
    result = run.failing(MODULE, **options(run))
    assert words in result["msg"]
    assert (result["changed"], machines(lab), trunk(lab)) == (False, [], None)


def test_a_user_who_may_not(run: Tasks, lab: Lab) -> None:
    run(MODULE, **without(run.standalone(), "deployment"), state="absent")
    vcenter = {**run.vcenter, "username": lab.reader_username}
    result = run.failing(MODULE, **run.standalone(vcenter=vcenter))
    assert "privilege" in result["msg"]
    assert machines(lab) == []
