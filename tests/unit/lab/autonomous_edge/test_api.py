# SPDX-License-Identifier: GPL-3.0-or-later
"""The autonomous edge's REST API (VCD reference 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from lab import Lab
from lab.vcenter import templates
from lab.world import VirtualMachine

SESSIONS = "/vpn/l2vpn/sessions"


def test_it_answers_only_while_it_runs_as_autonomous_edge(
    lab: Lab, edge: Any, deploy: Callable[..., VirtualMachine]
) -> None:
    def silent() -> bool:
        try:
            edge.call("GET", SESSIONS)
        except requests.ConnectionError:
            return True
        return False

    assert silent()
    deploy(templates.AUTONOMOUS, "managed", is_autonomous_edge="False", nsx_cli_passwd_0=Lab.password)
    assert silent()
    made = deploy(templates.AUTONOMOUS, "edge-t", False, is_autonomous_edge="True", nsx_cli_passwd_0=Lab.password)
    assert silent()
    lab.world.add_machine(replace(made, powered_on=True))
    assert edge.call("GET", SESSIONS).json() == {"results": [], "result_count": 0}


def test_the_password_is_the_one_it_was_deployed_with(
    edge: Any, autonomous: VirtualMachine, deploy: Callable[..., VirtualMachine]
) -> None:
    assert edge.call("GET", SESSIONS).status_code == 200
    deploy(templates.AUTONOMOUS, "younger", is_autonomous_edge="True", nsx_cli_passwd_0="Another!1")
    answer = edge.call("GET", SESSIONS)
    assert (answer.status_code, answer.json()["httpStatus"]) == (401, "UNAUTHORIZED")


def test_a_session_never_gives_its_peer_code_back(edge: Any, autonomous: VirtualMachine) -> None:
    made = edge.open_session()
    assert (made["resource_type"], made["display_name"]) == ("L2VPNSession", "company-dc1")
    shown = edge.call("GET", f"{SESSIONS}/{made['id']}")
    assert shown.json()["transport_tunnels"] == [{"peer_address": "203.0.113.30", "local_address": "10.15.0.41"}]
    assert "peer_code" not in shown.text + edge.call("GET", SESSIONS).text


@pytest.mark.parametrize(
    "fields",
    [{"peer_code": "no base64"}, {"peer_code": "bm90aGluZw=="}, {"local_address": "10.15.0.99"}, {"peer_address": "x"}],
)
def test_a_wrong_session_is_refused(edge: Any, autonomous: VirtualMachine, fields: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="BAD_REQUEST"):
        edge.open_session(**fields)
    assert edge.call("GET", SESSIONS).json()["result_count"] == 0


def test_a_port_extends_a_vlan_over_a_session(edge: Any, autonomous: VirtualMachine) -> None:
    session = edge.open_session()["id"]
    port = edge.extend(session)
    assert port["l2_extension"] == {"l2vpn_session_id": session, "l2vpn_session_name": "company-dc1", "tunnel_id": 1}
    assert edge.call("GET", "/ports").json()["results"] == [port]
    assert edge.call("DELETE", f"{SESSIONS}/{session}").status_code == 400
    assert edge.call("DELETE", f"/ports/{port['id']}").status_code == 200
    assert edge.call("DELETE", f"{SESSIONS}/{session}").status_code == 200
    assert edge.call("GET", f"{SESSIONS}/{session}").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"vlan": 111, "tunnel_id": 1},
        {"tunnel_id": 2},
        {"vlan": 111, "tunnel_id": 4094},
        {"vlan": 111, "tunnel_id": 2, "exit_interface": "eth7"},
        {"vlan": 111, "tunnel_id": 2, "session": "nobody"},
    ],
)
def test_a_wrong_port_is_refused(edge: Any, autonomous: VirtualMachine, fields: dict[str, Any]) -> None:
    session = edge.open_session()["id"]
    edge.extend(session)
    wrong = dict(fields)
    with pytest.raises(AssertionError, match="BAD_REQUEST"):
        edge.extend(wrong.pop("session", session), wrong.pop("tunnel_id"), **wrong)
    assert edge.call("GET", "/ports").json()["result_count"] == 1


def test_rules_open_what_is_not_known(lab: Lab, edge: Any, autonomous: VirtualMachine) -> None:
    lab.rules = lab.rules.changed(edge_local_address="any", edge_used_session="accept", edge_general_post="missing")
    session = edge.open_session(local_address="10.15.0.99")["id"]
    edge.extend(session)
    assert edge.call("DELETE", f"{SESSIONS}/{session}").status_code == 200
    (port,) = edge.call("GET", "/ports").json()["results"]
    assert "l2_extension" not in port
    assert edge.call("POST", SESSIONS, {"display_name": "x", "transport_tunnels": []}).status_code == 400


def test_faults_and_unknown_paths(lab: Lab, edge: Any, autonomous: VirtualMachine) -> None:
    assert edge.call("GET", "/segments").status_code == 404
    method = "POST /api/v1/vpn/l2vpn/sessions?action=create_with_peer_code"
    lab.faults.add("drop_after", service="autonomous_edge", method=method)
    with pytest.raises(requests.ConnectionError):
        edge.open_session()
    assert edge.call("GET", SESSIONS).json()["result_count"] == 1
