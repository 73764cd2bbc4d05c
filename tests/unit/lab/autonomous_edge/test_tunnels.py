# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployed edges are ends of tunnels, which are up only while both ends match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab import Lab, LabControl
from lab.clouds import Cloud, CloudNic, CloudVm, L2VpnConfig, OrgVdcNetwork, PeerSite, Stretched, Tunnel
from lab.l2vpn import status, stretched
from lab.vcenter import templates
from lab.world import DistributedPortGroup, PortSecurity, VirtualMachine

CIPHER = "AES128-GCM-SHA256"


@pytest.fixture
def server(lab: Lab) -> tuple[Cloud, str]:
    """An NSX-V server that stretches one network, with tunnel id 7, to the peer site dc1."""
    cloud = lab.world.clouds["cloud-v"]
    edge = cloud.edge("acme-edge")
    network = OrgVdcNetwork("net-7", "web", edge.vdc, "172.16.10.1/24", edge.id, "subinterface", index=12, tunnel_id=7)
    cloud.networks[network.id] = network
    site = PeerSite("dc1", "dc1", "Tunnel!1", (12,))
    cloud.l2vpn[edge.id] = L2VpnConfig(True, role="server", listener_ip="203.0.113.20", cipher=CIPHER, sites=(site,))
    return cloud, edge.id


@pytest.fixture
def standalone(deploy: Callable[..., VirtualMachine]) -> VirtualMachine:
    return deploy(
        templates.STANDALONE,
        "edge-v",
        l2vpn_server_address="203.0.113.20",
        l2vpn_server_port="443",
        l2vpn_cipher=CIPHER,
        l2vpn_user="dc1",
        l2vpn_password="Tunnel!1",
        l2vpn_sub_interfaces="110(7)",
    )


def test_a_standalone_edge_is_what_its_properties_say(
    lab: Lab, server: tuple[Cloud, str], standalone: VirtualMachine
) -> None:
    lab.shared.catch_up()
    assert status(lab.world, *server, "dc1") == (True, "")
    assert [r.network.name for r in stretched(lab.world, "dc-a", "pg-web")] == ["web"]


def test_a_machine_in_the_cloud_is_reached_through_the_tunnel(
    lab: Lab, server: tuple[Cloud, str], standalone: VirtualMachine, control: LabControl
) -> None:
    def reach() -> tuple[bool, str | None]:
        found = control.call("GET", "/vcda/reach/WebApp2")
        return found["reachable"], found["where"]

    cloud = server[0]
    here = next(m for m in lab.world.machines.values() if m.name == "WebApp2")
    lab.world.add_machine(replace(here, powered_on=False))
    moved = replace(here, uuid="77777777-0000-4000-8000-000000000001", site="dc-d", host="esx-d01.lab.example")
    lab.world.add_machine(replace(moved, datastore="ds-d", cards=()))
    vapp = next(iter(cloud.vapps.values()))
    vm = CloudVm("vm-1", "WebApp2", vapp.id, moved.uuid, "", (CloudNic(0, "net-7", "172.16.10.22"),))
    cloud.vms[vm.id] = vm
    assert reach() == (True, "cloud-v")
    lab.world.add_machine(here)
    assert reach() == (False, "source")
    lab.world.add_machine(replace(here, powered_on=False))
    cloud.vms[vm.id] = replace(vm, nics=(CloudNic(0, "net-7", "192.168.1.22"),))
    assert reach() == (False, "cloud-v")
    cloud.vms[vm.id] = vm
    lab.world.add_machine(replace(standalone, powered_on=False))
    assert reach() == (False, "cloud-v")


@pytest.mark.parametrize(
    ("property_id", "value"),
    [("l2vpn_password", "wrong"), ("l2vpn_cipher", "AES256-SHA"), ("l2vpn_sub_interfaces", "110(8)")],
)
def test_one_property_that_does_not_fit_keeps_the_tunnel_down(
    lab: Lab, server: tuple[Cloud, str], standalone: VirtualMachine, property_id: str, value: str
) -> None:
    properties = tuple(replace(p, value=value) if p.id == property_id else p for p in standalone.properties)
    lab.world.add_machine(replace(standalone, properties=properties))
    lab.shared.catch_up()
    up, reason = status(lab.world, *server, "dc1")
    assert not up
    assert reason


def test_power_and_trunk_count(
    lab: Lab, server: tuple[Cloud, str], standalone: VirtualMachine, trunk: DistributedPortGroup
) -> None:
    site = lab.world.sites["dc-a"]
    site.keep_port_group(site.switches[0].uuid, replace(trunk, security=PortSecurity()))
    lab.shared.catch_up()
    assert not status(lab.world, *server, "dc1")[0]
    learning = PortSecurity(forged_transmits=True, mac_learning=True)
    site.keep_port_group(site.switches[0].uuid, replace(trunk, security=learning))
    assert status(lab.world, *server, "dc1")[0]
    lab.world.add_machine(replace(standalone, powered_on=False))
    assert not status(lab.world, *server, "dc1")[0]
    lab.world.remove_machine(standalone.uuid)
    lab.shared.catch_up()
    assert lab.world.l2vpn_clients == {}


def test_an_autonomous_edge_needs_the_present_peer_code(lab: Lab, edge: Any, autonomous: VirtualMachine) -> None:
    cloud = lab.world.clouds["cloud-t"]
    gateway = cloud.edge("acme-edge")
    network = OrgVdcNetwork("net-7", "web", gateway.vdc, "172.16.10.1/24", gateway.id, "internal")
    cloud.networks[network.id] = network
    session = edge.open_session()
    code = next(iter(lab.world.l2vpn_clients.values())).peer_code
    tunnel = Tunnel("t-1", gateway.id, "web", "SERVER", "203.0.113.30", "10.15.0.41", peer_code=code)
    cloud.tunnels[tunnel.id] = replace(tunnel, stretched=(Stretched(network.id, 7),))
    assert stretched(lab.world, "dc-a", "pg-web") == []
    edge.extend(session["id"], 7)
    assert [r.network.id for r in stretched(lab.world, "dc-a", "pg-web")] == [network.id]
    cloud.tunnels[tunnel.id] = replace(tunnel, peer_code=code + "=", version=2)
    assert not status(lab.world, cloud, gateway.id, "web")[0]


def test_snapshots_hold_what_an_edge_was_configured_with(
    lab: Lab, edge: Any, autonomous: VirtualMachine, control: LabControl
) -> None:
    session = edge.open_session()["id"]
    control.take_snapshot("configured")
    assert edge.call("DELETE", f"/vpn/l2vpn/sessions/{session}").status_code == 200
    assert control.call("GET", "/autonomous_edge")["clients"] == []
    control.restore_snapshot("configured")
    shown = control.call("GET", "/autonomous_edge")
    assert (shown["answers"], [c["name"] for c in shown["clients"]]) == ("edge-t", ["edge-t"])
    assert edge.call("GET", f"/vpn/l2vpn/sessions/{session}").status_code == 200
