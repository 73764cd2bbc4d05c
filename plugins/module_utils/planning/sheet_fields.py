# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the keys of a site sheet one by one, and collect every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

from .address_plan import Range, read_exclusion

Value = TypeVar("Value")

SECRET_KEY = re.compile(r"passw|secret|token|credential|private_?key", re.IGNORECASE)
ADDRESS = "an IPv4 address such as 10.0.0.1"
NETWORK = "an IPv4 network such as 10.0.0.0/24, with no bits set behind the prefix"
TEMPLATE_MARK = re.compile(r"\{[{%#]")


class Section:
    """One mapping of the sheet at a key path such as ``networks.vmotion``.

    Every reader takes a key and answers with its checked value, or None when the key is absent or unusable; a problem
    found on the way is added to `problems`. `close` reports the keys that nobody asked for.
    """

    def __init__(self, content: object, path: str, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self.asked: set[str] = set()
        self.readable = isinstance(content, Mapping)
        self.content: Mapping[Any, Any] = content if isinstance(content, Mapping) else {}
        if not self.readable:
            self.problem(None, f"is {shown(content)}, but must be a mapping of keys to values")

    def problem(self, key: str | None, text: str) -> None:
        where = ".".join(part for part in (self.path, key) if part) or "The sheet"
        self.problems.append(f"{where} {text}.")

    def given(self, key: str) -> bool:
        """Whether the sheet states the key; an empty YAML value counts as not stated."""
        self.asked.add(key)
        return self.content.get(key) is not None

    def close(self, secrets: str = "the environment (VMWARE_PASSWORD)") -> None:
        """Report unknown keys; `secrets` says where the password of this section's login may be beside a vault."""
        for key in self.content:
            if key in self.asked:
                continue
            if SECRET_KEY.search(str(key)):
                self.problem(
                    str(key),
                    "looks like a secret, which a sheet must not hold: put it into an encrypted vault variable "
                    f"or {secrets}",
                )
                continue
            near = difflib.get_close_matches(str(key), sorted(self.asked), n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            self.problem(str(key), f"is not a known key; {hint}Allowed: {', '.join(sorted(self.asked))}")

    def require(self, *keys: str) -> None:
        for key in keys:
            if not self.given(key) and self.readable:
                self.problem(key, "is missing")

    # Scalars

    def text(self, key: str, pattern: re.Pattern[str] | None = None, allowed: str = "") -> str | None:
        """A text of one line; `pattern` must match all of it, and `allowed` says in words what it accepts."""
        if not self.given(key):
            return None
        return self._text_value(key, self.content[key], pattern, allowed)

    def integer(self, key: str, low: int, high: int) -> int | None:
        if not self.given(key):
            return None
        value = self.content[key]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.problem(key, f"is {shown(value)}, but must be a whole number from {low} to {high}")
        return None

    def flag(self, key: str, default: bool) -> bool:
        if not self.given(key):
            return default
        value = self.content[key]
        if isinstance(value, bool):
            return value
        self.problem(key, f"is {shown(value)}, but must be true or false")
        return default

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        if not self.given(key):
            return default
        value = self.content[key]
        if value in choices:
            return str(value)
        near = difflib.get_close_matches(str(value), choices, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        self.problem(key, f"is {shown(value)}; {hint}Allowed: {', '.join(choices)}")
        return default

    # Addresses

    def address(self, key: str) -> IPv4Address | None:
        return self._parsed(key, IPv4Address, ADDRESS)

    def network(self, key: str) -> IPv4Network | None:
        return self._parsed(key, IPv4Network, NETWORK)

    def address_list(self, key: str) -> tuple[IPv4Address, ...]:
        found = [self._converted(f"{key}[{number}]", item, IPv4Address, ADDRESS) for number, item in self._list(key)]
        return tuple(item for item in found if item)

    def networks_by_name(self, key: str) -> dict[str, IPv4Network]:
        found = {
            name: self._converted(f"{key}.{name}", value, IPv4Network, NETWORK) for name, value in self._mapping(key)
        }
        return {name: network for name, network in found.items() if network}

    def exclusions(self, key: str) -> tuple[Range, ...]:
        what = "an address, a range such as 10.0.0.5-10.0.0.9, or a CIDR"
        found = [self._converted(f"{key}[{number}]", item, read_exclusion, what) for number, item in self._list(key)]
        return tuple(item for item in found if item)

    def addresses_by_host(self, key: str) -> dict[str, IPv4Address]:
        """Addresses given to hosts by name."""
        found = {
            host: self._converted(f"{key}.{host}", value, IPv4Address, ADDRESS) for host, value in self._mapping(key)
        }
        return {host: address for host, address in found.items() if address}

    # Collections

    def texts(self, key: str, pattern: re.Pattern[str] | None = None, allowed: str = "") -> tuple[str, ...]:
        """A list of different texts; letters that differ in case only do not make a difference."""
        found: list[str] = []
        for number, item in self._list(key):
            value = self._text_value(f"{key}[{number}]", item, pattern, allowed)
            if value is None:
                continue
            if value.lower() in (earlier.lower() for earlier in found):
                self.problem(f"{key}[{number}]", f"is {shown(value)}, which the list already holds")
                continue
            found.append(value)
        return tuple(found)

    def texts_by_name(self, key: str) -> dict[str, str]:
        found = {name: self._text_value(f"{key}.{name}", value, None, "") for name, value in self._mapping(key)}
        return {name: text for name, text in found.items() if text is not None}

    def choices(self, key: str, choices: Collection[str]) -> tuple[str, ...]:
        return tuple(self._chosen(key, value, choices) for value in self.texts(key))

    def section(self, key: str) -> Section | None:
        return Section(self.content[key], self._at(key), self.problems) if self.given(key) else None

    def sections(self, key: str) -> Iterator[Section]:
        """The mappings of a list, in its order."""
        for number, item in self._list(key):
            yield Section(item, self._at(f"{key}[{number}]"), self.problems)

    def named_sections(self, key: str) -> Iterator[tuple[str, Section]]:
        """The mappings under a mapping of names, in its order."""
        for name, item in self._mapping(key):
            yield name, Section({} if item is None else item, self._at(f"{key}.{name}"), self.problems)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _chosen(self, key: str, value: str, choices: Collection[str]) -> str:
        return Section({key: value}, self.path, self.problems).choice(key, choices, value)

    def _text_value(self, key: str, value: object, pattern: re.Pattern[str] | None, allowed: str) -> str | None:
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            self.problem(key, f"is {shown(value)}, but must be a text of one line")
        elif TEMPLATE_MARK.search(value):
            self.problem(
                key, f"is {shown(value)}, but a sheet holds plain values; put templates into a file of your own"
            )
        elif pattern and not pattern.fullmatch(value):
            self.problem(key, f"is {shown(value)}, but must be {allowed}")
        else:
            return str(value)
        return None

    def _parsed(self, key: str, parse: Callable[[str], Value], what: str) -> Value | None:
        return self._converted(key, self.content[key], parse, what) if self.given(key) else None

    def _converted(self, key: str, value: object, parse: Callable[[str], Value], what: str) -> Value | None:
        # ipaddress also takes numbers, which in a sheet are always mistakes.
        if isinstance(value, str):
            try:
                return parse(value)
            except ValueError:
                pass
        self.problem(key, f"is {shown(value)}, but must be {what}")
        return None

    def _list(self, key: str) -> Iterator[tuple[int, Any]]:
        if not self.given(key):
            return
        value = self.content[key]
        if isinstance(value, list | tuple):
            yield from enumerate(value)
        else:
            self.problem(key, f"is {shown(value)}, but must be a list")

    def _mapping(self, key: str) -> Iterator[tuple[str, Any]]:
        if not self.given(key):
            return
        value = self.content[key]
        if isinstance(value, Mapping):
            yield from ((str(name), item) for name, item in value.items())
        else:
            self.problem(key, f"is {shown(value)}, but must be a mapping of keys to values")


def shown(value: object) -> str:
    """A value as the sheet has it, shortened where it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return "empty" if value is None else str(value)
