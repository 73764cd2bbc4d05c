# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations, Org VDCs and edge gateways by name, from the query service of every version. (VCD reference 3.7)"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..engine.errors import InvalidInput
from .client import Tenant, Vcd, bare_id
from .markup import is_true


@dataclass(frozen=True)
class Vdc:
    """An Org VDC and the organization it belongs to."""

    id: str
    name: str
    tenant: Tenant


@dataclass(frozen=True)
class Edge:
    """An edge gateway of an Org VDC."""

    id: str
    name: str
    vdc: Vdc


def near(name: str, names: Collection[str]) -> str:
    """What to add to a sentence about an unknown name: the names that look like it, or all where there are few."""
    alike = difflib.get_close_matches(name, names, n=2, cutoff=0.6)
    if alike:
        return f"; did you mean {' or '.join(alike)}?"
    if not names:
        return "; there is none"
    return f"; there are: {', '.join(sorted(names))}" if len(names) <= 8 else ""


def find_org(vcd: Vcd, name: str) -> Tenant:
    """Raises `InvalidInput` with the names that there are."""
    found = {one["name"]: Tenant(bare_id(one["href"]), one["name"]) for one in vcd.records("organization")}
    if name not in found:
        raise InvalidInput(f"organization {name} is not known to {vcd.address}{near(name, found)}")
    return found[name]


def find_vdc(vcd: Vcd, name: str, organization: str | None) -> Vdc:
    """``organization`` tells apart Org VDCs of one name; None is the organization of the login, or any of them for
    the provider. Raises `InvalidInput`."""
    records = vcd.records("adminOrgVdc" if vcd.is_provider else "orgVdc")
    inside = [one for one in records if organization is None or one.get("orgName") == organization]
    found = [
        Vdc(bare_id(one["href"]), name, Tenant(bare_id(one.get("org", "")), one.get("orgName", "")))
        for one in inside
        if one["name"] == name
    ]
    where = f"organization {organization}" if organization else vcd.address
    if not found:
        raise InvalidInput(f"Org VDC {name} is not known in {where}{near(name, {one['name'] for one in inside})}")
    if len(found) > 1:
        owners = ", ".join(sorted(one.tenant.name for one in found))
        raise InvalidInput(f"Org VDC {name} exists in several organizations ({owners}); name one with organization")
    return found[0]


def edges_of(vcd: Vcd, vdc: Vdc) -> dict[str, Edge]:
    """The edge gateways of an Org VDC by name."""
    records = [one for one in vcd.records("edgeGateway") if bare_id(one.get("vdc", "")) == vdc.id]
    return {one["name"]: Edge(bare_id(one["href"]), one["name"], vdc) for one in records}


def find_edge(vcd: Vcd, name: str, vdc: Vdc) -> Edge:
    """Raises `InvalidInput` with the names that there are."""
    found = edges_of(vcd, vdc)
    if name not in found:
        raise InvalidInput(f"edge gateway {name} is not known in Org VDC {vdc.name}{near(name, found)}")
    return found[name]


def wait_while_busy(vcd: Vcd, kind: str, ids: Collection[str], what: str) -> None:
    """Wait until no task of somebody else, or of an interrupted run, works on these objects.

    ``kind`` is a type of the query service whose records tell ``isBusy``.
    """

    def idle() -> bool | None:
        busy: Sequence[str] = [
            one["name"] for one in vcd.records(kind) if is_true(one.get("isBusy", "")) and bare_id(one["href"]) in ids
        ]
        return None if busy else True

    if ids:
        vcd.wait_until(idle, f"the task that works on {what}", "look for it in Cloud Director, then run again")
