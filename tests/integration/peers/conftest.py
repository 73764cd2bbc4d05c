# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that mix the peers' modules with ours, against one lab."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from integration.playbook import Finished, Playbook
from tools.peers import peer_collections

from lab import Lab

Tasks = list[dict[str, Any]]

collect_ignore = [] if shutil.which("vcsim") else ["test_vcsim.py"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(hosts=2) as lab:
        yield lab


@pytest.fixture(scope="module")
def play(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tasks], Finished]:
    """Run tasks; both collections get their connection from module_defaults, as their users do it.

    The peers have no option for the file of trusted certificates, so it comes from OpenSSL's own variable.
    """

    def run(tasks: Tasks) -> Finished:
        login = {
            "hostname": lab.source.host,
            "port": lab.source.port,
            "username": lab.username,
            "password": lab.password,
        }
        groups = ("group/community.vmware.vmware", "group/hybridcloud.mobility.vsphere")
        plays = [
            {
                "hosts": "all",
                "gather_facts": False,
                "module_defaults": dict.fromkeys(groups, login),
                "tasks": tasks,
            }
        ]
        return Playbook(
            tmp_path_factory.mktemp("play"),
            plays,
            environment={"SSL_CERT_FILE": lab.ca_path},
            collections=[peer_collections()],
        ).run()

    return run
