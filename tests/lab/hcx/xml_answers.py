# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML form of an answer, which clients get that do not ask for JSON (HCX reference 3.1).

The one known answer is a map as <entries><entry><string>key</string>value</entry></entries>; nested values follow the
same pattern, which is inferred.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

MEDIA_TYPE = "application/xml"


def document(value: Any) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(value)}'


def _element(value: Any) -> str:
    if isinstance(value, dict):
        entries = (f"<entry><string>{escape(str(k))}</string>{_element(v)}</entry>" for k, v in value.items())
        return f"<entries>{''.join(entries)}</entries>"
    if isinstance(value, list):
        return f"<list>{''.join(_element(v) for v in value)}</list>"
    if value is None:
        return "<null/>"
    if isinstance(value, bool):
        return f"<boolean>{str(value).lower()}</boolean>"
    if isinstance(value, int):
        return f"<long>{value}</long>"
    return f"<string>{escape(str(value))}</string>"
