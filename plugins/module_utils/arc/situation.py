# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the situations an agent can be in holds, and what leads out of it: pure functions. (Azure reference 9.8)"""

from __future__ import annotations

from dataclasses import dataclass

# Steps. Those in ON_CONTROLLER are made there, because the server has no credential for them.
INSTALL = "install"
REMOVE_MACHINE = "remove_machine"
RESET = "reset"
RESTART = "restart_services"
CONNECT = "connect"
DISCONNECT = "disconnect"
ON_CONTROLLER = frozenset({REMOVE_MACHINE})

CONNECTED, DISCONNECTED, EXPIRED, AWAITING = "connected", "disconnected", "expired", "awaitingconnection"
STALE = frozenset({DISCONNECTED, EXPIRED})


@dataclass(frozen=True)
class Agent:
    """What the server knows. ``resource_id`` is empty while the agent is not connected.

    ``begun`` is the resource id of a connect that was begun here and never ended.
    """

    installed: bool
    status: str = ""
    resource_id: str = ""
    vm_id: str = ""
    bios_uuid: str = ""
    begun: str = ""
    azure_vm: bool = False


@dataclass(frozen=True)
class InAzure:
    """What Azure knows of the wanted name. ``asked`` False: nobody has looked."""

    asked: bool = False
    found: bool = False
    status: str = ""
    status_reason: str = ""
    vm_id: str = ""
    bios_uuid: str = ""


@dataclass(frozen=True)
class Permits:
    """What an operator allows beyond the harmless: each is off unless it was given."""

    replace_stale: bool = False
    move: bool = False
    reset_clone: bool = False
    new_hardware: bool = False
    azure_vm: bool = False


@dataclass(frozen=True)
class Verdict:
    """``situation`` is a word for programs, ``sentence`` for people. A refusal has no steps."""

    situation: str
    sentence: str
    steps: tuple[str, ...] = ()
    refused: bool = False


def same_id(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def same_hardware(one: str, other: str) -> bool:
    """BIOS UUIDs, in either order of bytes; an unknown one speaks for nothing. (Azure reference 12.3)"""
    if not one or not other:
        return True
    return other.lower() in (one.lower(), swapped(one))


def swapped(uuid: str) -> str:
    """The bytes of the first three groups reversed."""
    groups = uuid.lower().split("-")
    turned = ["".join(reversed([group[at : at + 2] for at in range(0, len(group), 2)])) for group in groups[:3]]
    return "-".join([*turned, *groups[3:]])


def joining(agent: Agent, wanted: str, azure: InAzure, permits: Permits, vm_id: str = "") -> Verdict:
    """The way to ``connected`` under the resource id ``wanted``.

    ``vm_id`` is the identity under which a machine was made for this agent's own key, else empty.
    """
    if agent.azure_vm and not permits.azure_vm:
        return _refusal(
            "azure_vm",
            "the server is a virtual machine in Azure: Azure manages it already, and an Arc agent would collide with "
            "its guest agent",
        )
    if not agent.resource_id:
        return _never_connected(agent, wanted, azure, permits, vm_id)
    if not same_id(agent.resource_id, wanted):
        return _elsewhere(agent, wanted, azure, permits)
    return _here(agent, azure, permits)


def leaving(agent: Agent, azure: InAzure, with_credential: bool) -> Verdict:
    """The way to ``disconnected``; without a credential the machine is removed in Azure on the controller."""
    if not agent.installed or not agent.resource_id:
        return Verdict("disconnected", "the agent is not connected")
    if azure.asked and not azure.found:
        return Verdict("orphan", "the machine is gone in Azure already; the agent is reset locally", (RESET,))
    if with_credential:
        return Verdict("connected", "the agent disconnects, and its machine goes with it", (DISCONNECT,))
    return Verdict("connected", "the agent is reset locally; its machine is removed by the controller", (RESET,))


def _never_connected(agent: Agent, wanted: str, azure: InAzure, permits: Permits, vm_id: str) -> Verdict:
    before = () if agent.installed else (INSTALL,)
    word = "never_connected" if agent.installed else "absent"
    state = "the agent is installed and was never connected" if agent.installed else "the agent is not installed"
    if not azure.found or (vm_id and same_id(azure.vm_id, vm_id)):
        return Verdict(word, state, (*before, CONNECT))
    status = azure.status.lower()
    if status == AWAITING and same_id(agent.begun, wanted):
        said = "a connect was begun here and never ended; its half-made machine is replaced"
        return Verdict("half_created", said, (*before, REMOVE_MACHINE, CONNECT))
    if status in (*STALE, AWAITING) and permits.replace_stale:
        said = f"{state}, and a machine of the wanted name is {azure.status} in Azure; it is replaced"
        return Verdict("name_taken", said, (*before, REMOVE_MACHINE, CONNECT))
    hint = "allow replace_stale if it is this server's own old machine, or " if status in (*STALE, AWAITING) else ""
    return _refusal(
        "name_taken",
        f"{state}, and the wanted name belongs to a machine that is {azure.status} in Azure; {hint}choose another "
        "resource_name",
    )


def _elsewhere(agent: Agent, wanted: str, azure: InAzure, permits: Permits) -> Verdict:
    if permits.reset_clone and not azure.found:
        said = f"the server is a copy; its agent forgets {agent.resource_id} and connects as {wanted}"
        return Verdict("clone", said, (RESET, CONNECT))
    if not permits.move:
        return _refusal(
            "elsewhere",
            f"the agent is connected as {agent.resource_id}, not as {wanted}; allow_move lets it leave that place, "
            "whose extensions and role assignments are lost",
        )
    if azure.found and not (permits.replace_stale and azure.status.lower() in (*STALE, AWAITING)):
        return _refusal(
            "name_taken", f"the wanted name belongs to a machine that is {azure.status} in Azure; choose another"
        )
    said = f"the agent leaves {agent.resource_id} and connects as {wanted}"
    return Verdict("elsewhere", said, (*((REMOVE_MACHINE,) if azure.found else ()), RESET, CONNECT))


def _here(agent: Agent, azure: InAzure, permits: Permits) -> Verdict:
    if azure.asked and not azure.found:
        return Verdict("orphan", "the machine was removed in Azure; the agent connects again", (RESET, CONNECT))
    if azure.found and agent.vm_id and not same_id(azure.vm_id, agent.vm_id):
        return _refusal(
            "name_taken",
            f"the machine in Azure belongs to another agent ({azure.vm_id}, this one is {agent.vm_id}); choose another "
            "resource_name for this server",
        )
    copied = same_id(azure.status_reason, "Cloned") or not same_hardware(azure.bios_uuid, agent.bios_uuid)
    if copied and not permits.new_hardware:
        return _refusal(
            "clone",
            "the server is a copy of the one that Azure knows, or has moved to other hardware; allow new_hardware if "
            "the original is off, or reset_clone and another resource_name if this one is the copy",
        )
    if EXPIRED in (agent.status.lower(), azure.status.lower()):
        said = "the identity has expired, after more than 45 days without contact; the agent connects anew"
        return Verdict("expired", said, (*((REMOVE_MACHINE,) if azure.found else ()), RESET, CONNECT))
    if DISCONNECTED in (agent.status.lower(), azure.status.lower()):
        said = "the agent is connected and does not report; its services are restarted"
        return Verdict("silent", said, (RESTART,))
    return Verdict("connected", "the agent is connected as wanted")


def _refusal(situation: str, sentence: str) -> Verdict:
    return Verdict(situation, sentence, (), refused=True)
