# SPDX-License-Identifier: GPL-3.0-or-later
"""site-prep.yml on the two HCX samples: from managers that do not know each other to appliances in both vCenters."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bench.hcx_calls import counted
from contract.hcx.vcenter import VCenter
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab, LabControl

HOSTS = 5
PLANNING = "Plan the service meshes"
HEALTH = "Stop where a tunnel is down"
APPLIANCE = re.compile(r"(?:bulk|keep)-(\w+)-[IR]\d")
PASSWORD = "Only!For-this-test-1"
SCENARIOS = {
    "bulk-over-vpn": {"IX": 1, "WO": 1},
    "keep-addresses": {"IX": 1, "WO": 1, "NE": 2},
}
IX = {"bulk-over-vpn": "bulk-IX-I1", "keep-addresses": "keep-IX-I1"}
# Of a re-run, to the connector and to the cloud.
CALLS = {"bulk-over-vpn": (20, 8), "keep-addresses": (21, 9)}
UPLINKS = {
    "bulk-over-vpn": ("10.15.3.10-10.15.3.11", "10.35.3.10-10.35.3.11"),
    "keep-addresses": ("10.15.3.10-10.15.3.13", "10.35.3.10-10.35.3.13"),
}


def environment(lab: Lab) -> dict[str, str]:
    """What the env file of a running lab holds."""
    certificate = ssl.PEM_cert_to_DER_cert(lab.cloud.certificate)
    return {
        "VMWARE_PASSWORD": PASSWORD,
        "VMWARE_CA_PATH": lab.ca_path,
        "HCX_PASSWORD": PASSWORD,
        "HCX_CA_PATH": lab.ca_path,
        "LAB_SOURCE_VCENTER_PORT": str(lab.source.port),
        "LAB_DESTINATION_VCENTER_PORT": str(lab.destination.port),
        "LAB_HCX_CONNECTOR_PORT": str(lab.connector.port),
        "LAB_HCX_CLOUD_PORT": str(lab.cloud.port),
        "LAB_HCX_CLOUD_FINGERPRINT": hashlib.sha256(certificate).hexdigest(),
    }


def changes(run: Finished) -> list[str]:
    """Every change of a run, also those of looped tasks, without the notes that only check mode adds."""
    parts = (part for task in run.results for part in [task.result, *task.result.get("results", [])])
    return sorted(
        json.dumps([change[key] for key in ("action", "kind", "name", "before", "after")], sort_keys=True)
        for part in parts
        for change in part.get("changes", [])
    )


def appliances_of(run: Finished) -> Counter[str]:
    """How many appliances of each type the plan of a run counts for the site that initiates."""
    (plan,) = (part for task in run.named(PLANNING) for part in task.result.get("results", []))
    return Counter({row["type"]: row["count"] for row in plan["appliances"][0]["appliances"]})


def kinds(lab: Lab, port: int) -> Counter[str]:
    """How many appliances of each type a vCenter has; `bulk-IX-I1` is an IX."""
    vcenter = VCenter(lab, port)
    try:
        return Counter(found[1] for name in vcenter.machines() if (found := APPLIANCE.fullmatch(name)))
    finally:
        vcenter.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_planned_done_seen_in_the_vcenters_and_unchanged(scenario: str, tmp_path: Path) -> None:
    with Lab.start(hosts=HOSTS) as lab:
        lab.shared.users[lab.username] = PASSWORD
        lab.shared.users[lab.reader_username] = lab.password
        play: dict[str, Any] = {"import_playbook": str(PROJECT / "playbooks/site-prep.yml")}
        site_prep = Playbook(tmp_path, [play], environment=environment(lab))
        inventory = ("-i", str(PROJECT / "samples/lab" / f"inventory-{scenario}"), "--limit", "!localhost", "-vvv")
        nothing: Counter[str] = Counter()
        wanted = Counter(SCENARIOS[scenario])

        old = json.dumps({"hcx_site_plan_options": {"hcx_version": "4.11.3"}})
        # The other end is found in the inventory, though it is not in the play.
        refused = site_prep.run(*inventory, "--tags", "hcx", "--limit", f"{IX[scenario][:4]}-connector", "-e", old)
        assert "Version 4.11.3 does not have WAN Optimization." in refused.output
        assert changes(refused) == []

        planned = site_prep.run(*inventory, "--check", "--diff").succeeded()
        assert (kinds(lab, lab.source.port), kinds(lab, lab.destination.port)) == (nothing, nothing)
        assert appliances_of(planned) == wanted + Counter(["Manager"])
        done = site_prep.run(*inventory).succeeded()
        lab.shared.log.clear()
        again = site_prep.run(*inventory).succeeded()
        # Of every call is known why it is made; docs/benchmarks.md shows the same numbers.
        calls = [counted(entry.name for entry in lab.requests(f"hcx/{name}")) for name in ("connector", "cloud")]
        assert tuple(found.total() for found in calls) == CALLS[scenario]

        assert changes(done) == changes(planned) != []
        assert changes(again) == []
        assert kinds(lab, lab.source.port) == kinds(lab, lab.destination.port) == wanted

        LabControl(lab.control_url, lab.ca_path).disturb_tunnels("down", "No answer from the peer.", IX[scenario])
        down = site_prep.run(*inventory, "--tags", "plan,health")
        assert down.code != 0
        (said,) = (task.result["msg"] for task in down.named(HEALTH) if task.state == "failed")
        assert f"{IX[scenario]}: down, 0 of 8 tunnels up. Likely cause: No answer from the peer.; UDP 4500" in said
        assert "Firewall rows to check: S2, S4." in said
        assert f"S2: UDP 4500, IX uplink {UPLINKS[scenario][0]} and remote IX uplink {UPLINKS[scenario][1]}." in said
        # The sheets say everything, so nobody asks the hosts.
        assert {task.state for task in done.named("Ask the hosts what the profiles leave to them")} == {"skipped"}
        for run in (planned, done, again, down):
            assert PASSWORD not in run.output
            assert PASSWORD not in json.dumps([task.result for task in run.results])
