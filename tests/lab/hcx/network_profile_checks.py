# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a network profile: backings, names, addresses, pools (HCX reference 9, 17, 18)."""

from __future__ import annotations

import uuid
from ipaddress import IPv4Address
from itertools import pairwise
from typing import Any

from . import answers, inventory
from .manager import Manager
from .network_profile import NetworkProfile, ProfileBody, spans


def refused(manager: Manager, code: str, message: str) -> answers.Refused:
    """200 all the same, or 409 by rule."""
    status = 200 if manager.rules.hcx_refusals == "envelope" else 409
    return answers.Refused(status, answers.profile_written(None, None, code, message))


def content_of(manager: Manager, body: ProfileBody, before: NetworkProfile | None) -> dict[str, Any]:
    """What will be stored: names filled in, pool ids given out. Refused for whatever speaks against it."""
    content = body.model_dump(exclude={"objectId"}, exclude_none=True)
    for name in ("state", "jobDetails", *manager.rules.hcx_ip_usage_keys):
        content.pop(name, None)
    for backing in content["backings"]:
        if backing["vCenterInstanceUuid"] != manager.vcenter_uuid:
            raise refused(manager, "INVALID_BACKING", f"No vCenter {backing['vCenterInstanceUuid']} here.")
        seen = inventory.network(manager, backing["backingId"], backing.get("type"))
        if seen is None:
            text = f"There is no network {backing['backingId']} of type {backing.get('type')}."
            raise refused(manager, "INVALID_BACKING", text)
        backing["backingName"] = seen.name
    others = [p for p in manager.state.networks.values() if p is not before]
    if any(p.name == body.name for p in others):
        raise refused(manager, "DUPLICATE_NAME", f"A network profile named {body.name} exists.")
    _check_addresses(manager, content, others)
    _give_pools(manager, content, before)
    return content


def _check_addresses(manager: Manager, content: dict[str, Any], others: list[NetworkProfile]) -> None:
    for scope in content["ipScopes"]:
        for low, high in spans({"ipScopes": [scope]}):
            _check_range(manager, scope, low, high)
    mine = sorted(spans(content))
    for (_rest, high), (low, _rest) in pairwise(mine):
        if low <= high:
            raise refused(manager, "OVERLAPPING_RANGE", f"{IPv4Address(low)} is in two ranges of this profile.")
    if manager.rules.hcx_overlapping_ranges == "accept":
        return
    backings = {b["backingId"] for b in content["backings"]}
    neighbours = [o for o in others if backings & {b["backingId"] for b in o.content["backings"]}]
    for other in neighbours:
        if any(low <= last and first <= high for low, high in mine for first, last in spans(other.content)):
            raise refused(manager, "OVERLAPPING_RANGE", f"Addresses overlap with network profile {other.name}.")


def _check_range(manager: Manager, scope: dict[str, Any], low: int, high: int) -> None:
    first, last, gateway = str(IPv4Address(low)), str(IPv4Address(high)), scope.get("gateway")
    if low > high:
        raise refused(manager, "INVALID_RANGE", f"{first} comes after {last}.")
    if len({_network(a, scope) for a in (first, last, *([gateway] if gateway else []))}) > 1:
        text = f"Addresses {first} to {last}{f' and gateway {gateway}' if gateway else ''} are not in one subnet."
        raise refused(manager, "INVALID_RANGE", text)


def _network(address: str, scope: dict[str, Any]) -> int:
    prefix: int = scope["prefixLength"]
    return int(IPv4Address(address)) >> (32 - prefix)


def _give_pools(manager: Manager, content: dict[str, Any], before: NetworkProfile | None) -> None:
    """A scope without poolId is a new pool; addresses in use must stay in the pool they are from."""
    old = {s["poolId"]: spans({"ipScopes": [s]}) for s in before.content["ipScopes"]} if before else {}
    new: dict[str, list[tuple[int, int]]] = {}
    for scope in content["ipScopes"]:
        pool = scope.get("poolId") or ""
        if pool and pool not in old:
            raise refused(manager, "INVALID_POOL", f"There is no pool {pool}.")
        if not pool and before is not None and manager.rules.hcx_put_without_pool == "refuse":
            raise refused(manager, "INVALID_POOL", "poolId is missing.")
        scope["poolId"] = pool or str(uuid.uuid4())
        new[scope["poolId"]] = spans({"ipScopes": [scope]})
    for address, owner in before.used.items() if before else ():
        number = int(IPv4Address(address))
        pool = next(p for p, ranges in old.items() if any(low <= number <= high for low, high in ranges))
        if not any(low <= number <= high for low, high in new.get(pool, [])):
            raise refused(manager, "ADDRESS_IN_USE", f"Address {address} is in use by {owner}.")
