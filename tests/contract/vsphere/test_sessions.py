# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins, calls and retries of the client, as the lab counts them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract.vsphere.reader import Reader
from contract.vsphere.scenes import change
from contract.vsphere.tasks import Tasks, static

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere import client
from lab import Lab

VMOTION = {"network": "pg-vmotion", "stack": "vmotion", "ipv4": static("10.11.0.11/22")}
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("esxi_vmkernel_info", {}),
    ("esxi_vmkernel", {"adapters": [VMOTION]}),
    ("esxi_netstack", {"stacks": [{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]}),
    ("esxi_vmkping", {"service": "vmotion", "pattern": "none", "gateway": True}),
]
REFUSED = ("esxi_vmkernel", {"adapters": [{"device": "vmk0", "state": "absent"}]})


@pytest.fixture(scope="module")
def running_big_lab() -> Iterator[Lab]:
    with Lab.start(hosts=120) as lab:
        yield lab


@pytest.fixture
def big_run(running_big_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Tasks:
    """120 hosts in the cluster."""
    monkeypatch.delenv("HYBRIDCLOUD_MOBILITY_RUN", raising=False)
    running_big_lab.reset()
    return Tasks(running_big_lab)


def test_a_task_alone_logs_in_and_out_once(run: Tasks, lab: Lab) -> None:
    for number, (module, options) in enumerate(TASKS, 1):
        run(module, **options)
        assert lab.sessions() == {"opened": number, "closed": number, "expired": 0, "open": 0}


def test_a_task_that_fails_logs_out_too(run: Tasks, lab: Lab) -> None:
    run.failing(REFUSED[0], **REFUSED[1])
    lab.faults.add("fault", method="AddVirtualNic")
    run.failing("esxi_vmkernel", adapters=[VMOTION])
    assert lab.sessions() == {"opened": 2, "closed": 2, "expired": 0, "open": 0}


@pytest.mark.usefixtures("run_folder")
def test_the_tasks_of_a_run_share_one_login_that_is_closed_with_it(run: Tasks, lab: Lab) -> None:
    for module, options in TASKS:
        run(module, check=True, **options)
        run(module, **options)
    run.failing(REFUSED[0], **REFUSED[1])
    assert lab.sessions() == {"opened": 1, "closed": 0, "expired": 0, "open": 1}
    for system, saved in Run.current().logins():
        assert system == "vsphere"
        client.end_login(saved)
    assert lab.sessions() == {"opened": 1, "closed": 1, "expired": 0, "open": 0}
    assert list(Run.current().logins()) == []


@pytest.mark.usefixtures("run_folder")
def test_another_user_of_the_same_run_has_a_login_of_its_own(run: Tasks, lab: Lab) -> None:
    run("esxi_vmkernel_info")
    run("esxi_vmkernel_info", username=lab.reader_username)
    assert {entry.user for entry in lab.requests(name="RetrievePropertiesEx")} == {lab.username, lab.reader_username}
    assert lab.sessions()["opened"] == 2


@pytest.mark.usefixtures("run_folder")
def test_a_login_that_ended_between_two_tasks_is_renewed(run: Tasks, lab: Lab) -> None:
    run("esxi_vmkernel_info")
    lab.expire_sessions()
    run("esxi_vmkernel_info")
    run("esxi_vmkernel_info")
    assert lab.sessions() == {"opened": 2, "closed": 0, "expired": 1, "open": 1}


def expire_at_write(monkeypatch: pytest.MonkeyPatch, lab: Lab, number: int) -> None:
    """All sessions end just before this write is sent."""
    lock, written = threading.Lock(), iter(range(1, 10_000))
    original: Callable[..., Any] = client.VSphere.call

    def call(self: client.VSphere, action: Callable[[], Any]) -> Any:
        with lock:
            if next(written) == number:
                lab.expire_sessions()
        return original(self, action)

    monkeypatch.setattr(client.VSphere, "call", call)


def test_a_session_that_ends_between_two_writes_is_renewed_once(
    run: Tasks, seen: Reader, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen.close()
    lab.reset()
    expire_at_write(monkeypatch, lab, 2)
    run.adapters(VMOTION, {"network": "pg-replication", "ipv4": static("10.13.0.11/22")})
    assert lab.sessions() == {"opened": 2, "closed": 1, "expired": 1, "open": 0}
    assert run.writes().count("AddVirtualNic") == 2


def test_sixteen_threads_renew_a_session_once(big_run: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = big_run.lab
    lab.latency.set(15, method="AddVirtualNic")
    expire_at_write(monkeypatch, lab, 20)
    names = [f"esx-a{number:02d}" for number in range(1, 41)]
    plan = {name: f"10.11.1.{number}/22" for number, name in enumerate(names, 1)}
    done = big_run.adapters({**VMOTION, "ipv4": static(plan)}, hosts=names)
    assert len([change for change in done["changes"] if change["action"] == "create"]) == 40
    counts = lab.sessions()
    assert (counts["opened"], counts["closed"], counts["open"]) == (2, 1, 0)
    for name in names:
        assert len(lab.world.host(f"{name}.lab.example").state.adapters) == 2


@pytest.mark.parametrize("fields", [{"fault": "NotAuthenticated"}, {"fault": "InvalidCollectorVersion"}], ids=str)
def test_small_pages_give_the_same_answer(run: Tasks, lab: Lab, fields: dict[str, str]) -> None:
    whole = run("esxi_vmkernel_info", clusters=["compute-a", "compute-b"])
    lab.rules = lab.rules.changed(page_size=3)
    mark = run.mark()
    assert run("esxi_vmkernel_info", clusters=["compute-a", "compute-b"]) == whole
    assert run.calls(mark).count("ContinueRetrievePropertiesEx") > 3
    if fields["fault"] == "NotAuthenticated":
        lab.faults.add("fault", method="ContinueRetrievePropertiesEx", nth=2, **fields)
        assert run("esxi_vmkernel_info", clusters=["compute-a", "compute-b"]) == whole


def test_calls_grow_with_the_pages_and_not_with_the_hosts(big_run: Tasks) -> None:
    most = 6 + 120 / 100
    for selection in ({"clusters": ["compute-a"]}, {"datacenter": "dc-a"}):
        mark = big_run.mark()
        assert len(big_run("esxi_vmkernel_info", **selection)["hosts"]) == 120
        reading = len(big_run.calls(mark))
        assert reading <= most

    plan = {f"esx-a{number:02d}": f"10.11.{1 + number // 200}.{number % 200 + 1}/22" for number in range(1, 121)}
    entry = {**VMOTION, "ipv4": static(plan)}
    big_run.adapters(entry, clusters=["compute-a"])
    mark = big_run.mark()
    assert big_run.adapters(entry, clusters=["compute-a"])["changed"] is False
    assert len(big_run.calls(mark)) <= reading

    mark = big_run.mark()
    assert (
        big_run.stacks({"name": "vmotion", "congestion_control": "newreno"}, clusters=["compute-a"])["changed"] is False
    )
    assert len(big_run.calls(mark)) <= reading


@pytest.mark.parametrize("method", ["RetrievePropertiesEx", "ContinueRetrievePropertiesEx"])
@pytest.mark.parametrize("trouble", ["drop_before", "drop_after", "http"])
def test_a_read_is_repeated(run: Tasks, lab: Lab, method: str, trouble: Any) -> None:
    lab.rules = lab.rules.changed(page_size=5)
    lab.faults.add(trouble, method=method, nth=2)
    assert len(run("esxi_vmkernel_info", datacenter="dc-a")["hosts"]) == 4
    assert lab.sessions()["open"] == 0


@pytest.mark.parametrize("trouble", ["drop_before", "drop_after", "http"])
def test_a_write_is_not_repeated(run: Tasks, seen: Reader, lab: Lab, trouble: Any) -> None:
    """Whether it had an effect is not known; the next run finds out."""
    lab.faults.add(trouble, method="AddVirtualNic")
    entry = {"network": "pg-replication", "ipv4": {"mode": "dhcp"}}
    result = run.failing("esxi_vmkernel", adapters=[entry])
    assert "no answer from localhost" in result["msg"]
    assert run.writes() == ["AddVirtualNic"]
    run.adapters(entry)
    assert list(seen.adapters()) == ["vmk0", "vmk1"]
    assert run.adapters(entry)["changed"] is False


def test_a_busy_host_is_asked_again(run: Tasks, seen: Reader, lab: Lab) -> None:
    lab.faults.add("fault", method="AddVirtualNic", fault="TaskInProgress", times=2)
    run.adapters(VMOTION)
    assert run.writes() == ["AddVirtualNic"] * 3
    assert list(seen.adapters()) == ["vmk0", "vmk1"]


def test_a_host_that_stays_busy_is_given_up(run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BUSY_TIMEOUT", 0.5)
    lab.faults.add("fault", method="AddVirtualNic", fault="TaskInProgress", times=None)
    result = run.failing("esxi_vmkernel", adapters=[VMOTION])
    assert "gave up after 0.5 s" in result["msg"]
    assert result["changed"] is False


def test_two_tasks_on_one_host_wait_for_each_other(run: Tasks, seen: Reader, lab: Lab) -> None:
    lab.latency.set(100, method="AddVirtualNic")
    lab.latency.set(100, method="UpdateVirtualNic")
    change(lab, "vmk0", services=frozenset({"management"}))
    other = threading.Thread(target=run.adapters, args=({"device": "vmk0", "mtu": 1400},))
    other.start()
    run.adapters(VMOTION)
    other.join()
    assert "TaskInProgress" in {entry.error for entry in lab.requests()}
    assert list(seen.adapters()) == ["vmk0", "vmk1"]
    assert seen.adapters()["vmk0"]["mtu"] == 1400


@pytest.mark.parametrize("trouble", ["drop_before", "http"])
def test_a_logout_that_fails_spoils_nothing(run: Tasks, lab: Lab, trouble: Any) -> None:
    lab.faults.add(trouble, method="Logout")
    assert run.adapters(VMOTION)["changed"] is True


def test_a_session_that_ends_before_the_logout_spoils_nothing(run: Tasks, lab: Lab) -> None:
    lab.faults.add("fault", method="Logout", fault="NotAuthenticated")
    assert run.adapters(VMOTION)["changed"] is True
