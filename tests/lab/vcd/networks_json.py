# SPDX-License-Identifier: GPL-3.0-or-later
"""Org VDC networks in cloudapi (VCD reference 5.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from ..clouds import InterfaceKind, OrgVdcNetwork, new_id
from . import answers, network_rules, tasks
from .body import Body, Reference
from .gate import VcdRoute
from .names import bare, urn
from .pages import page
from .rights_json import unknown

if TYPE_CHECKING:
    from .director import Director

SINCE = (34, 0)
OWNER_SINCE = (35, 0)
KINDS: dict[str, InterfaceKind] = {
    "INTERNAL": "internal",
    "DISTRIBUTED": "distributed",
    "SUBINTERFACE": "subinterface",
    "NON_DISTRIBUTED": "non_distributed",
}
WORDS = {kind: word for word, kind in KINDS.items()}
FILTERS = {"name", "id", "networkType", "ownerRef.id", "orgVdc.id", "connection.routerRef.id"}


class RangeBody(Body):
    startAddress: str
    endAddress: str


class RangesBody(Body):
    values: list[RangeBody] = Field(default_factory=list)


class SubnetBody(Body):
    gateway: str
    prefixLength: int = Field(ge=1, le=31)
    dnsServer1: str | None = None
    dnsServer2: str | None = None
    dnsSuffix: str | None = None
    ipRanges: RangesBody | None = None


class SubnetsBody(Body):
    values: list[SubnetBody] = Field(min_length=1, max_length=1)


class ConnectionBody(Body):
    routerRef: Reference
    connectionTypeValue: Literal["INTERNAL", "DISTRIBUTED", "SUBINTERFACE", "NON_DISTRIBUTED"] | None = None
    connectionType: Literal["INTERNAL", "DISTRIBUTED", "SUBINTERFACE", "NON_DISTRIBUTED"] | None = None


class NetworkBody(Body):
    id: str | None = None
    name: str
    description: str | None = None
    ownerRef: Reference | None = None
    orgVdc: Reference | None = None
    networkType: Literal["NAT_ROUTED", "ISOLATED", "DIRECT", "OPAQUE"]
    connection: ConnectionBody | None = None
    subnets: SubnetsBody
    guestVlanTaggingAllowed: bool | None = None
    shared: bool | None = None


def routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0/orgVdcNetworks", route_class=VcdRoute)

    @router.get("")
    async def list_all(request: Request) -> Response:
        director.since(SINCE)
        director.need(network_rules.VIEW)
        visible = (n for n in director.networks().values() if director.caller.sees(director.owner_of_vdc(n.vdc)))
        return page(director, request, [document(director, n) for n in visible], FILTERS)

    @router.post("")
    async def create(body: NetworkBody) -> Response:
        director.since(SINCE)
        director.need(network_rules.EDIT)
        blank = OrgVdcNetwork(new_id(), "", _owner(director, body), "0.0.0.0/32")
        task = network_rules.start_create(director, _wanted(director, body, blank))
        return _written(director, task, blank.id, 201)

    @router.get("/{network}")
    async def read(network: str) -> dict[str, Any]:
        director.since(SINCE)
        director.need(network_rules.VIEW)
        return document(director, _found(director, network))

    @router.put("/{network}")
    async def change(network: str, body: NetworkBody) -> Response:
        director.since(SINCE)
        director.need(network_rules.EDIT)
        before = _found(director, network)
        if _owner(director, body) != before.vdc or body.id not in (None, urn("network", before.id)):
            raise answers.bad("Owner and id of a network cannot be changed.")
        after = _wanted(director, body, before)
        return _written(director, network_rules.start_update(director, before, after), before.id, 200)

    @router.delete("/{network}")
    async def delete(network: str) -> Response:
        director.since(SINCE)
        director.need(network_rules.EDIT)
        task = network_rules.start_delete(director, _found(director, network))
        return _written(director, task, None, 204)

    return router


def _written(director: Director, task: tasks.Task, object_id: str | None, status: int) -> Response:
    """A task, or at once by rule."""
    if director.rules.vcd_cloudapi_writes == "async":
        return tasks.accepted(director, task)
    tasks.finish(director, task)
    if object_id is None:
        return Response(status_code=status)
    return JSONResponse(document(director, director.cloud.networks[object_id]), status)


def _found(director: Director, object_id: str) -> OrgVdcNetwork:
    network = director.networks().get(bare("network", object_id) or "")
    if network is None or not director.caller.sees(director.owner_of_vdc(network.vdc)):
        raise unknown("network", object_id)
    return network


def _owner(director: Director, body: NetworkBody) -> str:
    """Id of the VDC; `ownerRef` is required from 35.0 on, `orgVdc` before."""
    name = "ownerRef" if director.version >= OWNER_SINCE else "orgVdc"
    reference = body.ownerRef if director.version >= OWNER_SINCE else body.orgVdc
    if reference is None:
        raise answers.bad(f"{name} is required.")
    vdc = director.cloud.vdcs.get(bare("vdc", reference.id) or "")
    if vdc is None or not director.caller.sees(vdc.organization):
        raise unknown("vdc", reference.id)
    return vdc.id


def _wanted(director: Director, body: NetworkBody, before: OrgVdcNetwork) -> OrgVdcNetwork:
    edge, kind = _connection(director, body, before)
    subnet = body.subnets.values[0]
    ranges = subnet.ipRanges.values if subnet.ipRanges else []
    try:
        gateway = network_rules.gateway(subnet.gateway, str(subnet.prefixLength))
    except ValueError as error:
        raise answers.bad(str(error)) from error
    return replace(
        before,
        name=body.name,
        description=body.description or "",
        gateway=gateway,
        edge=edge,
        kind=kind,
        dns1=subnet.dnsServer1 or "",
        dns2=subnet.dnsServer2 or "",
        dns_suffix=subnet.dnsSuffix or "",
        ranges=tuple((r.startAddress, r.endAddress) for r in ranges),
        shared=body.shared or False,
        guest_vlan=body.guestVlanTaggingAllowed or False,
    )


def _connection(
    director: Director, body: NetworkBody, before: OrgVdcNetwork
) -> tuple[str | None, InterfaceKind | None]:
    """Edge gateway and interface kind; a kind that is not sent stays as it is."""
    if body.networkType not in ("NAT_ROUTED", "ISOLATED"):
        raise answers.bad(f"Networks of type {body.networkType} cannot be made here.")
    if body.networkType == "ISOLATED":
        if body.connection is not None:
            raise answers.bad("An isolated network has no connection.")
        return None, None
    if body.connection is None:
        raise answers.bad("A network of type NAT_ROUTED needs a connection.")
    edge = bare("gateway", body.connection.routerRef.id)
    if edge is None:
        raise answers.bad(f"{body.connection.routerRef.id} is no edge gateway.", "INVALID_REFERENCE")
    sent = body.connection.connectionTypeValue or body.connection.connectionType
    kind = KINDS[sent] if sent else before.kind or "internal"
    if kind not in ("internal", "non_distributed"):
        raise answers.bad(f"An NSX-T edge gateway has no interfaces of type {WORDS[kind]}.")
    return edge, kind


def document(director: Director, network: OrgVdcNetwork) -> dict[str, Any]:
    cloud = director.cloud
    vdc = cloud.vdcs[network.vdc]
    owner = {"name": vdc.name, "id": urn("vdc", vdc.id)}
    organization = cloud.organizations[vdc.organization]
    connection = None
    if network.edge is not None and network.kind is not None:
        word = WORDS[network.kind]
        connection = {
            "routerRef": {"name": cloud.edges[network.edge].name, "id": urn("gateway", network.edge)},
            director.rules.vcd_connection_type: word,
            "connected": True,
        }
    ranges = [{"startAddress": first, "endAddress": final} for first, final in network.ranges]
    unset = "" if director.rules.vcd_unset_strings == "empty" else None
    subnet = {
        "gateway": str(network.interface.ip),
        "prefixLength": network.interface.network.prefixlen,
        "dnsServer1": network.dns1 or unset,
        "dnsServer2": network.dns2 or unset,
        "dnsSuffix": network.dns_suffix or unset,
        "ipRanges": {"values": ranges},
        "enabled": True,
        "totalIpCount": len(ranges),
        "usedIpCount": 0,
    }
    return {
        "id": urn("network", network.id),
        "name": network.name,
        "description": network.description,
        **({"ownerRef": owner} if director.version >= OWNER_SINCE else {}),
        "orgVdc": owner,
        "orgRef": {"name": organization.name, "id": urn("org", organization.id)},
        "networkType": "NAT_ROUTED" if network.edge else "ISOLATED",
        "connection": connection,
        "subnets": {"values": [subnet]},
        "backingNetworkId": f"seg-{network.id}",
        "backingNetworkType": "NSXT_FLEXIBLE_SEGMENT",
        "parentNetworkId": None,
        "isDefaultNetwork": False,
        "shared": network.shared,
        "guestVlanTaggingAllowed": network.guest_vlan,
        "retainNicResources": False,
        "routeAdvertised": False,
        "orgVdcIsNsxTBacked": True,
        "status": "PENDING" if network.id in director.state.coming else "REALIZED",
    }
