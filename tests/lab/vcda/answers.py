# SPDX-License-Identifier: GPL-3.0-or-later
"""Availability's errors and pages (10.3, 10.5)."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, code: str, text: str, *args: str) -> None:
        super().__init__(text)
        self.status = status
        self.content = error(code, text, *args)


def error(code: str, text: str, *args: str) -> dict[str, Any]:
    trace = f"com.vmware.h4.lab.{code}: {text}\n\tat com.vmware.h4.lab.Service.serve(Service.java:1)"
    return {"code": code, "msg": text, "args": list(args), "stacktrace": trace}


def not_found(kind: str, name: str) -> Refused:
    return Refused(404, "NotFound", f"{kind} {name} does not exist.", name)


def bad_input(text: str, *args: str) -> Refused:
    return Refused(400, "BadUserInput", text, *args)


def page(found: list[Any], offset: int, limit: int) -> dict[str, Any]:
    return {"items": found[offset : offset + limit], "total": len(found)}
