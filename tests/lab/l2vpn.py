# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer 2 VPN tunnels between source sites and clouds: up only while both ends really match (VCD reference 6, 7, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .clouds import Cloud, L2VpnConfig, OrgVdcNetwork, PeerSite, Tunnel

if TYPE_CHECKING:
    from .world import Site, World


@dataclass(frozen=True)
class L2VpnClient:
    """The end of a tunnel at a source site.

    `machine` is its uuid in `world.machines`; `stretched` tunnel id to the name of a port group of its site; `trunk`
    the key of the distributed port group that carries them to it. A standalone edge logs in with cipher, user and
    password, an autonomous one with the peer code that the server issued.
    """

    name: str
    machine: str
    kind: Literal["standalone", "autonomous"]
    server_address: str
    server_port: int = 443
    cipher: str = ""
    user: str = ""
    password: str = ""
    peer_code: str = ""
    stretched: dict[int, str] = field(default_factory=dict)
    trunk: str = ""


@dataclass(frozen=True)
class Reached:
    """An Org VDC network that is one layer 2 network with a port group; `peer` names the peer site or the tunnel."""

    cloud: str
    edge: str
    peer: str
    network: OrgVdcNetwork


def status(world: World, cloud: Cloud, edge: str, peer: str) -> tuple[bool, str]:
    """Whether the tunnel of a peer site (by name) or of an NSX-T edge (by id or name) is up; when not, why.

    KeyError for a peer that the edge does not have.
    """
    return _end(world, cloud, edge, peer)[1:]


def client_of(world: World, cloud: Cloud, edge: str, peer: str) -> L2VpnClient | None:
    """The client whose tunnel is up."""
    client, up, _reason = _end(world, cloud, edge, peer)
    return client if up else None


def stretched(world: World, site: str, port_group: str) -> list[Reached]:
    """The Org VDC networks that a port group of a site reaches through tunnels that are up."""
    found = []
    for cloud, edge, peer in _peers(world):
        client = client_of(world, cloud, edge, peer)
        if client is None or world.machines[client.machine].site != site:
            continue
        served = _served(cloud, edge, peer)
        ids = [tunnel_id for tunnel_id, group in client.stretched.items() if group == port_group]
        found += [Reached(cloud.name, edge, peer, cloud.networks[served[i]]) for i in ids]
    return found


def _peers(world: World) -> Iterator[tuple[Cloud, str, str]]:
    for cloud in world.clouds.values():
        for edge, config in cloud.l2vpn.items():
            yield from ((cloud, edge, site.name) for site in config.sites)
        yield from ((cloud, tunnel.edge, tunnel.id) for tunnel in cloud.tunnels.values())


def _tunnel(cloud: Cloud, edge: str, peer: str) -> Tunnel:
    for tunnel in cloud.tunnels_of(edge):
        if peer in (tunnel.id, tunnel.name):
            return tunnel
    raise KeyError(f"no tunnel {peer}")


def _served(cloud: Cloud, edge: str, peer: str) -> dict[int, str]:
    """Tunnel id to network id of one server's peer."""
    if cloud.backing == "nsx-t":
        return {s.tunnel_id: s.network for s in _tunnel(cloud, edge, peer).stretched}
    site = cloud.l2vpn[edge].site(peer)
    networks = (cloud.subinterface(edge, index) for index in (site.indexes if site else ()))
    return {n.tunnel_id: n.id for n in networks if n is not None and n.tunnel_id is not None}


def _end(world: World, cloud: Cloud, edge: str, peer: str) -> tuple[L2VpnClient | None, bool, str]:
    """The client that fits best, whether its tunnel is up, and the first thing that speaks against it."""
    if cloud.backing == "nsx-t":
        tunnel = _tunnel(cloud, edge, peer)
        if tunnel.mode == "CLIENT":
            return None, *_cloud_to_cloud(world, cloud, tunnel)
        peers = [(c, t) for c in world.clouds.values() for t in c.tunnels.values() if t.mode == "CLIENT"]
        if any(t.remote == tunnel.local and _cloud_to_cloud(world, c, t)[0] for c, t in peers):
            return None, True, ""
        candidates = [(c, _autonomous(world, cloud, tunnel, c)) for c in world.l2vpn_clients.values()]
        nobody = f"No client presents the peer code of {tunnel.name}."
        names = (tunnel.id, tunnel.name)
    else:
        config = cloud.l2vpn.get(edge, L2VpnConfig())
        site = config.site(peer)
        if site is None:
            raise KeyError(f"no peer site {peer}")
        candidates = [(c, _standalone(world, cloud, edge, config, site, c)) for c in world.l2vpn_clients.values()]
        nobody = f"No client has logged in as peer site {peer}."
        names = (peer, peer)
    trouble = next((r for (e, p), r in cloud.troubles.items() if e == edge and (p is None or p in names)), None)
    if trouble is not None:
        return None, False, trouble
    problems = [(c, p) for c, p in candidates if p is not None]
    for client, problem in problems:
        if not problem:
            return client, True, ""
    return (problems[0][0], False, problems[0][1]) if problems else (None, False, nobody)


