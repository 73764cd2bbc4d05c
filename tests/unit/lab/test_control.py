# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint and its client: faults, latency, log, clock, snapshots, drift."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

import pytest
from pyVmomi import vim as _vim

from lab import LabControl, LabError
from lab.rules import Rules

vim: Any = _vim
HOST, OTHER = "esx-a01.lab.example", "esx-a02.lab.example"


def test_health_names_the_hosts(control: LabControl) -> None:
    assert control.health()["hosts"] == {"source": 8, "destination": 4}


def test_planned_faults_strike_by_method_host_and_occurrence(lab: Any, client: Any, control: LabControl) -> None:
    control.add_fault("fault", method="SelectVnicForNicType", host=OTHER, fault="HostConfigFault", nth=2)
    for name, service, fails in (
        (HOST, "vSphereReplication", False),
        (OTHER, "vSphereReplication", False),
        (OTHER, "vSphereBackupNFC", True),
        (OTHER, "vSphereBackupNFC", False),
    ):
        try:
            client.services(name).SelectVnicForNicType(service, "vmk0")
            failed = False
        except vim.fault.HostConfigFault:
            failed = True
        assert failed == fails
    assert lab.faults.rules[0].struck == 1


@pytest.mark.parametrize("fault", ["NoPermission", "TaskInProgress", "InvalidArgument", "HostConfigFailed"])
def test_any_fault_can_be_planned(client: Any, control: LabControl, fault: str) -> None:
    control.add_fault("fault", method="CurrentTime", fault=fault, message="planned")
    with pytest.raises(Exception, match="planned") as caught:
        client.si.CurrentTime()
    assert type(caught.value).__name__.endswith(fault)


def test_a_planned_fault_has_no_effect_and_a_late_drop_has(client: Any, control: LabControl) -> None:
    control.add_fault("fault", method="SelectVnicForNicType")
    with pytest.raises(vim.fault.HostConfigFault):
        client.services().SelectVnicForNicType("vSphereReplication", "vmk0")
    assert "vSphereReplication" not in client.selected()
    for action, effect in (("drop_before", False), ("drop_after", True)):
        control.add_fault(action, method="SelectVnicForNicType")
        with pytest.raises(OSError, match="closed"):
            client.services().SelectVnicForNicType("vSphereReplication", "vmk0")
        assert ("vSphereReplication" in client.selected()) == effect


def test_http_errors_can_be_planned(client: Any, control: LabControl) -> None:
    control.add_fault("http", method="CurrentTime", status=503)
    with pytest.raises(HTTPException, match="503"):
        client.si.CurrentTime()


def test_latency_overlaps_between_calls(lab: Any, client: Any, control: LabControl) -> None:
    control.set_latency(400, method="CurrentTime")
    with ThreadPoolExecutor(4) as pool:
        for call in [pool.submit(client.si.CurrentTime) for _rest in range(4)]:
            call.result()
    entries = lab.requests(name="CurrentTime")
    assert all(e.milliseconds >= 400 for e in entries)
    starts = [e.time - e.milliseconds / 1000 for e in entries]
    assert max(starts) < min(e.time for e in entries)


def test_the_log_can_be_filtered_and_cleared(client: Any, control: LabControl, lab: Any) -> None:
    control.clear_requests()
    client.services(OTHER).QueryNetConfig("vmotion")
    entry = control.requests(name="QueryNetConfig")[0]
    assert (entry["user"], entry["host"], entry["status"]) == (lab.username, OTHER, 200)
    assert control.requests(host=HOST) == []
    assert control.counts("vcenter/source")["QueryNetConfig"] == 1
    assert control.counts("vcenter/destination") == {}
    assert control.requests(since=entry["number"]) == []


def test_sessions_can_be_counted_and_expired(client: Any, control: LabControl) -> None:
    assert control.sessions()["source"]["open"] == 1
    control.expire_sessions()
    with pytest.raises(vim.fault.NotAuthenticated):
        client.si.CurrentTime()


def test_the_clock_goes_forward(client: Any, control: LabControl) -> None:
    before = client.si.CurrentTime()
    control.advance_clock(600)
    assert (client.si.CurrentTime() - before).total_seconds() >= 600


def test_snapshots_bring_the_world_back(client: Any, nic: Any, control: LabControl) -> None:
    client.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22"))
    control.take_snapshot("one")
    client.network().RemoveVirtualNic("vmk1")
    control.set_segment("dc-a", "20", mtu=1500)
    control.restore_snapshot("one")
    assert [v.device for v in client.host().config.network.vnic] == ["vmk0", "vmk1"]
    segments = {s["id"]: s["mtu"] for s in control.call("GET", "/sites")["dc-a"]["segments"]}
    assert segments["20"] == 9000
    with pytest.raises(LabError, match="404"):
        control.restore_snapshot("two")


def test_drift_is_seen_by_the_next_read(client: Any, control: LabControl) -> None:
    assert client.vnic("vmk0").spec.mtu == 1500
    control.drift(HOST, "vmk0", mtu=1400, address="10.10.0.77/22", add_services=["vSphereReplication"])
    assert (client.vnic("vmk0").spec.mtu, client.vnic("vmk0").spec.ip.ipAddress) == (1400, "10.10.0.77")
    assert client.selected()["vSphereReplication"] == {"vmk0"}
    assert control.host(HOST)["adapters"][0]["mtu"] == 1400
    control.set_connection(HOST, "disconnected")
    assert client.host().config is None


def test_a_stack_of_another_system_can_appear(client: Any, control: LabControl) -> None:
    control.call("POST", f"/hosts/{HOST}/stacks", {"name": "vxlan"})
    assert client.stack("vxlan").requestedMaxNumberOfConnections == 11000


def test_reset_forgets_everything(lab: Any, client: Any, control: LabControl) -> None:
    control.rules(page_size=7)
    control.add_fault("fault", method="Login")
    control.set_latency(50)
    control.drift(HOST, "vmk0", mtu=1400)
    control.reset()
    assert control.rules() == control.call("GET", "/rules")
    assert lab.rules == Rules()
    assert control.call("GET", "/faults") == []
    assert control.requests() == []
    assert control.host(HOST)["adapters"][0]["mtu"] == 1500


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/rules", {"no_such_rule": 1}, 400),
        ("PATCH", "/rules", {"concurrent_operation": "maybe"}, 400),
        ("PATCH", "/rules", {"page_size": "many"}, 400),
        ("POST", "/faults", {"action": "explode"}, 422),
        ("POST", "/faults", {"action": "fault", "bogus": 1}, 422),
        ("POST", "/faults", {"action": "fault", "fault": "NoSuchFault"}, 400),
        ("PUT", "/latency", {"milliseconds": -1.0}, 422),
        ("PATCH", f"/hosts/{HOST}/adapters/vmk9", {"mtu": 1500}, 404),
        ("PATCH", f"/hosts/{HOST}/adapters/vmk0", {"mtu": "1500"}, 422),
        ("PATCH", f"/hosts/{HOST}/adapters/vmk0", {"address": "nonsense"}, 400),
        ("PATCH", "/hosts/nobody", {"connection": "connected"}, 404),
        ("PATCH", "/sites/dc-x/segments/10", {"mtu": 1500}, 404),
        ("PATCH", "/sites/dc-a/segments/10", {"cut": ["nobody"]}, 404),
        ("GET", "/no/such/path", None, 404),
    ],
)
def test_bad_control_requests_are_refused(
    control: LabControl, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    with pytest.raises(LabError, match=f": {status} "):
        control.call(method, path, body)
