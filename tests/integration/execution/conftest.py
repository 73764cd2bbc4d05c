# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks with our modules against one lab, run in process or as ordinary modules."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pytest
from integration.playbook import Playbook

from lab import Lab
from lab.azure import directory

Task = Mapping[str, Any]


class Plays(Protocol):
    def __call__(self, tasks: Sequence[Task], *, in_process: bool) -> Playbook: ...


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=4) as lab:
        yield lab


@pytest.fixture(scope="module")
def plays(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Plays:
    """A playbook of these tasks, connected through the action group; the path as a user would choose it."""

    def write(tasks: Sequence[Task], *, in_process: bool) -> Playbook:
        login = {
            "hostname": lab.source.host,
            "port": lab.source.port,
            "username": lab.username,
            "password": lab.password,
            "ca_path": lab.ca_path,
        }
        certificate = ssl.PEM_cert_to_DER_cert(lab.cloud.certificate)
        cloud = {"url": lab.cloud.url, "fingerprint": hashlib.sha256(certificate).hexdigest(), "password": lab.password}
        play = {
            "hosts": "all",
            "gather_facts": False,
            "module_defaults": {
                "group/hybridcloud.mobility.vsphere": login,
                "group/hybridcloud.mobility.hcx": {**login, "port": lab.connector.port},
                "group/hybridcloud.mobility.vcd": {
                    **login,
                    "port": lab.ports["vcd-t"],
                    "org": "System",
                    "username": "administrator",
                },
                "group/hybridcloud.mobility.extender": {
                    "vcenter": login,
                    "edge": {**login, "port": lab.ports["autonomous-edge"], "username": "admin"},
                    "cloud_director": {
                        **login,
                        "port": lab.ports["vcd-t"],
                        "org": "System",
                        "username": "administrator",
                    },
                },
                "group/hybridcloud.mobility.azure": {
                    "tenant_id": directory.TENANT,
                    "subscription_id": directory.SUBSCRIPTION,
                    "client_id": directory.IDENTITIES["administrator"].client_id,
                    "client_secret": directory.IDENTITIES["administrator"].secret,
                    "login_endpoint": f"https://localhost:{lab.ports['entra']}",
                    "resource_manager_endpoint": f"https://localhost:{lab.ports['arm']}",
                    "ca_path": lab.ca_path,
                },
                "group/hybridcloud.mobility.vcda": {
                    **login,
                    "port": lab.ports["vcda-t"],
                    "username": "orgadmin@acme",
                    "source_username": lab.username,
                    "source_password": lab.password,
                },
            },
            "vars": {
                "hybridcloud_mobility_in_process": in_process,
                "cloud": cloud,
                "vcd_v_port": lab.ports["vcd-v"],
            },
            "tasks": list(tasks),
        }
        return Playbook(tmp_path_factory.mktemp("play"), [play])

    return write
