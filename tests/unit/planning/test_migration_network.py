# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from unit.planning.planned_hosts import adapter, host, plain_host, site, stack

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_network import plan
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_report import markdown
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.modules import migration_network_plan

SOURCE = site("a", 1)
OTHER = site("d", 3)
WITHIN = {"source_host": "esx-a1", "destination_host": "esx-a2"}


def move(scope: str = "compute", powered_on: bool = True, **where: Any) -> dict[str, Any]:
    return {"vm": "web01", "scope": scope, "powered_on": powered_on, **(where or WITHIN)}


def planned(
    option: dict[str, Any], hosts: list[dict[str, Any]] | None = None, others: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    (found,) = plan(SOURCE if hosts is None else hosts, OTHER if others is None else others, [option])["moves"]
    answer: dict[str, Any] = found
    return answer


def kinds(found: dict[str, Any]) -> list[str]:
    return [item["network"] for item in found["networks"]]


# The table


@pytest.mark.parametrize(
    ("scope", "powered_on", "row", "networks"),
    [
        ("compute", True, "1", ["vmotion"]),
        ("compute", False, "2", ["vSphereProvisioning"]),
        ("storage", True, "3", ["vSphereProvisioning"]),
        ("storage", False, "4", ["vSphereProvisioning"]),
        ("both", True, "5", ["vmotion", "vSphereProvisioning"]),
        ("both", False, "6", ["vSphereProvisioning"]),
        ("clone", True, "clone", ["vSphereProvisioning"]),
        ("clone", False, "clone", ["vSphereProvisioning"]),
    ],
)
def test_the_table_says_which_networks_a_move_uses(scope: str, powered_on: bool, row: str, networks: list[str]) -> None:
    found = planned(move(scope, powered_on))
    assert (found["row"], kinds(found)) == (row, networks)
    assert found["missing"] == []


def test_a_snapshot_uses_provisioning_on_its_own_host() -> None:
    found = planned(move("snapshot", source_host="esx-a1"))
    assert (found["row"], kinds(found)) == ("snapshot", ["vSphereProvisioning"])
    assert found["adapters"]["vSphereProvisioning"]["destination"] == []


# Adapters


def test_the_adapters_of_both_sides_are_named_and_like_hosts_are_together() -> None:
    found = planned(move(source_cluster="compute-a", destination_vcenter="other", destination_host="esx-d2"))
    assert found["adapters"]["vmotion"] == {
        "source": [
            {
                "devices": ["vmk1"],
                "source": "stack",
                "networks": ["network of vmk1"],
                "subnets": ["10.11.0.0/24"],
                "mtu": [9000],
                "hosts": ["esx-a1", "esx-a2"],
            }
        ],
        "destination": [
            {
                "devices": ["vmk1"],
                "source": "stack",
                "networks": ["network of vmk1"],
                "subnets": ["10.31.0.0/24"],
                "mtu": [9000],
                "hosts": ["esx-d2"],
            }
        ],
    }


def test_hosts_without_a_provisioning_adapter_use_management_and_the_plan_says_so() -> None:
    hosts = [plain_host("esx-1", "10.10.0"), plain_host("esx-2", "10.10.0")]
    found = planned(move("both", False, source_host="esx-1", destination_host="esx-2"), hosts)
    (way,) = found["adapters"]["vSphereProvisioning"]["source"]
    assert (way["devices"], way["source"]) == (["vmk0"], "fallback")
    assert found["missing"] == []
    assert found["warnings"] == [
        "Provisioning has no adapter of its own on esx-1 and esx-2 and uses management's.",
    ]


# What is missing


def test_a_host_without_vmotion_is_missing_it() -> None:
    hosts = [*SOURCE, host("esx-a3", adapter("vmk0", "10.10.0.13/24", "management"))]
    found = planned(move(source_host="esx-a1", destination_host="esx-a3"), hosts)
    assert found["missing"] == ["No adapter carries vMotion on esx-a3."]


def test_a_host_without_any_network_for_cold_data_is_missing_both() -> None:
    found = planned(move("storage", False, source_host="esx-1"), [host("esx-1")])
    assert found["missing"] == ["No adapter carries provisioning, nor management in its place on esx-1."]


def test_an_adapter_without_an_address_carries_nothing() -> None:
    hosts = [*SOURCE, host("esx-a3", adapter("vmk1", None, stack="vmotion"))]
    found = planned(move(source_host="esx-a1", destination_host="esx-a3"), hosts)
    assert found["missing"] == ["The adapters that carry vMotion have no address on esx-a3."]


def test_of_a_disconnected_host_nothing_is_known() -> None:
    hosts = [*SOURCE, host("esx-a3", connection_state="notResponding")]
    found = planned(move(source_host="esx-a1", destination_host="esx-a3"), hosts)
    assert found["missing"] == ["esx-a3 is not connected, so nothing is known of it."]


# Routing


def test_vmotion_in_one_subnet_is_not_routed() -> None:
    found = planned(move())
    assert found["routed"]["vmotion"]["required"] is False
    assert found["routed"]["vmotion"]["own_gateway"] is False
    assert found["warnings"] == []


def test_vmotion_between_sites_is_routed_over_the_gateway_of_its_stack() -> None:
    found = planned(move(source_cluster="compute-a", destination_vcenter="other"))
    assert found["routed"]["vmotion"] == {
        "required": True,
        "own_gateway": True,
        "source_subnets": ["10.11.0.0/24"],
        "destination_subnets": ["10.31.0.0/24"],
        "gateways": [
            {"by": "stack", "gateway": "10.11.0.1", "to": ["10.31.0.0/24"], "hosts": ["esx-a1", "esx-a2"]},
            {"by": "stack", "gateway": "10.31.0.1", "to": ["10.11.0.0/24"], "hosts": ["esx-d1", "esx-d2"]},
        ],
    }
    assert found["missing"] == []
    assert found["warnings"] == []


def test_routed_vmotion_without_a_gateway_is_missing_one() -> None:
    found = planned(
        move(source_cluster="compute-a", destination_vcenter="other"), others=site("d", 3, gateways=False, count=5)
    )
    assert found["routed"]["vmotion"]["own_gateway"] is False
    (sentence,) = found["missing"]
    assert sentence == (
        "vMotion must be routed to 10.11.0.0/24, but esx-d1, esx-d2 and 3 more hosts have no gateway for it: give the "
        "stack vmotion or the adapter a gateway, or add a static route."
    )


@pytest.mark.parametrize(
    ("vmotion", "stacks", "by", "gateway"),
    [
        (adapter("vmk1", "10.41.0.9/24", "vmotion", gateway_ipv4="10.41.0.1"), [], "adapter", "10.41.0.1"),
        (
            adapter("vmk1", "10.41.0.9/24", stack="vmotion"),
            [stack("vmotion", None, {"10.0.0.0/8": "10.41.0.254"})],
            "route",
            "10.41.0.254",
        ),
        (
            adapter("vmk1", "10.41.0.9/24", stack="vmotion"),
            [stack("vmotion", None, {"10.31.0.0/25": "10.41.0.254"})],
            "none",
            None,
        ),
        (adapter("vmk1", "10.41.0.9/24", "vmotion"), [stack("defaultTcpipStack", "10.40.0.1")], "none", None),
        (adapter("vmk1", "10.41.0.9/24", "vmotion"), [stack("defaultTcpipStack", "10.41.0.1")], "default", "10.41.0.1"),
    ],
    ids=["adapter", "static route", "route elsewhere", "gateway of another subnet", "gateway of management"],
)
def test_every_way_of_giving_vmotion_a_gateway_is_known(
    vmotion: dict[str, Any], stacks: list[dict[str, Any]], by: str, gateway: str | None
) -> None:
    hosts = [host("esx-1", vmotion, stacks=stacks)]
    routed = planned(move(source_host="esx-1", destination_vcenter="other"), hosts)["routed"]["vmotion"]
    assert routed["gateways"][0] == {"by": by, "gateway": gateway, "to": ["10.31.0.0/24"], "hosts": ["esx-1"]}
    assert routed["own_gateway"] is (by in ("adapter", "route"))


def test_vmotion_over_the_gateway_of_management_is_warned_about() -> None:
    found = planned(move(source_host="esx-1", destination_vcenter="other"), [plain_host("esx-1", "10.40.0")])
    assert found["missing"] == []
    assert (
        "vMotion has no gateway of its own on esx-1 and is routed over the default gateway 10.40.0.1, together with "
        "management." in found["warnings"]
    )


def test_routed_vmotion_inside_one_site_is_ill_advised() -> None:
    far = site("b", 2)
    for item in far:
        item["datacenter"] = "dc-a"
    found = planned(move(source_host="esx-a1", destination_host="esx-b1"), [*SOURCE, *far])
    (sentence,) = found["warnings"]
    assert sentence.startswith("vMotion would be routed inside the datacenter dc-a: ")


def test_routed_vmotion_between_datacenters_of_one_vcenter_is_not_warned_about() -> None:
    found = planned(move(source_host="esx-a1", destination_host="esx-b1"), [*SOURCE, *site("b", 2)])
    assert found["routed"]["vmotion"]["required"] is True
    assert found["warnings"] == []


def test_hosts_with_a_common_ipv6_subnet_need_no_router() -> None:
    def dual(name: str, address: str, six: str) -> dict[str, Any]:
        return host(name, adapter("vmk1", address, "vmotion", ipv6={"addresses": [six, "fe80::1/64"]}))

    hosts = [dual("esx-1", "10.1.0.1/24", "fd00::1/64"), dual("esx-2", "10.2.0.1/24", "fd00::2/64")]
    found = planned(move(source_host="esx-1", destination_host="esx-2"), hosts)
    assert found["routed"]["vmotion"]["required"] is False


# Other warnings


def test_different_mtu_on_the_way_is_warned_about() -> None:
    hosts = [*SOURCE, host("esx-a3", adapter("vmk1", "10.11.0.13/24", stack="vmotion", mtu=1500))]
    found = planned(move(source_host="esx-a1", destination_host="esx-a3"), hosts)
    assert found["warnings"] == ["The adapters that carry vMotion differ in MTU: 1500, 9000."]


def test_two_provisioning_adapters_on_a_host_are_warned_about() -> None:
    services = ("management", "vSphereProvisioning")
    two = host("esx-1", adapter("vmk0", "10.1.0.1/24", *services), adapter("vmk1", "10.1.0.2/24", *services))
    found = planned(move("storage", False, source_host="esx-1"), [two])
    assert found["warnings"] == ["More than one adapter for provisioning is not supported; this is so on esx-1."]


# Refinements


def test_disks_of_a_running_vm_are_shown_both_as_in_the_table_and_as_the_vendor_says() -> None:
    found = planned(move("both", True))
    refinement = found["refinements"][0]
    assert [item["carries"] for item in found["networks"]] == ["memory and running state", "everything else"]
    assert refinement["source"] == "KB340170, NET"
    assert refinement["networks"][0] == {"network": "vmotion", "carries": "running state and disks in use"}


def test_a_refinement_that_needs_vmotion_warns_where_there_is_none() -> None:
    hosts = [*SOURCE, host("esx-a3", adapter("vmk2", "10.12.0.13/24", stack="vSphereProvisioning", mtu=9000))]
    found = planned(move("storage", True, source_host="esx-a1", destination_host="esx-a3"), hosts)
    assert found["missing"] == []
    assert found["warnings"] == ["Refined: No adapter carries vMotion on esx-a3."]
    assert "vmotion" in found["adapters"]


def test_a_storage_move_on_one_host_stays_on_its_storage_path() -> None:
    (refinement,) = planned(move("storage", True, source_host="esx-a1"))["refinements"]
    assert "storage path" in refinement["reason"]
    assert refinement["networks"] == []


def test_provisioning_between_subnets_tells_of_the_fallback() -> None:
    found = planned(move("both", False, source_cluster="compute-a", destination_vcenter="other"))
    assert [item["source"] for item in found["refinements"]] == ["KB419637", "KB340170"]


@pytest.mark.parametrize(("prepared", "words"), [(True, "moves the data"), (False, "about 1.3 Gbit/s")])
def test_hosts_of_version_8_use_unified_data_transport_when_provisioning_is_enabled(prepared: bool, words: str) -> None:
    hosts = SOURCE if prepared else [plain_host("esx-a1", "10.10.0"), plain_host("esx-a2", "10.10.0")]
    found = planned(move("both", False), [{**item, "version": "8.0.3"} for item in hosts])
    assert [words in item["reason"] for item in found["refinements"]] == [True]
    assert planned(move("both", False), [{**item, "version": ""} for item in hosts])["refinements"] == []


# Destinations


def test_a_vm_of_a_cluster_may_go_to_any_of_its_hosts() -> None:
    found = planned(move(source_cluster="compute-a"))
    assert found["adapters"]["vmotion"]["destination"][0]["hosts"] == ["esx-a1", "esx-a2"]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (move(source_host="esx-a9"), "host esx-a9 is not in hosts, which has 2 hosts; did you mean esx-a2?"),
        (
            move(source_cluster="nowhere"),
            "cluster nowhere is not in hosts, which has 2 hosts.",
        ),
        (
            move(source_host="esx-a1", destination_host="esx-d1"),
            "host esx-d1 is not in hosts, which has 2 hosts; did you mean esx-a1?",
        ),
        (move(destination_host="esx-a1"), "neither source_host nor source_cluster is given."),
        (
            move(source_host="esx-a1", source_cluster="compute-a"),
            "source_host and source_cluster are both given; one of them is enough.",
        ),
        (
            move(source_host="esx-a1"),
            "scope compute moves the VM to another host, so destination_host or destination_cluster is needed.",
        ),
        (move(source_host="esx-a1", destination_host="esx-a1"), "esx-a1 is both source and destination."),
        (
            move("storage", source_host="esx-a1", destination_vcenter="other"),
            "storage cannot end in another vCenter; use the scope both.",
        ),
        (move("snapshot"), "a snapshot stays on its host and has no destination."),
    ],
)
def test_a_move_that_cannot_be_understood_is_refused(option: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problems) as caught:
        planned(option)
    assert caught.value.sentences == (f"moves[0] (web01): {sentence}",)


