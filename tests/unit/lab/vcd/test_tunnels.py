# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer 2 VPN tunnels of NSX-T edges (VCD reference 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab import Lab, LabControl
from lab import l2vpn as tunnels
from lab.clouds import Tunnel
from lab.l2vpn import L2VpnClient
from lab.vcd.tunnel import content_of
from lab.world import PortSecurity, VirtualMachine

from .conftest import CLOUDAPI, Director, find


def path(director: Director, more: str = "") -> str:
    return f"/edgeGateways/urn:vcloud:gateway:{director.edge()}/l2vpn/tunnels{more}"


def server(director: Director, *networks: str, **fields: Any) -> dict[str, Any]:
    names = networks or ("acme-services",)
    return {
        "name": "to-dc1",
        "sessionMode": "SERVER",
        "enabled": True,
        "localEndpointIP": "203.0.113.31",
        "remoteEndpointIP": "198.51.100.10",
        "tunnelInterface": "169.254.64.1/30",
        "connectorInitiationMode": "RESPOND_ONLY",
        "preSharedKey": "very-secret",
        "stretchedNetworks": [
            {"networkRef": {"id": f"urn:vcloud:network:{director.cloud.network(n).id}"}} for n in names
        ],
        "logging": False,
        **fields,
    }


def create(director: Director, body: dict[str, Any]) -> dict[str, Any]:
    """The tunnel as it is shown, found by the task's details."""
    task = director.done(director.send("POST", path(director), body))
    assert find(task, "Owner").get("id") == f"urn:vcloud:gateway:{director.edge()}"
    found: dict[str, Any] = director.json(path(director, f"/{find(task, 'Details').text}"))
    return found


def change(director: Director, tunnel: dict[str, Any], **fields: Any) -> dict[str, Any]:
    at = path(director, f"/{tunnel['id']}")
    director.done(director.send("PUT", at, {**tunnel, **fields}))
    found: dict[str, Any] = director.json(at)
    return found


def test_a_server_numbers_its_networks_and_issues_a_code(new: Director) -> None:
    new.create_network("company-network")
    made = create(new, server(new, "acme-services", "company-network"))
    assert not made["id"].startswith("urn:")
    assert [(n["networkRef"]["name"], n["tunnelId"]) for n in made["stretchedNetworks"]] == [
        ("acme-services", 1),
        ("company-network", 2),
    ]
    assert content_of(made["peerCode"])["psk"] == "very-secret"
    assert made["version"] == {"version": 1}
    assert new.json(path(new))["values"] == [made]


def test_every_change_of_a_server_makes_a_new_code(new: Director) -> None:
    made = create(new, server(new))
    changed = change(new, made, description="new")
    assert changed["peerCode"] != made["peerCode"]
    assert changed["version"] == {"version": 2}
    assert changed["stretchedNetworks"] == made["stretchedNetworks"]


def test_an_old_version_is_refused(lab: Lab, new: Director) -> None:
    made = create(new, server(new))
    change(new, made)
    for status in (409, 412):
        lab.rules = lab.rules.changed(vcd_version_conflict=status)
        assert new.send("PUT", path(new, f"/{made['id']}"), made).status_code == status


def test_the_key_is_masked_by_version_or_rule(lab: Lab, new: Director, director: Callable[..., Director]) -> None:
    lab.rules = lab.rules.changed(vcd_t_newest_version="38.1")
    made = create(new, server(new))
    assert made["preSharedKey"] == "very-secret"
    newer = director("t", version="38.1")
    masked = newer.json(path(newer, f"/{made['id']}"))
    assert masked["preSharedKey"] == "******"
    change(newer, masked, description="kept")
    assert new.json(path(new, f"/{made['id']}"))["preSharedKey"] == "very-secret"
    lab.rules = lab.rules.changed(vcd_masked_psk="always")
    assert new.json(path(new, f"/{made['id']}"))["preSharedKey"] == "******"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"sessionMode": "PEER"},
        {"localEndpointIP": "203.0.113.99"},
        {"remoteEndpointIP": "there"},
        {"tunnelInterface": None},
        {"tunnelInterface": "169.254.64.1"},
        {"preSharedKey": None},
        {"preSharedKey": "******"},
        {"connectorInitiationMode": "SOMETIMES"},
        {"stretchedNetworks": [{"networkRef": {"id": "urn:vcloud:network:nothing"}}]},
    ],
)
def test_servers_that_cannot_be(new: Director, fields: dict[str, Any]) -> None:
    assert new.send("POST", path(new), server(new, **fields)).status_code == 400


