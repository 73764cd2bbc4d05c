# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that only root can read and that is gone afterwards, whatever happens. (Azure reference 9.3)"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

# In memory where the system has such a place, so that nothing reaches a disk.
IN_MEMORY = Path("/run")
FOLDER = "hybridcloud-arc"
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@contextmanager
def secret_file(content: Mapping[str, Any]) -> Iterator[str]:
    """The path of a JSON file, mode 0600 in a folder of mode 0700. Leftovers of a killed run go first."""
    remove_secrets()
    try:
        folder = _folder()
        folder.mkdir(mode=0o700)
        file = folder / "connect.json"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        yield str(file)
    finally:
        remove_secrets()


def remove_secrets() -> None:
    shutil.rmtree(_folder(), ignore_errors=True)


@contextmanager
def removed_when_killed() -> Iterator[None]:
    """Around everything that may make such a file: a polite kill takes it away at once and ends the process.

    Only a process's first thread hears signals, and the files are made in others.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    remove_secrets()
    raise SystemExit(128 + number)


def _folder() -> Path:
    base = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"{FOLDER}-{os.getuid()}"
