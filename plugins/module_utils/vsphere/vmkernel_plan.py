# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for the VMkernel adapters of one host.

Order of the writes: adapters are created and changed, services enabled, services disabled, adapters removed. So a
service that moves to another adapter is never without one. Only a service that a stack of its own still carries can be
enabled elsewhere no sooner than that stack's adapters are removed. (vSphere reference 6.4, 7, 8.4)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial

from ..engine.plan import Action, Chain, Change, Facts, Step, differing
from .host_network import DEFAULT_MTU, DEFAULT_STACK, SERVICE_OF_STACK, Adapter, Host, Network
from .inventory import there_is
from .problems import Problems
from .vmkernel_checks import Guard, check_adapter, check_host, exclude_each_other, missing_statements
from .vmkernel_match import Match, match, resolve_network
from .vmkernel_options import WantedAdapter
from .vmkernel_writes import VmkernelWriter

KIND = "VMkernel adapter"
VSAN = "vsan"


class Phase(IntEnum):
    """When a write happens. ENABLE_FREED is for services that an adapter on their own stack held until its removal."""

    CHANGE = 0
    ENABLE = 1
    DISABLE = 2
    REMOVE = 3
    ENABLE_FREED = 4


@dataclass(frozen=True)
class Write:
    phase: Phase
    call: Callable[[], str | None]


@dataclass(frozen=True)
class Edit:
    """One adapter to create (no ``actual``), remove (no ``target``), change, or replace (another stack)."""

    actual: Adapter | None
    target: Adapter | None
    notes: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        if self.actual is None:
            return "create"
        if self.target is None:
            return "remove"
        return "update" if self.actual.stack == self.target.stack else "replace"

    @property
    def removes_first(self) -> bool:
        """Whether the old adapter must make room for the new one."""
        return self.actual is not None and self.target is not None and exclude_each_other(self.actual, self.target)


