# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the agent, and where the lab answers in place of Azure.

The lab's set-up of a target writes ENVIRONMENT_FILE; nothing that manages the agent knows it. Its variables, which the
process environment overrides: MSFT_ARC_LAB_LOGIN, _ARM, _HIS (URLs), _CA (file), _IMDS (URL), _HARDWARE (UUID), _FAIL
(what goes wrong, see `failures`), _NOT_CONNECTED_EXIT, _ROOT (a folder in place of /).
"""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT_FILE = "/etc/azcmagent-lab.env"
METADATA = "http://169.254.169.254"
PREFIX = "MSFT_ARC_LAB_"
ENDPOINTS = {
    "AzureCloud": ("https://login.microsoftonline.com", "https://management.azure.com", "his.arc.azure.com"),
    "AzureUSGovernment": (
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "his.arc.azure.us",
    ),
    "AzureChinaCloud": ("https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn", "his.arc.azure.cn"),
}


def _from_file() -> dict[str, str]:
    try:
        lines = Path(ENVIRONMENT_FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def variable(name: str, default: str = "") -> str:
    """Of the lab's set-up, without its prefix."""
    return os.environ.get(PREFIX + name) or _from_file().get(PREFIX + name) or default


def path(absolute: str) -> Path:
    return Path(variable("ROOT", "/")) / absolute.lstrip("/")


def data(*parts: str) -> Path:
    """Below the agent's own folder."""
    return path("/var/opt/azcmagent").joinpath(*parts)


def failures() -> list[str]:
    """network, credentials, create, half-created, certificate, die-after-create, service: each at its place."""
    return [word for word in variable("FAIL").split(",") if word]


def login(cloud: str) -> str:
    return variable("LOGIN", ENDPOINTS[cloud][0])


def manager(cloud: str) -> str:
    return variable("ARM", ENDPOINTS[cloud][1])


def identity_service(cloud: str, region: str) -> str:
    return variable("HIS", f"https://{region}.{ENDPOINTS[cloud][2]}")


def hardware() -> str:
    """SMBIOS UUID as the guest sees it."""
    given = variable("HARDWARE")
    try:
        return given or Path("/sys/class/dmi/id/product_uuid").read_text(encoding="utf-8").strip()
    except OSError:
        return "00000000-0000-0000-0000-000000000000"
