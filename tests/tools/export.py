# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy the tracked files, as they are in the working tree, into a folder of their own.

ansible-test insists on a real path that ends in `ansible_collections/hybridcloud/mobility`, and a release must not
contain what happens to lie around in a checkout. Both therefore work on such a copy.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def tracked_files() -> list[Path]:
    """Paths relative to the project, without deleted files."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True, text=True).stdout
    paths = [Path(name) for name in listing.split("\0") if name]
    return [path for path in paths if (PROJECT / path).exists()]


def export(target: Path) -> None:
    """Make `target` hold the tracked files and nothing else."""
    shutil.rmtree(target, ignore_errors=True)
    for path in tracked_files():
        copy = target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / path, copy, follow_symlinks=False)


if __name__ == "__main__":
    export(Path(sys.argv[1]))
