# SPDX-License-Identifier: GPL-3.0-or-later
"""vcd_org_network on both generations: create, change, convert in place, remove. (VCD reference 5)"""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.vcd.seen import cloud, give_rights
from contract.vcd.tasks import Tasks, listed, network

from lab import snapshots

KIND, INTERFACE = "org network", "interface of org network"
CREATE = {"vcd-v": "POST /api/admin/vdc/{vdc}/networks", "vcd-t": "POST /cloudapi/1.0.0/orgVdcNetworks"}
UPDATE = {"vcd-v": "PUT /api/admin/network/{network}", "vcd-t": "PUT /cloudapi/1.0.0/orgVdcNetworks/{network}"}
CONVERT = "POST /api/admin/network/{network}/action/{action}"
SUBINTERFACES = {"vcd-v": "subinterface", "vcd-t": "internal"}


@pytest.fixture
def tenant(run: Tasks, run_folder: Path) -> Tasks:
    return run.by("orgadmin", "acme")


@pytest.fixture
def old_tenant(old: Tasks, run_folder: Path) -> Tasks:
    return old.by("orgadmin", "acme")


@pytest.fixture
def new_tenant(new: Tasks, run_folder: Path) -> Tasks:
    return new.by("orgadmin", "acme")


# --- both generations -------------------------------------------------------------------------------------------------


def test_a_network_is_made_with_all_it_needs(tenant: Tasks) -> None:
    result = tenant.networks(network())
    assert listed(result) == [("create", KIND, "company-network")]
    made = cloud(tenant).network("company-network")
    assert (made.gateway, made.dns1, made.dns2) == ("172.16.10.1/24", "172.16.10.10", "172.16.10.11")
    assert (made.dns_suffix, made.description) == ("company.example", "stretched web tier")
    assert made.ranges == (("172.16.10.150", "172.16.10.199"),)
    assert made.kind == SUBINTERFACES[tenant.name]
    assert made.edge == cloud(tenant).edge("acme-edge").id
    assert result["networks"][0]["id"] == made.id
    assert tenant.writes() == [CREATE[tenant.name]]


def test_the_provider_can_do_it_for_a_tenant(run: Tasks) -> None:
    run.networks(network(), organization="acme")
    assert cloud(run).network("company-network").vdc == cloud(run).vdc("acme-vdc").id


def test_a_second_run_changes_nothing(tenant: Tasks) -> None:
    tenant.networks(network())
    since = tenant.mark()
    assert (tenant.networks(network())["changes"], tenant.writes(since)) == ([], [])


def test_check_mode_lists_the_same_and_changes_nothing(tenant: Tasks) -> None:
    there = snapshots.take(tenant.lab.shared)
    planned = tenant.networks(network(), {"name": "acme-services", "description": "all of ours"}, check=True)
    assert tenant.writes() == []
    assert snapshots.take(tenant.lab.shared) == there
    made = tenant.networks(network(), {"name": "acme-services", "description": "all of ours"})
    assert made["changes"] == planned["changes"]


CHANGES = [
    ({"description": "another"}, {"description": "another"}),
    ({"dns_servers": ["172.16.10.12"]}, {"dns_servers": ["172.16.10.12"]}),
    ({"dns_servers": []}, {"dns_servers": []}),
    ({"dns_suffix": ""}, {"dns_suffix": ""}),
    ({"ip_ranges": []}, {"ip_ranges": []}),
    (
        {"ip_ranges": [{"first": "172.16.10.20"}, {"first": "172.16.10.30", "last": "172.16.10.39"}]},
        {"ip_ranges": ["172.16.10.20-172.16.10.20", "172.16.10.30-172.16.10.39"]},
    ),
    ({"shared": True}, {"shared": True}),
]


@pytest.mark.parametrize(("settings", "after"), CHANGES, ids=[next(iter(after)) for _settings, after in CHANGES])
def test_exactly_what_differs_is_changed(tenant: Tasks, settings: dict[str, object], after: dict[str, object]) -> None:
    tenant.networks(network())
    since = tenant.mark()
    result = tenant.networks({"name": "company-network", **settings})
    assert [change["after"] for change in result["changes"]] == [after]
    assert tenant.writes(since) == [UPDATE[tenant.name]]
    assert tenant.networks({"name": "company-network", **settings})["changed"] is False
    whole = {**network(), **settings}
    assert tenant.networks(whole)["changed"] is False


def test_what_is_not_given_is_left_alone(tenant: Tasks) -> None:
    tenant.networks(network())
    assert tenant.networks({"name": "company-network"})["changed"] is False


def test_several_networks_in_one_task(tenant: Tasks) -> None:
    wanted = [
        network(name=f"tier-{number}", gateway=f"172.16.{number}.1", dns_servers=[], ip_ranges=[])
        for number in range(20, 24)
    ]
    result = tenant.networks(*wanted, {"name": "acme-services", "state": "absent"})
    assert sorted(listed(result)) == [
        *(("create", KIND, f"tier-{number}") for number in range(20, 24)),
        ("remove", KIND, "acme-services"),
    ]
    names = {one.name for one in cloud(tenant).networks.values()}
    assert {f"tier-{number}" for number in range(20, 24)} <= names
    assert "acme-services" not in names
    assert tenant.networks(*wanted)["changed"] is False


