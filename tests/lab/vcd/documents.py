# SPDX-License-Identifier: GPL-3.0-or-later
"""XML of /api, which has a namespace, and of the proxied NSX API, which has none (VCD reference 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

VCLOUD = "http://www.vmware.com/vcloud/v1.5"
NAMESPACES: Any = {None: VCLOUD}
"""Any, because the stubs know no default namespace."""
MEDIA = "application/vnd.vmware.vcloud."
ADMIN = "application/vnd.vmware.admin."


def vcloud(name: str, attributes: Mapping[str, str | None] | None = None, *children: Element | None) -> Element:
    """Attributes and children that are None are left out."""
    made = etree.Element(f"{{{VCLOUD}}}{name}", nsmap=NAMESPACES)
    for key, value in (attributes or {}).items():
        if value is not None:
            made.set(key, value)
    made.extend([c for c in children if c is not None])
    return made


def leaf(name: str, value: str | int | bool) -> Element:
    made = vcloud(name)
    made.text = _text(value)
    return made


def link(rel: str, href: str, media_type: str | None = None, name: str | None = None) -> Element:
    return vcloud("Link", {"rel": rel, "href": href, "type": media_type, "name": name})


def nsx(name: str, *children: Element | tuple[str, str | int | bool] | None) -> Element:
    """Pairs become leaves."""
    made = etree.Element(name)
    for child in children:
        if isinstance(child, tuple):
            etree.SubElement(made, child[0]).text = _text(child[1])
        elif child is not None:
            made.append(child)
    return made


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def parsed(text: bytes) -> Element:
    """ValueError for what is no XML, or has a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"The body is no XML document: {error}") from error
    if b"<!DOCTYPE" in text:
        raise ValueError("A document type is not allowed.")
    return root


def local(element: Element) -> str:
    return str(etree.QName(element).localname)


def namespace(element: Element) -> str | None:
    found = etree.QName(element).namespace
    return str(found) if found else None


def child(element: Element, name: str) -> Element | None:
    return next((c for c in element if local(c) == name), None)


def children(element: Element, name: str) -> list[Element]:
    return [c for c in element if local(c) == name]


def text(element: Element, name: str, default: str = "") -> str:
    found = child(element, name)
    return (found.text or "").strip() if found is not None else default


def flag(element: Element, name: str, default: bool = False) -> bool:
    """ValueError for what is neither true nor false."""
    value = text(element, name, str(default).lower())
    if value not in ("true", "false", "1", "0"):
        raise ValueError(f"{name} is true or false, not {value!r}.")
    return value in ("true", "1")


def check_children(element: Element, names: Iterable[str], ordered: bool) -> None:
    """ValueError for children of other names, in another order, or that come twice; names with a * may repeat."""
    known = [n.rstrip("*") for n in names]
    repeatable = {n.rstrip("*") for n in names if n.endswith("*")}
    last, seen = 0, set()
    for found in element:
        name = local(found)
        if name not in known:
            expected = ", ".join(known)
            raise ValueError(
                f"Invalid content was found starting with element '{name}'. One of '{expected}' is expected."
            )
        if name in seen and name not in repeatable:
            raise ValueError(f"Element '{name}' comes twice in '{local(element)}'.")
        seen.add(name)
        position = known.index(name)
        if ordered and position < last:
            raise ValueError(f"Invalid content was found starting with element '{name}': it comes too late.")
        last = max(last, position)
