# SPDX-License-Identifier: GPL-3.0-or-later
"""site-prep.yml on the two HCX samples: from managers that do not know each other to appliances in both vCenters."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from contract.hcx.vcenter import VCenter
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab

HOSTS = 5
PASSWORD = "Only!For-this-test-1"
SCENARIOS = {
    "bulk-over-vpn": {"IX": 1, "WO": 1},
    "keep-addresses": {"IX": 1, "WO": 1, "NE": 2},
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


def kinds(lab: Lab, port: int) -> Counter[str]:
    """How many appliances of each type a vCenter has; `bulk-IX-I1` is an IX."""
    vcenter = VCenter(lab, port)
    try:
        return Counter(name.split("-")[1] for name in vcenter.machines())
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
        before = kinds(lab, lab.source.port), kinds(lab, lab.destination.port)

        planned = site_prep.run(*inventory, "--check", "--diff").succeeded()
        assert (kinds(lab, lab.source.port), kinds(lab, lab.destination.port)) == before
        done = site_prep.run(*inventory).succeeded()
        again = site_prep.run(*inventory).succeeded()

        assert changes(done) == changes(planned) != []
        assert changes(again) == []
        wanted = Counter(SCENARIOS[scenario])
        assert kinds(lab, lab.source.port) - before[0] == wanted
        assert kinds(lab, lab.destination.port) - before[1] == wanted
        for run in (planned, done, again):
            assert PASSWORD not in run.output
            assert PASSWORD not in json.dumps([task.result for task in run.results])
