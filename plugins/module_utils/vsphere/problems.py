# SPDX-License-Identifier: GPL-3.0-or-later
"""Gather what makes a plan impossible, and say a thing once even when it is true for hundreds of hosts."""

from __future__ import annotations

from ..engine.errors import refuse_if


class Problems:
    """Problems by sentence; each sentence is followed by the hosts it is true for."""

    def __init__(self) -> None:
        self._hosts: dict[str, list[str]] = {}

    def add(self, host: str, sentence: str) -> None:
        hosts = self._hosts.setdefault(sentence, [])
        if host not in hosts:
            hosts.append(host)

    def count(self, host: str) -> int:
        return sum(host in hosts for hosts in self._hosts.values())

    def refuse(self) -> None:
        """Raise `InvalidInput` when there is any problem."""
        refuse_if([f"{_listed(hosts)}: {sentence}" for sentence, hosts in self._hosts.items()])


def _listed(hosts: list[str]) -> str:
    more = len(hosts) - 1
    return f"{hosts[0]} and {more} more {'host' if more == 1 else 'hosts'}" if more else hosts[0]
