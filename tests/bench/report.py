# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurements as a page for people: docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from tools.peers import peer_collections

from .azure import ArcMachines
from .hcx import HcxSites
from .measure import SAMPLE_SECONDS
from .paths import Paths
from .scaling import Growth
from .versus import FORKS, Versus

# The targets are stated for this size; on a smaller one, the start of Ansible outweighs the work.
FULL_HOSTS, FULL_SITES = 32, 16

# How the sections of the page begin that can be measured by themselves, and the one before which they stand.
SECTIONS = {"hcx": "## HCX: ", "azure": "## Azure: "}
FIRST_AFTER = "## Targets\n"


@dataclass(frozen=True)
class Target:
    """`wanted` is shown; it says whether more or less is better."""

    what: str
    wanted: str
    measured: float
    met: bool


@dataclass
class Results:
    """Everything one run of the benchmark measured."""

    command: str
    versus: list[Versus] = field(default_factory=list)
    paths: Paths | None = None
    sizes: list[Growth] = field(default_factory=list)
    hcx: HcxSites | None = None
    azure: ArcMachines | None = None
    seconds: float = 0.0
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def page(self) -> str:
        return self._rendered("page.md.j2")

    def renewed(self, page: str) -> str:
        """A page that was written before, with the sections that were measured now."""
        measured = {"hcx": self.hcx, "azure": self.azure}
        for name, heading in SECTIONS.items():
            if measured[name]:
                page = _with_section(page, heading, self._rendered(f"{name}.md.j2"))
        return page

    def _rendered(self, template: str) -> str:
        templates = FileSystemLoader(Path(__file__).parent)
        environment = Environment(loader=templates, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
        return environment.get_template(template).render(
            command=self.command,
            minutes=round(self.seconds / 60),
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=f"{os.cpu_count()} cores ({_processor()}), {platform.system()}",
            load=f"{self.load_before:.1f} before, {os.getloadavg()[0]:.1f} after",
            software=_software,
            sample_seconds=SAMPLE_SECONDS,
            forks=FORKS,
            versus=self.versus,
            paths=self.paths,
            sizes=self.sizes,
            hcx=self.hcx,
            azure=self.azure,
            targets=list(self.targets()),
        )

    def targets(self) -> Iterator[Target]:
        """What the project promises, as far as it was measured at full size."""
        for versus in self.versus if self.versus and self.versus[0].hosts >= FULL_HOSTS else ():
            for run, what, times in (("again", "unchanged re-run", 30), ("converge", "build", 20)):
                faster = versus.faster(run)
                text = f"{what}: times faster than the peer's loop, {versus.latency_ms:g} ms of latency"
                yield Target(text, f"≥ {times}", faster, faster >= times)
            read, budget = versus.ours.info.calls, 6 + versus.hosts / 100
            yield Target(f"calls to read, {versus.latency_ms:g} ms of latency", f"≤ {budget:g}", read, read <= budget)
        if self.paths and self.paths.sites >= FULL_SITES:
            yield Target("in process: times faster than as modules", "≥ 8", self.paths.ratio, self.paths.ratio >= 8)


def _with_section(page: str, heading: str, section: str) -> str:
    """The section in the place of its old one, or before the first that follows all of them."""
    before, found, after = page.partition(f"\n{heading}")
    if not found:
        before, found, after = page.partition(FIRST_AFTER)
        return f"{before}{section}\n{found}{after}"
    _old, following, rest = after.partition("\n## ")
    return f"{before}\n{section}{following}{rest}"


def _software() -> Iterator[str]:
    yield f"Python {platform.python_version()}"
    for package in ("ansible-core", "pyvmomi"):
        yield f"{package} {version(package)}"
    manifest = peer_collections() / "ansible_collections/community/vmware/MANIFEST.json"
    yield f"community.vmware {json.loads(manifest.read_text(encoding='utf-8'))['collection_info']['version']}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
