# SPDX-License-Identifier: GPL-3.0-or-later
"""Selections of hosts that mean nothing, too much or something that is away; the same for every module."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from contract.bad_input.case import Case, all_of
from contract.vsphere import scenes
from contract.vsphere.tasks import Tasks

from lab import Lab

OPTIONS: dict[str, dict[str, Any]] = {
    "esxi_netstack": {"stacks": [{"name": "vmotion", "max_connections": 5000}]},
    "esxi_vmkernel": {"adapters": [{"device": "vmk0", "mtu": 1400}]},
    "esxi_vmkernel_info": {},
    "esxi_vmkping": {"device": "vmk0"},
}
READERS = {"esxi_vmkernel_info"}


def ambiguous_name(lab: Lab) -> None:
    nodes = lab._server.vcenters["source"].nodes.values()
    host = next(node for node in nodes if getattr(node, "name", None) == "esx-b01.lab.example")
    host.name = "esx-a01.branch.example"


def two_away(lab: Lab) -> None:
    scenes.disconnect(lab, "esx-a01")
    scenes.disconnect(lab, "esx-a03", "notResponding")


UNKNOWN = [
    Case(
        "nothing selected",
        "no hosts are selected; give at least one of datacenter, clusters, folders, hosts",
        {"hosts": []},
    ),
    Case(
        "unknown datacenter",
        "datacenter dc-x does not exist here; there is: dc-a, dc-b",
        {"datacenter": "dc-x"},
    ),
    Case(
        "unknown cluster",
        "cluster compute-x does not exist here; there is: compute-a, compute-b",
        {"clusters": ["compute-x"]},
    ),
    Case(
        "cluster of another datacenter",
        "cluster compute-b does not exist in dc-a; there is: compute-a",
        {"datacenter": "dc-a", "clusters": ["compute-b"]},
    ),
    Case(
        "unknown folder",
        "folder site-x does not exist in dc-a; there is: host, network",
        {"datacenter": "dc-a", "folders": ["site-x"]},
    ),
    Case(
        "folder that is in two datacenters",
        "folder host is not unique: /dc-a/host, /dc-b/host; name the datacenter as well",
        {"folders": ["host"]},
    ),
    Case(
        "unknown host",
        "host esx-x01 does not exist in dc-a; there is: esx-a01.lab.example, esx-a02.lab.example, esx-a03.lab.example",
        {"datacenter": "dc-a", "hosts": ["esx-x01"]},
    ),
    Case(
        "host of another datacenter",
        "host esx-b01 does not exist in dc-a; there is: esx-a01.lab.example, esx-a02.lab.example, esx-a03.lab.example",
        {"datacenter": "dc-a", "hosts": ["esx-b01"]},
    ),
    Case(
        "short name of two hosts",
        "host esx-a01 is not unique: esx-a01.branch.example, esx-a01.lab.example; give the full name",
        {"hosts": ["esx-a01"]},
        ambiguous_name,
    ),
]


@pytest.mark.parametrize("module", OPTIONS)
@all_of(UNKNOWN)
def test_hosts_that_cannot_be_found_are_named_with_what_exists(module: str, case: Case, run: Tasks) -> None:
    replace(case, options={**OPTIONS[module], **case.options}).refused_by(module, run)


@pytest.mark.parametrize("module", sorted(OPTIONS.keys() - READERS))
def test_hosts_that_are_away_are_refused_by_name(module: str, run: Tasks) -> None:
    Case(
        "not connected",
        f"not connected to localhost:{run.lab.source.port}: esx-a01.lab.example (disconnected), esx-a03.lab.example "
        "(notResponding); bring them back, or leave them out with disconnected_hosts: skip",
        {**OPTIONS[module], "clusters": ["compute-a"]},
        two_away,
    ).refused_by(module, run)
