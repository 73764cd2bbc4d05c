# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a playbook, with its changes as data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PENDING = "pending"
# Of a list on the screen; the log has all.
MOST_ITEMS = 8
RECAP = re.compile(r"^(\S+) +: (ok=.*)$", re.MULTILINE)


class RunFailed(Exception):
    """ansible-playbook failed; the text is the end of what it printed."""


@dataclass(frozen=True)
class Outcome:
    """The changes that the modules reported, and Ansible's recap of each site (`ok=4 changed=2 ...`)."""

    changes: list[dict[str, Any]]
    recaps: dict[str, str]

    def keeps(self, plan: Outcome) -> bool:
        """Whether these are the planned changes, in whatever order.

        What a service will choose itself, as the number of a network in a tunnel, is planned as `pending`.
        """
        pairs = zip(sorted(plan.changes, key=_name), sorted(self.changes, key=_name), strict=False)
        return len(plan.changes) == len(self.changes) and all(_kept(planned, done) for planned, done in pairs)

    def changed_tasks(self) -> int:
        """How many tasks Ansible counted as changed, at all sites."""
        return sum(int(re.findall(r"\bchanged=(\d+)", recap)[0]) for recap in self.recaps.values())

    def per_host(self) -> dict[str, tuple[str, ...]]:
        """`esx-a01.lab.example` -> `create VMkernel adapter vmk1`, ... for every host that changes."""
        lines: dict[str, list[str]] = defaultdict(list)
        for change in self.changes:
            # What belongs to a host is named `host/thing`; a pairing is named by its address.
            host, name = change["name"], ""
            if "://" not in host:
                host, _separator, name = host.partition("/")
            settings = "; ".join(_settings(change["before"], change["after"]))
            lines[host].append(f"{change['action']} {change['kind']} {name}".rstrip() + f": {settings}".rstrip(": "))
        return {host: tuple(lines[host]) for host in sorted(lines)}

    def hosts_by_changes(self) -> dict[tuple[str, ...], list[str]]:
        """The hosts that get the same list of changes, for every such list."""
        hosts: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for host, lines in self.per_host().items():
            hosts[lines].append(host)
        return dict(hosts)


def _name(change: dict[str, Any]) -> tuple[str, ...]:
    return change["kind"], change["name"], change["action"]


def _kept(planned: dict[str, Any], done: dict[str, Any]) -> bool:
    left_open = [key for key, value in planned["after"].items() if PENDING in str(value)]
    return without(planned, left_open) == without(done, left_open)


def without(change: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    """A change but for these settings; notes are the plan's alone."""
    after = {key: value for key, value in change["after"].items() if key not in settings}
    return {**change, "after": after, "notes": []}


def _settings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """`mtu 1500 -> 9000` for what changes, `mtu 9000` for what is new; of what has parts (addresses) the name only."""
    words = []
    for name, value in after.items():
        if isinstance(value, dict):
            words.append(name)
        elif before.get(name) is None:
            words.append(f"{name} {_words(value)}")
        else:
            words.append(f"{name} {_words(before[name])} -> {_words(value)}")
    return words


def _words(value: Any) -> str:
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        return f"({len(value)} of them)"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def command(playbook: str, inventory: str, *arguments: str) -> list[str]:
    """What a person types; `inventory` is a folder of samples/lab."""
    return ["ansible-playbook", f"playbooks/{playbook}.yml", "-i", f"samples/lab/{inventory}", *arguments]


def run(playbook: str, inventory: str, log: Path, lab: dict[str, str], *arguments: str) -> Outcome:
    """Run a playbook on the sites of a sample inventory, with the variables of the lab's env file.

    What Ansible prints goes to `log`.
    """
    results = log.with_suffix(".results")
    results.write_text("", encoding="utf-8")
    environment = {
        **os.environ,
        **lab,
        "ANSIBLE_CALLBACK_PLUGINS": str(PROJECT / "tests/integration/callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_results",
        "TASK_RESULTS": str(results),
    }
    program, *words = command(playbook, inventory, *arguments)
    finished = subprocess.run(
        [Path(sys.executable).with_name(program), *words],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log.write_text(finished.stdout, encoding="utf-8")
    recaps = dict(RECAP.findall(finished.stdout))
    if finished.returncode or not recaps:
        raise RunFailed("\n".join([*finished.stdout.splitlines()[-40:], f"(all of it: {log})"]))
    return Outcome(list(_changes(results)), recaps)


def _changes(results: Path) -> Iterator[dict[str, Any]]:
    """The changes that tasks, and the items of looped tasks, report."""
    for line in results.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)["result"]
        for part in [result, *result.get("results", [])]:
            yield from part.get("changes", [])
