# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of ansible-playbook that is watched from outside: its screen, its files, its processes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration.playbook import Finished


@dataclass(frozen=True)
class ObservedRun:
    """`folder` holds what the run left, `inputs` in it what the test wrote; `shown` are the processes' own words.

    `secrets` are the passwords and the values of the session cookies.
    """

    finished: Finished
    folder: Path
    inputs: frozenset[str]
    shown: frozenset[bytes]
    secrets: frozenset[str]

    def leaks(self, text: str) -> list[str]:
        return [secret for secret in self.secrets if secret in text]

    def files(self) -> Iterator[Path]:
        """What the run left: logs, results, temporary files."""
        return (file for file in self.folder.rglob("*") if file.is_file() and file.name not in self.inputs)


@contextmanager
def watched_processes() -> Iterator[set[bytes]]:
    """Command lines and environments of all processes of this machine that are seen while the block runs."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.update(_shown(Path("/proc").glob("[0-9]*")))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _shown(processes: Iterable[Path]) -> Iterator[bytes]:
    for process in processes:
        for name in ("cmdline", "environ"):
            try:
                yield (process / name).read_bytes()
            except OSError:  # ended meanwhile, or somebody else's
                continue
