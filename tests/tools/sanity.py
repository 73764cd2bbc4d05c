# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on a copy of the collection, without containers and without the internet.

Arguments are passed on: `python tests/tools/sanity.py --test validate-modules`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from export import PROJECT, export

COLLECTION = PROJECT / ".cache" / "ansible_collections" / "hybridcloud" / "mobility"
HOME = PROJECT / ".cache" / "home"
BOOTSTRAP = Path(__file__).with_name("pip_bootstrap.py")
# The pip that each supported ansible-core asks for: 2.17; 2.18 and 2.19; 2.20 and 2.21.
BOOTSTRAP_NAMES = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")
PIP_SETTINGS = (".config/pip", ".pip")


def prepare_home() -> None:
    """Give ansible-test a home of its own: it keeps its environments there, and finds the pip bootstrap script."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in BOOTSTRAP_NAMES:
        shutil.copy(BOOTSTRAP, cache / name)
    # ansible-test hands no PIP_* variables on, so a package index set up by the user is only found through these files.
    for name in PIP_SETTINGS:
        settings, link = Path.home() / name, HOME / name
        if settings.exists() and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(settings)


def prepare_collection() -> None:
    """Export the collection as a git repository: ansible-test asks git which files exist."""
    export(COLLECTION)
    if shutil.which("pwsh") is None:
        # validate-modules asks PowerShell for the options of such a module, and breaks off without it.
        for module in (COLLECTION / "plugins/modules").glob("*.ps1"):
            print(f"Not tested without PowerShell: plugins/modules/{module.name}", flush=True)
            module.unlink()
    subprocess.run(["git", "init", "--quiet"], cwd=COLLECTION, check=True)
    subprocess.run(["git", "add", "--all"], cwd=COLLECTION, check=True)


def main() -> int:
    """Return the exit code of ansible-test."""
    prepare_home()
    prepare_collection()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = ["ansible-test", "sanity", "--color", "no", "--python", python, *sys.argv[1:]]
    return subprocess.run(command, cwd=COLLECTION, env={**os.environ, "HOME": str(HOME)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