def test_a_network_is_removed_once(tenant: Tasks) -> None:
    tenant.networks(network())
    gone = {"name": "company-network", "state": "absent"}
    assert listed(tenant.networks(gone)) == [("remove", KIND, "company-network")]
    assert tenant.networks(gone)["changed"] is False


def test_what_cannot_change_in_place_is_said_in_one_sentence(tenant: Tasks) -> None:
    tenant.networks(network())
    since = tenant.mark()
    result = tenant.refused(network(gateway="172.16.10.254", ip_ranges=[]))
    assert result["msg"] == (
        "networks[0] (company-network): the gateway is 172.16.10.1/24 and cannot become 172.16.10.254/24 in place; "
        "remove the network and make it anew"
    )
    assert "cannot become 172.16.10.1/25" in tenant.refused(network(prefix_length=25, ip_ranges=[]))["msg"]
    assert tenant.writes(since) == []


def test_an_isolated_network_is_not_ours(tenant: Tasks) -> None:
    result = tenant.refused(network(name="acme-isolated"))
    assert result["msg"].startswith("networks[0] (acme-isolated): the network exists as isolated; only routed ones")
    assert "exists as isolated" in tenant.refused({"name": "acme-isolated", "state": "absent"})["msg"]


def test_an_unknown_edge_gateway_or_vdc_is_named(tenant: Tasks) -> None:
    result = tenant.refused(network(edge_gateway="acme-egde"))
    assert result["msg"].endswith("edge gateway acme-egde is not known in Org VDC acme-vdc; did you mean acme-edge?")
    assert tenant.refused(network(), vdc="acme-dvc")["msg"].endswith("did you mean acme-vdc?")


def test_a_task_that_fails_is_told_and_the_others_are_made(tenant: Tasks) -> None:
    tenant.lab.faults.add("fail_work", service=tenant.service, method=CREATE[tenant.name], message="No address left.")
    result = tenant.refused(
        network(), network(name="other", gateway="172.16.11.1", ip_ranges=[], dns_servers=[]), wait_timeout=30
    )
    assert "No address left." in result["msg"]
    assert len(result["failed_changes"]) == len(result["changes"]) == 1
    tenant.networks(network(), network(name="other", gateway="172.16.11.1", ip_ranges=[], dns_servers=[]))
    assert {"company-network", "other"} <= {one.name for one in cloud(tenant).networks.values()}


def test_a_task_that_never_ends_is_given_up_and_joined_later(old_tenant: Tasks) -> None:
    old_tenant.lab.faults.add("never_end", service="vcd/vcd-v", method=CREATE["vcd-v"])
    result = old_tenant.refused(network(), wait_timeout=1)
    assert "gave up after 1 s waiting for the creation of network company-network" in result["msg"]
    assert "run again to wait for it" in result["msg"]
    again = old_tenant.refused({"name": "company-network", "description": "x"}, wait_timeout=1)
    assert "waiting for the task that works on the listed networks" in again["msg"]


def test_the_answer_may_be_lost_after_the_work_was_begun(tenant: Tasks) -> None:
    """As when the control node dies: the run that is repeated finds the network and makes no second one."""
    tenant.lab.faults.add("drop_after", service=tenant.service, method=CREATE[tenant.name])
    tenant.refused(network())
    tenant.networks(network())
    assert [one.name for one in cloud(tenant).networks.values()].count("company-network") == 1
    assert tenant.networks(network())["changed"] is False


def test_later_tasks_of_check_mode_build_upon_earlier_ones(tenant: Tasks, run_folder: Path) -> None:
    tenant.networks(network(), check=True)
    assert tenant.networks(network(), check=True)["changed"] is False
    changed = tenant.networks({"name": "company-network", "description": "x"}, check=True)
    assert changed["changes"][0]["before"] == {"description": "stretched web tier"}
    tenant.networks({"name": "company-network", "state": "absent"}, check=True)
    assert tenant.networks({"name": "company-network", "state": "absent"}, check=True)["changed"] is False


# --- NSX-V: kinds of interfaces ---------------------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def links(old: Tasks, request: pytest.FixtureRequest) -> None:
    """Whether the server offers conversions as links."""
    old.lab.rules = old.lab.rules.changed(vcd_conversion_links=request.param)


@pytest.mark.usefixtures("links")
def test_a_network_is_converted_in_place(old_tenant: Tasks) -> None:
    result = old_tenant.networks({"name": "acme-services", "interface_type": "subinterface"})
    assert listed(result) == [("update", INTERFACE, "acme-services")]
    assert old_tenant.writes() == [CONVERT]
    assert cloud(old_tenant).network("acme-services").kind == "subinterface"
    assert old_tenant.networks({"name": "acme-services", "interface_type": "subinterface"})["changed"] is False
    old_tenant.networks({"name": "acme-services", "interface_type": "internal"})
    assert cloud(old_tenant).network("acme-services").kind == "internal"


