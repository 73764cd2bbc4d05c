# SPDX-License-Identifier: GPL-3.0-or-later
"""What no public source settles: the modules work with every way in which the systems may do it."""

from __future__ import annotations

from typing import Any

import pytest
from contract.extender import world
from contract.extender.tasks import EDGE_PASSWORD, NETWORK, TRUNK, Tasks, listed

from lab import Lab

APPLIANCE, EXTENSION = "extender_l2_appliance", "extender_dc_extension"


@pytest.mark.parametrize(
    "rules",
    [
        {"vcd_masked_psk": "always", "vcd_version_conflict": 412, "edge_used_session": "accept"},
        {"vcd_masked_psk": "never", "edge_local_address": "any", "edge_general_post": "missing"},
    ],
    ids=str,
)
def test_a_tunnel_of_nsx_t(run: Tasks, lab: Lab, rules: dict[str, Any]) -> None:
    lab.rules = lab.rules.changed(**rules)
    run.build("nsx_t")
    assert run(EXTENSION, **run.extension_t())["extension"]["state"] == "connected"
    run.l2vpn_tunnel(description="moved to another rack")
    assert listed(run(EXTENSION, **run.extension_t())) == [("replace", "L2VPN session")]
    assert world.reached(lab) == [NETWORK]
    assert run(APPLIANCE, **run.autonomous())["changed"] is False


def test_a_server_that_tells_no_tunnel_ids(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcd_tunnel_networks="attachedNetworks")
    run.build("nsx_t")
    result = run.failing(EXTENSION, **run.extension_t())
    assert "tells no tunnel id of company-network in tunnel company-dc1; give it as tunnel_id" in result["msg"]
    number = world.tunnel(lab).stretched[0].tunnel_id
    assert run(EXTENSION, **run.extension_t(tunnel_id=number))["extension"]["state"] == "connected"
    assert run(EXTENSION, **run.extension_t(tunnel_id=number))["changed"] is False


def test_how_an_edge_denies(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(edge_denied_status=403)
    run.build("nsx_t")
    result = run.failing(EXTENSION, **run.extension_t(edge={**run.edge, "password": f"{EDGE_PASSWORD}x"}))
    assert "does not accept this user name and password" in result["msg"]


@pytest.mark.parametrize("readable", [True, False])
def test_passwords_that_vcenter_shows_or_hides(run: Tasks, lab: Lab, readable: bool) -> None:
    lab.rules = lab.rules.changed(ovf_passwords_readable=readable)
    run(APPLIANCE, **run.standalone())
    assert run(APPLIANCE, **run.standalone())["changed"] is False


def test_a_switch_without_mac_learning(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(dvpg_mac_learning="missing")
    trunk = {"port_group": TRUNK, "switch": "vds-a", "security": "mac_learning"}
    result = run.failing(APPLIANCE, **run.standalone(trunk=trunk))
    assert "MAC learning needs a distributed switch of version 6.6 or newer" in result["msg"]
    assert result["changed"] is False


@pytest.mark.parametrize(
    "rules",
    [{"vcd_sensitive_data": "never", "vcd_statistics": "flat"}, {"vcd_sensitive_data": "always"}],
    ids=str,
)
def test_a_tunnel_of_nsx_v(run: Tasks, lab: Lab, rules: dict[str, Any]) -> None:
    lab.rules = lab.rules.changed(**rules)
    run.build("nsx_v")
    assert listed(run(EXTENSION, **run.extension_v())) == [("update", "L2VPN peer site")]
    assert run(EXTENSION, **run.extension_v())["changed"] is False
    assert world.is_up(lab, "nsx_v")


def test_a_server_that_shows_no_passwords_needs_to_be_told(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcd_sensitive_data="never")
    run.build("nsx_v")
    result = run.failing(EXTENSION, **run.extension_v(peer_site=None))
    assert "does not show the password of peer site company-dc1" in result["msg"]
    assert "give peer_site.user and password" in result["msg"]
    assert result["changed"] is False
