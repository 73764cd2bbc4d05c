# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.vsphere.example_hosts import MANAGEMENT, STORAGE, VMK0, VMOTION, host

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import Adapter, Host
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.vmkernel_checks import (
    Guard,
    check_addresses,
    check_host,
)

PLAIN = Adapter("vmk1", STORAGE, ipv4="10.50.0.11/24", ipv6=("fd00::1/64",))


def problems_of(problems: Problems) -> list[str]:
    try:
        problems.refuse()
    except InvalidInput as refused:
        listed: list[str] = refused.facts["problems"]
        return listed
    return []


def guarded(actual: Adapter, target: Adapter | None, *, allow: bool = False, connected_to: str = "vcenter") -> str:
    problems = Problems()
    Guard(allow, connected_to).check(host(actual), actual, target, "adapters[0]", problems)
    return "; ".join(problems_of(problems))


DANGERS: list[tuple[dict[str, Any] | None, str]] = [
    (None, "remove"),
    ({"stack": "vmotion"}, "replace"),
    ({"network": STORAGE}, "move"),
    ({"ipv4": "10.10.0.99/22"}, "renumber"),
    ({"ipv4": "10.10.0.11/24"}, "renumber"),
    ({"dhcp": True}, "renumber"),
    ({"services": ("vmotion",)}, "disable management on"),
]


@pytest.mark.parametrize(("change", "danger"), DANGERS)
def test_management_is_not_touched_unless_the_user_says_so(change: dict[str, Any] | None, danger: str) -> None:
    target = replace(VMK0, **change) if change is not None else None
    assert guarded(VMK0, target) == (
        f"esx-a01.lab.example: vmk0 carries management; adapters[0] would {danger} it, which needs "
        "allow_management_change: true"
    )
    assert guarded(VMK0, target, allow=True) == ""


@pytest.mark.parametrize(
    "change",
    [{"mtu": 1400}, {"services": ("management",)}, {"ipv6": ("fd00::1/64",)}, {"gateway_ipv4": "10.10.0.1"}],
)
def test_what_does_not_cut_a_host_off_is_free(change: dict[str, Any]) -> None:
    assert guarded(VMK0, replace(VMK0, **change)) == ""


@pytest.mark.parametrize(("change", "danger"), [entry for entry in DANGERS if entry[1] in ("remove", "move")])
def test_other_adapters_may_be_changed(change: dict[str, Any] | None, danger: str) -> None:
    assert guarded(PLAIN, replace(PLAIN, network=VMOTION) if change else None) == ""


@pytest.mark.parametrize("connected_to", ["10.50.0.11", "fd00::1"])
def test_the_adapter_of_a_direct_connection_to_the_host_is_guarded(connected_to: str) -> None:
    assert "carries the address this connection uses" in guarded(PLAIN, None, connected_to=connected_to)


def test_losing_an_ipv6_address_is_renumbering() -> None:
    both = replace(VMK0, ipv6=("fd00::1/64", "fd00::2/64"))
    assert "would renumber it" in guarded(both, replace(both, ipv6=("fd00::1/64",)))


def test_what_nsx_or_vsan_owns_is_never_touched_not_even_when_allowed() -> None:
    owned = replace(PLAIN, owner="NSX")
    assert guarded(owned, None, allow=True) == (
        "esx-a01.lab.example: vmk1 belongs to NSX, so adapters[0] must not remove it"
    )
    assert guarded(owned, replace(owned, mtu=9000)) == ""


def test_an_adapter_that_carries_vsan_is_emptied_first() -> None:
    vsan = replace(PLAIN, services=("vsan",))
    assert guarded(vsan, replace(vsan, network=VMOTION), allow=True) == (
        "esx-a01.lab.example: vmk1 carries vSAN; disable its service vsan before you move it"
    )


def host_problems(before: Host, after: Host) -> list[str]:
    problems = Problems()
    check_host(before, after, problems)
    return problems_of(problems)


def carrying(service: str, *numbers: int) -> Host:
    return host(VMK0, *(Adapter(f"vmk{number}", VMOTION, services=(service,)) for number in numbers))


BOTH = "vmk1 and vmk2 would both carry"


@pytest.mark.parametrize("service", ["faultToleranceLogging", "vSphereProvisioning"])
def test_some_services_are_carried_by_one_adapter(service: str) -> None:
    assert host_problems(carrying(service, 1), carrying(service, 1, 2)) == [
        f"esx-a01.lab.example: {BOTH} {service}, of which a host supports one; disable it on one"
    ]
    assert host_problems(carrying(service, 1), carrying(service, 2)) == []
    assert host_problems(carrying(service, 1, 2), carrying(service, 1, 2)) == []


def test_vmotion_may_be_carried_by_several() -> None:
    assert host_problems(carrying("vmotion", 1), carrying("vmotion", 1, 2, 3)) == []


def test_a_standard_port_group_holds_one_adapter() -> None:
    one, two = host(VMK0, Adapter("vmk1", STORAGE)), host(VMK0, Adapter("vmk1", STORAGE), Adapter("vmk2", STORAGE))
    (problem,) = host_problems(one, two)
    assert problem == (
        "esx-a01.lab.example: vmk1 and vmk2 would both be in std-storage on vSwitch1; a standard port group holds one "
        "adapter"
    )
    assert host_problems(two, two) == []


def addressed(number: int, *addresses: str, **values: Any) -> Host:
    made = [Adapter(f"vmk{place}", **{"network": VMOTION, "ipv4": ip, **values}) for place, ip in enumerate(addresses)]
    return host(*made, number=number)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            [addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.2/24")],
            [addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.1/24")],
            ["esx-a02.lab.example: 10.0.0.1 is already the address of esx-a01.lab.example/vmk0"],
        ),
        (
            [addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.2/24")],
            [addressed(1, "10.0.0.2/24"), addressed(2, "10.0.0.2/24")],
            ["esx-a01.lab.example: 10.0.0.2 is already the address of esx-a02.lab.example/vmk0"],
        ),
        (
            [addressed(1, "10.0.0.1/24")],
            [addressed(1, "10.0.0.1/24", "10.0.0.1/24")],
            ["esx-a01.lab.example: 10.0.0.1 is already the address of esx-a01.lab.example/vmk0"],
        ),
        ([addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.1/24")], None, []),
        (
            [addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.2/24")],
            [addressed(1, "10.0.0.1/24"), addressed(2, "10.0.0.1/24", network=MANAGEMENT)],
            [],
        ),
    ],
    ids=["of another host", "of a later host", "of the same host", "already so before", "in another network"],
)
def test_an_address_is_given_once_in_a_network(
    before: list[Host], after: list[Host] | None, problem: list[str]
) -> None:
    problems = Problems()
    check_addresses(before, before if after is None else after, problems)
    assert problems_of(problems) == problem


def test_a_problem_of_many_hosts_is_told_once() -> None:
    problems = Problems()
    for number in range(1, 33):
        problems.add(f"esx-{number}", "is on fire")
    problems.add("esx-1", "is wet")
    problems.add("esx-2", "is wet")
    assert problems_of(problems) == ["esx-1 and 31 more hosts: is on fire", "esx-1 and 1 more host: is wet"]
