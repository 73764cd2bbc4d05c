# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a wave of migrations: a row for each virtual machine, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
MEANING = (
    "The downtime is the time from the begin of the cut-over's task, which powers the source off, to its end, when the "
    "target is on: an upper bound."
)
FROM_JOB = ("state", "rpo_minutes", "started_at", "cutover_start", "cutover_end", "downtime_seconds")
HEADER = ("VM", "state", "start", "RPO min", "cut-over start", "cut-over end", "downtime s", "verdict", "warnings")


def report(
    wave: str,
    vms: Sequence[Facts],
    jobs: Sequence[Facts],
    failures: Sequence[Facts],
    verdicts: Sequence[Facts],
) -> dict[str, Any]:
    """``jobs`` and ``failures`` are those of the migration's tasks; later entries of a machine win over earlier ones.

    A failure that a later run has mended is not told: a machine whose job is completed has none.
    """
    by_job = {job["vm"]: job for job in jobs}
    by_verdict = {one["vm"]: one for one in verdicts}
    by_failure = {failure["chain"]: failure for failure in failures}
    rows = []
    for vm in vms:
        job = by_job.get(vm["name"], {})
        failure = by_failure.get(vm["name"]) or by_failure.get(job.get("migration"))
        if job.get("state") == "completed":
            failure = None
        verdict = by_verdict.get(vm["name"])
        rows.append(_row(vm["name"], job, failure, verdict))
    return {"wave": wave, "summary": _summary(rows), "vms": rows}


def _row(name: str, job: Facts, failure: Facts | None, verdict: Facts | None) -> dict[str, Any]:
    warnings = []
    if failure:
        warnings.append(str(failure.get("error")))
    elif job.get("error"):
        warnings.append(f"The replication failed: {job['error']}")
    if job.get("rpo_violation") and not failure and job.get("state") != "completed":
        warnings.append(f"The replica is {job['rpo_violation']} min behind its RPO.")
    if verdict and not verdict["migrated"]:
        warnings.append(verdict["reason"])
    steps = [failure.get("hint") if failure else None, verdict["to_do"] if verdict else None]
    return {
        "vm": name,
        **{key: job.get(key) for key in FROM_JOB},
        "failed": bool(failure),
        "migrated": verdict["migrated"] if verdict else None,
        "verdict": verdict["verdict"] if verdict else None,
        "warnings": warnings,
        "to_do": [step for step in steps if step],
    }


def _summary(rows: Sequence[Facts]) -> dict[str, Any]:
    downtimes = [row["downtime_seconds"] for row in rows if row["downtime_seconds"] is not None]
    return {
        "vms": len(rows),
        "cut_over": sum(row["state"] == "completed" for row in rows),
        "verified": sum(row["migrated"] is True for row in rows),
        "need_attention": [row["vm"] for row in rows if row["warnings"] or row["failed"]],
        "longest_downtime_seconds": max(downtimes, default=None),
    }


def markdown(found: Facts) -> str:
    """The report of `report` for people."""
    summary = found["summary"]
    longest = summary["longest_downtime_seconds"]
    lines = [
        f"# Migration wave {_text(found['wave'])}",
        "",
        f"- virtual machines: {summary['vms']}",
        f"- cut over: {summary['cut_over']}",
        f"- proven at both ends: {summary['verified']}",
        f"- need attention: {len(summary['need_attention'])}",
        f"- longest downtime: {'not known' if longest is None else f'{longest} s'}",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(_line(row) for row in found["vms"]),
    ]
    told = [row for row in found["vms"] if row["warnings"]]
    if told:
        lines += ["", "## What to do", ""]
    for row in told:
        lines += [f"- **{_text(row['vm'])}**: {_text(_sentences(row))}"]
    return "\n".join([*lines, "", MEANING]) + "\n"


def _line(row: Facts) -> str:
    cells = [
        row["vm"],
        "failed" if row["failed"] else row["state"],
        row["started_at"],
        row["rpo_minutes"],
        row["cutover_start"],
        row["cutover_end"],
        row["downtime_seconds"],
        row["verdict"],
        len(row["warnings"]) or None,
    ]
    return f"| {' | '.join('' if cell is None else _text(str(cell)) for cell in cells)} |"


def _sentences(row: Facts) -> str:
    return " ".join(said if said.endswith(".") else f"{said}." for said in [*row["warnings"], *row["to_do"]])


def _text(text: str) -> str:
    """Without what Markdown would take for its own signs."""
    return text.replace("|", "\\|").replace("\n", " ")
