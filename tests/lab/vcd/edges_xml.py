# SPDX-License-Identifier: GPL-3.0-or-later
"""Edge gateways in the XML API, and what the proxied NSX-V API says of their interfaces (VCD reference 6)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from ..clouds import Edge, OrgVdcNetwork
from . import answers, tasks
from .documents import ADMIN, leaf, link, nsx, vcloud, written
from .gate import VcdRoute
from .names import href, urn

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

VIEW = "Organization vDC Gateway: View"
CONVERT = "Organization vDC Gateway: Convert to Advanced Networking"
EDGE = ADMIN + "edgeGateway+xml"
NOT_NSX_V = 'Backing NSX "" is not a NSX-V manager. Cannot be used for Nsx-V api calls.'
VNICS = 10
TRUNK = 9
"""Index of the vNIC that carries the subinterfaces."""


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_gateway_routes(director))
    router.include_router(_interface_routes(director))
    return router


def of_nsx_v(director: Director, object_id: str, *rights: str) -> Edge:
    """The edge gateway of a proxied call, which must be backed by NSX-V (3.5)."""
    director.need(*rights)
    edge = director.edge(object_id)
    if edge.backing != "nsx-v":
        raise answers.bad(NOT_NSX_V)
    return edge


def _gateway_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/admin/edgeGateway", route_class=VcdRoute)

    @router.get("/{edge}")
    async def read(edge: str) -> Response:
        director.need(VIEW)
        return Response(written(_edge(director, director.edge(edge))), media_type=EDGE)

    @router.post("/{edge}/action/convertToAdvancedGateway")
    async def convert(edge: str) -> Response:
        director.need(CONVERT)
        before = director.edge(edge)
        tasks.check_idle(director, before.id)
        if before.advanced:
            raise answers.bad(f"The edge gateway {before.name} is an advanced one already.")
        task = tasks.start(
            director,
            "edgeGatewayConvertToAdvanced",
            f"Converting Edge Gateway {before.name}({before.id})",
            ("gateway", before.id, before.name),
            partial(_advance, edge=before.id),
            organization=director.owner_of_vdc(before.vdc),
        )
        return tasks.answer(director, task)

    return router


def _advance(director: Director, edge: str) -> None:
    director.cloud.edges[edge] = replace(director.cloud.edges[edge], advanced=True)


def _edge(director: Director, edge: Edge) -> Element:
    at = href(director, "gateway", edge.id)
    conversion = None if edge.advanced else f"{at}/action/convertToAdvancedGateway"
    uplink = vcloud(
        "GatewayInterface",
        {},
        leaf("Name", "external"),
        leaf("DisplayName", "external"),
        leaf("InterfaceType", "uplink"),
        vcloud(
            "SubnetParticipation",
            {},
            leaf("Gateway", f"{edge.addresses[0].rpartition('.')[0]}.1"),
            leaf("Netmask", "255.255.255.0"),
            leaf("IpAddress", edge.addresses[0]),
            vcloud("IpRanges", {}, *(_range(a) for a in edge.addresses[1:])),
        ),
        leaf("UseForDefaultRoute", True),
    )
    return vcloud(
        "EdgeGateway",
        {"href": at, "id": urn("gateway", edge.id), "name": edge.name, "type": EDGE, "status": "1"},
        link("up", href(director, "vdc", edge.vdc, admin=True), ADMIN + "vdc+xml"),
        link("edgeGateway:convertToAdvancedGateway", conversion) if conversion else None,
        leaf("Description", ""),
        vcloud(
            "Configuration",
            {},
            leaf("GatewayBackingConfig", "compact"),
            vcloud("GatewayInterfaces", {}, uplink),
            leaf("HaEnabled", False),
            leaf("AdvancedNetworkingEnabled", edge.advanced),
            leaf("DistributedRoutingEnabled", edge.advanced),
        ),
    )


def _range(address: str) -> Element:
    return vcloud("IpRange", {}, leaf("StartAddress", address), leaf("EndAddress", address))


def _interface_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/network/edges", route_class=VcdRoute)

    @router.get("/{edge}/vdcNetworks")
    async def interfaces(edge: str, includeDistributed: bool = True) -> Response:
        found = of_nsx_v(director, edge, VIEW)
        shown = [_uplink(found)] + [_interface(director, n) for n in _networks(director, found, includeDistributed)]
        return Response(written(nsx("edgeInterfaces", *shown)), media_type="application/xml")

    @router.get("/{edge}/vnics")
    async def vnics(edge: str) -> Response:
        found = of_nsx_v(director, edge, VIEW)
        shown = [_vnic(director, found, index) for index in range(VNICS)]
        return Response(written(nsx("vnics", *shown)), media_type="application/xml")

    return router


def _networks(director: Director, edge: Edge, distributed: bool) -> list[OrgVdcNetwork]:
    found = [n for n in director.cloud.of_edge(edge.id) if distributed or n.kind != "distributed"]
    twice = [n for n in found if n.kind == "distributed"] if director.rules.vcd_duplicate_interfaces else []
    # Distributed ones come first: who looks for an index alone finds the wrong interface (6.2).
    return sorted([*found, *twice], key=lambda n: (n.kind != "distributed", n.index or 0))


def _uplink(edge: Edge) -> Element:
    return nsx(
        "edgeInterface",
        ("name", "external"),
        ("type", "uplink"),
        ("index", 0),
        nsx("addressGroups", nsx("addressGroup", ("primaryAddress", edge.addresses[0]), ("subnetPrefixLength", 24))),
        ("isConnected", True),
    )


def _addresses(network: OrgVdcNetwork) -> Element:
    return nsx(
        "addressGroups",
        nsx(
            "addressGroup",
            ("primaryAddress", str(network.interface.ip)),
            ("subnetMask", str(network.interface.netmask)),
            ("subnetPrefixLength", network.interface.network.prefixlen),
        ),
    )


def _interface(director: Director, network: OrgVdcNetwork) -> Element:
    reference = nsx(
        "networkReference",
        ("id", network.id),
        ("name", network.name),
        ("type", "com.vmware.vcloud.entity.network"),
    )
    shown = network.tunnel_id is not None and director.rules.vcd_tunnel_id_shown
    return nsx(
        "edgeInterface",
        ("name", network.name),
        ("type", network.kind or ""),
        ("index", network.index or 0),
        reference,
        _addresses(network),
        ("portgroupId", network.id),
        ("portgroupName", network.name),
        ("isConnected", True),
        ("tunnelId", network.tunnel_id or 0) if shown else None,
    )


def _vnic(director: Director, edge: Edge, index: int) -> Element:
    """0 is the uplink, the last one carries the subinterfaces as soon as there are any."""
    networks = list(director.cloud.of_edge(edge.id))
    inside = [n for n in networks if n.kind == "subinterface"]
    plain = next((n for n in networks if n.kind == "internal" and n.index == index), None)
    head: list[Element | tuple[str, str | int | bool]] = [("index", index), ("name", f"vnic{index}")]
    if index == 0:
        return nsx("vnic", ("index", 0), ("name", "external"), ("type", "uplink"), ("isConnected", True))
    if plain is not None:
        return nsx("vnic", *head, ("type", "internal"), _addresses(plain), ("isConnected", True))
    if index == TRUNK and inside:
        listed = nsx("subInterfaces", *(_subinterface(n) for n in inside))
        return nsx("vnic", *head, ("type", "trunk"), ("isConnected", True), listed)
    return nsx("vnic", *head, ("type", "internal"), ("isConnected", False))


def _subinterface(network: OrgVdcNetwork) -> Element:
    return nsx(
        "subInterface",
        ("isConnected", True),
        ("label", f"vNic_{network.index}"),
        ("name", network.name),
        ("index", network.index or 0),
        ("tunnelId", network.tunnel_id or 0),
        ("logicalSwitchName", network.name),
        _addresses(network),
    )
