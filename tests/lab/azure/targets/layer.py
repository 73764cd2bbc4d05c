# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that targets need beyond this system's, unpacked beside it and kept: this system stays as it is."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SSH_SERVER = Path("usr/sbin/sshd")
PACKAGES = ("openssh-server", "openssh-sftp-server", "python3-apt")


class NoPackages(Exception):
    """The sentence says what could not be fetched."""


def prepared(cache: Path) -> Path:
    """A folder in the shape of / with an SSH server and Python's apt; fetched by apt-get the first time."""
    if (Path("/") / SSH_SERVER).exists() and Path("/usr/lib/python3/dist-packages/apt").exists():
        empty = cache / "empty"
        empty.mkdir(parents=True, exist_ok=True)
        return empty
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / "packages"
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _fetch(target)
    return target


def _fetch(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch)
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        apt = ["apt-get", "-q", "-y", "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        apt += ["-o", "APT::Sandbox::User=root"]
        _run([*apt, "update"])
        _run([*apt, "install", "--download-only", "--no-install-recommends", "--reinstall", *PACKAGES])
        root = folder / "root"
        root.mkdir()
        for package in (folder / "cache/archives").glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(root)])
        _merge(root)
        if not (root / SSH_SERVER).exists():
            raise NoPackages("openssh-server did not come with what apt-get fetched")
        # Renamed as a whole: an interrupted fetch leaves nothing that looks complete.
        root.rename(target)


def _merge(root: Path) -> None:
    """Folders that are links in this system must not become folders in a target."""
    for name in ("bin", "sbin", "lib", "lib64"):
        if (root / name).is_dir() and (Path("/") / name).is_symlink():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


def _run(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        raise NoPackages(f"{command[0]} is missing: targets need a Debian or Ubuntu system")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise NoPackages(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")
