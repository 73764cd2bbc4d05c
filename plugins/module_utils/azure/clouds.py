# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Azure's clouds answer, and to whom a token may be shown. (Azure reference 1.1, 2.4)"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

HTTPS = 443


@dataclass(frozen=True)
class Endpoint:
    """A server of a cloud; its port is 443 except where somebody stands in for it."""

    host: str
    port: int = HTTPS

    def covers(self, url: str) -> bool:
        """Whether a URL leads to this server, or to a regional one below its name: only these may see the token."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        same = host == self.host or host.endswith(f".{self.host}")
        return parts.scheme == "https" and same and (parts.port or HTTPS) == self.port


@dataclass(frozen=True)
class Cloud:
    """``arm_host`` is also what a token is asked for, wherever its Resource Manager is reached."""

    name: str
    login_host: str
    arm_host: str

    @property
    def scope(self) -> str:
        return f"https://{self.arm_host}/.default"


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud("AzureCloud", "login.microsoftonline.com", "management.azure.com"),
        Cloud("AzureUSGovernment", "login.microsoftonline.us", "management.usgovcloudapi.net"),
        Cloud("AzureChinaCloud", "login.chinacloudapi.cn", "management.chinacloudapi.cn"),
    )
}


def endpoint(text: str) -> Endpoint:
    """From ``https://host`` or ``https://host:port``; raises ValueError for anything else."""
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.rstrip("/") or parts.query or parts.username:
        raise ValueError(text)
    return Endpoint(parts.hostname, parts.port or HTTPS)
