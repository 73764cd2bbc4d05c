# SPDX-License-Identifier: GPL-3.0-or-later
"""Site sheets from a table: one row per site, one column per key.

A column is named after the key path it fills, with underscores: ``vcenter_hostname``, ``vmotion_cidr``. An empty cell
states nothing. Cells that hold several values separate them with blanks.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping
from typing import Any

from .problems import Problems
from .site_sheet import ROLES

NETWORK_KEYS = (
    "portgroup",
    "switch",
    "device",
    "stack",
    "services",
    "vlan",
    "mtu",
    "cidr",
    "gateway",
    "dhcp",
    "first",
    "last",
    "exclude",
)
VCENTER_COLUMNS = {f"vcenter_{key}": key for key in ("hostname", "port", "username", "ca_path")}
HOST_COLUMNS = {"host_pattern": "pattern", "host_first": "first", "host_count": "count"}
NETWORK_COLUMNS = {f"{role}_{key}": (role, key) for role in ROLES for key in NETWORK_KEYS}
VERIFICATION_COLUMNS = {"verification_vmkping": "vmkping", "verification_pattern": "pattern"}
COLUMNS = (
    "site",
    *VCENTER_COLUMNS,
    "datacenter",
    "cluster",
    "hosts",
    *HOST_COLUMNS,
    *NETWORK_COLUMNS,
    *VERIFICATION_COLUMNS,
)
REQUIRED_COLUMNS = ("site", "vcenter_hostname", "datacenter", "cluster")
NUMBERS = ("port", "first", "count", "vlan", "mtu")
LISTS = ("services", "exclude")
FLAGS = {"yes": True, "true": True, "no": False, "false": False}


def parse_csv(text: str) -> list[dict[str, Any]]:
    """The sheets of a table separated by commas or, as some spreadsheets write it, by semicolons.

    Raises Problems for unknown, doubled or missing columns and for rows that do not fit the header. The values
    themselves are checked by `site_sheet.parse`.
    """
    lines = text.removeprefix("\ufeff")
    header = lines.partition("\n")[0]
    table = [row for row in csv.reader(io.StringIO(lines), delimiter=";" if ";" in header else ",") if any(row)]
    if not table:
        raise Problems(["The table is empty; its first row must name the columns."])
    names = [name.strip() for name in table[0]]
    problems = list(_header_problems(names))
    for number, row in enumerate(table[1:], start=1):
        if len(row) != len(names):
            problems.append(f"Row {number} has {len(row)} cells, but the header has {len(names)} columns.")
    if len(table) == 1:
        problems.append("The table has a header but no sites.")
    if problems:
        raise Problems(problems)
    return [_sheet({name: cell.strip() for name, cell in zip(names, row, strict=True)}) for row in table[1:]]


def _header_problems(names: list[str]) -> list[str]:
    problems = []
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.append(f'Column "{name}" appears {names.count(name)} times.')
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            problems.append(f'Column "{name}" is not known; {hint}Allowed: {", ".join(COLUMNS)}.')
    problems += [f'Column "{name}" is missing.' for name in REQUIRED_COLUMNS if name not in names]
    return problems


def _sheet(row: Mapping[str, str]) -> dict[str, Any]:
    cells = {name: cell for name, cell in row.items() if cell}
    networks: dict[str, dict[str, Any]] = {}
    for column, (role, key) in NETWORK_COLUMNS.items():
        if column in cells:
            networks.setdefault(role, {})[key] = _network_value(key, cells[column])
    return {
        "site": cells.get("site"),
        "vcenter": _part(cells, VCENTER_COLUMNS),
        "datacenter": cells.get("datacenter"),
        "clusters": [{"name": cells.get("cluster"), "hosts": _hosts(cells)}],
        "networks": networks,
        "verification": _part(cells, VERIFICATION_COLUMNS),
    }


def _hosts(cells: Mapping[str, str]) -> Any:
    """A list or a numbered pattern; a row with both keeps both, for the check of the sheet to refuse."""
    numbered = _part(cells, HOST_COLUMNS)
    listed = cells["hosts"].split() if "hosts" in cells else None
    if numbered and listed:
        return {**numbered, "hosts": listed}
    return numbered or listed


def _part(cells: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, Any]:
    return {key: _value(key, cells[column]) for column, key in columns.items() if column in cells}


def _network_value(key: str, cell: str) -> Any:
    """`first` is an address here, and a number where it counts hosts."""
    if key in LISTS:
        return cell.split()
    return cell if key == "first" else _value(key, cell)


def _value(key: str, cell: str) -> Any:
    """The cell as YAML would have it; what does not fit stays text, for the check of the sheet to name it."""
    if key in NUMBERS and cell.isascii() and cell.isdigit():
        return int(cell)
    if key in ("dhcp", "vmkping"):
        return FLAGS.get(cell.lower(), cell)
    return cell
