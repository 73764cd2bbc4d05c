# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer 2 VPN tunnel of an NSX-T edge: what a body asks for, the peer code of a server (VCD reference 7)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ..clouds import Edge, Stretched, Tunnel
from . import answers
from .body import Body, Reference
from .names import bare

if TYPE_CHECKING:
    from .director import Director

MASK = "******"
ENABLED_CLIENTS_ONLY_UNTIL = (38, 1)
"""Before, a CLIENT cannot be disabled: up to 10.5.0 (7)."""
PREFIX = "MCw3ZjAwLA=="
TUNNEL_IDS = range(1, 4094)


class StretchedBody(Body):
    networkRef: Reference
    tunnelId: int | None = None


class VersionBody(Body):
    version: int


class TunnelBody(Body):
    id: str | None = None
    name: str = Field(min_length=1)
    description: str | None = None
    sessionMode: Literal["SERVER", "CLIENT"]
    enabled: bool | None = None
    localEndpointIP: str
    remoteEndpointIP: str
    tunnelInterface: str | None = None
    connectorInitiationMode: Literal["INITIATOR", "RESPOND_ONLY", "ON_DEMAND"] | None = None
    preSharedKey: str | None = None
    peerCode: str | None = None
    stretchedNetworks: list[StretchedBody] | None = None
    attachedNetworks: list[Reference] | None = None
    logging: bool | None = None
    version: VersionBody | None = None


def issued(tunnel: Tunnel) -> Tunnel:
    """A server issues a new peer code with each of its versions; a client keeps the one it was given."""
    if tunnel.mode == "CLIENT":
        return tunnel
    content = {
        "site_name": tunnel.name,
        "src_tap_ip": tunnel.interface,
        "dst_tap_ip": tunnel.remote,
        "local_address": tunnel.local,
        "ike_option": "ikev2",
        "encap_proto": "gre/ipsec",
        "dh_group": "dh14",
        "encrypt_and_digest": "aes-gcm/sha-256",
        "psk": tunnel.pre_shared_key,
        "tunnels": [{"tunnel_id": s.tunnel_id} for s in tunnel.stretched],
        "nonce": secrets.token_hex(8),
    }
    return replace(tunnel, peer_code=base64.b64encode(PREFIX.encode() + json.dumps(content).encode()).decode())


def content_of(peer_code: str) -> dict[str, Any]:
    """What a peer code says; ValueError for a text that is none."""
    try:
        text = base64.b64decode(peer_code, validate=True).decode()
        found: dict[str, Any] = json.loads(text.removeprefix(PREFIX))
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("The peer code is no base64 text.") from error
    if not text.startswith(PREFIX):
        raise ValueError("The peer code is not one of an L2VPN server.")
    return found


def wanted(director: Director, edge: Edge, body: TunnelBody, before: Tunnel | None, object_id: str) -> Tunnel:
    """Refused 400 for what cannot be."""
    if before is not None and body.sessionMode != before.mode:
        raise answers.bad("The session mode of a tunnel cannot be changed.")
    others = [t for t in director.cloud.tunnels_of(edge.id) if t.id != object_id]
    if any(t.mode != body.sessionMode for t in others):
        raise answers.bad(f"The edge gateway {edge.name} works in the other session mode already.")
    if any(t.name == body.name for t in others):
        raise answers.bad(f"There already is a tunnel {body.name}.", "DUPLICATE_NAME")
    try:
        made = _endpoints(edge, body, Tunnel(object_id, edge.id, body.name, body.sessionMode, "", ""))
        made = _server(director, body, before, made) if body.sessionMode == "SERVER" else _client(director, body, made)
        return replace(made, stretched=_stretched(director, edge, body, before))
    except ValueError as error:
        raise answers.bad(str(error)) from error


def _endpoints(edge: Edge, body: TunnelBody, tunnel: Tunnel) -> Tunnel:
    local, remote = str(IPv4Address(body.localEndpointIP)), str(IPv4Address(body.remoteEndpointIP))
    if local not in edge.addresses:
        raise ValueError(f"localEndpointIP {local} is not sub-allocated to the edge gateway {edge.name}.")
    return replace(
        tunnel,
        local=local,
        remote=remote,
        description=body.description or "",
        enabled=body.enabled is not False,
        logging=body.logging or False,
    )


def _server(director: Director, body: TunnelBody, before: Tunnel | None, tunnel: Tunnel) -> Tunnel:
    interface = body.tunnelInterface or (before.interface if before else "")
    if not interface:
        if director.rules.vcd_tunnel_interface == "required":
            raise ValueError("tunnelInterface is required for a SERVER.")
        interface = f"169.254.{len(director.cloud.tunnels) % 64 + 64}.1/30"
    IPv4Interface(interface)
    if "/" not in interface:
        raise ValueError(f"tunnelInterface {interface} has no prefix length.")
    key = body.preSharedKey
    if before is not None and key in (None, MASK):
        key = before.pre_shared_key
    if not key or key == MASK:
        raise ValueError("preSharedKey is required for a SERVER.")
    return replace(
        tunnel,
        interface=interface,
        initiation=body.connectorInitiationMode or "INITIATOR",
        pre_shared_key=key,
    )


def _client(director: Director, body: TunnelBody, tunnel: Tunnel) -> Tunnel:
    if not body.peerCode:
        raise ValueError("peerCode is required for a CLIENT.")
    content_of(body.peerCode)
    if not tunnel.enabled and director.version < ENABLED_CLIENTS_ONLY_UNTIL:
        raise ValueError("A tunnel in session mode CLIENT cannot be disabled.")
    return replace(tunnel, peer_code=body.peerCode)


def _stretched(director: Director, edge: Edge, body: TunnelBody, before: Tunnel | None) -> tuple[Stretched, ...]:
    """The server numbers its networks and keeps the numbers; a client has to say them."""
    sent = body.stretchedNetworks
    if sent is None:
        sent = [StretchedBody(networkRef=r) for r in body.attachedNetworks or []]
    known = {s.network: s.tunnel_id for s in before.stretched} if before else {}
    taken = {s.tunnel_id for t in director.cloud.tunnels_of(edge.id) for s in t.stretched}
    found: list[Stretched] = []
    for item in sent:
        network = director.cloud.networks.get(bare("network", item.networkRef.id) or "")
        if network is None or network.edge != edge.id:
            raise ValueError(f"{item.networkRef.id} is no routed network of the edge gateway {edge.name}.")
        if any(s.network == network.id for s in found):
            raise ValueError(f"The network {network.name} comes twice.")
        number = item.tunnelId
        if body.sessionMode == "SERVER":
            number = known.get(network.id) or next(i for i in TUNNEL_IDS if i not in taken)
        if number is None or number not in TUNNEL_IDS:
            raise ValueError(f"The network {network.name} needs a tunnelId from 1 to 4093.")
        if any(s.tunnel_id == number for s in found):
            raise ValueError(f"The tunnelId {number} comes twice.")
        taken.add(number)
        found.append(Stretched(network.id, number))
    return tuple(found)
