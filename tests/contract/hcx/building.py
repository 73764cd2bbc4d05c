# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sites of the lab and what is built between them, step by step, as a user would."""

from __future__ import annotations

from typing import Any

from contract.hcx.reader import Reader
from contract.hcx.tasks import Result, Tasks, span

from lab import Lab

SERVICES = ["INTERCONNECT", "WANOPT", "BULK_MIGRATION", "VMOTION", "NETWORK_EXTENSION"]
MESH = "onprem-cloud"
# How many addresses each network profile has here.
ADDRESSES = 10


class Building:
    """`local` runs modules at the connector, `remote` at the cloud."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.local = Tasks(lab, lab.connector.port)
        self.remote = Tasks(lab, lab.cloud.port)

    def networks(self, *, addresses: int = ADDRESSES) -> None:
        """Network profiles for management, uplink and vMotion at both sites."""
        for run, net in ((self.local, "1"), (self.remote, "3")):
            run.profiles(*network_profiles(self._port_groups(run), net, addresses))

    def profiles(self, **options: Any) -> None:
        """Compute profiles at both sites, which are paired."""
        self.compute_profile(**options)
        self.remote("hcx_compute_profile", **compute_profile("d", name="cp-cloud", **options))
        self.local.pair()

    def everything(self, **options: Any) -> Result:
        """From nothing to a mesh with tunnels."""
        self.networks()
        self.profiles()
        return self.mesh(**options)

    def compute_profile(self, **options: Any) -> Result:
        return self.local("hcx_compute_profile", **compute_profile("a", **options))

    def no_compute_profile(self, **options: Any) -> Result:
        return self.local.failing("hcx_compute_profile", **compute_profile("a", **options))

    def mesh(self, **options: Any) -> Result:
        return self.local("hcx_service_mesh", **mesh(**options))

    def no_mesh(self, **options: Any) -> Result:
        return self.local.failing("hcx_service_mesh", **mesh(**options))

    def _port_groups(self, run: Tasks) -> dict[str, str]:
        """Name to id; both datacenters of the source have port groups of these names, and the first is taken."""
        reader = Reader(self.lab, run.connection["port"])
        names = ("pg-management", "pg-replication", "pg-vmotion")
        found = {name: reader.network_id(name) for name in names}
        reader.close()
        return found


def network_profiles(ids: dict[str, str], net: str, addresses: int = ADDRESSES) -> list[Result]:
    def profile(name: str, group: str, role: str, subnet: str, **settings: Any) -> Result:
        held = span(f"10.{subnet}.3.10-10.{subnet}.3.{9 + addresses}")
        return {"name": name, "network": ids[group], "roles": [role], "prefix_length": 22, "ranges": [held], **settings}

    return [
        profile("np-management", "pg-management", "management", f"{net}0", gateway=f"10.{net}0.0.1"),
        profile("np-uplink", "pg-replication", "uplink", f"{net}3", gateway=f"10.{net}3.0.1", over_vpn=True),
        profile("np-vmotion", "pg-vmotion", "vmotion", f"{net}1"),
    ]


def compute_profile(letter: str, **options: Any) -> Result:
    """Of the datacenter with this letter; without the options that are None."""
    wanted = {
        "name": "cp-onprem",
        "datacenter": f"dc-{letter}",
        "services": SERVICES,
        "service_clusters": [f"compute-{letter}"],
        "deployment_clusters": None if "resource_pool" in options else [f"compute-{letter}"],
        "datastores": [f"ds-{letter}"],
        "networks": {
            "management": ["np-management"],
            "uplink": ["np-uplink"],
            "vmotion": ["np-vmotion"],
            "replication": ["np-management"],
        },
        "switches": [f"vds-{letter}"],
        **options,
    }
    return {option: value for option, value in wanted.items() if value is not None}


def mesh(**options: Any) -> Result:
    """Without the options that are None."""
    wanted = {
        "name": MESH,
        "compute_profile": "cp-onprem",
        "remote_compute_profile": "cp-cloud",
        "services": SERVICES,
        "switch_pairs": [pair()],
        "wait_timeout": 20,
        **options,
    }
    return {option: value for option, value in wanted.items() if value is not None}


def pair(appliances: int = 1) -> Result:
    return {"local": "vds-a", "remote": "vds-d", "appliances": appliances}


def names(*kinds: str) -> list[str]:
    """Names of appliances at both sites: "NE2" is a second network extension appliance."""
    return sorted(f"{MESH}-{kind[:2]}-{side}{kind[2:] or 1}" for kind in kinds for side in "IR")
