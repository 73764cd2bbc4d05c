# SPDX-License-Identifier: GPL-3.0-or-later
"""site-prep.yml and migrate.yml on the Cloud Director samples: from a tenant without rights to a VM in the cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.playbook import PROJECT, Finished, Playbook

from lab import Lab, LabControl

PLAYBOOKS = {name: [{"import_playbook": str(PROJECT / f"playbooks/{name}.yml")}] for name in ("site-prep", "migrate")}
RIGHT = "Organization vDC Gateway: Configure L2 VPN"
APPROVED = ("-e", '{"warm_migration_approved": true}')
# Behind Ansible's back at the tunnel's server: what is changed, and the change that puts it right.
TUNNEL_DRIFT: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "v": (
        "edges/acme-edge/peers/company-dc1",
        {"egress": ["172.16.10.254"]},
        {"L2VPN peer site company-dc1 egress_gateways"},
    ),
    # Each change of the server gives it another peer code, which the client has to be fed with.
    "t": (
        "tunnels/company-dc1",
        {"remote": "198.51.100.99"},
        {"L2VPN tunnel company-dc1 remote_endpoint", "L2VPN session l2-company-t peer_code"},
    ),
}
RIGHTS = {
    "v": {"organization rights acme rights", "role Organization Administrator rights"},
    "t": {"rights bundle acme-extender-rights rights"},
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


class Site:
    """One of the samples, as a person runs it with the lab's env file."""

    def __init__(self, lab: Lab, generation: str, folder: Path) -> None:
        self.lab, self.generation, self._folder = lab, generation, folder
        self.control = LabControl(lab.control_url, lab.ca_path)
        ports = {f"LAB_{name.upper().replace('-', '_')}_PORT": str(port) for name, port in lab.ports.items()}
        servers = ("VMWARE", "VCD", "VCDA", "EDGE")
        self._environment = {
            **ports,
            "LAB_SOURCE_VCENTER_PORT": str(lab.source.port),
            "EDGE_PORT": str(lab.ports["autonomous-edge"]),
            **{f"{server}_PASSWORD": lab.password for server in servers},
            **{f"{server}_CA_PATH": lab.ca_path for server in servers},
        }

    def run(self, playbook: str, *arguments: str) -> Finished:
        folder = self._folder / f"run{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        inventory = PROJECT / f"samples/lab/inventory-extender-nsx-{self.generation}"
        made = Playbook(folder, PLAYBOOKS[playbook], environment=self._environment)
        return made.run("-i", str(inventory), "--limit", "!localhost", *arguments).succeeded()

    def set_rpo(self, machine: str, minutes: int) -> None:
        """With calls of our own, as somebody does who knows nothing of Ansible."""
        url = f"https://localhost:{self.lab.ports[f'vcda-{self.generation}']}"
        with requests.Session() as session:
            session.verify, session.trust_env = self.lab.ca_path, False
            login = {"type": "vcdCredentials", "vcdUser": "orgadmin@acme", "vcdPassword": self.lab.password}
            session.headers["X-VCAV-Auth"] = session.post(f"{url}/sessions", json=login).headers["X-VCAV-Auth"]
            other = {"vcdUsername": self.lab.username, "vcdPassword": self.lab.password}
            session.post(f"{url}/sessions/extend", json={"type": "credentials", "site": "company-dc1", **other})
            (found,) = session.get(f"{url}/vm-replications", params={"vmName": machine}).json()["items"]
            changed = session.patch(f"{url}/vm-replications/{found['id']}", json={"rpo": minutes})
            assert changed.status_code == 202, changed.text


def changes(run: Finished) -> list[str]:
    """Every change of a run, also those of looped tasks, without what only the real run can know."""
    parts = (part for task in run.results for part in [task.result, *task.result.get("results", [])])
    return sorted(
        json.dumps([change["action"], change["kind"], change["name"], sorted(change["after"])])
        for part in parts
        for change in part.get("changes", [])
    )


def named(run: Finished) -> set[str]:
    """What a run has changed, in words."""
    return {f"{kind} {name} {' '.join(settings)}" for _action, kind, name, settings in map(json.loads, changes(run))}


@pytest.mark.parametrize("generation", ["v", "t"])
def test_from_a_tenant_without_rights_to_a_machine_in_the_cloud(lab: Lab, generation: str, tmp_path: Path) -> None:
    lab.reset()
    site = Site(lab, generation, tmp_path)
    machine = "WebApp2"
    assert site.control.call("GET", f"/vcda/reach/{machine}")["where"] == "source"

    planned = changes(site.run("site-prep", "--check", "--diff"))
    assert not lab.world.l2vpn_clients
    assert changes(site.run("site-prep")) == planned
    site.run("migrate", "--tags", "replicate")

    path, drift, repaired = TUNNEL_DRIFT[generation]
    site.control.call("PATCH", f"/vcd/vcd-{generation}/organizations/acme", {"remove_rights": [RIGHT]})
    site.control.call("PATCH", f"/vcd/vcd-{generation}/{path}", drift)
    site.set_rpo(machine, 240)
    assert named(site.run("site-prep")) == RIGHTS[generation] | repaired
    assert named(site.run("migrate", "--tags", "replicate")) == {f"migration {machine} rpo_minutes"}

    assert named(site.run("migrate", *APPROVED)) == {f"migration {machine} state"}
    found = site.control.call("GET", f"/vcda/reach/{machine}")
    assert (found["reachable"], found["where"]) == (True, f"cloud-{generation}"), found
    assert [m.powered_on for m in lab.world.machines_of("source") if m.name == machine] == [False]

    assert not changes(site.run("site-prep"))
    assert not changes(site.run("migrate", *APPROVED))
