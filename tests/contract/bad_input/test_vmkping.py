# SPDX-License-Identifier: GPL-3.0-or-later
"""What `esxi_vmkping` refuses before the first packet."""

from __future__ import annotations

from contract.bad_input.case import Case, all_of
from contract.vsphere import scenes
from contract.vsphere.tasks import Tasks

HOST = "esx-a01.lab.example"
BOTH = {"hosts": ["esx-a01", "esx-a02"]}

CASES = [
    Case("size", "size 65508 is outside 0 to 65507 bytes", {"device": "vmk0", "size": 65508}),
    Case("negative size", "size -1 is outside 0 to 65507 bytes", {"device": "vmk0", "size": -1}),
    Case("no packet", "count 0 is outside 1 to 100", {"device": "vmk0", "count": 0}),
    Case("too many packets", "count 101 is outside 1 to 100", {"device": "vmk0", "count": 101}),
    Case(
        "target by name",
        "targets: esx-b01.lab.example is not an IP address",
        {"device": "vmk0", "targets": ["esx-b01.lab.example"]},
    ),
    Case(
        "nothing to ping",
        "nothing to ping: pattern is none, and there are neither targets nor gateway: true",
        {"device": "vmk0", "pattern": "none"},
    ),
    Case(
        "no such adapter",
        f"{HOST} and 1 more host: no adapter vmk7 to ping from; there is: vmk0",
        {**BOTH, "device": "vmk7"},
    ),
    Case(
        "no adapter on the stack",
        f"{HOST} and 1 more host: no adapter on stack vmotion to ping from; there is: vmk0 on defaultTcpipStack",
        {**BOTH, "stack": "vmotion"},
    ),
    Case(
        "no adapter for the service",
        f"{HOST} and 1 more host: no adapter for vsan to ping from; there is: vmk0 for management and vmotion",
        {**BOTH, "service": "vsan"},
    ),
    Case(
        "no gateway",
        f"{HOST}: vmk1 on stack vmotion has no gateway to ping",
        {"stack": "vmotion", "gateway": True},
        lambda lab: scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion"),
    ),
]


@all_of(CASES)
def test_pings_that_cannot_be_are_refused(case: Case, run: Tasks) -> None:
    case.refused_by("esxi_vmkping", run)
