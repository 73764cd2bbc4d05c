# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource Graph for queries on machines: a part of its language, in pages (Azure reference 11)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import directory, paging
from .api_versions import RESOURCE_GRAPH
from .documents import properties_of
from .errors import ArmError, invalid
from .gate import Answer
from .providers import TYPES
from .state import Resource

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

Row = dict[str, Any]
PATH = "/providers/Microsoft.ResourceGraph/resources"
MOST_ROWS = 1000
OPTIONS = {"$top", "$skip", "$skipToken", "resultFormat", "allowPartialScopes", "authorizationScopeFilter"}
FIELD = r"(?:tostring\(|tolower\()?([\w.$]+(?:\['[^']+'\])?)\)?"
COMPARISON = re.compile(rf"{FIELD}\s*(=~|==|!~|!=|contains|startswith|has)\s*(?:'([^']*)'|\"([^\"]*)\")")
LISTED = re.compile(rf"{FIELD}\s*(in~|in|!in~|!in)\s*\(([^)]*)\)")
FILLED = re.compile(rf"(isnotempty|isempty)\({FIELD}\)")
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=~": lambda a, b: a.lower() == b.lower(),
    "==": lambda a, b: a == b,
    "!~": lambda a, b: a.lower() != b.lower(),
    "!=": lambda a, b: a != b,
    "contains": lambda a, b: b.lower() in a.lower(),
    "startswith": lambda a, b: a.lower().startswith(b.lower()),
    "has": lambda a, b: b.lower() in re.findall(r"\w+", a.lower()),
}


def add_routes(routes: Routes) -> None:
    routes.add("POST", PATH, _query, RESOURCE_GRAPH)


def _query(call: Call) -> Answer:
    body = call.body("subscriptions", "managementGroups", "query", "options", "facets")
    query = body.get("query")
    if not isinstance(query, str) or not query.strip():
        raise invalid("query is required")
    options = body.get("options") or {}
    strange = options.keys() - {
        "$top",
        "$skip",
        "$skipToken",
        "resultFormat",
        "allowPartialScopes",
        "authorizationScopeFilter",
    }
    if strange:
        raise invalid(f"options has no member {min(strange)}")
    subscriptions = [s.lower() for s in body.get("subscriptions") or directory.SUBSCRIPTIONS]
    rows = _run(query, _table(call, subscriptions))
    return _page(call, rows, options)


def _page(call: Call, rows: list[Row], options: dict[str, Any]) -> Answer:
    top = options.get("$top", MOST_ROWS)
    if not isinstance(top, int) or not 1 <= top <= MOST_ROWS:
        raise _bad(f"$top is 1 to {MOST_ROWS}")
    size = min(top, call.rules.azure_graph_page_size)
    start = paging.offset(options["$skipToken"]) if options.get("$skipToken") else options.get("$skip", 0)
    part = rows[start : start + size]
    found: dict[str, Any] = {
        "totalRecords": len(rows),
        "count": len(part),
        "data": part,
        "facets": [],
        "resultTruncated": "false",
    }
    if options.get("resultFormat", "objectArray") == "table":
        columns = list(part[0]) if part else []
        found["data"] = {
            "columns": [{"name": name, "type": "string"} for name in columns],
            "rows": [[row[name] for name in columns] for row in part],
        }
    if start + size < len(rows):
        found["$skipToken"] = paging.made(start + size)
    headers = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
    return Answer(200, found, headers)


def _table(call: Call, subscriptions: list[str]) -> list[Row]:
    """What the identity may read, older than the lag, with types and group names in lower case."""
    seen = call.now - call.rules.azure_graph_lag_ms / 1000
    rows = []
    for resource in sorted(call.state.resources.values(), key=lambda r: r.key):
        subscription = resource.id.split("/")[2]
        known = resource.type.split("/")[0] in TYPES
        shown = subscription in subscriptions and known and resource.created <= seen
        if shown and call.allowed(f"{resource.type}/read", resource.id):
            rows.append(_row(call, resource, subscription))
    return rows


def _row(call: Call, resource: Resource, subscription: str) -> Row:
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type.lower(),
        "kind": (resource.kind or "").lower(),
        "location": resource.location,
        "resourceGroup": resource.group.lower(),
        "subscriptionId": subscription,
        "tenantId": directory.TENANT,
        "tags": dict(resource.tags),
        "identity": resource.identity,
        "properties": properties_of(call, resource),
    }