class HostPlan:
    """Builds the chain of one host; what is impossible goes to ``problems``."""

    def __init__(self, host: Host, writer: VmkernelWriter, guard: Guard, problems: Problems) -> None:
        self._host = host
        self._after = host
        self._writer = writer
        self._guard = guard
        self._problems = problems
        self._edits: list[Edit] = []
        self._claimed: dict[str, str] = {}
        # Adapters that are removed only after the new ones are made, so that their names are not free for these.
        self._leaving: set[str] = set()

    def chain(self, wanted: Sequence[WantedAdapter]) -> Chain:
        for entry in sorted(wanted, key=lambda entry: entry.absent):
            found = self._find(entry, wanted)
            if found is None:
                continue
            if entry.absent:
                self._remove(found.adapter)
            else:
                self._settle(entry, found)
                self._remove(found.superseded)
        check_host(self._host, self._after, self._problems)
        self._check_room()
        return self._assemble()

    def _find(self, entry: WantedAdapter, wanted: Sequence[WantedAdapter]) -> Match | None:
        before = self._problems.count(self._host.name)
        network = resolve_network(entry, self._host, self._problems)
        if self._problems.count(self._host.name) > before:
            return None
        found = match(entry, [other for other in wanted if other is not entry], self._host, network)
        if len(found) > 1:
            devices = ", ".join(one.adapter.device for one in found if one.adapter)
            self._problems.add(self._host.name, f"{entry.label} could mean any of {devices}; give device")
            return None
        for adapter in (found[0].adapter, found[0].superseded):
            other = self._claimed.setdefault(adapter.device, entry.label) if adapter else entry.label
            if adapter and other != entry.label:
                self._problems.add(
                    self._host.name, f"{other} and {entry.label} both mean {adapter.device}; give device"
                )
                return None
        return found[0]

    def _settle(self, entry: WantedAdapter, found: Match) -> None:
        actual = found.adapter
        if actual is None and found.network is None:
            known = there_is(adapter.device for adapter in self._host.adapters)
            self._problems.add(
                self._host.name,
                f"{entry.label} does not exist there ({known}); give network as well, so that it can be created",
            )
            return
        target = self._target(entry, actual, found.network)
        if target is None:
            return
        edit = Edit(actual, target)
        if edit.action == "replace":
            edit, after = self._replacement(entry, edit)
            self._after = after
        if edit.target is None:
            return
        check_adapter(entry, edit.target, edit.actual, self._host, self._problems)
        if edit.actual:
            self._guard.check(self._host, edit.actual, edit.target, entry.label, self._problems)
        self._after = self._after.with_adapter(edit.target)
        stack = self._host.stack(edit.target.stack)
        if stack and stack.planned and edit.action in ("create", "replace"):
            edit = replace(edit, notes=(*edit.notes, f"on stack {stack.name}, which an earlier task would create"))
        self._edits.append(edit)

    def _target(self, entry: WantedAdapter, actual: Adapter | None, network: Network | None) -> Adapter | None:
        """The adapter as it shall be: what is stated, and everything else as it is."""
        base = actual or Adapter(device=self._after.next_device(self._leaving), network=network, planned=True)
        stack = entry.stack or base.stack
        # As this plan leaves them so far: another entry's adapter may already have taken a service away.
        current = self._after.adapter(base.device)
        services = set(current.services) if current and stack == base.stack else set()
        services = (services | {name for name, on in entry.services.items() if on}) - {
            name for name, on in entry.services.items() if not on
        }
        if stack != DEFAULT_STACK:
            services = {SERVICE_OF_STACK[stack]} if stack in SERVICE_OF_STACK else set()
        target = replace(
            base,
            network=network or base.network,
            stack=stack,
            services=tuple(sorted(services)),
            mtu=entry.mtu or base.mtu,
            gateway_ipv4=_stated(entry.gateway_ipv4, base.gateway_ipv4),
            gateway_ipv6=_stated(entry.gateway_ipv6, base.gateway_ipv6),
            ipv6_autoconf=base.ipv6_autoconf if entry.ipv6_autoconf is None else entry.ipv6_autoconf,
            ipv6_dhcp=base.ipv6_dhcp if entry.ipv6_dhcp is None else entry.ipv6_dhcp,
        )
        return self._addressed(entry, base, target)

    def _addressed(self, entry: WantedAdapter, base: Adapter, target: Adapter) -> Adapter | None:
        host = self._host.name
        if entry.dhcp is None and base.planned and base.ipv4 is None and not base.dhcp and not entry.ipv6:
            self._problems.add(host, f"{entry.label} is new there and needs ipv4 or ipv6 addresses")
            return None
        if entry.dhcp:
            target = replace(target, dhcp=True, ipv4=base.ipv4 if base.dhcp else None)
        elif entry.dhcp is False:
            address = entry.ipv4_of(host)
            if address is None:
                self._problems.add(host, f"{entry.label} has no address for this host in ipv4.addresses")
                return None
            target = replace(target, dhcp=False, ipv4=address)
        if entry.ipv6 is not None:
            addresses = entry.ipv6_of(host)
            if addresses is None:
                self._problems.add(host, f"{entry.label} has no entry for this host in ipv6.addresses")
                return None
            target = replace(target, ipv6=addresses)
        return target

    def _replacement(self, entry: WantedAdapter, edit: Edit) -> tuple[Edit, Host]:
        """A stack cannot be changed in place: the adapter is made anew, under the name the host will give."""
        old, new = edit.actual, edit.target
        if old is None or new is None:
            raise ValueError("only an existing adapter can be replaced")
        if edit.removes_first:
            unstated = missing_statements(entry, old)
            if unstated:
                self._problems.add(
                    self._host.name,
                    f"{old.device} must be removed before it can be created on stack {new.stack}; state also "
                    f"{', '.join(unstated)} in {entry.label}, so that an interrupted run can be completed",
                )
            after = self._after.without_adapter(old.device)
            note = "removed, then created again: the stack of an adapter cannot be changed in place"
        else:
            if entry.network is None:
                self._problems.add(
                    self._host.name,
                    f"{old.device} is created anew on stack {new.stack} under another name; state also network in "
                    f"{entry.label}, so that the next run finds it",
                )
            after = self._after
            self._leaving.add(old.device)
            note = "created anew before the old one is removed: the stack of an adapter cannot be changed in place"
        made = replace(new, device=after.next_device(self._leaving), mac=None, planned=True)
        return Edit(old, made, (note,)), after.without_adapter(old.device)

    def _remove(self, adapter: Adapter | None) -> None:
        if adapter is None:
            return
        self._guard.check(self._host, adapter, None, adapter.device, self._problems)
        self._after = self._after.without_adapter(adapter.device)
        self._leaving.add(adapter.device)
        self._edits.append(Edit(adapter, None))

    def _check_room(self) -> None:
        """Adapters are written one after the other: none may need what another one still holds at its turn."""
        there = {adapter.device: adapter for adapter in self._host.adapters}
        for edit in self._edits:
            if edit.target is None:
                continue
            if edit.actual and (edit.action == "update" or edit.removes_first):
                there.pop(edit.actual.device, None)
            for other in there.values():
                had = edit.actual is not None and exclude_each_other(edit.actual, other)
                final = self._after.adapter(other.device)
                # What would still be so in the end is told by the checks of the outcome.
                for_now = final is None or not exclude_each_other(edit.target, final)
                if other != edit.actual and for_now and not had and exclude_each_other(edit.target, other):
                    self._problems.add(
                        self._host.name,
                        f"{edit.target.device} cannot be written while {other.device} holds its address or its "
                        f"standard port group; change {other.device} in a task before this one",
                    )
            there[edit.target.device] = edit.target

    def _assemble(self) -> Chain:
        """Changes in the order the user wrote them, their steps in the order that is safe."""
        steps: list[tuple[Phase, Step]] = []
        changes = []
        for edit in self._edits:
            change = self._change(edit)
            if change is None:
                continue
            changes.append(change)
            steps += [(write.phase, Step(change, write.call)) for write in self._writes(edit)]
        changes += self._side_effects()
        ordered = tuple(step for _phase, step in sorted(steps, key=lambda timed: timed[0]))
        return Chain(self._host.name, tuple(changes), ordered, outcome=self._after)

    def _change(self, edit: Edit) -> Change | None:
        final = self._after.adapter(edit.target.device) if edit.target else None
        before = _shown(edit.actual) if edit.actual else {}
        after = _shown(final) if final else {}
        if edit.actual and final:
            before, after = differing(edit.actual.facts(), final.facts())
            if not after:
                return None
        named = edit.actual or final
        name = f"{self._host.name}/{named.device if named else ''}"
        return Change(edit.action, KIND, name, before, after, edit.notes)

    def _writes(self, edit: Edit) -> list[Write]:
        writer, old, new = self._writer, edit.actual, edit.target
        if new is None:
            return [self._removal(edit, Phase.REMOVE)]
        creation = Write(Phase.CHANGE, partial(writer.create if old is None else writer.create_again, new))
        if old is None:
            writes = [creation]
        elif edit.action == "replace":
            writes = (
                [self._removal(edit, Phase.CHANGE), creation]
                if edit.removes_first
                else [creation, self._removal(edit, Phase.REMOVE)]
            )
        elif replace(old, services=()) != replace(new, services=()):
            writes = [Write(Phase.CHANGE, partial(writer.update, old, new))]
        else:
            writes = []
        return writes + self._service_writes(edit, new)

    def _removal(self, edit: Edit, phase: Phase) -> Write:
        device = edit.actual.device if edit.actual else ""
        return Write(phase, partial(self._writer.remove, device))

    def _service_writes(self, edit: Edit, new: Adapter) -> list[Write]:
        if new.stack != DEFAULT_STACK:
            return []  # the stack itself decides which service its adapters carry
        writer = self._writer
        had = set(edit.actual.services) if edit.actual and edit.action == "update" else set()
        have = set(new.services)
        gained = sorted(have - had - {VSAN})
        lost = sorted(had - have - {VSAN} - self._taken_by_host())
        held = {SERVICE_OF_STACK.get(adapter.stack) for adapter in self._host.adapters}
        writes: list[Write] = [
            Write(Phase.ENABLE_FREED if service in held else Phase.ENABLE, partial(writer.select, service, new.device))
            for service in gained
        ]
        writes += [Write(Phase.DISABLE, partial(writer.deselect, service, new.device)) for service in lost]
        if VSAN in have ^ had:
            devices = [adapter.device for adapter in self._after.adapters if VSAN in adapter.services]
            writes.append(Write(Phase.ENABLE, partial(writer.set_vsan_adapters, devices)))
        return writes

    def _taken_by_host(self) -> set[str]:
        """Services that leave the default stack by themselves, because this plan puts an adapter on their stack."""
        stacks = {edit.target.stack for edit in self._edits if edit.target and edit.action in ("create", "replace")}
        return {SERVICE_OF_STACK[stack] for stack in stacks if stack in SERVICE_OF_STACK}

    def _side_effects(self) -> list[Change]:
        touched = {edit.actual.device for edit in self._edits if edit.actual}
        effects = []
        for adapter in self._host.adapters:
            after = self._after.adapter(adapter.device)
            if adapter.device not in touched and after is not None and after != adapter:
                before, now = differing(adapter.facts(), after.facts())
                note = "done by the host itself: an adapter on a stack of its own takes the service from the others"
                effects.append(Change("update", KIND, f"{self._host.name}/{adapter.device}", before, now, (note,)))
        return effects


def _stated(option: str | None, actual: str | None) -> str | None:
    return actual if option is None else option or None


def _shown(adapter: Adapter) -> Facts:
    """What is worth reading of a whole adapter: the basics, and everything that is not the default."""
    blank = Adapter(adapter.device, None, mtu=DEFAULT_MTU).facts()
    basics = ("device", "network", "switch", "stack", "mtu")
    return {
        name: value
        for name, value in adapter.facts().items()
        if name in basics or (value != blank[name] and name != "mac")
    }
