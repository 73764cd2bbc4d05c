# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in a process of its own, so that what is measured shares no interpreter with it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.client import LabControl
from lab.shared import PASSWORD
from lab.state import USER, State


class LabProcess:
    """Runs while the context lasts; `hosts` is the size of cluster compute-a of the vCenter "source"."""

    def __init__(self, hosts: int) -> None:
        self._hosts = hosts
        self._home = tempfile.TemporaryDirectory(prefix="bench-lab-")
        self._state = State(Path(self._home.name) / "bench")

    def __enter__(self) -> Self:
        self._command("up", "--base-port", "0", "--hosts", str(self._hosts))
        ports = self._state.ports()
        self.ca_path = str(self._state.ca)
        self.port = ports["source"]
        self.control = LabControl(f"https://localhost:{ports['control']}", self.ca_path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.control.close()
        self._command("down")
        self._home.cleanup()

    @property
    def login(self) -> dict[str, str | int]:
        """The options that our modules and the peer's have in common."""
        return {"hostname": "localhost", "port": self.port, "username": USER, "password": PASSWORD}

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the lab's env file, by which the sample inventories find it."""
        words = (shlex.split(line) for line in self._state.env.read_text(encoding="utf-8").splitlines())
        return dict(word.split("=", 1) for line in words for word in line if "=" in word)

    def _command(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "lab", "--name", "bench", *arguments],
            env={**os.environ, "LAB_HOME": self._home.name},
            stdout=subprocess.DEVNULL,
            check=True,
        )
