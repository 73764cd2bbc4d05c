# SPDX-License-Identifier: GPL-3.0-or-later
"""HCX puts a host of its own into vCenter with each interconnect appliance; our vSphere modules leave it alone."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from contract.hcx.building import Building

from ansible_collections.hybridcloud.mobility.plugins.modules import esxi_vmkernel, esxi_vmkernel_info
from lab import Lab


def run(lab: Lab, module: Any, **options: Any) -> dict[str, Any]:
    connection = {"hostname": "localhost", "port": lab.source.port, "username": lab.username, "password": lab.password}
    checked = ArgumentSpecValidator(module.JOB.argument_spec).validate(
        {**connection, "ca_path": lab.ca_path, "datacenter": "dc-a", **options}
    )
    assert not checked.error_messages
    result: dict[str, Any] = module.JOB.result(checked.validated_parameters, check=False, show=print)
    assert "failed" not in result, result["msg"]
    return result


def test_the_mobility_agent_is_left_out_of_a_datacenters_hosts(lab: Lab, building: Building) -> None:
    before = [host["name"] for host in run(lab, esxi_vmkernel_info)["hosts"]]
    building.everything()
    adapter = {"device": "vmk0", "mtu": 1400}
    result = run(lab, esxi_vmkernel, adapters=[adapter])
    assert result["hosts"] == before
    assert len(result["skipped_hosts"]) == 1
    assert len(result["changes"]) == len(before)
    assert [host["name"] for host in run(lab, esxi_vmkernel_info)["hosts"]] == before
