# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of an autonomous edge, against one whose answers are written down. (VCD reference 8)"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.autonomous_edge.client import (
    AutonomousEdge,
    Port,
    Session,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    LoginFailed,
    Refused,
    Unreachable,
)

SESSION = {
    "resource_type": "L2VPNSession",
    "id": "s-1",
    "display_name": "edge",
    "description": "mine",
    "transport_tunnels": [{"peer_address": "203.0.113.30", "local_address": "10.15.0.41"}],
}
PORT = {
    "resource_type": "LogicalRouterPort",
    "id": "p-1",
    "display_name": "web",
    "exit_interface": "eth2",
    "vlan": 110,
    "l2_extension": {"l2vpn_session_id": "s-1", "tunnel_id": 3},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr(http_session, "wait_for", partial(http_session.wait_for, clock=fake.clock, sleep=fake.sleep))
    return fake


@pytest.fixture
def edge(server: ScriptedServer) -> Iterator[Callable[..., AutonomousEdge]]:
    """With the answers that it will give."""
    opened: list[AutonomousEdge] = []

    def make(*script: Reply) -> AutonomousEdge:
        server.script = list(script)
        connection = Connection("localhost", server.port, "admin", "open sesame", True, server.ca_path, 2)
        opened.append(AutonomousEdge(connection, patience=300))
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def test_every_call_carries_the_credentials(edge: Callable[..., AutonomousEdge], server: ScriptedServer) -> None:
    one = edge(Reply(200, {"results": [SESSION], "result_count": 1}), Reply(200, {"results": [PORT, {"id": "p-2"}]}))
    assert one.sessions() == [Session("s-1", "edge", "mine", "203.0.113.30", "10.15.0.41")]
    assert one.extensions() == [Port("p-1", "web", "s-1", 3, 110, "eth2")]
    expected = f"Basic {base64.b64encode(b'admin:open sesame').decode()}"
    assert [request.headers["authorization"] for request in server.requests] == [expected] * 2
    assert [request.path for request in server.requests] == ["/api/v1/vpn/l2vpn/sessions", "/api/v1/ports"]


def test_all_pages(edge: Callable[..., AutonomousEdge], server: ScriptedServer) -> None:
    first = Reply(200, {"results": [PORT], "cursor": "next page"})
    found = edge(first, Reply(200, {"results": [{**PORT, "id": "p-2"}]})).extensions()
    assert [port.id for port in found] == ["p-1", "p-2"]
    assert server.requests[1].path == "/api/v1/ports?cursor=next+page"


def test_a_session_from_a_peer_code(edge: Callable[..., AutonomousEdge], server: ScriptedServer) -> None:
    made = edge(Reply(201, SESSION)).create_session(
        name="edge", description="mine", peer_code="MCw0", peer_address="203.0.113.30", local_address="10.15.0.41"
    )
    assert made.id == "s-1"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/v1/vpn/l2vpn/sessions?action=create_with_peer_code")
    assert request.body == {
        "display_name": "edge",
        "description": "mine",
        "transport_tunnels": [
            {"peer_code": "MCw0", "peer_address": "203.0.113.30", "local_address": "10.15.0.41"},
        ],
    }


def test_an_extension(edge: Callable[..., AutonomousEdge], server: ScriptedServer) -> None:
    one = edge(Reply(201, PORT), Reply(200), Reply(200))
    made = one.create_extension(name="web", session="s-1", tunnel_id=3, vlan=110, interface="eth2")
    one.delete_extension(made.id)
    one.delete_session("s-1")
    create, *deleted = server.requests
    assert create.body == {name: value for name, value in PORT.items() if name != "id"}
    assert [(request.method, request.path) for request in deleted] == [
        ("DELETE", "/api/v1/ports/p-1"),
        ("DELETE", "/api/v1/vpn/l2vpn/sessions/s-1"),
    ]


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials(edge: Callable[..., AutonomousEdge], status: int) -> None:
    with pytest.raises(LoginFailed, match="does not accept this user name and password") as caught:
        edge(Reply(status)).sessions()
    assert "EDGE_PASSWORD" in caught.value.facts["hint"]


def test_the_edges_own_words(edge: Callable[..., AutonomousEdge], server: ScriptedServer) -> None:
    refusal = {"httpStatus": "BAD_REQUEST", "error_code": 500, "error_message": "The VLAN is in use."}
    with pytest.raises(Refused) as caught:
        edge(Reply(400, refusal)).delete_session("s-1")
    path = "/api/v1/vpn/l2vpn/sessions/s-1"
    assert str(caught.value) == f"localhost:{server.port} refuses DELETE {path}: The VLAN is in use."


def test_an_edge_that_is_starting_is_waited_for(edge: Callable[..., AutonomousEdge], time: Time) -> None:
    one = edge(Reply(breaks=True), Reply(503), Reply(200, {"results": []}))
    assert one.sessions() == []
    assert len(time.pauses) == 2


def test_nobody_at_an_address_is_told_at_once(
    edge: Callable[..., AutonomousEdge], server: ScriptedServer, time: Time
) -> None:
    one = edge()
    server.close()
    with pytest.raises(Unreachable):
        one.sessions(patient=False)
    assert time.pauses == []
