# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the query service and of cloudapi: == and !=, ; for and, , for or, brackets (VCD reference 3.7, 3.8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from urllib.parse import unquote

from .names import last

Record = Mapping[str, str]
Test = Callable[[Record], bool]
OPERATORS = ("==", "!=")


def compiled(text: str, known: set[str], encoded: bool, plain_values: bool = False) -> Test:
    """ValueError for what is no filter, or asks for an unknown attribute.

    `encoded`: values are percent-encoded once more. `plain_values`: none may contain a comma or a semicolon.
    """
    if not text:
        return lambda record: True
    alternatives = [_split(part, ";") for part in _split(text, ",")]
    tests = [[_term(term, known, encoded, plain_values) for term in terms] for terms in alternatives]
    return lambda record: any(all(test(record) for test in terms) for terms in tests)


def _term(text: str, known: set[str], encoded: bool, plain_values: bool) -> Test:
    if text.startswith("(") and text.endswith(")"):
        return compiled(text[1:-1], known, encoded, plain_values)
    found = re.fullmatch(r"([A-Za-z_][\w.]*)(==|!=)(.*)", text, re.DOTALL)
    if found is None:
        raise ValueError(f"The filter {text!r} has no form like name==value.")
    key, operator, given = found.groups()
    value = re.sub(r"\\([(),;])", r"\1", unquote(given) if encoded else given)
    if key not in known:
        raise ValueError(f"The filter attribute {key} is not supported; supported are {', '.join(sorted(known))}.")
    if plain_values and re.search("[,;]", value):
        raise ValueError("A filter value cannot contain a comma or a semicolon.")
    equal = operator == "=="
    return lambda record: _matches(record.get(key, ""), value) is equal


def _matches(actual: str, wanted: str) -> bool:
    """References are equal when they mean the same object, whichever view of it they name."""
    if actual.startswith(("https://", "urn:")):
        return last(actual) == last(wanted)
    pattern = wanted.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(actual, pattern)


def _split(text: str, separator: str) -> list[str]:
    """At separators outside brackets; a backslash takes a bracket or separator its meaning."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if position and text[position - 1] == "\\":
            continue
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    if depth:
        raise ValueError(f"The filter {text!r} has a bracket too many or too few.")
    return [*parts, text[start:]]
