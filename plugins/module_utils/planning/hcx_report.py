# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a service mesh for people: Markdown for a ticket or a review, CSV of the firewall table for its team."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

COLUMNS = (
    "id",
    "site",
    "direction",
    "source",
    "source_addresses",
    "destination",
    "destination_addresses",
    "protocols",
    "ports",
    "mutual",
    "purpose",
    "needed_for",
    "reference",
)
UNKNOWN = "not stated"
NOT_LISTED = (
    "The rows restate the vendor's port list of an earlier 4.x release: compare them with ports.broadcom.com. They do "
    "not include OS Assisted Migration and SRM, which are to be looked up there. An appliance stands with all ranges "
    "of its profile, because HCX chooses the addresses when it builds the mesh."
)


def firewall_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The firewall table with a header; values of a list are separated by blanks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_csv_cell(row[column]) for column in COLUMNS] for row in rows)
    return text.getvalue()


def _csv_cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A spreadsheet takes such a text for a formula.
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@")) else str(value)


def markdown(plan: Mapping[str, Any]) -> str:
    """The report of what `hcx_mesh.plan` returns."""
    verdict = "fits" if plan["fits"] else "does not fit; see the cautions marked with **!**"
    lines = ["# HCX plan", "", f"The plan {verdict}."]
    lines += _cautions(plan["cautions"])
    lines += _appliances(plan)
    lines += _addresses(plan["addresses"])
    for site in dict.fromkeys(row["site"] for row in plan["firewall"]):
        lines += _firewall(site, [row for row in plan["firewall"] if row["site"] == site])
    lines += ["", NOT_LISTED]
    lines += _limits(plan["limits"])
    return "\n".join(lines) + "\n"


def _cautions(cautions: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["", "## Cautions", ""]
    for item in cautions:
        mark = "**!** " if item["blocks"] else ""
        site = f"{item['site']}: " if item["site"] else ""
        lines.append(f"- {mark}{_text(site + item['message'])} {_text(item['reason'])} [{item['source']}]")
    return lines if cautions else [*lines, "None."]


def _appliances(plan: Mapping[str, Any]) -> list[str]:
    header = ["site", "appliance", "count", "vCPU", "memory GB", "disk GB"]
    rows = []
    for place in plan["appliances"]:
        total = place["total"]
        rows += [[place["site"], *_sizes(row["type"], row)] for row in place["appliances"]]
        rows.append([place["site"], *_sizes("total", total)])
    lines = ["", "## Appliances", "", *_table(header, rows), ""]
    lines += [
        f"- {_text(place['site'])} needs {place['total']['disk_gb_while_upgrading']} GB of disk while appliances are "
        "upgraded or redeployed."
        for place in plan["appliances"]
    ]
    lines += [
        f"- {_text(pair['switch'])} to {_text(pair['remote_switch'])}: {pair['networks']} networks on "
        f"{pair['active']} active and {pair['standby']} standby NE."
        for pair in plan["switch_pairs"]
    ]
    return lines


def _sizes(kind: str, row: Mapping[str, Any]) -> list[Any]:
    return [kind, *(row[key] for key in ("count", "vcpu", "memory_gb", "disk_gb"))]


def _addresses(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    header = ["site", "profile", "roles", "network", "gateway", "MTU", "ranges", "needs", "outside", "usable", "fits"]
    cells = [
        [
            row["site"],
            row["profile"],
            ", ".join(row["roles"]),
            row["cidr"],
            row["gateway"] or "none",
            f"{row['mtu']} ({row['mtu_reason']})",
            ", ".join(row["ranges"]),
            f"{row['from_ranges']} ({', '.join(f'{count} {kind}' for kind, count in row['needed'].items())})",
            row["outside_ranges"],
            row["available"],
            "yes" if row["fits"] else "no",
        ]
        for row in rows
    ]
    note = "Outside its ranges, a management network has the address of the HCX Manager."
    return ["", "## Addresses", "", *_table(header, cells), "", note]


def _firewall(site: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    header = ["id", "direction", "source", "destination", "protocol", "port", "purpose", "needed for"]
    cells = [
        [
            row["id"],
            row["direction"] + (", either end begins" if row["mutual"] and row["direction"] == "local" else ""),
            _end(row, "source"),
            _end(row, "destination"),
            "/".join(row["protocols"]),
            ", ".join(map(str, row["ports"])),
            row["purpose"],
            ", ".join(row["needed_for"]),
        ]
        for row in rows
    ]
    return ["", f"## Firewall of {_text(site)}", "", *_table(header, cells)]


def _end(row: Mapping[str, Any], end: str) -> str:
    return f"{row[end]}: {', '.join(row[f'{end}_addresses']) or UNKNOWN}"


def _limits(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    header = ["limit", "figure", "planned", "name", "source"]
    cells = [
        [
            row["what"],
            f"{row['bound']} {row['figure']}",
            "-" if row["planned"] is None else f"{row['planned']}{' (!)' if row['exceeded'] else ''}",
            row["name"],
            row["source"],
        ]
        for row in rows
    ]
    return ["", "## Limits", "", *_table(header, cells)]


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([_text(str(cell)) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _text(text: str) -> str:
    """Text of others, so that it cannot break out of its table cell or line."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