def test_isolated_networks_are_not_stretched(new: Director) -> None:
    assert new.send("POST", path(new), server(new, "acme-isolated")).status_code == 400


def test_names_are_unique_and_modes_do_not_change(new: Director) -> None:
    made = create(new, server(new))
    assert new.send("POST", path(new), server(new)).status_code == 400
    client = {**made, "sessionMode": "CLIENT"}
    assert new.send("PUT", path(new, f"/{made['id']}"), client).status_code == 400
    assert new.send("POST", path(new), {**client, "name": "other"}).status_code == 400
    assert new.send("PUT", path(new, f"/{made['id']}"), {**made, "id": "other"}).status_code == 400


def test_what_is_stretched_stays(new: Director) -> None:
    network = new.create_network("company-network")
    made = create(new, server(new, "company-network"))
    at = f"{CLOUDAPI}/orgVdcNetworks/urn:vcloud:network:{network}"
    assert new.call("DELETE", at).status_code == 400
    new.done(new.call("DELETE", CLOUDAPI + path(new, f"/{made['id']}")))
    assert new.call("GET", CLOUDAPI + path(new, f"/{made['id']}")).status_code == 403
    new.done(new.call("DELETE", at))


def test_rules_about_tunnels(lab: Lab, new: Director) -> None:
    lab.rules = lab.rules.changed(
        vcd_tunnel_interface="optional", vcd_tunnel_networks="attachedNetworks", vcd_cloudapi_writes="sync"
    )
    answer = new.send("POST", path(new), server(new, tunnelInterface=None))
    assert answer.status_code == 201
    made = answer.json()
    assert made["tunnelInterface"].endswith("/30")
    assert "stretchedNetworks" not in made
    assert [n["name"] for n in made["attachedNetworks"]] == ["acme-services"]
    assert new.send("PUT", path(new, f"/{made['id']}"), made).json()["attachedNetworks"] == made["attachedNetworks"]
    assert new.call("DELETE", CLOUDAPI + path(new, f"/{made['id']}")).status_code == 204


def test_the_edge_is_busy_meanwhile(lab: Lab, new: Director) -> None:
    lab.rules = lab.rules.changed(vcd_task_running_ms=10_000)
    answer = new.send("POST", path(new), server(new))
    second = new.send("POST", path(new), server(new, name="other"))
    assert (second.status_code, "is busy completing an operation." in second.json()["message"]) == (400, True)
    lab.shared.clock.advance(11)
    new.done(answer)


def test_rights_and_versions(director: Callable[..., Director], granted: None, new: Director) -> None:
    tenant, viewer = director("t", "orgadmin@acme"), director("t", "viewer@acme")
    create(tenant, server(tenant))
    assert viewer.call("GET", CLOUDAPI + path(viewer)).status_code == 403
    assert viewer.send("POST", path(viewer), server(viewer, name="other")).status_code == 403
    assert director("t", "orgadmin@globex").call("GET", CLOUDAPI + path(new)).status_code == 403
    new.version = "34.0"
    assert new.call("GET", CLOUDAPI + path(new)).status_code == 404


def test_a_client_needs_a_code_that_a_server_issued_last(lab: Lab, new: Director) -> None:
    edge = new.cloud.edge("acme-edge")
    other = replace(edge, id="00000000-0000-4000-8000-000000000001", name="other", addresses=("203.0.113.40",))
    new.cloud.edges[other.id] = other
    new.cloud.tunnels["s"] = Tunnel("s", other.id, "server", "SERVER", "203.0.113.40", "203.0.113.30")
    body = {
        **server(new, name="client", sessionMode="CLIENT", localEndpointIP="203.0.113.30"),
        "remoteEndpointIP": "203.0.113.40",
        "stretchedNetworks": [],
    }
    assert new.send("POST", path(new), body).status_code == 400
    assert new.send("POST", path(new), {**body, "peerCode": "no code"}).status_code == 400
    new.cloud.tunnels.clear()
    code = create(new, server(new))["peerCode"]
    new.cloud.tunnels.clear()
    unnumbered = {**body, "peerCode": code, "stretchedNetworks": server(new)["stretchedNetworks"]}
    assert new.send("POST", path(new), unnumbered).status_code == 400
    assert new.send("POST", path(new), {**body, "peerCode": code, "enabled": False}).status_code == 400
    made = create(new, {**body, "peerCode": code})
    assert new.json(path(new, f"/{made['id']}/status"))["runtimeStatus"] == "DOWN"
    issuer = Tunnel("s", other.id, "server", "SERVER", "203.0.113.40", "203.0.113.30", peer_code=code)
    new.cloud.tunnels["s"] = issuer
    assert new.json(path(new, f"/{made['id']}/status")) == {"runtimeStatus": "UP", "failureReason": None}
    assert tunnels.status(lab.world, new.cloud, other.id, "server") == (True, "")
    new.cloud.tunnels["s"] = replace(issuer, peer_code="another")
    assert "issued last" in new.json(path(new, f"/{made['id']}/status"))["failureReason"]


