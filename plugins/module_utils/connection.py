# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server is, who logs in, and how it is trusted: the same for every system."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .engine.errors import InvalidInput


@dataclass(frozen=True)
class Connection:
    """``timeout`` in seconds for each answer. ``ca_path`` None trusts the certificates of the operating system."""

    hostname: str
    port: int
    username: str
    password: str
    validate_certs: bool
    ca_path: str | None
    timeout: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Connection:
        return cls(
            hostname=params["hostname"],
            port=params["port"],
            username=params["username"],
            password=params["password"],
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            timeout=params["request_timeout"],
        )

    @property
    def address(self) -> str:
        return f"{self.hostname}:{self.port}"

    @property
    def key(self) -> str:
        """What makes two logins the same one."""
        return json.dumps(asdict(self), sort_keys=True)

    def trust(self) -> ssl.SSLContext:
        if not self.validate_certs:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        return trusting(self.ca_path)


def trusting(ca_path: str | None) -> ssl.SSLContext:
    """Raises `InvalidInput` for a file that holds no certificates."""
    try:
        return ssl.create_default_context(cafile=ca_path)
    except OSError as error:
        reason = "it holds no valid certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise InvalidInput(f"ca_path {ca_path} cannot be used: {reason}; give a file of PEM certificates") from error