@pytest.mark.parametrize(
    ("facts", "flaw"),
    [
        ({"adapters": []}, "it has no name"),
        ({"name": "esx-1"}, "it has no adapters"),
        (host("esx-1", {"device": "vmk0"}), "an adapter has no network"),
        (host("esx-1", adapter("vmk0", "ten")), "'ten' does not appear to be an IPv4 or IPv6 interface"),
    ],
)
def test_facts_that_are_none_are_refused(facts: dict[str, Any], flaw: str) -> None:
    with pytest.raises(Problems) as caught:
        plan([*SOURCE, facts], [], [])
    assert caught.value.sentences == (f"hosts[2] is no host as esxi_vmkernel_info returns it: {flaw}.",)


def test_a_move_to_another_vcenter_needs_facts_of_it() -> None:
    with pytest.raises(Problems, match="destination_hosts is empty"):
        planned(move(source_host="esx-a1", destination_vcenter="other"), others=[])


def test_all_moves_that_cannot_be_understood_are_named_at_once() -> None:
    with pytest.raises(Problems) as caught:
        plan(SOURCE, [], [move(source_host="x"), move(), move(source_host="y")])
    assert len(caught.value.sentences) == 2


# Summary, report, module


def test_the_summary_counts_and_says_once_what_is_missing() -> None:
    hosts = [*SOURCE, host("esx-a3", adapter("vmk0", "10.10.0.13/24", "management"))]
    to_three = move(source_host="esx-a1", destination_host="esx-a3")
    found = plan(hosts, [], [to_three, move(), {**to_three, "vm": "web02"}])
    assert [item["vm"] for item in found["moves"]] == ["web01", "web01", "web02"]
    assert found["summary"] == {
        "moves": 3,
        "ready": 1,
        "rows": {"1": 3},
        "vmotion_routed": 0,
        "with_warnings": 0,
        "missing": [{"what": "No adapter carries vMotion on esx-a3.", "moves": 2}],
    }


