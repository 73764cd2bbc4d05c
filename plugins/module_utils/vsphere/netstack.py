# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP/IP stacks of many hosts as one resource: the work of ``esxi_netstack``. (vSphere reference 8, 9)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from ..connection import Connection
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .client import VSphere
from .host_network import BUILT_IN_STACKS, DEFAULT_STACK, Dns, Host, Route, Stack, new_stack
from .host_reader import HostReader
from .netstack_options import WantedDns, WantedStack, parse_stacks
from .netstack_writes import NetstackWriter
from .problems import Problems

KIND = "TCP/IP stack"


def ensure_stacks(task: Task) -> Facts:
    """Bring the stacks of all selected hosts to what ``stacks`` says; see the module's RETURN for the result."""
    wanted = parse_stacks(task.params["stacks"])
    with VSphere(Connection.from_params(task.params), task.run, task.redactor) as server:
        reader = HostReader(server, task)
        stacks = Netstacks(reader, wanted, allow_management_change=task.params["allow_management_change"])
        shared = reconcile(stacks, check=task.check, progress=task.progress)
    return {**shared, **reader.selected()}


class Netstacks:
    """What the engine reconciles: one chain of changes for each host."""

    def __init__(self, reader: HostReader, wanted: Sequence[WantedStack], *, allow_management_change: bool) -> None:
        self._reader = reader
        self._wanted = wanted
        self._allow = allow_management_change

    def read(self, names: Collection[str] | None = None) -> list[Host]:
        return self._reader.read(names)

    def plan(self, hosts: Sequence[Host]) -> list[Chain]:
        problems = Problems()
        chains = [
            HostPlan(host, NetstackWriter(self._reader.server, host), problems, self._allow).chain(self._wanted)
            for host in hosts
        ]
        problems.refuse()
        return chains

    def pretend(self, chains: Sequence[Chain]) -> None:
        self._reader.pretend(chains)

    def forget(self, chains: Sequence[Chain]) -> None:
        self._reader.forget(chains)


class HostPlan:
    """Builds the chain of one host; what is impossible goes to ``problems``."""

    def __init__(self, host: Host, writer: NetstackWriter, problems: Problems, allow_management_change: bool) -> None:
        self._host = host
        self._after = host
        self._writer = writer
        self._problems = problems
        self._allow = allow_management_change
        self._changes: list[Change] = []
        self._steps: list[Step] = []

    def chain(self, wanted: Sequence[WantedStack]) -> Chain:
        for entry in wanted:
            actual = self._host.stack(entry.name)
            if entry.absent:
                self._remove(entry, actual)
            elif actual is None and entry.name in BUILT_IN_STACKS:
                self._refuse(f"has no stack {entry.name}; the host is older than 6.0 or its API hides it")
            else:
                self._settle(entry, actual)
        return Chain(self._host.name, tuple(self._changes), tuple(self._steps), outcome=self._after)

    def _refuse(self, sentence: str) -> None:
        self._problems.add(self._host.name, sentence)

    def _remove(self, entry: WantedStack, actual: Stack | None) -> None:
        if actual is None:
            return
        users = [adapter.device for adapter in self._host.on_stack(entry.name)]
        if users:
            self._refuse(f"stack {entry.name} is used by {', '.join(users)}; remove these adapters first")
        change = Change("remove", KIND, self._name(entry), actual.facts(), {})
        self._add(change, lambda: self._writer.remove(entry.name))
        self._after = self._after.without_stack(entry.name)

    def _settle(self, entry: WantedStack, actual: Stack | None) -> None:
        base = actual or new_stack(entry.name)
        target = self._target(entry, base)
        self._check(entry, base, target)
        before, after = differing(base.facts(), target.facts())
        if actual is None:
            change = Change("create", KIND, self._name(entry), {}, {"name": entry.name, **after})
            self._add(change, lambda: self._writer.create(entry.name))
        else:
            change = Change("update", KIND, self._name(entry), before, after, self._note(actual))
        if after:
            self._add(change, lambda: self._writer.edit(base, target))
        self._after = self._after.with_stack(target)

    def _note(self, stack: Stack) -> tuple[str, ...]:
        return ("of a stack that an earlier task would create",) if stack.planned else ()

    def _name(self, entry: WantedStack) -> str:
        return f"{self._host.name}/{entry.name}"

    def _add(self, change: Change, write: Callable[[], None]) -> None:
        if change not in self._changes:
            self._changes.append(change)
        self._steps.append(Step(change, write))

    def _target(self, entry: WantedStack, base: Stack) -> Stack:
        """The stack as it shall be: what is stated, and everything else as it is."""
        return replace(
            base,
            gateway_ipv4=base.gateway_ipv4 if entry.gateway_ipv4 is None else entry.gateway_ipv4 or None,
            gateway_ipv6=base.gateway_ipv6 if entry.gateway_ipv6 is None else entry.gateway_ipv6 or None,
            dns=_dns(entry.dns, base.dns),
            routes=_routes(entry, base.routes),
            congestion_control=entry.congestion_control or base.congestion_control,
            max_connections=entry.max_connections or base.max_connections,
        )

    def _check(self, entry: WantedStack, base: Stack, target: Stack) -> None:
        cleared = (base.gateway_ipv4 and not target.gateway_ipv4) or (base.gateway_ipv6 and not target.gateway_ipv6)
        if entry.name == DEFAULT_STACK and cleared and not self._allow:
            self._refuse(
                f"{entry.label} would remove a default gateway of management, which needs allow_management_change: true"
            )
        new = [gateway for gateway in (target.gateway_ipv4, target.gateway_ipv6) if gateway]
        new = [gateway for gateway in new if gateway not in (base.gateway_ipv4, base.gateway_ipv6)]
        self._check_reached(entry, "gateway", new)
        self._check_reached(entry, "route gateway", [r.gateway for r in target.routes if r not in base.routes])
        device = target.dns.adapter
        if device and device != base.dns.adapter and self._host.adapter(device) is None:
            self._refuse(f"adapter {device} of dns of {entry.label} does not exist there")

    def _check_reached(self, entry: WantedStack, what: str, gateways: Sequence[str]) -> None:
        adapters = self._host.on_stack(entry.name)
        for gateway in gateways:
            if not adapters:
                self._refuse(
                    f"stack {entry.name} has no adapter there, so {what} {gateway} cannot be reached; "
                    "create the adapter first (esxi_vmkernel)"
                )
            elif not any(adapter.reaches(gateway) for adapter in adapters):
                networks = ", ".join(str(adapter.ipv4 or adapter.device) for adapter in adapters)
                self._refuse(f"{what} {gateway} of stack {entry.name} is not in a network of its adapters ({networks})")


def _dns(wanted: WantedDns | None, actual: Dns) -> Dns:
    if wanted is None:
        return actual
    if wanted.adapter:
        return replace(actual, adapter=wanted.adapter)
    return replace(
        actual,
        adapter=None,
        servers=actual.servers if wanted.servers is None else wanted.servers,
        search_domains=actual.search_domains if wanted.search_domains is None else wanted.search_domains,
        domain=actual.domain if wanted.domain is None else wanted.domain,
    )


def _routes(wanted: WantedStack, actual: tuple[Route, ...]) -> tuple[Route, ...]:
    """Another gateway for a network that is stated replaces its route; others stay unless they are purged."""
    if wanted.routes is None:
        return () if wanted.purge_routes else actual
    stated = {route.network for route in wanted.routes}
    kept = (
        () if wanted.purge_routes else (r for r in actual if r.network not in stated and r not in wanted.removed_routes)
    )
    return tuple(sorted({*kept, *wanted.routes}))
