# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of one ansible-playbook run share: logins, and in check mode the objects they would have made.

Ansible forks a process for every task, so memory cannot be shared. The run's folder can: it is private to the run
(mode 0700, made and removed by Ansible itself), and its path travels in the environment, which both the in-process
actions and the ordinary modules on the controller inherit. Without a folder (a module on a remote host, or run
by hand) every task stands alone: it logs in and out by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "HYBRIDCLOUD_MOBILITY_RUN"

Saved = dict[str, Any]


class Run:
    """The shared folder of a run, or None when there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def current(cls) -> Run:
        """The run this process belongs to."""
        path = os.environ.get(FOLDER_VARIABLE)
        return cls(Path(path) if path and Path(path).is_dir() else None)

    @property
    def shared(self) -> bool:
        return self._folder is not None

    def login(self, system: str, key: str, log_in: Callable[[], Saved], stale: Saved | None = None) -> Saved:
        """The saved login of ``system`` (the name of its package) under ``key`` (address, user and password).

        Calls ``log_in`` once for all tasks of the run. ``stale`` is a login that the service no longer accepts; it is
        replaced once, however many tasks find out at the same time.
        """
        if self._folder is None:
            return log_in()
        file = self._file("login", system, key)
        with self._locked(file):
            saved = _load(file)
            if saved is None or saved == stale:
                saved = log_in()
                _store(file, saved)
            return saved

    def logins(self) -> Iterator[tuple[str, Saved]]:
        """All saved logins as (system, saved), taken out of the folder: the caller ends them."""
        for file in sorted(self._folder.glob("login.*.json")) if self._folder else ():
            saved = _load(file)
            file.unlink()
            if saved is not None:
                yield file.name.split(".")[1], saved

    def plan(self, key: str, outcome: Saved) -> None:
        """Check mode: remember what an object would look like after this task."""
        if self._folder is not None:
            _store(self._file("planned", "object", key), outcome)

    def planned(self, key: str) -> Saved | None:
        """What earlier tasks of this run, in check mode, would have made of an object."""
        return _load(self._file("planned", "object", key)) if self._folder is not None else None

    def forget(self, key: str) -> None:
        """A real change was made: what check mode remembered about the object is no longer true."""
        if self._folder is not None:
            self._file("planned", "object", key).unlink(missing_ok=True)

    def _file(self, purpose: str, system: str, key: str) -> Path:
        if self._folder is None:
            raise ValueError("this process belongs to no run")
        return self._folder / f"{purpose}.{system}.{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    @contextmanager
    def _locked(self, file: Path) -> Iterator[None]:
        with file.with_suffix(".lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _load(file: Path) -> Saved | None:
    try:
        loaded: Saved = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return loaded


def _store(file: Path, content: Saved) -> None:
    # Written aside and renamed, so that a reader never sees half a file; 0600 from the first byte.
    part = file.with_suffix(f".{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(content, stream)
    part.replace(file)