def test_a_conversion_comes_after_the_other_changes(old_tenant: Tasks) -> None:
    wanted = {"name": "acme-services", "interface_type": "subinterface", "description": "x"}
    result = old_tenant.networks(wanted)
    assert listed(result) == [("update", KIND, "acme-services"), ("update", INTERFACE, "acme-services")]
    assert old_tenant.writes() == [UPDATE["vcd-v"], CONVERT]
    assert cloud(old_tenant).network("acme-services").description == "x"


def test_a_conversion_that_failed_is_repeated_alone(old_tenant: Tasks) -> None:
    old_tenant.lab.faults.add("fail_work", service="vcd/vcd-v", method=CONVERT, message="No free number.")
    wanted = {"name": "acme-services", "interface_type": "subinterface", "description": "x"}
    result = old_tenant.refused(wanted)
    assert [change["kind"] for change in result["changes"]] == [KIND]
    assert [change["kind"] for change in result["failed_changes"]] == [INTERFACE]
    assert listed(old_tenant.networks(wanted)) == [("update", INTERFACE, "acme-services")]


def test_distributed_needs_a_version_that_has_it(old_tenant: Tasks) -> None:
    wanted = {"name": "acme-services", "interface_type": "distributed"}
    assert "does not offer to convert the network from internal to distributed" in old_tenant.refused(wanted)["msg"]
    old_tenant.lab.rules = old_tenant.lab.rules.changed(vcd_v_newest_version="30.0")
    old_tenant.networks(wanted, api_version="30.0")
    assert cloud(old_tenant).network("acme-services").kind == "distributed"


def test_non_distributed_is_refused_for_nsx_v(old_tenant: Tasks) -> None:
    result = old_tenant.refused(network(interface_type="non_distributed"))
    assert "interface_type non_distributed is for NSX-T; edge gateway acme-edge is NSX-V" in result["msg"]


def test_a_stretched_network_is_not_removed(old_tenant: Tasks, old: Tasks) -> None:
    give_rights(old)
    old_tenant.networks(network())
    site = {"name": "a", "user": "u", "password": "open sesame", "networks": ["company-network"]}
    old_tenant.server(site, listener_ip="203.0.113.20")
    result = old_tenant.refused({"name": "company-network", "state": "absent"})
    assert "in use by L2VPN" in result["msg"]
    assert result["changed"] is False


@pytest.mark.parametrize("order", ["enforced", "free"])
def test_bodies_are_in_the_order_of_the_schema(old_tenant: Tasks, order: str) -> None:
    old_tenant.lab.rules = old_tenant.lab.rules.changed(vcd_element_order=order, vcd_create_status=202)
    old_tenant.networks(network(dns_servers=[], dns_suffix="", ip_ranges=[]))
    assert old_tenant.networks(network())["changed"] is True
    assert old_tenant.networks(network())["changed"] is False


# --- NSX-T: no kinds of interfaces ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["subinterface", "distributed"])
def test_what_nsx_t_does_not_have_is_said_and_not_converted(new_tenant: Tasks, kind: str) -> None:
    result = new_tenant.networks(network(interface_type=kind))
    (note,) = result["notes"]
    assert note.startswith("network company-network: edge gateway acme-edge is NSX-T, which has no ")
    assert result["changes"][0]["notes"] == [note]
    assert cloud(new_tenant).network("company-network").kind == "internal"
    again = new_tenant.networks(network(interface_type=kind))
    assert (again["changed"], again["notes"]) == (False, [note])


@pytest.mark.parametrize("spelling", ["connectionTypeValue", "connectionType"])
def test_a_network_is_converted_by_its_field(new_tenant: Tasks, spelling: str) -> None:
    new_tenant.lab.rules = new_tenant.lab.rules.changed(vcd_connection_type=spelling)
    result = new_tenant.networks({"name": "acme-services", "interface_type": "non_distributed", "description": "x"})
    assert listed(result) == [("update", KIND, "acme-services"), ("update", INTERFACE, "acme-services")]
    assert cloud(new_tenant).network("acme-services").kind == "non_distributed"
    assert new_tenant.networks({"name": "acme-services", "interface_type": "non_distributed"})["changed"] is False


@pytest.mark.parametrize("writes", ["async", "sync"])
def test_tasks_or_answers_at_once(new_tenant: Tasks, writes: str) -> None:
    new_tenant.lab.rules = new_tenant.lab.rules.changed(vcd_cloudapi_writes=writes)
    new_tenant.networks(network())
    new_tenant.networks({"name": "company-network", "description": "x"})
    assert cloud(new_tenant).network("company-network").description == "x"
    new_tenant.networks({"name": "company-network", "state": "absent"})
    assert "company-network" not in {one.name for one in cloud(new_tenant).networks.values()}


@pytest.mark.parametrize("version", ["33.0", "34.0", "35.0"])
def test_older_versions_of_the_newer_generation(new_tenant: Tasks, version: str) -> None:
    new_tenant.connection["api_version"] = version
    wanted = network(interface_type="internal")
    new_tenant.networks(wanted)
    assert new_tenant.networks(wanted)["changed"] is False
    new_tenant.networks({"name": "company-network", "state": "absent"})
