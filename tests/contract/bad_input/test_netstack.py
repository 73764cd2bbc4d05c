# SPDX-License-Identifier: GPL-3.0-or-later
"""What `esxi_netstack` refuses before its first write."""

from __future__ import annotations

from typing import Any

from contract.bad_input.case import Case, all_of
from contract.vsphere import scenes
from contract.vsphere.tasks import Tasks

from lab import Lab

HOST = "esx-a01.lab.example"


def stacks(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"stacks": list(entries)}


def vmotion(**settings: Any) -> dict[str, Any]:
    return stacks({"name": "vmotion", **settings})


def with_adapter(lab: Lab) -> None:
    scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="vmotion")


def used_custom_stack(lab: Lab) -> None:
    scenes.add_stack(lab, "backup")
    scenes.place(lab, "vmk1", "pg-vmotion", "10.11.0.11/22", stack="backup")


def route(network: str, gateway: str) -> dict[str, Any]:
    return vmotion(routes=[{"network": network, "gateway": gateway}])


OPTIONS = [
    Case(
        "gateway of the wrong family",
        "stacks[0] (vmotion): gateway_ipv4: fd00::1 is not an IPv4 address",
        vmotion(gateway_ipv4="fd00::1"),
    ),
    Case(
        "gateway that is no address",
        "stacks[0] (vmotion): gateway_ipv4: 10.11.0.1/22 is not an IPv4 address",
        vmotion(gateway_ipv4="10.11.0.1/22"),
    ),
    Case(
        "route with host bits",
        "stacks[0] (vmotion): route 172.16.0.1/12 is not a network with prefix, such as 172.16.0.0/12: 172.16.0.1/12 "
        "has host bits set",
        route("172.16.0.1/12", "10.11.0.1"),
    ),
    Case(
        "default route as route",
        "stacks[0] (vmotion): route 0.0.0.0/0 is the default route; use gateway_ipv4 for it",
        route("0.0.0.0/0", "10.11.0.1"),
    ),
    Case(
        "route over another IP version",
        "stacks[0] (vmotion): route 172.16.0.0/12 and its gateway fd00::1 are of different IP versions",
        route("172.16.0.0/12", "fd00::1"),
    ),
    Case(
        "route listed twice",
        "stacks[0] (vmotion): route 172.16.0.0/12 is listed twice; keep one of its entries",
        vmotion(routes=[{"network": "172.16.0.0/12", "gateway": f"10.11.0.{number}"} for number in (1, 2)]),
    ),
    Case(
        "DNS server by name",
        "stacks[0] (vmotion): dns.servers: ns1.lab.example is not an IP address",
        vmotion(dns={"servers": ["ns1.lab.example"]}),
    ),
    Case(
        "DNS by DHCP with servers",
        "stacks[0] (vmotion): dns.adapter takes all name resolution from DHCP; it excludes servers, search_domains, "
        "domain",
        vmotion(dns={"adapter": "vmk1", "servers": ["10.10.0.2"]}),
    ),
    Case(
        "no connections",
        "stacks[0] (vmotion): max_connections 0 must be 1 or more",
        vmotion(max_connections=0),
    ),
    Case(
        "removing a built-in stack",
        "stacks[0] (vmotion): stack vmotion is built in and cannot be removed",
        vmotion(state="absent"),
    ),
    Case(
        "stack of the system",
        "stacks[0] (vxlan): stack vxlan belongs to the system or to NSX and is not ours to change",
        stacks({"name": "vxlan"}),
    ),
    Case(
        "stack listed twice",
        "stack vmotion is listed twice; merge the entries",
        stacks({"name": "vmotion"}, {"name": "vmotion"}),
    ),
]

STATE = [
    Case(
        "gateway on a stack without adapter",
        f"{HOST}: stack vmotion has no adapter there, so gateway 10.11.0.1 cannot be reached; create the adapter "
        "first (esxi_vmkernel)",
        vmotion(gateway_ipv4="10.11.0.1"),
    ),
    Case(
        "gateway outside the adapters' networks",
        f"{HOST}: gateway 10.12.0.1 of stack vmotion is not in a network of its adapters (10.11.0.11/22)",
        vmotion(gateway_ipv4="10.12.0.1"),
        with_adapter,
    ),
    Case(
        "route over a gateway out of reach",
        f"{HOST}: route gateway 10.12.0.1 of stack vmotion is not in a network of its adapters (10.11.0.11/22)",
        route("172.16.0.0/12", "10.12.0.1"),
        with_adapter,
    ),
    Case(
        "DNS by DHCP of an unknown adapter",
        f"{HOST}: adapter vmk7 of dns of stacks[0] (vmotion) does not exist there",
        vmotion(dns={"adapter": "vmk7"}),
    ),
    Case(
        "removing a used stack",
        f"{HOST}: stack backup is used by vmk1; remove these adapters first",
        stacks({"name": "backup", "state": "absent"}),
        used_custom_stack,
    ),
    Case(
        "clearing the default gateway",
        f"{HOST}: stacks[0] (defaultTcpipStack) would remove a default gateway of management, which needs "
        "allow_management_change: true",
        stacks({"name": "defaultTcpipStack", "gateway_ipv4": ""}),
    ),
]


@all_of([*OPTIONS, *STATE])
def test_stacks_that_cannot_be_are_refused(case: Case, run: Tasks) -> None:
    case.refused_by("esxi_netstack", run)
