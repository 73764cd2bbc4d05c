# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP requests to values, strictly: every element must be declared, in order, of the right type, and complete.

A real server answers a body it cannot parse with vmodl.fault.InvalidRequest (vSphere reference 17).
"""

from __future__ import annotations

import base64
import binascii
import io
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

from pyVmomi import Iso8601

from .bindings import (
    NAMESPACE,
    OPTIONAL,
    SOAP,
    XSD,
    XSI,
    Binary,
    DataObject,
    Enum,
    Fault,
    ManagedMethod,
    ManagedObject,
    PropertyPath,
    fault,
    field,
    method_info,
    older_or_same,
    properties_of,
    typed,
    vmodl,
    wsdl_type,
)


@dataclass(frozen=True)
class Reference:
    """`_this`: what a request names as its receiver."""

    kind: str
    moid: str


@dataclass(frozen=True)
class SoapRequest:
    method: str
    receiver: Reference
    body: ET.Element
    prefixes: dict[str, str]


def invalid(text: str) -> Any:
    return fault(vmodl.fault.InvalidRequest, text)


def parse(raw: bytes) -> SoapRequest:
    """The envelope's one method element; InvalidRequest when there is no such thing."""
    prefixes: dict[str, str] = {}
    root: ET.Element | None = None
    try:
        for event, item in ET.iterparse(io.BytesIO(raw), events=("start-ns", "start")):
            if event == "start-ns":
                prefixes[item[0]] = item[1]
            elif root is None:
                root = item
    except ET.ParseError as error:
        raise invalid(f"XML document is not well formed: {error}") from error
    if root is None or root.tag != f"{{{SOAP}}}Envelope":
        raise invalid("the document is not a SOAP 1.1 envelope")
    body = root.find(f"{{{SOAP}}}Body")
    if body is None or len(body) != 1:
        raise invalid("a SOAP body with exactly one method element is expected")
    element = body[0]
    namespace, name = split(element.tag)
    if namespace != NAMESPACE:
        raise invalid(f"unknown namespace {namespace!r} of method {name}")
    if not len(element) or split(element[0].tag)[1] != "_this":
        raise invalid(f"{name}: the first element must be _this")
    this = element[0]
    kind, moid = this.get("type"), (this.text or "").strip()
    if not kind or not moid:
        raise invalid(f"{name}: _this needs a type attribute and an id")
    return SoapRequest(name, Reference(kind, moid), element, prefixes)


def split(tag: str) -> tuple[str, str]:
    namespace, _rest, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name


def simple_parameter(name: str, kind: Any, optional: bool = False, version: str = "vim.version.version1") -> Any:
    """The description of a parameter for methods that the bindings do not know."""
    return field(name=name, type=kind, flags=OPTIONAL if optional else 0, version=version)


def arguments(request: SoapRequest, params: list[Any], version: Any) -> dict[str, Any]:
    """Parameter name to value, None for absent optional ones; InvalidRequest on anything undeclared or missing."""
    decoder = _Decoder(request.prefixes, version)
    return decoder.members(list(request.body)[1:], params, f"method {request.method}")


