# SPDX-License-Identifier: GPL-3.0-or-later
"""The one family of errors that a user may see.

Every error is one sentence that says what went wrong and what to do. Facts that a playbook may want to act upon
(``hint``, ``problems``, ``failed_changes``, ``service_code``, ...) travel beside the sentence and become keys of the
task's result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class MobilityError(Exception):
    """Base of the family: a sentence and facts."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts


class InvalidInput(MobilityError):
    """The task asks for something that cannot be; nothing was changed."""


class Refused(MobilityError):
    """The service, or one of our guards, said no; another attempt with the same input gives the same answer."""


class LoginFailed(MobilityError):
    """The service does not accept the credentials, or a login ended and could not be renewed."""


class Unreachable(MobilityError):
    """The service, or a host behind it, does not answer or cannot be trusted."""


class Busy(MobilityError):
    """Another operation is running on the same object; the same call may succeed later."""


class TimedOut(MobilityError):
    """A deadline passed before the wanted state was seen."""


class ApplyFailed(MobilityError):
    """Some changes of a plan could not be made; the others are reported as done."""


class MissingLibrary(MobilityError):
    """A Python package that this module needs is not installed where the module runs."""


def refuse_if(problems: Sequence[str]) -> None:
    """Raise one `InvalidInput` that carries every problem, so that a user mends them all in one go."""
    if not problems:
        return
    more = len(problems) - 1
    tail = "" if not more else f" (and {more} more {'problem' if more == 1 else 'problems'}, see 'problems')"
    raise InvalidInput(f"{problems[0]}{tail}", problems=list(problems))
