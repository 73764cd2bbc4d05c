# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, calls and memory of one run of ansible-playbook."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from integration.playbook import Finished, Playbook
from tools.peers import peer_collections

from .lab_process import LabProcess

SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Measurement:
    """Wall time; requests that vCenter answered, and how many of them were logins; the highest memory of
    ansible-playbook and all its children in MiB (shared pages counted once); how many results were "changed"."""

    seconds: float
    calls: int
    logins: int
    mebibytes: float
    changed: int


class MemoryWatch(threading.Thread):
    """Looks at a process and its children, from time to time, until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._stopped = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, self._now())

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _now(self) -> int:
        total = 0
        try:
            family = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return total
        for process in family:
            try:
                # The proportional set: forked workers share most of their pages with their parent.
                total += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return total


def measure(
    lab: LabProcess,
    plays: Sequence[Mapping[str, Any]],
    *arguments: str,
    hosts: Mapping[str, Mapping[str, Any]] | None = None,
) -> Measurement:
    """Run the plays with ours and the peer's collections at hand. AssertionError with the screen when a task fails."""
    with tempfile.TemporaryDirectory(prefix="bench-play-") as folder:
        playbook = Playbook(
            Path(folder),
            plays,
            hosts=hosts,
            environment={"SSL_CERT_FILE": lab.ca_path},
            collections=[peer_collections()],
        )
        lab.control.clear_requests()
        started = time.perf_counter()
        process = playbook.start(*arguments)
        watch = MemoryWatch(process.pid)
        watch.start()
        finished = playbook.finish(process).succeeded()
        seconds = time.perf_counter() - started
        watch.stop()
    counts = lab.control.counts("vcenter/source")
    calls, logins = sum(counts.values()), counts.get("Login", 0)
    print(f"        {seconds:7.1f} s {calls:7} calls", file=sys.stderr, flush=True)
    return Measurement(seconds, calls, logins, watch.peak_bytes / 2**20, _changed(finished))


def _changed(finished: Finished) -> int:
    """Results that report a change; the items of a loop count one by one."""
    results = [item for task in finished.results for item in task.result.get("results", [task.result])]
    return sum(bool(result.get("changed")) for result in results)
