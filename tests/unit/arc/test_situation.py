# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the table of situations, and what holds whatever the server and Azure say. (Azure reference 9.8)"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.situation import (
    CONNECT,
    DISCONNECT,
    INSTALL,
    REMOVE_MACHINE,
    RESET,
    RESTART,
    Agent,
    InAzure,
    Permits,
    joining,
    leaving,
    same_hardware,
)

WANTED = "/subscriptions/s/resourceGroups/rg-arc/providers/Microsoft.HybridCompute/machines/app01"
OTHER = WANTED.replace("rg-arc", "rg-old")
VM, OTHER_VM = "cecf6466-3d5c-454e-b93a-ae9c30c06de7", "11111111-3d5c-454e-b93a-ae9c30c06de7"
BIOS, OTHER_BIOS = "38773742-b91d-85eb-a6c5-88b261ec6deb", "99773742-b91d-85eb-a6c5-88b261ec6deb"

MISSING = Agent(installed=False)
INSTALLED = Agent(installed=True, status="Disconnected")
HERE = Agent(True, "Connected", WANTED, VM, BIOS)
NOWHERE = InAzure(asked=True)


def azure(status: str = "Connected", vm_id: str = VM, bios: str = BIOS, reason: str = "") -> InAzure:
    return InAzure(True, True, status, reason, vm_id, bios)


def agent(status: str = "Connected", place: str = WANTED) -> Agent:
    return Agent(True, status, place, VM, BIOS)


STALE, MOVE, CLONE = Permits(replace_stale=True), Permits(move=True), Permits(reset_clone=True)

WAYS = [
    ("agent missing", MISSING, NOWHERE, Permits(), "absent", (INSTALL, CONNECT)),
    ("agent missing, Azure not asked", MISSING, InAzure(), Permits(), "absent", (INSTALL, CONNECT)),
    ("never connected", INSTALLED, NOWHERE, Permits(), "never_connected", (CONNECT,)),
    ("in-box feature", Agent(True, ""), NOWHERE, Permits(), "never_connected", (CONNECT,)),
    ("stale name", INSTALLED, azure("Expired"), STALE, "name_taken", (REMOVE_MACHINE, CONNECT)),
    ("stale name, no agent", MISSING, azure("Disconnected"), STALE, "name_taken", (INSTALL, REMOVE_MACHINE, CONNECT)),
    (
        "begun here and died",
        Agent(True, "Disconnected", begun=WANTED.upper()),
        azure("AwaitingConnection"),
        Permits(),
        "half_created",
        (REMOVE_MACHINE, CONNECT),
    ),
    ("connected as wanted", HERE, azure(), Permits(), "connected", ()),
    ("spelt otherwise", agent(place=WANTED.upper()), azure(), Permits(), "connected", ()),
    ("Azure not asked", HERE, InAzure(), Permits(), "connected", ()),
    ("object deleted", HERE, NOWHERE, Permits(), "orphan", (RESET, CONNECT)),
    ("expired in Azure", HERE, azure("Expired"), Permits(), "expired", (REMOVE_MACHINE, RESET, CONNECT)),
    ("expired here", agent("Expired"), InAzure(), Permits(), "expired", (RESET, CONNECT)),
    ("silent in Azure", HERE, azure("Disconnected"), Permits(), "silent", (RESTART,)),
    ("silent here", agent("Disconnected"), azure(), Permits(), "silent", (RESTART,)),
    ("elsewhere, may move", agent(place=OTHER), NOWHERE, MOVE, "elsewhere", (RESET, CONNECT)),
    (
        "elsewhere, stale name",
        agent(place=OTHER),
        azure("Expired", OTHER_VM),
        Permits(move=True, replace_stale=True),
        "elsewhere",
        (REMOVE_MACHINE, RESET, CONNECT),
    ),
    ("copy with its own name", agent(place=OTHER), NOWHERE, CLONE, "clone", (RESET, CONNECT)),
    ("moved hardware", HERE, azure(bios=OTHER_BIOS), Permits(new_hardware=True), "connected", ()),
    ("evaluation in Azure", Agent(True, azure_vm=True), NOWHERE, Permits(azure_vm=True), "never_connected", (CONNECT,)),
]
REFUSALS = [
    ("Azure VM", Agent(False, azure_vm=True), NOWHERE, Permits(), "azure_vm"),
    ("Azure VM, connected", Agent(True, "Connected", WANTED, VM, BIOS, azure_vm=True), azure(), Permits(), "azure_vm"),
    ("name in use", INSTALLED, azure(), STALE, "name_taken"),
    ("name stale, not permitted", MISSING, azure("Expired"), Permits(), "name_taken"),
    ("half made by another", INSTALLED, azure("AwaitingConnection"), Permits(), "name_taken"),
    ("another agent's machine", HERE, azure(vm_id=OTHER_VM), STALE, "name_taken"),
    ("elsewhere", agent(place=OTHER), NOWHERE, Permits(), "elsewhere"),
    ("elsewhere, name in use", agent(place=OTHER), azure(vm_id=OTHER_VM), MOVE, "name_taken"),
    ("clone by hardware", HERE, azure(bios=OTHER_BIOS), Permits(), "clone"),
    ("clone by Azure", HERE, azure(reason="Cloned"), CLONE, "clone"),
]


