# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights, network and L2VPN server in one run: a plan from nothing is what is made afterwards, whatever the service's
free choices are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.vcd.seen import cloud
from contract.vcd.tasks import Result, Tasks, network, site

# Everything that no source settles, the other way round than the lab has it by default.
OTHERWISE: dict[str, Any] = {
    "vcd_logout_status": 200,
    "vcd_xml_unknown_id": "not_found",
    "vcd_empty_errors": True,
    "vcd_cloudapi_writes": "sync",
    "vcd_query_page_size": 2,
    "vcd_paging": "no_page_count",
    "vcd_missing_implied_rights": "accept",
    "vcd_rights_beyond_organization": "accept",
    "vcd_create_status": 200,
    "vcd_element_order": "free",
    "vcd_conversion_links": False,
    "vcd_connection_type": "connectionType",
    "vcd_failed_network": "stays",
    "vcd_tunnel_id_shown": False,
    "vcd_duplicate_interfaces": True,
    "vcd_sensitive_data": "always",
    "vcd_other_role": "replace",
    "vcd_log_level_case": "upper",
    "vcd_version_conflict": 412,
    "vcd_masked_psk": "always",
    "vcd_tunnel_interface": "optional",
    "vcd_tunnel_networks": "attachedNetworks",
    "vcd_client_delete_fails": False,
}


def chain(run: Tasks, *, check: bool = False) -> list[Result]:
    """The results of the three tasks, with the changes alone."""
    tenant = run.by("orgadmin", "acme")
    old = run.name == "vcd-v"
    results = [
        run.rights(rights_set="extender_l2vpn", role_scope="org" if old else "global", check=check),
        tenant.networks(network(), {"name": "acme-services", "interface_type": "subinterface"}, check=check),
        tenant.server(site(), listener_ip="203.0.113.20", check=check)
        if old
        else tenant.tunnel(networks=[{"name": "company-network"}, {"name": "acme-services"}], check=check),
    ]
    return [change for result in results for change in result["changes"]]


def plain(changes: list[Result]) -> list[Result]:
    """Without what only a plan has to say: that something comes from an earlier task."""
    return [
        {**change, "notes": [note for note in change.get("notes", []) if "earlier task" not in note]}
        for change in changes
    ]


@pytest.mark.parametrize("rules", [{}, OTHERWISE], ids=["as told", "otherwise"])
def test_a_plan_from_nothing_is_what_is_made(run: Tasks, run_folder: Path, rules: dict[str, Any]) -> None:
    run.lab.rules = run.lab.rules.changed(**rules)
    before = cloud(run).copied()
    planned = chain(run, check=True)
    assert chain(run, check=True) == []
    assert cloud(run) == before
    made = chain(run)
    assert plain(planned) == plain(made)
    since = run.mark()
    assert chain(run) == []
    assert run.writes(since) == []


def test_without_the_rights_in_the_plan_a_tenant_is_refused(run: Tasks, run_folder: Path) -> None:
    tenant = run.by("orgadmin", "acme")
    refused = tenant.no_server if run.name == "vcd-v" else tenant.no_tunnel
    assert refused(check=True)["status"] == 403
