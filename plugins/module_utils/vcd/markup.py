# SPDX-License-Identifier: GPL-3.0-or-later
"""XML as plain objects, and the only file that knows lxml.

Modules must be importable without lxml (documentation, argument checks); whoever parses or renders is told when it is
missing.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import InvalidInput, MissingLibrary, Refused

# Any, because lxml brings no types of its own.
etree: Any = None
IMPORT_ERROR: str | None = None

try:
    etree = importlib.import_module("lxml.etree")
except ImportError as error:
    IMPORT_ERROR = str(error)

# The namespace of everything below /api; the proxied NSX API uses none. (VCD reference 3.1)
VCLOUD = "http://www.vmware.com/vcloud/v1.5"


@dataclass
class Node:
    """An element. Names in the namespace of Cloud Director are bare; all others keep theirs as ``{namespace}name``."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def all(self, path: str) -> list[Node]:
        """Every element at ``path``, such as ``IpScopes/IpScope``."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def at(self, path: str) -> Node | None:
        """The first element at ``path``."""
        return next(iter(self.all(path)), None)

    def value(self, path: str) -> str:
        """The text at ``path``, empty where there is no such element."""
        found = self.at(path)
        return found.text if found else ""

    def walk(self) -> Iterator[Node]:
        """This element and everything inside it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def put(self, child: Node, order: tuple[str, ...]) -> None:
        """Put ``child`` in the place of its namesakes, or where ``order`` has it: the schemas are sequences."""
        before = order[: order.index(child.name)]
        kept = [one for one in self.children if one.name != child.name]
        place = max((number for number, one in enumerate(kept, 1) if one.name in before), default=0)
        self.children = [*kept[:place], child, *kept[place:]]

    def drop(self, *names: str) -> None:
        self.children = [one for one in self.children if one.name not in names]


def node(tag: str, /, *content: Node | str | int | None, **attributes: str) -> Node:
    """An element with a text, or with children; None leaves the child out."""
    children = [one for one in content if isinstance(one, Node)]
    text = "".join(_text(one) for one in content if isinstance(one, (str, int)))
    return Node(tag, text, dict(attributes), children)


def is_true(text: str) -> bool:
    """XML Schema spells a boolean in two ways."""
    return text.strip().lower() in ("true", "1")


def parse(text: str, origin: str) -> Node:
    """The document's root; ``origin`` says who has sent it. Raises `Refused` for what is no XML, or no harmless one.

    A document type is where entity attacks live, and no answer has one, so it is refused before the parser sees it.
    """
    _require()
    if "<!DOCTYPE" in text:
        raise Refused(f"{origin} sends XML with a document type, which no Cloud Director does; it was not read")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return _node(etree.fromstring(text.encode(), parser))
    except etree.XMLSyntaxError as error:
        raise Refused(f"{origin} sends no valid XML: {error}; check whether it is a Cloud Director") from error


def render(root: Node, namespace: str | None) -> str:
    """The document as a text, in ``namespace``. Raises `InvalidInput` for characters that XML cannot carry."""
    _require()
    try:
        element = _element(root, namespace, {None: namespace} if namespace else None)
    except ValueError as error:
        raise InvalidInput(f"an option holds characters that XML cannot carry: {error}") from error
    rendered: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
    return rendered.decode()


def _require() -> None:
    if IMPORT_ERROR:
        raise MissingLibrary(
            f"the Python package lxml is missing ({IMPORT_ERROR}); install it for the Python that runs this task"
        )


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _node(element: Any) -> Node:
    return Node(
        name=element.tag.removeprefix(f"{{{VCLOUD}}}"),
        text=(element.text or "").strip(),
        attributes=dict(element.attrib),
        children=[_node(child) for child in element],
    )


def _element(one: Node, namespace: str | None, names: dict[None, str] | None = None) -> Any:
    foreign = one.name.startswith("{") or namespace is None
    element = etree.Element(one.name if foreign else f"{{{namespace}}}{one.name}", nsmap=names)
    for name, value in one.attributes.items():
        element.set(name, value)
    element.text = one.text or None
    element.extend(_element(child, namespace) for child in one.children)
    return element