class _Decoder:
    def __init__(self, prefixes: dict[str, str], version: Any) -> None:
        self._prefixes = prefixes
        self._version = version

    def members(self, elements: list[ET.Element], infos: list[Any], where: str) -> dict[str, Any]:
        known = {info.name: position for position, info in enumerate(infos)}
        values: dict[str, Any] = {}
        last = -1
        for element in elements:
            name = split(element.tag)[1]
            position = known.get(name)
            if position is None or not older_or_same(infos[position].version, self._version):
                raise invalid(f'Unexpected element tag "{name}" seen while parsing {where}')
            if position < last:
                raise invalid(f'Element "{name}" is out of order while parsing {where}')
            last = position
            info = infos[position]
            is_list = issubclass(info.type, list)
            if not is_list and name in values:
                raise invalid(f'Element "{name}" appears twice while parsing {where}')
            value = self.value(element, info.type.Item if is_list else info.type, f'"{name}" of {where}')
            if not is_list:
                values[name] = value
            elif isinstance(value, list):
                values.setdefault(name, info.type()).extend(value)
            else:
                values.setdefault(name, info.type()).append(value)
        for info in infos:
            if info.name in values:
                continue
            if not info.flags & OPTIONAL and older_or_same(info.version, self._version):
                raise invalid(f"Required property {info.name} is missing from {where}")
            values[info.name] = info.type() if issubclass(info.type, list) else None
        return values

    def value(self, element: ET.Element, kind: Any, where: str) -> Any:
        kind = self._narrowed(element, kind, where)
        if kind in (type, PropertyPath, ManagedMethod) or issubclass(kind, (ManagedObject, DataObject, list)):
            return self._composite(element, kind, where)
        if len(element):
            raise invalid(f"text is expected for {where}")
        return self._scalar((element.text or ""), kind, where)

    def _narrowed(self, element: ET.Element, kind: Any, where: str) -> Any:
        """xsi:type may only narrow the declared type."""
        stated = element.get(f"{{{XSI}}}type")
        if not stated:
            return str if kind is object else kind
        prefix, _rest, name = stated.rpartition(":")
        namespace = self._prefixes.get(prefix, NAMESPACE)
        try:
            narrow = wsdl_type(XSD if namespace == XSD else NAMESPACE, name)
        except KeyError as error:
            raise invalid(f"unknown type {stated} of {where}") from error
        if kind is object or kind in (type, PropertyPath, ManagedMethod):
            return narrow if kind is object else kind
        if issubclass(kind, ManagedObject) and narrow is ManagedObject:
            return kind
        if issubclass(kind, Fault) or issubclass(narrow, kind) or (issubclass(narrow, list) and narrow.Item is kind):
            return narrow
        if kind in (int, float) and issubclass(narrow, (int, float)):
            return kind
        raise invalid(f"type {stated} does not fit {where}")

    def _composite(self, element: ET.Element, kind: Any, where: str) -> Any:
        text = (element.text or "").strip()
        if kind is type:
            try:
                return wsdl_type(NAMESPACE, text.rpartition(":")[2])
            except KeyError as error:
                raise invalid(f"unknown type name {text!r} for {where}") from error
        if kind is PropertyPath:
            return text
        if kind is ManagedMethod:
            try:
                return method_info(text)
            except KeyError as error:
                raise invalid(f"unknown method name {text!r} for {where}") from error
        if issubclass(kind, list):
            return kind([self.value(child, kind.Item, where) for child in element])
        if issubclass(kind, ManagedObject):
            return self._reference(element, kind, where)
        values = self.members(list(element), list(properties_of(kind).values()), f"data object {kind.__name__}")
        made = kind()
        for name, value in values.items():
            if value is not None:
                object.__setattr__(made, name, value)
        return made

    def _reference(self, element: ET.Element, kind: Any, where: str) -> Any:
        stated, moid = element.get("type"), (element.text or "").strip()
        if not stated or not moid:
            raise invalid(f"a reference with type and id is expected for {where}")
        try:
            actual = wsdl_type(NAMESPACE, stated)
        except KeyError as error:
            raise invalid(f"unknown type {stated} for {where}") from error
        if not issubclass(actual, kind):
            raise invalid(f"a {kind.__name__} is expected for {where}, not a {stated}")
        return actual(moid)

    def _scalar(self, text: str, kind: Any, where: str) -> Any:
        try:
            if kind is bool:
                return {"true": True, "1": True, "false": False, "0": False}[text.strip()]
            if kind is Binary:
                return Binary(base64.b64decode(text, validate=True))
            if issubclass(kind, Enum):
                return typed(text, kind)
            if issubclass(kind, str):
                return text
            if issubclass(kind, (int, float)):
                return kind(text)
            moment = Iso8601.ParseISO8601(text)
            if moment is not None:
                return moment
        except (KeyError, ValueError, AttributeError, binascii.Error):
            pass
        raise invalid(f"{text!r} is not a valid {kind.__name__} for {where}")
