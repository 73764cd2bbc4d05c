# SPDX-License-Identifier: GPL-3.0-or-later
"""Edge gateways in cloudapi (VCD reference 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from ..clouds import Edge
from .edges_xml import VIEW
from .gate import VcdRoute
from .names import bare, urn
from .pages import page
from .rights_json import unknown

if TYPE_CHECKING:
    from .director import Director

SINCE = (34, 0)
FILTERS = {"name", "id", "orgVdc.id", "ownerRef.id"}


def visible(director: Director, object_id: str) -> Edge:
    """Refused 403 for an id that is unknown or another organization's."""
    edge = director.cloud.edges.get(bare("gateway", object_id) or "")
    if edge is None or not director.caller.sees(director.owner_of_vdc(edge.vdc)):
        raise unknown("gateway", object_id)
    return edge


def routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0/edgeGateways", route_class=VcdRoute)

    @router.get("")
    async def list_all(request: Request) -> Response:
        director.since(SINCE)
        director.need(VIEW)
        own = (e for e in director.cloud.edges.values() if director.caller.sees(director.owner_of_vdc(e.vdc)))
        return page(director, request, [_document(director, e) for e in own], FILTERS)

    @router.get("/{edge}")
    async def read(edge: str) -> dict[str, Any]:
        director.since(SINCE)
        director.need(VIEW)
        return _document(director, visible(director, edge))

    return router


def _document(director: Director, edge: Edge) -> dict[str, Any]:
    cloud = director.cloud
    vdc = cloud.vdcs[edge.vdc]
    organization = cloud.organizations[vdc.organization]
    owner = {"name": vdc.name, "id": urn("vdc", vdc.id)}
    subnet = {
        "gateway": f"{edge.addresses[0].rpartition('.')[0]}.1",
        "prefixLength": 24,
        "enabled": True,
        "primaryIp": edge.addresses[0],
        "ipRanges": {"values": [{"startAddress": a, "endAddress": a} for a in edge.addresses]},
        "totalIpCount": len(edge.addresses),
        "usedIpCount": 1,
    }
    uplink = {"uplinkName": "external", "connected": True, "dedicated": False, "subnets": {"values": [subnet]}}
    return {
        "id": urn("gateway", edge.id),
        "name": edge.name,
        "description": "",
        "status": "REALIZED",
        "edgeGatewayUplinks": [uplink],
        "orgVdc": owner,
        "ownerRef": owner,
        "orgRef": {"name": organization.name, "id": urn("org", organization.id)},
        "gatewayBacking": {"backingId": f"t1-{edge.id}", "gatewayType": "NSXT_BACKED"},
        "orgVdcNetworkCount": len(list(cloud.of_edge(edge.id))),
    }
