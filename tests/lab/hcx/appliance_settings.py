# SPDX-License-Identifier: GPL-3.0-or-later
"""What port 9443 configures, and what it is at the start (HCX reference 16)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .manager import Manager

LOCATIONS: dict[str, dict[str, Any]] = {
    "connector": {
        "city": "Hamburg",
        "country": "Germany",
        "cityAscii": "Hamburg",
        "latitude": 53.55,
        "longitude": 10.0,
    },
    "cloud": {"city": "Zurich", "country": "Switzerland", "cityAscii": "Zurich", "latitude": 47.37, "longitude": 8.54},
}
CITIES = [
    {k: place[k] for k in ("city", "country", "latitude", "longitude")} | {"province": place["city"]}
    for place in LOCATIONS.values()
]
SERVES_REQUESTS = ("appengine", "web")
"""Services without which port 443 answers 503."""


@dataclass
class ApplianceSettings:
    """`sections`: name to the configurations in it, without passwords."""

    sections: dict[str, list[dict[str, Any]]]
    location: dict[str, Any] | None
    licenses: list[dict[str, Any]] = field(default_factory=list)
    license_jobs: set[str] = field(default_factory=set)


def first_settings(manager: Manager) -> ApplianceSettings:
    """As after the usual set-up: activated, with vCenter, single sign-on and NSX."""
    vcenter = {
        "url": f"https://{manager.vcenter_name}",
        "userName": "administrator@vsphere.local",
        "vcuuid": manager.vcenter_uuid,
        "UUID": manager.vcenter_uuid,
        "name": manager.vcenter_name,
        "version": manager.rules.api_version,
    }
    sections: dict[str, list[dict[str, Any]]] = {
        "vcenter": [vcenter],
        "lookupservice": [known({"lookupServiceUrl": f"https://{manager.vcenter_name}", "providerType": "PSC"})],
        "nsx": [known({"url": "https://nsx.lab.example", "userName": "admin", "version": "4.1.2"})],
        "hcx": [known({"url": "https://connect.hcx.vmware.com"})],
        "proxy": [],
    }
    return ApplianceSettings(sections, dict(LOCATIONS[manager.name]))


def known(config: dict[str, Any]) -> dict[str, Any]:
    return config | {"UUID": secrets.token_hex(16)}
