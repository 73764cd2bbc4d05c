# SPDX-License-Identifier: GPL-3.0-or-later
"""OVF templates of content libraries: what they declare, and virtual machines made from them. (vSphere reference 21)"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...engine.errors import InvalidInput, Refused, TimedOut, Unreachable
from ...engine.wait import Pace, wait_for
from .rest import VCenterRest

ITEMS = "/api/content/library/item"
# The form of the dynamic structure is inferred; it is read by either mark, and sent with both. (vSphere reference 21)
PROPERTY_CLASS, PROPERTY_TYPE = "com.vmware.vcenter.ovf.property_params", "PropertyParams"
ATTEMPTS = Pace(first=1.0, longest=10.0)


@dataclass(frozen=True)
class Property:
    """A property that a template declares; ``raw`` goes back with only its value changed."""

    name: str
    type: str
    default: str
    optional: bool
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def secret(self) -> bool:
        return "password" in self.type.lower()


@dataclass(frozen=True)
class Template:
    """What an OVF template declares."""

    item: str
    networks: tuple[str, ...]
    properties: tuple[Property, ...]
    has_licence: bool


@dataclass(frozen=True)
class Target:
    """Where a machine is deployed, by object id."""

    resource_pool: str
    folder: str
    host: str | None = None
    datastore: str | None = None

    def body(self) -> dict[str, str]:
        found = {"resource_pool_id": self.resource_pool, "folder_id": self.folder, "host_id": self.host}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Order:
    """A machine to deploy. ``networks`` by name of the template's network, ``properties`` by id."""

    name: str
    annotation: str
    networks: Mapping[str, str]
    properties: Mapping[str, str] = field(repr=False)
    accept_licence: bool
    storage_provisioning: str | None


def find_template(rest: VCenterRest, name: str, library_id: str | None) -> str:
    """The id of the item. Raises `InvalidInput` unless there is exactly one."""
    body = {"name": name, "type": "ovf", **({"library_id": library_id} if library_id else {})}
    found = rest.call("POST", ITEMS, body, query={"action": "find"}, reads=True)
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise InvalidInput(f"no OVF template is called {name} in the content libraries of {rest.address}")
    raise InvalidInput(
        f"{len(found)} OVF templates are called {name} ({', '.join(sorted(found))}); name their library as library_id"
    )


def read_template(rest: VCenterRest, item: str, target: Target) -> Template:
    body = {"target": target.body()}
    found = rest.call("POST", _path(item), body, query={"action": "filter"}, reads=True)
    return Template(
        item,
        tuple(found.get("networks") or ()),
        tuple(
            Property(one["id"], one.get("type") or "", one.get("value") or "", one.get("ui_optional") is True, raw=one)
            for group in found.get("additional_params") or []
            if _holds_properties(group)
            for one in group.get("properties") or []
        ),
        bool(found.get("EULAs")),
    )


def _path(item: str) -> str:
    return f"/api/vcenter/ovf/library-item/{item}"


def _holds_properties(group: Mapping[str, Any]) -> bool:
    return group.get("type") == PROPERTY_TYPE or group.get("@class") == PROPERTY_CLASS


def template_problems(template: Template, order: Order) -> list[str]:
    """What of an order the template does not know, and what it wants to know."""
    networks, declared = set(template.networks), {one.name: one for one in template.properties}
    problems = [
        f"network_mappings names {name}, which the template does not have; it has: {_listed(networks)}"
        for name in order.networks
        if name not in networks
    ]
    problems += [f"network_mappings says nothing about {name}" for name in sorted(networks - set(order.networks))]
    problems += [
        f"properties names {name}, which the template does not declare; it declares: {_listed(declared)}"
        for name in order.properties
        if name not in declared
    ]
    problems += [
        f"properties says nothing about {name}, which the template needs"
        for name, one in declared.items()
        if not (one.optional or one.default or name in order.properties)
    ]
    if template.has_licence and not order.accept_licence:
        problems.append("the template has a licence agreement; read it, then set accept_eula to true")
    return problems


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def deploy(
    rest: VCenterRest,
    template: Template,
    target: Target,
    order: Order,
    *,
    token: str,
    exists: Callable[[], str | None],
    timeout: float,
) -> str:
    """The object id of the new machine, which is switched off.

    ``token`` makes the repeated call one with the first; a connection that breaks is therefore no failure:
    ``exists`` (the id of a machine of that name and folder) tells whether the work was done, else the call is repeated.
    Raises `Refused` with everything that vCenter has against it, and `TimedOut`.
    """
    path = _path(template.item)
    body = {"target": target.body(), "deployment_spec": _spec(template, target, order)}

    def ask() -> str | None:
        try:
            answer = rest.call("POST", path, body, query={"action": "deploy"}, headers={"Client-Token": token})
        except Unreachable:
            return exists()
        return _deployed(answer)

    def attempt() -> str | None:
        nonlocal token
        made = ask()
        if made is None or exists() == made:
            return made
        # The token is known from a machine that has been removed since: the answer was about that one.
        token = str(uuid.uuid4())
        return None

    try:
        return wait_for(attempt, what=f"the deployment of {order.name}", timeout=timeout, pace=ATTEMPTS)
    except TimedOut as error:
        raise TimedOut(f"{error}; vCenter may still be at work: look at its tasks, then run again") from error


def _spec(template: Template, target: Target, order: Order) -> dict[str, Any]:
    properties = [
        {**one.raw, "value": order.properties.get(one.name, one.default)}
        for one in template.properties
        if one.name in order.properties or one.default
    ]
    spec: dict[str, Any] = {
        "name": order.name,
        "annotation": order.annotation,
        "accept_all_EULA": order.accept_licence,
        "network_mappings": dict(order.networks),
        "additional_parameters": [{"@class": PROPERTY_CLASS, "type": PROPERTY_TYPE, "properties": properties}],
    }
    if order.storage_provisioning:
        spec["storage_provisioning"] = order.storage_provisioning
    if target.datastore:
        spec["default_datastore_id"] = target.datastore
    return spec


def _deployed(answer: Mapping[str, Any]) -> str:
    """A 200 answer may well be a failure. (vSphere reference 21)"""
    if answer.get("succeeded"):
        return str(answer["resource_id"]["id"])
    errors = (answer.get("error") or {}).get("errors") or []
    said = [text for one in errors for text in _reasons(one)]
    raise Refused(f"vCenter did not deploy it: {'; '.join(said) or 'it gives no reason'}")


def _reasons(error: Mapping[str, Any]) -> list[str]:
    found = [(error.get("message") or {}).get("default_message")]
    found += [
        (issue.get("message") or {}).get("default_message")
        for issue in error.get("issues") or []
        if isinstance(issue, Mapping)
    ]
    texts = [text for text in found if text]
    named = " ".join(str(error[part]) for part in ("category", "name", "value") if error.get(part))
    return texts or ([named] if named else [])
