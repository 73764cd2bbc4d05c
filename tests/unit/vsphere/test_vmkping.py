# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.vsphere.example_hosts import VMK0, VMOTION, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import Adapter, Host
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkping import Ping, Wish, plan_pings
from ansible_collections.hybridcloud.mobility.plugins.modules.esxi_vmkping import JOB


def wish(**options: Any) -> Wish:
    defaults = {name: option.get("default") for name, option in JOB.argument_spec.items()}
    return Wish.from_params({**defaults, **options})


def vmotion_host(number: int, adapters: int = 1, **values: Any) -> Host:
    """With so many adapters on the vMotion stack, addresses 10.11.(number).(adapter)/16."""
    made = [
        Adapter(f"vmk{place}", VMOTION, stack="vmotion", ipv4=f"10.11.{number}.{place}/16", mtu=9000)
        for place in range(1, adapters + 1)
    ]
    return host(VMK0, *made, number=number, **values)


def planned(hosts: list[Host], **options: Any) -> list[Ping]:
    return [ping for pings in plan_pings(hosts, wish(**options)).values() for ping in pings]


def all_adapters(hosts: list[Host]) -> set[tuple[str, str]]:
    return {(one.name, adapter.device) for one in hosts for adapter in one.on_stack("vmotion")}


def reached(hosts: list[Host], pings: list[Ping]) -> set[tuple[str, str]]:
    owners = {
        str(adapter.ipv4).partition("/")[0]: (one.name, adapter.device)
        for one in hosts
        for adapter in one.on_stack("vmotion")
    }
    return {owners[ping.target] for ping in pings}


@given(st.lists(st.integers(1, 3), min_size=2, max_size=12), st.sampled_from(["ring", "all_pairs"]))
def test_every_adapter_sends_to_another_host_and_is_reached(adapters: list[int], pattern: str) -> None:
    hosts = [vmotion_host(number, count) for number, count in enumerate(adapters, 1)]
    pings = planned(hosts, stack="vmotion", pattern=pattern)
    assert {(ping.host, ping.device) for ping in pings} == all_adapters(hosts)
    assert reached(hosts, pings) == all_adapters(hosts)
    assert all(ping.host != ping.target_host for ping in pings)


@given(st.integers(2, 12))
def test_a_ring_needs_one_ping_for_each_host_and_all_pairs_one_for_each_other(number: int) -> None:
    hosts = [vmotion_host(each) for each in range(1, number + 1)]
    assert len(planned(hosts, stack="vmotion", pattern="ring")) == number
    assert len(planned(hosts, stack="vmotion", pattern="all_pairs")) == number * (number - 1)


def test_a_single_host_has_nobody_to_ping() -> None:
    assert planned([vmotion_host(1)], stack="vmotion", pattern="ring") == []


def test_targets_and_the_gateway_are_pinged_from_every_adapter() -> None:
    hosts = [vmotion_host(1, 2).with_stack(replace(STACK, gateway_ipv4="10.11.0.254"))]
    pings = planned(hosts, stack="vmotion", pattern="none", targets=["10.20.0.11"], gateway=True)
    assert [(ping.device, ping.target) for ping in pings] == [
        ("vmk1", "10.20.0.11"),
        ("vmk1", "10.11.0.254"),
        ("vmk2", "10.20.0.11"),
        ("vmk2", "10.11.0.254"),
    ]


STACK = next(stack for stack in host().stacks if stack.name == "vmotion")


def test_the_adapters_own_gateway_goes_before_the_stacks() -> None:
    own = Adapter("vmk1", VMOTION, stack="vmotion", ipv4="10.11.0.1/22", gateway_ipv4="10.11.3.1")
    routed = host(VMK0, own).with_stack(replace(STACK, gateway_ipv4="10.11.3.254"))
    (ping,) = planned([routed], stack="vmotion", pattern="none", gateway=True)
    assert (ping.target, ping.size, ping.dont_fragment) == ("10.11.3.1", 56, False)


@pytest.mark.parametrize(
    ("address", "options", "size", "dont_fragment"),
    [
        ({"ipv4": "10.11.0.1/22"}, {}, 8972, True),
        ({"ipv6": ("fd00::1/64",)}, {}, 8952, False),
        ({"ipv4": "10.11.0.1/22"}, {"size": 1322}, 1322, True),
        ({"ipv4": "10.11.0.1/22"}, {"dont_fragment": False}, 8972, False),
    ],
)
def test_packets_are_as_large_as_the_mtu_allows(
    address: dict[str, Any], options: dict[str, Any], size: int, dont_fragment: bool
) -> None:
    hosts = [
        host(VMK0, Adapter("vmk1", VMOTION, stack="vmotion", mtu=9000, **address), number=number) for number in (1, 2)
    ]
    ping = planned(hosts, stack="vmotion", **options)[0]
    assert (ping.size, ping.dont_fragment) == (size, dont_fragment)


@pytest.mark.parametrize(
    ("options", "devices"),
    [
        ({"service": "vmotion"}, {"vmk1"}),
        ({"service": "management"}, {"vmk0"}),
        ({"service": "vSphereReplication"}, {"vmk0"}),
        ({"stack": "defaultTcpipStack"}, {"vmk0"}),
        ({"device": "vmk1"}, {"vmk1"}),
    ],
)
def test_pings_leave_from_the_adapters_that_really_carry_the_traffic(
    options: dict[str, Any], devices: set[str]
) -> None:
    pings = planned([vmotion_host(1), vmotion_host(2)], **options)
    assert {ping.device for ping in pings} == devices


def test_pings_to_or_from_what_check_mode_only_plans_do_not_run() -> None:
    hosts = [vmotion_host(1), vmotion_host(2, planned=True), vmotion_host(3), vmotion_host(4)]
    pings = planned(hosts, stack="vmotion")
    assert [ping.planned for ping in pings] == [True, True, False, False]


@pytest.mark.parametrize("size", [-1, 65508])
def test_sizes_that_no_packet_has_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput, match="is outside 0 to 65507 bytes"):
        wish(device="vmk0", size=size)
