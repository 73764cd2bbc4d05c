# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure our modules beside the peer's on the embedded lab, and print the page that docs/benchmarks.md holds."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path

from .azure import measure_machines
from .hcx import measure_sites
from .lab_process import LabProcess
from .paths import compare_paths
from .report import Results
from .scaling import growth, measure_size
from .versus import compare

PARTS = ("versus", "paths", "scaling", "hcx", "azure")
# What can be measured by itself: its section of the page is renewed, and the rest stays.
SECTIONS = ("hcx", "azure")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 hosts and sites, sizes 50 and 100: about two minutes")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part (may be repeated)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page to FILE as well")
    parser.add_argument(
        "--update",
        type=Path,
        metavar="FILE",
        help="renew the sections about HCX and Azure, or the one of --only, in FILE",
    )
    options = parser.parse_args()
    parts = options.only or (SECTIONS if options.update else PARTS)
    hosts, sites, sizes = (4, 4, (50, 100)) if options.quick else (32, 16, (50, 100, 200, 500))

    given = shlex.join(sys.argv[1:])
    results = Results(f"make bench BENCH={shlex.quote(given)}" if given else "make bench")
    started = time.perf_counter()
    if "versus" in parts:
        with LabProcess(hosts) as lab:
            for latency_ms in (0, 20):
                _say(f"{hosts} hosts, {latency_ms} ms of latency: ours, the peer's loop, the peer with forks")
                results.versus.append(compare(lab, hosts, latency_ms))
    if "paths" in parts:
        _say(f"{sites} sites in process and as modules")
        results.paths = compare_paths(sites)
    if "scaling" in parts:
        measured = []
        for size in sizes:
            _say(f"{size} hosts in one task")
            measured.append(measure_size(size))
        results.sizes = list(growth(measured))
    if "hcx" in parts:
        _say("two HCX scenarios built and looked at again")
        results.hcx = measure_sites()
    if "azure" in parts:
        _say("a thousand Arc machines verified")
        results.azure = measure_machines()
    results.seconds = time.perf_counter() - started
    page = results.page()
    if options.update:
        page = results.renewed(options.update.read_text(encoding="utf-8"))
        options.update.write_text(page, encoding="utf-8")
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    print(page)


def _say(text: str) -> None:
    print(f"    {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
