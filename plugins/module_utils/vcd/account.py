# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs in to which Cloud Director, in which organization, and how."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..connection import Connection
from ..engine.errors import refuse_if

# The organization of the provider; its name is compared without case. (VCD reference 3.3)
SYSTEM = "System"


class Version(NamedTuple):
    """A version of the API; versions are compared by their numbers."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parsed(cls, text: str) -> Version | None:
        """None for what is no released version, such as ``38.0.0-alpha``."""
        found = re.fullmatch(r"(\d+)\.(\d+)", text.strip())
        return cls(int(found[1]), int(found[2])) if found else None


# What this client knows. (VCD reference 2.1)
OLDEST, NEWEST_MAJOR = Version(27, 0), 39


def is_known(version: Version) -> bool:
    return version >= OLDEST and version.major <= NEWEST_MAJOR


@dataclass(frozen=True)
class Account:
    """``token`` is an API token, instead of user name and password; ``version`` None is the newest that both know."""

    connection: Connection
    org: str
    token: str | None = None
    version: Version | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Account:
        """From the options of a module; raises `InvalidInput` with every problem."""
        problems = []
        org = (params["org"] or "").strip()
        if not org:
            problems.append("org is empty; give the organization that the user belongs to, System for the provider")
        if not params["api_token"] and not (params["username"] and params["password"]):
            problems.append("a login needs username and password, or api_token")
        version = Version.parsed(params["api_version"]) if params["api_version"] else None
        if params["api_version"] and (version is None or not is_known(version)):
            problems.append(
                f"api_version {params['api_version']} is not a version from {OLDEST} to {NEWEST_MAJOR}.x; leave it out "
                "to use the newest that the server offers"
            )
        refuse_if(problems)
        connection = Connection.from_params(
            {**params, "username": params["username"] or "", "password": params["password"] or ""}
        )
        return cls(connection, org, params["api_token"] or None, version)

    @property
    def is_provider(self) -> bool:
        return self.org.casefold() == SYSTEM.casefold()

    @property
    def user(self) -> str:
        """``name@organization``, the form that a login wants. (VCD reference 3.3)"""
        name = self.connection.username
        return name if name.casefold().endswith(f"@{self.org}".casefold()) else f"{name}@{self.org}"

    @property
    def key(self) -> str:
        """What makes two logins the same one."""
        return json.dumps([asdict(self.connection), self.org, self.token, self.version], sort_keys=True)
