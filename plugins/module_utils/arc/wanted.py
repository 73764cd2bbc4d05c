# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task wants of an agent, checked before anything is asked. (Azure reference 6.2, 9.2, 9.3)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import refuse_if
from .settings import problems as settings_problems
from .settings import wanted_settings
from .situation import InAzure, Permits

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAME = re.compile(r"[a-zA-Z0-9_.-]{0,53}[a-zA-Z0-9.]")
GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
PLAIN = re.compile(r"[\w.:-]+")
PLACE = ("tenant_id", "subscription_id", "resource_group", "location")


@dataclass(frozen=True)
class Wanted:
    """``vm_id`` is given when a machine was made for this agent's own key. ``token`` is for Resource Manager."""

    state: str
    name: str
    resource_id: str
    place: Mapping[str, str]
    tags: Mapping[str, str]
    extras: Mapping[str, Any]
    settings: Mapping[str, Any]
    version: str
    token: str
    vm_id: str
    azure: InAzure
    permits: Permits

    @classmethod
    def from_params(cls, params: Mapping[str, Any], host: str) -> Wanted:
        """``host`` is the server's own name. Raises `InvalidInput` with every problem."""
        name = params["resource_name"] or host
        problems = settings_problems(params)
        if params["state"] == "connected":
            problems += _place_problems(params, name)
        if params["client_secret"] or params["client_certificate_password"]:
            problems.append(
                "a secret has reached the server; run the module by its action, which keeps it on the controller"
            )
        if params["vm_id"] and not GUID.fullmatch(params["vm_id"]):
            problems.append(f"vm_id {params['vm_id']} is no UUID")
        refuse_if(problems)
        place = {option: params[option] or "" for option in (*PLACE, "cloud")}
        subscription, group = place["subscription_id"], place["resource_group"]
        path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{name}"
        return cls(
            state=params["state"],
            name=name,
            resource_id=path,
            place=place,
            tags={key: str(value) for key, value in (params["tags"] or {}).items()},
            extras={
                "private-link-scope": params["private_link_scope"],
                "gateway-id": params["gateway_id"],
                "correlation-id": params["correlation_id"],
                "enable-automatic-upgrade": params["automatic_upgrade"],
                "ignore-network-check": params["ignore_network_check"],
            },
            settings=wanted_settings(params),
            version=params["agent_version"] or "",
            token=params["access_token"] or "",
            vm_id=params["vm_id"] or "",
            azure=_in_azure(params["azure_machine"]),
            permits=Permits(
                replace_stale=params["replace_stale"],
                move=params["allow_move"],
                reset_clone=params["reset_clone"],
                new_hardware=params["new_hardware"],
                azure_vm=params["allow_azure_vm"],
            ),
        )

    def connect_file(self) -> dict[str, Any]:
        """The content of ``--config``: keys are the names of the long flags. (Azure reference 9.3)"""
        named = {
            "access-token": self.token,
            "subscription-id": self.place["subscription_id"],
            "resource-group": self.place["resource_group"],
            "tenant-id": self.place["tenant_id"],
            "location": self.place["location"].replace(" ", "").lower(),
            "cloud": self.place["cloud"],
            "resource-name": self.name,
            "tags": tags_flag(self.tags),
            **self.extras,
        }
        return {key: value for key, value in named.items() if value}

    def existing_flags(self) -> list[str]:
        """The flags of ``connect existing``; no secret is among them. (Azure reference 9.4)"""
        named = {
            "--location": self.place["location"].replace(" ", "").lower(),
            "--resource-group": self.place["resource_group"],
            "--resource-name": self.name,
            "--subscription-id": self.place["subscription_id"],
            "--tenant-id": self.place["tenant_id"],
            "--vmid": self.vm_id,
            "--cloud": self.place["cloud"],
        }
        return [*(part for pair in named.items() for part in pair), "--use-saved-key"]


def tags_flag(tags: Mapping[str, str]) -> str:
    """``K=V,K2='V with space'``; quotes and backslashes inside a value are escaped. (Azure reference 9.2)"""
    return ",".join(f"{_quoted(name)}={_quoted(value)}" for name, value in tags.items())


def _quoted(text: str) -> str:
    if PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _place_problems(params: Mapping[str, Any], name: str) -> list[str]:
    found = [f"{option} is not given; state connected needs it" for option in PLACE if not params[option]]
    if params["subscription_id"] and not GUID.fullmatch(params["subscription_id"]):
        found.append(f"subscription_id {params['subscription_id']} is not the id of a subscription")
    if not NAME.fullmatch(name):
        found.append(
            f"resource_name {name} is no name of a machine: 1 to 54 letters, digits and _ - ., not with a hyphen or an "
            "underscore at the end"
        )
    if params["resource_group"] and not GROUP.fullmatch(params["resource_group"]):
        found.append(f"resource_group {params['resource_group']} is no name of a resource group")
    return found


def _in_azure(given: Mapping[str, Any] | None) -> InAzure:
    """None: nobody has looked. An empty mapping: there is no such machine."""
    if given is None:
        return InAzure()
    return InAzure(
        asked=True,
        found=bool(given.get("id")),
        status=given.get("status") or "",
        status_reason=given.get("status_reason") or "",
        vm_id=given.get("vm_id") or "",
        bios_uuid=given.get("bios_uuid") or "",
    )
