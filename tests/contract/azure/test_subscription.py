# SPDX-License-Identifier: GPL-3.0-or-later
"""`azure_resource_provider` and `azure_resource_group` on an empty subscription. (Azure reference 4, 5)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.azure.tasks import GROUP, Control, Tasks, listed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE
from lab import Lab
from lab.azure import directory

PROVIDERS = ["Microsoft.HybridCompute", "Microsoft.GuestConfiguration", "Microsoft.HybridConnectivity"]


def make(run: Tasks, **options: Any) -> dict[str, Any]:
    return run("azure_resource_group", **{"name": GROUP, "location": "westeurope", **options})


# --- providers --------------------------------------------------------------------------------------------------------


def test_providers_are_registered_and_a_second_run_changes_nothing(run: Tasks) -> None:
    planned = run("azure_resource_provider", check=True)
    assert run.writes() == []
    first = run("azure_resource_provider")
    assert listed(first) == listed(planned) == [("update", name) for name in PROVIDERS]
    assert first["providers"] == [{"namespace": name, "state": "Registered"} for name in PROVIDERS]
    since = run.mark()
    assert run("azure_resource_provider")["changed"] is False
    assert run.writes(since) == []


def test_a_registration_that_somebody_else_has_begun_is_awaited(run: Tasks) -> None:
    run("azure_resource_provider", wait=False)
    result = run("azure_resource_provider")
    assert (result["changed"], {one["state"] for one in result["providers"]}) == (False, {"Registered"})


def test_only_what_is_missing_is_registered(run: Tasks, control: Control) -> None:
    control("PUT", f"/providers/{PROVIDERS[0]}", state="Registered")
    assert [name for _action, name in listed(run("azure_resource_provider"))] == PROVIDERS[1:]


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("reader", "Microsoft.HybridCompute/register/action"),
        ("onboarding", "Microsoft.Resources/subscriptions/providers/read"),
    ],
)
def test_the_missing_permission_is_named(lab: Lab, who: str, action: str) -> None:
    result = Tasks(lab, who).failing("azure_resource_provider", namespaces=PROVIDERS[:1])
    assert f"the permission {action} on /subscriptions/{directory.SUBSCRIPTION}" in result["msg"]
    assert action in str(result.get("failed_changes") or result["missing_permission"])


@pytest.mark.parametrize(
    ("who", "tenant", "words"),
    [
        ("expired", directory.TENANT, "AADSTS7000222"),
        ("administrator", directory.OTHER_TENANT, "AADSTS700016"),
        ("administrator", "99999999-1111-4222-8333-444455556666", "AADSTS90002"),
    ],
)
def test_a_login_that_fails_says_why(lab: Lab, who: str, tenant: str, words: str) -> None:
    run = Tasks(lab, who)
    result = run.failing("azure_resource_provider", tenant_id=tenant)
    assert words in result["msg"]
    assert run.calls() == []


def test_a_wrong_secret_is_not_told(run: Tasks) -> None:
    result = run.failing("azure_resource_provider", client_secret="not-the-secret")
    assert "AADSTS7000215" in result["msg"]
    assert "not-the-secret" not in str(result)


def test_a_certificate_logs_in(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(lab.simulators["azure"].certificate("administrator"))  # type: ignore[attr-defined]
    run = Tasks(lab)
    assert run("azure_resource_provider", client_secret=None, client_certificate=str(file))["changed"] is True


def test_a_subscription_may_be_named(run: Tasks) -> None:
    assert run("azure_resource_provider", subscription_id="Lab")["changed"] is True
    assert "no subscription is named Attic" in run.failing("azure_resource_provider", subscription_id="Attic")["msg"]


def test_a_token_that_ends_on_the_way_is_replaced(run: Tasks, lab: Lab, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    run("azure_resource_provider")
    lab.shared.clock.advance(7200)
    assert run("azure_resource_provider")["changed"] is False


def test_throttling_is_obeyed(run: Tasks, control: Control) -> None:
    control("PUT", "/throttle", every=3, retry_after=0)
    assert run("azure_resource_provider")["changed"] is True
    statuses = [entry.status for entry in run.lab.requests("azure/arm")]
    assert 429 in statuses


@pytest.mark.parametrize("name", ["", "HybridCompute", "Microsoft Hybrid", "Microsoft./x"])
def test_a_namespace_that_is_none(run: Tasks, name: str) -> None:
    result = run.failing("azure_resource_provider", namespaces=[name])
    assert result["msg"] == (
        f"namespaces: {name or '(empty)'} is no namespace of a resource provider, such as Microsoft.HybridCompute"
    )
    assert run.lab.requests("azure/entra") == []


# --- resource groups --------------------------------------------------------------------------------------------------


def test_a_group_is_made_tagged_and_found_as_it_is(run: Tasks) -> None:
    assert listed(make(run, tags={"owner": "infra"}, check=True)) == [("create", GROUP)]
    assert run.writes() == []
    first = make(run, tags={"owner": "infra"}, location="West Europe")
    assert first["changes"][0]["after"] == {"location": "westeurope", "tags": {"owner": "infra"}}
    assert first["resource_group"]["tags"] == {"owner": "infra"}
    since = run.mark()
    assert make(run, tags={"OWNER": "infra"})["changed"] is False
    assert make(run, location=None)["changed"] is False
    assert run.writes(since) == []


def test_tags_are_merged_or_exact(run: Tasks) -> None:
    make(run, tags={"owner": "infra", "keep": "yes"})
    merged = make(run, tags={"Owner": "apps", "new": "1"})
    assert merged["changes"][0]["before"] == {"tags": {"owner": "infra", "new": None}}
    assert merged["resource_group"]["tags"] == {"owner": "apps", "keep": "yes", "new": "1"}
    exact = make(run, tags={"owner": "apps"}, tags_mode="exact")
    assert exact["resource_group"]["tags"] == {"owner": "apps"}
    assert make(run, tags={}, tags_mode="exact")["resource_group"]["tags"] == {}
    assert make(run)["changed"] is False


def test_a_group_stays_where_it_is(run: Tasks) -> None:
    make(run)
    result = run.failing("azure_resource_group", name=GROUP, location="eastus")
    assert "is in westeurope, not in eastus" in result["msg"]


def test_a_group_needs_a_place(run: Tasks) -> None:
    assert "does not exist; give location to make it" in run.failing("azure_resource_group", name=GROUP)["msg"]


def test_an_empty_group_is_removed_and_a_full_one_only_when_told(run: Tasks, control: Control) -> None:
    make(run)
    assert listed(run("azure_resource_group", name=GROUP, state="absent")) == [("remove", GROUP)]
    assert run("azure_resource_group", name=GROUP, state="absent")["changed"] is False
    control.add(count=1)
    since = run.mark()
    refused = run.failing("azure_resource_group", name=GROUP, state="absent")
    assert "is not empty, it holds Microsoft.HybridCompute/machines/server-0001" in refused["msg"]
    assert run.writes(since) == []
    assert run("azure_resource_group", name=GROUP, state="absent", remove_contents=True)["changed"] is True
    assert control.machines() == {}


def test_a_lock_is_told(run: Tasks, control: Control) -> None:
    make(run)
    scope = f"/subscriptions/{directory.SUBSCRIPTION}/resourceGroups/{GROUP}"
    control("PUT", "/locks", name="keep", scope=scope, level="CanNotDelete")
    assert "ScopeLocked" in run.failing("azure_resource_group", name=GROUP, state="absent")["msg"]


def test_a_reader_makes_no_group(lab: Lab) -> None:
    result = Tasks(lab, "reader").failing("azure_resource_group", name=GROUP, location="westeurope")
    assert "the permission Microsoft.Resources/subscriptions/resourceGroups/write" in result["msg"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "rg."}, "name rg. is no name of a resource group"),
        ({"name": "r" * 91}, "is no name of a resource group: 1 to 90"),
        ({"tags": {"a<b": "1"}}, "tag a<b has a name that Azure does not take"),
        ({"tags": {"a": "1", "A": "2"}}, "tag a is given more than once"),
        ({"tags": {"a": ["1"]}}, "tag a has a value that Azure does not take"),
        ({"tags": {str(number): "1" for number in range(51)}}, "51 tags are given; an object has at most 50"),
        ({"location": " "}, "location is empty"),
    ],
)
def test_a_group_that_cannot_be(run: Tasks, options: dict[str, Any], sentence: str) -> None:
    result = run.failing("azure_resource_group", **{"name": GROUP, "location": "westeurope", **options})
    assert sentence in result["msg"]
    assert run.lab.requests("azure/entra") == []
