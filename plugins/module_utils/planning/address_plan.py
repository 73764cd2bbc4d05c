# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand out the addresses of one network to hosts, the same way every time.

Hosts get addresses in the order in which they are listed, so a host added at the end leaves the others as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .problems import Problems

Range = tuple[IPv4Address, IPv4Address]


@dataclass(frozen=True)
class Pool:
    """The addresses of `network` from `first` to `last`, both included, less the gateway and the `exclude` ranges.

    `first` and `last` default to the first and last usable address. They and `exclude` limit only what is handed out:
    an address that is given to a host by name may lie anywhere in the network.
    """

    network: IPv4Network
    gateway: IPv4Address | None = None
    first: IPv4Address | None = None
    last: IPv4Address | None = None
    exclude: tuple[Range, ...] = ()

    def bounds(self) -> Range:
        lowest, highest = usable(self.network)
        return self.first or lowest, self.last or highest

    def free(self, taken: Iterable[IPv4Address]) -> Iterator[IPv4Address]:
        """The addresses that may be handed out, ascending; excluded ranges are skipped without visiting them."""
        low, high = (int(address) for address in self.bounds())
        blocked = [(int(begin), int(end)) for begin, end in self.exclude]
        blocked += [(int(address), int(address)) for address in taken]
        if self.gateway:
            blocked.append((int(self.gateway), int(self.gateway)))
        for begin, end in sorted(blocked):
            yield from map(IPv4Address, range(low, min(begin, high + 1)))
            low = max(low, end + 1)
        yield from map(IPv4Address, range(low, high + 1))


def usable(network: IPv4Network) -> Range:
    """First and last address a host may have: without network and broadcast address, except in a /31 and a /32."""
    if network.prefixlen >= 31:
        return network[0], network[-1]
    return network[1], network[-2]


def read_exclusion(text: str) -> Range:
    """One exclusion as a range: an address, "first-last", or a CIDR. Raises ValueError when it is none of them."""
    if "/" in text:
        network = IPv4Network(text)
        return network[0], network[-1]
    first, dash, last = text.partition("-")
    begin = IPv4Address(first.strip())
    end = IPv4Address(last.strip()) if dash else begin
    if end < begin:
        raise ValueError(f"{text} ends before it begins")
    return begin, end


def assign(
    pool: Pool, hosts: Sequence[str], explicit: Mapping[str, IPv4Address] | None = None
) -> dict[str, IPv4Address]:
    """One address per host, in the order of `hosts`; `explicit` addresses win over the pool.

    Raises Problems when a host is listed twice, an explicit address is not usable or given twice, or the pool has too
    few addresses.
    """
    wishes = explicit or {}
    problems = [*_repeated_hosts(hosts), *_bad_wishes(pool, hosts, wishes)]
    waiting = [host for host in hosts if host not in wishes]
    free = pool.free(wishes.values())
    handed_out = dict(zip(waiting, free, strict=False))
    if len(handed_out) < len(set(waiting)):
        first, last = pool.bounds()
        problems.append(
            f"{len(waiting)} hosts need an address from {pool.network}, "
            f"but it has only {len(handed_out)} free from {first} to {last}."
        )
    if problems:
        raise Problems(problems)
    return {host: wishes[host] if host in wishes else handed_out[host] for host in hosts}


def _repeated_hosts(hosts: Sequence[str]) -> list[str]:
    return [f"Host {host} is listed {count} times." for host, count in Counter(hosts).items() if count > 1]


def _bad_wishes(pool: Pool, hosts: Sequence[str], wishes: Mapping[str, IPv4Address]) -> list[str]:
    problems = []
    owners: dict[IPv4Address, str] = {}
    lowest, highest = usable(pool.network)
    for host, address in wishes.items():
        if host not in hosts:
            problems.append(f"{address} is given to {host}, which is not one of the {len(hosts)} hosts.")
        if address not in pool.network:
            problems.append(f"{address} of {host} is not inside {pool.network}.")
        elif not lowest <= address <= highest:
            kind = "network" if address < lowest else "broadcast"
            problems.append(f"{address} of {host} is the {kind} address of {pool.network}.")
        elif address == pool.gateway:
            problems.append(f"{address} of {host} is the gateway of {pool.network}.")
        if address in owners:
            problems.append(f"{address} is given to both {owners[address]} and {host}.")
        owners.setdefault(address, host)
    return problems
