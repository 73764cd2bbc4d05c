# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages with `nextLink` (Azure reference 2.6)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from .documents import document
from .errors import ArmError
from .gate import Answer
from .state import Resource

if TYPE_CHECKING:
    from .arm import Call

T = TypeVar("T")


def of_resources(call: Call, resources: Iterable[Resource]) -> Answer:
    """A page of resources, of which only those in it are written out."""
    return _part(call, sorted(resources, key=lambda r: r.key), lambda resource: document(call, resource))


def page(call: Call, entries: list[dict[str, Any]]) -> Answer:
    """The part of a list that the call asks for, in the order of ids."""
    return _part(call, sorted(entries, key=lambda e: str(e["id"]).lower()), lambda entry: entry)


def _part(call: Call, entries: list[T], written: Callable[[T], dict[str, Any]]) -> Answer:
    token = call.query.get("$skiptoken") or call.query.get("$skipToken")
    start = offset(token) if token else 0
    size = call.rules.azure_page_size
    if call.query.get("$top"):
        size = min(size, int(call.query["$top"]))
    body: dict[str, Any] = {"value": [written(entry) for entry in entries[start : start + size]]}
    if start + size < len(entries):
        kept = {k: v for k, v in call.query.items() if k.lower() not in ("$skiptoken", "$top")}
        query = urlencode({**kept, "$skiptoken": made(start + size)}, safe="$")
        body["nextLink"] = f"{call.arm.url}{call.path}?{query}"
    return Answer(200, body)


def made(start: int) -> str:
    return base64.b64encode(f"lab!{start}!page".encode()).decode()


def offset(token: str) -> int:
    """400 for a token that nobody gave."""
    try:
        mark, start, end = base64.b64decode(token, validate=True).decode().split("!")
        if (mark, end) == ("lab", "page"):
            return int(start)
    except (ValueError, binascii.Error):
        pass
    raise ArmError("InvalidSkipToken", f"The skip token '{token}' is invalid.")
