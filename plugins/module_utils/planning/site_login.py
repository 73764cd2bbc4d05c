# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sheet says to log in, the same for every system; the password never is in a sheet."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from .sheet_fields import Section
from .sheet_names import HOST_NAME, HOST_NAME_WORDS, PORT
from .variable_values import stated


@dataclass(frozen=True)
class Login:
    """None where the sheet leaves it to the modules' defaults."""

    hostname: str = ""
    port: int | None = None
    username: str | None = None
    ca_path: str | None = None

    @classmethod
    def read(cls, section: Section) -> Login:
        """Leaves the section open: others may ask for keys of their own before they close it."""
        section.require("hostname")
        return cls(
            hostname=section.text("hostname", HOST_NAME, HOST_NAME_WORDS) or "",
            port=section.integer("port", *PORT),
            username=section.text("username"),
            ca_path=section.text("ca_path"),
        )

    @classmethod
    def read_all(cls, section: Section | None, secrets: str) -> Login:
        """A section that holds nothing else; without one, the empty login. `secrets` is as in `Section.close`."""
        if section is None:
            return cls()
        found = cls.read(section)
        section.close(secrets)
        return found

    def variables(self, prefix: str) -> dict[str, str | int]:
        """What the sheet states, under names that start with the prefix."""
        return {f"{prefix}_{key}": value for key, value in stated(**asdict(self)).items()}
