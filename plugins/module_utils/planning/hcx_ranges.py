# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic on IPv4 ranges without visiting their addresses, and how a range is written."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, summarize_address_range

from .address_plan import Range


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same addresses as disjoint ranges in ascending order; neighbours become one."""
    found: list[Range] = []
    for begin, end in sorted(ranges):
        if found and int(begin) <= int(found[-1][1]) + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def size(ranges: Iterable[Range]) -> int:
    """How many different addresses the ranges hold."""
    return sum(int(end) - int(begin) + 1 for begin, end in merged(ranges))


def shared(first: Range, second: Range) -> Range | None:
    """The addresses that both ranges hold."""
    begin, end = max(first[0], second[0]), min(first[1], second[1])
    return (begin, end) if begin <= end else None


def inside(found: Range, network: IPv4Network) -> bool:
    return found[0] in network and found[1] in network


def single(address: IPv4Address) -> Range:
    return address, address


def span(found: Range) -> str:
    """An address, or "first-last", as HCX asks for ranges."""
    begin, end = found
    return str(begin) if begin == end else f"{begin}-{end}"


def text(found: Range) -> str:
    """An address, a CIDR where the range is exactly one, else "first-last"."""
    networks = list(summarize_address_range(*found))
    is_cidr = len(networks) == 1 and found[0] != found[1]
    return str(networks[0]) if is_cidr else span(found)
