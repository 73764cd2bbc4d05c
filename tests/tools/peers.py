# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the collections that ours is compared with, unmodified, from the Python package that carries them.

They are kept in .cache/peers, ready to be a part of ANSIBLE_COLLECTIONS_PATH: `python tests/tools/peers.py` prints it.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = "ansible==12.3.0"
# community.vmware shares its connection code with vmware.vmware.
COLLECTIONS = ("ansible_collections/community/vmware/", "ansible_collections/vmware/vmware/")


def peer_collections() -> Path:
    """The folder that holds `ansible_collections`; fetched once, also when several processes ask at the same time."""
    cache = PROJECT / ".cache" / "peers"
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / PACKAGE.replace("==", "-")
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _fetch(target)
    return target


def _fetch(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--dest", scratch, PACKAGE], check=True)
        (wheel,) = Path(scratch).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(Path(scratch, "out"), [n for n in archive.namelist() if n.startswith(COLLECTIONS)])
        # Renamed as a whole: an interrupted fetch leaves nothing that looks complete.
        Path(scratch, "out").rename(target)


if __name__ == "__main__":
    print(peer_collections())
