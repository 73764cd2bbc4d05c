# SPDX-License-Identifier: GPL-3.0-or-later
"""`arc_machine` and `arc_machine_info`: few calls, exact changes. (Azure reference 6, 10, 11, 12.4)"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract.azure.tasks import ARM, GROUP, QUERY, Control, Tasks, listed
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure import arc_machine
from lab import Lab

ONE = "server-0001"
NEW_ID = "11111111-2222-4333-8444-555566667777"


def public_key() -> str:
    """As `azcmagent genkey` prints it. (Azure reference 9.4)"""
    public = rsa.generate_private_key(65537, 2048).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()


@pytest.fixture
def machines(control: Control) -> Control:
    """Three connected machines, in a subscription that is ready for them."""
    for namespace in ("HybridCompute", "GuestConfiguration", "HybridConnectivity"):
        control("PUT", f"/providers/Microsoft.{namespace}", state="Registered")
    control.add(count=3, tags={"Datacenter": "DC1"})
    return control


# --- what changes -----------------------------------------------------------------------------------------------------


def test_tags_and_settings_converge_with_one_call_each(run: Tasks, machines: Control) -> None:
    wanted: dict[str, Any] = {
        "tags": {"datacenter": "DC2", "owner": "infra"},
        "location_data": {"name": "DC2", "city": "Ghent"},
        "automatic_upgrade": True,
    }
    planned = run.machine(ONE, **wanted, check=True)
    assert run.writes() == []
    result = run.machine(ONE, **wanted)
    assert result["changes"] == planned["changes"]
    assert result["changes"][0]["after"]["tags"] == {"Datacenter": "DC2", "owner": "infra"}
    assert [call.partition(" ")[0] for call in run.writes()] == ["PATCH", "PATCH"]
    assert result["machine"]["tags"] == {"Datacenter": "DC2", "owner": "infra"}
    since = run.mark()
    assert run.machine(ONE, **wanted)["changed"] is False
    assert run.machine(ONE)["changed"] is False
    assert run.writes(since) == []


def test_a_tag_that_somebody_changed_is_corrected_by_exactly_that(run: Tasks, machines: Control) -> None:
    run.machine(ONE, tags={"owner": "infra"})
    machines("PATCH", f"/machines/{ONE}", tags={"Datacenter": "DC1", "owner": "nobody"})
    result = run.machine(ONE, tags={"owner": "infra", "Datacenter": "DC1"})
    assert result["changes"][0]["before"] == {"tags": {"owner": "nobody"}}
    assert result["changes"][0]["after"] == {"tags": {"owner": "infra"}}


def test_a_machine_is_found_by_each_of_its_names(run: Tasks, machines: Control) -> None:
    seen = run.machine(ONE)["machine"]
    bios = seen["bios_uuid"].split("-")
    turned = [bytes.fromhex(group)[::-1].hex() for group in bios[:3]] + bios[3:]
    for by in ({"vm_id": seen["vm_id"].upper()}, {"bios_uuid": seen["bios_uuid"]}, {"bios_uuid": "-".join(turned)}):
        assert run("arc_machine", resource_group=GROUP, **by)["machine"]["name"] == ONE


def test_a_name_that_another_server_has_taken_is_refused(run: Tasks, machines: Control) -> None:
    result = run.failing("arc_machine", resource_group=GROUP, name=ONE, vm_id=NEW_ID, tags={"a": "b"})
    assert f"machine {ONE} of resource group {GROUP} is another server" in result["msg"]
    assert run.writes() == []


def test_a_machine_that_is_not_there_is_made_only_for_a_key(run: Tasks, machines: Control) -> None:
    assert "connect its agent first" in run.failing("arc_machine", resource_group=GROUP, name="new01")["msg"]
    key = {"vm_id": NEW_ID, "location": "westeurope", "os_type": "linux", "public_key": public_key()}
    result = run.machine("new01", **key, tags={"a": "b"})
    assert listed(result) == [("create", "new01")]
    assert result["machine"]["status"] == "AwaitingConnection"
    assert run.machine("new01", **key, tags={"a": "b"})["changed"] is False


def test_another_region_is_refused(run: Tasks, machines: Control) -> None:
    result = run.failing("arc_machine", resource_group=GROUP, name=ONE, location="eastus")
    assert "is in westeurope, not in eastus" in result["msg"]


# --- what is removed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [None, "2022-12-27"])
def test_a_machine_is_removed_by_either_way_of_deleting(run: Tasks, machines: Control, version: str | None) -> None:
    assert listed(run.machine(ONE, state="absent", api_version=version)) == [("remove", ONE)]
    assert set(machines.machines()) == {"server-0002", "server-0003"}
    assert run.machine(ONE, state="absent")["changed"] is False


def test_an_unknown_version_gives_way(run: Tasks, machines: Control) -> None:
    assert run.machine(ONE, api_version="2025-06-01")["machine"]["name"] == ONE


@pytest.mark.parametrize("kind", ["VMware", "SCVMM", "HCI", "AVS"])
def test_a_machine_with_a_server_behind_it_is_kept(run: Tasks, machines: Control, kind: str) -> None:
    machines("PATCH", f"/machines/{ONE}", kind=kind)
    result = run.failing("arc_machine", resource_group=GROUP, name=ONE, state="absent")
    assert f"it is of kind {kind}, and removing it in Azure can remove the server behind it" in result["msg"]
    assert run.writes() == []
    assert run.machine(ONE, state="absent", allowed_kinds=[kind])["changed"] is True


def test_a_status_can_be_asked_for(run: Tasks, machines: Control) -> None:
    only = {"state": "absent", "only_statuses": ["AwaitingConnection", "Expired"]}
    result = run.failing("arc_machine", resource_group=GROUP, name=ONE, **only)
    assert "its status is Connected, not AwaitingConnection or Expired" in result["msg"]
    machines.add(count=1, prefix="half-", status="none")
    assert run.machine("half-0001", **only)["changed"] is True


def test_stale_machines_are_removed_and_all_others_kept(
    run: Tasks, machines: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.add(count=2, prefix="old-", status="Expired")
    machines.add(count=1, prefix="away-", status="Disconnected")
    machines.add(count=1, prefix="vm-", status="Expired", kind="VMware")
    machines.add(count=1, prefix="half-", status="none")
    sweep: dict[str, Any] = {"resource_group": GROUP, "state": "absent", "stale_days": 30}
    assert run("arc_machine", **sweep)["changed"] is False
    monkeypatch.setattr(arc_machine, "present", lambda: datetime.now(UTC) + timedelta(days=29))
    assert run("arc_machine", **sweep)["changed"] is False
    monkeypatch.setattr(arc_machine, "present", lambda: datetime.now(UTC) + timedelta(days=31))
    planned = run("arc_machine", **sweep, check=True)
    result = run("arc_machine", **sweep)
    assert listed(result) == listed(planned) == [("remove", name) for name in ("away-0001", "old-0001", "old-0002")]
    reasons = {one["name"]: one["reason"] for one in result["kept"]}
    assert reasons[ONE] == "its status is Connected"
    assert "kind VMware" in reasons["vm-0001"]
    assert "never reported" in reasons["half-0001"]
    assert set(machines.machines()) == set(reasons)


def test_a_lost_answer_to_a_removal_is_no_failure(run: Tasks, machines: Control, lab: Lab) -> None:
    path = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{machine}"
    lab.faults.add("drop_after", method=f"DELETE {path}", nth=1)
    assert run.machine(ONE, state="absent")["changed"] is True
    assert ONE not in machines.machines()


def test_an_onboarding_identity_may_not_remove(lab: Lab, machines: Control) -> None:
    result = Tasks(lab, "onboarding").failing("arc_machine", resource_group=GROUP, name=ONE, state="absent")
    assert "the permission Microsoft.HybridCompute/machines/delete" in result["msg"]
    assert "Azure Connected Machine Resource Administrator" in result["msg"]
    assert ONE in machines.machines()


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_thousand_machines_are_verified_in_a_few_calls(run: Tasks, control: Control) -> None:
    control.add(count=1000, tags={"Datacenter": "DC1"})
    names = [f"server-{number:04d}" for number in range(1, 1001)]
    expected = [{"name": name, "tags": {"Datacenter": "DC1"}} for name in names]
    listed_ones = run.machines(expected=expected)
    by_list = len(run.calls())
    since = run.mark()
    run.lab.shared.clock.advance(60)
    queried = run.machines(expected=expected, source="graph")
    assert len(listed_ones["machines"]) == len(queried["machines"]) == 1000
    assert listed_ones["problems"] == queried["problems"] == []
    assert listed_ones["statuses"] == {"Connected": 1000}
    assert by_list <= 12
    assert run.calls(since) == [QUERY]


def test_a_query_with_more_than_one_page(run: Tasks, machines: Control, lab: Lab) -> None:
    lab.shared.clock.advance(60)
    lab.rules = lab.rules.changed(azure_graph_page_size=2)
    assert [one["name"] for one in run.machines(source="graph")["machines"]] == [ONE, "server-0002", "server-0003"]
    assert len(run.calls()) == 2


def test_every_difference_is_a_sentence(run: Tasks, machines: Control) -> None:
    machines.add(count=1, prefix="away-", status="Disconnected")
    problems = run.machines(
        expected=[
            {"name": ONE, "vm_id": NEW_ID},
            {"name": "server-0002", "tags": {"Datacenter": "DC9"}, "location": "eastus"},
            {"name": "away-0001"},
            {"name": "missing"},
        ]
    )["problems"]
    assert problems[0].startswith(f"machine {ONE} is another server")
    assert problems[1:] == [
        "machine server-0002 is in westeurope, not in eastus",
        "tag Datacenter of machine server-0002 is DC1, not DC9",
        "machine away-0001 is Disconnected, not Connected",
        "machine missing is not in Azure",
    ]


def test_filters_choose(run: Tasks, machines: Control) -> None:
    assert [one["name"] for one in run.machines(names=[ONE.upper()])["machines"]] == [ONE]
    seen = run.machines(names=[ONE])["machines"][0]
    assert len(run.machines(vm_ids=[seen["vm_id"]])["machines"]) == 1
    assert len(run.machines(bios_uuids=[seen["bios_uuid"]], statuses=["Expired"])["machines"]) == 0
    assert len(run("arc_machine_info")["machines"]) == 3


def test_a_group_that_is_missing_has_no_machines(run: Tasks) -> None:
    assert run.machines()["machines"] == []


def test_waiting_ends_with_what_is_missing(run: Tasks, machines: Control) -> None:
    result = run.failing("arc_machine_info", resource_group=GROUP, expected=[{"name": "missing"}], wait_timeout=1)
    assert "Azure still does not show what is expected: machine missing is not in Azure" in result["msg"]
    assert result["problems"] == ["machine missing is not in Azure"]


def test_a_throttled_list_is_complete(run: Tasks, machines: Control) -> None:
    machines("PUT", "/throttle", every=2, retry_after=0)
    machines.add(count=250, prefix="more-")
    assert len(run.machines()["machines"]) == 253
    assert 429 in [entry.status for entry in run.lab.requests(ARM)]


@pytest.mark.parametrize(
    ("module", "options", "sentence"),
    [
        ("arc_machine", {"name": "a_"}, "name a_ is no name of a machine"),
        ("arc_machine", {"name": "a" * 55}, "is no name of a machine: 1 to 54"),
        ("arc_machine", {"vm_id": "7"}, "vm_id 7 is no UUID"),
        ("arc_machine", {}, "which machine is meant is not said; give name, vm_id or bios_uuid"),
        ("arc_machine", {"state": "absent"}, "removing machines that are not named needs stale_days"),
        ("arc_machine", {"state": "absent", "stale_days": 0}, "stale_days 0 is less than a day"),
        ("arc_machine", {"name": "a", "public_key": "k"}, "needs name, vm_id, location and os_type"),
        ("arc_machine", {"name": "a", "tags": {"a": None}}, "tag a has a value that Azure does not take"),
        ("arc_machine_info", {"vm_ids": ["7"]}, "vm_ids: 7 is no UUID"),
        ("arc_machine_info", {"wait_timeout": 5}, "wait_timeout waits for expected machines"),
        (
            "arc_machine_info",
            {"wait_timeout": 5, "expected": [{"name": "a"}], "source": "graph"},
            "source graph is up to a minute old",
        ),
    ],
)
def test_what_cannot_be(run: Tasks, module: str, options: dict[str, Any], sentence: str) -> None:
    assert sentence in run.failing(module, resource_group=GROUP, **options)["msg"]
    assert run.lab.requests("azure/entra") == []
