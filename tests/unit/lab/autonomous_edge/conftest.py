# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges as the content library would have deployed them, a trunk for them, and a client of the autonomous one's API."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from lab import Lab
from lab.vcenter import templates
from lab.world import TRUNK, DistributedPortGroup, NetworkCard, PortSecurity, VappProperty, VirtualMachine

TRUNK_KEY = "dvportgroup-7001"
PEER_CODE = base64.b64encode(b"MCP," + json.dumps({"psk": "secret", "siteName": "edge"}).encode()).decode()


@pytest.fixture
def trunk(lab: Lab) -> DistributedPortGroup:
    """Carries pg-web to the edges."""
    security = PortSecurity(promiscuous=True, forged_transmits=True)
    group = DistributedPortGroup(TRUNK_KEY, "trunk", TRUNK, trunk=((100, 120),), security=security)
    site = lab.world.sites["dc-a"]
    site.keep_port_group(site.switches[0].uuid, group)
    return group


@pytest.fixture
def deploy(lab: Lab, trunk: DistributedPortGroup) -> Callable[..., VirtualMachine]:
    """A machine of a template, with values for its properties, in the networks uplink, trunk and others."""

    def make(template_name: str, name: str, on: bool = True, **values: str) -> VirtualMachine:
        template = templates.named(template_name)
        assert template is not None
        uplink = next(g.key for g in lab.world.sites["dc-a"].switches[0].port_groups if g.name == "pg-uplink")
        carries_trunk = {"Trunk", "Network 2"}
        cards = tuple(
            NetworkCard(TRUNK_KEY if n in carries_trunk else uplink, f"00:50:56:b0:00:{i:02x}")
            for i, n in enumerate(template.networks)
        )
        properties = tuple(
            VappProperty(p.id, p.type, values.get(p.id, p.default), p.label) for p in template.properties
        )
        pattern = next(m for m in lab.world.machines.values() if m.name == "WebApp2")
        machine = replace(
            pattern,
            name=name,
            uuid=f"99999999-0000-4000-8000-{len(lab.world.machines):012d}",
            cards=cards,
            powered_on=on,
            template=template_name,
            properties=properties,
        )
        lab.world.add_machine(machine)
        return machine

    return make


class EdgeClient:
    def __init__(self, lab: Lab) -> None:
        self.url = f"https://localhost:{lab.ports['autonomous-edge']}/api/v1"
        self.http = requests.Session()
        self.http.verify = lab.ca_path
        self.http.trust_env = False
        self.http.auth = ("admin", Lab.password)

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, timeout=10)

    def post(self, path: str, body: Any) -> Any:
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def open_session(self, **fields: Any) -> Any:
        tunnel = {"peer_code": PEER_CODE, "peer_address": "203.0.113.30", "local_address": "10.15.0.41"}
        body = {"display_name": "company-dc1", "transport_tunnels": [tunnel | fields]}
        return self.post("/vpn/l2vpn/sessions?action=create_with_peer_code", body)

    def extend(self, session: str, tunnel_id: int = 1, **fields: Any) -> Any:
        extension = {"l2vpn_session_id": session, "tunnel_id": tunnel_id}
        port = {"resource_type": "LogicalRouterPort", "display_name": "pg-web", "exit_interface": "eth2", "vlan": 110}
        return self.post("/ports", {**port, "l2_extension": extension, **fields})


@pytest.fixture
def edge(lab: Lab) -> Iterator[EdgeClient]:
    made = EdgeClient(lab)
    with made.http:
        yield made


@pytest.fixture
def autonomous(deploy: Callable[..., VirtualMachine]) -> VirtualMachine:
    return deploy(
        templates.AUTONOMOUS,
        "edge-t",
        is_autonomous_edge="True",
        nsx_cli_passwd_0=Lab.password,
        external_port="0,eth1,10.15.0.41,22",
    )
