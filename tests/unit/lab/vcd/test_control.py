# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines of a cloud, and what is done to it from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab import Lab, LabControl, LabError
from lab.clouds import CloudNic, CloudVm
from lab.world import VirtualMachine

from .conftest import CLOUDAPI, Director, find, local

CONFIGURE, VIEW = (f"Organization vDC Gateway: {verb} L2 VPN" for verb in ("Configure", "View"))
ACME = "/organizations/acme"


@pytest.fixture
def web(lab: Lab, old: Director) -> str:
    """The id of a virtual machine in acme-apps, with its machine in the resource vCenter."""
    site = lab.world.sites["dc-d"]
    lab.world.add_machine(VirtualMachine("web", "web-uuid", "dc-d", site.hosts[0].name, site.datastores[0]))
    cloud = old.cloud
    [vapp] = cloud.vapps
    profile = cloud.vdc("acme-vdc").storage_profiles[0].id
    nics = (CloudNic(0, cloud.network("acme-services").id, "192.168.60.22", mac="00:50:56:00:00:22"),)
    cloud.vms["11111111-0000-4000-8000-000000000000"] = CloudVm(
        "11111111-0000-4000-8000-000000000000", "web", vapp, "web-uuid", profile, nics
    )
    return "11111111-0000-4000-8000-000000000000"


def test_virtual_machines_are_read(
    lab: Lab, old: Director, web: str, control: LabControl, director: Callable[..., Director]
) -> None:
    [record] = old.records("adminVM")
    assert (record["name"], record["status"], record["containerName"]) == ("web", "POWERED_ON", "acme-apps")
    machine = old.xml(record["href"].removeprefix(old.url))
    assert (local(machine), machine.get("status"), find(machine, "StorageProfile").get("name")) == ("Vm", "4", "gold")
    nic = find(machine, "NetworkConnection")
    assert (nic.get("network"), find(nic, "IpAddress").text) == ("acme-services", "192.168.60.22")
    vapp = old.xml(f"/api/vApp/vapp-{old.cloud.vms[web].vapp}")
    assert [m.get("name") for m in vapp.iter() if local(m) == "Vm"] == ["web"]
    lab.world.add_machine(replace(lab.world.machines["web-uuid"], powered_on=False))
    assert [r["status"] for r in director("v", "orgadmin@acme").records("vm")] == ["POWERED_OFF"]
    assert director("v", "orgadmin@globex").records("vm") == []
    shown = control.call("GET", "/vcd/vcd-v")["vapps"]["acme-apps"]
    assert [(m["name"], m["powered_on"], m["nics"][0]["network"]) for m in shown] == [("web", False, "acme-services")]


def test_directors_are_listed(lab: Lab, control: LabControl) -> None:
    found = control.call("GET", "/vcd/")
    assert {name: d["versions"][-1] for name, d in found.items()} == {"vcd-v": "27.0", "vcd-t": "36.3"}
    assert found["vcd-t"]["url"] == f"https://localhost:{lab.ports['vcd-t']}"


@pytest.mark.parametrize("generation", ["v", "t"])
def test_rights_drift(generation: str, control: LabControl, director: Callable[..., Director]) -> None:
    at = f"/vcd/vcd-{generation}"
    tenant = director(generation, "orgadmin@acme")

    def allowed() -> bool:
        if generation == "t":
            return tenant.call("GET", f"{CLOUDAPI}/edgeGateways").status_code == 200
        return tenant.call("GET", "/api/query?type=edgeGateway").status_code == 200

    name = "Organization vDC Gateway: View"
    for path in (ACME, f"{ACME}/roles/Organization Administrator"):
        assert allowed()
        control.call("PATCH", at + path, {"remove_rights": [name]})
        assert not allowed()
        control.call("PATCH", at + path, {"add_rights": [name]})
    control.call("PATCH", at + ACME, {"add_rights": [VIEW, CONFIGURE]})
    shown = control.call("GET", at)["organizations"]["acme"]
    assert CONFIGURE in shown["rights"]
    assert CONFIGURE not in shown["roles"]["Organization Administrator"]


def test_a_right_in_the_role_alone_can_be_enough(lab: Lab, control: LabControl, old: Director, director: Any) -> None:
    control.call("PATCH", f"/vcd/vcd-v{ACME}/roles/Organization Administrator", {"add_rights": [VIEW]})
    tenant = director("v", "orgadmin@acme")
    path = f"/network/edges/{tenant.edge()}/l2vpn/config"
    assert tenant.call("GET", path).status_code == 403
    lab.rules = lab.rules.changed(vcd_effective_rights="role")
    assert tenant.call("GET", path).status_code == 200


def test_networks_drift(control: LabControl, new: Director, lab: Lab) -> None:
    changes = {"description": "by hand", "dns1": "192.168.60.5", "ranges": [["192.168.60.10", "192.168.60.20"]]}
    control.call("PATCH", "/vcd/vcd-t/networks/acme-services", changes)
    lab.rules = lab.rules.changed(vcd_unset_strings="null")
    [found] = new.json("/orgVdcNetworks", filter="name==acme-services")["values"]
    subnet = found["subnets"]["values"][0]
    assert (found["description"], subnet["dnsServer1"], subnet["dnsServer2"]) == ("by hand", "192.168.60.5", None)
    assert subnet["ipRanges"]["values"] == [{"startAddress": "192.168.60.10", "endAddress": "192.168.60.20"}]
    shown = control.call("GET", "/vcd/vcd-t")["networks"]["acme-services"]
    assert (shown["kind"], shown["ranges"]) == ("internal", changes["ranges"])


def test_sessions_can_be_counted_and_expired(control: LabControl, old: Director) -> None:
    assert control.call("GET", "/vcd/vcd-v/sessions")["open"] == 1
    assert control.call("POST", "/vcd/vcd-v/sessions/expire") == {"expired": 1}
    assert old.call("GET", "/api/session").status_code == 401
    assert control.call("GET", "/vcd/vcd-v/sessions") == {"opened": 1, "closed": 0, "expired": 1, "open": 0}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/vcd/vcd-x", None, 404),
        ("PATCH", "/vcd/vcd-v/organizations/nobody", {"remove_rights": []}, 404),
        ("PATCH", f"/vcd/vcd-v{ACME}", {"remove_rights": ["No such right"]}, 404),
        ("PATCH", f"/vcd/vcd-v{ACME}/roles/Nobody", {"remove_rights": []}, 404),
        ("PATCH", "/vcd/vcd-v/networks/none", {"dns1": "10.0.0.1"}, 404),
        ("PATCH", "/vcd/vcd-v/networks/acme-services", {"gateway": "10.0.0.1/24"}, 422),
        ("PATCH", "/vcd/vcd-v/edges/acme-edge/peers/none", {"enabled": False}, 404),
        ("PATCH", "/vcd/vcd-t/tunnels/none", {"enabled": False}, 404),
        ("POST", "/vcd/vcd-t/tunnels", {"edge": "acme-edge", "reason": ""}, 422),
        ("POST", "/vcd/vcd-t/tokens", {"user": "nobody", "organization": "acme"}, 404),
    ],
)
def test_bad_control_requests_are_refused(
    control: LabControl, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    with pytest.raises(LabError, match=f": {status} "):
        control.call(method, path, body)
