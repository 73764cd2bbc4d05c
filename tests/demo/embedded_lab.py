# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop an embedded lab through its command, and read where it answers."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


class LabFailed(Exception):
    """The lab's command has printed why."""


class EmbeddedLab:
    """A lab by its name. `base_port` 0 takes free ports, None the default ones; `hosts` is the size of compute-a."""

    def __init__(self, name: str, base_port: int | None, hosts: int) -> None:
        self.name = name
        self._base_port = base_port
        self._hosts = hosts
        self.folder = PROJECT / ".lab" / name

    def start(self) -> None:
        """Start the lab in its first state; one that runs already is stopped."""
        self.stop()
        ports = [] if self._base_port is None else ["--base-port", str(self._base_port)]
        print(self._command("up", "--hosts", str(self._hosts), *ports), end="", flush=True)

    def stop(self) -> None:
        """Stop the lab; it need not run."""
        self._command("down")

    def environment(self) -> dict[str, str]:
        """The variables in the lab's env file."""
        words = shlex.split((self.folder / "env").read_text(encoding="utf-8"), comments=True)
        return dict(word.split("=", 1) for word in words if "=" in word)

    def _command(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "lab", *arguments, "--name", self.name]
        finished = subprocess.run(command, cwd=PROJECT, check=False, stdout=subprocess.PIPE, text=True)
        if finished.returncode:
            raise LabFailed(f"`{' '.join(command[1:])}` failed; a lab of another checkout may use the same ports")
        return finished.stdout
