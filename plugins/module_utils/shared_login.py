# SPDX-License-Identifier: GPL-3.0-or-later
"""A login to an HTTP service that the tasks of a run share, renewed when the service no longer accepts it."""

from __future__ import annotations

import threading
from typing import Protocol

from .engine.redact import Redactor
from .run import Run, Saved


class LogIn(Protocol):
    """Logs in and answers with plain values, the token under ``token``.

    ``patient`` False fails at once when nobody answers.
    """

    def __call__(self, *, patient: bool) -> Saved: ...


class SharedLogin:
    """``system`` and ``key`` as in `Run.login`; ``saved`` is the login in use."""

    def __init__(self, run: Run, redactor: Redactor, system: str, key: str, log_in: LogIn) -> None:
        self._run = run
        self._redactor = redactor
        self._system = system
        self._key = key
        self._log_in = log_in
        self._lock = threading.Lock()
        # Nobody at all at the address is most likely a wrong one, so a first login does not wait for somebody.
        self.saved = self._known(run.login(system, key, lambda: log_in(patient=False)))

    def renew(self, stale: Saved) -> bool:
        """Replace a login that is no longer accepted; threads that find out together log in once.

        False when another thread had replaced it already.
        """
        with self._lock:
            if stale != self.saved:
                return False
            again = self._run.login(self._system, self._key, lambda: self._log_in(patient=True), stale=stale)
            self.saved = self._known(again)
            return True

    def _known(self, saved: Saved) -> Saved:
        self._redactor.add(saved["token"])
        return saved
