# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, regions and tags as Azure compares them. (Azure reference 2.1, 5, 6.2)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
MACHINE = re.compile(r"[a-zA-Z0-9_.-]{0,53}[a-zA-Z0-9.]")
NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+")
FORBIDDEN_IN_TAGS = set("<>%&\\?/")
MOST_TAGS, LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 50, 512, 256

Tags = dict[str, str]


def region(text: str) -> str:
    """``West Europe`` and ``westeurope`` are the same place."""
    return text.replace(" ", "").lower()


def group_problems(option: str, name: str) -> list[str]:
    rule = "1 to 90 letters, digits and _ - . ( ), not with a dot at the end"
    return [] if GROUP.fullmatch(name) else [f"{option} {name} is no name of a resource group: {rule}"]


def machine_problems(option: str, name: str) -> list[str]:
    rule = "1 to 54 letters, digits and _ - ., not with a hyphen or an underscore at the end"
    return [] if MACHINE.fullmatch(name) else [f"{option} {name} is no name of a machine: {rule}"]


def tag_problems(tags: Mapping[str, Any] | None) -> list[str]:
    problems = []
    for name, value in (tags or {}).items():
        if not name or len(name) > LONGEST_TAG_NAME or FORBIDDEN_IN_TAGS & set(name):
            rule = "1 to 512 characters without < > % & \\ ? /"
            problems.append(f"tag {name or '(empty)'} has a name that Azure does not take: {rule}")
        if value is None or isinstance(value, (dict, list)) or len(str(value)) > LONGEST_TAG_VALUE:
            problems.append(f"tag {name} has a value that Azure does not take: a text of at most 256 characters")
    folded = [name.lower() for name in tags or {}]
    twice = sorted({name for name in folded if folded.count(name) > 1})
    if twice:
        problems.append(f"tag {twice[0]} is given more than once; upper and lower case make no difference")
    if len(folded) > MOST_TAGS:
        problems.append(f"{len(folded)} tags are given; an object has at most {MOST_TAGS}")
    return problems


def wanted_tags(actual: Tags, wanted: Mapping[str, Any] | None, mode: str) -> Tags:
    """The tags that an object ends up with: ``merge`` keeps those that nobody speaks of, ``exact`` does not.

    A name keeps the spelling that the object has, because Azure compares names without case.
    """
    if wanted is None:
        return actual
    spelt = {name.lower(): name for name in actual}
    named = {spelt.get(name.lower(), name): str(value) for name, value in wanted.items()}
    return {**actual, **named} if mode == "merge" else named
