# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with two switches and a management adapter, and options as a module receives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import (
    Adapter,
    Host,
    Network,
    Stack,
)

MANAGEMENT = Network("standard", "Management Network", "Management Network", "vSwitch0", None, None, 1500)
STORAGE = Network("standard", "std-storage", "std-storage", "vSwitch1", None, None, 9000)
VMOTION = Network("distributed", "pg-vmotion", "dvportgroup-1", "vds-a", "uuid-a", None, 9000)
PROVISIONING = Network("distributed", "pg-provisioning", "dvportgroup-2", "vds-a", "uuid-a", None, 9000)
SEGMENT = Network("opaque", "seg-opaque", "segment-1", None, None, "nsx.LogicalSwitch", None)
NETWORKS = (MANAGEMENT, STORAGE, VMOTION, PROVISIONING, SEGMENT)

STACKS = tuple(
    Stack(name, congestion_control="newreno", max_connections=11000)
    for name in ("defaultTcpipStack", "vSphereProvisioning", "vmotion")
)
VMK0 = Adapter("vmk0", MANAGEMENT, ipv4="10.10.0.11/22", services=("management", "vmotion"))


def host(*adapters: Adapter, number: int = 1, **values: Any) -> Host:
    """Host esx-a01, esx-a02, ...; with vmk0 for management unless adapters are given."""
    blank = Host(
        name=f"esx-a{number:02d}.lab.example",
        moid=f"host-{number}",
        datacenter="dc-a",
        cluster="compute-a",
        connection_state="connected",
        version="8.0.3",
        stacks=STACKS,
        networks=NETWORKS,
        offered_services=("management", "vSphereProvisioning", "vSphereReplication", "vmotion", "vsan"),
        network_system=f"networkSystem-{number}",
        vnic_manager=f"virtualNicManager-{number}",
    )
    made = replace(blank, **values)
    for adapter in adapters or (VMK0,):
        made = made.with_adapter(adapter)
    return made


def option(job: Job, name: str, value: Any) -> Any:
    """One option as the module's work receives it: checked against the option table and with its defaults."""
    checked = ArgumentSpecValidator({name: job.argument_spec[name]}).validate({name: value})
    assert not checked.error_messages
    return checked.validated_parameters[name]
