# SPDX-License-Identifier: GPL-3.0-or-later
"""Reachability between VMkernel adapters: the work of ``esxi_vmkping``. (vSphere reference 10)

A packet as large as the adapter's MTU with "do not fragment" must arrive; when it does not, a small one tells a wrong
MTU on the way from a missing route.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..connection import Connection
from ..engine.errors import InvalidInput, MobilityError, Refused
from ..engine.plan import Facts
from ..engine.reconcile import PARALLEL_CHAINS
from ..task import Task
from .client import VSphere
from .esxcli import EsxCli
from .host_network import DEFAULT_STACK, Adapter, Host
from .host_reader import HostReader
from .inventory import there_is
from .problems import Problems

# Bytes of IP and ICMP headers: the payload that fills a packet is the MTU less these. (vSphere reference 10)
HEADERS = {4: 28, 6: 48}
SMALL = 56


@dataclass(frozen=True)
class Ping:
    """One ping and, once it ran, its answer. ``received`` None means that it did not run."""

    host: str
    device: str
    stack: str
    target: str
    target_host: str | None
    size: int
    dont_fragment: bool
    transmitted: int | None = None
    received: int | None = None
    round_trip_ms: float | None = None
    ok: bool = False
    reason: str | None = None
    planned: bool = False


@dataclass(frozen=True)
class Wish:
    """The options of the task."""

    service: str | None
    stack: str | None
    device: str | None
    pattern: str
    targets: tuple[str, ...]
    gateway: bool
    size: int | None
    dont_fragment: bool
    count: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Wish:
        targets = []
        for text in params["targets"] or []:
            try:
                targets.append(str(ipaddress.ip_address(text)))
            except ValueError as error:
                raise InvalidInput(f"targets: {text} is not an IP address") from error
        wish = cls(
            service=params["service"],
            stack=params["stack"],
            device=params["device"],
            pattern=params["pattern"],
            targets=tuple(targets),
            gateway=params["gateway"],
            size=params["size"],
            dont_fragment=params["dont_fragment"],
            count=params["count"],
        )
        if wish.size is not None and not 0 <= wish.size <= 65507:
            raise InvalidInput(f"size {wish.size} is outside 0 to 65507 bytes")
        if not 1 <= wish.count <= 100:
            raise InvalidInput(f"count {wish.count} is outside 1 to 100")
        if wish.pattern == "none" and not (wish.targets or wish.gateway):
            raise InvalidInput("nothing to ping: pattern is none, and there are neither targets nor gateway: true")
        return wish


def ping_hosts(task: Task) -> Facts:
    """Ping as asked, all hosts at the same time; fails with every ping in the result when one is not answered."""
    wish = Wish.from_params(task.params)
    with VSphere(Connection.from_params(task.params), task.run, task.redactor) as server:
        reader = HostReader(server, task)
        hosts = reader.read()
        plan = plan_pings(hosts, wish)
        with ThreadPoolExecutor(PARALLEL_CHAINS) as pool:
            answered = list(pool.map(lambda host: _run(server, host, plan[host.name], wish), hosts))
    pings = [ping for answers in answered for ping in answers]
    result: Facts = {"pings": [asdict(ping) for ping in pings], **reader.selected()}
    failed = [ping for ping in pings if not ping.ok and not ping.planned]
    if failed:
        more = f" (and {len(failed) - 1} more of {len(pings)} pings)" if len(failed) > 1 else ""
        raise Refused(f"{_name(failed[0])} failed: {failed[0].reason}{more}", **result)
    return result


def plan_pings(hosts: Sequence[Host], wish: Wish) -> dict[str, list[Ping]]:
    """Who pings whom, by host. Raises `InvalidInput` when a host has no such adapter or the adapter no address."""
    problems = Problems()
    sources = {host.name: _sources(host, wish, problems) for host in hosts}
    problems.refuse()
    plan: dict[str, list[Ping]] = {host.name: [] for host in hosts}
    for host, peer in _pairs(hosts, wish.pattern):
        for own, other in _matched(sources[host.name], sources[peer.name]):
            ping = _ping(host, own, _address(other), peer.name, wish)
            plan[host.name].append(replace(ping, planned=host.planned or peer.planned))
    for host in hosts:
        for own in sources[host.name]:
            plan[host.name] += [_ping(host, own, target, None, wish) for target in wish.targets]
            gateway = _gateway(host, own) if wish.gateway else None
            if gateway:
                # A router need not answer jumbo packets; that it answers at all is what is asked.
                small = replace(_ping(host, own, gateway, None, wish), size=SMALL, dont_fragment=False)
                plan[host.name].append(small)
            elif wish.gateway:
                problems.add(host.name, f"{own.device} on stack {own.stack} has no gateway to ping")
    problems.refuse()
    return plan


def _pairs(hosts: Sequence[Host], pattern: str) -> Iterator[tuple[Host, Host]]:
    """A ring lets every host send and every host receive; all pairs is for when that is not enough."""
    if pattern == "ring" and len(hosts) > 1:
        yield from zip(hosts, [*hosts[1:], hosts[0]], strict=True)
    elif pattern == "all_pairs":
        yield from ((host, peer) for host in hosts for peer in hosts if host is not peer)


def _matched(own: Sequence[Adapter], others: Sequence[Adapter]) -> Iterator[tuple[Adapter, Adapter]]:
    """The first with the first, and so on; where one host has fewer adapters, its take turns, so that all take part."""
    for number in range(max(len(own), len(others))):
        yield own[number % len(own)], others[number % len(others)]


def _sources(host: Host, wish: Wish, problems: Problems) -> list[Adapter]:
    if wish.device:
        what, devices = f"adapter {wish.device}", [wish.device]
        known = [adapter.device for adapter in host.adapters]
    elif wish.stack:
        what, devices = f"adapter on stack {wish.stack}", [adapter.device for adapter in host.on_stack(wish.stack)]
        known = [f"{adapter.device} on {adapter.stack}" for adapter in host.adapters]
    else:
        carried = host.facts()["carriers"].get(wish.service)
        what = f"adapter for {wish.service}"
        devices = carried["devices"] if carried else [a.device for a in host.adapters if wish.service in a.services]
        known = [f"{adapter.device} for {' and '.join(adapter.services) or 'no service'}" for adapter in host.adapters]
    found = [adapter for device in devices if (adapter := host.adapter(device))]
    if not found:
        problems.add(host.name, f"no {what} to ping from; {there_is(known)}")
    for adapter in found:
        if not (adapter.ipv4 or adapter.ipv6 or host.planned):
            problems.add(host.name, f"{adapter.device} has no address to ping from")
    return found


def _address(adapter: Adapter) -> str:
    interface = adapter.ipv4 or next(iter(adapter.ipv6), "")
    return interface.partition("/")[0] or "not known yet"


def _gateway(host: Host, adapter: Adapter) -> str | None:
    stack = host.stack(adapter.stack)
    if adapter.ipv4 or adapter.dhcp:
        return adapter.gateway_ipv4 or (stack.gateway_ipv4 if stack else None)
    return adapter.gateway_ipv6 or (stack.gateway_ipv6 if stack else None)


def _ping(host: Host, source: Adapter, target: str, target_host: str | None, wish: Wish) -> Ping:
    version = 6 if ":" in target else 4
    return Ping(
        host=host.name,
        device=source.device,
        stack=source.stack,
        target=target,
        target_host=target_host,
        size=source.mtu - HEADERS[version] if wish.size is None else wish.size,
        # The flag exists for IPv4 only; IPv6 routers never fragment.
        dont_fragment=wish.dont_fragment and version == 4,
        planned=host.planned,
    )


def _run(server: VSphere, host: Host, pings: Sequence[Ping], wish: Wish) -> list[Ping]:
    esxcli = EsxCli(server, host.moid)
    answers = []
    for ping in pings:
        answer = ping if ping.planned else _send(esxcli, ping, wish.count)
        if answer.transmitted and not answer.ok and ping.size > SMALL:
            answer = replace(answer, reason=_explain(answer, _send(esxcli, replace(ping, size=SMALL), wish.count)))
        answers.append(answer)
    return answers


def _send(esxcli: EsxCli, ping: Ping, count: int) -> Ping:
    try:
        answer = esxcli.ask(
            "network.diag.ping",
            count=count,
            df=True if ping.dont_fragment else None,
            host=ping.target,
            interface=ping.device,
            # Naming the default stack is refused by some builds, and it is the default.
            netstack=ping.stack if ping.stack != DEFAULT_STACK else None,
            size=ping.size,
        )
    except MobilityError as error:
        return replace(ping, reason=_too_long(ping) if "too long" in str(error) else str(error))
    summary = answer.get("Summary", {}) if isinstance(answer, dict) else {}
    # "Recieved" is how the hosts spell it. (vSphere reference 10)
    received = int(summary.get("Recieved", summary.get("Received", 0)) or 0)
    transmitted = int(summary.get("Transmitted", count) or 0)
    average = summary.get("RoundtripAvgMS", summary.get("RoundtripAvg"))
    lost = transmitted - received
    return replace(
        ping,
        transmitted=transmitted,
        received=received,
        round_trip_ms=float(average) if average and received else None,
        ok=received > 0 and lost <= 0,
        reason=None if received > 0 and lost <= 0 else f"{lost} of {transmitted} packets lost",
    )


def _too_long(ping: Ping) -> str:
    headers = HEADERS[6 if ":" in ping.target else 4]
    return f"{ping.size} bytes do not fit the adapter's own MTU; make size at most its MTU less {headers}"


def _explain(failed: Ping, small: Ping) -> str:
    if small.ok:
        return (
            f"{failed.size} bytes do not pass unfragmented, {SMALL} bytes do: a switch or router on the way has a "
            "smaller MTU than the adapter"
        )
    return f"{failed.reason}; nor do {SMALL} bytes pass: check VLAN, address and gateway on the way to {failed.target}"


def _name(ping: Ping) -> str:
    where = f" ({ping.target_host})" if ping.target_host else ""
    return f"{ping.host} {ping.device} to {ping.target}{where}"
