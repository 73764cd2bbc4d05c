# SPDX-License-Identifier: GPL-3.0-or-later
"""Org VDC networks in the XML API (VCD reference 5.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from ..clouds import InterfaceKind, OrgVdcNetwork, new_id
from . import answers, network_rules, tasks
from .director import ADMINISTRATOR_VIEW
from .documents import ADMIN, MEDIA, child, children, flag, leaf, link, text, vcloud, written
from .gate import VcdRoute
from .names import href, last, urn
from .xml_bodies import bad_request, body, check_sequence

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

NETWORK = MEDIA + "orgVdcNetwork+xml"
ROOT = ("Link*", "Tasks", "Description", "Configuration", "EdgeGateway", "ServiceConfig", "IsShared")
CONFIGURATION = (
    "BackwardCompatibilityMode",
    "IpScopes",
    "ParentNetwork",
    "FenceMode",
    "RetainNetInfoAcrossDeployments",
    "Features",
    "SubInterface",
    "DistributedInterface",
    "GuestVlanAllowed",
)
SCOPE = (
    "IsInherited",
    "Gateway",
    "Netmask",
    "SubnetPrefixLength",
    "Dns1",
    "Dns2",
    "DnsSuffix",
    "IsEnabled",
    "IpRanges",
    "AllocatedIpAddresses",
    "SubAllocations",
)
ACTIONS: dict[str, InterfaceKind] = {
    "convertToSubInterface": "subinterface",
    "convertToInternalInterface": "internal",
    "convertToDistributedInterface": "distributed",
}
DISTRIBUTED_SINCE = (29, 0)


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_read_routes(director))
    router.include_router(_write_routes(director))
    return router


def _read_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api", route_class=VcdRoute)

    @router.get("/network/{network}")
    async def read(network: str) -> Response:
        director.need(network_rules.VIEW)
        return Response(written(element(director, director.network(network), admin=False)), media_type=NETWORK)

    @router.get("/admin/network/{network}")
    async def admin_read(network: str) -> Response:
        director.need(network_rules.VIEW, ADMINISTRATOR_VIEW)
        return Response(written(element(director, director.network(network), admin=True)), media_type=NETWORK)

    return router


def _write_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin", route_class=VcdRoute)

    @router.post("/vdc/{vdc}/networks")
    async def create(vdc: str, request: Request) -> Response:
        director.need(network_rules.EDIT)
        owner = director.vdc(vdc)
        root = await body(request, NETWORK, "OrgVdcNetwork")
        with bad_request():
            made = _read(director, root, OrgVdcNetwork(new_id(), "", owner.id, "0.0.0.0/32"))
        task = network_rules.start_create(director, made)
        found = element(director, made, admin=True, task=task)
        return Response(written(found), director.rules.vcd_create_status, media_type=NETWORK)

    @router.put("/network/{network}")
    async def change(network: str, request: Request) -> Response:
        director.need(network_rules.EDIT)
        before = director.network(network)
        root = await body(request, NETWORK, "OrgVdcNetwork")
        with bad_request():
            after = _read(director, root, before)
            if after.kind != before.kind:
                raise ValueError(f"The interface of network {before.name} can only be converted by its own action.")
        return tasks.answer(director, network_rules.start_update(director, before, after))

    @router.post("/network/{network}/action/{action}")
    async def convert(network: str, action: str) -> Response:
        director.need(network_rules.EDIT)
        before = director.network(network)
        kind = ACTIONS.get(action)
        if kind is None or (kind == "distributed" and director.version < DISTRIBUTED_SINCE):
            raise answers.Refused(404, "NOT_FOUND", f"There is no action {action}.")
        return tasks.answer(director, network_rules.start_conversion(director, before, kind))

    @router.delete("/network/{network}")
    async def delete(network: str) -> Response:
        director.need(network_rules.EDIT)
        return tasks.answer(director, network_rules.start_delete(director, director.network(network)))

    return router


def _read(director: Director, root: Element, before: OrgVdcNetwork) -> OrgVdcNetwork:
    """What a body asks for; ValueError for what is against the schema, or contradicts itself."""
    check_sequence(director, root, *ROOT)
    configuration = child(root, "Configuration")
    if configuration is None:
        raise ValueError("A network needs a Configuration.")
    check_sequence(director, configuration, *CONFIGURATION)
    edge, kind = _connection(director, root, configuration)
    scopes = child(configuration, "IpScopes")
    found = children(scopes, "IpScope") if scopes is not None else []
    if len(found) != 1:
        raise ValueError("A network needs one IpScope.")
    return replace(
        _scope(director, found[0], before),
        name=root.get("name") or "",
        description=text(root, "Description"),
        edge=edge,
        kind=kind,
        shared=flag(root, "IsShared"),
        guest_vlan=flag(configuration, "GuestVlanAllowed"),
    )


def _connection(director: Director, root: Element, configuration: Element) -> tuple[str | None, InterfaceKind | None]:
    """Edge gateway and interface kind, which the fence mode must fit."""
    mode, gateway = text(configuration, "FenceMode"), child(root, "EdgeGateway")
    sub, distributed = flag(configuration, "SubInterface"), flag(configuration, "DistributedInterface")
    if mode not in ("natRouted", "isolated"):
        raise ValueError(f"FenceMode {mode or '(none)'} is not natRouted or isolated.")
    if sub and distributed:
        raise ValueError("SubInterface and DistributedInterface exclude each other.")
    if mode == "isolated":
        if gateway is not None or sub or distributed:
            raise ValueError("An isolated network has no EdgeGateway and no interface on one.")
        return None, None
    if gateway is None or not gateway.get("href"):
        raise ValueError("A network with FenceMode natRouted needs an EdgeGateway with an href.")
    if sub and director.cloud.backing == "nsx-t":
        raise ValueError("An NSX-T edge gateway has no subinterfaces.")
    return last(gateway.get("href") or ""), "subinterface" if sub else "distributed" if distributed else "internal"


def _scope(director: Director, scope: Element, before: OrgVdcNetwork) -> OrgVdcNetwork:
    check_sequence(director, scope, *SCOPE)
    listed = child(scope, "IpRanges")
    ranges = []
    for found in children(listed, "IpRange") if listed is not None else []:
        check_sequence(director, found, "StartAddress", "EndAddress")
        ranges.append((text(found, "StartAddress"), text(found, "EndAddress")))
    mask = text(scope, "Netmask") or text(scope, "SubnetPrefixLength")
    if not mask:
        raise ValueError("An IpScope needs a Netmask or a SubnetPrefixLength.")
    return replace(
        before,
        gateway=network_rules.gateway(text(scope, "Gateway"), mask),
        dns1=text(scope, "Dns1"),
        dns2=text(scope, "Dns2"),
        dns_suffix=text(scope, "DnsSuffix"),
        ranges=tuple(ranges),
    )


def element(director: Director, network: OrgVdcNetwork, admin: bool, task: tasks.Task | None = None) -> Element:
    """Without the edge gateway: a routed network's representation omits it (5.1)."""
    active = next((t for t in director.state.tasks.values() if t.is_active and t.owner[1] == network.id), task)
    ready = network.id not in director.state.coming
    return vcloud(
        "OrgVdcNetwork",
        {
            "href": href(director, "network", network.id, admin),
            "id": urn("network", network.id),
            "name": network.name,
            "type": NETWORK,
            "status": "1" if ready else "0",
        },
        *_links(director, network, admin),
        leaf("Description", network.description),
        vcloud("Tasks", {}, active.element(director)) if active is not None else None,
        _configuration(director, network),
        leaf("IsShared", network.shared),
    )


