# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer 2 VPN tunnels of NSX-T edges in cloudapi (VCD reference 7)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from .. import l2vpn
from ..clouds import Edge, Tunnel, new_id
from . import answers, tasks
from .edges_json import visible
from .gate import VcdRoute
from .names import urn
from .pages import page
from .rights_json import unknown
from .tunnel import MASK, TunnelBody, issued, wanted

if TYPE_CHECKING:
    from .director import Director

VIEW = "Organization vDC Gateway: View L2 VPN"
CONFIGURE = "Organization vDC Gateway: Configure L2 VPN"
SINCE = (35, 0)
MASKED_SINCE = (38, 1)
BYTES_PER_SECOND = 1000


def routes(director: Director) -> APIRouter:
    router = APIRouter(route_class=VcdRoute)
    router.include_router(_read_routes(director))
    router.include_router(_write_routes(director))
    return router


def _readable(director: Director, edge: str) -> Edge:
    director.since(SINCE)
    director.need(VIEW)
    return visible(director, edge)


def _changeable(director: Director, edge: str) -> Edge:
    found = _readable(director, edge)
    director.need(CONFIGURE)
    tasks.check_idle(director, found.id)
    return found


def _tunnel(director: Director, edge: Edge, tunnel: str) -> Tunnel:
    found = director.cloud.tunnels.get(tunnel)
    if found is None or found.edge != edge.id:
        raise unknown("L2VPN tunnel", tunnel)
    return found


def _read_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0/edgeGateways", route_class=VcdRoute)

    @router.get("/{edge}/l2vpn/tunnels")
    @router.get("/{edge}/l2vpn/tunnels/")
    async def list_all(edge: str, request: Request) -> Response:
        found = director.cloud.tunnels_of(_readable(director, edge).id)
        return page(director, request, [_document(director, t) for t in found])

    @router.get("/{edge}/l2vpn/tunnels/{tunnel}")
    async def read(edge: str, tunnel: str) -> dict[str, Any]:
        return _document(director, _tunnel(director, _readable(director, edge), tunnel))

    @router.get("/{edge}/l2vpn/tunnels/{tunnel}/status")
    async def status(edge: str, tunnel: str) -> dict[str, Any]:
        found = _tunnel(director, _readable(director, edge), tunnel)
        up, reason = l2vpn.status(director.shared.world, director.cloud, found.edge, found.id)
        return {"runtimeStatus": "UP" if up else "DOWN", "failureReason": reason or None}

    @router.get("/{edge}/l2vpn/tunnels/{tunnel}/metrics")
    async def metrics(edge: str, tunnel: str) -> dict[str, Any]:
        return _metrics(director, _tunnel(director, _readable(director, edge), tunnel))

    return router


def _write_routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/cloudapi/1.0.0/edgeGateways", route_class=VcdRoute)

    @router.post("/{edge}/l2vpn/tunnels")
    @router.post("/{edge}/l2vpn/tunnels/")
    async def create(edge: str, body: TunnelBody) -> Response:
        found = _changeable(director, edge)
        made = issued(wanted(director, found, body, None, new_id()))
        task = _start(director, found, "Create", made, partial(_keep, tunnel=made))
        return _written(director, task, made.id, 201)

    @router.put("/{edge}/l2vpn/tunnels/{tunnel}")
    async def change(edge: str, tunnel: str, body: TunnelBody) -> Response:
        found = _changeable(director, edge)
        before = _tunnel(director, found, tunnel)
        if body.id != before.id:
            raise answers.bad("The id in the body is not the one in the path.")
        if body.version is None or body.version.version != before.version:
            text = f"The tunnel has version {before.version} by now. Fetch it and try again."
            raise answers.Refused(director.rules.vcd_version_conflict, "VERSION_CONFLICT", text)
        after = wanted(director, found, body, before, before.id)
        failing = before.failing_deletes + (before.mode == "CLIENT")
        after = issued(replace(after, version=before.version + 1, failing_deletes=failing))
        task = _start(director, found, "Update", after, partial(_keep, tunnel=after))
        return _written(director, task, before.id, 200)

    @router.delete("/{edge}/l2vpn/tunnels/{tunnel}")
    async def delete(edge: str, tunnel: str) -> Response:
        found = _changeable(director, edge)
        before = _tunnel(director, found, tunnel)
        work = partial(_drop, object_id=before.id, version=director.version)
        return _written(director, _start(director, found, "Delete", before, work), None, 204)

    return router


