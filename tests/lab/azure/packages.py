# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of the package repository (Azure reference 8.3)."""

from __future__ import annotations

from ..shared import Shared
from .gate import Answer, Arrived, Service
from .repository import Repository, Unavailable


class PackageServer:
    def __init__(self, shared: Shared, repository: Repository) -> None:
        self._shared, self._repository = shared, repository

    def service(self) -> Service:
        return Service("azure/packages", self._shared, lambda method, path: path, self._answer)

    def _answer(self, arrived: Arrived) -> Answer:
        if arrived.method not in ("GET", "HEAD"):
            return Answer(405)
        if arrived.path == "/":
            return Answer(200, b"The lab's packages\n", media_type="text/plain")
        try:
            found = self._repository.file(arrived.path)
        except Unavailable as problem:
            return Answer(503, str(problem).encode(), media_type="text/plain")
        if found is None:
            return Answer(404, b"Not found\n", media_type="text/plain")
        return Answer(200, found, media_type="application/octet-stream")
