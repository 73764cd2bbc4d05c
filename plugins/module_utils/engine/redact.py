# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep secrets out of everything a task shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MASK = "********"


class Redactor:
    """Masks known secret values wherever they occur: in texts, in values and in the keys of mappings."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learn one more secret. Empty strings are ignored: masking them would mask everything."""
        if secret:
            self._secrets.add(secret)

    def text(self, text: str) -> str:
        # Longest first: a secret that contains another one must not be left half visible.
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def data(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.data(key): self.data(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        return value


def secret_values(spec: Mapping[str, Any], params: Any) -> list[str]:
    """The values of all options marked ``no_log`` in an argument spec, at any depth of sub-options."""
    if isinstance(params, list):
        return [secret for item in params for secret in secret_values(spec, item)]
    found: list[str] = []
    if not isinstance(params, Mapping):
        return found
    for name, option in spec.items():
        value = params.get(name)
        if value is None:
            continue
        if option.get("no_log"):
            found.extend(str(item) for item in (value if isinstance(value, list) else [value]))
        elif option.get("options"):
            found.extend(secret_values(option["options"], value))
    return found