def _links(director: Director, network: OrgVdcNetwork, admin: bool) -> list[Element]:
    at = href(director, "network", network.id, admin=True)
    if not admin:
        return [link("alternate", at, ADMIN + "orgVdcNetwork+xml")]
    found = [
        link("alternate", href(director, "network", network.id), NETWORK),
        link("edit", at, NETWORK),
        link("remove", at),
        link("up", href(director, "vdc", network.vdc, admin=True), ADMIN + "vdc+xml"),
    ]
    if director.rules.vcd_conversion_links and network.id not in director.state.coming:
        for action, kind in ACTIONS.items():
            known = kind != "distributed" or director.version >= DISTRIBUTED_SINCE
            if known and network_rules.can_become(director, network, kind):
                found.append(link(f"orgVdcNetwork:{action}", f"{at}/action/{action}"))
    return found


def _configuration(director: Director, network: OrgVdcNetwork) -> Element:
    ranges = [
        vcloud("IpRange", {}, leaf("StartAddress", first), leaf("EndAddress", final)) for first, final in network.ranges
    ]
    dns = (("Dns1", network.dns1), ("Dns2", network.dns2), ("DnsSuffix", network.dns_suffix))
    scope = vcloud(
        "IpScope",
        {},
        leaf("IsInherited", False),
        leaf("Gateway", str(network.interface.ip)),
        leaf("Netmask", str(network.interface.netmask)),
        leaf("SubnetPrefixLength", network.interface.network.prefixlen),
        *(leaf(name, value) for name, value in dns if value),
        leaf("IsEnabled", True),
        vcloud("IpRanges", {}, *ranges) if ranges else None,
    )
    on_nsx_v = network.edge is not None and director.cloud.backing == "nsx-v"
    return vcloud(
        "Configuration",
        {},
        vcloud("IpScopes", {}, scope),
        leaf("FenceMode", "natRouted" if network.edge else "isolated"),
        leaf("RetainNetInfoAcrossDeployments", False),
        leaf("SubInterface", network.kind == "subinterface") if on_nsx_v else None,
        leaf("DistributedInterface", network.kind == "distributed") if on_nsx_v else None,
        leaf("GuestVlanAllowed", network.guest_vlan),
    )