def _start(director: Director, edge: Edge, verb: str, tunnel: Tunnel, work: tasks.Effect) -> tasks.Task:
    """The tunnel's id is in the details, the owner is the edge gateway (3.6)."""
    return tasks.start(
        director,
        f"edgeL2VpnTunnel{verb}",
        f"{verb} L2VPN Tunnel {tunnel.name} of Edge Gateway {edge.name}({edge.id})",
        ("gateway", edge.id, edge.name),
        work,
        details=tunnel.id,
        organization=director.owner_of_vdc(edge.vdc),
    )


def _written(director: Director, task: tasks.Task, object_id: str | None, status: int) -> Response:
    if director.rules.vcd_cloudapi_writes == "async":
        return tasks.accepted(director, task)
    tasks.finish(director, task)
    if object_id is None:
        return Response(status_code=status)
    return JSONResponse(_document(director, director.cloud.tunnels[object_id]), status)


def _keep(director: Director, tunnel: Tunnel) -> None:
    director.cloud.tunnels[tunnel.id] = tunnel


def _drop(director: Director, object_id: str, version: tuple[int, int]) -> None:
    """An updated CLIENT tunnel with networks cannot be deleted at the first attempts, up to 10.5.0 (7)."""
    tunnel = director.cloud.tunnels[object_id]
    buggy = director.rules.vcd_client_delete_fails and version < MASKED_SINCE
    if buggy and tunnel.mode == "CLIENT" and tunnel.stretched and tunnel.failing_deletes:
        director.cloud.tunnels[object_id] = replace(tunnel, failing_deletes=tunnel.failing_deletes - 1)
        raise tasks.WorkFailed(f"The L2VPN tunnel {tunnel.name} still has networks attached.")
    del director.cloud.tunnels[object_id]


def _document(director: Director, tunnel: Tunnel) -> dict[str, Any]:
    rule = director.rules.vcd_masked_psk
    masked = rule == "always" or (rule == "by_version" and director.version >= MASKED_SINCE)
    networks = [
        {
            "networkRef": {"name": director.cloud.networks[s.network].name, "id": urn("network", s.network)},
            "tunnelId": s.tunnel_id,
        }
        for s in tunnel.stretched
    ]
    shown: dict[str, Any] = {"stretchedNetworks": networks}
    if director.rules.vcd_tunnel_networks == "attachedNetworks":
        shown = {"attachedNetworks": [n["networkRef"] for n in networks]}
    server = {
        "tunnelInterface": tunnel.interface,
        "connectorInitiationMode": tunnel.initiation,
        "preSharedKey": MASK if masked else tunnel.pre_shared_key,
    }
    return {
        "id": tunnel.id,
        "name": tunnel.name,
        "description": tunnel.description,
        "sessionMode": tunnel.mode,
        "enabled": tunnel.enabled,
        "localEndpointIP": tunnel.local,
        "remoteEndpointIP": tunnel.remote,
        **(server if tunnel.mode == "SERVER" else dict.fromkeys(server)),
        "peerCode": tunnel.peer_code,
        **shown,
        "logging": tunnel.logging,
        "version": {"version": tunnel.version},
    }


def _metrics(director: Director, tunnel: Tunnel) -> dict[str, Any]:
    up, _reason = l2vpn.status(director.shared.world, director.cloud, tunnel.edge, tunnel.id)
    since = director.state.up_since
    if up:
        since.setdefault((tunnel.edge, tunnel.id), director.now())
    else:
        since.pop((tunnel.edge, tunnel.id), None)
    amount = round((director.now() - since.get((tunnel.edge, tunnel.id), director.now())) * BYTES_PER_SECOND)
    counted = ("bumBytesIn", "bumBytesOut", "bytesIn", "bytesOut")
    packets = ("bumPacketsIn", "bumPacketsOut", "packetsIn", "packetsOut")
    return {
        **dict.fromkeys(counted, amount),
        **dict.fromkeys(packets, amount // 100),
        "packetsReceiveError": 0,
        "packetsSentError": 0,
        "segmentPath": "",
    }
