# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets started and stopped together, with keys and an inventory for Ansible."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from . import layer, system
from .system import Plan

CACHE = Path(__file__).resolve().parents[4] / ".cache" / "targets"
START_SECONDS = 20
SUPERVISOR = "lab.azure.targets.supervisor"
PROBE = """
import sys
from lab.azure.targets import namespaces as n
n.unshare(n.CLONE_NEWNS | n.CLONE_NEWNET | n.CLONE_NEWPID)
n.mount("none", "/", flags=n.MS_REC | n.MS_PRIVATE)
n.mount("tmpfs", "/tmp", "tmpfs")
"""


def missing() -> str | None:
    """Why this system cannot have targets, in a sentence; None when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "targets need Linux and root"
    for command in ("ssh", "ssh-keygen", "dpkg-deb", "apt-get"):
        if shutil.which(command) is None:
            return f"targets need the command {command}"
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"targets need namespaces and mounts, which are refused here: {done.stderr.strip().splitlines()[-1]}"
    try:
        layer.prepared(CACHE)
    except layer.NoPackages as problem:
        return f"targets need an SSH server: {problem}"
    return None


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


@dataclass(frozen=True)
class Target:
    """One SSH host. `process` is its first process; `supervisor` ends with it."""

    name: str
    port: int
    key: Path
    known_hosts: Path
    hardware: str
    process: int
    supervisor: int

    def path(self, inside: str) -> Path:
        """A file of the target as this system's root sees it; links inside are not followed there."""
        return Path(f"/proc/{self.process}/root") / inside.lstrip("/")

    def run(self, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Over SSH, as Ansible comes."""
        ssh = ["ssh", "-i", str(self.key), "-p", str(self.port), *_SSH, "-o", f"UserKnownHostsFile={self.known_hosts}"]
        return subprocess.run([*ssh, "root@127.0.0.1", command], capture_output=True, text=True, check=check)

    def fail(self, *words: str) -> None:
        """Let the agent fail from now on: see agent/places.py; without words no more."""
        file = self.path(system.AGENT_ENVIRONMENT)
        lines = [line for line in file.read_text().splitlines() if not line.startswith("MSFT_ARC_LAB_FAIL=")]
        more = [f"MSFT_ARC_LAB_FAIL={','.join(words)}"] if words else []
        file.write_text("\n".join([*lines, *more]) + "\n")

    def calls(self) -> list[dict[str, Any]]:
        """Every call of the agent: arguments, exit, config_mode."""
        file = self.path("/var/log/azcmagent-lab/arguments.jsonl")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def stop(self) -> None:
        """Also when it has gone already, and its number belongs to something else."""
        try:
            command = Path(f"/proc/{self.supervisor}/cmdline").read_bytes()
        except FileNotFoundError:
            return
        if SUPERVISOR.encode() in command:
            os.kill(self.supervisor, signal.SIGTERM)
        try:
            os.waitpid(self.supervisor, 0)
        except ChildProcessError:
            return

    def variables(self) -> dict[str, Any]:
        """For Ansible."""
        return {
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": f"-o IdentitiesOnly=yes -o UserKnownHostsFile={self.known_hosts}",
            "ansible_python_interpreter": "/usr/bin/python3",
        }


_SSH = ("-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR")


class Targets:
    """A context manager; `folder` has the key (0600), known_hosts and inventory.yml with the group `arc_targets`."""

    def __init__(self, folder: Path, targets: Sequence[Target], temporary: bool) -> None:
        self.folder = folder
        self.all = list(targets)
        self._temporary = temporary

    @classmethod
    def start(
        cls,
        lab_ports: dict[str, int],
        ca_path: str,
        count: int = 1,
        azure_vms: Sequence[str] = (),
        folder: Path | None = None,
        files: dict[str, str] | None = None,
    ) -> Self:
        """`count` hosts target-1, target-2, ... of a lab; those in `azure_vms` are virtual machines of Azure.

        `files` are put into each. OSError or NoPackages where `missing` tells why.
        """
        made = Path(tempfile.mkdtemp(prefix="lab-targets-")) if folder is None else folder
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.chmod(0o700)
        below = layer.prepared(CACHE)
        key = made / "key"
        public = _key(key)
        known = made / "known_hosts"
        known.write_text("")
        started = []
        for number in range(1, count + 1):
            name = f"target-{number}"
            listener = socket.create_server(("127.0.0.1", 0))
            port = listener.getsockname()[1]
            host_public = _key(made / f"{name}.host_key")
            with known.open("a") as file:
                file.write(f"[127.0.0.1]:{port} {' '.join(host_public.split()[:2])}\n")
            plan = Plan(
                name=name,
                port=port,
                layer=str(below),
                lab_ports={p: lab_ports[p] for p in system.ADDRESSES},
                ca=Path(ca_path).read_text(),
                public_key=public,
                host_key=(made / f"{name}.host_key").read_text(),
                hardware=str(uuid.uuid4()),
                azure_vm=name in azure_vms,
                files=files or {},
            )
            with listener:
                started.append(_supervised(made, plan, listener))
        targets = cls(made, [_ready(made, target) for target in started], folder is None)
        targets._write_inventory()
        return targets

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Those that were started there."""
        plans = sorted(folder.glob("target-*.json"))
        return cls(folder, [_known(folder, plan) for plan in plans if plan.with_suffix(".pid").exists()], False)

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.yml"

    def __getitem__(self, name: str) -> Target:
        return next(target for target in self.all if target.name == name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        for target in self.all:
            target.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            for file in self.folder.glob("target-*"):
                file.unlink()

    def _write_inventory(self) -> None:
        hosts = {target.name: target.variables() for target in self.all}
        self.inventory.write_text(yaml.safe_dump({"arc_targets": {"hosts": hosts}}, sort_keys=False))


def _key(file: Path) -> str:
    """The public half of a new key."""
    file.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_name(file.name + ".pub").read_text()


def _supervised(folder: Path, plan: Plan, listener: socket.socket) -> Plan:
    file = folder / f"{plan.name}.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(plan.document()))
    listener.set_inheritable(True)
    command = [sys.executable, "-m", SUPERVISOR, str(file), str(listener.fileno())]
    with (folder / f"{plan.name}.log").open("wb") as log:
        subprocess.Popen(
            command,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=_environment(),
        )
    return plan


def _ready(folder: Path, plan: Plan) -> Target:
    deadline = time.monotonic() + START_SECONDS
    pid = folder / f"{plan.name}.pid"
    while not pid.exists() or not pid.read_text().endswith("\n"):
        if time.monotonic() > deadline:
            raise OSError(f"{plan.name} did not start: {(folder / f'{plan.name}.log').read_text().strip()}")
        time.sleep(0.02)
    return _known(folder, folder / f"{plan.name}.json")


def _known(folder: Path, file: Path) -> Target:
    plan = Plan(**json.loads(file.read_text()))
    supervisor, process = (int(word) for word in file.with_suffix(".pid").read_text().split())
    return Target(plan.name, plan.port, folder / "key", folder / "known_hosts", plan.hardware, process, supervisor)
