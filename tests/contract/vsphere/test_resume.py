# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that dies at any write and is repeated ends in the same state as a run that nobody disturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from contract.vsphere.reader import Reader, Seen
from contract.vsphere.scenes import place
from contract.vsphere.tasks import Tasks, static

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine import reconcile
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere import client
from lab import Lab

HOSTS = ["esx-a01", "esx-a02"]
Call = Callable[[client.VSphere, Callable[[], Any]], Any]


def addresses(network: int, count: int = 22) -> dict[str, Any]:
    return static({host: f"10.{network}.0.{number}/{count}" for number, host in enumerate(HOSTS, 11)})


PLAY: list[tuple[str, dict[str, Any]]] = [
    ("esxi_netstack", {"stacks": [{"name": "storage", "congestion_control": "cubic"}]}),
    (
        "esxi_vmkernel",
        {
            "adapters": [
                # An adapter of its own for replication; the service moves to it from vmk1.
                {
                    "network": "pg-replication",
                    "ipv4": addresses(13),
                    "services": {"vSphereReplication": True, "vSphereReplicationNFC": True},
                },
                # The stack of vmk1 changes; the new adapter is made before the old one goes.
                {
                    "device": "vmk1",
                    "network": "pg-vmotion",
                    "stack": "vmotion",
                    "mtu": 9000,
                    "ipv4": addresses(11),
                },
                # The same port group and address on another stack: the old one must go first.
                {
                    "network": "std-storage",
                    "stack": "storage",
                    "mtu": 9000,
                    "ipv4": addresses(15),
                },
                {"device": "vmk0", "mtu": 1400},
            ]
        },
    ),
    (
        "esxi_netstack",
        {
            "stacks": [
                {
                    "name": "vmotion",
                    "gateway_ipv4": "10.11.0.1",
                    "routes": [{"network": "172.16.0.0/12", "gateway": "10.11.0.254"}],
                },
                {"name": "storage", "gateway_ipv4": "10.15.0.1"},
            ]
        },
    ),
]
WRITES = {
    "AddVirtualNic": 3,
    "ExecuteSoap": 1,
    "RefreshNetworkSystem": 1,
    "RemoveVirtualNic": 2,
    "SelectVnicForNicType": 2,
    "UpdateNetworkConfig": 4,
    "UpdateVirtualNic": 1,
}
"""What an undisturbed run sends to each host."""
ALL_WRITES = len(HOSTS) * sum(WRITES.values())


class KilledError(BaseException):
    """The process is gone: nothing of ours catches this."""


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """The n-th write is the same one in every run."""
    monkeypatch.setattr(reconcile, "PARALLEL_CHAINS", 1)
    before(lab)


def before(lab: Lab) -> None:
    lab.reset()
    for number, host in enumerate(HOSTS, 11):
        place(lab, "vmk1", "pg-provisioning", f"10.12.0.{number}/22", host=host, services=["vSphereReplication"])
        place(lab, "vmk2", "std-storage", f"10.15.0.{number}/22", host=host)


def play(run: Tasks) -> None:
    for module, options in PLAY:
        run(module, hosts=HOSTS, **options)


def attempt(run: Tasks) -> None:
    """Until the first task that fails."""
    for module, options in PLAY:
        if run.attempt(module, hosts=HOSTS, **options).get("failed"):
            return


def look(lab: Lab) -> dict[str, Seen]:
    reader = Reader(lab, lab.source.port)
    try:
        return {host: named(reader.host(host)) for host in HOSTS}
    finally:
        reader.close()


def named(host: Seen) -> Seen:
    """Which of several new adapters got which number is not part of the wish."""
    adapters = sorted(host["adapters"].values(), key=lambda adapter: str(adapter["ipv4"]))
    return {"adapters": adapters, "stacks": host["stacks"]}


@pytest.fixture(scope="module")
def wanted(running_lab: Lab) -> dict[str, Seen]:
    """The state after a run that nobody disturbed."""
    run = Tasks(running_lab)
    before(running_lab)
    play(run)
    state = look(running_lab)
    assert Counter(run.writes()) == {method: len(HOSTS) * times for method, times in WRITES.items()}
    for host in HOSTS:
        assert [adapter["stack"] for adapter in state[host]["adapters"]] == [
            "defaultTcpipStack",
            "vmotion",
            "defaultTcpipStack",
            "storage",
        ]
    return state


@pytest.mark.parametrize("number", range(1, ALL_WRITES + 1))
def test_killed_after_a_write(
    run: Tasks, lab: Lab, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Seen], number: int
) -> None:
    """Which is before the next one, too."""
    original: Call = client.VSphere.call
    count = 0

    def call(self: client.VSphere, action: Callable[[], Any]) -> Any:
        nonlocal count
        count += 1
        try:
            return original(self, action)
        finally:
            if count == number:
                raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(client.VSphere, "call", call)
        with pytest.raises(KilledError):
            attempt(run)
    play(run)
    assert look(lab) == wanted


@pytest.mark.parametrize("trouble", ["drop_before", "drop_after"])
@pytest.mark.parametrize(
    ("method", "number"),
    [(method, number) for method, times in WRITES.items() for number in range(1, times + 1)],
)
def test_the_connection_breaks_at_a_write(
    run: Tasks, lab: Lab, wanted: dict[str, Seen], trouble: Any, method: str, number: int
) -> None:
    """The first host stops there, and the other one goes on."""
    rule = lab.faults.add(trouble, method=method, nth=number)
    attempt(run)
    assert rule.struck == 1
    play(run)
    assert look(lab) == wanted
