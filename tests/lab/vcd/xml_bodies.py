# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an XML request: the media type that the call wants, one root element, the order of the schema."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi import Request

from . import answers
from .documents import VCLOUD, check_children, local, namespace, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from .director import Director


async def body(request: Request, media_type: str, root: str, by_nsx: bool = False) -> Element:
    """The document; Refused 415 for another media type, 400 for what is no such document."""
    given = request.headers.get("content-type", "").partition(";")[0].strip()
    if given != media_type:
        text = f"The content type is {media_type}, not {given or 'missing'}."
        raise answers.Refused(415, "UNSUPPORTED_MEDIA_TYPE", text)
    with bad_request(by_nsx):
        found = parsed(await request.body())
        wanted = None if by_nsx else VCLOUD
        if local(found) != root or namespace(found) != wanted:
            raise ValueError(f"The root element is {root} of namespace {wanted or '(none)'}, not {found.tag}.")
        return found


@contextmanager
def bad_request(by_nsx: bool = False) -> Iterator[None]:
    """ValueError becomes a refusal."""
    try:
        yield
    except ValueError as error:
        raise (answers.invalid_in_nsx(str(error)) if by_nsx else answers.bad(str(error))) from error


def check_sequence(director: Director, element: Element, *names: str) -> None:
    """ValueError for unknown, repeated or, by rule, misplaced children."""
    check_children(element, names, ordered=director.rules.vcd_element_order == "enforced")
