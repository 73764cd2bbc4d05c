# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all server-side managed objects: properties by path, methods by wire name.

A subclass names its vim type and marks functions with @prop("config.network") and @method("AddVirtualNic"). A property
that the type has but the class does not provide reads as unset; a method likewise answers NotImplemented.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .bindings import DataObject, fault, properties_of, typed, vmodl
from .encode import element

if TYPE_CHECKING:
    from ..rules import Rules
    from ..world import Host
    from .server import VCenterServer
    from .sessions import Session

Function = TypeVar("Function", bound=Callable[..., Any])
_STEP = re.compile(r"([A-Za-z0-9_]+)((?:\[\"[^\"]*\"\])?)")


@dataclass(frozen=True)
class Call:
    """What a method may want to know about the request it serves."""

    method: str
    version: Any
    session: Session | None
    cookie: str | None


def prop(path: str, cached: bool = True) -> Callable[[Function], Function]:
    """Provide a property, or a nested path that is worth reading without its surroundings."""

    def mark(function: Function) -> Function:
        function.__dict__["lab_property"] = (path, cached)
        return function

    return mark


def method(name: str) -> Callable[[Function], Function]:
    """Serve a wire method; parameters arrive as keywords under their wire names."""

    def mark(function: Function) -> Function:
        function.__dict__["lab_method"] = name
        return function

    return mark


def invalid_property(path: str) -> Any:
    return fault(vmodl.query.InvalidProperty, f"Property {path} is not valid", name=path)


class Node:
    """One managed object. `state()` is the value whose identity tells whether cached XML still holds."""

    vim_type: ClassVar[Any]
    _readers: ClassVar[dict[str, tuple[Callable[[Any], Any], bool]]] = {}
    _methods: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._readers, cls._methods = dict(cls._readers), dict(cls._methods)
        for function in vars(cls).values():
            marks = getattr(function, "__dict__", {})
            if "lab_property" in marks:
                path, cached = marks["lab_property"]
                cls._readers[path] = (function, cached)
            if "lab_method" in marks:
                cls._methods[marks["lab_method"]] = function

    def __init__(self, vcenter: VCenterServer, moid: str) -> None:
        self.vcenter = vcenter
        self.moid = moid
        self.ref: Any = self.vim_type(moid)
        self._cache: dict[tuple[str, Any], str] = {}
        self._cached_for: Any = None

    def state(self) -> Any:
        """None: never cache."""
        return None

    def exclusive_host(self, method_name: str, values: dict[str, Any]) -> Host | None:
        """The host whose networking this method occupies while it runs."""
        return None

    def busy(self, rules: Rules) -> Any:
        """The fault of a second operation while one occupies the host."""
        raise NotImplementedError

    def handler(self, name: str) -> Callable[..., Any] | None:
        function = self._methods.get(name)
        return None if function is None else function.__get__(self)

    def denied(self, path: str) -> Any:
        """A fault when this path exists but cannot be read now; it goes to missingSet."""
        return None

    def read(self, path: str) -> Any:
        """The value at a property path, None when unset; InvalidProperty when the type has no such path."""
        kind, value, rest = self._start(path)
        for position, step in enumerate(rest):
            match = _STEP.fullmatch(step)
            if match is None:
                raise invalid_property(path)
            name, key = match.groups()
            holder = type(value) if isinstance(value, DataObject) else kind
            if not (isinstance(holder, type) and issubclass(holder, DataObject)):
                raise invalid_property(path)
            info = properties_of(holder).get(name)
            if info is None:
                raise invalid_property(path)
            kind = info.type
            value = None if value is None else getattr(value, name)
            if key:
                kind, value = self._element(kind, value, key[2:-2], path)
            elif issubclass(kind, list) and position < len(rest) - 1:
                raise invalid_property(path)
        return self._present(value, kind)

    def _start(self, path: str) -> tuple[Any, Any, list[str]]:
        """The longest provided prefix of the path: declared type, value, remaining steps."""
        steps = re.findall(r'[^.\["]+(?:\["[^"]*"\])?', path)
        if not steps or ".".join(steps) != path:
            raise invalid_property(path)
        for end in range(len(steps), 0, -1):
            prefix = ".".join(steps[:end])
            if prefix in self._readers:
                return self._declared(steps[:end], path), self._readers[prefix][0](self), steps[end:]
        return self._declared(steps[:1], path), None, steps[1:]

    def _declared(self, steps: list[str], path: str) -> Any:
        kind = self.vim_type
        for step in steps:
            info = properties_of(kind).get(step)
            if info is None:
                raise invalid_property(path)
            kind = info.type
        return kind

    @staticmethod
    def _element(kind: Any, value: Any, key: str, path: str) -> tuple[Any, Any]:
        if not issubclass(kind, list):
            raise invalid_property(path)
        found = next((item for item in value or [] if str(getattr(item, "key", None)) == key), None)
        return kind.Item, found

    @staticmethod
    def _present(value: Any, kind: Any) -> Any:
        if value is None or (isinstance(value, list) and not value):
            return None
        return typed(value, kind)

    def propset(self, path: str, version: Any) -> str:
        """<propSet> of one path, or nothing when unset; served from the cache while the state is the same."""
        current = self.state()
        if current is None or not self._cacheable(path):
            return self._propset(path, version)
        if self._cached_for != current:
            self._cached_for = current
            self._cache.clear()
        key = (path, version)
        if key not in self._cache:
            self._cache[key] = self._propset(path, version)
        return self._cache[key]

    def _cacheable(self, path: str) -> bool:
        name = path.partition(".")[0]
        return self._readers.get(name, (None, True))[1] and self._readers.get(path, (None, True))[1]

    def _propset(self, path: str, version: Any) -> str:
        value = self.read(path)
        if value is None:
            return ""
        return f"<propSet><name>{_escaped(path)}</name>{element('val', value, version)}</propSet>"


def _escaped(path: str) -> str:
    return path.replace('"', "&quot;")
