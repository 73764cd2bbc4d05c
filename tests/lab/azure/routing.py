# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of Azure Resource Manager: case does not matter, a scope may be any resource (Azure reference 2.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import ArmError
from .gate import Answer

if TYPE_CHECKING:
    from .arm import Call

Handler = Callable[["Call"], Answer]


@dataclass(frozen=True)
class Route:
    """`action` is the permission that a call needs; empty: none. `versions` are those of its resource type.

    `provider` is the namespace that must be registered before anything is made.
    """

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    versions: tuple[str, ...]
    action: str
    provider: str | None


class Routes:
    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(
        self,
        method: str,
        template: str,
        handler: Handler,
        versions: tuple[str, ...],
        action: str = "",
        provider: str | None = None,
    ) -> None:
        self._routes.append(Route(method, template, _pattern(template), handler, versions, action, provider))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """ArmError for a path that is not offered, or not for this method."""
        others = False
        for route in self._routes:
            matched = route.pattern.fullmatch(path.rstrip("/") or "/")
            if matched and route.method == method:
                return route, matched.groupdict()
            others = others or matched is not None
        if others:
            raise ArmError("MethodNotAllowed", f"The HTTP method '{method}' is not supported at scope '{path}'.")
        raise ArmError("NotFound", f"The lab's Azure offers nothing at '{path}'.")

    def template(self, method: str, path: str) -> str:
        """For the log: the path itself where nothing is offered."""
        try:
            return self.find(method, path)[0].template
        except ArmError:
            return path


def _pattern(template: str) -> re.Pattern[str]:
    text = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
    text = text.replace("/{scope}", r"(?P<scope>/.+?)")
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text), re.IGNORECASE)