def test_deleting_an_updated_client_with_networks_fails_at_first(lab: Lab, new: Director) -> None:
    code = create(new, server(new))["peerCode"]
    new.cloud.tunnels.clear()
    [network] = server(new)["stretchedNetworks"]
    body = server(new, sessionMode="CLIENT", peerCode=code, stretchedNetworks=[{**network, "tunnelId": 1}])
    made = create(new, body)
    made = change(new, change(new, made, description="one"), description="two")
    at = CLOUDAPI + path(new, f"/{made['id']}")
    for status in ("error", "error", "success"):
        assert new.ended(new.call("DELETE", at)).get("status") == status
    made = create(new, body)
    detached = change(new, change(new, made, description="one"), stretchedNetworks=[])
    new.done(new.call("DELETE", CLOUDAPI + path(new, f"/{detached['id']}")))
    lab.rules = lab.rules.changed(vcd_client_delete_fails=False)
    made = change(new, create(new, body), description="one")
    new.done(new.call("DELETE", CLOUDAPI + path(new, f"/{made['id']}")))


def test_an_autonomous_edge_needs_the_latest_code(lab: Lab, new: Director, control: LabControl) -> None:
    world = lab.world
    site = world.sites["dc-a"]
    group = next(g for g in site.switches[0].port_groups if g.name == "pg-vmotion")
    security = PortSecurity(promiscuous=True, forged_transmits=True)
    site.keep_port_group(
        site.switches[0].uuid,
        replace(group, key="trunk", name="trunk", segment="trunk", trunk=((1, 4094),), security=security),
    )
    world.add_machine(VirtualMachine("aedge", "aedge", "dc-a", site.hosts[0].name, site.datastores[0]))
    made = create(new, server(new))
    at = path(new, f"/{made['id']}")
    client = L2VpnClient(
        "aedge",
        "aedge",
        "autonomous",
        "203.0.113.31",
        peer_code=made["peerCode"],
        stretched={1: "pg-vmotion"},
        trunk="trunk",
    )
    assert new.json(f"{at}/status")["runtimeStatus"] == "DOWN"
    world.l2vpn_clients["aedge"] = client
    assert new.json(f"{at}/status") == {"runtimeStatus": "UP", "failureReason": None}
    assert [r.network.name for r in tunnels.stretched(world, "dc-a", "pg-vmotion")] == ["acme-services"]
    new.json(f"{at}/metrics")
    lab.shared.clock.advance(60)
    assert new.json(f"{at}/metrics")["bytesIn"] > 0
    made = change(new, made, description="new")
    assert "issued last" in new.json(f"{at}/status")["failureReason"]
    world.l2vpn_clients["aedge"] = replace(client, peer_code=made["peerCode"])
    assert new.json(f"{at}/status")["runtimeStatus"] == "UP"
    control.call("PATCH", "/vcd/vcd-t/tunnels/to-dc1", {"enabled": False})
    assert new.json(f"{at}/status")["runtimeStatus"] == "DOWN"
    made = change(new, new.json(at), enabled=True)
    world.l2vpn_clients["aedge"] = replace(client, peer_code=made["peerCode"])
    control.call("POST", "/vcd/vcd-t/tunnels", {"edge": "acme-edge", "peer": "to-dc1", "reason": "No route."})
    assert new.json(f"{at}/status") == {"runtimeStatus": "DOWN", "failureReason": "No route."}