def test_the_report_tells_like_moves_once_and_keeps_names_in_their_cells() -> None:
    moves = [move(), {**move(), "vm": "a|b"}, {**move("storage", False, source_host="esx-a1"), "vm": "db01"}]
    text = markdown(plan(SOURCE, OTHER, moves))
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## web01, a\\|b", "## db01"]
    assert "| vmotion | memory and running state |" in text
    assert "| vmotion | source | vmk1 | stack | 10.11.0.0/24 | 9000 | esx-a1 |" in text


def result(**params: Any) -> dict[str, Any]:
    given = {"hosts": SOURCE, "destination_hosts": [], "moves": [], **params}
    return migration_network_plan.JOB.result(given, check=False, show=lambda text: None)


def test_the_module_migration_network_plan_returns_plan_and_report() -> None:
    found = result(moves=[move()])
    assert found["changed"] is False
    assert found["summary"]["ready"] == 1
    assert found["markdown"].startswith("# Migration network plan\n")


def test_the_module_migration_network_plan_refuses_in_one_sentence_with_all_problems_beside_it() -> None:
    found = result(moves=[move(source_host="x", destination_host="y"), move(source_host="z")])
    assert found["failed"] is True
    assert found["msg"].startswith("moves[0] (web01): host x is not in hosts, which has 2 hosts.")
    assert len(found["problems"]) == 2
