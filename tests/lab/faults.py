# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test wants to go wrong: faults by service, method, host and occurrence, and latency by service and method."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Action = Literal["fault", "http", "drop_before", "drop_after", "fail_work", "never_end"]


@dataclass(eq=False)
class FaultRule:
    """One planned misbehaviour. Fields that are None match everything.

    action: "fault" answers with the system's own error `fault` and `message` (the operation has no effect), "http" with
    `status`, "drop_before" closes the connection without doing anything, "drop_after" after the operation was done.
    Of HCX and Availability, "fail_work" lets the job or task that the request starts fail in its `step` with `message`,
    "never_end" lets it stay there for ever; `method` is a verb with a path template, `fault` an error code.
    It strikes from the `nth` match on, `times` times (None: for ever).
    """

    action: Action
    method: str | None = None
    service: str | None = None
    host: str | None = None
    fault: str = "HostConfigFault"
    message: str = "The operation failed."
    status: int = 503
    step: int = 1
    nth: int = 1
    times: int | None = 1
    matched: int = 0
    struck: int = 0

    def strikes(self, service: str, method: str, host: str | None) -> bool:
        """Counts the occurrence."""
        for wanted, actual in ((self.service, service), (self.method, method), (self.host, host)):
            if wanted is not None and wanted != actual:
                return False
        self.matched += 1
        if self.matched < self.nth or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


class Faults:
    def __init__(self) -> None:
        self.rules: list[FaultRule] = []

    def add(self, action: Action, **fields: Any) -> FaultRule:
        rule = FaultRule(action, **fields)
        self.rules.append(rule)
        return rule

    def strike(self, service: str, method: str, host: str | None) -> FaultRule | None:
        """The first rule that strikes this request."""
        return next((rule for rule in self.rules if rule.strikes(service, method, host)), None)

    def clear(self) -> None:
        self.rules.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules]


@dataclass(eq=False)
class Latency:
    """Milliseconds added to a request; the most specific entry counts: service and method, method, service, default."""

    default_ms: float = 0.0
    entries: dict[tuple[str | None, str | None], float] = field(default_factory=dict)

    def set(self, milliseconds: float, service: str | None = None, method: str | None = None) -> None:
        if milliseconds < 0:
            raise ValueError("latency cannot be negative")
        if service is None and method is None:
            self.default_ms = milliseconds
        else:
            self.entries[service, method] = milliseconds

    def seconds(self, service: str, method: str) -> float:
        for key in ((service, method), (None, method), (service, None)):
            if key in self.entries:
                return self.entries[key] / 1000
        return self.default_ms / 1000

    def clear(self, default_ms: float = 0.0) -> None:
        self.default_ms = default_ms
        self.entries.clear()
