# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_netstack makes and removes custom stacks, by the API where a host takes it and by esxcli where not."""

from __future__ import annotations

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import add_stack, place
from contract.vsphere.tasks import Tasks, listed, static

from lab import Lab

STORAGE = "esx-a01.lab.example/storage"


@pytest.fixture(params=["accept", "refuse"], ids=["by the API", "by esxcli"])
def way(request: pytest.FixtureRequest, lab: Lab) -> str:
    chosen: str = request.param
    lab.rules = lab.rules.changed(netstack_add_via_api=chosen)
    return chosen


def test_a_custom_stack_is_made_and_removed(run: Tasks, seen: Reader, way: str) -> None:
    new, gone = {"name": "storage"}, {"name": "storage", "state": "absent"}
    planned = run.stacks(new, check=True)
    assert run.writes() == []
    done = run.stacks(new)
    assert done["changes"] == planned["changes"]
    assert listed(done) == [("create", STORAGE)]
    assert ("ExecuteSoap" in run.writes()) is (way == "refuse")
    assert "storage" in seen.host()["stacks"]

    mark = run.mark()
    assert run.stacks(new)["changed"] is False
    assert run.writes(mark) == []

    assert listed(run.stacks(gone)) == [("remove", STORAGE)]
    assert sorted(seen.host()["stacks"]) == ["defaultTcpipStack", "vSphereProvisioning", "vmotion"]
    assert run.stacks(gone)["changed"] is False


@pytest.mark.usefixtures("way")
def test_a_new_stack_with_settings_is_one_change(run: Tasks, seen: Reader) -> None:
    entry = {
        "name": "storage",
        "congestion_control": "cubic",
        "max_connections": 7000,
        "dns": {"servers": ["10.15.0.2"]},
    }
    done = run.stacks(entry)
    assert listed(done) == [("create", STORAGE)]
    assert done["changes"][0]["after"]["max_connections"] == 7000
    stack = seen.stack("storage")
    assert (stack["congestion_control"], stack["max_connections"]) == ("cubic", 7000)
    assert stack["dns_servers"] == ["10.15.0.2"]
    assert run.stacks(entry)["changed"] is False


@pytest.mark.usefixtures("way")
def test_stack_then_adapter_then_gateway(run: Tasks, seen: Reader) -> None:
    run.stacks({"name": "storage"})
    run.adapters({"network": "std-storage", "stack": "storage", "ipv4": static("10.15.0.11/24")})
    run.stacks({"name": "storage", "gateway_ipv4": "10.15.0.1"})
    assert seen.stack("storage")["gateway_ipv4"] == "10.15.0.1"
    assert seen.adapters()["vmk1"]["stack"] == "storage"


@pytest.mark.usefixtures("way")
def test_a_stack_in_use_is_not_removed(run: Tasks, seen: Reader, lab: Lab) -> None:
    add_stack(lab, "storage")
    place(lab, "vmk1", "std-storage", "10.15.0.11/24", stack="storage")
    result = run.failing("esxi_netstack", stacks=[{"name": "storage", "state": "absent"}])
    assert "stack storage is used by vmk1" in result["msg"]
    assert run.writes() == []
    run.adapters({"device": "vmk1", "state": "absent"})
    run.stacks({"name": "storage", "state": "absent"})
    assert "storage" not in seen.host()["stacks"]


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_run_that_died_before_the_host_looked_again_is_completed(
    run: Tasks, seen: Reader, lab: Lab, action: str, state: str
) -> None:
    """esxcli has changed the kernel, but the host shows it only after it was told to look."""
    if state == "absent":
        run.stacks({"name": "storage"})
    entry = {"name": "storage", "state": state}
    lab.faults.add(action, method="RefreshNetworkSystem")
    run.failing("esxi_netstack", stacks=[entry])
    run.stacks(entry)
    assert ("storage" in seen.host()["stacks"]) is (state == "present")
    assert run.stacks(entry)["changed"] is False


def test_what_esxcli_says_is_reported(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.rules = lab.rules.changed(esxcli_answers=False)
    result = run.failing("esxi_netstack", stacks=[{"name": "storage"}])
    assert "RetrieveManagedMethodExecuter" in result["msg"]
    assert result["changed"] is False


@pytest.mark.usefixtures("way")
def test_on_all_hosts(run: Tasks, seen: Reader) -> None:
    run.stacks({"name": "storage"}, clusters=["compute-a"])
    assert [name for name, host in seen.hosts().items() if "storage" in host["stacks"]] == [
        f"esx-a0{number}.lab.example" for number in range(1, 5)
    ]
