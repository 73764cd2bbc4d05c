# SPDX-License-Identifier: GPL-3.0-or-later
"""The role hcx_site with profiles that leave their networks to the hosts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from integration.hcx_site.test_scenarios import PASSWORD, environment
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab

INVENTORY = ("-i", str(PROJECT / "samples/lab/inventory-bulk-over-vpn"), "--limit", "bulk-cloud")


def ranges(first: str) -> dict[str, Any]:
    return {"prefix_length": 22, "ranges": [{"first": first, "last": first[:-1] + "9"}]}


def after(run: Finished, task: str) -> dict[str, dict[str, Any]]:
    """What a task makes, by name."""
    (result,) = (found.result for found in run.named(task))
    changes = [change for part in result.get("results", [result]) for change in part["changes"]]
    return {change["name"]: change["after"] for change in changes}


def test_the_hosts_tell_the_networks_that_the_sheet_leaves_open(tmp_path: Path) -> None:
    """In check mode, as the VMkernel role of the same run would leave the hosts."""
    profiles = [
        {"name": "np-management", "network": "pg-management", "roles": ["management"], **ranges("10.30.3.10")},
        {"name": "np-replication", **ranges("10.33.3.10")},
    ]
    compute = {
        "name": "cp-cloud",
        "datacenter": "dc-d",
        "services": ["INTERCONNECT", "BULK_MIGRATION", "VMOTION"],
        "service_clusters": ["compute-d"],
        "deployment_clusters": ["compute-d"],
        "datastores": ["ds-d"],
    }
    variables = json.dumps({"hcx_site_network_profiles": profiles, "hcx_site_compute_profiles": [compute]})
    with Lab.start(hosts=1) as lab:
        lab.shared.users[lab.username] = PASSWORD
        play = {"import_playbook": str(PROJECT / "playbooks/site-prep.yml")}
        site_prep = Playbook(tmp_path, [play], environment=environment(lab))
        run = site_prep.run(*INVENTORY, "--check", "-e", variables).succeeded()
        networks = after(run, "Bring the network profiles in order")
        assert networks["np-replication"]["network"] == "pg-replication"
        assert networks["np-replication"]["roles"] == ["replication"]
        assert after(run, "Bring the compute profiles in order")["cp-cloud"]["networks"] == {
            "management": ["np-management"],
            "uplink": ["np-management"],
            "vmotion": ["np-management"],
            "replication": ["np-replication"],
        }

        # Without the VMkernel role's adapters, nobody carries replication by itself.
        alone = site_prep.run(*INVENTORY, "--check", "--tags", "hcx", "-e", variables)
        assert alone.code != 0
        assert "network profile np-replication: no adapter of a host is in its network" in alone.output