def _standalone(
    world: World, cloud: Cloud, edge: str, config: L2VpnConfig, site: PeerSite, client: L2VpnClient
) -> str | None:
    """None: not meant for this peer site; empty: all fits; otherwise what does not."""
    if client.kind != "standalone" or client.user != site.user or client.server_address != config.listener_ip:
        return None
    if not config.enabled or not site.enabled:
        return "The L2VPN server or the peer site is disabled."
    if client.server_port != config.listener_port:
        return f"The client connects to port {client.server_port}, the server listens on {config.listener_port}."
    if client.cipher != config.cipher:
        return f"The client uses {client.cipher or 'no cipher'}, the server {config.cipher}."
    if client.password != site.password:
        return f"The password of user {site.user} is wrong."
    return _both(world, cloud, edge, site.name, client)


def _autonomous(world: World, cloud: Cloud, tunnel: Tunnel, client: L2VpnClient) -> str | None:
    if client.kind != "autonomous" or client.server_address != tunnel.local:
        return None
    if client.peer_code != tunnel.peer_code:
        return f"The peer code of {client.name} is not the one that {tunnel.name} issued last."
    if not tunnel.enabled:
        return "The tunnel is disabled."
    return _both(world, cloud, tunnel.edge, tunnel.id, client)


def _both(world: World, cloud: Cloud, edge: str, peer: str, client: L2VpnClient) -> str:
    """What does not fit beside the login."""
    unknown = sorted(set(client.stretched) - set(_served(cloud, edge, peer)))
    if unknown:
        return f"The server does not stretch tunnel id {unknown[0]}."
    machine = world.machines.get(client.machine)
    if machine is None or not machine.powered_on:
        return f"The client {client.name} is not powered on."
    return _trunk(world.sites[machine.site], client)


def _trunk(site: Site, client: L2VpnClient) -> str:
    """What keeps the client's trunk port group from carrying the stretched networks."""
    found = site.distributed_port_group(client.trunk)
    if found is None:
        return f"The client {client.name} has no trunk port group."
    trunk = found[1]
    if not trunk.security.forged_transmits or not (trunk.security.promiscuous or trunk.security.mac_learning):
        return f"The trunk port group {trunk.name} needs forged transmits with promiscuous mode or MAC learning."
    groups = {g.name: g for s in site.switches for g in s.port_groups}
    for name in client.stretched.values():
        group = groups.get(name)
        if group is None or not group.segment.isdigit() or not trunk.carries(int(group.segment)):
            return f"The trunk port group {trunk.name} does not carry {name}."
    return ""


def _cloud_to_cloud(world: World, cloud: Cloud, tunnel: Tunnel) -> tuple[bool, str]:
    """A CLIENT tunnel is up with a SERVER tunnel of any cloud whose present peer code it has (12, rule 7)."""
    trouble = next((r for (e, p), r in cloud.troubles.items() if e == tunnel.edge and p in (None, tunnel.id)), None)
    if trouble is not None:
        return False, trouble
    servers = (t for c in world.clouds.values() for t in c.tunnels.values() if t.mode == "SERVER")
    server = next((s for s in servers if s.peer_code == tunnel.peer_code and s.local == tunnel.remote), None)
    if server is None:
        return False, "The peer code is not one that a server issued last."
    if not server.enabled or not tunnel.enabled:
        return False, "The tunnel is disabled."
    unknown = sorted({s.tunnel_id for s in tunnel.stretched} - {s.tunnel_id for s in server.stretched})
    return (False, f"The server does not stretch tunnel id {unknown[0]}.") if unknown else (True, "")
