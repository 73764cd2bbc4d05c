# SPDX-License-Identifier: GPL-3.0-or-later
"""esxi_vmkernel_info reads govmomi's vCenter simulator. Collected only where the program `vcsim` is on the PATH.

vcsim knows one adapter and three stacks on each host, and trusts any login. (vSphere reference 18.1)
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from integration.playbook import Playbook

HOSTS = 40


@pytest.fixture
def port() -> Iterator[int]:
    command = ["vcsim", "-l", "127.0.0.1:0", "-api-version", "8.0.3.0", "-host", str(HOSTS), "-vm", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vcsim:
        assert vcsim.stdout is not None
        try:
            # It prints: export GOVC_URL=https://user:pass@127.0.0.1:8989/sdk GOVC_SIM_PID=1234
            variables = dict(word.split("=", 1) for word in vcsim.stdout.readline().split() if "=" in word)
            yield urlsplit(variables["GOVC_URL"]).port or 443
        finally:
            vcsim.terminate()


def test_info_reads_a_cluster_of_vcsim(port: int, tmp_path: Path) -> None:
    login = {"hostname": "127.0.0.1", "port": port, "username": "user", "password": "pass", "validate_certs": False}
    task = {"name": "read", "hybridcloud.mobility.esxi_vmkernel_info": {**login, "clusters": ["DC0_C0"]}}
    plays = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
    hosts = Playbook(tmp_path, plays).run().succeeded().result("read")["hosts"]
    assert {host["name"] for host in hosts} == {f"DC0_C0_H{number}" for number in range(HOSTS)}
    for host in hosts:
        assert (host["datacenter"], host["cluster"], host["connection_state"]) == ("DC0", "DC0_C0", "connected")
        assert [(a["device"], a["network"], a["stack"]) for a in host["adapters"]] == [
            ("vmk0", "Management Network", "defaultTcpipStack")
        ]
        assert {"defaultTcpipStack", "vmotion", "vSphereProvisioning"} <= {stack["name"] for stack in host["stacks"]}
        assert host["carriers"]["management"]["devices"] == ["vmk0"]
