# SPDX-License-Identifier: GPL-3.0-or-later
"""Run several make targets one after the other and say at the end which passed: `gates.py lint types unit`."""

from __future__ import annotations

import subprocess
import sys
import time


def main(gates: list[str]) -> int:
    """Run every gate, also after one has failed, and return 1 if any did."""
    outcomes: list[tuple[str, bool, float]] = []
    for gate in gates:
        started = time.monotonic()
        passed = subprocess.run(["make", "--no-print-directory", gate], check=False).returncode == 0
        outcomes.append((gate, passed, time.monotonic() - started))
    print("\n==> Summary", flush=True)
    for gate, passed, seconds in outcomes:
        print(f"  {gate:<12} {'passed' if passed else 'FAILED'} {seconds:6.0f} s")
    failed = [gate for gate, passed, _seconds in outcomes if not passed]
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
