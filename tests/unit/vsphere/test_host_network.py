# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.vsphere.example_hosts import STORAGE, VMK0, VMOTION, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import (
    Adapter,
    Dns,
    Host,
    Network,
    Route,
    Stack,
)

DEFAULT = "defaultTcpipStack"


@pytest.mark.parametrize(
    ("adapter", "address", "reached"),
    [
        ({"ipv4": "10.0.0.5/24"}, "10.0.0.1", True),
        ({"ipv4": "10.0.0.5/24"}, "10.0.1.1", False),
        ({"ipv4": "10.0.0.5/24"}, "fd00::1", False),
        ({"dhcp": True}, "10.99.0.1", True),
        ({"dhcp": True, "ipv4": "10.0.0.5/24"}, "10.99.0.1", False),
        ({"dhcp": True}, "fd00::1", False),
        ({"ipv6": ("fd00::5/64",)}, "fd00::1", True),
        ({"ipv6": ("fd00::5/64",)}, "fd01::1", False),
        ({"ipv6": ("fd00::5/64", "fd01::5/64")}, "fd01::1", True),
        ({"ipv4": "10.0.0.5/24"}, "fe80::1", True),
        ({"ipv6_autoconf": True}, "fd01::1", True),
        ({"ipv6_dhcp": True}, "fd01::1", True),
        ({}, "10.0.0.1", False),
    ],
)
def test_an_adapter_reaches_its_neighbours(adapter: dict[str, Any], address: str, reached: bool) -> None:
    assert Adapter("vmk1", VMOTION, **adapter).reaches(address) is reached


@given(st.ip_addresses(v=4), st.integers(1, 30), st.ip_addresses(v=4))
def test_a_neighbour_is_an_address_of_the_same_network(own: Any, prefix: int, other: Any) -> None:
    interface = ipaddress.ip_interface(f"{own}/{prefix}")
    adapter = Adapter("vmk1", VMOTION, ipv4=str(interface))
    assert adapter.reaches(str(other)) is (other in interface.network)


@given(st.sets(st.integers(0, 12), min_size=1))
def test_a_new_adapter_gets_the_lowest_free_name(numbers: set[int]) -> None:
    taken = host(*(Adapter(f"vmk{number}", VMOTION) for number in numbers))
    free = int(taken.next_device().removeprefix("vmk"))
    assert free not in numbers
    assert all(number in numbers for number in range(free))


@pytest.mark.parametrize(
    ("stack", "left"),
    [
        ("vmotion", ("management", "vSphereProvisioning")),
        ("vSphereProvisioning", ("management", "vmotion")),
        ("custom", ("management", "vSphereProvisioning", "vmotion")),
        (DEFAULT, ("management", "vSphereProvisioning", "vmotion")),
    ],
)
def test_an_adapter_on_a_dedicated_stack_takes_its_service_away(stack: str, left: tuple[str, ...]) -> None:
    before = host(Adapter("vmk0", VMOTION, services=("management", "vSphereProvisioning", "vmotion")))
    after = before.with_adapter(Adapter("vmk1", VMOTION, stack=stack))
    kept = after.adapter("vmk0")
    assert kept is not None
    assert kept.services == left


def test_other_adapters_of_the_dedicated_stack_keep_the_service() -> None:
    before = host(Adapter("vmk1", VMOTION, stack="vmotion", services=("vmotion",)))
    after = before.with_adapter(Adapter("vmk2", VMOTION, stack="vmotion", services=("vmotion",)))
    assert [adapter.services for adapter in after.on_stack("vmotion")] == [("vmotion",)] * 2


def test_a_stack_is_active_while_it_has_an_adapter() -> None:
    with_one = host().with_adapter(Adapter("vmk1", VMOTION, stack="vmotion"))
    without = with_one.without_adapter("vmk1")
    assert [stack.active for stack in (with_one.stack("vmotion"), without.stack("vmotion")) if stack] == [True, False]


def test_an_adapter_takes_the_place_of_the_one_with_its_name() -> None:
    changed = host(VMK0, Adapter("vmk10", STORAGE), Adapter("vmk2", STORAGE)).with_adapter(
        Adapter("vmk2", STORAGE, mtu=9000)
    )
    assert [(adapter.device, adapter.mtu) for adapter in changed.adapters] == [
        ("vmk0", 1500),
        ("vmk2", 9000),
        ("vmk10", 1500),
    ]


def test_stacks_come_and_go_in_the_order_of_their_names() -> None:
    more = host().with_stack(Stack("backup")).with_stack(Stack("backup", max_connections=5))
    assert [stack.name for stack in more.stacks] == ["backup", DEFAULT, "vSphereProvisioning", "vmotion"]
    assert more.without_stack("backup") == host()


NAMES = st.text(alphabet="abcxyz-", min_size=1, max_size=6)
FLAG = st.booleans()
TEXTS = st.lists(NAMES, max_size=2).map(tuple)
MAYBE = st.none() | NAMES
NUMBER = st.none() | st.integers(1280, 9000)
WHOLE_NETWORKS = st.builds(
    Network, type=NAMES, name=NAMES, key=NAMES, switch=MAYBE, switch_uuid=MAYBE, opaque_type=MAYBE, mtu=NUMBER
)
ADAPTERS = st.builds(
    Adapter,
    device=st.integers(0, 20).map("vmk{}".format),
    network=st.none() | WHOLE_NETWORKS,
    stack=NAMES,
    dhcp=FLAG,
    ipv4=MAYBE,
    ipv6=TEXTS,
    ipv6_autoconf=FLAG,
    ipv6_dhcp=FLAG,
    gateway_ipv4=MAYBE,
    gateway_ipv6=MAYBE,
    mtu=st.integers(1280, 9000),
    mac=MAYBE,
    services=TEXTS,
    owner=MAYBE,
    planned=FLAG,
)
WHOLE_STACKS = st.builds(
    Stack,
    name=NAMES,
    active=FLAG,
    gateway_ipv4=MAYBE,
    gateway_ipv6=MAYBE,
    dns=st.builds(Dns, servers=TEXTS, search_domains=TEXTS, domain=NAMES, host_name=NAMES, adapter=MAYBE),
    routes=st.lists(st.builds(Route, network=NAMES, gateway=NAMES), max_size=2).map(tuple),
    congestion_control=MAYBE,
    max_connections=NUMBER,
    planned=FLAG,
)
HOSTS = st.builds(
    Host,
    name=NAMES,
    moid=NAMES,
    datacenter=NAMES,
    cluster=MAYBE,
    connection_state=NAMES,
    version=MAYBE,
    adapters=st.lists(ADAPTERS, max_size=2).map(tuple),
    stacks=st.lists(WHOLE_STACKS, max_size=2).map(tuple),
    networks=st.lists(WHOLE_NETWORKS, max_size=2).map(tuple),
    offered_services=TEXTS,
    network_system=NAMES,
    vnic_manager=NAMES,
    vsan_system=MAYBE,
    planned=FLAG,
)


@given(HOSTS)
def test_a_saved_host_comes_back_as_it_was(original: Host) -> None:
    restored = Host.from_saved(json.loads(json.dumps(original.saved())))
    assert restored == original
    assert restored.saved() == original.saved()
    assert hash(restored) == hash(original)


def test_facts_of_a_planned_host_say_so() -> None:
    assert host(planned=True).facts()["planned"] is True
    assert "planned" not in host().facts()


def test_a_host_that_is_away_carries_nothing_as_far_as_anybody_knows() -> None:
    assert host(connection_state="notResponding").facts()["carriers"] == {}
