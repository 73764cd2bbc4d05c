# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of cloudapi collections, with their Link header (VCD reference 3.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse

from . import answers
from .filters import compiled

if TYPE_CHECKING:
    from .director import Director

DEFAULT_SIZE = 25
Items = Iterable[Mapping[str, Any]]


def page(director: Director, request: Request, items: Items, known: set[str] | None = None) -> JSONResponse:
    """Those that the request asks for; `known` are attributes that a filter may name, by default the plain ones."""
    found = list(items)
    query = request.query_params
    names = (
        known if known is not None else {"name", "id"} | {k for i in found for k, v in i.items() if isinstance(v, str)}
    )
    try:
        test = compiled(query.get("filter", ""), names, query.get("filterEncoded") == "true", plain_values=True)
    except ValueError as error:
        raise answers.bad(str(error), "INVALID_FILTER") from error
    found = [i for i in found if test({k: str(_attribute(i, k)) for k in names})]
    number, size = (_positive(query.get(k, d), k) for k, d in (("page", "1"), ("pageSize", str(DEFAULT_SIZE))))
    if size > director.rules.vcd_page_size:
        raise answers.bad(f"pageSize is at most {director.rules.vcd_page_size}.")
    count = -(-len(found) // size)
    content: dict[str, Any] = {
        "resultTotal": len(found),
        "pageCount": count,
        "page": number,
        "pageSize": size,
        "associations": None,
        "values": found[(number - 1) * size : number * size],
    }
    headers = {}
    if number < count and director.rules.vcd_paging == "full":
        more = {**dict(query), "page": str(number + 1), "pageSize": str(size)}
        headers["Link"] = f'<{director.url}{request.url.path}?{urlencode(more)}>;rel="nextPage";type="application/json"'
    if director.rules.vcd_paging == "no_page_count":
        del content["pageCount"]
    return JSONResponse(content, headers=headers)


def _attribute(item: Mapping[str, Any], path: str) -> Any:
    """Dots lead into objects, as in ownerRef.id."""
    found: Any = item
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return "" if found is None else found


def _positive(text: str, name: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise answers.bad(f"{name} is a positive number, not {text!r}.")
    return int(text)
