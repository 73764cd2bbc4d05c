# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for one host: whatever was there and whatever is wanted, the writes lead where the plan says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.vsphere.example_hosts import MANAGEMENT, PROVISIONING, STORAGE, VMK0, VMOTION, host, option
from unit.vsphere.simulated_host import SimulatedHost

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.plan import Chain
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import Adapter, Host, Stack
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_checks import Guard, check_addresses
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_options import (
    WantedAdapter,
    parse_adapters,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_plan import Edit, HostPlan
from ansible_collections.hybridcloud.mobility.plugins.modules.esxi_vmkernel import JOB

STACKS = ("defaultTcpipStack", "vmotion", "vSphereProvisioning", "backup")
SERVICES = ("vmotion", "vSphereReplication")
Case = tuple[Host, list[dict[str, Any]]]
ADDRESSES = ("10.11.0.1/22", "10.11.0.2/22", "10.11.0.3/22")


@st.composite
def hosts(draw: Callable[..., Any]) -> Host:
    """vmk0 for management, and up to two others."""
    made = host(VMK0).with_stack(Stack("backup"))
    for number in range(1, draw(st.integers(0, 2)) + 1):
        network = draw(st.sampled_from([VMOTION, PROVISIONING, STORAGE]))
        if network == STORAGE and any(adapter.network == STORAGE for adapter in made.adapters):
            network = VMOTION
        stack = draw(st.sampled_from(STACKS))
        services = draw(st.sets(st.sampled_from(SERVICES))) if stack == STACKS[0] else {stack} & {*STACKS[1:3]}
        if made.on_stack("vmotion") and stack == STACKS[0]:
            services -= {"vmotion"}
        made = made.with_adapter(
            Adapter(
                f"vmk{number}",
                network,
                stack=stack,
                ipv4=ADDRESSES[number - 1],
                mtu=draw(st.sampled_from([1500, 9000])),
                services=tuple(sorted(services)),
            )
        )
    return made


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def wishes(draw: Callable[..., Any], before: Host) -> dict[str, Any]:
    """An entry for an adapter that is there, by its name, or for one in a network."""
    network = draw(st.sampled_from(["pg-vmotion", "pg-provisioning", "std-storage"]))
    device = draw(maybe(st.sampled_from([adapter.device for adapter in before.adapters])))
    return {
        "device": device,
        "network": draw(maybe(st.just(network))) if device else network,
        "state": draw(st.sampled_from(["present", "present", "present", "absent"])),
        "stack": draw(maybe(st.sampled_from(STACKS))),
        "ipv4": draw(maybe(st.sampled_from(ADDRESSES).map(static))),
        "mtu": draw(maybe(st.sampled_from([1500, 9000]))),
        "services": draw(maybe(st.dictionaries(st.sampled_from(SERVICES), st.booleans(), max_size=2))),
    }


def static(address: str) -> dict[str, Any]:
    return {"mode": "static", "addresses": {"esx-a01": address}}


CASES = hosts().flatmap(lambda before: st.tuples(st.just(before), st.lists(wishes(before), min_size=1, max_size=2)))


def plan(before: Host, writer: SimulatedHost, wanted: Sequence[WantedAdapter]) -> Chain:
    problems = Problems()
    guard = Guard(allow=False, connected_to="vcenter")
    chain = HostPlan(before, writer, guard, problems).chain(wanted)  # type: ignore[arg-type]  # a stand-in
    check_addresses([before], [chain.outcome], problems)
    problems.refuse()
    return chain


def apply(before: Host, wanted: Sequence[WantedAdapter], most: int = 1000) -> Host:
    """The host after a run that dies after so many writes."""
    simulated = SimulatedHost(before)
    for step in plan(before, simulated, wanted).steps[:most]:
        step.write()
    return simulated.host


def parsed(*entries: dict[str, Any]) -> list[WantedAdapter]:
    return parse_adapters(option(JOB, "adapters", list(entries)))


def possible(before: Host, entries: list[dict[str, Any]]) -> tuple[list[WantedAdapter], Chain] | None:
    """The wish and its plan, or None where it is refused."""
    try:
        wanted = parsed(*entries)
        return wanted, plan(before, SimulatedHost(before), wanted)
    except InvalidInput:
        return None


def without_names(state: Host) -> set[Adapter]:
    return {replace(adapter, device="", planned=False, mac=None) for adapter in state.adapters}


@settings(max_examples=200)
@given(CASES)
def test_the_writes_lead_to_the_outcome_that_was_planned(case: Case) -> None:
    before, _entries = case
    accepted = possible(*case)
    if accepted:
        wanted, chain = accepted
        assert [replace(adapter, planned=False) for adapter in apply(before, wanted).adapters] == [
            replace(adapter, planned=False) for adapter in chain.outcome.adapters
        ]


@settings(max_examples=200)
@given(CASES)
def test_a_second_run_has_nothing_to_do(case: Case) -> None:
    accepted = possible(*case)
    if accepted:
        wanted, chain = accepted
        after = chain.outcome
        assert plan(after, SimulatedHost(after), wanted).changes == ()


@settings(max_examples=200)
@given(CASES)
def test_a_run_that_dies_between_two_writes_and_is_repeated_ends_in_the_same_state(case: Case) -> None:
    before, _entries = case
    accepted = possible(*case)
    if accepted:
        wanted, chain = accepted
        for writes in range(len(chain.steps)):
            assert without_names(apply(apply(before, wanted, writes), wanted)) == without_names(chain.outcome)


@settings(max_examples=200)
@given(CASES)
def test_every_change_is_there_for_a_difference_and_every_difference_has_its_change(case: Case) -> None:
    before, _entries = case
    accepted = possible(*case)
    if accepted:
        _wanted, chain = accepted
        assert bool(chain.changes) == (without_names(before) != without_names(chain.outcome))
        assert all(step.change in chain.changes for step in chain.steps)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"ipv4": "10.0.0.1/24"}, {"ipv4": "10.0.0.1/24"}, True),
        ({"ipv4": "10.0.0.1/24"}, {"ipv4": "10.0.0.1/25"}, True),
        ({"ipv4": "10.0.0.1/24"}, {"ipv4": "10.0.0.2/24"}, False),
        ({"ipv6": ("fd00::1/64",)}, {"ipv6": ("fd00::2/64", "fd00::1/64")}, True),
        ({"ipv4": None, "dhcp": True}, {"ipv4": None, "dhcp": True}, False),
        ({"ipv4": "10.0.0.1/24", "network": STORAGE}, {"ipv4": "10.0.0.2/24", "network": STORAGE}, True),
        ({"ipv4": "10.0.0.1/24", "network": STORAGE}, {"ipv4": "10.0.0.2/24", "network": MANAGEMENT}, False),
    ],
    ids=["address", "address with another prefix", "new address", "IPv6", "DHCP", "standard port group", "another one"],
)
def test_what_a_host_does_not_take_twice_is_removed_first(
    old: dict[str, Any], new: dict[str, Any], expected: bool
) -> None:
    actual = Adapter("vmk1", **{"network": VMOTION, **old})
    target = Adapter("vmk1", **{"network": VMOTION, "stack": "vmotion", **new})
    assert Edit(actual, target).removes_first is expected
