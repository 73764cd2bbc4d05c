# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer 2 VPN of NSX-V edges through the proxied NSX API (VCD reference 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from .. import l2vpn
from ..clouds import Edge, L2VpnConfig, PeerSite
from . import answers, tasks
from .documents import nsx, written
from .edges_xml import of_nsx_v
from .gate import VcdRoute
from .l2vpn_config import document, read
from .xml_bodies import bad_request, body

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

VIEW = "Organization vDC Gateway: View L2 VPN"
CONFIGURE = "Organization vDC Gateway: Configure L2 VPN"
XML = "application/xml"


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_read_routes(director))
    router.include_router(_write_routes(director))
    return router


def _config(director: Director, edge: Edge) -> L2VpnConfig:
    return director.cloud.l2vpn.get(edge.id, L2VpnConfig())


def _read_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/network/edges", route_class=VcdRoute)

    @router.get("/{edge}/l2vpn/config")
    async def show(edge: str, showSensitiveData: bool = False) -> Response:
        found = of_nsx_v(director, edge, VIEW)
        rule = director.rules.vcd_sensitive_data
        open_ = rule == "always" or (rule == "on_request" and showSensitiveData)
        shown = document(director, _config(director, found), passwords=open_)
        return Response(written(shown), media_type=XML)

    @router.get("/{edge}/l2vpn/config/statistics")
    async def statistics(edge: str) -> Response:
        found = of_nsx_v(director, edge, VIEW)
        return Response(written(_statistics(director, found)), media_type=XML)

    return router


def _write_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/network/edges", route_class=VcdRoute)

    def changeable(object_id: str) -> Edge:
        edge = of_nsx_v(director, object_id, VIEW, CONFIGURE)
        tasks.check_idle(director, edge.id)
        if not edge.advanced:
            raise answers.bad(f"The edge gateway {edge.name} is not an advanced one.")
        return edge

    @router.put("/{edge}/l2vpn/config")
    async def configure(edge: str, request: Request) -> Response:
        found = changeable(edge)
        root = await body(request, XML, "l2Vpn", by_nsx=True)
        with bad_request(by_nsx=True):
            wanted = read(root)
            _check(director, found, wanted)
        director.cloud.l2vpn[found.id] = wanted
        return Response(status_code=director.rules.vcd_nsx_write_status)

    @router.post("/{edge}/l2vpn/config")
    async def switch(edge: str, enableService: bool) -> Response:
        found = changeable(edge)
        wanted = replace(_config(director, found), enabled=enableService)
        with bad_request(by_nsx=True):
            _check(director, found, wanted)
        director.cloud.l2vpn[found.id] = wanted
        return Response(status_code=director.rules.vcd_nsx_write_status)

    @router.delete("/{edge}/l2vpn/config")
    async def remove(edge: str) -> Response:
        found = changeable(edge)
        director.cloud.l2vpn.pop(found.id, None)
        return Response(status_code=director.rules.vcd_nsx_write_status)

    return router


def _check(director: Director, edge: Edge, wanted: L2VpnConfig) -> None:
    """ValueError for what the edge cannot be (6.3, 12)."""
    before = _config(director, edge)
    if wanted.role != before.role and before.role and wanted.role and director.rules.vcd_other_role == "refuse":
        raise ValueError(f"The edge is configured as L2VPN {before.role}; remove that configuration first.")
    if wanted.role == "server":
        if wanted.listener_ip not in edge.addresses:
            raise ValueError(f"The listener address {wanted.listener_ip} is not one of an external interface.")
        for site in wanted.sites:
            _check_site(director, edge, site)
    if wanted.enabled and wanted.role is None:
        raise ValueError("L2VPN cannot be enabled without a server or a client configuration.")
    if wanted.enabled and wanted.role == "server" and not wanted.sites:
        raise ValueError("An L2VPN server needs at least one peer site to be enabled.")


def _check_site(director: Director, edge: Edge, site: PeerSite) -> None:
    for index in site.indexes:
        if director.cloud.subinterface(edge.id, index) is None:
            raise ValueError(f"The vNIC index {index} of peer site {site.name} is not a sub-interface.")


def _statistics(director: Director, edge: Edge) -> Element:
    config, now = _config(director, edge), round(director.now() * 1000)
    flat = director.rules.vcd_statistics == "flat"
    tag = "siteStats" if flat else "l2vpnStats"
    stats = [nsx(tag, *_site_statistics(director, edge, config, site)) for site in config.sites]
    status = "UP" if config.enabled and config.role == "server" else "DOWN"
    listed = stats if flat else [nsx("siteStats", *stats)]
    return nsx("l2vpnStatusAndStats", ("timeStamp", now), ("serverStatus", status), *listed)


def _site_statistics(director: Director, edge: Edge, config: L2VpnConfig, site: PeerSite) -> list[tuple[str, Any]]:
    up, reason = l2vpn.status(director.shared.world, director.cloud, edge.id, site.name)
    since = director.state.up_since
    if up:
        since.setdefault((edge.id, site.name), director.now())
    else:
        since.pop((edge.id, site.name), None)
    seconds = director.now() - since.get((edge.id, site.name), director.now())
    counters: list[tuple[str, Any]] = [
        ("establishedDate", round(since.get((edge.id, site.name), 0) * 1000)),
        ("encryptionAlgorithm", config.cipher),
        ("failureMessage", reason),
        ("txBytesFromLocalSubnet", round(seconds * 1000)),
        ("rxBytesOnLocalSubnet", round(seconds * 1000)),
        ("droppedTxPackets", 0),
        ("droppedRxPackets", 0),
        ("lastUpdatedTime", round(director.now() * 1000)),
    ]
    return [("name", site.name), ("tunnelStatus", "UP" if up else "DOWN"), *counters]
