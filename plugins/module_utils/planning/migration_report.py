# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration network plan as Markdown, for a ticket or a review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def markdown(plan: Mapping[str, Any]) -> str:
    """The report of what `migration_network.plan` returns. Moves that differ in the VM only are told once."""
    parts = ["# Migration network plan", *_summary(plan["summary"])]
    for vms, move in _alike(plan["moves"]):
        parts += _move(vms, move)
    return "\n".join(parts) + "\n"


def _summary(summary: Mapping[str, Any]) -> list[str]:
    counts = {
        "moves": summary["moves"],
        "with all networks they need": summary["ready"],
        "with routed vMotion": summary["vmotion_routed"],
        "with warnings": summary["with_warnings"],
    }
    lines = ["", *(f"- {what}: {count}" for what, count in counts.items())]
    if summary["missing"]:
        lines += ["", "## Missing", ""]
        lines += _table(["moves", "what"], [[str(item["moves"]), item["what"]] for item in summary["missing"]])
    return lines


def _alike(moves: Sequence[Mapping[str, Any]]) -> Sequence[tuple[list[str], Mapping[str, Any]]]:
    groups: list[tuple[list[str], dict[str, Any]]] = []
    for move in moves:
        told = {key: value for key, value in move.items() if key != "vm"}
        for vms, known in groups:
            if known == told:
                vms.append(move["vm"])
                break
        else:
            groups.append(([move["vm"]], told))
    return groups


def _move(vms: Sequence[str], move: Mapping[str, Any]) -> list[str]:
    state = "powered on" if move["powered_on"] else "powered off"
    lines = [
        "",
        f"## {', '.join(map(_text, vms))}",
        "",
        f"{move['scope']}, {state} (row {move['row']} of the table)",
        "",
    ]
    lines += _table(["network", "carries"], [[item["network"], item["carries"]] for item in move["networks"]])
    rows = [
        [kind, side, _joined(way["devices"]), way["source"], _joined(way["subnets"]), _joined(way["mtu"]), _hosts(way)]
        for kind, sides in move["adapters"].items()
        for side, ways in sides.items()
        for way in ways
    ]
    lines += ["", *_table(["network", "side", "adapters", "by", "subnets", "MTU", "hosts"], rows)]
    lines += _listing("Missing", move["missing"])
    lines += _listing("Warnings", move["warnings"])
    lines += _listing("Routing", _routing(move["routed"]))
    lines += _listing(
        "What the vendor's documentation adds", [f"{item['reason']} [{item['source']}]" for item in move["refinements"]]
    )
    return lines


def _routing(routed: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for kind, routing in routed.items():
        for way in routing["gateways"]:
            over = f"over {way['gateway']} (by {way['by']})" if way["gateway"] else "without a gateway"
            yield f"{kind} to {_joined(way['to'])} {over}: {_hosts(way)}"


def _listing(title: str, sentences: Iterable[str]) -> list[str]:
    items = [f"- {_text(sentence)}" for sentence in sentences]
    return ["", f"{title}:", "", *items] if items else []


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([_text(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _joined(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values)) or "none"


def _hosts(way: Mapping[str, Any]) -> str:
    names = way["hosts"]
    return _joined(names) if len(names) <= 3 else f"{names[0]} to {names[-1]} ({len(names)})"


def _text(text: str) -> str:
    """Text of others, so that it cannot break out of its table cell or line."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
