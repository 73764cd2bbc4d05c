# SPDX-License-Identifier: GPL-3.0-or-later
"""Run several make targets and say at the end which passed: `gates.py lint types unit sanity+molecule`.

One after the other, from fast to slow; those joined by a plus sign run side by side, because each uses one core.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

MAKE = ("make", "--no-print-directory")


class Outcome(NamedTuple):
    gate: str
    passed: bool
    seconds: float


def alone(gate: str) -> Outcome:
    """Its output is seen while it runs."""
    started = time.monotonic()
    passed = subprocess.run([*MAKE, gate], check=False).returncode == 0
    return Outcome(gate, passed, time.monotonic() - started)


def beside_others(gate: str) -> Outcome:
    """Its output is shown in one piece, when it has ended."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        code = subprocess.run([*MAKE, gate], check=False, stdout=output, stderr=subprocess.STDOUT).returncode
        output.seek(0)
        sys.stdout.write(output.read().decode(errors="replace"))
        sys.stdout.flush()
    return Outcome(gate, code == 0, time.monotonic() - started)


def main(steps: list[str]) -> int:
    """Run every gate, also after one has failed, and return 1 if any did."""
    outcomes: list[Outcome] = []
    for step in steps:
        gates = step.split("+")
        if len(gates) == 1:
            outcomes.append(alone(step))
            continue
        print(f"==> {', '.join(gates)} side by side", flush=True)
        with ThreadPoolExecutor(len(gates)) as pool:
            outcomes += pool.map(beside_others, gates)
    print("\n==> Summary", flush=True)
    for gate, passed, seconds in outcomes:
        print(f"  {gate:<12} {'passed' if passed else 'FAILED'} {seconds:6.0f} s")
    failed = [outcome for outcome in outcomes if not outcome.passed]
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