def _run(query: str, rows: list[Row]) -> list[Row]:
    table, *steps = _split(query, "|")
    if table.lower() != "resources":
        raise _bad(f"the table '{table}' is not one of: Resources")
    for step in steps:
        verb, _rest, rest = step.partition(" ")
        if verb.lower() == "where":
            rows = [row for row in rows if _holds(rest.strip(), row)]
        elif verb.lower() in ("project", "extend"):
            rows = [_projected(rest, row, keep=verb.lower() == "extend") for row in rows]
        elif verb.lower() in ("order", "sort"):
            rows = _ordered(rest, rows)
        elif verb.lower() in ("limit", "take"):
            rows = rows[: int(rest)]
        elif verb.lower() == "count":
            rows = [{"Count": len(rows)}]
        elif verb.lower() == "summarize":
            rows = _summarized(rest, rows)
        else:
            raise _bad(f"the operator '{verb}' is not understood")
    return rows


def _split(text: str, mark: str) -> list[str]:
    """Outside quotes and brackets."""
    parts, quote, depth = [""], "", 0
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == mark and not depth:
            parts.append("")
            continue
        parts[-1] += character
    return [part.strip() for part in parts]


def _holds(condition: str, row: Row) -> bool:
    return all(_one(part.strip(), row) for part in re.split(r"\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)", condition))


def _one(condition: str, row: Row) -> bool:
    while condition.startswith("(") and condition.endswith(")"):
        condition = condition[1:-1].strip()
    choices = re.split(r"\s+or\s+(?=(?:[^']*'[^']*')*[^']*$)", condition)
    if len(choices) > 1:
        return any(_one(choice, row) for choice in choices)
    if matched := COMPARISON.fullmatch(condition):
        field, operator, single, double = matched.groups()
        return COMPARE[operator](_text(_value(field, row)), single if single is not None else double)
    if matched := LISTED.fullmatch(condition):
        field, operator, given = matched.groups()
        wanted = [word.strip().strip("'\"") for word in _split(given, ",")]
        fold = operator.endswith("~")
        found = _text(_value(field, row))
        inside = found.lower() in {w.lower() for w in wanted} if fold else found in wanted
        return inside != operator.startswith("!")
    if matched := FILLED.fullmatch(condition):
        return bool(_text(_value(matched[2], row))) == (matched[1] == "isnotempty")
    raise _bad(f"the condition '{condition}' is not understood")


def _value(field: str, row: Row) -> Any:
    """A column, or a path into one; columns are found whatever their case."""
    found: Any = row
    for number, part in enumerate(re.findall(r"[\w$]+|(?<=\[')[^']+(?='\])", field)):
        if not isinstance(found, dict):
            return None
        named = part if number else next((k for k in found if k.lower() == part.lower()), None)
        if named is None:
            raise _bad(f"the column '{part}' does not exist")
        found = found.get(named)
    return found


def _text(found: Any) -> str:
    return "" if found is None else str(found)


def _projected(rest: str, row: Row, *, keep: bool) -> Row:
    made = dict(row) if keep else {}
    for part in _split(rest, ","):
        name, equals, expression = part.partition("=")
        expression = (expression if equals else name).strip()
        matched = re.fullmatch(r"(tostring|tolower)\((.+)\)", expression)
        found = _value(matched[2] if matched else expression, row)
        if matched:
            found = _text(found).lower() if matched[1] == "tolower" else _text(found)
        made[name.strip() if equals else expression.replace(".", "_")] = found
    return made


def _ordered(rest: str, rows: list[Row]) -> list[Row]:
    for part in reversed(_split(rest.removeprefix("by "), ",")):
        field, _rest, direction = part.partition(" ")
        rows = sorted(rows, key=lambda row: _text(_value(field, row)), reverse=direction.strip() == "desc")
    return rows


def _summarized(rest: str, rows: list[Row]) -> list[Row]:
    matched = re.fullmatch(r"(?:(\w+)\s*=\s*)?count\(\)(?:\s+by\s+(.+))?", rest.strip())
    if matched is None:
        raise _bad(f"only count() can be summarized, not '{rest}'")
    name, by = matched[1] or "count_", matched[2]
    if by is None:
        return [{name: len(rows)}]
    counted = Counter(tuple(_projected(by, row, keep=False).items()) for row in rows)
    return [{**dict(keys), name: number} for keys, number in counted.items()]


def _bad(text: str) -> ArmError:
    return ArmError(
        "BadRequest",
        "Please provide below info when asking for support: timestamp, correlationId.",
        gateway=False,
        details=[{"code": "InvalidQuery", "message": f"Query is invalid: {text}."}],
    )