@pytest.mark.parametrize(
    ("name", "server", "there", "permits", "situation", "steps"), WAYS, ids=[row[0] for row in WAYS]
)
def test_a_situation_has_its_way_out(
    name: str, server: Agent, there: InAzure, permits: Permits, situation: str, steps: tuple[str, ...]
) -> None:
    verdict = joining(server, WANTED, there, permits)
    assert (verdict.situation, verdict.steps, verdict.refused) == (situation, steps, False)


@pytest.mark.parametrize(
    ("name", "server", "there", "permits", "situation"), REFUSALS, ids=[row[0] for row in REFUSALS]
)
def test_what_could_harm_another_server_is_refused(
    name: str, server: Agent, there: InAzure, permits: Permits, situation: str
) -> None:
    verdict = joining(server, WANTED, there, permits)
    assert (verdict.situation, verdict.steps, verdict.refused) == (situation, (), True)


def test_a_machine_that_was_made_for_this_agents_key_is_no_obstacle() -> None:
    made = azure("AwaitingConnection", vm_id=OTHER_VM.upper(), bios="")
    assert joining(INSTALLED, WANTED, made, Permits(), vm_id=OTHER_VM).steps == (CONNECT,)


@pytest.mark.parametrize(
    ("server", "there", "credential", "steps"),
    [
        (MISSING, NOWHERE, True, ()),
        (INSTALLED, azure(), True, ()),
        (HERE, azure(), True, (DISCONNECT,)),
        (HERE, azure(), False, (RESET,)),
        (HERE, NOWHERE, True, (RESET,)),
        (HERE, InAzure(), True, (DISCONNECT,)),
    ],
)
def test_leaving(server: Agent, there: InAzure, credential: bool, steps: tuple[str, ...]) -> None:
    assert leaving(server, there, credential).steps == steps


def test_bios_uuids_are_the_same_in_either_order_of_bytes() -> None:
    assert same_hardware("38773742-b91d-85eb-a6c5-88b261ec6deb", "42377738-1DB9-EB85-A6C5-88B261EC6DEB")
    assert not same_hardware(BIOS, OTHER_BIOS)


WORDS = st.sampled_from(["", "Connected", "Disconnected", "Expired", "Error", "AwaitingConnection"])
PLACES = st.sampled_from(["", WANTED, WANTED.upper(), OTHER])
IDS = st.sampled_from(["", VM, OTHER_VM])
UUIDS = st.sampled_from(["", BIOS, OTHER_BIOS])
AGENTS = st.builds(Agent, st.booleans(), WORDS, PLACES, IDS, UUIDS, PLACES, st.booleans())
CLOUDS = st.builds(InAzure, st.just(True), st.booleans(), WORDS, st.sampled_from(["", "Cloned"]), IDS, UUIDS)
PERMITS = st.builds(Permits, *([st.booleans()] * 5))


@given(server=AGENTS, there=CLOUDS, permits=PERMITS)
def test_nothing_is_ever_done_to_a_machine_that_reports_as_another_agent(
    server: Agent, there: InAzure, permits: Permits
) -> None:
    verdict = joining(server, WANTED, there, permits)
    if REMOVE_MACHINE in verdict.steps:
        assert there.found
        own = there.vm_id == server.vm_id and server.resource_id.lower() == WANTED.lower()
        assert there.status != "Connected" or own or not server.vm_id


@given(server=AGENTS, there=CLOUDS, permits=PERMITS)
def test_steps_make_sense_in_their_order(server: Agent, there: InAzure, permits: Permits) -> None:
    verdict = joining(server, WANTED, there, permits)
    assert verdict.sentence
    assert not (verdict.refused and verdict.steps)
    assert (INSTALL in verdict.steps) <= (not server.installed)
    assert (RESET in verdict.steps) <= bool(server.resource_id)
    order = [INSTALL, REMOVE_MACHINE, RESET, RESTART, CONNECT]
    assert list(verdict.steps) == sorted(verdict.steps, key=order.index)


@given(server=AGENTS, there=CLOUDS, permits=PERMITS)
def test_an_azure_vm_is_refused_first(server: Agent, there: InAzure, permits: Permits) -> None:
    if server.azure_vm and not permits.azure_vm:
        assert joining(server, WANTED, there, permits).situation == "azure_vm"
